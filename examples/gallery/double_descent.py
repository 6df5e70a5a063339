"""
Double descent: theory and simulation
=====================================

Models are trained to the end on increasing sample sizes. The test error falls, rises to a peak
where the number of samples equals the number of features, and falls again. With early stopping at
the best time, the peak disappears. Lines are theory; points are trained students.
"""

import matplotlib.pyplot as plt
import numpy as np

import riskcast as rc

population = rc.Population.isotropic(n_features=1000, snr=5.0)
flow = rc.GradientFlow(np.append(0.0, np.geomspace(1e-2, 1e3, 120)))
loads = np.concatenate([np.geomspace(0.1, 0.93, 14), [1.0], np.geomspace(1.07, 10, 14)])
curve = rc.theory.load_curve(population, loads, flow)

# %%
# The simulation uses a noisy teacher with 100 features. Students are trained by gradient flow from
# zero weights. One singular value decomposition gives all training times at once.


def student_risks(load, random, n_features=100):
    """Test error at all times of one student, on newly drawn data."""
    n = round(load * n_features)
    X = random.standard_normal((n, n_features))
    teacher = random.standard_normal(n_features) / np.sqrt(n_features)
    y = X @ teacher + np.sqrt(population.noise_variance) * random.standard_normal(n)
    U, s, Vt = np.linalg.svd(X, full_matrices=False)
    learned = flow.shrinkage(s**2, n)  # (times, modes)
    weights = (learned * (U.T @ y) / s) @ Vt
    return population.noise_variance + ((weights - teacher) ** 2).sum(axis=1)


random = np.random.default_rng(0)
points = np.array([0.125, 0.25, 0.5, 0.8, 1.0, 1.25, 2.0, 4.0, 8.0])
simulated = np.array(
    [np.mean([student_risks(load, random) for _ in range(40)], axis=0) for load in points]
)

# %%

ax = plt.figure().add_subplot()
ax.plot(curve.loads, curve.final_risk, label="to t = 1000, theory")
ax.plot(curve.loads, curve.best_risk, "--", label="best time, theory")
ax.plot(points, simulated[:, -1], "o", color="black", label="to t = 1000, students")
ax.plot(points, simulated.min(axis=1), "s", color="black", mfc="white", label="best time, students")
ax.axhline(population.noise_variance, color="0.5", ls=":", lw=1, label="noise floor")
ax.set(xscale="log", xlabel="load (samples per feature)", ylabel="expected squared error")
ax.set_ylim(0, 1.05 * simulated[:, -1].max())
ax.legend()

# %%
# The theory (Advani, Saxe and Sompolinsky 2020) is for infinitely many features. With one hundred
# features, the deviation is largest near the peak.

relative = simulated[:, -1] / np.interp(points, curve.loads, curve.final_risk) - 1
print("students over theory, less one:", relative.round(2))
plt.show()
