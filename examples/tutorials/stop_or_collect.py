"""
The practitioner: stop, collect data, widen or regularize?
==========================================================

You have a table and a model, and five minutes. What would each of these give: early stopping, more
rows, more columns, more regularization? This page asks riskcast and then checks its answers on rows
that it never saw.

The data are those of 442 diabetes patients from scikit-learn. To have something to check with, we
pretend that there are 150 of them.
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
# The model: least squares on the ten columns, their squares and their products.

columns = make_pipeline(PolynomialFeatures(2, include_bias=False), StandardScaler())
wide = columns.fit_transform(X[have])
print("rows and columns:", wide.shape)

# %%
# Should training stop?
# ---------------------
# `risk_path` gives the risk, which is the expected test error, at every moment of training, without
# a validation set. The *typical error* printed below is its root, in the units of the target.

path = rc.risk_path(wide, y[have])
path.plot().ax_.set(ylabel="risk (squared units of the target)")

print(f"stop at t = {path.best_time:.3g}: typical error {np.sqrt(path.best_risk_corrected):.1f}")
print(f"train to the end: typical error {np.sqrt(path.final_risk):.1f}")
print(f"learn nothing: {np.sqrt(path.untrained_risk):.1f}")

# %%
# `GradientFlowRegressor` stops itself at that time. On the rows kept aside:

stopped = rc.GradientFlowRegressor().fit(wide, y[have])
ended = rc.GradientFlowRegressor(time=np.inf).fit(wide, y[have])
for name, model in {"stopped": stopped, "to the end": ended}.items():
    errors = (model.predict(columns.transform(X[aside])) - y[aside]) ** 2
    print(f"{name:10} on {len(aside)} unseen rows: typical error {np.sqrt(errors.mean()):.1f}")
    worst = np.sort(errors)[-3:].sum() / errors.sum()
    print(f"    three rows make up {worst:.0%} of the squared error")

# %%
# So yes: stopping is worth more than anything below, and the stopped model is as good as was
# promised. Trained to the end it misses a few patients so far that they make up much of the squared
# error, which 150 other rows then cannot tell well; see :doc:`/limits`.
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
# Is it true? Train on 300 rows, and judge on the other 142; once is noisy, so ten times.


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
# The same question for fewer columns and for a kernel; this, too, costs no held-out rows.

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
# No: they are equal within their errors, and squares and products bring nothing to speak of.
#
# And regularize?
# ---------------
# Ridge regression is another filter of the same path, so its whole path of penalties is as exact.

ridge = rc.risk_path(wide, y[have], filter=rc.Ridge(np.geomspace(1e5, 1e-3, 60)))
for name, other in {"best penalty": ridge, "best time": path}.items():
    print(f"{name}: typical error {np.sqrt(other.best_risk):.1f}")

plt.show()

# %%
# Stopping or regularizing, either will do; there is no need for both.
#
# The same in one command
# -----------------------
# For a file, ``riskcast forecast houses.csv --target price`` asks all of this and answers in
# words; :doc:`/guide/command-line` shows it. Before you act on a forecast, read :doc:`/limits`.
