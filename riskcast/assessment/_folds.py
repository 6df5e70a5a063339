"""Cross-validation folds, the same for every model that is compared."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast._warning_filters import quietly
from riskcast.tables import LearningTable

_ROWS_FOR_TEN = 1000  # with more rows, five folds are as informative at half the cost

IndexArray = NDArray[np.intp]


@dataclass(frozen=True)
class Folds:
    """Pairs of training rows and test rows, and a description."""

    splits: list[tuple[IndexArray, IndexArray]]
    description: str


def fold_count(n_samples: int) -> int:
    """Return the number of folds for a number of rows."""
    return 10 if n_samples <= _ROWS_FOR_TEN else 5


def make_folds(table: LearningTable) -> Folds:
    """Return folds that keep groups whole or, for classes, are stratified."""
    wanted = fold_count(table.n_samples)
    classes = table.task == "classification"
    splitter = _splitter(table, wanted, classes)
    with quietly():  # a class with fewer rows than folds is allowed
        splits = list(splitter.split(table.X, table.y, table.groups))
    kind = f"{len(splits)}-fold cross-validation"
    if table.groups is not None:
        kind += ", whole groups held out"
    elif classes:
        kind += ", stratified by class"
    return Folds(splits, kind)


def _splitter(table: LearningTable, count: int, classes: bool) -> Any:
    from sklearn import model_selection as ms

    options = {"shuffle": True, "random_state": 0}
    if table.groups is not None:
        return (
            ms.StratifiedGroupKFold(count, **options)
            if classes
            else ms.GroupKFold(count, **options)
        )
    if classes and np.unique(table.y, return_counts=True)[1].max() >= count:
        return ms.StratifiedKFold(count, **options)
    return ms.KFold(count, **options)
