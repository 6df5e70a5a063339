"""Choose the column to predict, and decide between regression and classification."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from riskcast.exceptions import InputError, check_magnitude, near_misses
from riskcast.path._task import few_values
from riskcast.tables._reading import Table

Task = Literal["regression", "classification"]

_LARGEST_EXACT = 2.0**53  # beyond, floats round integers


@dataclass(frozen=True)
class Target:
    """The values to predict, without missing ones.

    Attributes
    ----------
    values : ndarray of shape (n_samples,)
        Numbers (float64), or class labels.
    rows : ndarray of int
        Their rows in the table.
    task : {"regression", "classification"}
    reason : str
        Reason for the task.
    """

    values: Any
    rows: Any
    task: Task
    reason: str


def choose_target(table: Table, name: str | None) -> str:
    """Return the name of the column to predict."""
    columns = list(table.frame.columns)
    if name is None and table.default_target is not None:
        return table.default_target
    if name in columns:
        return str(name)
    problem = (
        "no column to predict; give --target COLUMN"
        if name is None
        else f"there is no column {name!r}"
    )
    known = near_misses(name or "", columns)
    if all(_is_number(column) for column in columns):
        known += "; these are numbers: is the header line with the column names missing?"
    raise InputError(f"{table.source}: {problem}; {known}")


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return True


def take_target(column: Any, name: str, task: Task | None) -> Target:
    """Drop rows without a target, and decide the task unless it is given."""
    _check_single_values(column, name)
    numbers = None if task != "regression" and _holds_codes(column) else _as_numbers(column)
    if numbers is None:
        if task == "regression":
            text = next(str(value) for value in column if not _is_missing(value))
            raise InputError(
                f"target {name!r}: contains text such as {text!r}, which --task regression cannot "
                "predict; choose a column of numbers, or use --task classification"
            )
        return _classes_of_text(column, name, task)
    rows = np.flatnonzero(np.isfinite(numbers))
    values = numbers[rows]
    if len(values) == 0:
        raise InputError(f"target {name!r}: every value is missing; choose another column")
    exact = _exact(column.iloc[rows], values)
    decided, reason = _task_of_numbers(exact, task)
    if decided == "classification":
        values = _labels_of_numbers(exact, name)
        _check_classes(values, name)
    elif (values == values[0]).all():
        raise InputError(
            f"target {name!r}: every value is {values[0]:g}, so there is nothing to predict; "
            "choose a column that varies"
        )
    else:
        check_magnitude(f"target {name!r}", values)
    return Target(values, rows, decided, reason)


def _check_single_values(column: Any, name: str) -> None:
    """Raise an error for dates, durations and lists, which are not supported as targets."""
    import pandas as pd

    types = pd.api.types
    if types.is_datetime64_any_dtype(column.dtype) or types.is_timedelta64_dtype(column.dtype):
        first = next((value for value in column if value == value), "NaT")
        raise InputError(
            f"target {name!r}: contains dates or durations such as {str(first)!r}, which cannot be "
            "predicted; convert them to a number, such as days since a start date"
        )
    if column.dtype == object and any(isinstance(one, (list, dict, np.ndarray)) for one in column):
        raise InputError(f"target {name!r}: contains lists; choose a column with one value per row")


def _as_numbers(column: Any) -> Any:
    """Convert the column to floats, NaN if missing; return None for text or booleans."""
    import pandas as pd

    if pd.api.types.is_bool_dtype(column.dtype):
        return None
    if pd.api.types.is_numeric_dtype(column.dtype):
        return column.to_numpy(dtype=np.float64, na_value=np.nan)
    # Only long integers are still text; other numbers have been converted.
    texts = column.astype(object)
    present = np.array([not _is_missing(value) for value in texts])
    if not present.any() or not texts[present].astype(str).str.fullmatch(r"[-+]?\d+").all():
        return None
    numbers = np.full(len(texts), np.nan)
    numbers[present] = [float(str(value)) for value in texts[present]]
    if np.isinf(numbers).any():
        raise InputError(
            f"target {column.name!r}: contains integers of over 300 digits; choose another column"
        )
    return numbers


def _holds_codes(column: Any) -> bool:
    """Whether strings have leading zeros: 007 is a code and must not be merged with 7."""
    texts = (value.strip() for value in column.astype(object) if isinstance(value, str))
    return any(len(text) > 1 and text[0] == "0" and text.isdecimal() for text in texts)


def _exact(column: Any, numbers: Any) -> Any:
    """Return the same numbers, with integers exact where floats would round them."""
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
    # Comparing pandas' NA with itself is undefined.
    return value is None or type(value).__name__ in ("NAType", "NaTType") or value != value


def _task_of_numbers(values: Any, task: Task | None) -> tuple[Task, str]:
    distinct = np.unique(values)
    if task is not None:
        return task, "as set with --task"
    if len(distinct) == 2:
        low, high = map(_in_short, distinct)
        return "classification", f"the target has only two values, {low} and {high}"
    if _are_whole(values) and few_values(len(distinct), len(values)):
        return (
            "classification",
            f"the target has only {len(distinct)} distinct values, all integers",
        )
    return "regression", f"the target is a number with {len(distinct)} distinct values"


def _are_whole(values: Any) -> bool:
    return values.dtype == object or bool((values == np.rint(values)).all())


def _in_short(value: Any) -> str:
    """Format a number with as few digits as identify it."""
    if isinstance(value, int):
        return str(value)
    short = f"{value:g}"
    return short if float(short) == value else repr(float(value))


def _labels_of_numbers(values: Any, name: str) -> Any:
    if not _are_whole(values):
        odd = values[values != np.rint(values)][0]
        if len(np.unique(values)) > 2:
            raise InputError(
                f"target {name!r}: values such as {_in_short(odd)} are not class labels; use "
                "--task regression, or round them"
            )
        return np.array([_in_short(value) for value in values])
    if np.abs(values).max() < 2**63:
        return values.astype(np.int64)
    return np.array([str(int(value)) for value in values])


def _classes_of_text(column: Any, name: str, task: Task | None) -> Target:
    rows = np.flatnonzero([not _is_missing(value) for value in column.astype(object)])
    if len(rows) == 0:
        raise InputError(f"target {name!r}: every value is missing; choose another column")
    values = np.array([str(value).strip() for value in column.astype(object).iloc[rows]])
    _check_classes(values, name)
    kinds = len(np.unique(values))
    reason = "as set with --task" if task else f"the target has {kinds} classes"
    return Target(values, rows, "classification", reason)


def _check_classes(values: Any, name: str) -> None:
    classes = np.unique(values)
    if len(classes) == 1:
        raise InputError(
            f"target {name!r}: has one class only ({classes[0]}); classification needs at least two"
        )
    if len(classes) > max(2, len(values) // 2):
        numbers = values.dtype.kind in "iu"
        remedy = (
            "use --task regression"
            if numbers
            else "choose a column with repeated values; to predict amounts, use one unit"
        )
        raise InputError(
            f"target {name!r}: has {len(classes)} distinct values in {len(values)} rows, such as "
            f"{str(values[0])!r}, too many for classes{'' if numbers else ', and not numbers'}; "
            f"{remedy}"
        )
