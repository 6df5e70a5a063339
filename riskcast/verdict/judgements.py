"""When a difference is worth acting on."""

from __future__ import annotations

from typing import Literal

from riskcast.verdict.assessment import Assessment

WORTHWHILE = 0.03  # a fall by a smaller share is not worth another table
_NOTICEABLE = 0.01  # a cost below this share is not worth a line of code


def stop_pays(found: Assessment) -> bool:
    """Whether stopping early gives noticeably and clearly more than training to the end."""
    stop = found.stopping
    if stop is None or not stop.end_costs_clearly or stop.risk_corrected >= stop.end_risk:
        return False
    return found.scale.change(stop.risk, stop.end_risk) >= _NOTICEABLE


def rows_pay(found: Assessment) -> Literal["surely", "probably", "probably not", "not"]:
    """Whether twice the rows would lower the error by a worthwhile share."""
    more = found.more_rows
    if more.gain_lower >= WORTHWHILE:
        return "surely"
    if more.gain >= WORTHWHILE:
        return "probably"
    return "not" if more.gain_upper < WORTHWHILE else "probably not"
