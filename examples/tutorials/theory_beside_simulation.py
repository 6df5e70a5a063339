"""
For researchers: compare theory with simulation and re-test a claim
===================================================================

You have a hypothesis about training and generalization. This tutorial compares exact
high-dimensional theory with trained models, on the spectrum of real data, and then re-tests a
published claim. It takes five minutes.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import riskcast as rc

# %%
# A population with a real spectrum
# ---------------------------------
# The covariance is that of the 61 varying pixels of scikit-learn's digits. The target is "is the
# digit above four?", given by its coefficients along the eigenvectors of the covariance. The part
# of the target that linear models cannot explain counts as noise.

X, y = load_digits(return_X_y=True)
X = X[:, X.std(axis=0) > 0]
X, target = X - X.mean(axis=0), np.where(y > 4, 1.0, -1.0)
variances, directions = np.linalg.eigh(X.T @ X / len(X))
coefficients = directions.T @ np.linalg.lstsq(X, target - target.mean(), rcond=None)[0]
unexplained = np.var(target) - coefficients**2 @ variances
population = rc.Population(variances, coefficients, unexplained)
print(population)

# %%
# Theory, Gaussian data, real data
# --------------------------------
# The theory uses only the population, without sampling. It is compared with students trained on
# Gaussian data of the same covariance, and with students trained on the digits, which are far from
# Gaussian. All are trained by gradient flow from zero weights on 90 samples. (The sample size is
# only slightly larger than the number of features, so the theory is off by a few percent late in
# training. The warning says so.)

n, draws = 90, 60
flow = rc.GradientFlow(np.geomspace(1e-4, 1e2, 100))
curve = rc.theory.risk_curve(population, n, flow)


def along_training(rows, targets):
    """Weights at all times, shape (times, features), from a singular value decomposition."""
    U, s, Vt = np.linalg.svd(rows, full_matrices=False)
    kept = s > 1e-9 * s[0]
    return (flow.shrinkage(s[kept] ** 2, n) * (U.T @ targets)[kept] / s[kept]) @ Vt[kept]


def gaussian_student(random):
    """Expected test error of a student trained on Gaussian data."""
    rows = random.standard_normal((n, len(variances))) * np.sqrt(variances)
    targets = rows @ coefficients + np.sqrt(unexplained) * random.standard_normal(n)
    wrong = along_training(rows, targets) - coefficients
    return unexplained + wrong**2 @ variances


def digit_student(random):
    """Test error, on all other digits, of a student trained on n digits."""
    order = random.permutation(len(X))
    rows, others = order[:n], order[n:]
    centred = target - target.mean()
    weights = along_training(X[rows], centred[rows])
    return np.mean((X[others] @ weights.T - centred[others, None]) ** 2, axis=0)


random = np.random.default_rng(0)
gaussian = np.array([gaussian_student(random) for _ in range(draws)])
digits = np.array([digit_student(random) for _ in range(draws)])

# %%

ax = plt.figure().add_subplot()
ax.plot(curve.times, curve.risk, color="black", label="theory")
shown = np.arange(0, 100, 7)
for runs, mark, label in ((gaussian, "o", "Gaussian rows"), (digits, "s", "digits")):
    mean, error = runs.mean(axis=0), runs.std(axis=0, ddof=1) / np.sqrt(draws)
    ax.errorbar(
        flow.times(n)[shown],
        mean[shown],
        error[shown],
        fmt=mark,
        mfc="white",
        capsize=2,
        label=label,
    )
ax.set(xscale="log", xlabel="training time", ylabel="expected squared error", ylim=(0, None))
ax.legend()

for name, runs in {"Gaussian rows": gaussian, "digits": digits}.items():
    off = runs.mean(axis=0) / curve.risk - 1
    print(f"{name}: mean off the theory by {100 * off.min():+.0f} to {100 * off.max():+.0f} %")

# %%
# The digits may deviate from the theory because they are not Gaussian, or because their noise
# depends on the inputs. To see which matters more, change the target, the sample size or the filter
# above. :doc:`/guide/theory` explains the theory.
#
# Re-testing a claim
# ------------------
# `riskcast.studies` re-tests papers as experiments: what they claim, what would refute the claim,
# and a verdict with the measured number. Here is one of them at the small scale. The
# :doc:`ledger </studies/ledger>` has all of them at full scale.

from riskcast.studies import find_study, run_study

run = run_study(find_study("universality-lens"), "smoke")
print(run.study.paper)
for name, verdict in run.verdicts.items():
    print(f"{verdict.outcome:10} {verdict.number}: {run.study.claims[name].statement}")

plt.show()

# %%
# To test your own claim, write one file: :doc:`/studies/writing-a-study`. To train many networks,
# use :doc:`the lab </lab>`.
