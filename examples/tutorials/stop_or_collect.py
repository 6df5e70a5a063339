"""
For practitioners: stop, collect data, widen or regularize?
===========================================================

You have a table, a model and five minutes. How much would early stopping, more rows, more columns
or more regularization help? This tutorial gets the answers from riskcast and then checks them on
held-out rows.

The data are 442 diabetes patients from scikit-learn. We use 150 of them and hold out the others for
checking.
"""

import matplotlib.pyplot as plt
import numpy as np
from scipy import stats
from sklearn.datasets import load_diabetes
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import PolynomialFeatures, StandardScaler

import riskcast as rc

X, y = load_diabetes(return_X_y=True)
rows = np.random.default_rng(0).permutation(len(y))
have, aside = rows[:150], rows[150:]

# %%
# The model is least squares on the ten columns, their squares and their products.

columns = make_pipeline(PolynomialFeatures(2, include_bias=False), StandardScaler())
wide = columns.fit_transform(X[have])
print("rows and columns:", wide.shape)

# %%
# Should training stop?
# ---------------------
# `risk_path` gives the risk (expected test error) at every training time, without a validation set.
# The *typical error* printed below is its square root, in the units of the target.

path = rc.risk_path(wide, y[have])
path.plot().ax_.set(ylabel="risk (squared units of the target)")

print(f"stop at t = {path.best_time:.3g}: typical error {np.sqrt(path.best_risk_corrected):.1f}")
print(f"train to the end: typical error {np.sqrt(path.final_risk):.1f}")
print(f"learn nothing: {np.sqrt(path.untrained_risk):.1f}")

# %%
# `GradientFlowRegressor` stops at that time automatically. Its error on the held-out rows:

stopped = rc.GradientFlowRegressor().fit(wide, y[have])
ended = rc.GradientFlowRegressor(time=np.inf).fit(wide, y[have])
for name, model in {"stopped": stopped, "to the end": ended}.items():
    errors = (model.predict(columns.transform(X[aside])) - y[aside]) ** 2
    print(f"{name:10} on {len(aside)} unseen rows: typical error {np.sqrt(errors.mean()):.1f}")
    worst = np.sort(errors)[-3:].sum() / errors.sum()
    print(f"    three rows make up {worst:.0%} of the squared error")

# %%
# Yes: early stopping helps more than anything below, and the stopped model is as good as predicted.
# Trained to the end, the model has very large errors for a few patients, which make up much of the
# squared error. Such an error cannot be estimated well from 150 other rows; see :doc:`/limits`.
#
# Would more rows help?
# ---------------------

fc = rc.forecast(wide, y[have], n_samples=[150, 300, 600])
fc.plot().ax_.set(ylabel="risk (squared units of the target)")
for n, risk, lower, upper in zip(
    fc.n_samples, *np.sqrt([fc.risk, fc.lower, fc.upper]), strict=True
):
    print(f"{n:4.0f} rows: typical error {risk:.1f}, 90 % from {lower:.1f} to {upper:.1f}")

# %%
# To check this, train on up to 300 rows and evaluate on the other 142. A single split is noisy, so
# average over ten.


def typical_error(n, random):
    """Typical error on unseen rows of a model trained on n rows."""
    order = random.permutation(len(y))
    train, test = order[:n], order[300:]
    model = rc.GradientFlowRegressor().fit(columns.transform(X[train]), y[train])
    return np.sqrt(np.mean((model.predict(columns.transform(X[test])) - y[test]) ** 2))


random = np.random.default_rng(1)
for n in (150, 300):
    errors = [typical_error(n, random) for _ in range(10)]
    print(f"{n} rows, trained: {np.mean(errors):.1f} ± {stats.sem(errors):.1f}")

# %%
# Would another model do better?
# ------------------------------
# Compare with fewer columns and with a kernel. This needs no held-out rows either.

few = StandardScaler().fit_transform(X[have])
for name, other in {
    "10 columns": rc.risk_path(few, y[have]),
    "65 columns": path,
    "RBF kernel": rc.risk_path(few, y[have], kernel="rbf"),
}.items():
    typical = np.sqrt(other.best_risk_corrected)
    error = other.standard_error[other.best_index] / (2 * typical)
    print(f"{name}: typical error {typical:.1f} ± {error:.1f}")

# %%
# No: the models are equal within their standard errors, and squares and products hardly help.
#
# Would regularization help?
# --------------------------
# Ridge regression is another filter for the same path, so the risk is exact for all of its
# penalties.

ridge = rc.risk_path(wide, y[have], filter=rc.Ridge(np.geomspace(1e5, 1e-3, 60)))
for name, other in {"best penalty": ridge, "best time": path}.items():
    print(f"{name}: typical error {np.sqrt(other.best_risk):.1f}")

plt.show()

# %%
# Early stopping and regularization work equally well here; there is no need for both.
#
# The same in one command
# -----------------------
# For a table in a file, ``riskcast forecast houses.csv --target price`` answers all of these
# questions in words; see :doc:`/guide/command-line`. Before you act on a forecast, read
# :doc:`/limits`.
