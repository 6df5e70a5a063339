"""The last hidden layer's activity on the training rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from riskcast.lab.snapshots import Snapshot

from .registry import observable

FloatArray = NDArray[np.float64]


@observable
def hidden_spectrum(snapshot: Snapshot) -> FloatArray:
    """Eigenvalues of the hidden Gram matrix ``FᵀF/n``, ascending, shape (width,).

    F are the features that the read-out weights multiply. Directions that no
    row reaches are exact zeros; their share is the frozen one.
    """
    features = snapshot.network.features(snapshot.draw.X_train)
    n_samples, width = features.shape
    if width <= n_samples:
        return np.maximum(np.linalg.eigvalsh(features.T @ features / n_samples), 0.0)
    found = np.maximum(np.linalg.eigvalsh(features @ features.T / n_samples), 0.0)
    return np.concatenate([np.zeros(width - n_samples), found])


@observable
def effective_rank(snapshot: Snapshot) -> float:
    """Exponential of the entropy of the hidden spectrum (Roy and Vetterli 2007)."""
    values = hidden_spectrum(snapshot)
    if not values.sum() > 0.0:
        return 0.0
    shares = values[values > 0.0] / values.sum()
    return float(np.exp(-np.sum(shares * np.log(shares))))
