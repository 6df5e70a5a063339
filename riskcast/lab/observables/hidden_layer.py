"""Activity of the last hidden layer on the training rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from riskcast.lab.snapshots import Snapshot
from riskcast.spectra import MarchenkoPastur

from .registry import observable

FloatArray = NDArray[np.float64]


@observable
def hidden_spectrum(snapshot: Snapshot) -> FloatArray:
    """Eigenvalues of the hidden Gram matrix ``FᵀF/n``, ascending, shape (width,).

    F are the features that the read-out weights multiply. Eigenvalues of
    directions orthogonal to all rows are exactly zero; their share is the frozen
    share.
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


@dataclass(frozen=True)
class MarchenkoPasturFit:
    """A Marchenko-Pastur law fitted to the small eigenvalues of a hidden layer.

    Attributes
    ----------
    scale : float
        Factor by which the law of variance one is scaled.
    distance : float
        Largest difference between the two distribution functions over the small
        eigenvalues (Kolmogorov-Smirnov).
    """

    scale: float
    distance: float


def marchenko_pastur_fit(
    eigenvalues: FloatArray, n_samples: int, n_large: int = 0, share: float = 1.0
) -> MarchenkoPasturFit:
    """Fit the scale of a Marchenko-Pastur law to the small positive eigenvalues.

    The nonlinear component of a layer acts like noise (Pennington and Worah
    2017). The mean and the linear component of a layer with p inputs produce
    p + 1 large eigenvalues; without these directions, the ``n x width`` features
    behave like ``(n - p - 1) x (width - p - 1)`` entries of noise.

    Parameters
    ----------
    eigenvalues : ndarray of shape (width,)
        Eigenvalues as returned by `hidden_spectrum`.
    n_samples : int
        Number of rows behind the eigenvalues.
    n_large : int, default 0
        Number of largest eigenvalues to exclude because they are not noise.
    share : float, default 1.0
        Share of the other positive eigenvalues to fit, starting from the smallest.

    Returns
    -------
    MarchenkoPasturFit

    Raises
    ------
    ValueError
        If fewer than two positive eigenvalues remain.

    Examples
    --------
    >>> import numpy as np
    >>> from riskcast.lab.observables import marchenko_pastur_fit
    >>> X = 3.0 * np.random.default_rng(0).standard_normal((400, 200))
    >>> fit = marchenko_pastur_fit(np.linalg.eigvalsh(X.T @ X / 400), 400)
    >>> abs(fit.scale - 9.0) < 0.2, fit.distance < 0.02
    (True, True)
    """
    width = len(eigenvalues) - n_large
    kept = np.sort(eigenvalues)[:width]
    kept = kept[kept > 0.0]
    if len(kept) < 2 or n_samples <= n_large:
        raise ValueError(f"n_large: without {n_large} eigenvalues too few remain to fit")
    ranks = (np.arange(len(kept)) + 0.5) / len(kept)
    small = max(2, round(share * len(kept)))
    kept, ranks = kept[:small], ranks[:small]
    law = MarchenkoPastur((n_samples - n_large) / width)
    nodes, weights = law.nodes(refinement=5)
    order = np.argsort(nodes)
    grown = (np.cumsum(weights[order]) - 0.5 * weights[order]) / weights.sum()

    def apart(log_scale: float) -> FloatArray:
        return np.interp(kept / np.exp(log_scale), nodes[order], grown) - ranks

    middle = np.log(np.median(kept) / np.interp(np.median(ranks), grown, nodes[order]))
    found = minimize_scalar(
        lambda log_scale: float(np.sum(apart(log_scale) ** 2)),
        bounds=(middle - 1.0, middle + 1.0),
        method="bounded",
    )
    scale = float(np.exp(found.x)) * n_samples / (n_samples - n_large)
    return MarchenkoPasturFit(scale, float(np.abs(apart(found.x)).max()))
