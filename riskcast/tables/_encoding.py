"""Encode columns of all kinds as one numeric matrix, without using the target."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast._warning_filters import quietly
from riskcast.exceptions import InputError, check_magnitude
from riskcast.path._column_rounding import (
    centred_columns,
    column_rounding,
    independent,
    varying,
)
from riskcast.tables._columns import ColumnNote

FloatArray = NDArray[np.float64]

_SECONDS_A_DAY = 86400.0
_MANY_CATEGORIES = 40  # as in skrub's TableVectorizer
_TREATMENTS = {
    "number": "used as a number",
    "vector": "one column for each entry",
    "date": "split into year, month, weekday, ... (circular encoding) and days since the first "
    "date",
    "category": "one-hot encoded",
    "text": "encoded by its three- and four-character n-grams",
    "other": "encoded",
}


@dataclass(frozen=True)
class Encoded:
    """Feature matrix, names of the features, and a note on each column of the table."""

    matrix: FloatArray
    names: list[str]
    notes: list[ColumnNote]
    date: str | None = None
    """The first date column without missing values, if any."""
    in_time: NDArray[np.intp] | None = None
    """The order of the rows by that column."""


def encode(frame: Any, standardize: bool) -> Encoded:
    """Encode every column as numbers, impute missing values, and standardize if requested.

    Strings that represent numbers and dates have been converted before (`_interpretation.py`).
    Text and dates are encoded with skrub, but not with its `TableVectorizer`, which treats words
    such as "None" as missing values. It also rounds numbers to single precision, which would turn
    exact collinearity into an extra direction and limit the resolution of days since the first
    date to two minutes.
    """
    pieces: dict[str, tuple[str, FloatArray, list[str]]] = {}
    vectors = [name for name in frame.columns if _is_vector(frame[name])]
    for name in vectors:
        pieces[name] = ("vector", *_spread_vector(frame[name]))
    plain = frame.drop(columns=vectors)
    if plain.shape[1]:
        pieces.update(_encode_plain(plain))
    parts, names, notes = [], [], []
    for name in frame.columns:
        kind, values, outputs = pieces[name]
        missing = int(frame[name].isna().sum())
        values, outputs, filled = _fill_missing(values, name, outputs)
        values, outputs = _drop_constant(values, outputs)
        treatment = _TREATMENTS[kind] + (f"; {filled}" if filled else "")
        notes.append(ColumnNote(name, kind, treatment, len(outputs), missing))
        parts.append(values)
        names.extend(outputs)
    matrix = np.concatenate(parts, axis=1)
    if matrix.shape[1] == 0:
        raise InputError("no usable column is left besides the target: none of them varies")
    dated = _in_time(pieces)
    if standardize:
        return Encoded(standardized(matrix), names, notes, *dated)
    for name, column in zip(names, matrix.T, strict=True):
        check_magnitude(f"column {name!r}", column)
    return Encoded(matrix, names, notes, *dated)


def _in_time(
    pieces: dict[str, tuple[str, FloatArray, list[str]]],
) -> tuple[str | None, NDArray[np.intp] | None]:
    """Return the first date column without missing values, and the row order by it."""
    for name, (kind, values, _) in pieces.items():
        if kind == "date" and np.isfinite(values[:, -1]).all():
            return name, np.argsort(values[:, -1], kind="stable")
    return None, None


def _encode_plain(frame: Any) -> dict[str, tuple[str, FloatArray, list[str]]]:
    """Return kind, values and output names for columns of numbers, text and dates."""
    pieces = {}
    with quietly():
        for name in frame.columns:
            column = frame[name]
            if _is_numeric(column):
                pieces[name] = ("number", _as_floats(column), [name])
            elif _is_date(column):
                pieces[name] = ("date", *_encode_dates(column))
            else:
                pieces[name] = _encode_text(column)
    return pieces


def _is_date(column: Any) -> bool:
    import pandas as pd

    return bool(pd.api.types.is_datetime64_any_dtype(column.dtype))


def _encode_dates(column: Any) -> tuple[FloatArray, list[str]]:
    """Encode parts of dates on circles, and days since the first date."""
    from skrub import DatetimeEncoder

    encoder = DatetimeEncoder(
        add_weekday=True, add_total_seconds=False, periodic_encoding="circular"
    )
    encoded = encoder.fit_transform(column)
    values = np.hstack([encoded.to_numpy(dtype=np.float64), _days_passed(column)])
    return values, [*encoded.columns, f"{column.name}_days_passed"]


def _encode_text(column: Any) -> tuple[str, FloatArray, list[str]]:
    """One-hot encode few distinct strings; encode many by their n-grams."""
    from sklearn.preprocessing import OneHotEncoder
    from skrub import StringEncoder

    texts = column.astype(object).where(column.isna(), column.astype(str))
    texts = texts.where(column.notna(), np.nan)
    if texts.nunique() < _MANY_CATEGORIES:
        encoder = OneHotEncoder(sparse_output=False, drop="if_binary")
        values = encoder.fit_transform(texts.to_frame())
        return "category", np.asarray(values), list(encoder.get_feature_names_out())
    encoded = StringEncoder(random_state=0).fit_transform(texts)
    return "text", encoded.to_numpy(dtype=np.float64), list(encoded.columns)


def _days_passed(dates: Any) -> FloatArray:
    """Return days since the first date, shape (n, 1)."""
    return _as_floats(dates - dates.min()) / _SECONDS_A_DAY


def _is_numeric(column: Any) -> bool:
    import pandas as pd

    types = pd.api.types
    return bool(
        types.is_numeric_dtype(column.dtype)
        or types.is_bool_dtype(column.dtype)
        or types.is_timedelta64_dtype(column.dtype)
    )


def _as_floats(column: Any) -> FloatArray:
    """Convert a column to float64 of shape (n, 1); infinite values become missing."""
    import pandas as pd

    if pd.api.types.is_timedelta64_dtype(column.dtype):
        column = column.dt.total_seconds()
    values = np.asarray(column.to_numpy(dtype=np.float64, na_value=np.nan)).reshape(-1, 1)
    return np.where(np.isfinite(values), values, np.nan)


def _is_vector(column: Any) -> bool:
    first = column.dropna()
    return (
        column.dtype == object and len(first) > 0 and isinstance(first.iloc[0], (list, np.ndarray))
    )


def _spread_vector(column: Any) -> tuple[FloatArray, list[str]]:
    present = column.dropna()
    values = np.full((len(column), len(present.iloc[0])), np.nan)
    try:
        values[column.notna().to_numpy()] = np.asarray(list(present), dtype=np.float64)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"column {column.name!r}: its lists are not of equally many numbers; use --drop"
        ) from error
    return values, [f"{column.name}{index}" for index in range(values.shape[1])]


def _fill_missing(
    values: FloatArray, name: str, outputs: list[str]
) -> tuple[FloatArray, list[str], str]:
    """Impute missing values with the median and add an indicator column, if any are missing."""
    absent = np.isnan(values)
    if not absent.any():
        return values, outputs, ""
    filled = np.where(
        absent, np.nanmedian(np.where(absent.all(axis=0), 0.0, values), axis=0), values
    )
    indicator = absent.any(axis=1, keepdims=True).astype(np.float64)
    note = f"{int(indicator.sum())} missing, filled with the median, with an indicator column"
    return np.hstack([filled, indicator]), [*outputs, f"{name} is missing"], note


def _drop_constant(values: FloatArray, outputs: list[str]) -> tuple[FloatArray, list[str]]:
    varies = varying(values)
    return values[:, varies], [name for name, kept in zip(outputs, varies, strict=True) if kept]


def standardized(matrix: FloatArray) -> FloatArray:
    """Standardize columns to mean zero and variance one, at any scale.

    After scaling, the rounding error of a column can no longer be told from its mean. Exact linear
    combinations of columns are therefore made exact again here.
    """
    # Scaling by powers of two is exact and keeps squares from overflow and underflow.
    shrunk = np.ldexp(matrix, -np.frexp(np.abs(matrix).max(axis=0))[1])
    centred = centred_columns(shrunk)
    spread = np.sqrt((centred**2).mean(axis=0))
    return independent(centred / spread, column_rounding(shrunk) / spread)
