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
    """Both duals, from sums of terms that are never negative where they cancel."""
    scale = np.sqrt(q) * np.sqrt(r)
    k = correlation * scale
    # k²/((1 + q)(1 + q')), without products that leave the range.
    share = (q / (1.0 + q)) * (r / (1.0 + r)) * correlation**2
    determinant = q * (r * (gap * (2.0 - gap)))
    root = np.sqrt(1.0 + q + r + determinant)
    orthant = 0.25 + np.arctan2(k, root) / (2.0 * np.pi)
    numerator = determinant + share * (2.0 + q + r)
    value = k * orthant + numerator / (2.0 * np.pi * root)
    # By k: k times the slope of the arcsine is k/√D, then N'/√D = 2k factor/√D, and kN/D^(3/2).
    factor = 1.0 / (1.0 + q) / (1.0 + r) - (q / (1.0 + q)) * (r / (1.0 + r))
    steep = orthant + (k / root) * (1.0 + 2.0 * factor + (numerator / root) / root) / (2.0 * np.pi)
    return np.asarray(value), np.asarray(steep)
