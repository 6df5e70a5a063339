"""Reasons not to trust a forecast, in words."""

from __future__ import annotations

import numpy as np

from riskcast.learning_curves.measure import Measurement
from riskcast.learning_curves.points import ObservedPoints

FEW_ROWS = 50
_FEWEST_POINTS = 5
_CLEAR_GAIN = 2.0  # standard errors
_CLEAR_RISE = 3.0  # standard errors


def doubts_about(measurement: Measurement, n_rows: int) -> list[str]:
    """What makes this forecast doubtful, one sentence each; empty if nothing does."""
    found = []
    points = measurement.points
    if n_rows < FEW_ROWS:
        found.append(
            f"only {n_rows} rows: below {FEW_ROWS} the intervals are rough; read them as an order "
            "of magnitude"
        )
    if not np.isnan(measurement.gain) and measurement.gain < _CLEAR_GAIN * measurement.gain_error:
        found.append(
            "the model does not clearly beat the untrained one (the mean, or the most frequent "
            f"class): it gains {measurement.gain:.3g} with a standard error of "
            f"{measurement.gain_error:.3g}; the targets look random to it, and more rows may not "
            "help"
        )
    peak = peak_index(points)
    if peak:
        found.append(
            f"the curve is not decreasing: the risk rises up to {points.sizes[peak]:.0f} rows; "
            "what comes before that is left out, and the forecast rests on the points after it"
        )
    return found


def peak_index(points: ObservedPoints) -> int:
    """Index of the point to start from: zero, or where a clear rise of the risk ends."""
    top = int(np.argmax(points.risk))
    if top == 0:
        return 0
    before = int(np.argmin(points.risk[:top]))
    rise = points.risk[top] - points.risk[before]
    covariance = points.covariance
    variance = covariance[top, top] + covariance[before, before] - 2.0 * covariance[top, before]
    return top if rise > _CLEAR_RISE * np.sqrt(max(variance, 0.0)) else 0
