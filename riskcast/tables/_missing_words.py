"""Words for missing values, and when they are values themselves.

In a column of numbers every such word is a missing value. In a column of text it may be
a value: "None" beside "Mild" and "Severe", "-" beside "+", "NA" for Namibia. It is treated as
a value

- if it is as frequent as one: at least as frequent as the rarest of the other values
  (half as frequent for words such as "None" and "unknown", but not for abbreviations such as
  "NA" and "null"). Other values that make up less than 5 % of the cells with other values are
  ignored, because they may be typing errors;
- if its counterpart occurs: "+" for "-", "known" for "unknown", degrees for "none",
  two-letter codes for "NA".

Marks that are never names, such as "?", "nan" and "#DIV/0!", and empty cells are always missing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping

import numpy as np

from riskcast.tables._cells import Cells, Mask, as_mask, counted_cells

_MARKS = {
    "?", "??", ".", "..", "...", "--", "---", "*", "nan", "-nan", "nat", "<na>", "<nan>", "<null>",
    "#n/a", "#n/a n/a", "#na", "#div/0!", "#value!", "#ref!", "#num!", "#name?", "#null!",
    "1.#ind", "-1.#ind", "1.#qnan", "-1.#qnan",
}  # fmt: skip
_ABBREVIATIONS = {"na", "n/a", "n.a.", "n.a", "null", "nd", "n/d", "n.d."}
_WORDS = {
    "none", "-", "missing", "unknown", "undefined", "nil", "no data", "not available",
    "not known", "not applicable",
}  # fmt: skip
_ALL = sorted(_MARKS | _ABBREVIATIONS | _WORDS)
_DEGREES = (
    "mild moderate severe slight minor major light heavy low medium high weak strong some few many "
    "partial full one two both all any"
)
_COUNTERPARTS = {
    "-": {"+", "++", "+++", "+-", "-+", "+/-", "±"},
    "--": {"++"},
    "unknown": {"known"},
    "not known": {"known"},
    "undefined": {"defined"},
    "missing": {"present", "found", "complete", "intact"},
    "not available": {"available"},
    "not applicable": {"applicable"},
    "none": set(_DEGREES.split()),
}
_NOT_RARE = 0.05  # of the cells with other values
_WORD_OF_THE_LANGUAGE = 0.5  # of the rarest value's frequency
_FEWEST_CODES = 5


def is_missing_word(cells: Cells) -> Mask:
    """Return which strings may stand for a missing value."""
    import pyarrow as pa
    import pyarrow.compute as pc

    words = pa.array(_ALL, type=cells.plain.type)
    return as_mask(pc.is_in(pc.utf8_lower(cells.plain), value_set=words))


def missing_in_text(cells: Cells) -> tuple[Mask, list[str]]:
    """Return which strings of a text column are missing values, and notes on these words."""
    words = is_missing_word(cells)
    if not words.any():
        return words, []
    others: Counter[str] = Counter()
    for text, count in cells.items(~words):
        others[text] += count
    folded = np.array([text.casefold() for text in cells.plain.to_pylist()], dtype=object)
    missing, said = words.copy(), []
    for word in sorted(set(folded[words])):
        same = folded == word
        count = cells.weight(same)
        spelled = repr(cells.example(same))
        if _is_value(word, cells.example(same), count, others):
            missing &= ~same
            said.append(
                f"{spelled} was treated as a value ({count} of {counted_cells(_filled(cells))}); "
                "leave cells empty if a value is missing"
            )
        else:
            said.append(f"{spelled} was treated as missing ({counted_cells(count)})")
    return missing, said


def _filled(cells: Cells) -> int:
    return int(cells.counts.sum())


def _is_value(word: str, spelled: str, count: int, others: Mapping[str, int]) -> bool:
    if {other.casefold() for other in others} & _COUNTERPARTS.get(word, set()):
        return True
    if word in _MARKS or not others:
        return False
    if spelled == "NA" and len(others) >= _FEWEST_CODES and all(map(_is_code, others)):
        return True
    total = sum(others.values())
    frequent = [number for number in others.values() if number >= _NOT_RARE * total]
    share = _WORD_OF_THE_LANGUAGE if word in _WORDS else 1.0
    return bool(frequent) and count >= share * min(frequent)


def _is_code(text: str) -> bool:
    return re.fullmatch("[A-Z]{2}", text) is not None
