"""How many threads the linear algebra and the models of one problem are worth.

Thread pools belong to the process, so what one call changes all others see. The first to
enter records the pools' sizes and the last to leave restores them, in whatever order calls
of several Python threads begin and end; while anyone is inside, the limit holds for all.
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

from riskcast.path.process_wide import ProcessWideChange

_WORTH_THREADS = 700  # rows or columns, whichever are fewer
# Entries of a table from which OpenMP may be used, the pool of scikit-learn's gradient boosting.
# Its threads wait for each other at every node of a tree: where another process used one of two
# cores, 2,000 × 20 took ten times the processor time of one thread, 100,000 × 50 likewise.
_WORTH_OPENMP = 10_000_000


def threads_for(shape: tuple[int, ...]) -> AbstractContextManager[Any]:
    """Keep small problems on one thread; leave large ones alone, unless the machine is busy.

    Products and factorizations of a few hundred rows or columns are over before
    a second thread has started: on two cores they took twice as long with two
    (benchmarks/path.py, 2,000 × 500).

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of the data, or of a Gram matrix.
    """
    busy = machine_is_busy()
    blas = busy or min(shape) <= _WORTH_THREADS
    return _limited(blas, openmp=busy or _few_entries(shape))


def threads_for_rows(X: Any, kernel: Any = None) -> AbstractContextManager[Any]:
    """The same for rows as a user gives them, which may be anything, or for their kernel."""
    shape = _shape(X)
    return threads_for((shape[0], shape[0]) if kernel not in (None, "linear") else shape)


def threads_for_estimator(X: Any, keep_large: bool = False) -> AbstractContextManager[Any]:
    """The same for a model of which it is not known what it does: only few rows are small.

    Linear algebra inside it may be as large as rows times rows. With `keep_large` large
    problems are left alone, also on a busy machine, since their parts look themselves.
    """
    shape, busy = _shape(X), machine_is_busy()
    if keep_large:
        return one_thread() if shape[0] <= _WORTH_THREADS else nullcontext()
    return _limited(blas=busy or shape[0] <= _WORTH_THREADS, openmp=busy or _few_entries(shape))


def one_thread() -> AbstractContextManager[Any]:
    """Keep linear algebra and models on one thread, where all of it is small."""
    return _limited(blas=True, openmp=True)


def allowed_threads() -> int:
    """Threads that linear algebra may use now."""
    return max((library.get_num_threads() for library in _libraries("blas")), default=1)


def machine_is_busy() -> bool:
    """Whether others use more than a quarter of the cores.

    Threads that wait for one without a core cost far more time than they save: beside a
    process that kept one of two cores busy, a factorization of 2,000 × 2,000 took 49 s with
    two threads and 4 s with one.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    return others_running() > 0.25 * (cores or 1)


def others_running() -> float:
    """How many threads beside this one want a core now; where that is not known, lately."""
    try:
        running = float(Path("/proc/loadavg").read_text().split()[3].partition("/")[0])
    except (OSError, ValueError, IndexError):
        running = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return running - 1.0


def _shape(X: Any) -> tuple[int, ...]:
    try:
        return tuple(X.shape if hasattr(X, "shape") else np.shape(X)) or (1,)
    except ValueError:  # lists of unequal length, which are refused elsewhere
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
    """Libraries of one kind, kept to one thread."""

    def __init__(self, kind: str, shared: bool) -> None:
        super().__init__()
        self.kind, self.shared = kind, shared
        self.found: dict[str, tuple[Any, int]] = {}

    def make(self) -> None:
        for library in _libraries(self.kind):
            new = library.filepath not in self.found  # the first to enter, or newly loaded
            if new and _is_shared(library) == self.shared:
                self.found[library.filepath] = (library, library.get_num_threads())
                _set(library, 1)

    def undo(self) -> None:
        while self.found:
            _set(*self.found.popitem()[1])


def _is_shared(library: Any) -> bool:
    """Whether what one thread sets holds for all threads of the process."""
    layer = getattr(library, "threading_layer", None)
    return library.internal_api not in ("openmp", "mkl") and layer != "openmp"


def _set(library: Any, number: int) -> None:
    # threadpoolctl lets one thread alone set OpenBLAS while it lives; the last to leave may be
    # another one.
    free = getattr(library, "clear_controlling_thread", lambda force: None)
    free(force=True)
    library.set_num_threads(number)
    free(force=True)


class _Own(threading.local):
    """The limits that each thread has of its own."""

    def __init__(self) -> None:
        self.blas, self.openmp = _Pool("blas", shared=False), _Pool("openmp", shared=False)


class _Loaded:
    """What is loaded, looked for again once more modules are."""

    def __init__(self) -> None:
        self.n_modules, self.controller = -1, ThreadpoolController()

    def of(self, kind: str) -> list[Any]:
        # Looking for the libraries takes longer than a small path does.
        if len(sys.modules) != self.n_modules:
            self.n_modules, self.controller = len(sys.modules), ThreadpoolController()
        return [one for one in self.controller.lib_controllers if one.user_api == kind]


_LOADED = _Loaded()
_SHARED_BLAS = _Pool("blas", shared=True)
_SHARED_BLAS.survive_forks()
_OWN = _Own()


def _libraries(kind: str) -> list[Any]:
    return _LOADED.of(kind)
