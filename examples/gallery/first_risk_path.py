"""
A first risk path
=================

How good will a linear model be on new rows, and when should its training stop? One call gives the
risk at every training time. This is early stopping without a validation set.
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
# The solid line is the exact leave-one-out risk: at each time, it is the mean squared error of 150
# models, each trained without the row on which it is evaluated. These models are never trained; one
# factorization gives all of their errors. The band is one standard error of the risk. The dashed
# line is the error on the training rows, and the dotted line is the error without any training.

print(f"stop at t = {path.best_time:.3g}")
print(f"risk there {path.best_risk:.0f}, corrected for the choice {path.best_risk_corrected:.0f}")
print(f"training to the end costs {100 * path.overtraining:.1f} % more")
print(f"learning nothing: {path.untrained_risk:.0f}")
plt.show()

# %%
# The smallest of many risks can be biased downwards, because it was selected. Here the bias is
# negligible.
#
# The data are 150 patients with 65 columns: ten measurements, their squares and their products. The
# cost of overtraining depends on the number of rows per column; see :doc:`overtraining_peaks`.
