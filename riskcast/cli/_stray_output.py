"""Keep the output of models apart from the report."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator


@contextlib.contextmanager
def stray_output_on_stderr() -> Iterator[None]:
    """Redirect standard output to standard error, also for C code and new processes."""
    _flush_c()
    kept = None
    with contextlib.suppress(OSError):
        kept = os.dup(1)
        os.dup2(2, 1)
    try:
        with contextlib.redirect_stdout(sys.stderr):
            yield
    finally:
        if kept is not None:
            _flush_c()  # C libraries buffer their output
            os.dup2(kept, 1)
            os.close(kept)


def _flush_c() -> None:
    import ctypes

    with contextlib.suppress(OSError, TypeError, AttributeError):  # not a POSIX system
        ctypes.CDLL(None).fflush(None)
