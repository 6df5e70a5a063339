"""Compute Gram matrices in square blocks, in as many threads as the BLAS library may use."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor

import numpy as np

from riskcast._threads import allowed_threads, one_thread

from ._types import FloatArray

Block = Callable[[slice, slice], FloatArray]

# Side of a block: large enough for a fast matrix product, and 2 MiB in memory.
_SIDE = 512


def cross_gram(block: Block, n_rows: int, n_columns: int, side: int | None = None) -> FloatArray:
    """Fill an (n_rows, n_columns) matrix from its blocks.

    Parameters
    ----------
    block : callable
        Maps slices of rows and columns (with start and stop) to that block.
    n_rows, n_columns : int
        Shape of the matrix.
    side : int, default=None
        Side of a block; None for 512.

    Returns
    -------
    ndarray of shape (n_rows, n_columns)
    """
    gram = np.empty((n_rows, n_columns))

    def fill(rows: slice, columns: slice) -> None:
        gram[rows, columns] = block(rows, columns)

    _run(fill, [(r, c) for r in _slices(n_rows, side) for c in _slices(n_columns, side)])
    return gram


def symmetric_gram(block: Block, diagonal: FloatArray, side: int | None = None) -> FloatArray:
    """Fill a symmetric matrix from the blocks on and above its diagonal.

    The blocks below the diagonal are copies, so that the matrix is exactly symmetric.

    Parameters
    ----------
    block : callable
        As in :func:`cross_gram`.
    diagonal : ndarray of shape (n,)
        Values of the diagonal, used as given.
    side : int, default=None
        As in :func:`cross_gram`.

    Returns
    -------
    ndarray of shape (n, n)
    """
    n = len(diagonal)
    gram = np.empty((n, n))

    def fill(rows: slice, columns: slice) -> None:
        part = block(rows, columns)
        if rows == columns:
            upper = np.triu(part, 1)
            part = upper + upper.T
            np.fill_diagonal(part, diagonal[rows])
        else:
            gram[columns, rows] = part.T
        gram[rows, columns] = part

    slices = list(_slices(n, side))
    _run(fill, [(r, c) for i, r in enumerate(slices) for c in slices[i:]])
    return gram


def _slices(n: int, side: int | None) -> Iterator[slice]:
    side = side or _SIDE
    for start in range(0, n, side):
        yield slice(start, min(start + side, n))


def _run(fill: Callable[[slice, slice], None], parts: list[tuple[slice, slice]]) -> None:
    """Fill all blocks, in threads if there are at least four: NumPy releases the GIL."""
    if len(parts) < 4:
        for rows, columns in parts:
            fill(rows, columns)
        return
    n_threads = allowed_threads()
    # One BLAS thread per block: nested threads would slow each other down.
    with one_thread(), ThreadPoolExecutor(n_threads) as pool:
        for _ in pool.map(lambda part: fill(*part), parts):
            pass
