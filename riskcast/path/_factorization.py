"""Factorization of the data, from which the fit at every training time follows.

Let ``K = XXᵀ`` (centred if there is an intercept) and ``K = U Λ Uᵀ``, without null
directions. The fitted values of any linear training rule are a function of the
eigenvalues Λ and the coordinates U. The smaller side is factorized: ``XᵀX``
if there are more rows than columns, ``XXᵀ`` otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from riskcast.path._small_eigenvalues import orthonormalize_weak

FloatArray = NDArray[np.float64]

_LONGEST_NOISE = 1e-6
_SMALL = 1e-4  # below it, one minus the leverage is not accurate enough
_BLOCK_ELEMENTS = 4_000_000  # elements of the remainders held in memory at once


class OutsideBlock(NamedTuple):
    """A group's block of the projector orthogonal to U and the constant.

    Attributes
    ----------
    directions : ndarray of shape (group, group)
        Eigenvectors of the block, as columns.
    eigenvalues, doubtful : ndarray of shape (group,)
        Eigenvalues, and those that may be rounding errors; where one is positive, the other
        is zero.
    residual : ndarray of shape (group, outputs)
        Component of the targets orthogonal to U and the constant, in these directions.
    """

    directions: FloatArray
    eigenvalues: FloatArray
    doubtful: FloatArray
    residual: FloatArray


@dataclass(frozen=True)
class Factorization:
    """Rows in the coordinates of their singular vectors.

    Attributes
    ----------
    vectors : ndarray of shape (n_samples, r)
        U: orthonormal, orthogonal to the constant when `centred`.
    eigenvalues : ndarray of shape (r,)
        The positive eigenvalues of ``XXᵀ``, ascending.
    centred : bool
        Whether an intercept is fitted.
    floor : float, default 0.0
        Eigenvalues up to this value are rounding errors of the factorized Gram matrix and
        were dropped. Factorizations of subsets of the rows in these coordinates must drop
        them too, because duplicate rows differ by rounding errors of the coordinates.
    rounding : ndarray of shape (r,) or None
        Norm of the data's rounding error along each direction, if subtracting the means
        makes it larger than that of the largest eigenvalue. Factorizations of subsets drop
        directions that it explains.
    doubts : tuple of str
        Warnings to issue.
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
        """Whether U and the constant span the whole n-dimensional space."""
        return len(self.eigenvalues) == self.n_samples - int(self.centred)

    @cached_property
    def condition(self) -> float:
        """Condition number of the (centred) rows without null directions; one if rank zero."""
        if self.eigenvalues.size == 0:
            return 1.0
        return float(np.sqrt(self.eigenvalues[-1] / self.eigenvalues[0]))

    @property
    def remainder_noise(self) -> float:
        """Length that rounding errors give to a zero component outside the span.

        It grows with the condition number of the data; for a Gram matrix, with that of the
        matrix, which is its square. The terms for Gram matrices and for the rounding of
        columns are capped at 1e-6, so that longer components are kept.
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

        Exactly zero at full rank and for rows of leverage one, because it is later
        divided by numbers as small as the penalty.
        """
        return np.where(self._outside > self._least_outside, self._outside, 0.0)

    @cached_property
    def doubtful_leverage(self) -> FloatArray:
        """Part set to zero in `leverage_outside` because it may be rounding, shape (n,).

        A spurious direction outside the span belongs to the weakest direction inside.
        Penalties larger than the smallest eigenvalue shrink both equally, so it is included
        for them. For smaller penalties it must be excluded.
        """
        return self._outside - self.leverage_outside

    @property
    def _least_outside(self) -> float:
        return self.remainder_noise**2

    @cached_property
    def _outside(self) -> FloatArray:
        """The diagonal before thresholding; small entries are as accurate as large ones."""
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

        `coefficients` are the coordinates ``Uᵀy`` of the targets, shape (r, outputs).
        """
        if self.full_rank:
            return np.zeros_like(targets)
        centred = self.centre(targets)
        residual = centred - self.vectors @ coefficients
        for rows in self._blocks_of(np.flatnonzero(self._outside < _SMALL)):
            residual[rows] = self._remainders(rows).T @ centred
        return residual

    def _remainders(self, rows: NDArray[np.intp]) -> FloatArray:
        """Unit vectors of rows, projected twice off the span, shape (n, len(rows))."""
        remainders = np.zeros((self.n_samples, len(rows)))
        remainders[rows, np.arange(len(rows))] = 1.0
        for _ in range(2):
            remainders = self.centre(remainders)
            remainders -= self.vectors @ (self.vectors.T @ remainders)
        return remainders

    def _blocks_of(self, rows: NDArray[np.intp]) -> list[NDArray[np.intp]]:
        """Split rows into blocks whose remainders fit in memory."""
        size = max(1, _BLOCK_ELEMENTS // self.n_samples)
        return [rows[start : start + size] for start in range(0, len(rows), size)]

    def outside_block(self, rows: NDArray[np.intp], targets: FloatArray) -> OutsideBlock:
        """Block of a group in the projector orthogonal to U and the constant.

        Directions in which the group has leverage one get an eigenvalue of exactly
        zero, so that rounding does not dominate them at small penalties.
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
        """Subtract column means if there is an intercept."""
        return values - values.mean(axis=0) if self.centred else values.copy()

    def coefficients(self, targets: FloatArray) -> FloatArray:
        """Coordinates ``Uᵀy`` of the targets, shape (r, outputs)."""
        return self.vectors.T @ self.centre(targets)

    @cached_property
    def coordinates(self) -> FloatArray:
        """Rows ``U Λ^½``, which have the inner products of the data, shape (n, r)."""
        return self.vectors * np.sqrt(self.eigenvalues)
