"""Convert times of day, and durations in the same format, to hours."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast.tables._cells import Cells, Mask, as_mask
from riskcast.tables._missing_words import is_missing_word
from riskcast.tables._number_words import NEARLY_ALL

_TIME = (
    r"^(?P<sign>[-+]?)(?P<hours>\d{1,3})(?::(?P<minutes>[0-5]\d)(?::(?P<seconds>[0-5]\d(?:[.,]\d+)?))?)?"
    r"\s?(?P<half>[AaPp]\.?[Mm]\.?)?$"
)


def read_times(cells: Cells) -> tuple[NDArray[np.float64], list[str]] | None:
    """Return hours and notes, or None if the strings are not times of day."""
    words = is_missing_word(cells)
    filled = cells.weight(~words)
    if (
        filled == 0
        or cells.weight(cells.matches(r"\d(?::|\s?[AaPp]\.?[Mm])")) < NEARLY_ALL * filled
    ):
        return None
    hours = _hours(cells)
    valid = np.isfinite(hours) & ~words
    if cells.weight(valid) < NEARLY_ALL * filled:
        return None
    said = ["times of day converted to hours"]
    if not valid.all():
        said.append(f"not times, treated as missing: {cells.listed(~valid)}")
    return cells.spread(hours, np.nan), said


def _hours(cells: Cells) -> NDArray[np.float64]:
    """Convert each string to hours; NaN if it is not a time."""
    import pyarrow.compute as pc

    found = pc.extract_regex(cells.plain, _TIME)
    hours, minutes, seconds = (_numbers(found, key) for key in ("hours", "minutes", "seconds"))
    half = np.asarray(pc.utf8_lower(pc.struct_field(found, "half")), dtype=object)
    halved = np.array([bool(text) for text in half], dtype=bool)
    afternoon = np.array([bool(text) and text[0] == "p" for text in half], dtype=bool)
    possible = np.where(halved, (hours >= 1) & (hours <= 12), np.isfinite(minutes))
    hours = np.where(halved, hours % 12 + 12.0 * afternoon, hours)
    negative = as_mask(pc.equal(pc.struct_field(found, "sign"), "-"))
    total = hours + np.nan_to_num(minutes) / 60.0 + np.nan_to_num(seconds) / 3600.0
    return np.where(possible & _valid(found), np.where(negative, -total, total), np.nan)


def _valid(found: Any) -> Mask:
    return as_mask(found.is_valid())


def _numbers(found: Any, key: str) -> NDArray[np.float64]:
    """Convert a group of digits to floats; NaN if empty."""
    import pyarrow as pa
    import pyarrow.compute as pc

    texts = pc.replace_substring(pc.struct_field(found, key), ",", ".")
    texts = pc.if_else(pc.equal(texts, ""), pa.scalar(None, texts.type), texts)
    return np.asarray(pc.cast(texts, pa.float64()).to_numpy(zero_copy_only=False), dtype=np.float64)
