"""Numbers in words."""

from __future__ import annotations

import math

from riskcast._wording import NO_BREAK
from riskcast.assessment._scale import three_digits

_MANIFOLD = 2.0  # increases beyond 200 % are told as multiples

NOTHING_TO_LOWER = "No error is left that more rows could lower."


def percent(share: float) -> str:
    """A share in percent, with as many digits as it deserves."""
    value = 100.0 * share
    if abs(value) < 0.05:
        return f"0{NO_BREAK}%"
    return f"{value:,.{0 if abs(value) >= 10 else 1}f}{NO_BREAK}%"


def raised(share: float) -> str:
    """How much something is raised, by its increase as a share of what it was."""
    return f"by {percent(share)}" if share < _MANIFOLD else f"{number(1.0 + share)}-fold"


def fall(least: float, most: float) -> str:
    """An interval of how much lower something gets, by two shares; below zero it gets higher."""
    if least >= 0.0:
        return f"{percent(least)} to {percent(most)} lower"
    if most <= 0.0:
        return f"{percent(-most)} to {_higher(-least)}"
    return f"{_higher(-least)} to {percent(most)} lower"


def _higher(share: float) -> str:
    return (
        f"{percent(share)} higher" if share < _MANIFOLD else f"{number(1.0 + share)} times as high"
    )


def two_decimals(value: float) -> str:
    """A number with two decimals, zero without a sign."""
    return f"{round(value, 2) + 0.0:.2f}"


def number(value: float) -> str:
    """A number with three significant digits."""
    return three_digits(value)


def counted(count: int, what: str) -> str:
    """A number of things in words: 1 column, 2,000 columns."""
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def epochs(count: float) -> str:
    """A number of epochs in words."""
    if math.isinf(count):
        return "endless epochs"
    rounded = max(1, round(count))
    return "1 epoch" if rounded == 1 else f"{rounded:,} epochs"


def moment(count: float) -> str:
    """When to stop, in words, by a number of epochs."""
    return "before the first epoch" if count < 0.5 else f"after {epochs(count)}"
