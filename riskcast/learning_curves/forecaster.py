"""What any way of forecasting must do: sizes in, risk out, with draws that carry its doubt."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Forecaster(ABC):
    """A distribution over learning curves, given the data.

    A forecaster is asked for draws only: whole curves, each plausible given
    what was observed. Medians, intervals, floors and the rows needed for a goal
    all follow from them, so that every method is read in the same way.
    """

    @abstractmethod
    def draws(self, sizes: FloatArray) -> FloatArray:
        """Plausible curves at any sizes; the same curves at every call.

        Parameters
        ----------
        sizes : ndarray of shape (S,)
            Numbers of rows; ``inf`` gives the noise floor.

        Returns
        -------
        ndarray of shape (draws, S)
            Risks.
        """

    def risk(self, sizes: FloatArray) -> FloatArray:
        """The median curve, shape (S,)."""
        return np.median(self.draws(sizes), axis=0)

    def interval(self, sizes: FloatArray, level: float) -> tuple[FloatArray, FloatArray]:
        """Ends of the central interval that holds `level` of the draws, each (S,)."""
        _, lower, upper = middle_and_ends(self.draws(sizes), level)
        return lower, upper


def middle_and_ends(curves: FloatArray, level: float) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Median of curves (draws, S), and the ends of the central interval that holds `level`."""
    tails = [(1.0 - level) / 2.0, 0.5, (1.0 + level) / 2.0]
    lower, middle, upper = np.quantile(curves, tails, axis=0)
    return middle, lower, upper
