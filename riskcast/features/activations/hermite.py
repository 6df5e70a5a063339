"""Activations known by their Hermite coefficients: polynomials, and any callable by quadrature."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Sequence
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from scipy import special

from riskcast.checks import count, numbers

from .._types import FloatArray
from .base import Activation, gaussian_pair


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
        slope = _mehler_sum(correlation, left[terms:], right[terms:]) if derivative else None
        passed = _mehler_sum(correlation, left[:terms], right[:terms])
        np.subtract(1.0, passed, out=passed)
        np.clip(passed, 0.0, 2.0, out=passed)
        return passed, slope

    def _moment(self, variance: npt.ArrayLike, which: int) -> FloatArray:
        variance = np.asarray(variance, dtype=np.float64)
        coefficients = self.coefficients(variance.ravel())[which]
        return np.sum(coefficients**2, axis=0).reshape(variance.shape)

    def _sum(self, k: npt.ArrayLike, q: npt.ArrayLike, r: npt.ArrayLike, which: int) -> FloatArray:
        k, q, r = gaussian_pair(k, q, r)
        scale = np.sqrt(q * r)
        shape = np.broadcast(k, scale).shape
        correlation = np.divide(k, scale, out=np.zeros(shape), where=scale > 0.0)
        left = self.coefficients(q.ravel())[which].reshape(-1, *q.shape)
        right = self.coefficients(r.ravel())[which].reshape(-1, *r.shape)
        return _mehler_sum(np.clip(correlation, -1.0, 1.0), left, right)


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


class Quadrature(HermiteActivation):
    """Any activation, its Hermite coefficients by Gauss-Hermite quadrature.

    Smooth activations converge fast: tanh is exact to 1e-12 up to a variance
    of two with the default nodes. A kink costs accuracy, and
    :meth:`error` says how much.

    Parameters
    ----------
    function : callable
        φ, which takes an array and returns one of the same shape.
    n_nodes : int, default=512
        Nodes of the quadrature; half as many coefficients are kept.

    Raises
    ------
    TypeError
        If `function` is not callable.
    ValueError
        If `n_nodes` is below 8, or `function` does not return finite numbers
        of the shape it was given.

    Examples
    --------
    >>> import numpy as np
    >>> from riskcast.features import Quadrature
    >>> tanh = Quadrature(np.tanh)
    >>> float(tanh.dual(0.5, 1.0, 1.0).round(6))
    0.186324
    >>> bool(tanh.error(1.0) < 1e-12)
    True
    """

    def __init__(self, function: Callable[[FloatArray], FloatArray], n_nodes: int = 512) -> None:
        if not callable(function):
            raise TypeError(
                f"function={function!r} is not callable: give the activation itself, as in "
                "Quadrature(numpy.tanh)."
            )
        self.function = function
        self.n_nodes = count(n_nodes, "n_nodes", least=8)
        self.apply(np.array([-1.0, 0.0, 1.0]))

    def apply(self, preactivations: npt.ArrayLike) -> FloatArray:
        """φ itself, elementwise."""
        z = np.asarray(preactivations, dtype=np.float64)
        values = np.asarray(self.function(z), dtype=np.float64)
        if values.shape != z.shape or not np.all(np.isfinite(values)):
            raise ValueError(
                f"the activation {self.function!r} must return finite numbers of the shape it "
                f"was given, {z.shape}; it returned shape {values.shape}, "
                f"{np.count_nonzero(~np.isfinite(values))} of them not finite."
            )
        return values

    def coefficients(self, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Coefficients of φ and φ'; see :meth:`HermiteActivation.coefficients`."""
        return self._coefficients(np.asarray(variance, dtype=np.float64), self.n_nodes)

    def error(self, variance: npt.ArrayLike) -> FloatArray:
        """How far :meth:`dual` may be off at this variance, at any correlation.

        The cut of the series is worst at correlation one, where it can be
        seen: the error is taken as four times the sum of all changes of the
        terms of E[φ(u)²] when nodes and terms are doubled. The factor covers
        series whose tail decays as slowly as that of a kink. An estimate, not
        a bound: a feature that falls between all nodes is not seen.

        Parameters
        ----------
        variance : array-like of any shape

        Returns
        -------
        ndarray of the same shape
        """
        return self._doubling_error(variance, which=0)

    def derivative_error(self, variance: npt.ArrayLike) -> FloatArray:
        """How far :meth:`dual_derivative` may be off; see :meth:`error`."""
        return self._doubling_error(variance, which=1)

    def _doubling_error(self, variance: npt.ArrayLike, which: int) -> FloatArray:
        q = np.asarray(variance, dtype=np.float64)
        coarse = self._coefficients(q.ravel(), self.n_nodes)[which] ** 2
        fine = self._coefficients(q.ravel(), 2 * self.n_nodes)[which] ** 2
        rounding = self.n_nodes * np.finfo(np.float64).eps * fine.sum(axis=0)
        fine[: len(coarse)] -= coarse
        return np.asarray(4.0 * np.abs(fine).sum(axis=0) + rounding).reshape(q.shape)

    def _coefficients(self, variance: FloatArray, n_nodes: int) -> tuple[FloatArray, FloatArray]:
        n_terms = n_nodes // 2
        nodes, weighted_hermite = _gauss_hermite(n_nodes, n_terms + 1)
        growth = np.sqrt(np.arange(1.0, n_terms + 1.0))[:, None]

        def expand(deviation: FloatArray) -> FloatArray:
            return weighted_hermite @ self.apply(nodes[:, None] * deviation)

        def derivative(terms: FloatArray, deviation: FloatArray) -> FloatArray:
            return np.asarray(growth * terms[1:] / deviation)

        deviation = np.sqrt(variance)
        a = expand(deviation)
        small = deviation < _SMALL_DEVIATION
        b = derivative(a, np.where(small, 1.0, deviation))
        if small.any():
            # Dividing by next to nothing would magnify rounding. The coefficients of φ' are even
            # in the deviation: extrapolate in its square from two that are large enough.
            pair = np.array([_SMALL_DEVIATION, 2.0 * _SMALL_DEVIATION])
            near, far = derivative(expand(pair), pair).T
            share = (variance[small] / _SMALL_DEVIATION**2 - 1.0) / 3.0
            b[:, small] = near[:, None] + (far - near)[:, None] * share
        return a[:-1], b


