"""Detection of duplicate rows, which make the leave-one-out risk too low."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray


def doubt_of_repeated_rows(rows: Any, groups: list[NDArray[np.intp]] | None) -> tuple[str, ...]:
    """Warning if rows exactly duplicate a row outside their group; empty if there are none."""
    count = _count_repeated(rows, groups)
    if not count:
        return ()
    return (
        f"X: {count} row(s) repeat another row exactly; the held-out row leaks through its "
        "duplicate, so the risk is too low. Drop the duplicates, or pass groups= so that "
        "duplicates are held out together",
    )


def _count_repeated(rows: Any, groups: list[NDArray[np.intp]] | None) -> int:
    # Equal rows have equal projections, up to the order of summation. Sorting
    # makes them neighbours, and only neighbours are compared in full.
    direction = np.random.default_rng(0).standard_normal(rows.shape[1])
    projection = rows @ direction
    order = np.argsort(projection, kind="stable")
    gaps = np.diff(projection[order])
    near = np.flatnonzero(gaps <= 1e-12 * max(np.abs(projection).max(), 1e-300))
    if near.size == 0:
        return 0
    first, second = order[near], order[near + 1]
    difference = rows[first] - rows[second]
    same = (
        np.asarray(abs(difference).max(axis=1).todense()).ravel() == 0
        if (scipy.sparse.issparse(rows))
        else ~difference.any(axis=1)
    )
    if groups is not None:
        label = np.empty(rows.shape[0], dtype=np.intp)
        label[np.concatenate(groups)] = np.repeat(np.arange(len(groups)), [len(g) for g in groups])
        same &= label[first] != label[second]
    return int(same.sum())
