"""Choice between regression and classification, from the scoring or from the targets.

Text, booleans and categories are classes. Integers are classes if they have few values that
occur often. Floating-point numbers are regressed.
"""

from __future__ import annotations

import functools
import numbers
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from riskcast.path._scoring import Scoring, scorer_for
from riskcast.path._validation import check_labels, refuse_what_is_no_number

_MOST_CLASS_NUMBERS = 10  # integers with more distinct values are regressed
_ROWS_A_CLASS = 5  # so are integers whose values occur less often on average

_TO_REGRESS = "pass scoring='squared_error' to regress them"
_TO_CLASSIFY = "pass scoring='error_rate' if they are class labels, else 'squared_error'"
_TYPES_INSTEAD = {  # advice if a scoring is given but does not imply a task
    _TO_REGRESS: "pass y.astype(float) to regress them",
    _TO_CLASSIFY: "pass y.astype(str) if they are class labels",
}


class Task(NamedTuple):
    """Regression or classification, and the reason for the choice.

    Attributes
    ----------
    scoring : str or callable
        The given score, or the default score of the task.
    is_classes : bool
        Whether the targets are class labels.
    reason : str
        Reason for the choice.
    doubt : str
        Warning if the choice is ambiguous, otherwise empty.
    """

    scoring: Scoring
    is_classes: bool
    reason: str
    doubt: str = ""


def task_of(scoring: Scoring | None, y: Any) -> Task:
    """The task implied by the scoring or, if it implies none, by the targets."""
    if scoring is None:
        return _task_of_targets(y)
    is_classes = scores_classes(scoring)
    if is_classes is None:
        decided = _task_of_targets(y)
        doubt = decided.doubt
        for remedy, other in _TYPES_INSTEAD.items():
            doubt = doubt.replace(remedy, other)
        return decided._replace(scoring=scoring, doubt=doubt)
    name = f"scoring={scoring!r}" if isinstance(scoring, str) else "scoring"
    return Task(
        scoring, is_classes, f"{name} is for {'classification' if is_classes else 'regression'}"
    )


def scores_classes(scoring: Scoring) -> bool | None:
    """Whether a scoring is for classification; None if this is not known.

    A scikit-learn scorer that uses probabilities or decision functions is for
    classification. Otherwise its metric decides, if it is one of scikit-learn's.
    """
    if scoring in ("squared_error", "error_rate"):
        return scoring == "error_rate"
    scorer = scorer_for(scoring)
    if getattr(scorer, "_response_method", "predict") not in ("predict", ("predict",)):
        return True
    metric = getattr(scorer, "_score_func", None)
    while isinstance(metric, functools.partial):
        metric = metric.func
    module = getattr(metric, "__module__", None) or ""
    if not module.startswith("sklearn.metrics"):
        return None
    return module != "sklearn.metrics._regression"


def few_values(n_distinct: int, n_values: int) -> bool:
    """Whether integers are treated as classes: two values, or up to ten that occur often."""
    often = n_values >= _ROWS_A_CLASS * n_distinct
    return n_distinct == 2 or (1 < n_distinct <= _MOST_CLASS_NUMBERS and often)


def _task_of_targets(y: Any) -> Task:
    values = check_labels(y, "y")
    refuse_what_is_no_number(y, "y")
    if values.ndim > 1 and values.shape[1] > 1:
        return Task("squared_error", False, f"y has {values.shape[1]} outputs")
    values = values.ravel()
    if values.size == 0:
        return Task("squared_error", False, "y is empty")  # rejected by `check_targets`
    if _is_categorical(y):
        return Task("error_rate", True, "y holds categories")
    kind = _kind_of(values)
    if kind == "text":
        return _task_of_text(values)
    if kind == "bool":
        return Task("error_rate", True, "y holds booleans")
    return _task_of_integers(values) if kind == "integer" else _task_of_floats(values)


def _is_categorical(y: Any) -> bool:
    dtypes = list(y.dtypes) if hasattr(y, "columns") else [getattr(y, "dtype", None)]
    return any(type(dtype).__name__ == "CategoricalDtype" for dtype in dtypes)


def _kind_of(values: NDArray[Any]) -> str:
    """Text, bool, integer or float; for Python objects, the type of the non-missing ones."""
    if values.dtype != object:
        kinds = {"U": "text", "S": "text", "T": "text", "b": "bool", "i": "integer", "u": "integer"}
        return kinds.get(values.dtype.kind, "float")
    present = _present(values)
    if any(isinstance(one, (str, bytes)) for one in present):
        return "text"
    if present and all(isinstance(one, (bool, np.bool_)) for one in present):
        return "bool"
    whole = present and all(isinstance(one, numbers.Integral) for one in present)
    return "integer" if whole else "float"


def _present(values: NDArray[Any]) -> list[Any]:
    """Non-missing values; missing ones are rejected later."""
    return [one for one in values.tolist() if one is not None and type(one).__name__ != "NAType"]


def _task_of_text(values: NDArray[Any]) -> Task:
    n_distinct = len({str(one) for one in values.tolist()})
    if n_distinct > max(2, len(values) // 2):
        raise ValueError(
            f"y: holds text with {n_distinct} distinct values in {len(values)} rows, such as "
            f"{values[0]!r}, too many for classes; convert numbers stored as text with "
            "y.astype(float), or pass scoring='error_rate' to keep all classes"
        )
    return Task("error_rate", True, "y holds text")


def _task_of_integers(values: NDArray[Any]) -> Task:
    present = _present(values)
    distinct = sorted(set(present))
    count = len(distinct)
    found = f"y holds integers with {count} distinct values"
    first = distinct[0]
    numbered = first in (0, 1) and distinct == list(range(first, first + count))
    if few_values(count, len(present)):
        doubt = (
            f"y: integers from {first} to {distinct[-1]} with {count} distinct values are treated "
            f"as class labels; {_TO_REGRESS}"
        )
        return Task("error_rate", True, found, "" if numbered or count == 2 else doubt)
    doubt = f"y: integers from {first} to {distinct[-1]} are regressed; {_TO_CLASSIFY}"
    as_labels = numbered and 2 < count <= len(present) // 2
    return Task("squared_error", False, found, doubt if as_labels else "")


def _task_of_floats(values: NDArray[Any]) -> Task:
    task = Task("squared_error", False, "y holds numbers that are not of integer type")
    if values.dtype.kind == "c":
        return task
    try:
        distinct = np.unique(values.astype(np.float64))
    except (TypeError, ValueError):
        return task  # rejected by `check_targets`, like complex numbers
    repeated = len(values) >= _ROWS_A_CLASS * len(distinct)
    whole = len(distinct) == 2 or bool((distinct == np.rint(distinct)).all())
    if not (whole and repeated and few_values(len(distinct), len(values))):
        return task
    return task._replace(
        doubt=f"y: floating-point numbers with only {len(distinct)} distinct values are "
        f"regressed; {_TO_CLASSIFY}"
    )
