"""Formatting of numbers in sentences."""

from __future__ import annotations

import math

from riskcast._wording import NO_BREAK
from riskcast.assessment._scale import three_digits

_MANIFOLD = 2.0  # increases above 200 % are given as multiples

NOTHING_TO_LOWER = "The error is already zero, so more rows cannot lower it."


def percent(share: float) -> str:
    """Format a share in percent."""
    value = 100.0 * share
    if abs(value) < 0.05:
        return f"0{NO_BREAK}%"
    return f"{value:,.{0 if abs(value) >= 10 else 1}f}{NO_BREAK}%"


def raised(share: float) -> str:
    """Format a relative increase."""
    return f"by {percent(share)}" if share < _MANIFOLD else f"{number(1.0 + share)}-fold"


def fall(least: float, most: float) -> str:
    """Format an interval of relative reductions; negative ones are increases."""
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
    """Format a number with two decimals, zero without a sign."""
    return f"{round(value, 2) + 0.0:.2f}"


def number(value: float) -> str:
    """Format a number with three significant digits."""
    return three_digits(value)


def counted(count: int, what: str) -> str:
    """Format a count with its noun: 1 column, 2,000 columns."""
    return f"{count:,} {what}" + ("" if count == 1 else "s")


def epochs(count: float) -> str:
    """Format a number of epochs."""
    if math.isinf(count):
        return "infinitely many epochs"
    rounded = max(1, round(count))
    return "1 epoch" if rounded == 1 else f"{rounded:,} epochs"


def moment(count: float) -> str:
    """Format a stopping time given in epochs."""
    return "before the first epoch" if count < 0.5 else f"after {epochs(count)}"
