"""Consoles of a width that a report can be read at."""

from __future__ import annotations

import os
from typing import Any

_NARROWEST, _WIDEST = 40, 10_000  # characters


def new_console(stderr: bool = False) -> Any:
    """A Rich console on a standard stream, however narrow the terminal says that it is."""
    from rich.console import Console

    mend_size()
    console = Console(stderr=stderr)
    if console.width < _NARROWEST:
        console.width = _NARROWEST
    return console


def mend_size() -> None:
    """Drop or bound sizes of a terminal that the environment gives and that make no sense."""
    for name, least in (("COLUMNS", _NARROWEST), ("LINES", 2)):
        given = os.environ.get(name)
        if given is None:
            continue
        number = int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else 0
        if number < 1:
            del os.environ[name]  # the terminal's own, or 80
        else:
            os.environ[name] = str(min(max(number, least), _WIDEST))