# Error of the extrapolation and of rounding balance here, both about 1e-13.
_SMALL_DEVIATION = 5e-4


def _mehler_sum(correlation: FloatArray, left: FloatArray, right: FloatArray) -> FloatArray:
    """Σ_m left[m] right[m] correlation^m, by Horner's rule from the last term that matters."""
    size = np.abs(left).reshape(len(left), -1).max(axis=1)
    size *= np.abs(right).reshape(len(right), -1).max(axis=1)
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


@lru_cache(maxsize=8)
def _gauss_hermite(n_nodes: int, n_terms: int) -> tuple[FloatArray, FloatArray]:
    """Nodes of the Gaussian quadrature, and weight times normalized Hermite polynomial there.

    Returns arrays of shape (n_nodes,) and (n_terms, n_nodes).
    """
    nodes, weights = special.roots_hermitenorm(n_nodes)
    # The outermost weights underflow while the polynomials overflow; their product does neither
    # when each polynomial carries the root of the weight.
    root = np.sqrt(weights / np.sqrt(2.0 * np.pi))
    rows = np.empty((n_terms, n_nodes))
    rows[0] = root
    rows[1] = nodes * root
    for m in range(2, n_terms):
        rows[m] = (nodes * rows[m - 1] - np.sqrt(m - 1.0) * rows[m - 2]) / np.sqrt(m)
    return nodes, rows * root
