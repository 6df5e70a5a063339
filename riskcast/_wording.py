"""How numbers are written in sentences and figures alike."""

from __future__ import annotations

NO_BREAK = "\u00a0"  # keeps a number and its unit on one line


def level_text(level: float) -> str:
    """The level of an interval in percent, as many digits as it has: 90 %, 99.9 %."""
    return f"{100.0 * level:.10g}{NO_BREAK}%"
