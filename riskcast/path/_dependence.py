"""Correction of the standard error for correlated leave-one-out errors.

Leave-one-out models share nearly all their training rows, so their errors are
correlated, increasingly so with training time. The usual standard error assumes
independence and can be less than half of the true one.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from riskcast.filters._ridge_mixtures import ResolventMixture, Window
from riskcast.path._factorization import Factorization

FloatArray = NDArray[np.float64]


def error_inflation(data: Factorization, mixture: ResolventMixture) -> FloatArray:
    """Factor by which dependence increases the standard error of a mean squared error.

    Leave-one-out errors are linear in the targets, ``e = B y``. If leverages are
    similar, each eigenvector of the data is an eigenvector of B, with eigenvalue b,
    and isotropic noise in the targets gives errors with covariance ``BBᵀ``. The mean
    of n squared Gaussian errors with this covariance has the same variance as that of

        n_effective = (Σ b²)² / Σ b⁴

    independent ones. The factor is ``sqrt(n / n_effective)``: one before
    training, when b = 1; ``sqrt(n / (n - p))`` for least squares.

    Parameters
    ----------
    data : Factorization
        Factorization of the rows.
    mixture : ResolventMixture
        The filter, for ``n_samples - 1`` rows.

    Returns
    -------
    ndarray of shape (T,)
        At least one.
    """
    outside = data.n_samples - int(data.centred) - len(data.eigenvalues)
    squares = np.ones((mixture.n_moments, len(data.eigenvalues) + 1))
    for window in mixture.windows:
        missed = _missed_of_modes(data, window)
        learned = 2.0 * np.real(window.weights @ (1.0 - missed))
        with np.errstate(over="ignore"):  # the last column is unused at full rank
            squares[window.rows] = (1.0 - learned) ** 2
    # The last column stands for all directions outside the data's span, if there are any.
    multiplicity = np.append(np.ones(len(data.eigenvalues)), outside)
    squares = squares[:, multiplicity > 0]
    multiplicity = multiplicity[multiplicity > 0]
    largest = squares.max(axis=1, keepdims=True)
    squares /= np.where(largest > 0, largest, 1.0)
    effective = (squares @ multiplicity) ** 2 / np.maximum(squares**2 @ multiplicity, 1e-300)
    return np.sqrt(np.maximum(1.0, data.n_samples / np.maximum(effective, 1.0)))


def _missed_of_modes(data: Factorization, window: Window) -> NDArray[np.complex128]:
    """Leave-one-out residual of each mode at each node, with leverages averaged over rows."""
    eigenvalues = np.append(data.eigenvalues, 0.0)
    free = float(data.leverage_outside.sum())
    if not window.is_limit:
        kept = window.nodes[:, None] / (eigenvalues + window.nodes[:, None])
        average = (kept[:, :-1].sum(axis=1) + free) / data.n_samples
        return kept / average[:, None]
    if free > 0:
        kept = np.append(np.zeros(len(data.eigenvalues)), 1.0)
        return (kept * (data.n_samples / free))[None].astype(np.complex128)
    kept = np.append(data.eigenvalues[0] / data.eigenvalues, 0.0)
    return (kept * (data.n_samples / kept.sum()))[None].astype(np.complex128)
