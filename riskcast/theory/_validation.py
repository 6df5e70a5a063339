"""Checks at the door that several parts of the theory share."""

from __future__ import annotations

import numpy as np

__all__ = ["checked_count", "non_negative", "positive"]


def checked_count(value: int, name: str) -> int:
    """A whole number of at least one."""
    if int(value) != value or value < 1:
        raise ValueError(f"{name}: got {value}; give a whole number >= 1")
    return int(value)


def non_negative(value: float, name: str) -> float:
    """A finite number of at least zero."""
    if not 0.0 <= float(value) < np.inf:
        raise ValueError(f"{name}: got {value}; give a finite number >= 0")
    return float(value)


def positive(value: float, name: str) -> float:
    """A positive number, infinity included."""
    if not float(value) > 0.0:
        raise ValueError(f"{name}: got {value}; give a positive number")
    return float(value)
