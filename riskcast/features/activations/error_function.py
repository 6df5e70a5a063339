"""The error function as activation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from .._types import FloatArray
from .base import Activation, correlation_and_gap, gaussian_pair


class Erf(Activation):
    """φ(z) = erf(z), the sigmoid whose dual is an arcsine (Williams, 1997).

    With D = (1 + 2q)(1 + 2q')::

        E[φ(u)φ(v)]   = (2/π) arcsin(2k / √D)
        E[φ'(u)φ'(v)] = (4/π) / √(D - 4k²)

    Examples
    --------
    >>> from riskcast.features import Erf
    >>> float(Erf().dual(0.5, 0.5, 0.5).round(6))
    0.333333
    """

    def apply(self, preactivations: npt.ArrayLike) -> FloatArray:
        """φ itself, elementwise."""
        return np.asarray(special.erf(np.asarray(preactivations, dtype=np.float64)))

    def dual(
        self, covariance: npt.ArrayLike, variance: npt.ArrayLike, other_variance: npt.ArrayLike
    ) -> FloatArray:
        """E[φ(u)φ(v)]; see :meth:`Activation.dual`."""
        k, q, r = gaussian_pair(covariance, variance, other_variance)
        correlation, gap = correlation_and_gap(k, q, r)
        return _value(correlation, gap, q, r)

    def dual_derivative(
        self, covariance: npt.ArrayLike, variance: npt.ArrayLike, other_variance: npt.ArrayLike
    ) -> FloatArray:
        """E[φ'(u)φ'(v)]; see :meth:`Activation.dual_derivative`."""
        k, q, r = gaussian_pair(covariance, variance, other_variance)
        return _slope(correlation_and_gap(k, q, r)[1], q, r)

    def transform(
        self, gap: FloatArray, left: FloatArray, right: FloatArray, derivative: bool
    ) -> tuple[FloatArray, FloatArray | None]:
        """Pass the correlation gap on; see :meth:`Activation.transform`."""
        q, r = left[0] ** 2, right[0] ** 2
        passed = _value(1.0 - gap, gap, q, r)
        passed *= left[1]
        passed *= right[1]
        np.subtract(1.0, passed, out=passed)
        np.clip(passed, 0.0, 2.0, out=passed)
        return passed, _slope(gap, q, r) if derivative else None


def _value(correlation: FloatArray, gap: FloatArray, q: FloatArray, r: FloatArray) -> FloatArray:
    """(2/π) arcsin(2k/√D), as the arctangent of 2k over √(D - 4k²), which keeps all digits."""
    k = 2.0 * correlation * (np.sqrt(q) * np.sqrt(r))
    return np.asarray((2.0 / np.pi) * np.arctan2(k, _root(gap, q, r)))


def _slope(gap: FloatArray, q: FloatArray, r: FloatArray) -> FloatArray:
    return np.asarray((4.0 / np.pi) / _root(gap, q, r))


def _root(gap: FloatArray, q: FloatArray, r: FloatArray) -> FloatArray:
    """√(D - 4k²), where qr - k² is qr times gap times 2 - gap: nothing cancels or overflows."""
    area = np.sqrt(q) * np.sqrt(r) * np.sqrt(gap * (2.0 - gap))
    return np.asarray(np.hypot(np.sqrt(1.0 + 2.0 * (q + r)), 2.0 * area))
