"""Input errors and helpers for their messages."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

import numpy as np

__all__ = ["InputError"]

_SHOWN = 12
_RANGE = 1e-70, 1e70  # fourth powers stay within the range of doubles


class InputError(ValueError):
    """Invalid input; the message says what is expected and what to do."""


def near_misses(given: str, known: Iterable[object]) -> str:
    """Return a hint with the most similar known names, or else the first known names."""
    names = [str(name) for name in known]
    folded = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(given.casefold(), folded, n=3, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(folded[name] for name in close) + "?"
    shown = ", ".join(names[:_SHOWN])
    more = f", and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"available: {shown}{more}"


def one_line(error: BaseException) -> str:
    """Return an exception's message on one line."""
    return " ".join(str(error).split()) or type(error).__name__


def check_magnitude(what: str, values: Any) -> None:
    """Raise an error if fourth powers of the values overflow or underflow doubles."""
    largest = float(np.abs(values).max())
    if not _RANGE[0] < largest < _RANGE[1]:
        size = "large" if largest > 1 else "small"
        raise InputError(
            f"{what}: its largest value is {largest:.2g}, too {size} for double precision; use "
            "another unit"
        )
