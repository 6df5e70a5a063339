"""Decide which differences are large and clear enough to act on."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Literal

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from riskcast.assessment._assessment import Assessment
from riskcast.assessment._comparison import Result
from riskcast.assessment._more_rows import MoreRows
from riskcast.assessment._scale import Scale
from riskcast.learning_curves._warnings import FEW_ROWS

RowsPay = Literal["surely", "probably", "unclear", "probably not", "not"]

# 6 % less risk is 3 % less RMSE; a smaller gain is not worth collecting data.
_WORTHWHILE = {"regression": 0.03, "classification": 0.06}
_LARGE = 3.0  # times a worthwhile change: one this large is never called small
_SURE = 0.95 - 1e-9  # probability on one side of an end of a 90 % interval, less rounding
_PROBABLE = 2.0 / 3.0
_TINY = float(np.finfo(float).tiny)
_TOO_GOOD = 0.001  # share of the untrained risk below which a leak is likely
_NOTICEABLE = 0.01  # relative changes below this are not worth acting on
_ALIKE = 0.1  # correlation of neighbouring residuals from which a warning is given
_ALIKE_CLEARLY = 3.0  # standard errors
_FEW = 10  # with fewer wrong (or right) rows, their order is not examined


def stop_pays(found: Assessment) -> bool:
    """Whether early stopping is noticeably and clearly better than training to the end."""
    stop = found.stopping
    return stop is not None and stop.end_costs_clearly and _cost_of_the_end(found) >= _NOTICEABLE


def stop_may_pay(found: Assessment) -> bool:
    """Whether early stopping seems better by a worthwhile share, which may be chance."""
    return _cost_of_the_end(found) >= _WORTHWHILE[found.scale.task]


def _cost_of_the_end(found: Assessment) -> float:
    stop = found.stopping
    return 0.0 if stop is None else found.scale.change(stop.risk_corrected, stop.end_risk)


def rival(found: Assessment) -> Result | None:
    """Return the best model that is clearly and noticeably better than the user's, or None."""
    own, scale = found.comparison.model, found.scale
    better = [one for one in found.comparison.results if one.clearly_better]
    return next((one for one in better if noticeable(scale.change(own.risk, one.risk))), None)


def noticeable(change: float) -> bool:
    """Whether a relative change is large enough to act on."""
    return abs(change) >= _NOTICEABLE


def as_good(other: Result, own: Result, scale: Scale) -> bool:
    """Whether another model is neither clearly nor noticeably worse."""
    worse = scale.change(own.risk, other.risk)
    return not other.clearly_worse and worse < _WORTHWHILE[scale.task]


def rows_pay(found: Assessment) -> RowsPay:
    """Whether twice the rows would lower the error by a worthwhile share.

    Decided from the interval that is shown, and the probability of such a reduction
    (`chance_of_fall`). "surely" and "not": the whole interval, and a probability of at least
    95 %. "probably": a probability of at least two thirds, and an interval that contains no
    increase by that share. "probably not": the same, and an interval that contains no change by
    three times that share. Otherwise "unclear".
    """
    more, worthwhile = found.more_rows, _WORTHWHILE[found.scale.task]
    if found.risk <= 0.0:
        return "not"
    chance = chance_of_fall(more, worthwhile)
    if more.gain_lower >= worthwhile and chance >= _SURE:
        return "surely"
    if more.gain_upper < worthwhile and chance <= 1.0 - _SURE:
        return "not"
    if more.gain_lower > -worthwhile and chance >= _PROBABLE:
        return "probably"
    large = _LARGE * worthwhile
    small = -large < more.gain_lower and more.gain_upper < large
    return "probably not" if small and chance <= 1.0 - _PROBABLE else "unclear"


def chance_of_fall(more: MoreRows, share: float) -> float:
    """Probability that the displayed error falls by at least a share, from its interval.

    The logarithm of the remaining share is taken to be normal, with a different spread on each
    side of the median.
    """
    ends = np.array([more.gain_upper, more.gain, more.gain_lower])
    best, middle, worst = np.log(np.maximum(1.0 - ends, _TINY))
    away = math.log(1.0 - share) - middle
    spread = worst - middle if away > 0.0 else middle - best
    if spread <= 0.0:
        return float(away >= 0.0)
    normal = NormalDist()
    return normal.cdf(away / spread * normal.inv_cdf((1.0 + more.level) / 2.0))


def limit_is_sure(found: Assessment) -> bool:
    """Whether the limit can be named without "probably".

    The plausible curves, and the whole interval shown for unlimited data, must agree on whether
    unlimited data removes half of the risk, and the sample must not be small.
    """
    more, half = found.more_rows, 0.5 * found.risk
    few = found.table.n_samples < FEW_ROWS
    if found.limit.kind == "data":
        shown = more.noise_floor_upper <= half
    else:
        shown = more.noise_floor_lower >= half
    return found.limit.sure and shown and not few and not maybe_chance(found)


def maybe_chance(found: Assessment) -> bool:
    """Whether it is not clear that the model learns anything.

    The gain over guessing must be two standard errors, both in the comparison and at the last
    point of the learning curve. With 32 rows and shuffled targets, 95 % of the draws stay below
    one standard error and all below two. With learnable targets, a third lies in between, which
    calls for a caveat, not a refusal.
    """
    untrained = found.comparison.by_role("untrained")
    faint = untrained is not None and not untrained.clearly_worse
    return faint or any(doubt.kind == "no clear gain" for doubt in found.forecast.warnings)


def no_sign(found: Assessment) -> bool:
    """Whether it is not better than guessing by even one standard error."""
    untrained = found.comparison.by_role("untrained")
    return untrained is not None and untrained.difference <= untrained.difference_error


def too_good(found: Assessment) -> bool:
    """Whether the error is so small that a column may contain the target in another form."""
    if found.scale.task == "classification":
        return False
    return found.comparison.best.risk < _TOO_GOOD * found.scale.variance


def neighbours_alike(found: Assessment) -> float:
    """Rank correlation of neighbouring rows' residuals; zero if small or not significant.

    Pairs of rows of the same group are excluded.
    """
    return _alike(found, np.arange(len(found.comparison.residuals)))


def dates_alike(found: Assessment) -> float:
    """Rank correlation of residuals of neighbours in time; zero without a column of dates."""
    order = found.table.in_time
    return 0.0 if order is None else _alike(found, order)


def _alike(found: Assessment, order: NDArray[np.intp]) -> float:
    left, groups = rankdata(found.comparison.residuals)[order], found.table.groups
    left = left - left.mean()
    if found.scale.task == "classification" and np.bincount(left > 0, minlength=2).min() < _FEW:
        return 0.0
    products = left[1:] * left[:-1]
    if groups is not None:
        products = products[groups[order[1:]] != groups[order[:-1]]]
    spread = float((left**2).mean())
    if len(products) == 0 or spread == 0.0:
        return 0.0
    correlation = float(products.mean()) / spread
    clear = _ALIKE_CLEARLY / math.sqrt(len(products))
    return correlation if correlation >= max(_ALIKE, clear) else 0.0


def suspects(found: Assessment) -> str:
    """Return the names of the three features most correlated with the target."""
    order = found.table.correlation.argsort()[::-1][:3]
    return ", ".join(found.table.feature_names[index] for index in order)
