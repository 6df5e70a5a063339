"""Detect where the table in a text file starts, its separator and its columns."""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import NamedTuple

BLANKS = " "  # one or more blanks or tabs
_SEPARATORS = (",", ";", "\t", "|", BLANKS)
_SAMPLE = 200  # number of records examined
_MISSING = {"", "?", "-", ".", "na", "n/a", "nan", "null", "none"}
_NUMBER = re.compile(r"[-+]?(\d[\d.,]*|[.,]\d+)([eE][-+]?\d+)?%?")
_HAS_SEPARATOR = re.compile("[,;\t|]")
_NAMES_SEPARATOR = re.compile(r'"?sep=([,;|:!~^&*/\\\t])"?')  # as written and read by Excel


class Record(NamedTuple):
    """One record, which may span several lines if line breaks are quoted."""

    fields: list[str]
    line: int
    """Its first line in the file, counted from 1."""
    end: int
    """Bytes from the start of the text to the end of the record."""
    raw: str
    """Its first line, unchanged."""


@dataclass(frozen=True)
class Layout:
    """How to read a text file.

    Attributes
    ----------
    separator : str
    names : tuple of str
        The header, unchanged.
    start : int
        Bytes before the first row, where the header ends.
    quoted_row_names : bool
        Whether every examined row quotes its first field, but not all of its fields.
    notes : tuple of str
    """

    separator: str
    names: tuple[str, ...]
    start: int
    quoted_row_names: bool
    notes: tuple[str, ...] = ()


def find_layout(text: bytes, tabs: bool) -> Layout:
    """Find the header line and the separator from the first records of a text.

    Records are split as Python's `csv` does. The separator is the one for which most records have
    the same number of fields; ties are broken by the fewest other separators within fields.

    Parameters
    ----------
    text : bytes
        UTF-8.
    tabs : bool
        Whether tabs separate the fields if the first line has any.
    """
    with fields_of_any_length():
        comments, separators = _above_the_table(text)
        start = comments[-1].end if comments else 0
        if tabs and "\t" in next(lines_from(text, start), ""):
            separators = ("\t",)
        samples = {one: _sample(text, one, comments) for one in separators}
        separator = _best(samples)
        sample = samples[separator]
    if not sample:
        return Layout(separator, (), len(text), False)
    header, skipped = _header(sample, comments)
    rows = [one for one in sample if one.end > header.end]
    return Layout(
        separator,
        tuple(header.fields),
        header.end,
        bool(rows) and all(_quotes_first_field_only(one) for one in rows),
        _note(skipped),
    )


def records(text: bytes, separator: str, start: int = 0, line: int = 0) -> Iterator[Record]:
    """Iterate over records from a byte and line on, without blank ones."""
    end, count, raw = start, line, ""

    def counted() -> Iterator[str]:
        nonlocal end, count, raw
        for one in lines_from(text, start):
            end += len(one.encode())
            count += 1
            raw = raw or one
            yield one

    first = line + 1
    for fields in split(counted(), separator):
        if not is_blank(fields, raw):
            yield Record(fields, first, end, raw)
        first, raw = count + 1, ""


def split(lines: Iterator[str], separator: str) -> Iterator[list[str]]:
    """Iterate over the fields of each record."""
    if separator == BLANKS:
        return (_between_blanks(line) for line in lines)
    return csv.reader(lines, delimiter=separator, skipinitialspace=True)


def is_blank(fields: list[str], line: str) -> bool:
    """Whether a record is an empty line, not an empty quoted field."""
    return not fields or (len(fields) == 1 and line.isspace())


def looks_like_number(text: str) -> bool:
    """Whether a field is a number, with decimal point or comma."""
    return _NUMBER.fullmatch(text.strip()) is not None


def lines_from(text: bytes, start: int) -> Iterator[str]:
    """Iterate over the lines from a byte on, with line ends."""
    stream = io.BytesIO(text)
    stream.seek(start)
    return iter(io.TextIOWrapper(stream, encoding="utf-8", newline=""))


@contextmanager
def fields_of_any_length() -> Iterator[None]:
    """Let Python's `csv` read fields of more than 128 kB."""
    limit = csv.field_size_limit(2**31 - 1)
    try:
        yield
    finally:
        csv.field_size_limit(limit)


def _between_blanks(line: str) -> list[str]:
    fields = re.findall(r'"(?:[^"]|"")*"(?=[ \t\r\n]|$)|[^ \t\r\n]+', line)
    return [field.strip('"') if field[0] == '"' else field for field in fields]


def _above_the_table(text: bytes) -> tuple[list[Record], tuple[str, ...]]:
    """Return leading comments and separator lines, and the possible separators."""
    found: list[Record] = []
    separators: tuple[str, ...] = _SEPARATORS
    end = 0
    for number, line in enumerate(lines_from(text, 0), start=1):
        end += len(line.encode())
        named = _NAMES_SEPARATOR.fullmatch(line.rstrip("\r\n"))
        if named and len(separators) > 1:
            separators = (named[1],)
        elif line.strip() and not line.startswith("#"):
            break
        if line.strip():
            found.append(Record([], number, end, line))
    return found, separators


