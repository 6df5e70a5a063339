"""Implicitly centred sparse rows."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from riskcast.path._column_rounding import centred_columns

FloatArray = NDArray[np.float64]

_FAR = 10.0  # columns whose mean exceeds this many standard deviations are centred explicitly
_BLOCK_ELEMENTS = 10_000_000  # elements of a block of a product: 80 MB


class CentredRows:
    """Linear operator for sparse rows minus their column means.

    Parameters
    ----------
    X : sparse matrix of shape (n_samples, n_features)
        The rows.
    means : ndarray of shape (n_features,)
        Means to subtract: `sparse_means`, or zeros without an intercept.
    """

    def __init__(self, X: Any, means: FloatArray) -> None:
        self.X = X
        self.means = means
        self.shape = X.shape

    @property
    def means_energy(self) -> float:
        """Squared norm of the subtracted means, summed over rows."""
        return float(self.X.shape[0] * (self.means @ self.means))

    @property
    def T(self) -> CentredColumns:
        """The transpose."""
        return CentredColumns(self)

    def __matmul__(self, right: FloatArray) -> FloatArray:
        return np.asarray(self.X @ right - self.means @ right)

    def blocks(self, right: FloatArray) -> Iterator[FloatArray]:
        """Yield the product with `right`, of shape (n_samples, any), in blocks of rows."""
        size = max(1, _BLOCK_ELEMENTS // max(1, right.shape[1]))
        for start in range(0, self.shape[0], size):
            yield np.asarray(self.X[start : start + size] @ right - self.means @ right)

    def gram_times(self, right: FloatArray) -> FloatArray:
        """Product of ``rowsᵀ rows`` with `right`, of shape (n_features, any)."""
        return self.T @ (self @ right)

    def gram(self) -> FloatArray:
        """Inner products of the rows, shape (n_samples, n_samples)."""
        products = np.asarray((self.X @ self.X.T).todense(), dtype=np.float64)
        along = np.asarray(self.X @ self.means)
        return products - along - along[:, None] + float(self.means @ self.means)


class CentredColumns:
    """The transpose of `CentredRows`."""

    def __init__(self, rows: CentredRows) -> None:
        self.rows = rows
        self.shape = rows.shape[::-1]

    @property
    def T(self) -> CentredRows:
        """The transpose, that is, the rows."""
        return self.rows

    def __matmul__(self, left: FloatArray) -> FloatArray:
        return np.asarray(
            self.rows.X.T @ left - np.multiply.outer(self.rows.means, left.sum(axis=0))
        )

    def blocks(self, left: FloatArray) -> Iterator[FloatArray]:
        """Yield the product with `left`, of shape (n_samples, any), in blocks of features."""
        for part in self._parts(left.shape[1]):
            yield part @ left

    def gram_times(self, left: FloatArray) -> FloatArray:
        """Product of the Gram matrix of the rows with `left`, of shape (n_samples, any)."""
        total = np.zeros_like(left)
        for part in self._parts(left.shape[1]):
            total += part.rows @ (part @ left)
        return total

    def _parts(self, width: int) -> Iterator[CentredColumns]:
        """Blocks of features small enough for products with `width` columns."""
        columns = scipy.sparse.csc_matrix(self.rows.X)
        size = max(1, _BLOCK_ELEMENTS // max(1, width))
        for start in range(0, self.shape[0], size):
            some = slice(start, start + size)
            yield CentredColumns(CentredRows(columns[:, some], self.rows.means[some]))


def sparse_means(X: Any, centred: bool = True) -> FloatArray:
    """Means of sparse columns, shape (n_features,); zeros without an intercept."""
    return np.asarray(X.mean(axis=0)).ravel() if centred else np.zeros(X.shape[1])


def far_columns(X: Any) -> NDArray[np.bool_]:
    """Mask of columns whose mean is large against their spread; these are nearly dense."""
    mean = sparse_means(X)
    square = np.asarray(X.multiply(X).mean(axis=0)).ravel()
    return np.asarray(square - mean**2 < square / _FAR**2)


def with_far_columns_centred(X: Any, far: NDArray[np.bool_]) -> Any:
    """The rows with the `far` columns centred explicitly and constant columns removed."""
    if not far.any():
        return X
    columns = scipy.sparse.csc_matrix(X)
    given = columns[:, far].toarray()
    varies = (given != given[:1]).any(axis=0)
    dense = scipy.sparse.csc_matrix(centred_columns(given[:, varies]))
    return scipy.sparse.hstack([columns[:, ~far], dense], format="csr")
