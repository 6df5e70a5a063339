"""Reasons not to trust a forecast, in words."""

from __future__ import annotations

import numpy as np

from riskcast.learning_curves.measure import Measurement
from riskcast.learning_curves.trusted import peak_index

FEW_ROWS = 50
_CLEAR_GAIN = 2.0  # standard errors


def doubts_about(measurement: Measurement, n_rows: int) -> list[str]:
    """What makes this forecast doubtful, one sentence each; empty if nothing does."""
    found = []
    points = measurement.points
    if n_rows < FEW_ROWS:
        found.append(
            f"only {n_rows} rows: below {FEW_ROWS} the intervals are rough; read them as an order "
            "of magnitude"
        )
    gain, error = float(measurement.gain[-1]), float(measurement.gain_error[-1])
    if not np.isnan(gain) and gain < _CLEAR_GAIN * error:
        found.append(
            "the model does not clearly beat the untrained one (the mean, or the most frequent "
            f"class): it gains {gain:.3g} with a standard error of "
            f"{error:.3g}; the targets look random to it, and more rows may not "
            "help"
        )
    if measurement.failed:
        found.append(
            "training failed at these sizes, which are left out: " + "; ".join(measurement.failed)
        )
    peak = peak_index(points)
    if peak:
        found.append(
            f"the curve is not decreasing: the risk rises up to {points.sizes[peak]:.0f} rows; "
            "what comes before that is left out, and the forecast rests on the points after it"
        )
    return found
