"""Sine and cosine as activations: the features behind shift-invariant kernels."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from .._types import FloatArray
from .base import Activation, gaussian_pair


class Sine(Activation):
    """φ(z) = sin z.

    E[φ(u)φ(v)] = e^(-(q+q')/2) sinh k and E[φ'(u)φ'(v)] = e^(-(q+q')/2) cosh k,
    from the characteristic function of a Gaussian (Rahimi and Recht, 2007).

    Examples
    --------
    >>> from riskcast.features import Sine
    >>> float(Sine().dual(1.0, 1.0, 1.0).round(6))
    0.432332
    """

    def apply(self, preactivations: npt.ArrayLike) -> FloatArray:
        """φ itself, elementwise."""
        return np.asarray(np.sin(np.asarray(preactivations, dtype=np.float64)))

    def dual(
        self, covariance: npt.ArrayLike, variance: npt.ArrayLike, other_variance: npt.ArrayLike
    ) -> FloatArray:
        """E[φ(u)φ(v)]; see :meth:`Activation.dual`."""
        return _odd_part(covariance, variance, other_variance)

    def dual_derivative(
        self, covariance: npt.ArrayLike, variance: npt.ArrayLike, other_variance: npt.ArrayLike
    ) -> FloatArray:
        """E[φ'(u)φ'(v)]; see :meth:`Activation.dual_derivative`."""
        return _even_part(covariance, variance, other_variance)


class Cosine(Activation):
    """φ(z) = cos z.

    E[φ(u)φ(v)] = e^(-(q+q')/2) cosh k and E[φ'(u)φ'(v)] = e^(-(q+q')/2) sinh k.

    Examples
    --------
    >>> from riskcast.features import Cosine
    >>> float(Cosine().dual(0.0, 0.0, 0.0))
    1.0
    """

    def apply(self, preactivations: npt.ArrayLike) -> FloatArray:
        """φ itself, elementwise."""
        return np.asarray(np.cos(np.asarray(preactivations, dtype=np.float64)))

    def dual(
        self, covariance: npt.ArrayLike, variance: npt.ArrayLike, other_variance: npt.ArrayLike
    ) -> FloatArray:
        """E[φ(u)φ(v)]; see :meth:`Activation.dual`."""
        return _even_part(covariance, variance, other_variance)

    def dual_derivative(
        self, covariance: npt.ArrayLike, variance: npt.ArrayLike, other_variance: npt.ArrayLike
    ) -> FloatArray:
        """E[φ'(u)φ'(v)]; see :meth:`Activation.dual_derivative`."""
        return _odd_part(covariance, variance, other_variance)


def _odd_part(k: npt.ArrayLike, q: npt.ArrayLike, r: npt.ArrayLike) -> FloatArray:
    """e^(-(q+r)/2) sinh k, for any size of q and r: |k| never exceeds their mean."""
    k, q, r = gaussian_pair(k, q, r)
    size = np.abs(k)
    # (e^x - e^-x)/2 = -e^x expm1(-2x)/2 keeps the digits of a small k.
    magnitude = -0.5 * np.exp(size - 0.5 * (q + r)) * np.expm1(-2.0 * size)
    return np.asarray(np.copysign(magnitude, k))


def _even_part(k: npt.ArrayLike, q: npt.ArrayLike, r: npt.ArrayLike) -> FloatArray:
    """e^(-(q+r)/2) cosh k, for any size of q and r."""
    k, q, r = gaussian_pair(k, q, r)
    size = np.abs(k)
    return np.asarray(0.5 * np.exp(size - 0.5 * (q + r)) * (1.0 + np.exp(-2.0 * size)))
