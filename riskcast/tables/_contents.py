"""What a reader takes from a file."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Contents:
    """The columns of a file, and what was done to read them.

    Attributes
    ----------
    frame : pandas.DataFrame
    default_target : str or None
        The column to predict if none is named.
    notes : tuple of str
        What the user should know, such as lines that were skipped.
    """

    frame: Any
    default_target: str | None = None
    notes: tuple[str, ...] = ()
