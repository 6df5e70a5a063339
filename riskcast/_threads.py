"""Thread limits for linear algebra and models.

Thread pools belong to the process, so a change by one call affects all others. The first
context to be entered records the sizes of the pools and the last to exit restores them, in
whatever order calls of several Python threads begin and end. While any context is active,
the limit holds for all threads.
"""

from __future__ import annotations

import math
import os
import sys
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, ExitStack, contextmanager, nullcontext
from pathlib import Path
from typing import Any

import numpy as np
from threadpoolctl import ThreadpoolController

from riskcast._process_wide import ProcessWideChange

_WORTH_THREADS = 700  # rows or columns, whichever are fewer
# Number of table entries from which OpenMP (used by scikit-learn's gradient boosting) may use
# several threads. Its threads wait for each other at every node of a tree: with another process
# on one of two cores, 2,000 × 20 took ten times the CPU time of one thread, as did 100,000 × 50.
_WORTH_OPENMP = 10_000_000


def threads_for(shape: tuple[int, ...]) -> AbstractContextManager[Any]:
    """Limit small problems to one thread, and large ones too if the machine is busy.

    Products and factorizations of a few hundred rows or columns finish before a
    second thread has started. On two cores they took twice as long with two threads
    (benchmarks/path.py, 2,000 × 500).

    Parameters
    ----------
    shape : tuple of int
        Shape of the data, or of a Gram matrix.
    """
    busy = machine_is_busy()
    blas = busy or min(shape) <= _WORTH_THREADS
    return _limited(blas, openmp=busy or _few_entries(shape))


def threads_for_rows(X: Any, kernel: Any = None) -> AbstractContextManager[Any]:
    """`threads_for` the shape of unvalidated rows, or of their Gram matrix."""
    shape = _shape(X)
    return threads_for((shape[0], shape[0]) if kernel not in (None, "linear") else shape)


def threads_for_estimator(X: Any, keep_large: bool = False) -> AbstractContextManager[Any]:
    """Thread limits for an arbitrary model; only the number of rows decides if it is small.

    Its linear algebra may be as large as rows times rows. With `keep_large`, large problems
    are not limited even on a busy machine, because their parts set their own limits.
    """
    shape, busy = _shape(X), machine_is_busy()
    if keep_large:
        return one_thread() if shape[0] <= _WORTH_THREADS else nullcontext()
    return _limited(blas=busy or shape[0] <= _WORTH_THREADS, openmp=busy or _few_entries(shape))


def one_thread() -> AbstractContextManager[Any]:
    """Limit linear algebra and models to one thread, for computations known to be small."""
    return _limited(blas=True, openmp=True)


def allowed_threads() -> int:
    """Number of threads that linear algebra may use now."""
    return max((library.get_num_threads() for library in _libraries("blas")), default=1)


def machine_is_busy() -> bool:
    """Whether other threads use more than a quarter of the cores.

    Waiting for a thread that has no core costs far more time than several threads save.
    With another process on one of two cores, a factorization of 2,000 × 2,000 took 49 s
    with two threads and 4 s with one.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return others_running() > 0.25 * (cores or 1)


def others_running() -> float:
    """Number of runnable threads of other processes now, or recently if that is not known.

    Threads of this process do not count: those of a BLAS library keep waiting actively for a
    while after a call.
    """
    try:
        running = float(Path("/proc/loadavg").read_text().split()[3].partition("/")[0])
    except (OSError, ValueError, IndexError):
        return (os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0) - 1.0
    return running - own_running()


def own_running() -> int:
    """Number of runnable threads of this process, at least the calling one (Linux only)."""
    running = 0
    for task in Path("/proc/self/task").glob("*/stat"):
        try:
            running += task.read_text().rpartition(")")[2].split()[0] == "R"
        except (OSError, IndexError):  # a thread that has just ended
            continue
    return max(1, running)


def _shape(X: Any) -> tuple[int, ...]:
    try:
        return tuple(X.shape if hasattr(X, "shape") else np.shape(X)) or (1,)
    except ValueError:  # lists of unequal length, which are rejected elsewhere
        return (len(X),)


def _few_entries(shape: tuple[int, ...]) -> bool:
    return math.prod(shape) < _WORTH_OPENMP


@contextmanager
def _limited(blas: bool, openmp: bool) -> Iterator[None]:
    pools = [*([_SHARED_BLAS, _OWN.blas] if blas else []), *([_OWN.openmp] if openmp else [])]
    with ExitStack() as stack:
        for pool in pools:
            stack.enter_context(pool())
        yield


class _Pool(ProcessWideChange):
    """Limits the thread pools of one kind of library to one thread."""

    def __init__(self, kind: str, shared: bool) -> None:
        super().__init__()
        self.kind, self.shared = kind, shared
        self.found: dict[str, tuple[Any, int]] = {}

    def make(self) -> None:
        for library in _libraries(self.kind):
            new = library.filepath not in self.found  # first context, or newly loaded library
            if new and _is_shared(library) == self.shared:
                self.found[library.filepath] = (library, library.get_num_threads())
                _set(library, 1)

    def undo(self) -> None:
        while self.found:
            _set(*self.found.popitem()[1])


def _is_shared(library: Any) -> bool:
    """Whether the number of threads is shared by all threads of the process."""
    layer = getattr(library, "threading_layer", None)
    return library.internal_api not in ("openmp", "mkl") and layer != "openmp"


def _set(library: Any, number: int) -> None:
    # threadpoolctl allows only one thread to control OpenBLAS during its lifetime, but the last
    # context may be exited by another thread.
    free = getattr(library, "clear_controlling_thread", lambda force: None)
    free(force=True)
    library.set_num_threads(number)
    free(force=True)


class _Own(threading.local):
    """Thread-local limits, for pools that are set per thread."""

    def __init__(self) -> None:
        self.blas, self.openmp = _Pool("blas", shared=False), _Pool("openmp", shared=False)


class _Loaded:
    """Loaded libraries with thread pools, searched again when more modules are loaded."""

    def __init__(self) -> None:
        self.n_modules, self.controller = -1, ThreadpoolController()

    def of(self, kind: str) -> list[Any]:
        # Searching for the libraries takes longer than computing a small path.
        if len(sys.modules) != self.n_modules:
            self.n_modules, self.controller = len(sys.modules), ThreadpoolController()
        return [one for one in self.controller.lib_controllers if one.user_api == kind]


_LOADED = _Loaded()
_SHARED_BLAS = _Pool("blas", shared=True)
_SHARED_BLAS.survive_forks()
_OWN = _Own()


def _libraries(kind: str) -> list[Any]:
    return _LOADED.of(kind)
