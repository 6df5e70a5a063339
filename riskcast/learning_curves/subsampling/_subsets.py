"""Training sizes of a learning curve, and the subsets of rows for each size.

Rows are put in a random order in which classes are evenly mixed and groups
stay together; a subset is a window of that order, which wraps around. Windows
with equally spaced starts use every row equally often for training and
equally often for testing. Rows are drawn without replacement.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

N_SIZES = 9
_SMALLEST_SHARE = 1.0 / 16.0
_SMALLEST_SIZE = 8


def inside_sizes(largest: int, smallest: int, most: int = N_SIZES) -> IndexArray:
    """Log-spaced sizes up to `largest`, at most `most`, at least 1.15 times apart.

    Parameters
    ----------
    largest : int
        The largest size.
    smallest : int
        A lower bound on the size, for example from the number of classes.
    most : int
        Maximum number of sizes.

    Returns
    -------
    ndarray of shape (S,)
        Increasing sizes.
    """
    first = max(_SMALLEST_SIZE, smallest, round(_SMALLEST_SHARE * largest))
    first = min(first, largest // 2)  # a curve always needs a range of sizes
    room = int(np.log(largest / first) / np.log(1.15)) + 1
    return np.unique(np.rint(np.geomspace(first, largest, min(most, room))).astype(np.intp))


def mixed_order(
    labels: IndexArray | None, units: list[IndexArray] | None, n_rows: int, seed: list[int]
) -> list[IndexArray]:
    """Units (groups or single rows) in random order, with classes evenly mixed.

    Parameters
    ----------
    labels : ndarray of shape (n_rows,) or None
        Class of each row. Groups are not stratified.
    units : list of ndarray of int or None
        Groups of rows.
    n_rows : int
        Number of rows.
    seed : list of int
        Seed of the order.

    Returns
    -------
    list of ndarray of int
        Rows of each unit.
    """
    random = np.random.default_rng(seed)
    if units is not None:
        return [units[k] for k in random.permutation(len(units))]
    order = random.permutation(n_rows)
    if labels is not None:
        place = np.empty(n_rows)
        for label in np.unique(labels):
            members = order[labels[order] == label]
            place[members] = (np.arange(len(members)) + random.random()) / len(members)
        order = np.argsort(place, kind="stable")
    return list(order[:, None])


def windows(order: list[IndexArray], size: int, count: int) -> list[IndexArray]:
    """Sorted rows of `count` windows of about `size` rows, evenly spaced.

    Windows with fewer than two units, which occur with large groups, are skipped,
    as are those that leave no rows for testing.
    """
    lengths = np.array([len(unit) for unit in order])
    ends = np.cumsum(np.concatenate([lengths, lengths]))
    starts = ends - np.concatenate([lengths, lengths])
    n_rows = int(lengths.sum())
    chosen = []
    for k in range(count):
        begin = k * n_rows / count
        # A unit belongs to the windows that contain its middle, so sizes are right on average.
        middle = 0.5 * (starts + ends)
        inside = np.flatnonzero((middle > begin) & (middle < begin + size))
        if 2 <= len(inside) < len(order):
            chosen.append(np.sort(np.concatenate([order[unit % len(order)] for unit in inside])))
    return chosen


def window_count(size: int, n_rows: int, fewest: int, most: int) -> int:
    """Number of windows: disjoint at small sizes; at large sizes, enough to test every row."""
    disjoint = n_rows // size
    covering = int(np.ceil(n_rows / max(1, n_rows - size)))
    return int(max(covering, np.clip(disjoint, fewest, most)))
