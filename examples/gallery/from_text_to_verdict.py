"""
From text to verdict
====================

You have sentences, a small embedding model and a few hundred labels. Is a linear probe good enough?
When should its training stop? How much would more labels help? This example answers these questions
and checks the answers on held-out sentences.

The sentences are the first lines of docstrings in SciPy and scikit-learn; the label is their
subject. The embeddings are those of all-MiniLM-L6-v2, with 384 numbers per sentence. That model
needs PyTorch, so the embeddings were computed once, from a package that ships the model, by the
script :download:`embed_sentences.py <../../examples/embeddings/embed_sentences.py>`. You can
download them as :download:`docstring_embeddings.npz <docstring_embeddings.npz>`.
"""

import matplotlib.pyplot as plt
import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV, train_test_split

import riskcast as rc

data = np.load("docstring_embeddings.npz")
X, y = data["embeddings"].astype(float), data["labels"]
print(len(y), "sentences of", len(np.unique(y)), "subjects, for example")
for place in range(20, len(y), 170):
    print(f"  {y[place]:18} {data['sentences'][place][:70]}")

# %%
# We use only 300 labels and hold out the rest.

seen, aside = train_test_split(np.arange(len(y)), train_size=300, stratify=y, random_state=0)
probe = rc.GradientFlowClassifier().fit(X[seen], y[seen])
path = probe.risk_path_
path.plot()

# %%
# When should training stop, and how good is the probe then?

print(f"stop at t = {path.best_time:.3g}: error rate {path.best_risk_corrected:.3f}")
print(f"trained to the end: {path.final_risk:.3f}; no embeddings at all: {path.untrained_risk:.3f}")
error = 1 - probe.score(X[aside], y[aside])
print(f"on the {len(aside)} sentences kept aside: {error:.3f}")

# %%
# Early stopping matters. There are fewer labels than numbers in an embedding, so a probe trained to
# the end fits every label, and its error rate is more than twice as high. (At time zero all
# predictions are wrong. The three largest subjects are equally frequent, and leaving a sentence out
# makes its subject the rarest of the three.)
#
# Would more labels help?
# -----------------------

fc = rc.forecast(X[seen], y[seen], n_samples=[300, 600], scoring="error_rate")
for n, risk, lower, upper in zip(fc.n_samples, fc.risk, fc.lower, fc.upper, strict=True):
    print(f"{n:.0f} labels: error rate {risk:.3f}, 90 % from {lower:.3f} to {upper:.3f}")

# %%
# To check the forecast, probes are trained on random draws of the same size, ten draws per size,
# and evaluated on the rest.


def unseen_error(model, n, seed):
    """Error rate on all other sentences of a model trained on n sentences."""
    rows, others = train_test_split(np.arange(len(y)), train_size=n, stratify=y, random_state=seed)
    return 1 - model.fit(X[rows], y[rows]).score(X[others], y[others])


sizes = [150, 300, 600]
errors = np.array(
    [[unseen_error(rc.GradientFlowClassifier(), n, seed) for seed in range(10)] for n in sizes]
)
ax = fc.plot().ax_
ax.errorbar(
    sizes, errors.mean(axis=1), errors.std(axis=1, ddof=1), fmt="s", color="black", mfc="white",
    capsize=3, label="trained, ± scatter of draws",
)  # fmt: skip
ax.set_ylim(0, None)
ax.legend()
print("trained:", dict(zip(sizes, errors.mean(axis=1).round(3).tolist(), strict=True)))

# %%
# Squared or logistic loss?
# -------------------------
# The probe regresses one-hot labels, because the risk along training is exact only for squared
# loss. Most probes use logistic loss. To see how much is lost, compare with logistic regression on
# the same ten draws of 300 labels. Its penalty is chosen by cross-validation:

logistic = GridSearchCV(LogisticRegression(max_iter=300), {"C": [1, 10, 100]}, cv=3)
others = np.array([unseen_error(logistic, 300, seed) for seed in range(10)])
squared = errors[sizes.index(300)]
difference = squared - others


def with_error(values):
    """Mean and its standard error over draws."""
    return f"{values.mean():.4f} ± {values.std(ddof=1) / np.sqrt(len(values)):.4f}"


print("squared loss, stopped:   ", with_error(squared))
print("logistic loss, penalized:", with_error(others))
print("difference, draw by draw:", with_error(difference))

fig, ax = plt.subplots(figsize=(4.4, 4))
ax.plot(100 * others, 100 * squared, "o", color="black")
ends = 100 * np.array([min(others.min(), squared.min()), max(others.max(), squared.max())])
ax.plot(ends, ends, "--", color="0.5", label="equal")
ax.set(xlabel="logistic loss: error (%)", ylabel="squared loss: error (%)", aspect="equal")
ax.legend()
plt.show()

# %%
# The test sentences of the draws overlap, so the standard errors above are slightly too small. The
# difference is the cost of using squared loss, in error rate. It may differ for other embeddings,
# and the same comparison measures it. If the difference matters, use logistic regression, and
# forecast the effect of more labels with ``rc.forecast(X, y, estimator=LogisticRegression())``.
