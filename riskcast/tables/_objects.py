"""Convert columns of Python objects to numbers, dates or text."""

from __future__ import annotations

from typing import Any

import numpy as np

_NUMBERS = {"decimal", "integer", "floating", "mixed-integer-float"}
_DATES = {"date", "datetime", "datetime64"}
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
