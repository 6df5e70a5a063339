"""Consoles of a readable width."""

from __future__ import annotations

import os
from typing import Any

_NARROWEST, _WIDEST = 40, 10_000  # characters


def new_console(stderr: bool = False) -> Any:
    """Return a Rich console of at least the minimum width."""
    from rich.console import Console

    mend_size()
    console = Console(stderr=stderr)
    if console.width < _NARROWEST:
        console.width = _NARROWEST
    return console


def mend_size() -> None:
    """Remove or clip invalid terminal sizes in the environment."""
    for name, least in (("COLUMNS", _NARROWEST), ("LINES", 2)):
        given = os.environ.get(name)
        if given is None:
            continue
        number = int(given) if given.isascii() and given.isdecimal() and len(given) < 19 else 0
        if number < 1:
            del os.environ[name]  # falls back to the terminal's size, or 80
        else:
            os.environ[name] = str(min(max(number, least), _WIDEST))
