"""
Shuffled labels: did the model learn anything?
==============================================

A model with more columns than rows fits any labels, so a training error of zero says nothing. Its
leave-one-out risk shows whether there was anything to learn.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits

import riskcast as rc
from riskcast.features import RandomFeatures

X, y = load_digits(return_X_y=True)
random = np.random.default_rng(1)
rows = random.permutation(len(X))[:200]
features = RandomFeatures(1000, random_state=0).fit_transform(X[rows] / 16)
even = np.where(y[rows] % 2 == 0, 1.0, -1.0)

figure, axes = plt.subplots(1, 2, sharey=True, figsize=(8, 3.6))
for ax, (title, labels) in zip(
    axes, {"true labels": even, "shuffled": random.permutation(even)}.items(), strict=True
):
    path = rc.risk_path(features, labels, scoring="squared_error")
    path.plot(ax)
    ax.set(title=title, ylim=(0, 2.2), ylabel="risk (squared error)" if ax is axes[0] else "")
    print(
        f"{title:12} train {path.train_risk[-1]:.1e} at the end; best risk "
        f"{path.best_risk_corrected:.2f}, untrained {path.untrained_risk:.2f}"
    )
axes[1].get_legend().remove()
plt.show()

# %%
# With shuffled labels, the untrained model is best, and longer training makes it worse. By chance,
# the smallest of many risks can be slightly below that of the untrained model.
# `best_risk_corrected` therefore repeats the selection and evaluates it on rows that were not used
# for it.
