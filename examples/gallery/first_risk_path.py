"""
A first risk path
=================

How good will a linear model be on new rows, and when should its training stop? One call answers
for every moment of training: early stopping without a validation set.
"""

import matplotlib.pyplot as plt
from sklearn.datasets import load_diabetes
from sklearn.preprocessing import PolynomialFeatures

import riskcast as rc

X, y = load_diabetes(return_X_y=True)
X = PolynomialFeatures(2, include_bias=False).fit_transform(X / X.std(axis=0))
X, y = X[:150], y[:150]
path = rc.risk_path(X, y)
path.plot().ax_.set(ylabel="risk (squared units of the target)")

# %%
# The solid line is the exact leave-one-out risk: at each time, the mean squared error of 150
# models, each trained without the row it is judged on. None of them was trained; one
# factorization gives them all. The band is one standard error of the risk, the dashed line the
# error on the rows trained on, the dotted line what learning nothing would give.

print(f"stop at t = {path.best_time:.3g}")
print(f"risk there {path.best_risk:.0f}, corrected for the choice {path.best_risk_corrected:.0f}")
print(f"training to the end costs {100 * path.overtraining:.1f} % more")
print(f"learning nothing: {path.untrained_risk:.0f}")
plt.show()

# %%
# The smallest of many risks can be too good for having been chosen; here the choice cost nothing.
#
# These are 150 patients with 65 columns: ten measurements, their squares and products. How much
# training for too long costs depends on how many rows there are for each column, see
# :doc:`overtraining_peaks`.
