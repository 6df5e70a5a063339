"""
How many labels for a target error rate?
========================================

"We need an error rate of 6 %. How many labels does that take?" This works with any scikit-learn
classifier. Its learning curve is measured on the available data and extrapolated, with an interval.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import riskcast as rc

X, y = load_digits(return_X_y=True)
rows = np.random.default_rng(0).permutation(len(X))
seen, aside = rows[:300], rows[300:]

model = make_pipeline(StandardScaler(), LogisticRegression(C=0.1, max_iter=200))
fc = rc.forecast(
    X[seen], y[seen], n_samples=[300, 600, 1200], estimator=model, scoring="error_rate"
)
print(fc.samples_for(0.06))

# %%
# The remaining digits show whether the forecast was right. The goal is reached with fewer labels
# than the median forecast, but within its interval.

ax = fc.plot().ax_
test = aside[1000:]
for n in (300, 600, 1000):
    model.fit(X[aside[:n]], y[aside[:n]])
    error = 1 - model.score(X[test], y[test])
    spread = np.sqrt(error * (1 - error) / len(test))
    label = "trained on other rows" if n == 300 else None
    ax.errorbar(n, error, spread, fmt="s", color="black", mfc="white", capsize=2, label=label)
ax.axhline(0.06, color="black", ls="-.", lw=1, label="goal")
ax.set(ylim=(0, 0.25))
ax.legend(loc="upper right", ncols=2)

# %%
# If a goal is unlikely to be reached with any number of rows, the answer says so.

print(fc.samples_for(0.001))
plt.show()
