"""Standard output: whatever its encoding, and however it fails."""

from __future__ import annotations

import codecs
import contextlib
import os
import sys
from collections.abc import Iterator

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
    with writing_out():
        sys.stdout.write(text)


@contextlib.contextmanager
def writing_out() -> Iterator[None]:
    """Tell what goes wrong while something writes to standard output, as `write_out` does."""
    try:
        yield
        sys.stdout.flush()
    except (OSError, SystemExit) as error:  # Rich exits where the reader is gone
        _give_up()
        reason = getattr(error, "strerror", None) or "Broken pipe"
        raise OutputError(f"standard output: cannot be written to ({reason})") from error


def encodable(text: str) -> str:
    """The text as standard output's encoding can show it, for a layout to be made of it."""
    encoding = getattr(sys.stdout, "encoding", None)
    return text.encode(encoding, _ERRORS).decode(encoding) if encoding else text


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


codecs.register_error(_ERRORS, _plain)


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
