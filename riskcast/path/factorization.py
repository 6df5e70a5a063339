"""One factorization of the data, from which every moment of training follows.

With ``K = XXᵀ`` (centred when there is an intercept) and ``K = U Λ Uᵀ``, null
directions dropped, all that a linear rule does to the rows is a function of
the eigenvalues Λ and the coordinates U. The smaller side is factorized: ``XᵀX``
when there are more rows than columns, ``XXᵀ`` otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from riskcast.path.small_eigenvalues import orthonormalize_weak

FloatArray = NDArray[np.float64]

_LONGEST_NOISE = 1e-6
_SMALL = 1e-4  # a diagonal entry below it is no longer accurate as one less the leverage
_BLOCK_ELEMENTS = 4_000_000  # of remainders that are held at once


class OutsideBlock(NamedTuple):
    """A group's block of the projector orthogonal to U and the constant.

    Attributes
    ----------
    directions : ndarray of shape (group, group)
        Its eigenvectors, as columns.
    eigenvalues, doubtful : ndarray of shape (group,)
        Eigenvalues, and those that may be rounding; where one is positive, the other is zero.
    residual : ndarray of shape (group, outputs)
        Component of the targets outside, in these directions.
    """

    directions: FloatArray
    eigenvalues: FloatArray
    doubtful: FloatArray
    residual: FloatArray


@dataclass(frozen=True)
class Factorization:
    """Rows in the coordinates of their own spectrum.

    Attributes
    ----------
    vectors : ndarray of shape (n_samples, r)
        U: orthonormal, orthogonal to the constant when `centred`.
    eigenvalues : ndarray of shape (r,)
        The positive eigenvalues of ``XXᵀ``, ascending.
    centred : bool
        Whether an intercept is fitted.
    floor : float, default 0.0
        Eigenvalues up to here are rounding of the Gram matrix that was factorized. They
        were dropped, and parts of the rows, in these coordinates, must drop theirs: there
        a row that repeats another differs from it by rounding of the coordinates.
    rounding : ndarray of shape (r,) or None
        Length of the data's own rounding along each direction, where the means that were
        subtracted make it larger than that of the largest eigenvalue. Parts of the rows drop
        what it explains.
    doubts : tuple of str
        What to warn of.
    """

    vectors: FloatArray
    eigenvalues: FloatArray
    centred: bool
    floor: float = 0.0
    rounding: FloatArray | None = None
    doubts: tuple[str, ...] = ()

    @property
    def n_samples(self) -> int:
        """Number of rows."""
        return len(self.vectors)

    @property
    def full_rank(self) -> bool:
        """Whether U and the constant span all of row space."""
        return len(self.eigenvalues) == self.n_samples - int(self.centred)

    @cached_property
    def condition(self) -> float:
        """Condition number of the (centred) rows, null directions aside; one if none vary."""
        if self.eigenvalues.size == 0:
            return 1.0
        return float(np.sqrt(self.eigenvalues[-1] / self.eigenvalues[0]))

    @property
    def remainder_noise(self) -> float:
        """Length that rounding gives to what should be nothing outside the span.

        It grows with the condition number, and of a Gram matrix, which squares it, with
        that of the matrix; but what is longer than a millionth is believed.
        """
        base = float(20.0 * np.finfo(float).eps * np.sqrt(self.n_samples))
        exact = base * self.condition
        if self.rounding is not None and self.eigenvalues.size:
            share = float((self.rounding / np.sqrt(self.eigenvalues)).max())
            exact = max(exact, min(20.0 * share, _LONGEST_NOISE))
        if self.floor == 0.0:
            return exact
        return max(exact, min(base * self.condition**2, _LONGEST_NOISE))

    @cached_property
    def leverage_outside(self) -> FloatArray:
        """Diagonal of the projector orthogonal to U and the constant, shape (n,).

        Exactly zero at full rank and for rows of leverage one, because later
        it is divided by numbers as small as the penalty.
        """
        return np.where(self._outside > self._least_outside, self._outside, 0.0)

    @cached_property
    def doubtful_leverage(self) -> FloatArray:
        """What `leverage_outside` leaves out because it may be rounding, shape (n,).

        A direction outside the span that is rounding belongs to the weakest inside. Of
        penalties larger than the smallest eigenvalue both are shrunk alike, so there it
        counts; of smaller ones it must not.
        """
        return self._outside - self.leverage_outside

    @property
    def _least_outside(self) -> float:
        return self.remainder_noise**2

    @cached_property
    def _outside(self) -> FloatArray:
        """The diagonal as it is computed; small entries as accurate as large ones."""
        if self.full_rank:
            return np.zeros(self.n_samples)
        leverage = np.einsum("ij,ij->i", self.vectors, self.vectors)
        outside = 1.0 - leverage - (1.0 / self.n_samples if self.centred else 0.0)
        for rows in self._blocks_of(np.flatnonzero(outside < _SMALL)):
            remainders = self._remainders(rows)
            outside[rows] = np.einsum("ij,ij->j", remainders, remainders)
        return outside

    def residual_outside(self, targets: FloatArray, coefficients: FloatArray) -> FloatArray:
        """Component of the targets orthogonal to U and the constant, shape (n, outputs).

        `coefficients` are the targets' coordinates ``Uᵀy``, shape (r, outputs).
        """
        if self.full_rank:
            return np.zeros_like(targets)
        centred = self.centre(targets)
        residual = centred - self.vectors @ coefficients
        for rows in self._blocks_of(np.flatnonzero(self._outside < _SMALL)):
            residual[rows] = self._remainders(rows).T @ centred
        return residual

    def _remainders(self, rows: NDArray[np.intp]) -> FloatArray:
        """Unit vectors of rows less their projections, twice, shape (n, len(rows))."""
        remainders = np.zeros((self.n_samples, len(rows)))
        remainders[rows, np.arange(len(rows))] = 1.0
        for _ in range(2):
            remainders = self.centre(remainders)
            remainders -= self.vectors @ (self.vectors.T @ remainders)
        return remainders

    def _blocks_of(self, rows: NDArray[np.intp]) -> list[NDArray[np.intp]]:
        """Rows in blocks whose remainders fit in memory."""
        size = max(1, _BLOCK_ELEMENTS // self.n_samples)
        return [rows[start : start + size] for start in range(0, len(rows), size)]

    def outside_block(self, rows: NDArray[np.intp], targets: FloatArray) -> OutsideBlock:
        """The block of a group in the projector orthogonal to U and the constant.

        Directions of the group that no other row can predict have eigenvalue zero,
        exactly, so that they are not drowned by rounding when the penalty is small.
        """
        size = len(rows)
        if self.full_rank:
            nothing = np.zeros(size)
            return OutsideBlock(np.eye(size), nothing, nothing, np.zeros((size, targets.shape[1])))
        remainders = self._remainders(rows)
        _, lengths, directions = scipy.linalg.svd(remainders, full_matrices=False)
        found = lengths**2
        certain = np.where(lengths > self.remainder_noise, found, 0.0)
        residual = directions @ (remainders.T @ self.centre(targets))
        return OutsideBlock(directions.T, certain, found - certain, residual)

    def directions(self, rows: Any) -> FloatArray:
        """Right singular vectors of the (centred) rows or their operator, (n_features, r)."""
        directions = rows.T @ (self.vectors / np.sqrt(self.eigenvalues))
        orthonormalize_weak(directions, self.eigenvalues)
        return directions

    def centre(self, values: FloatArray) -> FloatArray:
        """Remove column means, if there is an intercept."""
        return values - values.mean(axis=0) if self.centred else values.copy()

    def coefficients(self, targets: FloatArray) -> FloatArray:
        """Coordinates ``Uᵀy`` of the targets, shape (r, outputs)."""
        return self.vectors.T @ self.centre(targets)

    @cached_property
    def coordinates(self) -> FloatArray:
        """Rows ``U Λ^½`` with the inner products of the data, shape (n, r)."""
        return self.vectors * np.sqrt(self.eigenvalues)
