"""Regression with the initial tangent kernel: networks linearized in their weights."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcast.lab import Draw, Network

__all__ = ["tangent_regression"]

FloatArray = NDArray[np.float64]

_LEAST = 1e-12  # share of the largest eigenvalue below which eigenvalues are rounding errors


def tangent_regression(draw: Draw, network: Network, times: ArrayLike) -> FloatArray:
    """Change of a linearized network's test outputs under gradient flow.

    Parameters
    ----------
    draw : Draw
        Rows and targets, one output.
    network : Network
        The initial network.
    times : array_like of shape (T,)
        Times of gradient flow on the mean over rows of half the squared error.

    Returns
    -------
    ndarray of shape (T, n_test)
        Change to add to the initial outputs.
    """
    rows = len(draw.X_train)
    values, vectors = np.linalg.eigh(network.tangent_kernel(draw.X_train) / rows)
    values = np.maximum(values, _LEAST * values[-1])
    residual = vectors.T @ (draw.y_train - network(draw.X_train)[:, 0])
    learned = -np.expm1(-np.outer(np.asarray(times), values)) / values * residual / rows
    across = network.tangent_kernel(draw.X_test, draw.X_train) @ vectors
    return np.asarray(learned @ across.T)
