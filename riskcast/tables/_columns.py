"""Which columns can be learned from, and what is done to each."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from riskcast.exceptions import InputError, near_misses

_IDENTIFIERS = {"id", "ids", "identifier", "uuid", "rownames"}
_HARDLY_REPEATS = 0.5  # share of different values
_TEXT_WORDS = 8.0  # texts with more words than this on average are prose, not identifiers


@dataclass(frozen=True)
class ColumnNote:
    """What was done to one column.

    Attributes
    ----------
    name : str
    kind : {"number", "category", "text", "date", "vector", "dropped"}
    treatment : str
        In words.
    n_features : int
        How many columns of the matrix it became.
    n_missing : int
        Rows in which it has no value.
    """

    name: str
    kind: str
    treatment: str
    n_features: int
    n_missing: int


def sort_out_columns(
    frame: Any, drop: Sequence[str], keep: Sequence[str]
) -> tuple[Any, list[ColumnNote]]:
    """Drop columns that the user, or that nothing can be learned from, and note why."""
    for name in (*drop, *keep):
        if name not in frame.columns:
            raise InputError(
                f"there is no column {name!r} to drop or keep; {near_misses(name, frame.columns)}"
            )
    notes = []
    for name in list(frame.columns):
        if name in drop:
            reason = "as asked for with --drop"
        else:
            reason = "" if name in keep else _useless(frame[name])
        if reason:
            notes.append(ColumnNote(name, "dropped", reason, 0, int(frame[name].isna().sum())))
    frame = frame.drop(columns=[note.name for note in notes])
    if frame.shape[1] == 0:
        why = "; ".join(f"{note.name}: {note.treatment}" for note in notes[:5])
        raise InputError(f"no usable column is left beside the target ({why or 'there is none'})")
    return frame, notes


def _useless(column: Any) -> str:
    """Why nothing can be learned from a column, or an empty string."""
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
        return "has one value only"
    if _counts_rows(column):
        return "numbers the rows"
    if _is_named_identifier(column, distinct / len(present)):
        return "an identifier, by its name; if equal ones belong together, give it to --groups"
    differs = distinct == len(present) > 2 and _is_text(column)
    if differs and present.astype(str).str.split().str.len().mean() < _TEXT_WORDS:
        return "different in every row, like a name or an identifier"
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
    """Whether a column of whole numbers is called an identifier and hardly repeats."""
    words = re.split(r"[^a-z]+", str(column.name).casefold())
    if share_distinct < _HARDLY_REPEATS or not {words[0], words[-1]} & _IDENTIFIERS:
        return False
    return _holds_whole_numbers(column)


def _holds_whole_numbers(column: Any) -> bool:
    """Whether every value is a whole number; those of many digits are read as text."""
    import pandas as pd

    if pd.api.types.is_numeric_dtype(column.dtype):
        return bool(pd.api.types.is_integer_dtype(column.dtype))
    return bool(column.dropna().astype(str).str.fullmatch(r"-?\d+").all())


def _is_vector(present: Any) -> bool:
    """Whether every value is a list of as many numbers, as embeddings are stored."""
    try:
        return np.asarray(list(present), dtype=np.float64).ndim == 2
    except (TypeError, ValueError):
        return False
