"""When a difference is worth acting on."""

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

# A fall of the risk by 6 % is one of its square root by 3 %; less is not worth another table.
_WORTHWHILE = {"regression": 0.03, "classification": 0.06}
_LARGE = 3.0  # times what is worthwhile: no fall or rise that large is called little
_SURE = 0.95 - 1e-9  # what an end of an interval of 90 % speaks for, but for rounding
_PROBABLE = 2.0 / 3.0
_TINY = float(np.finfo(float).tiny)
_TOO_GOOD = 0.001  # share of the untrained risk below which something must be amiss
_NOTICEABLE = 0.01  # a cost below this share is not worth a line of code
_ALIKE = 0.1  # correlation of neighbours' residuals from which they are called alike
_ALIKE_CLEARLY = 3.0  # standard errors
_FEW = 10  # wrong rows, or right ones, from which nothing can be said of their order


def stop_pays(found: Assessment) -> bool:
    """Whether stopping early gives noticeably and clearly more than training to the end."""
    stop = found.stopping
    return stop is not None and stop.end_costs_clearly and _cost_of_the_end(found) >= _NOTICEABLE


def stop_may_pay(found: Assessment) -> bool:
    """Whether it seems to give a worthwhile share more, though that may be chance."""
    return _cost_of_the_end(found) >= _WORTHWHILE[found.scale.task]


def _cost_of_the_end(found: Assessment) -> float:
    stop = found.stopping
    return 0.0 if stop is None else found.scale.change(stop.risk_corrected, stop.end_risk)


def rival(found: Assessment) -> Result | None:
    """The best of the models that are clearly and noticeably better than the one asked about."""
    own, scale = found.comparison.model, found.scale
    better = [one for one in found.comparison.results if one.clearly_better]
    return next((one for one in better if noticeable(scale.change(own.risk, one.risk))), None)


def noticeable(change: float) -> bool:
    """Whether a change, as a share, is worth a line of code."""
    return abs(change) >= _NOTICEABLE


def as_good(other: Result, own: Result, scale: Scale) -> bool:
    """Whether another model is not worse by a share that is worth acting on, nor clearly."""
    worse = scale.change(own.risk, other.risk)
    return not other.clearly_worse and worse < _WORTHWHILE[scale.task]


def rows_pay(found: Assessment) -> RowsPay:
    """Whether twice the rows would lower the error by a worthwhile share.

    Read off the interval that is shown, and the chance that it leaves (`chance_of_fall`).
    "surely" and "not": the whole interval says so, and at least 19 in 20 of what is plausible.
    "probably": two in three, and the interval holds no rise by that share. "probably not": two
    in three, and the interval holds no fall or rise by three times that share. All else is
    "unclear".
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
    """Chance that what is shown falls by a share at least, by the interval of its fall.

    The logarithm of what is left is taken for normal, with a spread of its own on either side
    of the median.
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
    """Whether the limit may be named without a "probably".

    Plausible curves must agree on whether endless rows remove half of the risk, from rows that
    are not few, and so must the whole interval that is shown for endless rows.
    """
    more, half = found.more_rows, 0.5 * found.risk
    few = found.table.n_samples < FEW_ROWS
    if found.limit.kind == "data":
        shown = more.noise_floor_upper <= half
    else:
        shown = more.noise_floor_lower >= half
    return found.limit.sure and shown and not few and not maybe_chance(found)


def maybe_chance(found: Assessment) -> bool:
    """Whether it is not clear that the model learns anything: its targets may be random.

    Clear is what two standard errors speak for, be it in the comparison or at the learning
    curve's last point: either is enough to doubt what rests on it. Of 32 rows with shuffled
    targets 19 draws in 20 stay below one standard error, all below two; of rows from which
    there is something to learn, every third lies between, and calls for a hedge, not a no.
    """
    untrained = found.comparison.by_role("untrained")
    faint = untrained is not None and not untrained.clearly_worse
    return faint or any(doubt.kind == "no clear gain" for doubt in found.forecast.warnings)


def no_sign(found: Assessment) -> bool:
    """Whether it does no better than guessing by even one standard error."""
    untrained = found.comparison.by_role("untrained")
    return untrained is not None and untrained.difference <= untrained.difference_error


def too_good(found: Assessment) -> bool:
    """Whether numbers are predicted so well that a column may hold the target in disguise."""
    if found.scale.task == "classification":
        return False
    return found.comparison.best.risk < _TOO_GOOD * found.scale.variance


def neighbours_alike(found: Assessment) -> float:
    """Rank correlation of neighbouring rows' residuals; zero where small, or maybe chance.

    Only rows of different groups count as neighbours.
    """
    return _alike(found, np.arange(len(found.comparison.residuals)))


def dates_alike(found: Assessment) -> float:
    """The same of neighbours in time, where a column holds dates."""
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
    """Names of the columns that go most closely with the target."""
    order = found.table.correlation.argsort()[::-1][:3]
    return ", ".join(found.table.feature_names[index] for index in order)
