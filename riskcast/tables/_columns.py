"""Select the usable columns and record what is done to each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from riskcast.exceptions import InputError, near_misses

_IDENTIFIERS = {"id", "ids", "identifier", "uuid", "rownames"}
_HARDLY_REPEATS = 0.5  # share of distinct values
_TEXT_WORDS = 8.0  # texts with more words than this on average are prose, not identifiers


@dataclass(frozen=True)
class ColumnNote:
    """How one column was treated.

    Attributes
    ----------
    name : str
    kind : {"number", "category", "text", "date", "vector", "dropped"}
    treatment : str
        Description.
    n_features : int
        Number of features it became.
    n_missing : int
        Number of rows with a missing value.
    """

    name: str
    kind: str
    treatment: str
    n_features: int
    n_missing: int


def sort_out_columns(
    frame: Any, drop: Sequence[str], keep: Sequence[str]
) -> tuple[Any, list[ColumnNote]]:
    """Drop columns as requested or because they are not usable, and record why."""
    for name in (*drop, *keep):
        if name not in frame.columns:
            raise InputError(
                f"--drop, --keep: there is no column {name!r}; {near_misses(name, frame.columns)}"
            )
    notes = []
    for name in list(frame.columns):
        if name in drop:
            reason = "requested with --drop"
        else:
            reason = "" if name in keep else _useless(frame[name])
        if reason:
            notes.append(ColumnNote(name, "dropped", reason, 0, int(frame[name].isna().sum())))
    frame = frame.drop(columns=[note.name for note in notes])
    if frame.shape[1] == 0:
        why = "; ".join(f"{note.name}: {note.treatment}" for note in notes[:5])
        raise InputError(
            f"no usable column is left besides the target ({why or 'there is no other'})"
        )
    return frame, notes


def _useless(column: Any) -> str:
    """Return why a column is not usable, or an empty string."""
    present = column.dropna()
    if len(present) == 0:
        return "every value is missing"
    if isinstance(present.iloc[0], bytes):
        return "its values are bytes, neither numbers nor text"
    try:
        distinct = present.nunique()
    except TypeError:  # lists and dictionaries
        return "" if _is_vector(present) else "its values are neither numbers nor text"
    if distinct == 1 and len(present) == len(column):
        return "constant"
    if _counts_rows(column):
        return "row number"
    if _is_named_identifier(column, distinct / len(present)):
        return "an identifier, by its name; use --groups if rows with equal values belong together"
    differs = distinct == len(present) > 2 and _is_text(column)
    if differs and present.astype(str).str.split().str.len().mean() < _TEXT_WORDS:
        return "distinct in every row, like a name or an identifier"
    return ""


def _is_text(column: Any) -> bool:
    import pandas as pd

    types = pd.api.types
    return not (
        types.is_numeric_dtype(column.dtype)
        or types.is_datetime64_any_dtype(column.dtype)
        or types.is_timedelta64_dtype(column.dtype)
    )


def _counts_rows(column: Any) -> bool:
    """Whether a column is 0, 1, 2, ... or 1, 2, 3, ... in the order of the rows."""
    import pandas as pd

    if not pd.api.types.is_integer_dtype(column.dtype) or column.isna().any():
        return False
    values = column.to_numpy()
    return len(values) > 2 and values[0] in (0, 1) and bool((np.diff(values) == 1).all())


def _is_named_identifier(column: Any, share_distinct: float) -> bool:
    """Whether an integer column is named like an identifier and has few repeated values."""
    words = re.split(r"[^a-z]+", str(column.name).casefold())
    if share_distinct < _HARDLY_REPEATS or not {words[0], words[-1]} & _IDENTIFIERS:
        return False
    return _holds_whole_numbers(column)


def _holds_whole_numbers(column: Any) -> bool:
    """Whether every value is an integer; long ones are stored as text."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column.dtype):
        return bool(pd.api.types.is_integer_dtype(column.dtype))
    return bool(column.dropna().astype(str).str.fullmatch(r"-?\d+").all())


def _is_vector(present: Any) -> bool:
    """Whether all values are lists of numbers of the same length, such as embeddings."""
    try:
        return np.asarray(list(present), dtype=np.float64).ndim == 2
    except (TypeError, ValueError):
        return False
