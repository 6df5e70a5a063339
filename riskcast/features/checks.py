"""Checks of parameters at the door."""

from __future__ import annotations

from numbers import Integral
from typing import Any

import numpy as np


def at_least(name: str, value: Any, smallest: float, kind: type) -> None:
    """Refuse anything but a finite number of the kind, at or above the smallest.

    Parameters
    ----------
    name : str
        The parameter's name, for the message.
    value : object
    smallest : float
    kind : type
        ``numbers.Integral`` or ``numbers.Real``.

    Raises
    ------
    ValueError
        Saying what was given and what is wanted.
    """
    is_number = isinstance(value, kind) and not isinstance(value, bool)
    if is_number and smallest <= value < np.inf:
        return
    what = "an integer" if kind is Integral else "a finite number"
    raise ValueError(f"{name}={value!r}: give {what} of at least {smallest}.")
