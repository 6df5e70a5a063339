"""Sine and cosine as activations: the features behind shift-invariant kernels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .._types import FloatArray
from .base import Activation, correlation_and_gap, gaussian_pair


class _Sinusoid(Activation):
    """What sine and cosine share: duals that are the odd or the even part of one exponential."""

    _odd: bool

    def dual(
        self, covariance: npt.ArrayLike, variance: npt.ArrayLike, other_variance: npt.ArrayLike
    ) -> FloatArray:
        """E[φ(u)φ(v)]; see :meth:`Activation.dual`."""
        k, q, r = gaussian_pair(covariance, variance, other_variance)
        return _part(*correlation_and_gap(k, q, r), np.sqrt(q), np.sqrt(r), self._odd)

    def dual_derivative(
        self, covariance: npt.ArrayLike, variance: npt.ArrayLike, other_variance: npt.ArrayLike
    ) -> FloatArray:
        """E[φ'(u)φ'(v)]; see :meth:`Activation.dual_derivative`."""
        k, q, r = gaussian_pair(covariance, variance, other_variance)
        return _part(*correlation_and_gap(k, q, r), np.sqrt(q), np.sqrt(r), not self._odd)

    def transform(
        self, gap: FloatArray, left: FloatArray, right: FloatArray, derivative: bool
    ) -> tuple[FloatArray, FloatArray | None]:
        """Pass the correlation gap on; see :meth:`Activation.transform`."""
        given = 1.0 - gap, gap, left[0], right[0]
        passed = _part(*given, self._odd)
        passed *= left[1]
        passed *= right[1]
        np.subtract(1.0, passed, out=passed)
        np.clip(passed, 0.0, 2.0, out=passed)
        return passed, _part(*given, not self._odd) if derivative else None


class Sine(_Sinusoid):
    """φ(z) = sin z.

    E[φ(u)φ(v)] = e^(-(q+q')/2) sinh k and E[φ'(u)φ'(v)] = e^(-(q+q')/2) cosh k,
    from the characteristic function of a Gaussian (Rahimi and Recht, 2007).

    Examples
    --------
    >>> from riskcast.features import Sine
    >>> float(Sine().dual(1.0, 1.0, 1.0).round(6))
    0.432332
    """

    _odd = True

    def apply(self, preactivations: npt.ArrayLike) -> FloatArray:
        """φ itself, elementwise."""
        return np.asarray(np.sin(np.asarray(preactivations, dtype=np.float64)))


class Cosine(_Sinusoid):
    """φ(z) = cos z.

    E[φ(u)φ(v)] = e^(-(q+q')/2) cosh k and E[φ'(u)φ'(v)] = e^(-(q+q')/2) sinh k.

    Examples
    --------
    >>> from riskcast.features import Cosine
    >>> float(Cosine().dual(0.0, 0.0, 0.0))
    1.0
    """

    _odd = False

    def apply(self, preactivations: npt.ArrayLike) -> FloatArray:
        """φ itself, elementwise."""
        return np.asarray(np.cos(np.asarray(preactivations, dtype=np.float64)))


def _part(
    correlation: FloatArray, gap: FloatArray, left: FloatArray, right: FloatArray, odd: bool
) -> FloatArray:
    """e^(-(q+r)/2) times sinh k or cosh k, of signals of any size, from their deviations.

    With s = √(qr) the two exponents, k - (q+r)/2 and -k - (q+r)/2, are minus half the square of
    the deviations' difference and s times the gap, or s times 2 - gap: nothing cancels.
    """
    scale, apart = left * right, 0.5 * (left - right) ** 2
    size = np.abs(correlation) * scale
    larger = np.exp(-apart - scale * np.minimum(gap, 2.0 - gap))
    if not odd:
        return np.asarray(0.5 * larger * (1.0 + np.exp(-2.0 * size)))
    # (e^x - e^-x)/2 = -e^x expm1(-2x)/2 keeps the digits of a small k.
    return np.asarray(np.copysign(-0.5 * larger * np.expm1(-2.0 * size), correlation))
