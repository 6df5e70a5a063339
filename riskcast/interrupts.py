"""A command that is interrupted ends at once: one line, no traceback, no unfinished file.

Raising KeyboardInterrupt, as Python does, is not enough: libraries catch it, half-imported modules
print it, and a long computation in C does not see it before it is over. So a signal raises
`Interrupted`, which nobody catches, for files and folders to be cleaned up, and a thread that
watches ends the process a moment later if that has not happened.
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

_GRACE = 1.5  # seconds to clean up in
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP")
_IMPORTING = "<frozen importlib._bootstrap>"
_SHOW_CURSOR = b"\x1b[?25h"

_leaving = threading.Lock()
_seen: list[int] = []  # signals that came in
_watching: list[int] = []  # signals that are handled


class Interrupted(BaseException):
    """The process was told to end; not an Exception, so that no library keeps it.

    Parameters
    ----------
    number : int
        The signal.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.number = number


def watch() -> None:
    """Handle the signals that end a process, those aside that it was started to ignore."""
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
    """Have processes that are started from now on leave an interrupt to this one.

    They inherit what is blocked here. The interrupt then comes to the thread that watches.
    """
    if _watching and hasattr(signal, "pthread_sigmask"):
        from multiprocessing import resource_tracker

        resource_tracker.ensure_running()  # which unblocks the signal, and is needed anyway
        signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})


def stop_watching() -> None:
    """Let a process whose work is done end in peace: an interrupt comes too late."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)


def signal_seen() -> int | None:
    """The number of the signal that has come in, if one has."""
    return _seen[0] if _seen else None


def leave(number: int) -> NoReturn:
    """Say that the command was interrupted, clean up, and end the process."""
    if not _leaving.acquire(blocking=False):
        time.sleep(10 * _GRACE)  # another thread is at it, and ends this one
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
        leave(number)  # C code prints what is raised while it imports
    raise Interrupted(number)


def _is_importing(frame: FrameType | None) -> bool:
    while frame is not None:
        if frame.f_code.co_filename == _IMPORTING:
            return True
        frame = frame.f_back
    return False


def _end_what_goes_on(reader: int, watched: frozenset[int]) -> None:
    """End the process if it still runs a moment after a signal."""
    while True:
        came = [number for number in os.read(reader, 64) if number in watched]
        if came:
            time.sleep(_GRACE)
            leave(came[0])


def _leave_or(otherwise: Any) -> Any:
    """A hook for exceptions nobody handles: leave if it is an interrupt."""

    def hook(*details: Any) -> None:
        error = details[1] if len(details) > 1 else details[0].exc_value
        if isinstance(error, Interrupted):
            leave(error.number)
        otherwise(*details)

    return hook


def _clean_up() -> None:
    """Remove temporary folders and end worker processes, as the end of the program would."""
    import atexit

    pool = getattr(sys.modules.get("joblib.externals.loky.reusable_executor"), "_executor", None)
    if pool is not None:
        pool.shutdown(wait=False, kill_workers=True)
    atexit._run_exitfuncs()
