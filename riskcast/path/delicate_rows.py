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
_UNUSUAL = 1e-3  # weight on weak directions, relative to the median row's


def refit_delicate(
    data: Factorization, rows: FloatArray, targets: FloatArray, groups: list[IndexArray] | None
) -> dict[int, HeldOut]:
    """Leave out in earnest the rows, or groups, that need it.

    Parameters
    ----------
    data : Factorization
        The rows, factorized.
    rows : ndarray of shape (n_samples, any)
        The rows as they were given, or coordinates with their inner products.
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
    if groups is None:
        units = [np.array([row]) for row in np.flatnonzero(_delicate_rows(data))]
    else:
        units = [members for members in groups if _is_delicate(data, members)]
    everything = np.arange(data.n_samples)
    return {
        int(unit[0]): FoldModel(
            rows, targets, np.setdiff1d(everything, unit), data.centred
        ).hold_out(unit)
        for unit in units
    }


def _delicate_rows(data: Factorization) -> NDArray[np.bool_]:
    """Which rows rounding would spoil, shape (n_samples,)."""
    if not data.full_rank:
        return data.leverage_outside < _remainder_threshold(data)
    weak_first = data.eigenvalues[0] / data.eigenvalues
    weight = (data.vectors * data.vectors) @ weak_first
    unusual = weight < _UNUSUAL * np.median(weight)
    error = np.finfo(float).eps * data.condition / np.maximum(weight, 1e-300)
    return unusual & (error > 1e-9)


def _is_delicate(data: Factorization, members: IndexArray) -> bool:
    """Whether rounding would spoil the block of a group.

    A block is solved, not only divided by: it may not be ill-conditioned itself
    when the penalty is small.
    """
    if data.full_rank:
        vectors = data.vectors[members]
        block = (vectors * (data.eigenvalues[0] / data.eigenvalues)) @ vectors.T
        values = np.linalg.eigvalsh(block)
        return bool(values[0] < values[-1] / _SAFE_CONDITION**2)
    return bool(data.outside_block(members)[1].min() < _remainder_threshold(data))


def _remainder_threshold(data: Factorization) -> float:
    """Leverage outside the span below which its rounding exceeds 1e-8 of it.

    The remainder's length, the root of this leverage, is known to rounding times
    the condition number of the data, up to one of 1e6, beyond which accuracy is
    not promised.
    """
    return float((1e8 * np.finfo(float).eps * min(data.condition, 1e6)) ** 2)
