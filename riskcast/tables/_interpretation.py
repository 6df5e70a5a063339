"""Convert columns of strings to numbers, times, dates and classes.

This step comes between reading a file and encoding its columns. It uses whole columns, but never
the relation of a column to the target.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast.tables._cells import Cells, arrow_texts, cells_of, counted_cells
from riskcast.tables._dates import DateColumn, date_column, read_dates, usual_order
from riskcast.tables._decimal_marks import (
    Convention,
    Evidence,
    checked_mark,
    decide,
    example_of,
    own_convention,
    unlike,
)
from riskcast.tables._missing_words import missing_in_text
from riskcast.tables._number_codes import may_be_code
from riskcast.tables._number_grammar import Mark
from riskcast.tables._number_words import NumberColumn, number_column, read_numbers
from riskcast.tables._objects import calendar_dates, plain_column, texts_of
from riskcast.tables._times_of_day import read_times

_AMBIGUOUS = r"^[-+]?[1-9]\d{0,2}\.\d{3}$"
_SAMPLE = 100
_FIRST_DAY, _LAST_DAY = 19000101, 21001231


@dataclass
class Readings:
    """How the columns of a table were converted.

    Attributes
    ----------
    columns : dict of str to str
        Notes on the conversion, by column.
    doubts : dict of str to list of str
        Warnings on ambiguous conversions, by column.
    """

    columns: dict[str, str] = field(default_factory=dict)
    doubts: dict[str, list[str]] = field(default_factory=dict)


@dataclass
class _Columns:
    """The columns of a table during conversion."""

    done: dict[str, Any]
    numbers: dict[str, NumberColumn]
    dates: dict[str, DateColumn]
    texts: dict[str, Cells]
    clear: list[Evidence]
    readings: Readings


def interpreted(
    frame: Any, separator: str | None = None, typed: bool = False, decimal: str | None = None
) -> tuple[Any, Readings]:
    """Convert the string columns of a frame.

    Parameters
    ----------
    frame : pandas.DataFrame
    separator : str, optional
        Separator of the columns of a text file.
    typed : bool, default=False
        Whether the file format has missing values, so that no string means one.
    decimal : {"point", "comma"}, optional
        Decimal mark. None decides from all columns.

    Returns
    -------
    frame : pandas.DataFrame
        Numbers, times in hours, dates, booleans, and text with missing values.
    readings : Readings
    """
    import pandas as pd

    asked = checked_mark(decimal)
    columns = _Columns({}, {}, {}, {}, [], Readings())
    for name in frame.columns:
        _sort(frame[name], str(name), columns)
    found = [column.evidence for column in columns.numbers.values()]
    convention = decide([*found, *columns.clear], separator, asked)
    for name, numbers in columns.numbers.items():
        _finish_numbers(name, numbers, convention, separator, columns)
    for evidence in columns.clear:
        if evidence.clear != convention.mark:
            _note(columns.readings, evidence.name, [], [unlike(convention, evidence)])
    usual = usual_order(list(columns.dates.values()))
    for name, dates in columns.dates.items():
        values, said, doubts = read_dates(dates, usual, convention.mark == "comma")
        _note(columns.readings, name, said, doubts)
        columns.done[name] = values
    for name, cells in columns.texts.items():
        _finish_text(name, cells, typed, columns)
    done = {
        name: pd.Series(columns.done[name], index=frame.index, name=name) for name in frame.columns
    }
    for name in frame.columns:
        _doubt_days(done[name], name, columns.readings)
    return pd.DataFrame(done, index=frame.index), columns.readings


def _sort(column: Any, name: str, columns: _Columns) -> None:
    """Convert an unambiguous column, or collect it with its kind for later."""
    column = plain_column(column)
    texts = texts_of(column)
    if texts is None:
        columns.done[name], n_out = calendar_dates(column)
        said = f"dates outside the years 1 to 9999 count as missing: {counted_cells(n_out)}"
        _note(columns.readings, name, [said] if n_out else [], [])
        return
    values = _plain_numbers(texts, name, columns)
    if values is not None:
        columns.done[name] = values
        return
    cells = cells_of(texts, name)
    truth = _truth_values(cells)
    if truth is not None:
        columns.done[name] = truth
        return
    times = read_times(cells)
    if times is not None:
        columns.done[name] = times[0]
        _note(columns.readings, name, times[1], [])
        return
    numbers, obstacle = number_column(cells)
    if numbers is not None:
        columns.numbers[name] = numbers
        return
    dates = date_column(cells)
    if dates is not None:
        columns.dates[name] = dates
    else:
        columns.texts[name] = cells
        _note(columns.readings, name, [obstacle] if obstacle else [], [])


def _plain_numbers(texts: Any, name: str, columns: _Columns) -> NDArray[Any] | None:
    """Convert unambiguous machine-written numbers, the usual case."""
    import pyarrow as pa
    import pyarrow.compute as pc

    array = arrow_texts(texts)
    present = array.drop_null()
    if len(present) == 0:
        return np.full(len(array), np.nan)
    if may_be_code(present[0].as_py()):
        return None
    try:
        values = pc.cast(array, pa.float64()).to_numpy(zero_copy_only=False)
    except pa.ArrowInvalid:
        return None
    marked = pc.match_substring(present, ".")
    if pc.any(marked).as_py():
        pointed = present.filter(marked)
        clear = _first_clear(pointed[:_SAMPLE]) or _first_clear(pointed)
        if clear is None:
            return None
        columns.clear.append(Evidence(name, "point", clear))
        return np.asarray(values)
    try:
        whole = pc.cast(array, pa.int64())
    except pa.ArrowInvalid:
        exponents = pc.any(pc.match_substring_regex(present, "[eEnN]")).as_py()
        return np.asarray(values) if exponents else None
    return np.asarray(values if whole.null_count else whole.to_numpy())


def _first_clear(pointed: Any) -> str | None:
    """Return the first number that is valid only with a decimal point."""
    import pyarrow.compute as pc

    clear = pointed.filter(pc.invert(pc.match_substring_regex(pointed, _AMBIGUOUS)))
    return str(clear[0].as_py()) if len(clear) else None


def _truth_values(cells: Cells) -> NDArray[np.bool_] | None:
    """Convert booleans, if there are no other values and none is missing."""
    texts = set(cells.texts[:3].to_pylist())
    if len(cells.texts) > 2 or not texts <= {"True", "False", "TRUE", "FALSE", "true", "false"}:
        return None
    if (cells.codes < 0).any():
        return None
    true = np.array([text.lower() == "true" for text in cells.texts.to_pylist()])
    return np.asarray(true[cells.codes])


def _finish_numbers(
    name: str,
    column: NumberColumn,
    convention: Convention,
    separator: str | None,
    columns: _Columns,
) -> None:
    evidence = column.evidence
    convention = own_convention(evidence, convention)
    mark = column.mark or convention.mark
    read = read_numbers(column, mark)
    if read is None:
        columns.texts[name] = column.cells
        return
    values, said = read
    doubts = []
    if column.mark is not None and column.mark != convention.mark:
        doubts.append(unlike(convention, evidence))
    elif convention.guessed and evidence.ambiguous and not _is_usual(evidence, mark, separator):
        first = next(
            value
            for value, text in zip(values, column.cells.without(np.zeros(0, bool)), strict=True)
            if text == evidence.example
        )
        doubts.append(f"{name}: {example_of(convention, evidence.example, float(first))}")
    _note(columns.readings, name, said, doubts)
    columns.done[name] = values


def _is_usual(evidence: Evidence, mark: Mark, separator: str | None) -> bool:
    """Whether commas group thousands in a comma-separated file, which is not ambiguous."""
    return mark == "point" and separator == "," and "," in evidence.example


def _finish_text(name: str, cells: Cells, typed: bool, columns: _Columns) -> None:
    missing: NDArray[np.bool_] = np.zeros(len(cells.counts), dtype=bool)
    if not typed:
        missing, said = missing_in_text(cells)
        before = columns.readings.columns.get(name)
        _note(columns.readings, name, [before, *said] if before else said, [])
    columns.done[name] = cells.without(missing)


def _note(readings: Readings, name: str, said: list[str], doubts: list[str]) -> None:
    if said:
        readings.columns[name] = "; ".join(said)
    if doubts:
        readings.doubts[name] = doubts


def _doubt_days(column: Any, name: str, readings: Readings) -> None:
    """Warn that numbers such as 20200830 stay numbers."""
    if column.dtype != np.int64 or len(column) == 0:
        return
    values = column.to_numpy()
    if values.min() < _FIRST_DAY or values.max() > _LAST_DAY or values.min() == values.max():
        return
    months, days = values // 100 % 100, values % 100
    if ((months >= 1) & (months <= 12) & (days >= 1) & (days <= 31)).all():
        readings.doubts.setdefault(name, []).append(
            f"{name}: numbers such as {values[0]} look like dates and were used as numbers; write "
            f"dates as 2020-08-30."
        )
