"""Comma-, tab- and otherwise separated text."""

from __future__ import annotations

import io
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from riskcast.exceptions import InputError
from riskcast.tables._contents import Contents
from riskcast.tables._decoding import read_text
from riskcast.tables._layout import (
    BLANKS,
    Layout,
    fields_of_any_length,
    find_layout,
    is_blank,
    lines_from,
    records,
    split,
)

_ROW_NAMES = "rownames"
_ROW_NAMES_NOTE = (
    "The header line has one field fewer than the rows, as in files written by R: the first field "
    "of each row was used as the row name."
)
_NOT_BLANK = re.compile(rb"\S")


def read_delimited(path: Path) -> Contents:
    """Read delimited text with a header line; separator and encoding are detected."""
    text = read_text(path)
    layout = find_layout(text, ".tsv" in [suffix.lower() for suffix in path.suffixes[-2:]])
    if not layout.names or not _NOT_BLANK.search(text, layout.start):
        raise InputError(f"{path}: the table has no rows; expected one row per sample")
    frame, names = _parsed(path, text, layout)
    frame = frame.iloc[:, : len(names)]
    # pandas would rename a second column "a" to "a.1".
    frame.columns = [
        name if name.strip() else f"Unnamed: {index}" for index, name in enumerate(names)
    ]
    frame.attrs["separator"] = layout.separator  # used to decide the decimal mark
    notes = layout.notes if len(names) <= len(layout.names) else (*layout.notes, _ROW_NAMES_NOTE)
    return Contents(frame, notes=notes)


def _parsed(path: Path, text: bytes, layout: Layout) -> tuple[Any, list[str]]:
    """Return the columns and the names of those to keep; raise an error if rows are irregular.

    pandas refuses a row that is longer than the first and pads a shorter one. The fields of all
    rows are therefore counted only after such an error or if the last column has missing values.
    """
    import pandas as pd

    names = list(layout.names)
    try:
        frame = _read(text, layout)
        if frame.shape[1] == len(names) and (
            not frame.iloc[:, -1].isna().any() or _has_even_rows(text, layout)
        ):
            return frame, names
    except pd.errors.ParserError as error:
        if "Expected" not in str(error):
            raise _unclosed(path, error) from error
    widths = _Widths(text, layout)
    if widths.only_names():
        count = widths.n_named
    elif set(widths.counts) == {len(names)}:
        count = len(names)
    elif set(widths.counts) == {len(names) + 1}:
        count, names = len(names) + 1, [_ROW_NAMES, *names]
    else:
        raise _irregular(path, text, layout, widths)
    frame = _read(text, layout, names=range(max(widths.counts)))
    if count > len(layout.names) and not _are_row_names(frame[0], layout):
        raise _irregular(path, text, layout, widths)
    return frame, names[:count]


def _read(text: bytes, layout: Layout, **options: Any) -> Any:
    import pandas as pd

    body = io.BytesIO(text)
    body.seek(layout.start)
    separator = r"\s+" if layout.separator == BLANKS else layout.separator
    return pd.read_csv(
        body,
        sep=separator,
        header=None,
        low_memory=False,
        skipinitialspace=True,
        # Cells stay as written: _interpretation.py converts numbers, dates and words.
        dtype=str,
        keep_default_na=False,
        na_values=[""],
        **options,
    )


def _has_even_rows(text: bytes, layout: Layout) -> bool:
    """Whether every row has one field for each name, checked quickly with pyarrow.

    pyarrow keeps blanks after a separator and would not recognize a quote after them.
    """
    import pyarrow as pa
    from pyarrow import csv

    if layout.separator == BLANKS or b' "' in text or not layout.names[-1].strip():
        return False
    names = [str(index) for index in range(len(layout.names))]
    try:
        csv.read_csv(
            pa.BufferReader(pa.py_buffer(text).slice(layout.start)),
            csv.ReadOptions(column_names=names),
            csv.ParseOptions(delimiter=layout.separator, newlines_in_values=True),
            csv.ConvertOptions(include_columns=["0"], column_types={"0": pa.binary()}),
        )
    except pa.ArrowException:
        return False
    return True


class _Widths:
    """Number of fields of the rows.

    Attributes
    ----------
    counts : Counter
        Number of rows for each number of fields.
    n_named : int
        Number of columns up to the last named one; trailing separators add unnamed ones.
    surplus : bool
        Whether any row has a value beyond these columns.
    """

    def __init__(self, text: bytes, layout: Layout) -> None:
        self.counts: Counter[int] = Counter()
        self.n_named = max(index for index, name in enumerate(["x", *layout.names]) if name.strip())
        self.surplus = False
        line = ""

        def lines() -> Iterator[str]:
            nonlocal line
            for one in lines_from(text, layout.start):
                line = one
                yield one

        with fields_of_any_length():
            for fields in split(lines(), layout.separator):
                if is_blank(fields, line):
                    continue
                self.counts[len(fields)] += 1
                if len(fields) > self.n_named and not self.surplus:
                    self.surplus = any(fields[self.n_named :])

    def only_names(self) -> bool:
        """Whether every row has a field for each name and no value beyond."""
        return min(self.counts) >= self.n_named > 0 and not self.surplus


def _are_row_names(column: Any, layout: Layout) -> bool:
    """Whether an unnamed first column contains row names, as written by R."""
    import pandas as pd

    if column.isna().any() or not column.is_unique:
        return False
    numbers = pd.to_numeric(column, errors="coerce")
    if numbers.isna().any() or layout.quoted_row_names:
        return True
    return bool((numbers.to_numpy() == range(1, len(column) + 1)).all())


def _irregular(path: Path, text: bytes, layout: Layout, widths: _Widths) -> InputError:
    """Return an error that names the first row that does not fit the header."""
    wanted = len(layout.names)
    if len(widths.counts) == 1:
        (width,) = widths.counts
        if width > wanted:
            return InputError(
                f"{path}: the rows have more fields than the header line ({width}, not {wanted}); "
                "give every column a name"
            )
        return InputError(
            f"{path}: the rows have fewer fields than the header line ({width}, not {wanted}); "
            "remove the extra names, or write an empty field for a missing value"
        )
    width, n_rows = widths.counts.most_common(1)[0]
    if n_rows < sum(widths.counts.values()) - n_rows or width < widths.n_named:
        width = wanted
    with fields_of_any_length():
        lines_above = len(text[: layout.start].splitlines())
        rows = records(text, layout.separator, layout.start, lines_above)
        odd = next(row for row in rows if len(row.fields) != width)
        is_last = next(rows, None) is None
    count = len(odd.fields)
    has = "1 field" if count == 1 else f"{count} fields"
    if is_last and count < width:
        return InputError(
            f"{path}: the last line has {count} of {width} fields, so the file seems truncated; "
            "download it again or delete that line"
        )
    many = "fewer" if count < width else "more"
    return InputError(
        f"{path}: line {odd.line} has {has}, {many} than the {width} of the "
        f"{'header line' if width == wanted else 'other rows'}; write an empty field for a "
        "missing value, and quote text that contains separators"
    )


def _unclosed(path: Path, error: Exception) -> InputError:
    if "EOF inside string" in str(error):
        return InputError(
            f"{path}: cannot be read: a quoted field is not closed, so the file seems truncated; "
            "download it again, or close the quote"
        )
    return InputError(f"{path}: cannot be read as delimited text ({error})")
