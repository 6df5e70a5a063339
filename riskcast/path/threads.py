"""Number of threads for the linear algebra of a path."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from functools import cache
from typing import Any

from threadpoolctl import ThreadpoolController

_WORTH_THREADS = 700  # rows or columns, whichever are fewer


def threads_for(shape: tuple[int, ...]) -> AbstractContextManager[Any]:
    """Keep small linear algebra on one thread; leave large alone.

    Products and factorizations of a few hundred rows or columns are over before
    a second thread has started: on two cores they took twice as long with two
    (benchmarks/path.py, 2,000 × 500).

    Parameters
    ----------
    shape : tuple of int
        Rows and columns of the data, or of a Gram matrix.
    """
    return nullcontext() if min(shape) > _WORTH_THREADS else one_thread()


def one_thread() -> AbstractContextManager[Any]:
    """Keep linear algebra on one thread, where all of it is small."""
    return _controller().limit(limits=1, user_api="blas")


@cache
def _controller() -> ThreadpoolController:
    # Looking for the libraries takes longer than a small path does.
    return ThreadpoolController()
