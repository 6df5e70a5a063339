"""Detect integer columns that may be identifiers or category codes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast.tables._columns import ColumnNote

FloatArray = NDArray[np.float64]

PERHAPS_IDENTIFIER = "perhaps an identifier"
PERHAPS_CODE = "perhaps a code"

# Matched against the last word of a name, or the first if the last is any of these words.
_IDENTIFIERS = {
    "account", "barcode", "ean", "fips", "gtin", "iban", "id", "identifier", "ids", "imei",
    "ip", "isbn", "issn", "ssn", "pin", "phone", "plz", "postalcode", "postcode", "serial",
    "sku", "telephone", "ticket", "upc", "uuid", "vin", "zip", "zipcode"
}  # fmt: skip
# As often counts or amounts: identifiers only as the last word and with few repeated values.
_COUNTERS = {"index", "key", "no", "nr", "num", "number", "record", "ref", "reference", "row"}
_CODES = {
    "branch", "brand", "breed", "cat", "category", "class", "cluster", "cd", "code",
    "codes", "color", "colour", "country", "county", "department", "dept", "district",
    "ethnicity", "gender", "group", "kind", "language", "make", "method", "model",
    "nationality", "occupation", "postal", "province", "race", "region", "religion", "sector",
    "segment", "sex", "shop", "species", "state", "status", "store", "type", "zone"
}  # fmt: skip
_AMOUNTS_IN_ORDER = {
    "age", "date", "day", "days", "hour", "hours", "minute", "month", "second", "time", "week",
    "year", "yr"
}  # fmt: skip
_COUNTS = {"count", "n", "no", "num", "number", "total"}  # first words of counts, such as n_species
_HARDLY_REPEATS = 0.5  # share of distinct values
_MOST_CODES = 10  # an integer column with more distinct values is an amount
_ROWS_A_CODE = 10
_DIGITS = 6  # numbers that all have the same, at least this, number of digits look like identifiers


def mark_identifiers(
    notes: list[ColumnNote], frame: Any, kept: Sequence[str] = ()
) -> list[ColumnNote]:
    """Mark notes on integer columns that may be identifiers or codes.

    Parameters
    ----------
    notes : list of ColumnNote
    frame : DataFrame
        The columns as read.
    kept : sequence of str
        Columns named with --keep.

    Returns
    -------
    list of ColumnNote
        With ``"; perhaps an identifier, by its name"`` or similar after the treatment.
    """
    marked = []
    for note in notes:
        reason = "" if note.kind != "number" or note.name in kept else _reason(frame[note.name])
        treatment = f"{note.treatment}; {reason}" if reason else note.treatment
        marked.append(replace(note, treatment=treatment))
    return marked


def _reason(column: Any) -> str:
    values = _whole_numbers(column)
    if values is None:
        return ""
    words = name_words(str(column.name))
    distinct = len(np.unique(values))
    if distinct == 2:  # two values are encoded the same in any case
        return ""
    unrepeated = distinct >= _HARDLY_REPEATS * len(values)
    named = _named(words)
    if named == PERHAPS_IDENTIFIER or (named and unrepeated):
        return f"{PERHAPS_IDENTIFIER}, by its name"
    if named == PERHAPS_CODE:
        return f"{PERHAPS_CODE}, by its name"
    if _AMOUNTS_IN_ORDER & set(words):
        return ""
    if distinct == len(values) and _numbered(values):
        return f"{PERHAPS_IDENTIFIER}, by its values"
    if distinct <= _MOST_CODES and len(values) >= _ROWS_A_CODE * distinct:
        return f"{PERHAPS_CODE}, by its few values"
    return ""


def _whole_numbers(column: Any) -> FloatArray | None:
    """Return the non-missing values, or None if they are not all integers."""
    import pandas as pd

    types = pd.api.types
    if types.is_bool_dtype(column.dtype) or types.is_timedelta64_dtype(column.dtype):
        return None
    present = column.dropna()
    if not types.is_numeric_dtype(column.dtype):  # numbers written as text
        present = pd.to_numeric(present.astype(str).str.strip(), errors="coerce")
    values = np.asarray(present.to_numpy(dtype=np.float64, na_value=np.nan))
    values = values[np.isfinite(values)]
    return values if len(values) and bool((values == np.rint(values)).all()) else None


def _named(words: list[str]) -> str:
    """Return what a name suggests: an identifier, a code, a counter, or nothing."""
    first, last = words[0], words[-1]
    if first in _COUNTS and len(words) > 1:
        return ""
    numbered = last in _IDENTIFIERS | _COUNTERS | _CODES
    if last in _IDENTIFIERS or (first in _IDENTIFIERS and numbered) or first == "id":
        return PERHAPS_IDENTIFIER
    if last in _CODES or (first in _CODES and numbered):
        return PERHAPS_CODE
    return "a number" if last in _COUNTERS else ""


def name_words(name: str) -> list[str]:
    """Split a name into lower-case words: ``customerID`` gives customer and id."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
    return [word.casefold() for word in words] or [name.casefold()]


def _numbered(values: FloatArray) -> bool:
    """Whether distinct integers are ordered, consecutive, or of equal length."""
    steps = np.diff(values)
    in_order = bool((steps > 0).all() or (steps < 0).all())
    consecutive = values.max() - values.min() == len(values) - 1
    digits = np.floor(np.log10(np.maximum(np.abs(values), 1.0)))
    return in_order or consecutive or bool((digits == digits[0]).all() and digits[0] >= _DIGITS - 1)
