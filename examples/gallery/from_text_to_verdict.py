"""
From text to verdict
====================

Sentences, a small embedding model, a few hundred labels, and a question: is a linear probe good
enough, when should its training stop, and what would more labels buy? Everything that is answered
here is then checked on sentences that were kept aside.

The sentences are the first lines of docstrings in SciPy and scikit-learn, the label is the subject
they come from. The embeddings are those of all-MiniLM-L6-v2, 384 numbers a sentence. Since that
model needs PyTorch they were made once, from a package that ships the model, by the script
:download:`embed_sentences.py <../../examples/embeddings/embed_sentences.py>`. They lie beside
this page as :download:`docstring_embeddings.npz <docstring_embeddings.npz>`.
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
# We pretend to have 300 labels.

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
# Stopping matters: there are fewer labels than numbers in an embedding, so that a probe trained to
# the end fits every label and errs more than twice as often. (At the very start all are wrong: the
# three largest subjects are equally frequent, and without its own sentence a subject is the rarest
# of them.)
#
# What would more labels buy?
# ---------------------------

fc = rc.forecast(X[seen], y[seen], n_samples=[300, 600], scoring="error_rate")
for n, risk, lower, upper in zip(fc.n_samples, fc.risk, fc.lower, fc.upper, strict=True):
    print(f"{n:.0f} labels: error rate {risk:.3f}, 90 % from {lower:.3f} to {upper:.3f}")

# %%
# The check: probes trained on as many other labels, ten draws a size, judged on the rest.


def unseen_error(model, n, seed):
    """Error rate on all other sentences of a model trained on n."""
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
# The probe regresses one-hot labels, since squared loss is what has an exact risk along training.
# Probes are more often logistic. How much is lost? Logistic regression with its penalty chosen by
# cross-validation, on the same ten draws of 300 labels:

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
# The draws overlap in the sentences that they are judged on, so the errors above are a little too
# small. The difference is what exactness costs here, in error rate; on other embeddings it may
# be another, and is measured as quickly. Where it matters, keep logistic regression, and ask
# ``rc.forecast(X, y, estimator=LogisticRegression())`` what more labels would buy.
