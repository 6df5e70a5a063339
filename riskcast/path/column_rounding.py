"""Rounding of the columns: which directions of the data are nothing else.

A floating-point column is known to the machine epsilon times its own size, the mean
included. Centring takes the mean away and leaves that rounding. A column that is constant,
or an exact combination of others, then keeps a direction that is rounding alone, and the
larger the means, the longer it is. Here these directions are found and removed.

The decision is made column by column. A QR factorization with column pivoting (Businger and
Golub 1965) of the columns, each divided by its own rounding, says how much of a column lies
outside the span of those before it, in units of what rounding explains. Columns of very
different scale do not hide one another.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
import scipy.sparse
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# Rounding adds up over the columns of a combination. Measured on constants, sums, products and
# one-hot blocks with offsets up to 1e7 standard deviations, it stays below 7 √min(n, p) times
# the rounding of a single column.
_TIMES_ROOT = 32.0
_FEW_ROWS = 5


class IndependentColumns(NamedTuple):
    """Columns ``basis @ weights``, equal to those given up to their rounding.

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
    """Means of the columns, of shape (n_features,), to the last digit or two.

    A running sum errs by up to n times the machine epsilon; the mean of what the first
    means leave takes that back.
    """
    means = _average(X)
    return np.asarray(means + _average(X - means))


def centred_columns(X: FloatArray) -> FloatArray:
    """Columns less their means, twice: a constant column becomes zero, or next to it."""
    data = X - _average(X)
    data -= _average(data)
    return data


def _average(X: FloatArray) -> FloatArray:
    return np.full(len(X), 1.0 / len(X)) @ X  # a matrix product is faster than a sum along rows


def column_rounding(X: FloatArray) -> FloatArray:
    """Length of the rounding of each column, shape (n_features,), before centring."""
    with np.errstate(over="ignore"):
        return np.asarray(np.finfo(float).eps * np.sqrt(np.einsum("ij,ij->j", X, X)))


def total_rounding(X: FloatArray) -> float:
    """Length of `column_rounding`, found faster."""
    with np.errstate(over="ignore"):
        return float(np.finfo(float).eps * np.sqrt(np.vdot(X, X)))


def largest_rounding(total: float, shape: tuple[int, ...]) -> float:
    """Bound on the singular value of a direction that is rounding alone, of `total` length."""
    return _allowance(shape) * total


def independent_columns(data: FloatArray, rounding: FloatArray, most: int) -> IndependentColumns:
    """Take from centred columns what rounding explains.

    Parameters
    ----------
    data : ndarray of shape (n_samples, n_features)
        The columns, centred if the model has an intercept.
    rounding : ndarray of shape (n_features,)
        The length of each column's rounding.
    most : int
        The largest rank there can be.

    Returns
    -------
    IndependentColumns
        Each column differs from the one given by its rounding, or by a small multiple.
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
    """Centred columns with what their rounding explains taken from them, if it matters."""
    worst = largest_rounding(float(np.linalg.norm(rounding)), data.shape)
    if not data.size or worst <= np.finfo(float).eps * max(data.shape) * np.sqrt(len(data)):
        return data
    basis, weights = independent_columns(data, rounding, len(data) - 1)
    full = basis.shape[1] == min(len(data) - 1, data.shape[1])
    return data if full else basis @ weights


def varying(X: Any, centred: bool = True) -> NDArray[np.bool_]:
    """Which columns differ from a constant, or without an intercept from zero."""
    if scipy.sparse.issparse(X):
        smallest, largest = (end.toarray().ravel() for end in (X.min(axis=0), X.max(axis=0)))
        return _apart(smallest, largest, centred)
    # A few rows tell of nearly all columns; only the others are looked at whole.
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
    """Length of the rounding of the data along unit directions (n_features, r), shape (r,)."""
    return np.asarray(np.sqrt((directions**2).T @ rounding**2))


def _allowance(shape: tuple[int, ...]) -> float:
    """Times a column's own rounding that a direction of rounding alone may be long."""
    return float(_TIMES_ROOT * np.sqrt(min(shape)))
