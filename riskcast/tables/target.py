"""The column to predict: which it is, and whether it holds numbers or classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from riskcast.tables.errors import InputError, check_magnitude, near_misses
from riskcast.tables.reading import Table

Task = Literal["regression", "classification"]

_MOST_CLASS_NUMBERS = 10  # whole numbers with more distinct values than this are amounts
_ROWS_A_CLASS = 5  # ... and so are those that hardly repeat


@dataclass(frozen=True)
class Target:
    """The values to predict, missing ones dropped.

    Attributes
    ----------
    values : ndarray of shape (n_samples,)
        Numbers (float64), or class labels.
    rows : ndarray of int
        The rows of the table that hold them.
    task : {"regression", "classification"}
    reason : str
        Why that task.
    """

    values: Any
    rows: Any
    task: Task
    reason: str


def choose_target(table: Table, name: str | None) -> str:
    """The name of the column to predict."""
    columns = list(table.frame.columns)
    if name is None and table.default_target is not None:
        return table.default_target
    if name in columns:
        return str(name)
    problem = (
        "which column is to be predicted? give --target COLUMN"
        if name is None
        else f"there is no column {name!r}"
    )
    known = near_misses(name or "", columns)
    if all(_is_number(column) for column in columns):
        known += "; these are numbers: does the first line lack the columns' names?"
    raise InputError(f"{table.source}: {problem}; {known}")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def take_target(column: Any, name: str, task: Task | None) -> Target:
    """Drop rows without a target and decide the task, unless it is given."""
    _check_single_values(column, name)
    numbers = _as_numbers(column)
    if numbers is None:
        if task == "regression":
            text = next(str(value) for value in column if not _is_missing(value))
            raise InputError(
                f"target {name!r}: holds text such as {text!r}, which --task regression cannot "
                "predict; give a column of numbers, or --task classification"
            )
        return _classes_of_text(column, name, task)
    rows = np.flatnonzero(np.isfinite(numbers))
    values = numbers[rows]
    if len(values) == 0:
        raise InputError(f"target {name!r}: every value is missing; name another column")
    decided, reason = _task_of_numbers(values, task)
    if decided == "classification":
        values = _labels_of_numbers(values, name)
        _check_classes(values, name)
    elif (values == values[0]).all():
        raise InputError(
            f"target {name!r}: every value is {values[0]:g}, so there is nothing to predict; "
            "name a column that varies"
        )
    else:
        check_magnitude(f"target {name!r}", values)
    return Target(values, rows, decided, reason)


def _check_single_values(column: Any, name: str) -> None:
    """Refuse dates, durations and lists, which are neither an amount nor a class."""
    import pandas as pd

    types = pd.api.types
    if types.is_datetime64_any_dtype(column.dtype) or types.is_timedelta64_dtype(column.dtype):
        first = next((value for value in column if value == value), "NaT")
        raise InputError(
            f"target {name!r}: holds dates or durations such as {str(first)!r}, which are "
            "neither an amount nor a class; turn them into a number, such as days since a start"
        )
    if column.dtype == object and any(isinstance(one, (list, dict, np.ndarray)) for one in column):
        raise InputError(f"target {name!r}: holds lists; name a column of one value a row")


def _as_numbers(column: Any) -> Any:
    """The column as floats, NaN where missing, or None if it holds text or truth values."""
    import pandas as pd

    if pd.api.types.is_bool_dtype(column.dtype):
        return None
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    # Whole numbers of many digits are still text; all others have been read.
    texts = column.astype(object)
    present = np.array([not _is_missing(value) for value in texts])
    if not present.any() or not texts[present].astype(str).str.fullmatch(r"[-+]?\d+").all():
        return None
    numbers = np.full(len(texts), np.nan)
    numbers[present] = [float(str(value)) for value in texts[present]]
    if np.isinf(numbers).any():
        raise InputError(
            f"target {column.name!r}: holds whole numbers of over 300 digits; name another column"
        )
    return numbers


def _is_missing(value: Any) -> bool:
    if isinstance(value, str):
        return not value.strip()
    # pandas' NA does not say whether it differs from itself.
    return value is None or type(value).__name__ in ("NAType", "NaTType") or value != value


def _task_of_numbers(values: Any, task: Task | None) -> tuple[Task, str]:
    distinct = np.unique(values)
    if task is not None:
        return task, "as asked for with --task"
    if len(distinct) == 2:
        return (
            "classification",
            f"the target has two values only, {distinct[0]:g} and {distinct[1]:g}",
        )
    whole = bool((values == np.rint(values)).all())
    few = 1 < len(distinct) <= _MOST_CLASS_NUMBERS and len(values) >= _ROWS_A_CLASS * len(distinct)
    if whole and few:
        return "classification", f"the target has only {len(distinct)} values, all whole numbers"
    return "regression", f"the target is a number with {len(distinct)} different values"


def _labels_of_numbers(values: Any, name: str) -> Any:
    if (values != np.rint(values)).any():
        odd = values[values != np.rint(values)][0]
        if len(np.unique(values)) > 2:
            raise InputError(
                f"target {name!r}: values such as {odd:g} are amounts, not classes; use "
                "--task regression, or round them"
            )
        return np.array([f"{value:g}" for value in values])
    return values.astype(np.int64)


def _classes_of_text(column: Any, name: str, task: Task | None) -> Target:
    rows = np.flatnonzero([not _is_missing(value) for value in column.astype(object)])
    if len(rows) == 0:
        raise InputError(f"target {name!r}: every value is missing; name another column")
    values = np.array([str(value).strip() for value in column.astype(object).iloc[rows]])
    _check_classes(values, name)
    kinds = len(np.unique(values))
    reason = "as asked for with --task" if task else f"the target names {kinds} classes"
    return Target(values, rows, "classification", reason)


def _check_classes(values: Any, name: str) -> None:
    classes = np.unique(values)
    if len(classes) == 1:
        raise InputError(
            f"target {name!r}: holds one class only ({classes[0]}); classification needs at "
            "least two"
        )
    if len(classes) > max(2, len(values) // 2):
        numbers = values.dtype.kind in "iu"
        remedy = (
            "use --task regression"
            if numbers
            else "name a column whose values repeat; to predict amounts, write numbers in one unit"
        )
        raise InputError(
            f"target {name!r}: holds {len(classes)} different values in {len(values)} rows, such "
            f"as {str(values[0])!r}, too many for classes{'' if numbers else ', and no numbers'}; "
            f"{remedy}"
        )
