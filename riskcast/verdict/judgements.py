"""When a difference is worth acting on."""

from __future__ import annotations

from typing import Literal

from riskcast.verdict.assessment import Assessment
from riskcast.verdict.comparison import Result
from riskcast.verdict.scale import Scale

# A fall of the risk by 6 % is one of its square root by 3 %; less is not worth another table.
_WORTHWHILE = {"regression": 0.03, "classification": 0.06}
_TOO_GOOD = 0.001  # share of the untrained risk below which something must be amiss
_NOTICEABLE = 0.01  # a cost below this share is not worth a line of code


def stop_pays(found: Assessment) -> bool:
    """Whether stopping early gives noticeably and clearly more than training to the end."""
    stop = found.stopping
    if stop is None or not stop.end_costs_clearly or stop.risk_corrected >= stop.end_risk:
        return False
    return found.scale.change(stop.risk_corrected, stop.end_risk) >= _NOTICEABLE


def as_good(other: Result, own: Result, scale: Scale) -> bool:
    """Whether another model is not worse by a share that is worth acting on, nor clearly."""
    worse = scale.change(own.risk, other.risk)
    return not other.clearly_worse and worse < _WORTHWHILE[scale.task]


def rows_pay(found: Assessment) -> Literal["surely", "probably", "probably not", "not"]:
    """Whether twice the rows would lower the error by a worthwhile share."""
    more, worthwhile = found.more_rows, _WORTHWHILE[found.scale.task]
    if more.gain_lower >= worthwhile:
        return "surely"
    if more.gain >= worthwhile:
        return "probably"
    return "not" if more.gain_upper < worthwhile else "probably not"


def too_good(found: Assessment) -> bool:
    """Whether numbers are predicted so well that a column may hold the target in disguise."""
    if found.scale.task == "classification":
        return False
    return found.comparison.best.risk < _TOO_GOOD * found.scale.variance


def suspects(found: Assessment) -> str:
    """Names of the columns that go most closely with the target."""
    order = found.table.correlation.argsort()[::-1][:3]
    return ", ".join(found.table.feature_names[index] for index in order)
