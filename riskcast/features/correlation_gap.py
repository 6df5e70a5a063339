"""The correlation gap of two inputs, with all its digits even for near-duplicates."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy import sparse

from ._types import FloatArray

# Pairs closer than this share of the data's own spread are computed again, by subtraction.
_CLOSE = 1e-4
# Numbers held at once while they are.
_REFINE_SIZE = 1 << 18


@dataclass(frozen=True)
class Directions:
    """Inputs as unit vectors, moved to a common origin.

    The gap of unit vectors u and v is |u - v|²/2. From a matrix product it
    is 1 - u·v, with an error of one rounding against *one*. With both moved
    to the data's mean it is (|ũ|² + |ṽ|²)/2 - ũ·ṽ, with an error of one
    rounding against the data's *spread*, at the same cost. Near-opposites
    have no such remedy: their gap is two less something that a float near
    two keeps half the digits of, and an angle from it is good to 1e-8.

    Attributes
    ----------
    units : ndarray or sparse array of shape (n, p)
        Unit vectors; zero for a zero input.
    shifted : ndarray or sparse array of shape (n, p)
        The same, less the common origin.
    squares : ndarray of shape (n,)
        Half the squared norms of `shifted`.
    zero : ndarray of shape (n,)
        Which inputs are zero.
    norms : ndarray of shape (n,)
        Norms of the inputs.
    origin : ndarray of shape (p,) or None
        The common origin; None when inputs are sparse, which stay in place.
    """

    units: Any
    shifted: Any
    squares: FloatArray
    zero: Any
    norms: FloatArray
    origin: FloatArray | None

    @property
    def n_samples(self) -> int:
        """How many inputs there are."""
        return len(self.norms)


def directions(X: Any, origin: FloatArray | None = None) -> Directions:
    """Unit vectors of the rows of `X`, about `origin` or else about their own mean.

    Parameters
    ----------
    X : ndarray or sparse array of shape (n, p)
    origin : ndarray of shape (p,), optional
        Pass that of the other set of inputs, for pairs across two sets.

    Returns
    -------
    Directions
    """
    # Scaled by the largest entry first: squares of tiny or huge entries leave the range.
    if sparse.issparse(X):
        largest = np.asarray(abs(X).max(axis=1).todense(), dtype=np.float64).ravel()
        scaled = _divided(X, largest)
        lengths = np.sqrt(np.asarray(scaled.multiply(scaled).sum(axis=1)).ravel())
        units, norms = _divided(scaled, lengths), lengths * largest
        return Directions(units, units, np.where(norms > 0, 0.5, 0.0), norms == 0, norms, None)
    largest = np.abs(X).max(axis=1, initial=0.0)
    scaled = X / np.where(largest > 0.0, largest, 1.0)[:, None]
    lengths = np.sqrt(np.einsum("ij,ij->i", scaled, scaled))
    units = np.divide(scaled, np.where(lengths > 0.0, lengths, 1.0)[:, None], out=scaled)
    origin = units.mean(axis=0) if origin is None else origin
    shifted = units - origin
    squares = 0.5 * np.einsum("ij,ij->i", shifted, shifted)
    return Directions(units, shifted, squares, lengths == 0.0, lengths * largest, origin)


def _divided(X: Any, by: FloatArray) -> Any:
    """Rows of a sparse array over one number each; a row whose number is zero stays."""
    rows = sparse.csr_array(X, copy=True)
    rows.data /= np.repeat(np.where(by > 0.0, by, 1.0), np.diff(rows.indptr))
    return rows


def gap_block(left: Directions, rows: slice, right: Directions, columns: slice) -> FloatArray:
    """One minus the correlation of each pair; exactly one where an input is zero.

    Returns
    -------
    ndarray of shape (rows, columns), between 0 and 2
    """
    product = left.shifted[rows] @ right.shifted[columns].T
    gap: FloatArray = product.toarray() if sparse.issparse(product) else product
    np.negative(gap, out=gap)
    gap += left.squares[rows, None]
    gap += right.squares[None, columns]
    spread = left.squares[rows].max() + right.squares[columns].max()
    if gap.min() < _CLOSE * spread:
        _refine(gap, gap < _CLOSE * spread, left, rows, right, columns, sign=1.0)
    if gap.max() > 2.0 - _CLOSE * spread:
        _refine(gap, gap > 2.0 - _CLOSE * spread, left, rows, right, columns, sign=-1.0)
    gap[left.zero[rows]] = 1.0
    gap[:, right.zero[columns]] = 1.0
    return gap


def _refine(
    gap: FloatArray,
    chosen: Any,
    left: Directions,
    rows: slice,
    right: Directions,
    columns: slice,
    sign: float,
) -> None:
    """Put |u - v|²/2 in the chosen places, or 2 - |u + v|²/2 when the sign is -1."""
    i, j = np.nonzero(chosen)
    u, v = left.units[rows], right.units[columns]
    step = max(1, _REFINE_SIZE // max(1, u.shape[1]))
    for start in range(0, len(i), step):
        a, b = i[start : start + step], j[start : start + step]
        difference = u[a] - sign * v[b]
        if sparse.issparse(difference):
            half = 0.5 * np.asarray(difference.multiply(difference).sum(axis=1)).ravel()
        else:
            half = 0.5 * np.einsum("ij,ij->i", difference, difference)
        gap[a, b] = half if sign > 0 else 2.0 - half
