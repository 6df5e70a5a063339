"""Activations that are linear on each side of zero: ReLU, leaky ReLU, absolute value, identity."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from riskcast._validation import number

from .._types import FloatArray
from .base import Activation, correlation_and_gap, gaussian_pair


class LeakyReLU(Activation):
    """φ(z) = z for z > 0 and slope·z below; slope 0 is ReLU, 1 the identity, -1 the absolute value.

    The dual of ReLU is the arc-cosine kernel of degree one, its derivative
    the one of degree zero (Cho and Saul, 2009). With θ the angle between the
    two signals, and writing φ = ReLU(z) - slope·ReLU(-z)::

        E[φ(u)φ(v)]   = (1 - slope)² √(qq') (sin θ + (π - θ) cos θ)/(2π) + slope·k
        E[φ'(u)φ'(v)] = (1 - slope)² (π - θ)/(2π) + slope

    Parameters
    ----------
    slope : float, default=0.01
        Slope below zero.

    Raises
    ------
    TypeError, ValueError
        If the slope is no finite number.

    Examples
    --------
    >>> from riskcast.features import LeakyReLU
    >>> float(LeakyReLU(slope=0.0).dual(1.0, 1.0, 1.0))
    0.5
    """

    def __init__(self, slope: float = 0.01) -> None:
        self.slope = number(slope, "slope", least=-np.inf)

    def apply(self, preactivations: npt.ArrayLike) -> FloatArray:
        """φ itself, elementwise."""
        z = np.asarray(preactivations, dtype=np.float64)
        return np.where(z > 0.0, z, self.slope * z)

    def dual(
        self, covariance: npt.ArrayLike, variance: npt.ArrayLike, other_variance: npt.ArrayLike
    ) -> FloatArray:
        """E[φ(u)φ(v)]; see :meth:`Activation.dual`."""
        k, q, r = gaussian_pair(covariance, variance, other_variance)
        scale = np.sqrt(q) * np.sqrt(r)
        _, gap = correlation_and_gap(k, q, r)
        passed, _ = self._transform(gap.ravel(), derivative=False)
        correlation = 1.0 - passed.reshape(gap.shape)
        return np.asarray(0.5 * (1.0 + self.slope**2) * scale * correlation)

    def dual_derivative(
        self, covariance: npt.ArrayLike, variance: npt.ArrayLike, other_variance: npt.ArrayLike
    ) -> FloatArray:
        """E[φ'(u)φ'(v)]; see :meth:`Activation.dual_derivative`."""
        k, q, r = gaussian_pair(covariance, variance, other_variance)
        _, gap = correlation_and_gap(k, q, r)
        _, slope = self._transform(gap.ravel(), derivative=True)
        assert slope is not None
        return slope.reshape(gap.shape)

    def second_moment(self, variance: npt.ArrayLike) -> FloatArray:
        """E[φ(u)²] = (1 + slope²)/2 times the variance."""
        return np.asarray(0.5 * (1.0 + self.slope**2) * np.asarray(variance, dtype=np.float64))

    def derivative_second_moment(self, variance: npt.ArrayLike) -> FloatArray:
        """E[φ'(u)²] = (1 + slope²)/2, whatever the variance."""
        return np.full(np.shape(variance), 0.5 * (1.0 + self.slope**2))

    def profile(self, variance: FloatArray) -> FloatArray:
        """Nothing: what these activations do to a correlation depends on no variance."""
        return np.empty((0, *variance.shape))

    def transform(
        self, gap: FloatArray, left: FloatArray, right: FloatArray, derivative: bool
    ) -> tuple[FloatArray, FloatArray | None]:
        """Pass the correlation gap on; see :meth:`Activation.transform`."""
        return self._transform(gap, derivative)

    def _transform(self, gap: FloatArray, derivative: bool) -> tuple[FloatArray, FloatArray | None]:
        # Half the angle is arcsin √(gap/2), exact to rounding for near-duplicates where the
        # arccos of the correlation would keep half its digits. In half the angle, a:
        #     new gap = gap + (2w/π) (a cos 2a - sin a cos a),  w = (1 - slope)²/(1 + slope²).
        # In place, with as few passes as there are: this is where a Gram matrix spends its time.
        half = gap * 0.5
        sine = np.sqrt(half)
        cosine = np.sqrt(np.subtract(1.0, half, out=half), out=half)
        product = np.multiply(sine, cosine, out=cosine)
        angle = np.arcsin(sine, out=sine)
        passed = np.subtract(1.0, gap)
        passed *= angle
        passed -= product
        passed *= 2.0 * (1.0 - self.slope) ** 2 / (np.pi * (1.0 + self.slope**2))
        passed += gap
        # Rounding may leave -1e-40 for a gap that small, and the next layer takes its root.
        passed = np.maximum(passed, 0.0, out=passed)
        if not derivative:
            return passed, None
        angle *= -((1.0 - self.slope) ** 2) / np.pi
        angle += 0.5 * (1.0 + self.slope**2)
        return passed, angle


class ReLU(LeakyReLU):
    """φ(z) = max(z, 0), whose duals are the arc-cosine kernels of Cho and Saul (2009).

    Examples
    --------
    >>> from riskcast.features import ReLU
    >>> ReLU().dual([1.0, 0.0, -1.0], 1.0, 1.0).round(4)
    array([0.5   , 0.1592, 0.    ])
    """

    def __init__(self) -> None:
        super().__init__(slope=0.0)

    def __repr__(self) -> str:
        return "ReLU()"


class Identity(Activation):
    """φ(z) = z: a deep linear network.

    Examples
    --------
    >>> from riskcast.features import Identity
    >>> float(Identity().dual(0.3, 1.0, 2.0))
    0.3
    """

    def apply(self, preactivations: npt.ArrayLike) -> FloatArray:
        """φ itself, elementwise."""
        return np.array(preactivations, dtype=np.float64)

    def dual(
        self, covariance: npt.ArrayLike, variance: npt.ArrayLike, other_variance: npt.ArrayLike
    ) -> FloatArray:
        """E[uv], the covariance."""
        k, q, r = gaussian_pair(covariance, variance, other_variance)
        return np.array(np.broadcast_arrays(k, q, r)[0])

    def dual_derivative(
        self, covariance: npt.ArrayLike, variance: npt.ArrayLike, other_variance: npt.ArrayLike
    ) -> FloatArray:
        """One."""
        k, q, r = gaussian_pair(covariance, variance, other_variance)
        return np.ones(np.broadcast_shapes(k.shape, q.shape, r.shape))

    def profile(self, variance: FloatArray) -> FloatArray:
        """Nothing: a correlation passes unchanged."""
        return np.empty((0, *variance.shape))

    def transform(
        self, gap: FloatArray, left: FloatArray, right: FloatArray, derivative: bool
    ) -> tuple[FloatArray, FloatArray | None]:
        """Pass the correlation gap on, unchanged; see :meth:`Activation.transform`."""
        return gap.copy(), np.ones_like(gap) if derivative else None
