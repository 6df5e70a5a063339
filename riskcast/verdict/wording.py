"""Numbers in words."""

from __future__ import annotations

import math

from riskcast.verdict.scale import three_digits


def percent(share: float) -> str:
    """A share in percent, with as many digits as it deserves."""
    value = 100.0 * share
    if abs(value) < 0.05:
        return "0 %"
    return f"{value:.0f} %" if abs(value) >= 10 else f"{value:.1f} %"


def number(value: float) -> str:
    """A number with three significant digits."""
    return three_digits(value)


def epochs(count: float) -> str:
    """A number of epochs in words."""
    if math.isinf(count):
        return "endless epochs"
    rounded = max(1, round(count))
    return "1 epoch" if rounded == 1 else f"{rounded:,} epochs"
