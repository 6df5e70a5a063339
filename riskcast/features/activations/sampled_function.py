"""A smooth function on a grid that is fine near zero and grows with the distance from it."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from scipy import special

from .._types import FloatArray

Function = Callable[[FloatArray], FloatArray]

# Points on each side of the differences behind a slope: an order of 32.
_REACH = 16
# Grids tried, from the coarsest: z = scale·sinh(τ), τ in steps.
_SCALES = tuple(4.0**-k for k in range(10))
_STEPS = (0.12, 0.06, 0.03, 0.015)
# A grid resolves a function when slopes by steps and by half steps agree to this.
_RESOLVED = 1e-11
# The grid is chosen for |z| up to here. A smooth function has its features there.
_FEATURES = 50.0


class SampledFunction:
    """A function, its slope, and a grid z = scale·sinh(τ) that resolves both.

    In τ a function with features of one scale near zero and a tail that
    varies on the scale of its argument is analytic in a strip, so that
    differences in τ and the trapezoidal rule converge geometrically at any
    distance.

    Parameters
    ----------
    function : callable

    Attributes
    ----------
    scale, step : float
        Of the grid.
    """

    def __init__(self, function: Function) -> None:
        self.function = function
        self.scale, self.step = self._choose()

    def slope(self, z: FloatArray, refine: float = 1.0) -> FloatArray:
        """The derivative, by central differences of order 32 in τ.

        Parameters
        ----------
        z : ndarray
        refine : float, default=1.0
            Divides the step.

        Returns
        -------
        ndarray of the shape of `z`
        """
        return self._differences(z, self.scale, self.step / refine)

    def unresolved(self, reach: float) -> float:
        """How far slopes by steps and by half steps differ, against the function's size."""
        return self._disagreement(self.scale, self.step, reach)

    def _choose(self) -> tuple[float, float]:
        found = []
        for step in _STEPS:
            for scale in _SCALES:
                error = self._disagreement(scale, step, _FEATURES)
                if error <= _RESOLVED:
                    return scale, step
                found.append((error, scale, step))
        coarse = [(error, scale, step) for error, scale, step in found if step == _STEPS[1]]
        return min(coarse)[1:]

    def _disagreement(self, scale: float, step: float, reach: float) -> float:
        z = sinh_grid(scale, reach, 0.37 * step)[0]
        values = np.abs(self.function(z))
        size = np.maximum(values, values[::-1])[len(z) // 2 :]
        size = np.maximum.accumulate(size)
        size = np.concatenate([size[:0:-1], size])
        width = np.sqrt(scale**2 + z**2)
        change = self._differences(z, scale, step) - self._differences(z, scale, 0.5 * step)
        # The slope itself may be the larger: a function that crosses zero.
        return float(np.max(np.abs(change) * width / np.where(size > 0.0, size, 1.0)))

    def _differences(self, z: FloatArray, scale: float, step: float) -> FloatArray:
        width = np.sqrt(scale**2 + z**2)
        total = np.zeros_like(z)
        for j, weight in enumerate(_weights(), start=1):
            # scale·sinh(τ ± j·step), without τ, whose rounding would be magnified.
            along, across = z * np.cosh(j * step), width * np.sinh(j * step)
            total += weight * (self.function(along + across) - self.function(along - across))
        return np.asarray(total / (step * width))


def sinh_grid(scale: float, reach: float, step: float) -> tuple[FloatArray, FloatArray]:
    """Trapezoidal rule in τ for z = scale·sinh(τ), |z| up to `reach`."""
    n = int(np.ceil(np.arcsinh(reach / scale) / step))
    tau = step * np.arange(-n, n + 1)
    return scale * np.sinh(tau), step * scale * np.cosh(tau)


@lru_cache(maxsize=1)
def _weights() -> tuple[float, ...]:
    """Weights of f(j) - f(-j) in the central difference of order 2·_REACH."""
    n = _REACH
    top = special.gammaln(n + 1)
    return tuple(
        float((-1) ** (j + 1) * np.exp(2 * top - special.gammaln(n - j + 1)
                                       - special.gammaln(n + j + 1)) / j)
        for j in range(1, n + 1)
    )  # fmt: skip
