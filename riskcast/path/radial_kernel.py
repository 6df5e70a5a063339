"""The radial basis function kernel with distances that keep their digits."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics.pairwise import euclidean_distances

from riskcast.path.column_rounding import column_means

FloatArray = NDArray[np.float64]

_NEAR = 1e-4  # squared distance over squared lengths, below which their difference loses digits
_BLOCK_ELEMENTS = 4_000_000


def radial_gram(rows: FloatArray, others: FloatArray | None) -> FloatArray:
    """``exp(-|a - b|²/p)`` between rows, or rows and others, as scikit-learn's "rbf" has it.

    There ``|a - b|² = |a|² + |b|² - 2 a·b``, whose rounding grows with the distance from the
    origin and makes rows that repeat differ. Here rows are centred first, and close pairs are
    subtracted.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, p)
    others : ndarray of shape (n_others, p) or None
        None for the rows themselves.

    Returns
    -------
    ndarray of shape (n_rows, n_others)
    """
    origin = column_means(rows if others is None else others)
    left = rows - origin
    right = left if others is None else others - origin
    squares = euclidean_distances(left, None if others is None else right, squared=True)
    sizes = np.einsum("ij,ij->i", left, left)[:, None] + np.einsum("ij,ij->i", right, right)
    near = np.nonzero(squares <= _NEAR * sizes)
    step = max(1, _BLOCK_ELEMENTS // max(1, rows.shape[1]))
    for start in range(0, len(near[0]), step):
        first, second = (index[start : start + step] for index in near)
        away = left[first] - right[second]
        squares[first, second] = np.einsum("ij,ij->i", away, away)
    squares *= -1.0 / rows.shape[1]
    return np.asarray(np.exp(squares, out=squares))
