"""Convert columns of formatted numbers.

A column is numeric if 90 % of its filled cells are numbers, not counting words for missing values:
with more exceptions, these probably have a meaning. The exceptions are treated as missing and
reported. Bounds such as "<30" count as numbers here, but are then treated as missing.
"""

from __future__ import annotations

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast.tables._cells import Cells, Mask, counted_cells
from riskcast.tables._decimal_marks import Evidence, evidence_of
from riskcast.tables._missing_words import is_missing_word
from riskcast.tables._number_codes import are_codes
from riskcast.tables._number_grammar import Mark, Parsed, parse, values_of

NEARLY_ALL = 0.9
_SOME = 0.5  # share of actual numbers, if the others are bounds
_SHOWN_UNITS = 4
_POWERS = {
    "k": "e3", "K": "e3", "M": "e6", "mn": "e6", "Mio": "e6", "Mio.": "e6",
    "B": "e9", "bn": "e9", "Bn": "e9", "Mrd": "e9", "Mrd.": "e9", "T": "e12", "Cr": "e7",
}  # fmt: skip
_POWER_WORDS = {
    "thousand": "e3", "million": "e6", "mln": "e6", "mio": "e6", "mill": "e6", "billion": "e9",
    "trillion": "e12", "lakh": "e5", "lac": "e5", "crore": "e7",
}  # fmt: skip
_BYTES = re.compile(r"[kKMGTP]i?[bB]")
# Units of which a capital makes a million of what a small letter makes a thousandth of.
_MILLI_OR_MEGA = re.compile(r"[mM](?:|[WVAgmsJNLl]|Hz|Pa|Wh|eV|bps|Ω|mol)")


@dataclass(frozen=True)
class NumberColumn:
    """A column in which nearly all strings are numbers.

    Attributes
    ----------
    cells : Cells
    parsed : Parsed
    evidence : Evidence
        Evidence on the decimal mark.
    words : ndarray of bool
        Strings that may stand for a missing value.
    accepted : ndarray of bool
        Strings with the unit of the column.
    powers : ndarray of str or None
        Powers of ten to append.
    unit : str
        Note on the unit; "" if there is none.
    """

    cells: Cells
    parsed: Parsed
    evidence: Evidence
    words: Mask
    accepted: Mask
    powers: NDArray[Any] | None
    unit: str

    @property
    def mark(self) -> Mark | None:
        """The decimal mark of the column, if it is unambiguous."""
        return self.evidence.clear


def number_column(cells: Cells) -> tuple[NumberColumn | None, str]:
    """Return the column as numbers, or None with the reason why numbers were not converted."""
    if not _may_be_numbers(cells) or are_codes(cells):
        return None, ""
    parsed = parse(cells)
    words = is_missing_word(cells)
    accepted, powers, unit = _one_unit(cells, parsed)
    column = NumberColumn(cells, parsed, evidence_of(cells, parsed), words, accepted, powers, unit)
    marks: tuple[Mark, ...] = ("point", "comma")
    if any(_nearly_all(column, mark) for mark in marks):
        return column, ""
    return None, _obstacle(column)


def _obstacle(column: NumberColumn) -> str:
    """Return why numbers were not converted, if that is easily fixed."""
    cells, parsed = column.cells, column.parsed
    numbers = parsed.fits["point"] | parsed.fits["comma"]
    if cells.weight(numbers) < NEARLY_ALL * cells.weight(~column.words):
        return ""
    units = sorted({unit or "none" for unit in parsed.units[numbers]})
    if len(units) > 1:
        shown = ", ".join(units[:_SHOWN_UNITS]) + (", ..." if len(units) > _SHOWN_UNITS else "")
        return f"left as text, because units differ ({shown})"
    return "left as text, because decimal points and decimal commas are mixed"


def _may_be_numbers(cells: Cells) -> bool:
    """Whether there are enough digits (a quick check)."""
    return cells.weight(cells.matches(r"\d")) >= _SOME * cells.weight(~is_missing_word(cells)) > 0


def _nearly_all(column: NumberColumn, mark: Mark) -> bool:
    cells, parsed = column.cells, column.parsed
    filled = cells.weight(~column.words)
    numbers = cells.weight(parsed.fits[mark] & column.accepted & ~column.words)
    known = numbers + cells.weight(parsed.bounds & ~column.words)
    return numbers > 0 and numbers >= _SOME * filled and known >= NEARLY_ALL * filled


