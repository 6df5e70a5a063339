"""The Gaussian error linear unit."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from .._types import FloatArray
from .base import Activation, gaussian_pair


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
        orthant, root, numerator = _orthant_root_numerator(k, q, r)
        return np.asarray(k * orthant + numerator / (2.0 * np.pi * root))

    def dual_derivative(
        self, covariance: npt.ArrayLike, variance: npt.ArrayLike, other_variance: npt.ArrayLike
    ) -> FloatArray:
        """E[φ'(u)φ'(v)]; see :meth:`Activation.dual_derivative`."""
        k, q, r = gaussian_pair(covariance, variance, other_variance)
        orthant, root, numerator = _orthant_root_numerator(k, q, r)
        # By k: k times arcsin's slope is k/√D, then N'/√D = 2k share/√D, and kN/D^(3/2).
        share = (1.0 - q * r) / ((1.0 + q) * (1.0 + r))
        return np.asarray(
            orthant + k * (1.0 + 2.0 * share + numerator / root**2) / (2.0 * np.pi * root)
        )


def _orthant_root_numerator(
    k: FloatArray, q: FloatArray, r: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """E[Φ(u)Φ(v)], √D and N, as sums of terms that are never negative where they cancel."""
    both = (1.0 + q) * (1.0 + r)
    determinant = np.maximum(q * r - k * k, 0.0)
    orthant = 0.25 + np.arcsin(np.clip(k / np.sqrt(both), -1.0, 1.0)) / (2.0 * np.pi)
    root = np.sqrt(1.0 + q + r + determinant)
    return orthant, root, np.asarray(determinant + k * k * (2.0 + q + r) / both)
