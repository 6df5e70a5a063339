"""The column to predict: which it is, and whether it holds numbers or classes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from riskcast.exceptions import InputError, check_magnitude, near_misses
from riskcast.path._task import few_values
from riskcast.tables._reading import Table

Task = Literal["regression", "classification"]

_LARGEST_EXACT = 2.0**53  # beyond it floats round whole numbers


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
    numbers = None if task != "regression" and _holds_codes(column) else _as_numbers(column)
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
    exact = _exact(column.iloc[rows], values)
    decided, reason = _task_of_numbers(exact, task)
    if decided == "classification":
        values = _labels_of_numbers(exact, name)
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


def _holds_codes(column: Any) -> bool:
    """Whether texts begin with zeros, as 007 does: codes, which numbers would merge with 7."""
    texts = (value.strip() for value in column.astype(object) if isinstance(value, str))
    return any(len(text) > 1 and text[0] == "0" and text.isdecimal() for text in texts)


def _exact(column: Any, numbers: Any) -> Any:
    """The same numbers, whole ones as they stand also where floats would round them."""
    if np.abs(numbers).max() < _LARGEST_EXACT:
        return numbers
    try:
        whole = [int(str(value).strip()) for value in column]
    except ValueError:
        return numbers
    return np.array(whole, dtype=object)


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
        low, high = map(_in_short, distinct)
        return "classification", f"the target has two values only, {low} and {high}"
    if _are_whole(values) and few_values(len(distinct), len(values)):
        return "classification", f"the target has only {len(distinct)} values, all whole numbers"
    return "regression", f"the target is a number with {len(distinct)} different values"


def _are_whole(values: Any) -> bool:
    return values.dtype == object or bool((values == np.rint(values)).all())


def _in_short(value: Any) -> str:
    """A number in as few digits as tell it from all others."""
    if isinstance(value, int):
        return str(value)
    short = f"{value:g}"
    return short if float(short) == value else repr(float(value))


def _labels_of_numbers(values: Any, name: str) -> Any:
    if not _are_whole(values):
        odd = values[values != np.rint(values)][0]
        if len(np.unique(values)) > 2:
            raise InputError(
                f"target {name!r}: values such as {_in_short(odd)} are amounts, not classes; use "
                "--task regression, or round them"
            )
        return np.array([_in_short(value) for value in values])
    if np.abs(values).max() < 2**63:
        return values.astype(np.int64)
    return np.array([str(int(value)) for value in values])


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
