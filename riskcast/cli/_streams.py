"""Write to standard output in any encoding, and report failures."""

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
    """Standard output cannot be written."""


def write_out(text: str) -> None:
    """Write text to standard output and flush it.

    Raises
    ------
    OutputError
        If the stream is closed, the pipe is broken or the disk is full.
    """
    with writing_out():
        sys.stdout.write(text)


@contextlib.contextmanager
def writing_out() -> Iterator[None]:
    """Raise `OutputError` if writing to standard output fails."""
    try:
        yield
        sys.stdout.flush()
    except (OSError, SystemExit) as error:  # Rich exits on a broken pipe
        _give_up()
        reason = getattr(error, "strerror", None) or "Broken pipe"
        raise OutputError(f"standard output: cannot be written ({reason})") from error


def encodable(text: str) -> str:
    """Return the text as it appears in the encoding of standard output, for layout."""
    encoding = getattr(sys.stdout, "encoding", None)
    return text.encode(encoding, _ERRORS).decode(encoding) if encoding else text


def prepare_streams() -> None:
    """Make streams escape characters that their encoding lacks, instead of failing.

    Raises
    ------
    OutputError
        If standard output is closed.
    """
    if sys.stderr is None:
        _open_null(2)
    if sys.stdout is None:
        _open_null(1)
        raise OutputError("standard output: is closed; redirect it to a file or to /dev/null")
    for stream in (sys.stdout, sys.stderr):
        reconfigure = getattr(stream, "reconfigure", None)
        if reconfigure is not None:
            reconfigure(errors=_ERRORS)


def _plain(error: UnicodeError) -> tuple[str | bytes, int]:
    """Replace a character that an encoding lacks by an ASCII equivalent or an escape."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    character = error.object[error.start]
    escape = character.encode("unicode_escape", "surrogatepass").decode("ascii")
    return _PLAIN.get(character, escape), error.start + 1


codecs.register_error(_ERRORS, _plain)


def _give_up() -> None:
    """Discard buffered output, which would be written again at exit."""
    with contextlib.suppress(OSError, ValueError, AttributeError):  # a stream without a file
        _open_null(sys.stdout.fileno())


def _open_null(descriptor: int) -> None:
    null = os.open(os.devnull, os.O_RDWR)
    if null != descriptor:
        os.dup2(null, descriptor)
        os.close(null)
    if descriptor == 2 and sys.stderr is None:
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115  kept open until exit
