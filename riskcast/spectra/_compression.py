"""Replace many eigenvalues by few, for sums of functions that are smooth on the spectrum."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_NODES = 24  # Chebyshev nodes per octave


def compress(values: FloatArray, amounts: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Return nodes and weights with ``Σ weight f(node) = Σ amount f(value)`` for smooth f.

    In each octave of eigenvalues f is interpolated at Chebyshev nodes. For
    ``f = 1/((σ+κ)(σ+κ'))`` with κ at an angle of at most 5π/6 from the positive
    axis the error falls by a factor of three per node (Trefethen, Approximation
    Theory and Approximation Practice, 2013, theorem 8.2); 24 nodes reach rounding.

    Parameters
    ----------
    values : ndarray of shape (m,)
        Eigenvalues, increasing and positive.
    amounts : ndarray of shape (k, m)
        k amounts for each eigenvalue.

    Returns
    -------
    nodes : ndarray of shape (M,)
        Increasing. Octaves with at most 24 values keep their values as nodes.
    weights : ndarray of shape (k, M)
        Amounts of the nodes.
    """
    octave = np.floor(np.log2(values / values[0])).astype(np.int64)
    starts = np.flatnonzero(np.diff(octave, prepend=-1))
    nodes, weights = [], []
    for part in np.split(np.arange(len(values)), starts[1:]):
        few, moved = values[part], amounts[:, part]
        if len(part) > _NODES:
            few, shares = _interpolation(values[part])
            moved = moved @ shares
        nodes.append(few)
        weights.append(moved)
    return np.concatenate(nodes), np.concatenate(weights, axis=1)


def _interpolation(values: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Chebyshev nodes on the range of the values, and the interpolation matrix.

    Barycentric formula (Berrut and Trefethen, SIAM Review 46, 2004).
    """
    angles = (2.0 * np.arange(_NODES) + 1.0) * np.pi / (2.0 * _NODES)
    middle, half = 0.5 * (values[0] + values[-1]), 0.5 * (values[-1] - values[0])
    nodes = middle - half * np.cos(angles)
    signs = np.sin(angles) * (-1.0) ** np.arange(_NODES)
    distance = values[:, None] - nodes
    hit = distance == 0.0
    shares = signs / np.where(hit, 1.0, distance)
    shares /= shares.sum(axis=1, keepdims=True)
    on_node = hit.any(axis=1)
    shares[on_node] = hit[on_node]
    return nodes, shares
