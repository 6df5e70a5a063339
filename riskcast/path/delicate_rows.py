"""Rows whose leave-one-out prediction rounding would spoil, and so are refitted.

The leave-one-out identity divides by what a row leaves to the others. In
ill-conditioned data a row that has a direction nearly to itself (a category
seen once, an outlier) is described by coordinates far smaller than the
rounding of the factorization. Such rows are few; each is left out in earnest,
in the columns as they were given, where its direction is exactly zero in the
other rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from riskcast.path.factorization import Factorization
from riskcast.path.fold_model import FoldModel, HeldOut

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

_SAFE_CONDITION = 1e3  # below it the identity is accurate for every row
_UNUSUAL = 1e-3  # weight on weak directions, relative to the typical row's
_TOLERATED = 1e-9  # bound on an error that is a hundred times smaller when measured
_MOST_REFITS = 100  # each is a factorization; the rest keep what the identity gives


def refit_delicate(
    data: Factorization,
    rows: FloatArray | None,
    targets: FloatArray,
    groups: list[IndexArray] | None,
) -> dict[int, HeldOut]:
    """Leave out in earnest the rows, or groups, that need it.

    Parameters
    ----------
    data : Factorization
        The rows, factorized.
    rows : ndarray of shape (n_samples, n_features) or None
        The rows as they were given, if that is how the model sees them; else
        only groups are refitted, in the coordinates of their spectrum.
    targets : ndarray of shape (n_samples, outputs)
        The targets.
    groups : list of ndarray of int, or None
        Row indices of each group.

    Returns
    -------
    dict
        From the first row of each such group, or the row, to its refit.
    """
    if data.condition < _SAFE_CONDITION:
        return {}
    if groups is not None:
        units = [members for members in groups if _is_delicate(data, members)]
    elif rows is not None:
        units = [np.array([row]) for row in np.flatnonzero(_delicate_rows(data))]
    else:  # the coordinates have lost already what a refit could bring back
        units = []
    units.sort(key=lambda unit: data.leverage_outside[unit].min())
    everything = np.arange(data.n_samples)

    def model(kept: IndexArray) -> FoldModel:
        if rows is not None:
            return FoldModel(rows, targets, kept, data.centred)
        return FoldModel(data.coordinates, targets, kept, data.centred, data.floor, data.rounding)

    return {
        int(unit[0]): model(np.setdiff1d(everything, unit)).hold_out(unit)
        for unit in units[:_MOST_REFITS]
    }


def _delicate_rows(data: Factorization) -> NDArray[np.bool_]:
    """Which rows rounding would spoil, shape (n_samples,).

    Rows that others can miss hang on their leverage outside the span. Those of
    leverage one hang on their weight on weak directions: rounding of their
    coordinates, divided by it, bounds the error. Where most rows are of that
    kind, as in wide data, only those far below the rest are meant.
    """
    outside = data.leverage_outside
    bound = outside == 0
    weak_first = data.eigenvalues[0] / data.eigenvalues
    weight = (data.vectors * data.vectors) @ weak_first
    error = np.finfo(float).eps * data.condition / np.maximum(weight, 1e-300)
    spoilt = error > _TOLERATED
    if bound.sum() > 0.5 * data.n_samples:
        spoilt &= weight < _UNUSUAL * np.median(weight[bound])
    return np.where(bound, spoilt, outside < _remainder_threshold(data))


def _is_delicate(data: Factorization, members: IndexArray) -> bool:
    """Whether rounding would spoil the block of a group.

    A block is solved, not only divided by: it may not be ill-conditioned itself
    when the penalty is small.
    """
    block = data.outside_block(members, np.zeros((data.n_samples, 1)))
    turn, outside = block.directions, block.eigenvalues
    free = outside[outside > 0]
    if free.size and free.min() < _remainder_threshold(data):
        return True
    bound = (turn.T @ data.vectors[members])[outside == 0]
    if not bound.size:
        return False
    values = np.linalg.eigvalsh((bound * (data.eigenvalues[0] / data.eigenvalues)) @ bound.T)
    error = np.finfo(float).eps * data.condition / max(values[0], 1e-300)
    unusual = values[0] < _UNUSUAL / data.n_samples and error > _TOLERATED
    return bool(unusual or values[0] < values[-1] / _SAFE_CONDITION**2)


def _remainder_threshold(data: Factorization) -> float:
    """Leverage outside the span below which its rounding exceeds 1e-8 of it.

    The remainder's length, the root of this leverage, is known to rounding times
    the condition number of the data, up to one of 1e6, beyond which accuracy is
    not promised.
    """
    return float((1e8 * np.finfo(float).eps * min(data.condition, 1e6)) ** 2)
