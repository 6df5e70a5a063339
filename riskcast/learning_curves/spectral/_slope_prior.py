"""Prior of the slope of a curve on logarithmic axes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_LEVEL_PRECISION = 1e-6  # of the heights, whose prior is almost flat


@dataclass(frozen=True)
class SlopePrior:
    """Gaussian process prior of the slope: a constant part plus one that varies along the curve.

    Attributes
    ----------
    mean : float
        Prior mean of the slope.
    spread : float
        Standard deviation of the constant part.
    change : float
        Standard deviation of the varying part.
    memory : float
        Correlation length of the varying part (an Ornstein-Uhlenbeck process).
    """

    mean: float
    spread: float
    change: float
    memory: float

    def gaussian(self, places: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Precision matrix P and linear term b of heights h at `places`: ``-hᵀPh/2 + bᵀh``."""
        size = len(places)
        level = _LEVEL_PRECISION * np.eye(size)
        if size == 1:
            return level, np.zeros(1)
        middle = 0.5 * (places[:-1] + places[1:])
        distance = np.abs(middle[:, None] - middle)
        covariance = self.change**2 * np.exp(-distance / self.memory) + self.spread**2
        slopes = np.diff(np.eye(size), axis=0) / np.diff(places)[:, None]
        weighted = slopes.T @ np.linalg.inv(covariance + 1e-9 * np.eye(size - 1))
        return weighted @ slopes + level, weighted @ np.full(size - 1, self.mean)
