"""Standard errors and curves from few rows, which are in more doubt than their formula knows."""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cached_property

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# The losses of few rows are a poor measure of their own spread, and hardly tell how much
# other rows would have taught. Chosen on draws of 32 rows from sixteen tables, where intervals of
# 90 % held the expected risk in 70 % of draws; checked on other draws
# (docs/benchmarks/few_rows.md) and, for forecasts of 100 rows and more, on other tables
# (docs/benchmarks/forecast_found.md).
_ROWS = 50

# Times the rows that the data reach to: half doublings as far as goals are looked for, then on.
_GRID = 2.0 ** np.concatenate([np.arange(0.0, 10.0, 0.5), np.arange(10.0, 42.0, 4.0)])


def widened(error: float, n_units: int) -> float:
    """A standard error from so many rows (or groups), widened to what such errors prove to be.

    Its square is multiplied by ``1 + 50/n``: one and a half times the error from 40 rows,
    5 % more from 500.

    Examples
    --------
    >>> from riskcast.learning_curves.few_rows import widened
    >>> widened(1.0, 40), round(widened(1.0, 500), 3)
    (1.5, 1.049)
    """
    return error * math.sqrt(1.0 + _ROWS / n_units)


class WidenedCurves:
    """Logarithms of curves, moved away from their median at each size by a factor.

    Where the median falls, a flat curve would rise so. More rows do not harm: beyond the size
    up to which the data reach a curve stays at the least it has been (on a grid of half
    doublings), and before it, it is never below what it is there.

    Parameters
    ----------
    log_curves : callable
        Sizes, shape (S,), to logarithms of the same plausible curves, shape (draws, S).
    here : float
        The size up to which the data reach.
    by : float
        The factor.
    """

    def __init__(
        self, log_curves: Callable[[FloatArray], FloatArray], here: float, by: float
    ) -> None:
        self._log_curves, self._here, self._by = log_curves, here, by

    def __call__(self, sizes: FloatArray) -> FloatArray:
        """The curves at any sizes, shape (draws, S)."""
        asked, least = self._wider(sizes), self._least
        last = np.searchsorted(self._here * _GRID, sizes, side="right") - 1
        return np.where(
            sizes > self._here,
            np.minimum(asked, least[:, np.maximum(last, 0)]),
            np.maximum(asked, least[:, :1]),
        )

    @cached_property
    def _least(self) -> FloatArray:
        return np.minimum.accumulate(self._wider(self._here * _GRID), axis=1)

    def _wider(self, sizes: FloatArray) -> FloatArray:
        logs = self._log_curves(sizes)
        middle = np.median(logs, axis=0)
        return middle + self._by * (logs - middle)
