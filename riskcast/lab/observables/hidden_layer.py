"""The last hidden layer's activity on the training rows."""

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


@dataclass(frozen=True)
class MarchenkoPasturFit:
    """A Marchenko-Pastur law laid over the small eigenvalues of a hidden layer.

    Attributes
    ----------
    scale : float
        Factor by which the law of variance one is stretched.
    distance : float
        Largest difference of the two distribution functions over the small
        eigenvalues (Kolmogorov-Smirnov).
    """

    scale: float
    distance: float


def marchenko_pastur_fit(
    eigenvalues: FloatArray, n_samples: int, share: float = 0.5
) -> MarchenkoPasturFit:
    """Fit the scale of a Marchenko-Pastur law to the small positive eigenvalues.

    What of a nonlinear layer is not linear in its inputs acts like noise
    (Pennington and Worah 2017): the small eigenvalues follow the law of
    uncorrelated features, the few large ones do not.

    Parameters
    ----------
    eigenvalues : ndarray of shape (width,)
        As `hidden_spectrum` gives them.
    n_samples : int
        Number of rows they are from.
    share : float, default 0.5
        Share of the positive eigenvalues, the smallest, that are fitted.

    Returns
    -------
    MarchenkoPasturFit

    Examples
    --------
    >>> import numpy as np
    >>> from riskcast.lab.observables import marchenko_pastur_fit
    >>> X = 3.0 * np.random.default_rng(0).standard_normal((400, 200))
    >>> fit = marchenko_pastur_fit(np.linalg.eigvalsh(X.T @ X / 400), 400)
    >>> abs(fit.scale - 9.0) < 0.2, fit.distance < 0.02
    (True, True)
    """
    positive = np.sort(eigenvalues[eigenvalues > 0.0])
    kept = positive[: max(2, int(share * len(positive)))]
    ranks = (np.arange(len(kept)) + 0.5) / len(positive)
    law = MarchenkoPastur(n_samples / len(eigenvalues))
    nodes, weights = law.nodes(refinement=5)
    order = np.argsort(nodes)
    grown = (np.cumsum(weights[order]) - 0.5 * weights[order]) / weights.sum()

    def apart(log_scale: float) -> FloatArray:
        return np.interp(kept / np.exp(log_scale), nodes[order], grown) - ranks

    middle = np.log(np.median(kept) / np.interp(np.median(ranks), grown, nodes[order]))
    found = minimize_scalar(
        lambda log_scale: float(np.sum(apart(log_scale) ** 2)),
        bounds=(middle - 2.0, middle + 2.0),
        method="bounded",
    )
    return MarchenkoPasturFit(float(np.exp(found.x)), float(np.abs(apart(found.x)).max()))
