"""The Gaussian error linear unit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from .._types import FloatArray
from .base import Activation, correlation_and_gap, gaussian_pair


class GELU(Activation):
    """φ(z) = z Φ(z), Φ the standard normal distribution function.

    Gaussian integration by parts takes the factors u and v out of
    E[uv Φ(u)Φ(v)] and leaves arcsines and their derivatives (the kernel is
    due to Tsuchida, Pearce, van der Heide, Roosta and Gallagher, 2021). With
    D = (1 + q)(1 + q') - k², ρ = k/√((1 + q)(1 + q')) and
    N = qq' + k² - k² (q/(1 + q) + q'/(1 + q'))::

        E[φ(u)φ(v)]   = k (1/4 + arcsin(ρ)/(2π)) + N/(2π √D)
        E[φ'(u)φ'(v)] = its derivative by k

    Examples
    --------
    >>> from riskcast.features import GELU
    >>> float(GELU().dual(0.0, 1.0, 1.0).round(6))
    0.079577
    """

    def apply(self, preactivations: npt.ArrayLike) -> FloatArray:
        """φ itself, elementwise."""
        z = np.asarray(preactivations, dtype=np.float64)
        return np.asarray(z * special.ndtr(z))

    def dual(
        self, covariance: npt.ArrayLike, variance: npt.ArrayLike, other_variance: npt.ArrayLike
    ) -> FloatArray:
        """E[φ(u)φ(v)]; see :meth:`Activation.dual`."""
        k, q, r = gaussian_pair(covariance, variance, other_variance)
        return _duals(*correlation_and_gap(k, q, r), q, r)[0]

    def dual_derivative(
        self, covariance: npt.ArrayLike, variance: npt.ArrayLike, other_variance: npt.ArrayLike
    ) -> FloatArray:
        """E[φ'(u)φ'(v)]; see :meth:`Activation.dual_derivative`."""
        k, q, r = gaussian_pair(covariance, variance, other_variance)
        return _duals(*correlation_and_gap(k, q, r), q, r)[1]

    def transform(
        self, gap: FloatArray, left: FloatArray, right: FloatArray, derivative: bool
    ) -> tuple[FloatArray, FloatArray | None]:
        """Pass the correlation gap on; see :meth:`Activation.transform`."""
        passed, slope = _duals(1.0 - gap, gap, left[0] ** 2, right[0] ** 2)
        passed *= left[1]
        passed *= right[1]
        np.subtract(1.0, passed, out=passed)
        np.clip(passed, 0.0, 2.0, out=passed)
        return passed, slope if derivative else None


def _duals(
    correlation: FloatArray, gap: FloatArray, q: FloatArray, r: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """Both duals, from sums of terms that are not negative and do not leave the range.

    With s = q + q' and Δ = qq' - k² the derivative of the last term, k times the slope of the
    arcsine included, is k/(2π √D) times (3 + s)(1 + s) + (2 + s)Δ + qq' over (1 + q)(1 + q')D.
    """
    scale, total = np.sqrt(q) * np.sqrt(r), q + r
    k = correlation * scale
    area = scale * np.sqrt(gap * (2.0 - gap))  # √Δ
    root = np.hypot(np.sqrt(1.0 + total), area)
    orthant = np.arctan2(root, -k) / (2.0 * np.pi)  # 1/4 + arcsin(ρ)/(2π)
    one, other = 1.0 / (1.0 + q), 1.0 / (1.0 + r)
    both = (q * one) * (r * other)
    numerator = area * (area / root) + both * correlation**2 * ((2.0 + total) / root)  # N/√D
    growth = ((1.0 + total) / root) * (one * (3.0 + total) * other / root)
    growth += one * (2.0 + total) * other * (area / root) ** 2 + both / root / root
    return (
        np.asarray(k * orthant + numerator / (2.0 * np.pi)),
        np.asarray(orthant + k / root * growth / (2.0 * np.pi)),
    )
