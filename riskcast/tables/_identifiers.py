"""Whole numbers that may be no amounts: identifiers, and codes of categories."""

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

# Told by the last word of a name; by its first where the last is one of all these.
_IDENTIFIERS = {
    "account", "barcode", "ean", "fips", "gtin", "iban", "id", "identifier", "ids", "imei",
    "ip", "isbn", "issn", "ssn", "pin", "phone", "plz", "postalcode", "postcode", "serial",
    "sku", "telephone", "ticket", "upc", "uuid", "vin", "zip", "zipcode"
}  # fmt: skip
# These count or measure as often: only where hardly a value repeats, as the last word.
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
_COUNTS = {"count", "n", "no", "num", "number", "total"}  # first words of amounts: n_species
_HARDLY_REPEATS = 0.5  # share of different values
_MOST_CODES = 10  # a column of whole numbers with more values than this is an amount
_ROWS_A_CODE = 10
_DIGITS = 6  # numbers that all have as many digits, or more, are written like identifiers


def mark_identifiers(
    notes: list[ColumnNote], frame: Any, kept: Sequence[str] = ()
) -> list[ColumnNote]:
    """Say in a note that its column of whole numbers may be an identifier or a code.

    Parameters
    ----------
    notes : list of ColumnNote
    frame : DataFrame
        The columns as they were read.
    kept : sequence of str
        Columns that the user has spoken for.

    Returns
    -------
    list of ColumnNote
        With ``"; perhaps an identifier, by its name"`` or the like after the treatment.
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
    if distinct == 2:  # one column of two values is the same however they are written
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
    """The values that are present, or None where they are not all whole numbers."""
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
    """What a name speaks for: an identifier, a code, a number that is one of both, or nothing."""
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
    """The words of a name, in lower case: of ``customerID``, customer and id."""
    words = re.findall(r"[A-Z]?[a-z]+|[A-Z]+(?![a-z])", name)
    return [word.casefold() for word in words] or [name.casefold()]


def _numbered(values: FloatArray) -> bool:
    """Whether different whole numbers count rows, in order or not, or have one length."""
    steps = np.diff(values)
    in_order = bool((steps > 0).all() or (steps < 0).all())
    consecutive = values.max() - values.min() == len(values) - 1
    digits = np.floor(np.log10(np.maximum(np.abs(values), 1.0)))
    return in_order or consecutive or bool((digits == digits[0]).all() and digits[0] >= _DIGITS - 1)
