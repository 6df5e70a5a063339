"""End an interrupted command at once: one line, no traceback, no unfinished file.

Python's KeyboardInterrupt is not enough: libraries catch it, half-imported modules print it, and a
long computation in C delays it. Therefore a signal raises `Interrupted`, which is not caught before
files and folders are cleaned up, and a watching thread ends the process if it still runs after a
grace period.
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
import threading
import time
from types import FrameType
from typing import Any, NoReturn

_GRACE = 1.5  # seconds allowed for cleaning up
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_IMPORTING = "<frozen importlib._bootstrap>"
_SHOW_CURSOR = b"\x1b[?25h"

_leaving = threading.Lock()
_seen: list[int] = []  # signals received
_watching: list[int] = []  # signals handled


class Interrupted(BaseException):
    """The process received a signal to end. Not an Exception, so that libraries do not catch it.

    Parameters
    ----------
    number : int
        Number of the signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def watch() -> None:
    """Handle the signals that end a process, except those it was started to ignore."""
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    watched = [one for one in numbers if signal.getsignal(one) is not signal.SIG_IGN]
    _watching.extend(watched)
    if os.name == "posix":
        reader, writer = os.pipe()
        os.set_blocking(writer, False)
        signal.set_wakeup_fd(writer, warn_on_full_buffer=False)
        arguments = (reader, frozenset(watched))
        threading.Thread(target=_end_what_goes_on, args=arguments, daemon=True).start()
    for number in watched:
        signal.signal(number, _interrupt)
    sys.excepthook = _leave_or(sys.excepthook)
    sys.unraisablehook = _leave_or(sys.unraisablehook)


def keep_workers_quiet() -> None:
    """Make worker processes started from now on ignore interrupts.

    They inherit the blocked signal. In this process the watching thread handles it.
    """
    if _watching and hasattr(signal, "pthread_sigmask"):
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()  # starting it unblocks the signal; it is needed anyway
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def stop_watching() -> None:
    """Ignore interrupts from now on, when the work is done and the process is about to end."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def signal_seen() -> int | None:
    """Return the number of the first signal received, or None."""
    return _seen[0] if _seen else None


def leave(number: int) -> NoReturn:
    """Print that the command was interrupted, clean up, and end the process."""
    if not _leaving.acquire(blocking=False):
        time.sleep(10 * _GRACE)  # another thread is already ending the process
    name = signal.Signals(number).name
    told = "interrupted" if name == "SIGINT" else f"interrupted by {name}"
    with contextlib.suppress(OSError):
        if "rich.live" in sys.modules and os.isatty(2):
            os.write(2, _SHOW_CURSOR)
        os.write(2, f"riskcast: {told}\n".encode())
    cleaner = threading.Thread(target=_clean_up, daemon=True)
    cleaner.start()
    cleaner.join(_GRACE)
    os._exit(128 + number)


def _interrupt(number: int, frame: FrameType | None) -> None:
    _seen.append(number)
    if len(_seen) > 1 or _is_importing(frame):
        leave(number)  # during imports, C code would print the exception
    raise Interrupted(number)


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename == _IMPORTING:
            return True
        frame = frame.f_back
    return False


def _end_what_goes_on(reader: int, watched: frozenset[int]) -> None:
    """End the process if it still runs after the grace period following a signal."""
    while True:
        came = [number for number in os.read(reader, 64) if number in watched]
        if came:
            time.sleep(_GRACE)
            leave(came[0])


def _leave_or(otherwise: Any) -> Any:
    """Hook for unhandled exceptions: leave on an interrupt, else call `otherwise`."""

    def hook(*details: Any) -> None:
        error = details[1] if len(details) > 1 else details[0].exc_value
        if isinstance(error, Interrupted):
            leave(error.number)
        otherwise(*details)

    return hook


def _clean_up() -> None:
    """Remove temporary folders and end worker processes, as at a normal exit."""
    import atexit

    pool = getattr(sys.modules.get("joblib.externals.loky.reusable_executor"), "_executor", None)
    if pool is not None:
        pool.shutdown(wait=False, kill_workers=True)
    atexit._run_exitfuncs()
