"""Columns of dates, with or without a time.

A column is a date column if 90 % of its filled cells are dates. Whether the day or the month comes
first is decided for each column from numbers above 12; if there are none, from the other columns of
the file; otherwise the day is first if points separate the parts or the decimal mark is a comma,
and the month is first before slashes and dashes. Times with a zone are converted to UTC.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from riskcast.tables._cells import Cells, Mask, as_mask
from riskcast.tables._missing_words import is_missing_word
from riskcast.tables._number_words import NEARLY_ALL

Order = Literal["day first", "month first", "year first"]

_TIME = (
    r"(?:(?:T|,?\s+)(?P<hours>\d{1,2}):(?P<minutes>[0-5]\d)(?::(?P<seconds>[0-5]\d(?:[.,]\d+)?))?"
    r"\s?(?P<half>[AaPp]\.?[Mm]\.?)?\s?(?P<zone>Z|UTC|GMT|[-+]\d{2}(?::?\d{2})?)?)?$"
)
_MONTH = (
    r"(?P<name>(?i:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|"
    r"sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?))\.?"
)
_WEEKDAY = r"(?:(?i:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,?\s+)?"
_DAY = r"(?P<day>\d{1,2})(?:st|nd|rd|th)?\.?"
_YEAR = r"(?P<year>\d{4}|\d{2})"
_FORMS = (
    rf"^(?P<year>\d{{4}})(?:-(?P<month>\d{{1,2}})|[-/.](?P<month2>\d{{1,2}})[-/.](?P<day>\d{{1,2}})){_TIME}",
    r"^(?P<year>\d{4})(?P<month>\d{2})(?P<day>\d{2})T(?P<hours>\d{2}):?(?P<minutes>[0-5]\d):?"
    r"(?P<seconds>[0-5]\d(?:[.,]\d+)?)?(?P<half>)(?P<zone>Z|[-+]\d{2}(?::?\d{2})?)?$",
    rf"^{_WEEKDAY}{_DAY}[-/\s]?\s?{_MONTH}[-/\s,]?\s?{_YEAR}{_TIME}",
    rf"^{_WEEKDAY}{_MONTH}[-/\s]{_DAY}(?:,\s?|[-/\s]){_YEAR}{_TIME}",
    rf"^(?P<year>\d{{4}})[-/\s]{_MONTH}[-/\s]{_DAY}{_TIME}",
    rf"^{_MONTH}[-\s](?P<year>\d{{4}}){_TIME}",
)
_NUMERIC = (
    rf"^{_WEEKDAY}(?P<one>\d{{1,2}})[-/.]\s?(?P<two>\d{{1,2}})[-/.]\s?"
    rf"(?P<three>\d{{4}}|\d{{2}}){_TIME}"
)
_MONTH_NAMES = "jan feb mar apr may jun jul aug sep oct nov dec"
_MONTHS = {name: index + 1.0 for index, name in enumerate(_MONTH_NAMES.split())}
_ORDERS: dict[Order, tuple[str, str, str]] = {
    "day first": ("three", "two", "one"),
    "month first": ("three", "one", "two"),
    "year first": ("one", "two", "three"),
}
_TURN_OF_CENTURY = 69  # 69 is 1969 and 68 is 2068, as in POSIX


@dataclass(frozen=True)
class DateColumn:
    """A column in which nearly all strings are dates.

    Attributes
    ----------
    cells : Cells
    words : ndarray of bool
        Strings that may stand for a missing value.
    readings : dict
        Dates for each order of day and month (microseconds; NaT where invalid).
    order : {"day first", "month first", "year first"} or None
        The order that the column implies.
    numeric : ndarray of bool
        Strings such as 01/02/2020.
    points : bool
        Whether points separate their parts.
    may_begin_with_years : bool
        Whether they are also valid with two-digit years first.
    """

    cells: Cells
    words: Mask
    readings: dict[Order, NDArray[Any]]
    order: Order | None
    numeric: Mask
    points: bool
    may_begin_with_years: bool = False


def date_column(cells: Cells) -> DateColumn | None:
    """Return the column as dates, or None if it is not a date column."""
    words = is_missing_word(cells)
    filled = cells.weight(~words)
    if filled == 0 or cells.weight(cells.matches(r"\d.*\d.*\d")) < NEARLY_ALL * filled:
        return None
    fixed = _read_forms(cells)
    numbers = _extract(cells, _NUMERIC)
    numeric = numbers.valid
    readings = {
        order: np.where(numeric, _dates(numbers, *keys), fixed) for order, keys in _ORDERS.items()
    }
    weights = {order: cells.weight(~np.isnat(dates)) for order, dates in readings.items()}
    best = max(weights, key=lambda order: weights[order])
    if weights[best] < NEARLY_ALL * filled:
        return None
    tied = weights["day first"] == weights["month first"] == weights[best]
    points = bool((cells.matches(r"^\D*\d+\.\s?\d+\.") & numeric).any())
    years = best != "year first" and weights["year first"] == weights[best] and numeric.any()
    order = None if tied else best
    return DateColumn(cells, words, readings, order, numeric, points, bool(years))


def usual_order(columns: Sequence[DateColumn]) -> Order | None:
    """Return the order that most columns of a file imply, or None."""
    orders = [column.order for column in columns]
    days, months = orders.count("day first"), orders.count("month first")
    if days == months:
        return None
    return "day first" if days > months else "month first"


def read_dates(
    column: DateColumn, usual: Order | None, comma: bool
) -> tuple[NDArray[Any], list[str], list[str]]:
    """Return the dates, notes on the conversion, and warnings."""
    order = column.order or usual or ("day first" if column.points or comma else "month first")
    cells, dates = column.cells, column.readings[order]
    said, doubts = [], []
    if column.numeric.any():
        said.append(f"dates read with the {order}")
    differ = column.numeric & ~np.logical_and.reduce(
        [np.isnat(other) | (other == dates) for other in column.readings.values()]
    )
    unsure = (column.order is None and usual is None) or column.may_begin_with_years
    if unsure and differ.any():
        example, first = cells.example(differ), dates[np.flatnonzero(differ)[0]]
        doubts.append(
            f"{cells.name}: {example!r} was read with the {order}, as "
            f"{np.datetime_as_string(first, 'D')}, but the file does not show which comes first. "
            "To avoid this, write dates as 2020-08-30."
        )
    odd = np.isnat(dates)
    if odd.any():
        said.append(f"not dates, treated as missing: {cells.listed(odd)}")
    return cells.spread(dates, np.datetime64("NaT")), said, doubts


@dataclass(frozen=True)
class _Groups:
    """The groups of a pattern in each string, as floats; NaN if absent."""

    valid: Mask
    numbers: dict[str, NDArray[np.float64]]


def _read_forms(cells: Cells) -> NDArray[Any]:
    """Return the dates in formats whose order is known."""
    dates = np.full(len(cells.counts), "NaT", dtype="datetime64[us]")
    for form in _FORMS:
        if not np.isnat(dates).any():
            break
        found = _extract(cells, form)
        if found.valid.any():
            dates = np.where(np.isnat(dates), _dates(found, "year", "month", "day"), dates)
    return dates


def _extract(cells: Cells, pattern: str) -> _Groups:
    import re

    import pyarrow as pa
    import pyarrow.compute as pc

    if not cells.matches(pattern).any():
        return _Groups(np.zeros(len(cells.counts), dtype=bool), {})
    found = pc.extract_regex(cells.plain, pattern)
    numbers = {}
    for key in re.findall(r"\?P<(\w+)>", pattern):
        texts = pc.struct_field(found, key)
        if key in ("name", "half", "zone"):
            read = {"name": _month, "half": _half, "zone": _zone}[key]
            encoded = pc.dictionary_encode(texts)
            known = np.array([read(text) for text in encoded.dictionary.to_pylist()] + [np.nan])
            codes = encoded.indices.fill_null(len(known) - 1).to_numpy(zero_copy_only=False)
            numbers[key] = known[codes]
            continue
        texts = pc.if_else(pc.equal(texts, ""), pa.scalar(None, texts.type), texts)
        floats = pc.cast(pc.replace_substring(texts, ",", "."), pa.float64())
        numbers[key] = floats.to_numpy(zero_copy_only=False)
    if "month2" in numbers:
        numbers["month"] = np.fmax(numbers["month"], numbers.pop("month2"))
    if "name" in numbers:
        numbers["month"] = numbers["name"]
    return _Groups(as_mask(found.is_valid()), numbers)


def _month(text: str) -> float:
    return _MONTHS[text[:3].lower()]


def _half(text: str) -> float:
    """Hours to add for a.m. or p.m.; NaN for a 24-hour clock."""
    return {"a": 0.0, "p": 12.0}[text[0].lower()] if text else np.nan


def _zone(text: str) -> float:
    """Hours ahead of UTC."""
    if text in ("", "Z", "UTC", "GMT"):
        return 0.0
    digits = text[1:].replace(":", "")
    hours = float(digits[:2]) + float(digits[2:] or 0) / 60.0
    return -hours if text[0] == "-" else hours


def _dates(found: _Groups, *keys: str) -> NDArray[Any]:
    """Return dates from the groups of year, month and day; NaT where invalid."""
    n = len(found.valid)
    if not found.valid.any():
        return np.full(n, "NaT", dtype="datetime64[us]")
    one = np.ones(n)
    year, month, day = (found.numbers.get(key, one) for key in keys)
    day = np.where(np.isnan(day), 1.0, day)  # for months
    short = year < 100
    year = np.where(short, year + np.where(year < _TURN_OF_CENTURY, 2000, 1900), year)
    clock, possible = _clock(found)
    possible &= found.valid & (month >= 1) & (month <= 12) & (day >= 1) & (day <= 31)
    year, month, day = (np.where(possible, value, 1.0) for value in (year, month, day))
    months = ((year - 1970) * 12 + month - 1).astype(np.int64).astype("datetime64[M]")
    days = months.astype("datetime64[D]") + (day - 1).astype(np.int64)
    possible &= days.astype("datetime64[M]") == months  # no 30th of February
    moments = days.astype("datetime64[us]") + np.rint(clock * 1e6).astype("timedelta64[us]")
    return np.where(possible, moments, np.datetime64("NaT"))


def _clock(found: _Groups) -> tuple[NDArray[np.float64], Mask]:
    """Return seconds after midnight UTC, and whether the time is valid."""
    hours, minutes, seconds, zone = (
        np.nan_to_num(found.numbers[key]) for key in ("hours", "minutes", "seconds", "zone")
    )
    half = found.numbers["half"]
    halved = np.isfinite(half)
    possible = np.where(halved, (hours >= 1) & (hours <= 12), hours < 24)
    hours = np.where(halved, hours % 12 + np.nan_to_num(half), hours)
    return 3600.0 * (hours - zone) + 60.0 * minutes + seconds, possible
