"""
Is the model wide enough? Forecasting the effect of width
=========================================================

Random features approximate a kernel, and more features approximate it better. One forecast with the
kernel itself gives the risk of models of any width, at the current and at larger sample sizes. It
covers models with the best penalty and models trained to the end. The latter are worst when the
number of features equals the number of rows.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import make_friedman1

import riskcast as rc
from riskcast.features import NNGP, RandomFeatures

X, y = make_friedman1(1600, n_features=10, noise=2.0, random_state=0)
X, y = 2 * X - 1, (y - y.mean()) / y.std()
n = 200
fc = rc.forecast(X[:n], y[:n], kernel=NNGP())

# %%
# To check the forecast, models with random ReLU features are trained on other rows, twice per
# width.

widths = np.unique(np.geomspace(20, 2000, 41).astype(int))
shown = [25, 50, 100, 200, 400, 1600]
fig, ax = plt.subplots()
for regularized, style, mark, name in [
    (True, "-", "o", "the best"),
    (False, "--", "s", "none"),
]:
    risk, lower, upper = fc.at(n, width=widths, regularized=regularized)
    (line,) = ax.plot(widths, risk, style, label=f"penalty: {name}")
    ax.fill_between(widths, lower, upper, alpha=0.2, color=line.get_color(), lw=0)
    for width in shown:
        for seed in (1, 2):
            features = RandomFeatures(width, random_state=seed).fit_transform(X)
            rows = slice(seed * n, (seed + 1) * n)
            model = rc.GradientFlowRegressor(time=None if regularized else np.inf)
            missed = model.fit(features[rows], y[rows]).predict(features[800:]) - y[800:]
            ax.plot(width, np.mean(missed**2), mark, color="black", mfc="white", ms=5)
ax.axvline(n, color="0.6", lw=0.8, zorder=0)
ax.set(xscale="log", yscale="log", ylim=(0.2, 20), xlabel="width (random features)")
ax.set(ylabel="risk (of the target's variance)", title=f"{n} rows; marks: models trained")
ax.legend()
plt.show()
