"""
Overtraining peaks where samples equal features
===============================================

How much worse is training to the end than stopping at the best time? The difference is largest at
the interpolation threshold, where the number of rows equals the number of columns. This example
shows it on real data. The leave-one-out risk detects it from the training rows alone.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import riskcast as rc

X, y = load_digits(return_X_y=True)
X = X[:, X.std(axis=0) > 0.5] / 16  # pixels that vary
y = np.where(y % 2 == 0, 1.0, -1.0)  # is the digit even?
n_features = X.shape[1]
print(f"{n_features} columns")

# %%
# For each sample size there are twenty draws. For each draw, compute the path and the true error of
# the model trained to time 10,000. The true error is measured on all rows that were not drawn.

last, draws = 1e4, 20
sizes = np.array([15, 25, 40, 50, 58, 65, 75, 100, 150, 250, 400])
best, seen, true = (np.empty((len(sizes), draws)) for _ in range(3))
for place, n in enumerate(sizes):
    for draw in range(draws):
        order = np.random.default_rng(draw).permutation(len(y))
        rows, others = order[:n], order[n:]
        path = rc.risk_path(
            X[rows], y[rows], times=np.geomspace(0.1, last, 60), scoring="squared_error"
        )
        model = rc.GradientFlowRegressor(time=last).fit(X[rows], y[rows])
        best[place, draw], seen[place, draw] = path.best_risk, path.final_risk
        true[place, draw] = np.mean((model.predict(X[others]) - y[others]) ** 2)

# %%

ax = plt.figure().add_subplot()
for values, style, label in (
    (seen, "o-", "to the end, leave-one-out"),
    (best, "^--", "best time, leave-one-out"),
):
    ax.plot(sizes / n_features, np.median(values, axis=1), style, label=label)
ax.plot(
    sizes / n_features, np.median(true, axis=1), "s", color="black", mfc="white",
    label="to the end, unseen rows",
)  # fmt: skip
ax.axvline(1, color="0.5", ls=":", lw=1)
ax.set(xscale="log", xlabel="load (rows per column)", ylabel="risk (squared error, median)")
ax.set_xticks([0.25, 0.5, 1, 2, 4, 8], ["1/4", "1/2", "1", "2", "4", "8"], minor=False)
ax.xaxis.set_minor_locator(plt.NullLocator())
ax.set_ylim(0, None)
ax.legend()
plt.show()
