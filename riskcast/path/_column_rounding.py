"""Rounding errors of columns, and removal of directions that consist of rounding only.

A floating-point column is accurate to the machine epsilon times its norm, mean
included. Centring removes the mean but not the rounding error. A column that is constant,
or an exact combination of others, then leaves a direction that is pure rounding; the
larger the means, the longer it is. This module finds and removes these directions.

The decision is made column by column. Each column is divided by its own rounding error. A
QR factorization with column pivoting (Businger and Golub 1965) then measures the
component of each column outside the span of the previous ones, in units of the rounding
error. Columns of very different scales therefore do not hide one another.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
import scipy.sparse
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# Rounding errors add up over the columns of a combination. Measured on constants, sums,
# products and one-hot blocks with offsets up to 1e7 standard deviations, they stay below
# 7 √min(n, p) times the rounding error of a single column.
_TIMES_ROOT = 32.0
_FEW_ROWS = 5


class IndependentColumns(NamedTuple):
    """Columns ``basis @ weights``, equal to the given ones up to their rounding.

    Attributes
    ----------
    basis : ndarray of shape (n_samples, rank)
        Orthonormal columns.
    weights : ndarray of shape (rank, n_features)
        Of full rank.
    """

    basis: FloatArray
    weights: FloatArray


def column_means(X: FloatArray) -> FloatArray:
    """Column means, shape (n_features,), accurate to the last digit or two.

    A running sum has an error of up to n times the machine epsilon; adding the mean of the
    centred columns corrects it.
    """
    means = _average(X)
    return np.asarray(means + _average(X - means))


def centred_columns(X: FloatArray) -> FloatArray:
    """Columns centred twice, so that a constant column becomes zero or almost zero."""
    data = X - _average(X)
    data -= _average(data)
    return data


def _average(X: FloatArray) -> FloatArray:
    return np.full(len(X), 1.0 / len(X)) @ X  # a matrix product is faster than a sum along rows


def column_rounding(X: FloatArray) -> FloatArray:
    """Norm of the rounding error of each column before centring, shape (n_features,)."""
    with np.errstate(over="ignore"):
        return np.asarray(np.finfo(float).eps * np.sqrt(np.einsum("ij,ij->j", X, X)))


def total_rounding(X: FloatArray) -> float:
    """Norm of `column_rounding`, computed faster."""
    with np.errstate(over="ignore"):
        return float(np.finfo(float).eps * np.sqrt(np.vdot(X, X)))


def largest_rounding(total: float, shape: tuple[int, ...]) -> float:
    """Upper bound on the singular value of a pure rounding direction; see `total_rounding`."""
    return _allowance(shape) * total


def independent_columns(data: FloatArray, rounding: FloatArray, most: int) -> IndependentColumns:
    """Remove from centred columns the components explained by rounding.

    Parameters
    ----------
    data : ndarray of shape (n_samples, n_features)
        The columns, centred if the model has an intercept.
    rounding : ndarray of shape (n_features,)
        Norm of each column's rounding error.
    most : int
        Upper bound on the rank.

    Returns
    -------
    IndependentColumns
        Each column differs from the given one by a small multiple of its rounding error.
    """
    known = np.flatnonzero(rounding > 0.0)  # the others are zero
    orthogonal, triangle, order = scipy.linalg.qr(
        data[:, known] / rounding[known], mode="economic", pivoting=True, check_finite=False
    )
    left = np.abs(np.diag(triangle))
    rank = min(int(np.count_nonzero(left > _allowance(data.shape))), most)
    columns = known[order]
    weights = np.zeros((rank, data.shape[1]))
    weights[:, columns] = triangle[:rank] * rounding[columns]
    return IndependentColumns(orthogonal[:, :rank], weights)


def independent(data: FloatArray, rounding: FloatArray) -> FloatArray:
    """Centred columns without the components explained by rounding, where these matter."""
    worst = largest_rounding(float(np.linalg.norm(rounding)), data.shape)
    if not data.size or worst <= np.finfo(float).eps * max(data.shape) * np.sqrt(len(data)):
        return data
    basis, weights = independent_columns(data, rounding, len(data) - 1)
    full = basis.shape[1] == min(len(data) - 1, data.shape[1])
    return data if full else basis @ weights


def varying(X: Any, centred: bool = True) -> NDArray[np.bool_]:
    """Mask of the columns that are not constant, or without an intercept not zero."""
    if scipy.sparse.issparse(X):
        smallest, largest = (end.toarray().ravel() for end in (X.min(axis=0), X.max(axis=0)))
        return _apart(smallest, largest, centred)
    # A few rows suffice for most columns; all rows are read only for the others.
    few = X[np.linspace(0, len(X) - 1, _FEW_ROWS).astype(int)]
    found = _apart(few.min(axis=0), few.max(axis=0), centred)
    left = np.flatnonzero(~found)
    if left.size:
        found[left] = _apart(X[:, left].min(axis=0), X[:, left].max(axis=0), centred)
    return found


def _apart(smallest: FloatArray, largest: FloatArray, centred: bool) -> NDArray[np.bool_]:
    size = np.maximum(np.abs(smallest), np.abs(largest))
    if not centred:
        return np.asarray(size > 0)
    return np.asarray(largest - smallest > _TIMES_ROOT * np.finfo(float).eps * size)


def rounding_along(directions: FloatArray, rounding: FloatArray) -> FloatArray:
    """Norm of the data's rounding error along unit directions (n_features, r), shape (r,)."""
    return np.asarray(np.sqrt((directions**2).T @ rounding**2))


def _allowance(shape: tuple[int, ...]) -> float:
    """Largest length of a pure rounding direction, in units of a column's rounding error."""
    return float(_TIMES_ROOT * np.sqrt(min(shape)))
