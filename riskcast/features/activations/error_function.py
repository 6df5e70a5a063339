"""The error function as activation."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from scipy import special

from .._types import FloatArray
from .base import Activation, gaussian_pair


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
        ratio = np.asarray(2.0 * k / np.sqrt((1.0 + 2.0 * q) * (1.0 + 2.0 * r)))
        # |k| ≤ √(qr) keeps the ratio inside (-1, 1); rounding of huge variances may not.
        np.clip(ratio, -1.0, 1.0, out=ratio)
        return np.asarray((2.0 / np.pi) * np.arcsin(ratio))

    def dual_derivative(
        self, covariance: npt.ArrayLike, variance: npt.ArrayLike, other_variance: npt.ArrayLike
    ) -> FloatArray:
        """E[φ'(u)φ'(v)]; see :meth:`Activation.dual_derivative`."""
        k, q, r = gaussian_pair(covariance, variance, other_variance)
        determinant = _determinant(2.0 * k, 2.0 * q, 2.0 * r)
        return np.asarray((4.0 / np.pi) / np.sqrt(determinant))


def _determinant(k: FloatArray, q: FloatArray, r: FloatArray) -> FloatArray:
    """(1 + q)(1 + r) - k², whose smallest possible value is 1 + q + r."""
    return np.asarray(1.0 + q + r + np.maximum(q * r - k * k, 0.0))
