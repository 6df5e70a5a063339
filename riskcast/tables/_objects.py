"""Convert columns of Python objects to numbers, dates or text."""

from __future__ import annotations

from typing import Any

import numpy as np

_NUMBERS = {"decimal", "integer", "floating", "mixed-integer-float"}
_DATES = {"date", "datetime", "datetime64"}
_PER_SECOND = {"s": 1, "ms": 10**3, "us": 10**6, "ns": 10**9}
_FIRST, _LAST = (
    int(np.datetime64(moment, "s").astype(np.int64))
    for moment in ("0001-01-01T00:00:00", "9999-12-31T23:59:59")
)
_NANOSECONDS_OVERFLOW = 4 * 10**9  # twice as many seconds nearly do: differences of dates
_NO_TEXT = (list, tuple, dict, set, bytes, np.ndarray)


def plain_column(column: Any) -> Any:
    """Convert a column of objects to a numeric or date type if possible."""
    import pandas as pd

    if column.dtype != object:
        return column
    kind = pd.api.types.infer_dtype(column, skipna=True)
    if kind in _NUMBERS:
        try:
            return pd.to_numeric(column)
        except (ValueError, TypeError, OverflowError):
            return column.where(column.isna(), column.astype(str))
    if kind in _DATES:
        return pd.to_datetime(column, errors="coerce", utc=True).dt.tz_localize(None)
    return column


def texts_of(column: Any) -> Any:
    """Return the column as strings and missing values, or None if it is not text."""
    import pandas as pd

    types = pd.api.types
    if isinstance(column.dtype, pd.CategoricalDtype) or not (
        types.is_string_dtype(column.dtype) or column.dtype == object
    ):
        return None
    if column.dtype != object:
        return column
    if any(isinstance(value, _NO_TEXT) for value in column):
        return None
    return column.where(column.isna(), column.astype(str))


def calendar_dates(column: Any) -> tuple[Any, int]:
    """Dates, those that no calendar has as missing, and how many these are.

    A column without dates stays as it is.
    """
    import pandas as pd

    if not pd.api.types.is_datetime64_any_dtype(column.dtype):
        return column, 0
    seconds = column.array.asi8 // _PER_SECOND[column.dt.unit]
    present = column.notna().to_numpy()
    outside = present & ((seconds < _FIRST) | (seconds > _LAST))
    if outside.any():
        column = column.where(~outside)
    if column.dt.unit == "ns" and (np.abs(seconds[present]) > _NANOSECONDS_OVERFLOW).any():
        column = column.dt.as_unit("us")
    return column, int(outside.sum())
