"""Selection of the observed points to which curves are fitted.

All families of curves are decreasing, so they are fitted to the final descent only.
Two kinds of points before it are excluded: sizes too small to learn anything, where
the risk is that of the untrained model, and a peak, such as that of least squares
where the numbers of rows and columns are equal.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from riskcast.learning_curves.subsampling._measure import Measurement
from riskcast.learning_curves.subsampling._points import ObservedPoints

_FEWEST = 4
_CLEAR_RISE = 3.0  # standard errors
_NOTHING_LEARNED = 0.02  # share of the largest gain


def descent(measurement: Measurement) -> NDArray[np.bool_]:
    """Mask of the points of the final descent, shape (S,); selects at least four points."""
    points = measurement.points
    start = flat_points(measurement)
    peak = peak_index(points)
    if peak:
        start = max(start, peak + 1)  # at the peak itself the expected risk may be infinite
    start = min(start, max(0, len(points) - _FEWEST))
    return np.arange(len(points)) >= start


def flat_points(measurement: Measurement) -> int:
    """Number of smallest sizes with almost no gain over the untrained model."""
    gain = measurement.gain
    if np.isnan(gain).any() or gain.max() <= 0.0:
        return 0
    learned = gain > _NOTHING_LEARNED * gain.max()
    flat = int(np.argmax(learned))
    # A single noisy point is not a plateau.
    return flat if flat >= 2 else 0


def peak_index(points: ObservedPoints) -> int:
    """Index at which a significant rise of the risk ends; zero if there is none."""
    top = int(np.argmax(points.risk))
    if top == 0:
        return 0
    before = int(np.argmin(points.risk[:top]))
    rise = points.risk[top] - points.risk[before]
    covariance = points.covariance
    variance = covariance[top, top] + covariance[before, before] - 2.0 * covariance[top, before]
    return top if rise > _CLEAR_RISE * np.sqrt(max(variance, 0.0)) else 0
