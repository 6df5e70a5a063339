"""Which observed points the curves are fitted to.

The families of curves decrease all the way. Two things before the descent are
none of their business: sizes too small to learn anything, where the risk is
flat at that of the untrained model, and a peak, such as that of least squares
where rows are as many as columns.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from riskcast.learning_curves.measure import Measurement
from riskcast.learning_curves.points import ObservedPoints

_FEWEST = 4
_CLEAR_RISE = 3.0  # standard errors
_NOTHING_LEARNED = 0.02  # share of the largest gain


def descent(measurement: Measurement) -> NDArray[np.bool_]:
    """The points of the descent, as a mask of shape (S,); at least four of them."""
    points = measurement.points
    start = flat_points(measurement)
    peak = peak_index(points)
    if peak:
        start = max(start, peak + 1)  # at the peak itself the expected risk may be infinite
    start = min(start, max(0, len(points) - _FEWEST))
    return np.arange(len(points)) >= start


def flat_points(measurement: Measurement) -> int:
    """How many of the smallest sizes show next to no gain over the untrained model."""
    gain = measurement.gain
    if np.isnan(gain).any() or gain.max() <= 0.0:
        return 0
    learned = gain > _NOTHING_LEARNED * gain.max()
    flat = int(np.argmax(learned))
    # A single noisy point is no plateau.
    return flat if flat >= 2 else 0


def peak_index(points: ObservedPoints) -> int:
    """Index at which a clear rise of the risk ends; zero without one."""
    top = int(np.argmax(points.risk))
    if top == 0:
        return 0
    before = int(np.argmin(points.risk[:top]))
    rise = points.risk[top] - points.risk[before]
    covariance = points.covariance
    variance = covariance[top, top] + covariance[before, before] - 2.0 * covariance[top, before]
    return top if rise > _CLEAR_RISE * np.sqrt(max(variance, 0.0)) else 0