def read_numbers(column: NumberColumn, mark: Mark) -> tuple[NDArray[Any], list[str]] | None:
    """Return values and notes, or None if they are not numbers with this decimal mark."""
    if not _nearly_all(column, mark):
        return None
    cells = column.cells
    fits = column.parsed.fits[mark] & column.accepted & ~column.words
    values = cells.spread(values_of(column.parsed, fits, mark, column.powers), np.nan)
    if values.dtype == np.float64 and fits.all() and _lost_digits(cells, values):
        return None
    return values, _said(column, mark, fits)


def _lost_digits(cells: Cells, values: NDArray[np.float64]) -> bool:
    """Whether distinct long integers become equal in double precision."""
    if not cells.matches(r"^[-+]?\d{16,}$").all():
        return False
    distinct = len(set(cells.plain.to_pylist()))
    return len(np.unique(values[np.isfinite(values)])) < distinct or bool(np.isinf(values).any())


def _said(column: NumberColumn, mark: Mark, fits: Mask) -> list[str]:
    cells, said = column.cells, []
    comma = (cells.matches(",") & fits).any()
    if mark == "comma" and comma:
        said.append("decimal commas converted")
    if (comma and mark == "point") or (mark == "comma" and (cells.matches(r"\d\.\d") & fits).any()):
        said.append(f"{'commas' if mark == 'point' else 'points'} between thousands removed")
    if column.unit:
        said.append(column.unit)
    bounds = column.parsed.bounds & ~fits
    if bounds.any():
        said.append(f"bounds, treated as missing: {cells.listed(bounds)}")
    odd = ~fits & ~bounds & ~column.words
    if odd.any():
        said.append(f"not numbers, treated as missing: {cells.listed(odd)}")
    words = column.words & ~fits
    if words.any():
        said.append(f"treated as missing: {cells.listed(words)}")
    return said


def _one_unit(cells: Cells, parsed: Parsed) -> tuple[Mask, NDArray[Any] | None, str]:
    """Return the strings with the unit of the column, powers of ten, and a note."""
    numbers = parsed.fits["point"] | parsed.fits["comma"]
    if (parsed.units == "").all():
        return numbers, None, ""
    weights: Counter[str] = Counter()
    for unit, count in zip(parsed.units[numbers], cells.counts[numbers], strict=True):
        weights[unit] += int(count)
    named = [unit for unit in weights if unit]
    if not named:
        return numbers, None, ""
    split = {unit: _split(unit) for unit in weights}
    if _are_powers(split) and not cells.matches(r"\d[eE]").any():
        powers = np.array([split[unit][1] if unit in split else ""
                           for unit in parsed.units], dtype=object)  # fmt: skip
        return numbers, powers, "suffixes such as k and M multiplied out"
    kinds: Counter[str] = Counter()
    for unit, count in weights.items():
        kinds[_folded(unit)] += count
    main = kinds.most_common(1)[0][0]
    folded = np.array([_folded(unit) for unit in parsed.units], dtype=object)
    accepted = numbers & (folded == main)
    if len(kinds) == 2 and "" in kinds and not any(map(_scales, named)):
        main = next(kind for kind in kinds if kind)
        accepted = numbers
    if not main:
        return accepted, None, ""
    shown = next(unit for unit in named if _folded(unit) == main)
    bare = cells.weight(accepted & (folded == "")) if main else 0
    extra = f", also assumed for {counted_cells(bare)} without a unit" if bare else ""
    return accepted, None, f"unit {shown!r} removed{extra}"


def _scales(unit: str) -> bool:
    """Whether the number would be different without this unit."""
    words = unit.split()
    return "%" in unit or "‰" in unit or any(map(_power, words)) or any(map(_BYTES.match, words))


def _folded(unit: str) -> str:
    folded = " ".join(unit.casefold().rstrip(".").split())
    return unit[0] + folded[1:] if _MILLI_OR_MEGA.fullmatch(unit.rstrip(".")) else folded


def _split(unit: str) -> tuple[str, str]:
    """Split a unit into currency and power of ten, as "e3"; the power is empty if there is none."""
    *currency, last = unit.split(" ") if unit else [""]
    if _power(last) and len(currency) <= 1:
        return "".join(currency), _power(last)
    return unit, ""


def _power(word: str) -> str:
    """The power of ten that a word stands for, such as "e3", or ""."""
    folded = word.casefold().rstrip(".")
    return _POWERS.get(word) or _POWER_WORDS.get(folded.removesuffix("s"), "")


def _are_powers(split: dict[str, tuple[str, str]]) -> bool:
    """Whether units are several powers of ten of one currency: 900k and 1.2M, or 900 and 1.2k.

    A single power is treated as a unit; "M" alone may be a unit of length.
    """
    powers = {power for _, power in split.values()}
    if len({currency for currency, _ in split.values()}) != 1:
        return False
    return len(powers - {""}) > 1 or powers == {"", "e3"}
