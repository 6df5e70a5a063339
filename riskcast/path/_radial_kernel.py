"""The radial basis function kernel with accurately computed distances."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from sklearn.metrics.pairwise import euclidean_distances, pairwise_kernels

from riskcast.path._column_rounding import column_means
from riskcast.path._sparse_rows import far_columns

FloatArray = NDArray[np.float64]

_NEAR = 1e-4  # squared distance over squared norms, below which cancellation loses digits
_BLOCK_ELEMENTS = 4_000_000


def radial_gram(rows: Any, others: Any) -> FloatArray:
    """Gram matrix ``exp(-|a - b|²/p)`` of rows, or of rows and others.

    scikit-learn's "rbf" kernel uses ``|a - b|² = |a|² + |b|² - 2 a·b``. Its rounding error grows
    with the distance from the origin, so that duplicate rows differ. Here the rows are
    centred first, and the differences of close pairs are computed directly.

    Parameters
    ----------
    rows : ndarray or sparse matrix of shape (n_rows, p)
    others : ndarray or sparse matrix of shape (n_others, p), or None
        None for the Gram matrix of `rows` with themselves.

    Returns
    -------
    ndarray of shape (n_rows, n_others)
    """
    if scipy.sparse.issparse(rows) or scipy.sparse.issparse(others):
        return _sparse_gram(rows, others)
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


def _sparse_gram(rows: Any, others: Any) -> FloatArray:
    """The same for sparse rows; columns far from the origin, which hold no zeros, are centred."""
    trained_on = scipy.sparse.csc_matrix(rows if others is None else others)
    far = far_columns(trained_on)
    origin = column_means(trained_on[:, far].toarray())

    def near(X: Any) -> Any:
        columns = scipy.sparse.csc_matrix(X)
        moved = scipy.sparse.csc_matrix(columns[:, far].toarray() - origin)
        return scipy.sparse.hstack([columns[:, ~far], moved], format="csr")

    gamma = 1.0 / rows.shape[1]
    moved = None if others is None else near(others)
    return np.asarray(pairwise_kernels(near(rows), moved, metric="rbf", gamma=gamma))
