"""Standard output: whatever its encoding, and however it fails."""

from __future__ import annotations

import codecs
import contextlib
import os
import sys

_PLAIN = {
    "\u00a0": " ", "±": "+/-", "²": "2", "×": "x", "–": "-", "—": "-", "’": "'", "≥": ">=",
    "≤": "<=", "…": "...",
}  # fmt: skip
_ERRORS = "riskcast.plain"


class OutputError(RuntimeError):
    """Standard output cannot be written to."""


def write_out(text: str) -> None:
    """Write text to standard output, all of it and at once.

    Raises
    ------
    OutputError
        If the stream is closed, its reader is gone or its disk is full.
    """
    try:
        sys.stdout.write(text)
        sys.stdout.flush()
    except (OSError, ValueError, AttributeError) as error:
        _give_up()
        reason = getattr(error, "strerror", None) or "it is closed"
        raise OutputError(f"standard output: cannot be written to ({reason})") from error


def prepare_streams() -> None:
    """Have text that a stream's encoding lacks escaped, not refused once all work is done.

    Raises
    ------
    OutputError
        If standard output is closed.
    """
    if sys.stderr is None:
        _open_null(2)
    if sys.stdout is None:
        _open_null(1)
        raise OutputError("standard output: is closed; redirect it to a file, or to /dev/null")
    codecs.register_error(_ERRORS, _plain)
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors=_ERRORS)


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    """Other signs for those that an encoding lacks; escapes for what has none."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    character = error.object[error.start]
    escape = character.encode("unicode_escape", "surrogatepass").decode("ascii")
    return _PLAIN.get(character, escape), error.start + 1


def _give_up() -> None:
    """Drop what is still buffered, which the end of the program would try to write again."""
    with contextlib.suppress(OSError, ValueError, AttributeError):  # a stream without a file
        _open_null(sys.stdout.fileno())


def _open_null(descriptor: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    if null != descriptor:
        os.dup2(null, descriptor)
        os.close(null)
    if descriptor == 2 and sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115  the process keeps it
