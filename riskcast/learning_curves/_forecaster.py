"""Interface of forecasting methods: curves drawn from a posterior, evaluated at any size."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Forecaster(ABC):
    """Distribution over learning curves, given the data.

    A forecaster only has to provide draws: whole curves, each plausible given the
    observations. Medians, intervals, floors and the rows needed for a goal are all
    computed from the draws, in the same way for every method.
    """

    @abstractmethod
    def draws(self, sizes: FloatArray) -> FloatArray:
        """Evaluate the drawn curves at any sizes; every call uses the same curves.

        Parameters
        ----------
        sizes : ndarray of shape (S,)
            Numbers of training rows; ``inf`` gives the noise floor.

        Returns
        -------
        ndarray of shape (draws, S)
            Risks.
        """

    def risk(self, sizes: FloatArray) -> FloatArray:
        """The median curve, shape (S,)."""
        return np.median(self.draws(sizes), axis=0)

    def interval(self, sizes: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
        """Bounds of the central interval containing `level` of the draws, each shape (S,)."""
        _, lower, upper = middle_and_ends(self.draws(sizes), level)
        return lower, upper


def middle_and_ends(curves: FloatArray, level: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Median of curves (draws, S), and bounds of the central interval containing `level`."""
    tails = [(1.0 - level) / 2.0, 0.5, (1.0 + level) / 2.0]
    lower, middle, upper = np.quantile(curves, tails, axis=0)
    return middle, lower, upper
