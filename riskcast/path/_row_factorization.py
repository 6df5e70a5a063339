"""Factorization of rows, dense or sparse, by their smaller side."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray

from riskcast._threads import threads_for
from riskcast.path._column_rounding import (
    centred_columns,
    column_rounding,
    independent_columns,
    largest_rounding,
    rounding_along,
    total_rounding,
)
from riskcast.path._factorization import Factorization
from riskcast.path._small_eigenvalues import (
    accurate_eigh,
    drop_null,
    orthonormalize_weak,
    rounding_share,
)
from riskcast.path._sparse_rows import (
    CentredRows,
    far_columns,
    sparse_means,
    with_far_columns_centred,
)

FloatArray = NDArray[np.float64]

_FAR = 4.0  # times the rounding that is always dropped; columns with mean zero stay below it


def factorize(
    X: Any, centred: bool, floor: float = 0.0, rounding: FloatArray | None = None
) -> Factorization:
    """Factorize rows X, dense or sparse, of shape (n_samples, n_features).

    For rows in the coordinates of another factorization, pass its `floor` and `rounding`.
    """
    n_samples, n_features = X.shape
    tall = n_samples - int(centred) >= n_features
    if scipy.sparse.issparse(X):
        far = far_columns(X) if centred else np.zeros(n_features, dtype=bool)
        if not tall:
            return _factorize_wide_sparse(X, far, centred)
        if not far.any():
            return _factorize_tall_sparse(X, centred)
        X = X.toarray()  # no larger than U; sparse products would lose accuracy to the means
    data = centred_columns(X) if centred else X
    with threads_for(X.shape):
        found = _factorize_dense(data, centred, tall, floor)
        # If column means are at most a few hundred times the standard deviations, nothing more
        # has to be done: the rounding of the columns is below that of the largest eigenvalue,
        # which is already dropped. Coordinates do not show the rounding of the data.
        largest = np.sqrt(found.eigenvalues[-1]) if found.eigenvalues.size else 0.0
        worst = largest_rounding(total_rounding(X), X.shape)
        if rounding is None and worst <= _FAR * rounding_share(X.shape) * largest:
            return found
        own = column_rounding(X)
        return _without_rounding(
            found, data, own if rounding is None else np.maximum(own, rounding)
        )


def _without_rounding(
    found: Factorization, data: FloatArray, rounding: FloatArray
) -> Factorization:
    """Drop directions explained by rounding of the columns, and store the rounding of the rest."""
    worst = largest_rounding(float(np.linalg.norm(rounding)), data.shape)
    if not found.eigenvalues.size or found.eigenvalues[0] > worst**2:
        directions = data.T @ (found.vectors / np.sqrt(found.eigenvalues))
        return replace(found, rounding=rounding_along(directions, rounding))
    limit = found.n_samples - int(found.centred)
    basis, weights = independent_columns(data, rounding, limit)
    if not basis.shape[1]:
        return Factorization(basis, np.empty(0), found.centred, found.floor)
    eigenvalues, turn = accurate_eigh(weights @ weights.T, weights.T)
    eigenvalues, turn = drop_null(eigenvalues, turn, data.shape, noise=found.floor)
    vectors = basis @ turn
    if found.centred:
        vectors -= vectors.mean(axis=0)
    orthonormalize_weak(vectors, eigenvalues)
    directions = weights.T @ (turn / np.sqrt(eigenvalues))
    along = rounding_along(directions, rounding)
    return Factorization(vectors, eigenvalues, found.centred, found.floor, along)


def _factorize_dense(data: FloatArray, centred: bool, tall: bool, floor: float) -> Factorization:
    """Factorize centred rows by their smaller side."""
    if tall:
        return _factorize_tall(data.T @ data, data, centred, means_energy=0.0, floor=floor)
    eigenvalues, vectors = accurate_eigh(data @ data.T, data.T)
    limit = len(data) - int(centred)
    eigenvalues, vectors = drop_null(
        eigenvalues[-limit:], vectors[:, -limit:], data.shape, noise=floor
    )
    return Factorization(vectors, eigenvalues, centred, floor)


def _factorize_tall_sparse(X: Any, centred: bool) -> Factorization:
    """Factorize sparse rows with at least as many rows as columns."""
    rows = CentredRows(X, sparse_means(X, centred))
    gram = np.asarray((X.T @ X).todense()) - X.shape[0] * np.outer(rows.means, rows.means)
    with threads_for(X.shape):
        return _factorize_tall(gram, rows, centred, rows.means_energy)


def _factorize_wide_sparse(X: Any, far: NDArray[np.bool_], centred: bool) -> Factorization:
    """Factorize sparse rows with more columns than rows, without converting them to dense."""
    rounding = column_rounding(X[:, far].toarray())
    total = float(np.linalg.norm(rounding))
    noise = largest_rounding(total, X.shape) ** 2
    X = with_far_columns_centred(X, far)
    rows = CentredRows(X, sparse_means(X, centred))
    limit = X.shape[0] - int(centred)
    with threads_for((X.shape[0],)):
        gram = rows.gram()
        eigenvalues, vectors = accurate_eigh(gram, rows.T)
        eigenvalues, vectors = drop_null(
            eigenvalues[-limit:], vectors[:, -limit:], X.shape, rows.means_energy, noise
        )
        if centred:
            vectors = vectors - vectors.mean(axis=0)
            orthonormalize_weak(vectors, eigenvalues)
    # The directions would not fit in memory, so each gets the total rounding as a bound.
    longest = np.full(len(eigenvalues), total) if far.any() else None
    return Factorization(vectors, eigenvalues, centred, rounding=longest)


def _factorize_tall(
    gram: FloatArray, data: Any, centred: bool, means_energy: float, floor: float = 0.0
) -> Factorization:
    """Factorize centred rows, an array or an operator, from ``dataᵀ data``.

    `means_energy` is the squared norm of the means subtracted from the product of
    uncentred rows, which determines its rounding error; zero if the rows were centred first.
    """
    eigenvalues, directions = accurate_eigh(gram, data)
    eigenvalues, directions = drop_null(
        eigenvalues, directions, data.shape, more=means_energy, noise=floor
    )
    vectors = data @ (directions / np.sqrt(eigenvalues))
    orthonormalize_weak(vectors, eigenvalues)
    return Factorization(vectors, eigenvalues, centred, floor)
