"""The command line: run a command and report errors in one line.

Nothing is imported before `run` handles interrupts, so that an interrupt during start-up does not
print a traceback.
"""

from __future__ import annotations

import sys

TYPE_CHECKING = False  # `typing` takes a while to import
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

_LONGEST = 2000  # characters of a message


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; errors are reported in one line, with exit status 2.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default the arguments of the process.

    Returns
    -------
    int
        The exit status.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        return _run(words)
    except KeyboardInterrupt:
        _complain("interrupted")
        return 130
    except MemoryError as error:
        return _complain(f"out of memory ({error})")
    except Exception as error:
        if sys.flags.dev_mode:
            raise
        return _complain(_told(error))


def _run(words: list[str]) -> int:
    """Run a command; report errors of its arguments, raise all others."""
    from riskcast._console import mend_size
    from riskcast.cli._damage import damage_in_one_line
    from riskcast.cli._streams import prepare_streams, write_out

    prepare_streams()
    mend_size()
    import typer

    from riskcast.cli.commands._application import build_app

    try:
        with damage_in_one_line():
            status: Any = build_app(words)(words, prog_name="riskcast", standalone_mode=False)
        write_out("")  # flush while a failure can still be reported
    except typer.TyperException as error:
        message: Any = getattr(error, "format_message", error.__str__)
        return _complain(message())
    except typer.Abort as error:
        raise KeyboardInterrupt from error
    except SystemExit as stop:  # raised by typer and Rich for a broken pipe
        if not isinstance(stop.__context__, BrokenPipeError):
            raise
        return _complain("standard output: cannot be written (Broken pipe)")
    if status == 130:  # typer's status after an interrupt
        raise KeyboardInterrupt
    return status if isinstance(status, int) else 0


def _told(error: Exception) -> str:
    """Return an error's message on one line, safe to print."""
    from riskcast._printable import printable
    from riskcast.exceptions import InputError, one_line

    if isinstance(error, InputError):
        return printable(str(error))  # the only line ends are those in names
    if isinstance(error, OSError) and error.filename is not None:
        name = error.filename
        shown = name.decode(errors="surrogateescape") if isinstance(name, bytes) else str(name)
        return f"{printable(shown)}: {error.strerror}"
    if isinstance(error, OSError) and error.strerror:
        return str(error.strerror)
    expected = (ValueError, TypeError, RuntimeError, ArithmeticError, ImportError, OSError)
    if isinstance(error, expected):
        return printable(one_line(error))
    return printable(
        f"unexpected {type(error).__name__}: {one_line(error)}; run python -X dev -m riskcast to "
        "see the traceback"
    )


def _complain(message: str) -> int:
    """Print one line to standard error, unless the message is empty."""
    import contextlib

    from riskcast._printable import printable
    from riskcast.cli._interrupts import signal_seen

    if message and signal_seen() is None:
        line = printable(" ".join(message.split()))
        if len(line) > _LONGEST:
            line = line[:_LONGEST] + " ..."
        with contextlib.suppress(OSError, ValueError):  # standard error is closed
            print(f"riskcast: {line}", file=sys.stderr, flush=True)
    return 2


def run() -> None:
    """Run a command with the process's arguments and exit."""
    from riskcast.cli._interrupts import Interrupted, leave, signal_seen, stop_watching, watch

    try:
        watch()
        status = main()
        stop_watching()
    except Interrupted as error:
        leave(error.number)
    number = signal_seen()
    if number is not None:  # a library turned the interrupt into another error
        leave(number)
    sys.exit(status)


def __getattr__(name: str) -> Any:
    if name in ("build_app", "command_summaries"):
        from riskcast.cli.commands import _application

        return getattr(_application, name)
    raise AttributeError(f"module 'riskcast.cli' has no attribute {name!r}")
