"""Refits for rows whose leave-one-out prediction would be inaccurate due to rounding.

The leave-one-out identity divides by one minus the leverage of a row. In
ill-conditioned data a row that alone spans a direction, or nearly so (a category
seen once, an outlier), has coordinates far smaller than the rounding error of
the factorization. Such rows are few. The model is refitted without each of them
in the original columns, where their direction is exactly zero in the other rows.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from riskcast.path._factorization import Factorization
from riskcast.path._fold_model import FoldModel, HeldOut

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

SAFE_CONDITION = 1e3  # below it the identity is accurate for every row
_UNUSUAL = 1e-3  # weight on weak directions, relative to that of a typical row
_TOLERATED = 1e-9  # error bound; measured errors are a hundred times smaller
_MOST_REFITS = 100  # each needs a factorization; other rows use the identity


def refit_delicate(
    data: Factorization,
    rows: FloatArray | None,
    targets: FloatArray,
    groups: list[IndexArray] | None,
) -> dict[int, HeldOut]:
    """Refit without the rows or groups for which the identity is inaccurate.

    Parameters
    ----------
    data : Factorization
        Factorization of the rows.
    rows : ndarray of shape (n_samples, n_features) or None
        The original rows, for linear models. If None, only groups are refitted,
        in the coordinates of the factorization.
    targets : ndarray of shape (n_samples, outputs)
        The targets.
    groups : list of ndarray of int, or None
        Row indices of each group.

    Returns
    -------
    dict
        Maps the row, or the first row of the group, to its refit.
    """
    if data.condition < SAFE_CONDITION:
        return {}
    if groups is not None:
        units = [members for members in groups if _is_delicate(data, members)]
    elif rows is not None:
        units = [np.array([row]) for row in np.flatnonzero(_delicate_rows(data))]
    else:  # the coordinates are already too inaccurate for a refit to help
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
    """Mask of the rows whose predictions rounding would spoil, shape (n_samples,).

    For rows of leverage below one, the criterion is their leverage outside the span.
    For rows of leverage one it is their weight on weak directions: the rounding error
    of their coordinates, divided by this weight, bounds the error. Where most rows
    have leverage one, as in wide data, only those far below the median weight count.
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
    """Whether rounding would spoil the predictions of a group.

    Groups require solving a linear system with their block of the residual operator,
    so the block itself must not be ill-conditioned at small penalties.
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
    return bool(unusual or values[0] < values[-1] / SAFE_CONDITION**2)


def _remainder_threshold(data: Factorization) -> float:
    """Leverage outside the span below which its relative rounding error exceeds 1e-8.

    The square root of this leverage has an error of the machine epsilon times the
    condition number of the data. The condition number is capped at 1e6, beyond which
    no accuracy is promised.
    """
    return float((1e8 * np.finfo(float).eps * min(data.condition, 1e6)) ** 2)
