"""What more rows would give."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from riskcast.assessment._scale import Scale
from riskcast.learning_curves import Forecast, SamplesNeeded
from riskcast.learning_curves.subsampling._points import ObservedPoints

FloatArray = NDArray[np.float64]

# Rows that are right or wrong flip for a trifle, one by one more than in their mean. Chosen on
# 192 draws of 32 rows from eight tables: a half held the fall in 90 %, the whole in 96 %.
_OF_THE_DOUBT_OF_ERROR_RATES = 0.5
_TINY = float(np.finfo(float).tiny)
_MOST_DOUBLINGS = 3.0  # beyond, a curve that flattens adds no more doubt


@dataclass(frozen=True)
class CurveFromHere:
    """The learning curve through the measured risk, with intervals.

    The forecast gives the shape, by which share the risk falls from the rows at
    hand to others; the risk measured on all rows gives the level.

    Attributes
    ----------
    n_samples : ndarray of shape (S,)
    risk, lower, upper : ndarray of shape (S,)
        Level and shape are both in doubt in the interval, independently. None is above the
        worst value that the risk can have.
    share, share_lower, share_upper : ndarray of shape (S,)
        Of the risk at the rows at hand. The interval is for what a reader will see
        with rows of their own, so it counts that these rows are a sample.
    """

    n_samples: FloatArray
    risk: FloatArray
    lower: FloatArray
    upper: FloatArray
    share: FloatArray
    share_lower: FloatArray
    share_upper: FloatArray


def curve_from_here(
    forecast: Forecast, n_samples: FloatArray, risk: float, standard_error: float
) -> CurveFromHere:
    """The forecast's curve, moved to go through the measured risk."""
    tail = (1.0 - forecast.level) / 2.0
    deviations = NormalDist().inv_cdf(1.0 - tail)
    # Shares are read curve by curve: what is doubtful about the level of a
    # curve is doubtful at all sizes alike, and is no doubt about its shape.
    sizes = np.append(np.asarray(n_samples, dtype=np.float64), forecast.n_rows)
    curves = np.maximum(forecast.curves(sizes), _TINY)
    logs = np.log(curves[:, :-1] / curves[:, -1:])
    low, middle, high = np.quantile(logs, [tail, 0.5, 1.0 - tail], axis=0)
    doublings = np.minimum(np.abs(np.log2(sizes[:-1] / forecast.n_rows)), _MOST_DOUBLINGS)
    unseen = deviations * doubt_of_a_doubling(forecast.observed) * doublings
    if forecast.scoring == "error_rate":
        unseen *= _OF_THE_DOUBT_OF_ERROR_RATES
    below, above = np.hypot(middle - low, unseen), np.hypot(high - middle, unseen)
    # Risks are positive and their estimates skewed: errors are relative ones.
    level = deviations * standard_error / risk if risk > 0.0 else 0.0
    if risk <= 0.0:  # of nothing all is left
        middle, below, above = np.zeros((3, len(middle)))
    wider = (middle, middle - np.hypot(below, level), middle + np.hypot(above, level))
    shares = (middle, middle - below, middle + above)
    highest = forecast.observed.highest
    most = highest / risk if risk > 0.0 else np.inf
    with np.errstate(over="ignore"):
        return CurveFromHere(
            sizes[:-1],
            *(np.minimum(risk * np.exp(ends), highest) for ends in wider),
            *(np.minimum(np.exp(ends), most) for ends in shares),
        )


def doubt_of_a_doubling(observed: ObservedPoints) -> float:
    """Standard error of the logarithm of what the last doubling inside the data changed.

    Curves are fitted to points that the same rows have judged, and all go through what
    these few happen to show. Other rows show another fall: how much another is told by
    the differences of losses, row by row, between all rows and half of them. What the
    next doubling brings is not known better than that.
    """
    covariance = observed.log_risk()[1]
    doublings = np.log2(observed.sizes[-1] / observed.sizes[:-1])
    half = int(np.argmin(np.abs(doublings - 1.0)))
    variance = covariance[-1, -1] + covariance[half, half] - 2.0 * covariance[half, -1]
    return float(np.sqrt(max(variance, 0.0)) / doublings[half])


@dataclass(frozen=True)
class MoreRows:
    """Twice the rows, endless rows, and a goal.

    Attributes
    ----------
    risk, lower, upper : float
        With twice the rows, and its interval.
    gain, gain_lower, gain_upper : float
        What is shown (typical error, or error rate) falls by this share.
    noise_floor, noise_floor_lower, noise_floor_upper : float
        Risk with endless rows, and its interval.
    goal : SamplesNeeded or None
        Rows needed for the goal, if there is one.
    level : float
        Of all intervals.
    """

    risk: float
    lower: float
    upper: float
    gain: float
    gain_lower: float
    gain_upper: float
    noise_floor: float
    noise_floor_lower: float
    noise_floor_upper: float
    goal: SamplesNeeded | None
    level: float


def ask_for_more(
    forecast: Forecast, scale: Scale, risk: float, standard_error: float, goal: float | None
) -> MoreRows:
    """Read a forecast for twice the rows, endless rows and a goal."""
    sizes = np.array([2.0 * forecast.n_rows, np.inf])
    curve = curve_from_here(forecast, sizes, risk, standard_error)
    shares = (curve.share_upper[0], curve.share[0], curve.share_lower[0])
    least, gain, most = (1.0 - scale.shown_share(float(share)) for share in shares)
    return MoreRows(
        risk=float(curve.risk[0]),
        lower=float(curve.lower[0]),
        upper=float(curve.upper[0]),
        gain=gain,
        gain_lower=least,
        gain_upper=most,
        noise_floor=float(curve.risk[1]),
        noise_floor_lower=float(curve.lower[1]),
        noise_floor_upper=float(curve.upper[1]),
        goal=None if goal is None else _rows_for(goal, forecast, risk),
        level=forecast.level,
    )


def _rows_for(goal: float, forecast: Forecast, risk: float) -> SamplesNeeded:
    """Rows at which the curve has fallen by the share that separates risk from goal."""
    level = float(forecast.at([forecast.n_rows])[0][0])
    needed = forecast.samples_for(goal * level / risk if risk > 0 else goal)
    return replace(needed, risk=goal)
