"""Forecasts for more rows."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from riskcast.assessment._scale import Scale
from riskcast.learning_curves import Forecast, SamplesNeeded
from riskcast.learning_curves.subsampling._points import ObservedPoints

FloatArray = NDArray[np.float64]

# Single rows flip between right and wrong more easily than their mean changes. Chosen on 192
# draws of 32 rows from eight tables: with a half, 90 % intervals covered 90 %; without, 96 %.
_OF_THE_DOUBT_OF_ERROR_RATES = 0.5
_TINY = float(np.finfo(float).tiny)
_MOST_DOUBLINGS = 3.0  # beyond, a flattening curve adds no more uncertainty


@dataclass(frozen=True)
class CurveFromHere:
    """The learning curve through the current risk, with intervals.

    The forecast gives the shape: the ratio of the risk at other sample sizes to that at the
    current one. The risk measured on all rows gives the level.

    Attributes
    ----------
    n_samples : ndarray of shape (S,)
    risk, lower, upper : ndarray of shape (S,)
        The interval includes the uncertainty of level and shape, taken as independent. No
        value exceeds the largest possible risk.
    share, share_lower, share_upper : ndarray of shape (S,)
        Ratio to the risk at the current sample size. The interval is for new samples, so it
        includes the sampling error of the current rows.
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
    """Shift the forecast curve to pass through the current risk."""
    tail = (1.0 - forecast.level) / 2.0
    deviations = NormalDist().inv_cdf(1.0 - tail)
    # Ratios are computed curve by curve: the error of a curve's level is common to all sizes
    # and cancels.
    sizes = np.append(np.asarray(n_samples, dtype=np.float64), forecast.n_rows)
    curves = np.maximum(forecast.curves(sizes), _TINY)
    logs = np.log(curves[:, :-1] / curves[:, -1:])
    low, middle, high = np.quantile(logs, [tail, 0.5, 1.0 - tail], axis=0)
    doublings = np.minimum(np.abs(np.log2(sizes[:-1] / forecast.n_rows)), _MOST_DOUBLINGS)
    unseen = deviations * doubt_of_a_doubling(forecast.observed) * doublings
    if forecast.scoring == "error_rate":
        unseen *= _OF_THE_DOUBT_OF_ERROR_RATES
    below, above = np.hypot(middle - low, unseen), np.hypot(high - middle, unseen)
    # Risks are positive and their estimates skewed, so errors are relative.
    level = deviations * standard_error / risk if risk > 0.0 else 0.0
    if risk <= 0.0:  # zero risk stays zero
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
    """Standard error of the logarithm of the risk ratio over the last observed doubling.

    The curves are fitted to points that are evaluated on the same rows, so they share the
    sampling error of these rows. That error is estimated from paired differences of losses
    between all rows and half of them, and the next doubling is not known more precisely.
    """
    covariance = observed.log_risk()[1]
    doublings = np.log2(observed.sizes[-1] / observed.sizes[:-1])
    half = int(np.argmin(np.abs(doublings - 1.0)))
    variance = covariance[-1, -1] + covariance[half, half] - 2.0 * covariance[half, -1]
    return float(np.sqrt(max(variance, 0.0)) / doublings[half])


@dataclass(frozen=True)
class MoreRows:
    """Forecasts for twice the rows, unlimited data and a goal.

    Attributes
    ----------
    risk, lower, upper : float
        Risk with twice the rows, and its interval.
    gain, gain_lower, gain_upper : float
        Relative reduction of the displayed error (RMSE or error rate), and its interval.
    noise_floor, noise_floor_lower, noise_floor_upper : float
        Risk with unlimited data, and its interval.
    goal : SamplesNeeded or None
        Rows needed to reach the goal, if there is one.
    level : float
        Nominal coverage of all intervals.
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
    """Evaluate a forecast at twice the rows, unlimited data and a goal."""
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
    """Rows at which the curve has fallen by the ratio of the goal to the risk."""
    level = float(forecast.at([forecast.n_rows])[0][0])
    needed = forecast.samples_for(goal * level / risk if risk > 0 else goal)
    return replace(needed, risk=goal)
