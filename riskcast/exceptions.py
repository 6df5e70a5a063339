"""Errors of input, and the pieces that their messages are made of."""

from __future__ import annotations

import difflib
from collections.abc import Iterable
from typing import Any

import numpy as np

__all__ = ["InputError"]

_SHOWN = 12
_RANGE = 1e-70, 1e70  # squares, and the squares of these, still are numbers


class InputError(ValueError):
    """What was given cannot be used; the message says what was wanted and what to do."""


def near_misses(given: str, known: Iterable[object]) -> str:
    """Point to the names most like the given one, or to all of a few, as a sentence's end."""
    names = [str(name) for name in known]
    folded = {name.casefold(): name for name in names}
    close = difflib.get_close_matches(given.casefold(), folded, n=3, cutoff=0.6)
    if close:
        return "did you mean " + " or ".join(folded[name] for name in close) + "?"
    shown = ", ".join(names[:_SHOWN])
    more = f", and {len(names) - _SHOWN} more" if len(names) > _SHOWN else ""
    return f"known: {shown}{more}"


def one_line(error: BaseException) -> str:
    """An exception's message on one line."""
    return " ".join(str(error).split()) or type(error).__name__


def check_magnitude(what: str, values: Any) -> None:
    """Refuse numbers whose squares, or the squares of these, leave the range of doubles."""
    largest = float(np.abs(values).max())
    if not _RANGE[0] < largest < _RANGE[1]:
        size = "large" if largest > 1 else "small"
        raise InputError(
            f"{what}: its largest value is {largest:.2g}, too {size} to be computed with; give it "
            "in another unit"
        )
