"""Any activation, by quadrature."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cached_property, lru_cache

import numpy as np
import numpy.typing as npt
from scipy import special

from riskcast._validation import count

from .._types import FloatArray
from .base import correlation_and_gap, gaussian_pair
from .hermite import HermiteActivation, mehler_sum
from .sampled_function import SampledFunction, sinh_grid
from .wide_pairs import WIDEST_GAP, WidePairs

# Share of the activation's size that Mehler's sum may leave out for a pair.
_LEFT_OUT = 1e-13
# A signal for which it leaves out more of a pair with itself is computed in other ways.
_ALONE = float(np.sqrt(_LEFT_OUT))
# Gauss-Hermite nodes stand too far apart for features of size one at variances above this.
_WIDE = 128.0
# Stated accuracy where the activation is smooth, relative to what is at correlation one.
_ACCURACY = 1e-10
# A kink shows as a disagreement of slopes; smooth activations stay far below.
_KINK = 1e-7
# A kernel warns when an error is stated that exceeds this share of what is at correlation one.
_TOLERANCE = 1e-6
# Standard deviations up to which the activation is looked at for kinks.
_REACH = 9.0
# Error of the extrapolation and of rounding balance here, both about 1e-13.
_SMALL_DEVIATION = 5e-4


class Quadrature(HermiteActivation):
    """Any activation, by quadrature.

    For smooth activations whose features lie near zero and are neither much
    narrower than 1e-5 nor repeated without end (tanh, sigmoid, softplus,
    swish), :meth:`dual` and :meth:`dual_derivative` have a relative error
    below 1e-10 at any variances from 1e-16 to 1e16 and any correlation, where
    the expectation does not cancel (as that of an odd activation at zero correlation does not).
    Small variances go through Hermite coefficients and Gauss-Hermite
    quadrature; where these converge too slowly, a one-dimensional integral
    over the common part of both signals takes their place.

    A kink, a jump, or features far from zero cost accuracy. :meth:`error` and
    :meth:`derivative_error` say how much, and a kernel that meets a kink warns.

    Parameters
    ----------
    function : callable
        φ, which takes an array and returns one of the same shape.
    n_nodes : int, default=512
        Nodes of the Gauss-Hermite quadrature; half as many coefficients are
        kept.

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

    def __eq__(self, other: object) -> bool:
        # Not by all attributes: tables that were filled on the way are no difference.
        return isinstance(other, Quadrature) and self._given() == other._given()

    def __hash__(self) -> int:
        return hash((type(self), repr(self)))

    def __repr__(self) -> str:
        return f"{type(self).__name__}(function={self.function!r}, n_nodes={self.n_nodes!r})"

    def _given(self) -> tuple[object, int]:
        return self.function, self.n_nodes

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
        q = np.asarray(variance, dtype=np.float64)
        a, b = self._coefficients(q, self.n_nodes)
        wide = self._tail(a, b, q) > _ALONE
        if wide.any():
            a[:, wide], b[:, wide] = self._wide_coefficients(q[wide])
        return a, b

    def second_moment(self, variance: npt.ArrayLike) -> FloatArray:
        """E[φ(u)²] at each variance of u."""
        return self._moments(variance)[0]

    def derivative_second_moment(self, variance: npt.ArrayLike) -> FloatArray:
        """E[φ'(u)²] at each variance of u."""
        return self._moments(variance)[1]

    def profile(self, variance: FloatArray) -> FloatArray:
        """Coefficients of φ/√E[φ²] and of φ', then variance, √E[φ²] and what the sums leave out."""
        flat = np.asarray(variance, dtype=np.float64).ravel()
        a, b = self._coefficients(flat, self.n_nodes)
        tail = self._tail(a, b, flat)
        wide = tail > _ALONE
        norm = np.sqrt(np.sum(a * a, axis=0))
        if wide.any():
            self._warn_of_kinks(float(flat.max()))
            a[:, wide], b[:, wide] = self._wide_coefficients(flat[wide])
            norm[wide] = np.sqrt(self._pairs.moments(flat[wide])[0])
        safe = np.where(norm > 0.0, norm, 1.0)
        return np.concatenate([a / safe, b, [flat, safe, tail]]).reshape(-1, *np.shape(variance))

    def transform(
        self, gap: FloatArray, left: FloatArray, right: FloatArray, derivative: bool
    ) -> tuple[FloatArray, FloatArray | None]:
        """Pass the correlation gap on; see :meth:`Activation.transform`."""
        terms = (len(left) - 3) // 2
        correlation = 1.0 - gap
        chosen = _left_out(correlation, left[-1], right[-1]) if left[-1].any() else None
        if chosen is not None:
            correlation[chosen] = 0.0
        passed = mehler_sum(correlation, left[:terms], right[:terms])
        slope = mehler_sum(correlation, left[terms:-3], right[terms:-3]) if derivative else None
        if chosen is not None and chosen.any():
            q, r, norm, other = (
                np.broadcast_to(one, gap.shape)[chosen]
                for one in (left[-3], right[-3], left[-2], right[-2])
            )
            value, steep = self._pairs.expectation(gap[chosen], q, r, derivative)
            passed[chosen] = value / (norm * other)
            if slope is not None and steep is not None:
                slope[chosen] = steep
        np.subtract(1.0, passed, out=passed)
        return np.clip(passed, 0.0, 2.0, out=passed), slope

    def error(self, variance: npt.ArrayLike) -> FloatArray:
        """How far :meth:`dual` may be off at this variance, at any correlation.

        Where Hermite coefficients are used, four times the sum of all changes
        of the terms of E[φ(u)²] when nodes and terms are doubled; the factor
        covers series whose tail decays as slowly as that of a kink. Elsewhere,
        1e-10 of E[φ(u)²] and ten times the largest disagreement between
        independent ways to the same expectation: at correlation one by the
        common part of both signals and directly, coarse and fine; at
        correlation one half by the common part and by Hermite coefficients.
        An estimate, not a bound: a feature between all nodes is not seen.

        Parameters
        ----------
        variance : array-like of any shape

        Returns
        -------
        ndarray of the same shape
        """
        return self._error(variance, which=0)

    def derivative_error(self, variance: npt.ArrayLike) -> FloatArray:
        """How far :meth:`dual_derivative` may be off; see :meth:`error`."""
        return self._error(variance, which=1)

    @cached_property
    def _pairs(self) -> WidePairs:
        return WidePairs(SampledFunction(self.apply))

    def _sum(self, k: npt.ArrayLike, q: npt.ArrayLike, r: npt.ArrayLike, which: int) -> FloatArray:
        k, q, r = gaussian_pair(k, q, r)
        correlation, gap = correlation_and_gap(k, q, r)
        left, right = (self.profile(one) for one in (q, r))
        terms = (len(left) - 3) // 2
        part = slice(terms, -3) if which else slice(0, terms)
        chosen = _left_out(correlation, left[-1], right[-1])
        total = mehler_sum(np.where(chosen, 0.0, correlation), left[part], right[part])
        if which == 0:
            total = np.asarray(total * left[-2] * right[-2])
        if chosen.any():
            one, other = (np.broadcast_to(a, gap.shape)[chosen] for a in (q, r))
            total[chosen] = self._pairs.expectation(gap[chosen], one, other, True)[which]
        return total

    def _moments(self, variance: npt.ArrayLike) -> tuple[FloatArray, FloatArray]:
        q = np.asarray(variance, dtype=np.float64)
        flat = q.ravel()
        a, b = self._coefficients(flat, self.n_nodes)
        moments = np.sum(a * a, axis=0), np.sum(b * b, axis=0)
        wide = self._tail(a, b, flat) > _ALONE
        if wide.any():
            for moment, direct in zip(moments, self._pairs.moments(flat[wide]), strict=True):
                moment[wide] = direct
        return moments[0].reshape(q.shape), moments[1].reshape(q.shape)

    def _tail(self, a: FloatArray, b: FloatArray, variance: FloatArray) -> FloatArray:
        """What the sums leave out at each variance, as a share of the whole's root."""
        last = slice(-max(1, len(a) // 8), None)
        size, steepness = (np.sqrt(np.sum(terms * terms, axis=0)) for terms in (a, b))
        # Of the root: what is left out of a pair is the product of both.
        of_a, of_b = (2.0 * np.sqrt(np.sum(terms[last] ** 2, axis=0)) for terms in (a, b))
        # Rounding of the sums, which the coefficients of the derivative magnify, is no tail.
        rounding = 4.0 * len(a) * np.finfo(np.float64).eps
        magnified = np.maximum(steepness, size / np.maximum(np.sqrt(variance), _SMALL_DEVIATION))
        of_a[of_a <= rounding * size] = 0.0
        of_b[of_b <= np.sqrt(len(a)) * rounding * magnified] = 0.0
        tail = np.maximum(
            of_a / np.where(size > 0.0, size, 1.0), of_b / np.where(steepness > 0.0, steepness, 1.0)
        )
        tail[variance > _WIDE] = 1.0
        tail[variance == 0.0] = 0.0
        return tail

    def _wide_coefficients(self, variance: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Coefficients on a grid that serves the activation's scale and the Gaussian's alike."""
        n_terms, scale = self.n_nodes // 2, self._pairs.sampled.scale
        level = int(np.ceil(np.log2(max(1.0, np.sqrt(variance.max()) / scale))))
        nodes, weighted = _sinh_hermite(0.5**level, n_terms + 1)
        deviation = np.sqrt(variance)
        a = np.empty((n_terms + 1, len(variance)))
        for start in range(0, len(variance), 256):
            some = slice(start, start + 256)
            a[:, some] = weighted @ self.apply(nodes[:, None] * deviation[some])
        growth = np.sqrt(np.arange(1.0, n_terms + 1.0))[:, None]
        return a[:-1], growth * a[1:] / deviation

    def _error(self, variance: npt.ArrayLike, which: int) -> FloatArray:
        q = np.asarray(variance, dtype=np.float64)
        flat = q.ravel()
        found = self._doubling_error(flat, which)
        a, b = self._coefficients(flat, self.n_nodes)
        for place in np.flatnonzero(self._tail(a, b, flat) > _ALONE):
            found[place] = self._wide_error(float(flat[place]), which)
        return found.reshape(q.shape)

    def _doubling_error(self, variance: FloatArray, which: int) -> FloatArray:
        coarse = self._coefficients(variance, self.n_nodes)[which] ** 2
        fine = self._coefficients(variance, 2 * self.n_nodes)[which] ** 2
        rounding = self.n_nodes * np.finfo(np.float64).eps * fine.sum(axis=0)
        fine[: len(coarse)] -= coarse
        return np.asarray(4.0 * np.abs(fine).sum(axis=0) + rounding)

    def _wide_error(self, variance: float, which: int) -> float:
        """Ten times the largest disagreement between ways to the same expectation."""
        q = np.array([variance])
        direct, fine = self._pairs.moments(q)[which], self._pairs.moments(q, refine=2)[which]
        gaps = np.array([0.0, 2.0, WIDEST_GAP, 2.0 - WIDEST_GAP])
        found = self._pairs.expectation(gaps, np.full(4, variance), np.full(4, variance), True)
        terms = self._wide_coefficients(q)[which]
        half = mehler_sum(1.0 - gaps[2:], terms, terms)
        by_pairs = found[which]
        assert by_pairs is not None
        apart = [*(direct - fine), by_pairs[0] - fine[0], *(by_pairs[2:] - half)]
        return float(_ACCURACY * fine[0] + 10.0 * np.max(np.abs(apart)))

    def _warn_of_kinks(self, largest: float) -> None:
        if self._pairs.sampled.unresolved(_REACH * np.sqrt(largest)) <= _KINK:
            return
        q = np.array([largest])
        errors = [float(self._error(q, which)[0]) for which in (0, 1)]
        shares = [e / float(m[0]) for e, m in zip(errors, self._moments(q), strict=True) if m > 0]
        if max(shares, default=0.0) > _TOLERANCE:
            warnings.warn(
                f"activation={self.function!r} is not smooth on the grid of the quadrature (a "
                f"kink, a jump, or features far from zero). At a variance of {largest:.3g} its "
                f"dual may be off by {errors[0]:.1g} and the dual of its derivative by "
                f"{errors[1]:.1g}. Give an activation with a closed form, such as LeakyReLU, if "
                "there is one.",
                UserWarning,
                stacklevel=2,
            )

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
        # Differences from φ(0) lose digits where the deviation is next to nothing.
        small = (deviation < _SMALL_DEVIATION) & (self.apply(np.zeros(1))[0] != 0.0)
        small |= deviation == 0.0
        b = derivative(a, np.where(small, 1.0, deviation))
        if small.any():
            # Coefficients of φ' of even degree are even in the deviation, the others odd:
            # extrapolate in its square from two deviations that are large enough.
            pair = np.array([_SMALL_DEVIATION, 2.0 * _SMALL_DEVIATION])
            near, far = derivative(expand(pair), pair).T
            share = (variance[small] / _SMALL_DEVIATION**2 - 1.0) / 3.0
            b[:, small] = near[:, None] + (far - near)[:, None] * share
            near, far = near[1::2], 0.5 * far[1::2]
            b[1::2, small] = near[:, None] + (far - near)[:, None] * share
            b[1::2, small] *= deviation[small] / _SMALL_DEVIATION
        return a[:-1], b


def _left_out(
    correlation: FloatArray, tail: FloatArray, other: FloatArray
) -> npt.NDArray[np.bool_]:
    """Which pairs Mehler's sum does not serve."""
    slow = tail * other > _LEFT_OUT
    return np.asarray(slow & (np.abs(correlation) > 1.0 - WIDEST_GAP))


@lru_cache(maxsize=8)
def _gauss_hermite(n_nodes: int, n_terms: int) -> tuple[FloatArray, FloatArray]:
    """Nodes of the Gaussian quadrature, and weight times normalized Hermite polynomial there.

    Returns arrays of shape (n_nodes,) and (n_terms, n_nodes).
    """
    nodes, weights = special.roots_hermitenorm(n_nodes)
    return nodes, _weighted_hermite(nodes, weights / np.sqrt(2.0 * np.pi), n_terms)


@lru_cache(maxsize=8)
def _sinh_hermite(scale: float, n_terms: int) -> tuple[FloatArray, FloatArray]:
    """The same for the trapezoidal rule at scale·sinh(τ), fine enough for the last polynomial."""
    nodes, weights = sinh_grid(scale, 13.0, 0.32 / np.sqrt(n_terms))
    weights = weights * np.exp(-0.5 * nodes**2) / np.sqrt(2.0 * np.pi)
    return nodes, _weighted_hermite(nodes, weights, n_terms)


def _weighted_hermite(nodes: FloatArray, weights: FloatArray, n_terms: int) -> FloatArray:
    # The outermost weights underflow while the polynomials overflow; their product does neither
    # when each polynomial carries the root of the weight.
    root = np.sqrt(weights)
    rows = np.empty((n_terms, len(nodes)))
    rows[0] = root
    rows[1] = nodes * root
    for m in range(2, n_terms):
        rows[m] = (nodes * rows[m - 1] - np.sqrt(m - 1.0) * rows[m - 2]) / np.sqrt(m)
    return np.asarray(rows * root)
