"""Eigenvalues of a covariance, and the effective regularization of ridge regression."""

from __future__ import annotations

import copy
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.optimize import brentq, minimize_scalar

from riskcast._validation import count, numbers, refuse_dates, refuse_masked
from riskcast.spectra._newton import solve_from_afar

__all__ = ["Spectrum"]

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]


class Spectrum:
    """Eigenvalues σ_i of a population covariance, stored as distinct values and counts.

    Parameters
    ----------
    eigenvalues : array_like of shape (p,)
        Eigenvalues ≥ 0, not all zero, in any order.

    Attributes
    ----------
    values : ndarray of shape (m,)
        The distinct positive eigenvalues, increasing.
    multiplicities : ndarray of shape (m,)
        Number of occurrences of each value.
    n_features : int
        Number p of features, including those of variance zero.
    rank : int
        Number of positive eigenvalues.

    Raises
    ------
    ValueError
        If eigenvalues are negative, not finite, all zero, or not a sequence.

    Examples
    --------
    >>> import riskcast as rc
    >>> spectrum = rc.Spectrum([1.0, 1.0, 4.0, 0.0])
    >>> spectrum.values, spectrum.multiplicities, spectrum.rank
    (array([1., 4.]), array([2., 1.]), 3)
    >>> float(spectrum.degrees_of_freedom(1.0))
    1.8
    """

    def __init__(self, eigenvalues: ArrayLike) -> None:
        array = checked_eigenvalues(eigenvalues)
        positive = array[array > 0]
        values, inverse, counts = np.unique(positive, return_inverse=True, return_counts=True)
        self.values: FloatArray = values
        self.multiplicities: FloatArray = counts.astype(np.float64)
        self.n_features = len(array)
        self.rank = len(positive)
        self._positive = array > 0
        self._group_of = inverse

    def with_groups(self, values: FloatArray, multiplicities: FloatArray) -> Spectrum:
        """Copy with other values and multiplicities that give the same smooth sums."""
        other = copy.copy(self)
        other.values, other.multiplicities = values, multiplicities
        return other

    def __repr__(self) -> str:
        return (
            f"Spectrum({self.n_features} eigenvalues, {len(self.values)} distinct, "
            f"{self.values[0]:.3g}..{self.values[-1]:.3g})"
        )

    @cached_property
    def trace(self) -> float:
        """Sum of the eigenvalues."""
        return float(self.values @ self.multiplicities)

    def sum_groups(self, amounts: FloatArray) -> FloatArray:
        """Sum `amounts`, shape (p,), over each distinct positive eigenvalue; shape (m,)."""
        kept = amounts[self._positive]
        return np.bincount(self._group_of, kept, len(self.values)).astype(np.float64)

    def degrees_of_freedom(self, kappa: ArrayLike) -> NDArray[Any]:
        """Effective degrees of freedom ``df₁(κ) = Σ σ/(σ + κ)``.

        Parameters
        ----------
        kappa : array_like
            Regularizations κ, real or complex, of any shape.

        Returns
        -------
        ndarray
            In the shape of `kappa`.
        """
        refuse_masked(kappa, "kappa")
        kappa = np.asarray(kappa)
        shares = self.values / (self.values + kappa[..., None])
        return shares @ self.multiplicities

    def effective_regularization(self, penalties: ArrayLike, n_samples: int) -> ComplexArray:
        """Solve ``ζ = κ (n - df₁(κ))`` for the effective regularization κ.

        Ridge regression with penalty ζ on n samples behaves like ridge regression with
        regularization κ on the population covariance (Hastie, Montanari, Rosset and
        Tibshirani 2022, section 3; Simon et al. 2024, section 3).

        Parameters
        ----------
        penalties : array_like of shape (N,)
            Penalties ζ, real or complex, not on the negative real axis. Zero means
            the limit ζ → 0.
        n_samples : int
            Number of samples n ≥ 1.

        Returns
        -------
        ndarray of complex, shape (N,)
            Effective regularizations κ.

        Raises
        ------
        TypeError
            If `n_samples` is not a number.
        ValueError
            If a penalty is negative or not finite, or `n_samples` is below one.
        ArithmeticError
            If eigenvalues and penalties span too many decades for double precision.

        Examples
        --------
        >>> import riskcast as rc
        >>> rc.Spectrum([1.0] * 4).effective_regularization([0.0, 4.0], n_samples=2).real.round(3)
        array([1.   , 3.562])
        """
        n_samples = count(n_samples, "n_samples")
        refuse_masked(penalties, "penalties")
        refuse_dates(penalties, "penalties")
        penalties = np.atleast_1d(np.asarray(penalties, dtype=np.complex128))
        on_the_cut = (penalties.imag == 0) & (penalties.real < 0)
        if on_the_cut.any() or not np.isfinite(penalties).all():
            raise ValueError("penalties: some are negative or not finite; give others")
        kappa = np.empty_like(penalties)
        ended = penalties == 0
        kappa[ended] = self._ridgeless_regularization(n_samples)
        kappa[~ended] = solve_from_afar(
            lambda x: self._penalty_and_slope(x, n_samples),
            penalties[~ended],
            lambda target: (target + self.trace) / n_samples,
        )
        return kappa

    def largest_sample_eigenvalue(self, n_samples: int) -> float:
        """Upper edge of the limiting spectrum of ``XᵀX``.

        At the edge ``dζ/dκ = n - df₂(κ)`` is zero, with κ below ``-σ_max``
        (Silverstein and Choi 1995, section 4).
        """
        top = self.values[-1]

        def spare(log_distance: float) -> float:
            # σ + κ as (σ - σ_max) - distance, which is accurate close to the edge.
            shares = self.values / (self.values - top - top * np.exp(log_distance))
            return float(n_samples - shares**2 @ self.multiplicities)

        log_distance = brentq(spare, -60.0, np.log(2.0 * self.rank + 10.0) + 5.0, xtol=1e-12)
        kappa = -top * (1.0 + np.exp(log_distance))
        return float(-kappa * (n_samples - self.degrees_of_freedom(kappa)))

    def smallest_sample_eigenvalue(self, n_samples: int) -> float:
        """Lower edge of the positive part of the limiting spectrum of ``XᵀX``.

        Between zero and the edge ``-ζ(κ)`` is real, and the edge is its maximum: over
        negative κ if there are more samples than directions, over positive κ if there
        are fewer. Zero if the two numbers are equal.
        """
        if n_samples == self.rank:
            return 0.0
        edge = (
            -self.values[0] if n_samples > self.rank else self._ridgeless_regularization(n_samples)
        )

        def penalty(share: float) -> float:
            kappa = share * edge
            return float(kappa * (n_samples - self.degrees_of_freedom(kappa)))

        best = minimize_scalar(
            penalty, bounds=(0.0, 1.0), method="bounded", options={"xatol": 1e-12}
        )
        return float(-best.fun)

    def _penalty_and_slope(
        self, kappa: ComplexArray, n_samples: int
    ) -> tuple[ComplexArray, ComplexArray]:
        # n - df₁ as (n - p) + κ Σ 1/(σ + κ) is accurate where df₁ is close to p.
        left = kappa[:, None] / (self.values + kappa[:, None])
        first = left @ self.multiplicities
        np.multiply(left, left, out=left)  # squares of fractions stay in floating-point range
        second = left @ self.multiplicities
        spare = n_samples - self.rank
        return kappa * (spare + first), spare + 2.0 * first - second

    def _ridgeless_regularization(self, n_samples: int) -> float:
        """Solve ``df₁(κ) = n``; zero if there are at least as many samples as directions."""
        excess = self.rank - n_samples
        if excess <= 0:
            return 0.0

        def spare(log_kappa: float) -> float:
            kappa = np.exp(log_kappa)
            return float(kappa / (self.values + kappa) @ self.multiplicities - excess)

        # κ/(σ + κ) lies between its values at the extreme eigenvalues.
        ratio = np.log(excess / n_samples)
        low, high = np.log(self.values[0]) + ratio - 1.0, np.log(self.values[-1]) + ratio + 1.0
        return float(np.exp(brentq(spare, low, high, xtol=1e-15, rtol=1e-15)))


def checked_eigenvalues(eigenvalues: ArrayLike, name: str = "eigenvalues") -> FloatArray:
    """Return the eigenvalues as an array after validation; errors start with `name`."""
    array = numbers(eigenvalues, name)
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"{name}: got shape {array.shape}; give a non-empty sequence")
    wrong = array[~(np.isfinite(array) & (array >= 0))]
    if wrong.size:
        raise ValueError(
            f"{name}: those of a covariance are finite and >= 0, got {wrong[0]}; set rounding "
            "errors below zero to zero"
        )
    if not array.any():
        raise ValueError(f"{name}: all are zero; give at least one positive variance")
    return array
