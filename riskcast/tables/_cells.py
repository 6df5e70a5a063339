"""The strings of one column, ready to be parsed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

Mask = NDArray[np.bool_]

_SAMPLE = 1000
_SHOWN = 5
# Typographic spaces, minus signs and dashes, apostrophes.
_TYPOGRAPHY = (
    ("[\u00a0\u2000-\u200a\u202f\u205f\u3000]", " "),
    ("[\u2010-\u2015\u2212\ufe63\uff0d]", "-"),
    ("[\u2018\u2019\u02bc\u00b4\u2032`]", "'"),
)


@dataclass(frozen=True)
class Cells:
    """The trimmed strings of one column, without duplicates where that saves time.

    Attributes
    ----------
    name : str
    texts : pyarrow.Array
        As written.
    plain : pyarrow.Array
        With ASCII characters for typographic spaces, minus signs and apostrophes.
    counts : ndarray
        Number of rows with each string.
    codes : ndarray of shape (n_rows,)
        Index of the string of each row; -1 for an empty cell.
    """

    name: str
    texts: Any
    plain: Any
    counts: NDArray[np.int64]
    codes: NDArray[np.int64]

    def matches(self, pattern: str) -> Mask:
        """Return which strings match a regular expression."""
        import pyarrow.compute as pc

        return as_mask(pc.match_substring_regex(self.plain, pattern))

    def weight(self, mask: Mask) -> int:
        """Return the number of rows with the strings of a mask."""
        return int(self.counts[mask].sum())

    def spread(self, values: NDArray[Any], missing: Any) -> NDArray[Any]:
        """Expand one value per string to one value per row."""
        if len(values) == 0:
            return np.full(len(self.codes), missing, dtype=values.dtype)
        if (self.codes >= 0).all():
            return values[self.codes]
        return np.where(self.codes < 0, missing, values[self.codes])

    def without(self, mask: Mask) -> Any:
        """Return the column as text, with the strings of a mask as missing values."""
        import pyarrow as pa

        absent = self.codes < 0
        if len(mask):
            absent = absent | mask[self.codes]
        return self.texts.take(pa.array(self.codes, mask=absent)).to_pandas().to_numpy(object)

    def listed(self, mask: Mask) -> str:
        """List the strings of a mask and the number of cells of each, the most frequent first."""
        found: dict[str, int] = {}
        for text, count in self.items(mask):
            found[text] = found.get(text, 0) + count
        ranked = sorted(found.items(), key=lambda item: -item[1])
        shown = [f"{text!r} ({counted_cells(count)})" for text, count in ranked[:_SHOWN]]
        rest = ranked[_SHOWN:]
        if rest:
            cells = counted_cells(sum(count for _, count in rest))
            shown.append(f"{len(rest)} more ({cells})")
        return ", ".join(shown)

    def items(self, mask: Mask) -> Iterator[tuple[str, int]]:
        """Iterate over the strings of a mask and their counts."""
        for index in np.flatnonzero(mask):
            yield self.texts[int(index)].as_py(), int(self.counts[index])

    def example(self, mask: Mask) -> str:
        """Return the first string of a mask."""
        return str(self.texts[int(np.flatnonzero(mask)[0])].as_py())


def cells_of(column: Any, name: str) -> Cells:
    """Return the trimmed cells of a column of strings and missing values."""
    import pyarrow as pa
    import pyarrow.compute as pc

    array = pc.utf8_trim_whitespace(arrow_texts(column))
    if len(set(array[:_SAMPLE].to_pylist())) <= _SAMPLE // 2:
        encoded = pc.dictionary_encode(array)
        texts, codes = encoded.dictionary, encoded.indices
    else:
        texts, codes = array.drop_null(), pa.array(np.cumsum(as_mask(array.is_valid())) - 1)
    blank = as_mask(pc.equal(texts, ""))
    codes = np.where(
        as_mask(array.is_valid()), codes.fill_null(-1).to_numpy(zero_copy_only=False), -1
    )
    if blank.any():
        kept = np.where(blank, -1, np.cumsum(~blank) - 1)
        codes = np.where(codes < 0, -1, kept[codes])
        texts = texts.filter(pa.array(~blank))
    counts = np.bincount(codes[codes >= 0], minlength=len(texts))
    return Cells(name, texts, _in_ascii(texts), counts, codes)


def arrow_texts(column: Any) -> Any:
    """Convert a pandas column of strings to one Arrow array."""
    import pyarrow as pa

    array = pa.array(column, type=pa.large_string(), from_pandas=True)
    return array.combine_chunks() if isinstance(array, pa.ChunkedArray) else array


def as_mask(array: Any) -> Mask:
    """Convert a boolean Arrow array to a NumPy array; null becomes False."""
    values = array.fill_null(False).to_numpy(zero_copy_only=False)
    return np.asarray(values, dtype=np.bool_)


def counted_cells(count: int) -> str:
    """Format a number of cells."""
    return "1 cell" if count == 1 else f"{count} cells"


def _in_ascii(texts: Any) -> Any:
    import pyarrow.compute as pc

    if pc.all(pc.string_is_ascii(texts)).as_py() is not False:
        texts_have_marks = pc.any(pc.match_substring(texts, "`")).as_py()
        return pc.replace_substring(texts, "`", "'") if texts_have_marks else texts
    for pattern, plain in _TYPOGRAPHY:
        texts = pc.replace_substring_regex(texts, pattern, plain)
    return texts
