"""Activations known by their Hermite coefficients, and polynomials among them."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy import special

from riskcast._validation import numbers

from .._types import FloatArray
from .base import Activation, correlation_and_gap, gaussian_pair


class HermiteActivation(Activation):
    """An activation through its expansion in Hermite polynomials.

    With h_m the normalized Hermite polynomials and a_m(q) = E[φ(√q Z) h_m(Z)]
    for a standard normal Z, Mehler's formula gives at correlation c::

        E[φ(u)φ(v)]   = Σ_m a_m(q) a_m(q') c^m
        E[φ'(u)φ'(v)] = Σ_m b_m(q) b_m(q') c^m,   b_m = √(m+1) a_(m+1) / √q

    (Daniely, Frostig and Singer, 2016; O'Donnell, Analysis of Boolean
    Functions, section 11.2). A sum cut short is still a positive definite
    kernel.
    """

    @abstractmethod
    def coefficients(self, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The coefficients of φ and of φ'.

        Parameters
        ----------
        variance : ndarray of shape (n,)

        Returns
        -------
        a : ndarray of shape (n_terms, n)
        b : ndarray of shape (n_terms, n)
        """

    def dual(
        self, covariance: npt.ArrayLike, variance: npt.ArrayLike, other_variance: npt.ArrayLike
    ) -> FloatArray:
        """E[φ(u)φ(v)]; see :meth:`Activation.dual`."""
        return self._sum(covariance, variance, other_variance, which=0)

    def dual_derivative(
        self, covariance: npt.ArrayLike, variance: npt.ArrayLike, other_variance: npt.ArrayLike
    ) -> FloatArray:
        """E[φ'(u)φ'(v)]; see :meth:`Activation.dual_derivative`."""
        return self._sum(covariance, variance, other_variance, which=1)

    def second_moment(self, variance: npt.ArrayLike) -> FloatArray:
        """E[φ(u)²], the sum of the squared coefficients."""
        return self._moment(variance, which=0)

    def derivative_second_moment(self, variance: npt.ArrayLike) -> FloatArray:
        """E[φ'(u)²], the sum of the squared coefficients of φ'."""
        return self._moment(variance, which=1)

    def profile(self, variance: FloatArray) -> FloatArray:
        """The coefficients of φ/√E[φ²] and below them those of φ', each (n_terms, n)."""
        flat = np.ravel(variance)
        a, b = self.coefficients(flat)
        norm = np.sqrt(np.sum(a * a, axis=0))
        return np.concatenate([a / np.where(norm > 0.0, norm, 1.0), b]).reshape(
            -1, *np.shape(variance)
        )

    def transform(
        self, gap: FloatArray, left: FloatArray, right: FloatArray, derivative: bool
    ) -> tuple[FloatArray, FloatArray | None]:
        """Pass the correlation gap on; see :meth:`Activation.transform`."""
        correlation = 1.0 - gap
        terms = len(left) // 2
        slope = mehler_sum(correlation, left[terms:], right[terms:]) if derivative else None
        passed = mehler_sum(correlation, left[:terms], right[:terms])
        np.subtract(1.0, passed, out=passed)
        np.clip(passed, 0.0, 2.0, out=passed)
        return passed, slope

    def _moment(self, variance: npt.ArrayLike, which: int) -> FloatArray:
        variance = np.asarray(variance, dtype=np.float64)
        coefficients = self.coefficients(variance.ravel())[which]
        return np.sum(coefficients**2, axis=0).reshape(variance.shape)

    def _sum(self, k: npt.ArrayLike, q: npt.ArrayLike, r: npt.ArrayLike, which: int) -> FloatArray:
        k, q, r = gaussian_pair(k, q, r)
        correlation, _ = correlation_and_gap(k, q, r)
        left = self.coefficients(q.ravel())[which].reshape(-1, *q.shape)
        right = self.coefficients(r.ravel())[which].reshape(-1, *r.shape)
        return mehler_sum(correlation, left, right)


class Polynomial(HermiteActivation):
    """φ(z) = Σ_j coefficients[j] z^j, exactly.

    Parameters
    ----------
    coefficients : sequence of float
        From the constant upwards: (0, 0, 1) is the square.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If there is no coefficient, or one is not finite.

    Examples
    --------
    >>> from riskcast.features import Polynomial
    >>> float(Polynomial((0, 0, 1)).dual(0.5, 1.0, 1.0).round(12))  # qq' + 2k²
    1.5
    """

    def __init__(self, coefficients: Sequence[float]) -> None:
        given = numbers(coefficients, "coefficients")
        self.powers = tuple(given.ravel().tolist())
        if given.ndim != 1 or not self.powers or not np.all(np.isfinite(given)):
            raise ValueError(
                f"coefficients={coefficients!r}: give at least one finite number, "
                "from the constant upwards, as in Polynomial((0, 0, 1)) for the square."
            )

    def apply(self, preactivations: npt.ArrayLike) -> FloatArray:
        """φ itself, elementwise."""
        z = np.asarray(preactivations, dtype=np.float64)
        return np.asarray(np.polynomial.polynomial.polyval(z, self.powers))

    def coefficients(self, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Exact coefficients of φ and φ'; see :meth:`HermiteActivation.coefficients`."""
        deviation = np.sqrt(variance)
        derivative = [*(j * c for j, c in enumerate(self.powers[1:], start=1)), 0.0]
        return (
            _hermite_of_powers(np.asarray(self.powers), deviation),
            _hermite_of_powers(np.asarray(derivative), deviation),
        )

    def __repr__(self) -> str:
        return f"Polynomial({self.powers!r})"


def mehler_sum(correlation: FloatArray, left: FloatArray, right: FloatArray) -> FloatArray:
    """Σ_m left[m] right[m] correlation^m, by Horner's rule from the last term that matters."""
    largest = min(1.0, float(np.abs(correlation).max(initial=0.0)))
    size = np.abs(left).reshape(len(left), -1).max(axis=1, initial=0.0)
    size *= np.abs(right).reshape(len(right), -1).max(axis=1, initial=0.0)
    size *= largest ** np.arange(len(size))
    beyond = np.cumsum(size[::-1])[::-1]
    matters = np.flatnonzero(beyond > 1e-17 * beyond[0])
    last = int(matters[-1]) if matters.size else 0
    shape = np.broadcast_shapes(correlation.shape, left.shape[1:], right.shape[1:])
    total: FloatArray = np.empty(shape)
    total[...] = left[last] * right[last]
    for m in range(last - 1, -1, -1):
        total *= correlation
        total += left[m] * right[m]
    return total


def _hermite_of_powers(powers: FloatArray, deviation: FloatArray) -> FloatArray:
    """Normalized Hermite coefficients of Σ_j powers[j] (deviation·z)^j, for each deviation."""
    degree = np.arange(len(powers))
    scaled = powers[:, None] * deviation[None, :] ** degree[:, None]
    # Column j of the matrix is z^j in the monic Hermite basis; √m! normalizes the basis.
    to_hermite = np.zeros((len(powers), len(powers)))
    for j in range(len(powers)):
        to_hermite[: j + 1, j] = np.polynomial.hermite_e.poly2herme([0.0] * j + [1.0])
    return np.asarray(np.sqrt(special.factorial(degree))[:, None] * (to_hermite @ scaled))
