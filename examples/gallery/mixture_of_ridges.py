"""
Training is a mixture of ridges
===============================

Gradient flow until time t equals a weighted sum of a few dozen ridge regressions, at complex
penalties on a hyperbola (Weideman and Trefethen 2007). Any closed form for ridge regression
therefore gives one for every training time.
"""

import matplotlib.pyplot as plt
import numpy as np

import riskcast as rc

n_samples, largest = 100, 400.0
flow = rc.GradientFlow(np.geomspace(1.0, 25.0, 9))
mixture = rc.resolvent_mixture(flow, n_samples, largest)
(window,) = mixture.windows
print(f"{mixture.n_nodes} ridges for {len(flow)} times, relative error {mixture.error:.0e}")

# %%
# Left: the penalties. Right: the share of the target that is learned along an eigenvalue λ of XᵀX,
# computed exactly and from the mixture.

figure, (plane, curves) = plt.subplots(1, 2, figsize=(9.6, 3.8))
for nodes, style in ((window.nodes, "o"), (window.nodes.conj(), "o")):
    plane.plot(nodes.real, nodes.imag, style, color="black", ms=4, mfc="white")
plane.plot([-largest, 0], [0, 0], color="0.6", lw=4, label="minus the spectrum")
plane.set(xlabel="real part of the penalty", ylabel="imaginary part", title="penalties")
plane.set(xlim=(-80, 15), ylim=(-80, 80))  # there are more to the left
plane.legend(loc="lower left", bbox_to_anchor=(0, 0.51))

eigenvalues = np.geomspace(0.01, largest, 200)
exact, mixed = flow.shrinkage(eigenvalues, n_samples), mixture.shrinkage(eigenvalues)
for row, style in ((0, "-"), (4, "--"), (8, "-.")):
    time = flow.times(n_samples)[row]
    curves.plot(eigenvalues, exact[row], style, label=f"exact, t = {time:.0f}")
    curves.plot(eigenvalues[::15], mixed[row, ::15], "o", color="black", mfc="white", ms=4)
curves.plot([], [], "o", color="black", mfc="white", ms=4, label="mixture")
curves.set(xscale="log", xlabel="eigenvalue λ", ylabel="share learned", title="what they add up to")
curves.legend()
print(f"largest difference {np.abs(mixed - exact).max():.0e}")
plt.show()
