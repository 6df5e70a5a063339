"""Grammar of formatted numbers: signs, currencies, units and groups of digits."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from riskcast.tables._cells import Cells, Mask, as_mask

Mark = Literal["point", "comma"]

_DIGITS = r"(?:\d(?:[\d.,' ]*\d)?\.?|[.,]\d+)"
_EXPONENT = r"(?:[eE][-+]?\d+)?"
_CURRENCY = (
    r"(?:(?:[A-Z]{1,2})?\p{Sc}|CHF|Fr\.|US[D$]|EUR|GBP|JPY|CN[YH]|RMB|INR|Rs\.?|AUD|CAD|NZD|SEK|NOK|"
    r"DKK|kr\.?|PLN|zł|CZK|Kč|HUF|RUB|BRL|R\$|ZAR|MXN|KRW|SGD|HKD|TRY|ILS|THB)"
)
_UNIT = r"(?:\"|[^\d\s¼-¾⅐-⅟↉()<>=+,;:.'\"/?!~-][^\d()<>=+,;:?!~]{0,19}(?:/\s?100 ?km)?[23]?)"
_WHOLE = r"(\d[.,])--?(\s?\D*)$"  # no decimals: 615.- francs, 1.200,- crowns
_BARE = rf"^[-+]?{_DIGITS}{_EXPONENT}$"
_DECORATED = (
    rf"^(?P<sign1>[-+]?)\s?(?P<before1>{_CURRENCY}?)\s?(?P<sign2>[-+]?)(?P<opened>\(?)\s?"
    rf"(?P<sign3>[-+]?)(?P<before2>{_CURRENCY}?)\s?(?P<digits>{_DIGITS}{_EXPONENT})\s*"
    rf"(?P<after1>{_UNIT}?)(?:\s?(?P<closed>\))\s?(?P<after2>{_UNIT}?))?(?P<sign4>-?)$"
)
# Bounds: <30, >= 100, 5+, 80 and over.
_BOUND = (
    rf"^[<>≤≥]=?\s?[-+]?{_DIGITS}{_EXPONENT}\s?{_UNIT}?$|^\d+\s?\+$|"
    r"^\d+ (?:and|or) (?:over|more|older|above|up|under|less|fewer|younger|below)$"
)


def _pattern(decimal: str, other: str) -> str:
    """Pattern for one decimal mark; the other mark, an apostrophe or a space groups digits."""
    fraction = rf"(?:{decimal}\d+)?"
    groups = "|".join(rf"[1-9]\d{{0,2}}(?:{mark}\d{{3}})+{fraction}" for mark in (other, "'", " "))
    lakhs = rf"[1-9]\d?(?:{other}\d{{2}})+{other}\d{{3}}{fraction}"
    bare_point = r"|\d+\." if decimal == r"\." else ""
    single = rf"(?:\d+{fraction}|{decimal}\d+{bare_point}){_EXPONENT}"
    return rf"^[-+]?(?:{single}|{groups}|{lakhs})$"


_PATTERNS: dict[Mark, str] = {"point": _pattern(r"\.", ","), "comma": _pattern(",", r"\.")}


@dataclass(frozen=True)
class Parsed:
    """The parts of each string: digits, sign and unit.

    Attributes
    ----------
    digits : pyarrow.Array
        Digits with marks, optional sign and exponent; null if there is no number.
    signs : ndarray
        1 or -1.
    units : ndarray of str
        Currency and unit; "" if there is none.
    fits : dict
        Which strings are numbers under each convention.
    bounds : ndarray of bool
        Strings such as "<30".
    """

    digits: Any
    signs: NDArray[np.float64]
    units: NDArray[Any]
    fits: dict[Mark, Mask]
    bounds: Mask


def parse(cells: Cells) -> Parsed:
    """Parse the strings of a column."""
    import pyarrow as pa
    import pyarrow.compute as pc

    bare = cells.matches(_BARE)
    n = len(bare)
    digits = pc.if_else(pa.array(bare), cells.plain, pa.nulls(n, cells.plain.type))
    signs, units = np.ones(n), np.full(n, "", dtype=object)
    rest = np.flatnonzero(~bare)
    if len(rest):
        texts = pc.replace_substring_regex(cells.plain.take(pa.array(rest)), _WHOLE, r"\100\2")
        found = pc.extract_regex(texts, _DECORATED)
        valid = as_mask(found.is_valid())
        parts = {key: np.asarray(pc.struct_field(found, key)) for key in _groups()}
        good, minus, unit = _around(parts, valid)
        signs[rest[minus]] = -1.0
        units[rest] = unit
        filled = np.asarray(digits, dtype=object)
        filled[rest[good]] = parts["digits"][good]
        digits = pa.array(filled, type=cells.plain.type)
    bounds = np.zeros(n, dtype=bool) if bare.all() else cells.matches(_BOUND)
    fits = {
        mark: as_mask(pc.match_substring_regex(digits, pattern)) & ~bounds
        for mark, pattern in _PATTERNS.items()
    }
    return Parsed(digits, signs, units, fits, bounds)


def _groups() -> list[str]:
    import re

    return re.findall(r"\?P<(\w+)>", _DECORATED)


def _around(parts: dict[str, Any], valid: Mask) -> tuple[Mask, Mask, NDArray[Any]]:
    """Return which strings are well formed, which are negative, and their units."""
    for values in parts.values():
        values[~valid] = ""
    signs = [parts[f"sign{index}"] for index in (1, 2, 3, 4)]
    opened, closed = parts["opened"] == "(", parts["closed"] == ")"
    n_signs = sum((sign != "").astype(int) for sign in signs) + opened
    befores = (parts["before1"] != "").astype(int) + (parts["before2"] != "")
    afters = (parts["after1"] != "").astype(int) + (parts["after2"] != "")
    good = valid & (opened == closed) & (n_signs <= 1) & (befores <= 1) & (afters <= 1)
    minus = good & (opened | np.logical_or.reduce([sign == "-" for sign in signs]))
    unit = np.full(len(valid), "", dtype=object)
    for index in np.flatnonzero(good):
        named = (parts[key][index].strip() for key in ("before1", "before2", "after1", "after2"))
        unit[index] = " ".join(name for name in named if name)
    return good, minus, unit


def values_of(parsed: Parsed, mask: Mask, mark: Mark, powers: NDArray[Any] | None) -> Any:
    """Convert the strings of a mask to correctly rounded numbers; NaN for the others.

    Parameters
    ----------
    parsed : Parsed
    mask : ndarray of bool
        Strings that fit the convention.
    mark : {"point", "comma"}
    powers : ndarray of str, optional
        Exponents to append, such as "e3" for thousands.
    """
    import pyarrow as pa
    import pyarrow.compute as pc

    chosen = parsed.digits.filter(pa.array(mask))
    chosen = pc.replace_substring_regex(chosen, "[ ',]" if mark == "point" else "[ '.]", "")
    if mark == "comma":
        chosen = pc.replace_substring(chosen, ",", ".")
    whole = not pc.any(pc.match_substring_regex(chosen, "[.eE]")).as_py()
    if powers is not None:
        appended = pa.array(powers[mask], type=chosen.type)
        chosen = pc.binary_join_element_wise(chosen, appended, pa.scalar("", chosen.type))
    values = np.full(len(mask), np.nan)
    if whole and powers is None:
        whole_numbers = _integers(chosen, parsed.signs[mask])
        if whole_numbers is not None and mask.all():
            return whole_numbers
    values[mask] = pc.cast(chosen, pa.float64()).to_numpy(zero_copy_only=False) * parsed.signs[mask]
    return values


def _integers(digits: Any, signs: NDArray[np.float64]) -> NDArray[np.int64] | None:
    import pyarrow as pa
    import pyarrow.compute as pc

    try:
        numbers = pc.cast(pc.replace_substring(digits, "+", ""), pa.int64())
    except pa.ArrowInvalid:
        return None
    return np.asarray(numbers.to_numpy(zero_copy_only=False) * signs.astype(np.int64))
