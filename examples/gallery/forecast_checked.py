"""
A forecast checked on held-out samples
======================================

How much would more data reduce the error? `riskcast.forecast` estimates this from the available
data, with an interval. Here it uses 200 digits and forecasts up to 1,200. The forecast is then
checked by training on more digits.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.preprocessing import label_binarize

import riskcast as rc

X, y = load_digits(return_X_y=True)
X, targets = X / 16, label_binarize(y, classes=range(10))
order = np.random.default_rng(2).permutation(len(X))
seen, aside = order[:200], order[200:]

fc = rc.forecast(X[seen], targets[seen], n_samples=[200, 400, 800, 1200], kernel="rbf")
for n, risk, lower, upper in zip(fc.n_samples, fc.risk, fc.lower, fc.upper, strict=True):
    print(f"{n:5.0f} rows: {risk:.4f}, 90 % from {lower:.4f} to {upper:.4f}")

# %%
# Now check the forecast. Models that choose their own stopping time are trained on other digits, up
# to three per size. Each is evaluated on the remaining 397 digits.

test = aside[1200:]
random = np.random.default_rng(0)


def true_risk(n):
    """Risk on the test rows of a model trained on n held-out rows."""
    rows = random.choice(aside[:1200], n, replace=False)
    model = rc.GradientFlowRegressor(kernel="rbf").fit(X[rows], targets[rows])
    return np.mean((model.predict(X[test]) - targets[test]) ** 2)


draws = {200: 3, 400: 3, 800: 3, 1200: 1}
risks = {n: [true_risk(n) for _ in range(times)] for n, times in draws.items()}
ax = fc.plot().ax_
for n, found in risks.items():
    label = "trained on rows kept aside" if n == 200 else None
    ax.plot([n] * len(found), found, "s", color="black", mfc="white", label=label)
ax.set(yscale="log", ylabel="risk (mean squared error a class)")
ax.legend()
plt.show()
