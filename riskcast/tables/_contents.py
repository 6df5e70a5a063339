"""The contents of a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Contents:
    """The columns of a file and notes on reading it.

    Attributes
    ----------
    frame : pandas.DataFrame
    default_target : str or None
        The default column to predict.
    notes : tuple of str
        Messages for the user, such as on skipped lines.
    """

    frame: Any
    default_target: str | None = None
    notes: tuple[str, ...] = ()
