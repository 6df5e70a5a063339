"""
Stopping a probe on embeddings without a validation set
=======================================================

A probe is a linear classifier on the outputs of a fixed network. Early stopping keeps it from
fitting label noise, but with few labels, holding out a validation set is costly.
`GradientFlowClassifier` trains on all labels and stops where its exact leave-one-out error is
smallest.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

import riskcast as rc
from riskcast.features import RandomFeatures

X, y = load_digits(return_X_y=True)
embeddings = RandomFeatures(300, random_state=0).fit_transform(X / 16)

# %%
# With 100 labels and 300 features, a probe trained to the end fits its labels perfectly. We draw
# labels at random thirty times and compare three stopping rules. All are evaluated on 1,000 rows
# that no model has seen.


def test_errors(seed):
    """Error rates of the three stopping rules for one draw of labels."""
    rows, others = train_test_split(
        np.arange(len(y)), train_size=100, stratify=y, random_state=seed
    )
    kept = others[:1000]

    def error_of(model):
        return 1 - model.score(embeddings[kept], y[kept])

    stopped = rc.GradientFlowClassifier().fit(embeddings[rows], y[rows])
    ended = rc.GradientFlowClassifier(time=np.inf).fit(embeddings[rows], y[rows])
    fit, held_out = train_test_split(rows, test_size=0.2, stratify=y[rows], random_state=seed)
    tried = [
        rc.GradientFlowClassifier(time=time).fit(embeddings[fit], y[fit])
        for time in np.geomspace(0.1, 1e5, 13)
    ]
    chosen = max(tried, key=lambda model: model.score(embeddings[held_out], y[held_out]))
    return error_of(stopped), error_of(chosen), error_of(ended)


errors = np.array([test_errors(seed) for seed in range(30)])
labels = ["all rows,\nleave-one-out", "a fifth held out\nto stop", "all rows,\nto the end"]

ax = plt.figure().add_subplot()
ax.boxplot(100 * errors, tick_labels=labels, medianprops={"color": "black"})
ax.set(ylabel="error on unseen rows (%)", ylim=(0, None))

for label, column in zip(labels, errors.T, strict=True):
    error = column.std(ddof=1) / np.sqrt(len(column))
    print(f"{label.replace(chr(10), ' '):28} {column.mean():.3f} ± {error:.3f}")

# %%
# How certain is the difference? It is computed draw by draw, because all three rules use the same
# labels.

gain = errors[:, 1] - errors[:, 0]
print(f"held out less leave-one-out: {gain.mean():.3f} ± {gain.std(ddof=1) / np.sqrt(30):.3f}")
plt.show()
