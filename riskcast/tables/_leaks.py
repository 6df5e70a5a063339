"""Detect columns that nearly determine the target, which are often known only after it.

Each column of the table is examined by itself: a category by all of its values, a date by all of
its parts. Predictions are made on held-out rows, so that names with few repeated values, which fit
every training row exactly, are not reported.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast.tables._columns import ColumnNote
from riskcast.tables._encoding import standardized

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.intp]

_EXPLAINED = 0.995  # of the variance
_WORTH_A_LOOK = (
    0.9  # of the variance by a fit to all rows; below, the column is not examined further
)
_CLOSE = 0.01  # of the interquartile range of the target
_MANY = 0.8  # share of rows predicted this closely that indicates a leak
_WRONG = 0.01  # of the rows that guessing gets wrong
_CORRELATED = 0.999  # correlation of a feature with the target, or with one of the classes
_FOLDS = 5
_MOST_CLASSES = 100  # with more, a 0/1 column for each would fill the memory
_ROWS_A_CLASS = 5  # fewer can be adjacent by chance
_MOST_PARTS = 100  # wider columns, such as embeddings, are not a single quantity


@dataclass(frozen=True)
class Aim:
    """The target to predict.

    Attributes
    ----------
    values : ndarray of shape (n, c)
        The centred target, or a centred 0/1 column for each class.
    codes : ndarray of shape (n,) or None
        Class codes; None for regression.
    folds : ndarray of shape (n,)
        Fold of each row; rows of a group have the same fold.
    """

    values: FloatArray
    codes: IntArray | None
    folds: IntArray

    @classmethod
    def of(cls, target: Any, groups: Any) -> Aim:
        """Build from a target of numbers or labels."""
        units = (
            np.arange(len(target)) if groups is None else np.unique(groups, return_inverse=True)[1]
        )
        folds = (np.random.default_rng(0).permutation(int(units.max()) + 1) % _FOLDS)[units]
        if np.asarray(target).dtype.kind == "f":
            centred = np.asarray(target - np.mean(target), dtype=np.float64)
            return cls((centred / np.abs(centred).max())[:, None], None, folds)
        labels, codes = np.unique(target, return_inverse=True)
        shown = np.eye(len(labels))[codes]
        return cls(shown - shown.mean(axis=0), codes, folds)


def leaking_columns(
    frame: Any,
    notes: list[ColumnNote],
    matrix: FloatArray,
    correlation: FloatArray,
    target: Any,
    groups: Any,
) -> list[str]:
    """Return the names of columns that nearly determine the target by themselves.

    Parameters
    ----------
    frame : DataFrame
        The columns as read.
    notes : list of ColumnNote
        Notes on these columns, with the number of features of each.
    matrix : ndarray of shape (n, p)
        The feature matrix.
    correlation : ndarray of shape (p,)
        Absolute correlation of each feature with the target, the largest over classes.
    target : ndarray of shape (n,)
        Numbers, or class labels.
    groups : ndarray of shape (n,) or None
        Rows of a group are held out together.
    """
    aim, names, start = Aim.of(target, groups), [], 0
    matrix = standardized(matrix)
    too_many = aim.codes is not None and aim.codes.max() >= _MOST_CLASSES
    for note in notes:
        part = slice(start, start + note.n_features)
        start += note.n_features
        if note.n_features == 0:
            continue
        plain = bool((correlation[part] > _CORRELATED).any())
        if plain or (not too_many and _determines(frame[note.name], note, matrix[:, part], aim)):
            names.append(note.name)
    return names


def _determines(column: Any, note: ColumnNote, block: FloatArray, aim: Aim) -> bool:
    if note.n_features <= _MOST_PARTS and _linear_gives_away(block, aim):
        return True
    levels = _levels(column)
    if levels is not None:
        return _levels_give_away(levels, aim)
    return note.kind == "number" and _order_gives_away(block[:, 0], aim)


def _levels(column: Any) -> IntArray | None:
    """Return a code for each distinct value; None if most are distinct or not scalar."""
    import pandas as pd

    try:
        codes = pd.factorize(column, use_na_sentinel=False)[0]
    except TypeError:  # lists
        return None
    return None if codes.max() + 1 > len(codes) / 2 else np.asarray(codes, dtype=np.intp)


def _linear_gives_away(block: FloatArray, aim: Aim) -> bool:
    """Check by least squares on all of its features."""
    design = np.column_stack([np.ones(len(block)), block])
    everything = np.ones(len(block), dtype=bool)
    if not _worth_a_look(_least_squares(design, aim, everything, everything), aim):
        return False
    predictions = np.empty_like(aim.values)
    for fold in np.unique(aim.folds):
        out = aim.folds == fold
        predictions[out] = _least_squares(design, aim, ~out, out)
    return _gives_away(predictions, aim)


def _least_squares(design: FloatArray, aim: Aim, fit: Any, told: Any) -> FloatArray:
    return np.asarray(design[told] @ np.linalg.lstsq(design[fit], aim.values[fit])[0])


def _levels_give_away(levels: IntArray, aim: Aim) -> bool:
    """Check by the mean or median of the target over other rows with the same value."""
    everything = np.ones(len(levels), dtype=bool)
    means = _level_means(levels, aim.values, everything)
    if not _worth_a_look(means[levels], aim):
        return False
    held_out = np.empty_like(aim.values)
    medians = np.empty_like(aim.values)
    for fold in np.unique(aim.folds):
        out = aim.folds == fold
        held_out[out] = _level_means(levels, aim.values, ~out)[levels[out]]
        if aim.codes is None:
            medians[out, 0] = _level_medians(levels, aim.values[:, 0], ~out)[levels[out]]
    return _gives_away(held_out, aim) or (aim.codes is None and _gives_away(medians, aim))


def _level_means(levels: IntArray, values: FloatArray, fit: Any) -> FloatArray:
    """Mean of each level, shape (levels, c); zero, the overall mean, for unseen levels."""
    count = int(levels.max()) + 1
    rows = np.bincount(levels[fit], minlength=count)
    sums = [np.bincount(levels[fit], weights=one[fit], minlength=count) for one in values.T]
    return np.stack(sums, axis=1) / np.maximum(rows, 1)[:, None]


def _level_medians(levels: IntArray, values: FloatArray, fit: Any) -> FloatArray:
    """Median of each level; zero for unseen levels."""
    import pandas as pd

    medians = pd.Series(values[fit]).groupby(levels[fit]).median()
    return np.asarray(medians.reindex(range(int(levels.max()) + 1)).fillna(0.0), dtype=np.float64)


def _order_gives_away(values: FloatArray, aim: Aim) -> bool:
    """Check by interpolation between neighbours in the order of a number."""
    order = np.argsort(values, kind="stable")
    if aim.codes is not None:
        counts = np.bincount(aim.codes)
        changes = int((np.diff(aim.codes[order]) != 0).sum())
        few = len(counts) - 1 + _WRONG * float(len(order) - counts.max())
        return bool(counts.min() >= _ROWS_A_CLASS and changes <= few)
    x, y = values[order], aim.values[order, 0]
    left, right = x[1:-1] - x[:-2], x[2:] - x[1:-1]
    share = np.divide(left, left + right, out=np.full(len(left), 0.5), where=left + right > 0)
    predictions = y.copy()
    predictions[1:-1] = y[:-2] + share * (y[2:] - y[:-2])
    predictions[[0, -1]] = y[[1, -2]]
    sorted_aim = Aim(aim.values[order], None, aim.folds[order])
    return _gives_away(predictions[:, None], sorted_aim)


def _worth_a_look(fitted: FloatArray, aim: Aim) -> bool:
    left = float(((fitted - aim.values) ** 2).sum() / (aim.values**2).sum())
    return left < 1.0 - _WORTH_A_LOOK


def _gives_away(predictions: FloatArray, aim: Aim) -> bool:
    """Whether predictions of held-out rows are almost exact."""
    if aim.codes is not None:
        wrong = (predictions - aim.values.min(axis=0)).argmax(axis=1) != aim.codes
        return bool(wrong.sum() <= _WRONG * (len(wrong) - np.bincount(aim.codes).max()))
    miss, aimed = (predictions - aim.values)[:, 0], aim.values[:, 0]
    if (miss**2).sum() < (1.0 - _EXPLAINED) * (aimed**2).sum():
        return True
    if (miss**2).sum() > (1.0 - _WORTH_A_LOOK) * (aimed**2).sum():
        return False
    low, high = np.quantile(aimed, [0.25, 0.75])
    moved = np.abs(aimed - np.median(aimed)) > _CLOSE * (high - low)
    return bool(high > low and (np.abs(miss[moved]) <= _CLOSE * (high - low)).mean() >= _MANY)
