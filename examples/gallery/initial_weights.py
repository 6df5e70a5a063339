"""
The effect of initial weights
=============================

With fewer samples than features, part of the weight space is frozen: no gradient reaches it, and
the weights keep their initial values there. With more samples than features, the initial weights
only affect how long training takes.
"""

import matplotlib.pyplot as plt
import numpy as np

import riskcast as rc

p = 400
flow = rc.GradientFlow(np.append(0.0, np.geomspace(1e-1, 1e3, 100)))


def student_risk(n, init_power, random):
    """Test error along training of one student, from random initial weights."""
    X = random.standard_normal((n, p))
    teacher = random.standard_normal(p) / np.sqrt(p)
    start = np.sqrt(init_power / p) * random.standard_normal(p)
    y = X @ teacher + np.sqrt(0.2) * random.standard_normal(n)
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    moved = (flow.shrinkage(s**2, n) * (U.T @ (y - X @ start)) / s) @ Vt
    return 0.2 + ((start + moved - teacher) ** 2).sum(axis=1)


figure, axes = plt.subplots(1, 2, sharey=True, figsize=(8.4, 3.6))
population = rc.Population.isotropic(p, snr=5.0)
shown = np.arange(10, 101, 15)
for ax, load in zip(axes, (0.25, 2.0), strict=True):
    random = np.random.default_rng(0)
    for power, style in ((0, "-"), (1, "--"), (4, "-.")):
        n = int(load * p)
        curve = rc.theory.risk_curve(population, n, flow, init_variance=power / p)
        ax.plot(flow.times(n)[1:], curve.risk[1:], style, label=f"power {power}")
        risks = np.mean([student_risk(n, power, random) for _ in range(10)], axis=0)
        ax.plot(flow.times(n)[shown], risks[shown], "o", color="black", ms=4)
    ax.set(xscale="log", xlabel="training time", title=f"{load:g} samples a feature")
axes[0].set(ylabel="expected squared error", ylim=(0, None))
axes[1].plot([], [], "o", color="black", ms=4, label="students")
axes[1].legend(title="initial weights")

# %%
# The power of the initial weights is their squared norm over that of the teacher. With a quarter of
# a sample per feature, three quarters of this power remain permanently:

print("frozen share", rc.theory.frozen_share(0.25))
for power in (0, 1, 4):
    print(f"power {power}: final risk {rc.theory.final_risk(0.25, 5.0, init_power=power):.2f}")

plt.show()
