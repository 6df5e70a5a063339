"""Networks made linear in their weights: regression with the tangent kernel at the start."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcast.lab import Draw, Network

__all__ = ["tangent_regression"]

FloatArray = NDArray[np.float64]

_LEAST = 1e-12  # eigenvalue, over the largest, below which all are rounding


def tangent_regression(draw: Draw, network: Network, times: ArrayLike) -> FloatArray:
    """How far gradient flow would move the test outputs of a linearized network.

    Parameters
    ----------
    draw : Draw
        Rows and targets, one output.
    network : Network
        At its start.
    times : array_like of shape (T,)
        Of gradient flow on the mean over rows of half the squared error.

    Returns
    -------
    ndarray of shape (T, n_test)
        To be added to the outputs at the start.
    """
    rows = len(draw.X_train)
    values, vectors = np.linalg.eigh(network.tangent_kernel(draw.X_train) / rows)
    values = np.maximum(values, _LEAST * values[-1])
    residual = vectors.T @ (draw.y_train - network(draw.X_train)[:, 0])
    learned = -np.expm1(-np.outer(np.asarray(times), values)) / values * residual / rows
    across = network.tangent_kernel(draw.X_test, draw.X_train) @ vectors
    return np.asarray(learned @ across.T)