def _sample(text: bytes, separator: str, above: list[Record]) -> list[Record]:
    """Return the first records, including a header line that starts with #."""
    last = above[-1] if above else Record([], 0, 0, "")
    sample = list(islice(records(text, separator, last.end, last.line), _SAMPLE))
    if sample and _is_header(sample, 0):
        return sample
    hashed = [one for one in above if one.raw.startswith("#")]
    for one in (hashed[-1:] + hashed[:1]) if last in hashed else ():
        start = one.end - len(one.raw.encode())
        commented = list(islice(records(text, separator, start, one.line - 1), _SAMPLE))
        if _starts_with_names(commented, last.line):
            return commented
    return sample


def _starts_with_names(sample: list[Record], line: int) -> bool:
    """Whether the first record is a header for the others, at least up to a line."""
    if len(sample) < 2 or len(sample[0].fields) < 2 or not _fits_header(sample):
        return False
    if any(map(looks_like_number, sample[0].fields)) and not _is_above_numbers(sample, 0):
        return False
    return all(len(one.fields) == len(sample[0].fields) for one in sample if one.line <= line)


def _best(samples: dict[str, list[Record]]) -> str:
    """Return the separator for which most records have the same number of fields."""
    if len(samples) == 1:
        return next(iter(samples))
    scores = {one: _regularity(sample, one) for one, sample in samples.items()}
    others = [one for one in _SEPARATORS[:-1] if scores[one][0] > 0]
    fitting = [one for one in others if _fits_header(samples[one])]
    if fitting or (others and not _fits_header(samples[BLANKS])):
        scores[BLANKS] = 0.0, 0.0  # blanks separate words
    best = max(scores, key=lambda one: scores[one])
    if scores[best][0] > 0:
        return best
    # One column, or rows that do not fit the header, which is reported later.
    return max(
        _SEPARATORS[:-1], key=lambda one: len(samples[one][0].fields if samples[one] else "")
    )


def _regularity(sample: list[Record], separator: str) -> tuple[float, float]:
    """Share of records with the most frequent number of fields, and of unsplit fields.

    A field that contains another separator may be several fields.
    """
    width = _commonest_width(sample)
    regular = [one for one in sample if len(one.fields) == width]
    share = len(regular) / max(len(sample), 1)
    if width < 2 or share < 0.5:
        return 0.0, 0.0
    if separator == BLANKS and _is_prose(sample, width):
        return 0.0, 0.0
    fields = [field for one in regular for field in one.fields if field]
    whole = sum(looks_like_number(field) or not _HAS_SEPARATOR.search(field) for field in fields)
    return share, whole / max(len(fields), 1)


def _fits_header(sample: list[Record]) -> bool:
    return bool(sample) and len(sample[0].fields) == _commonest_width(sample)


def _is_prose(sample: list[Record], width: int) -> bool:
    """Whether blanks separate words, not fields: their number differs between lines."""
    widths = [len(one.fields) for one in sample]
    return set(widths[1:]) > {width} or widths[0] not in (width, width - 1)


def _commonest_width(sample: list[Record]) -> int:
    """Return the most frequent number of fields of a row."""
    widths = Counter(len(one.fields) for one in sample[1:] or sample)
    return max(widths, key=lambda width: (widths[width], width), default=0)


def _header(sample: list[Record], above: list[Record]) -> tuple[Record, list[Record]]:
    """Return the header among the first records, and the records skipped above it."""
    comments = [one for one in above if one.raw.startswith("#") and one.line < sample[0].line]
    width = _commonest_width(sample)
    for index, record in enumerate(sample):
        if _is_header(sample, index):
            return record, [*comments, *sample[:index]]
        if not _is_title(record.fields, width):
            break
    return sample[0], comments


def _is_title(fields: list[str], width: int) -> bool:
    """Whether a record is a title above the table, neither a row nor a header."""
    if sum(map(bool, fields)) < 2:
        return True
    named = len(fields) == width - 1 and not any(map(looks_like_number, fields))
    return len(fields) < width and not named  # R does not name the column of row names


def _is_header(sample: list[Record], index: int) -> bool:
    """Whether a record is the header: it has no numbers, but the rows below do."""
    fields = sample[index].fields
    named = [field.casefold() for field in fields[1:]]
    if len(fields) != _commonest_width(sample) or len(fields) < 2 or not _MISSING.isdisjoint(named):
        return False
    if any(map(looks_like_number, fields)):
        return False
    return _is_above_numbers(sample, index)


def _is_above_numbers(sample: list[Record], index: int) -> bool:
    """Whether a record has text in a column in which most rows have numbers."""
    fields = sample[index].fields
    rows = [one.fields for one in sample[index + 1 :] if len(one.fields) == len(fields)]
    return any(
        not looks_like_number(fields[column])
        and 2 * sum(looks_like_number(row[column]) for row in rows) > len(rows)
        for column in range(len(fields))
    )


def _quotes_first_field_only(record: Record) -> bool:
    return record.raw.startswith('"') and record.raw.count('"') < 2 * len(record.fields)


def _note(skipped: list[Record]) -> tuple[str, ...]:
    if not skipped:
        return ()
    return (
        f"Skipped lines above the header line: {len(skipped)}, starting with "
        f"{skipped[0].raw.strip()[:60]!r}.",
    )
