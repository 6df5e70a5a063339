"""Comma-, tab- and otherwise separated text."""

from __future__ import annotations

import codecs
import csv
import warnings
from pathlib import Path
from typing import Any

from riskcast.tables.errors import InputError

_SEPARATORS = ",;\t|"


def read_delimited(path: Path) -> tuple[Any, str | None]:
    """Read separated text with a header line; separator and encoding are found out."""
    start = _first_bytes(path)
    if not start.strip():
        raise InputError(
            f"{path}: the file is empty; give a header line and one row an observation"
        )
    if start.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return _read(path, "utf-16"), None
    for encoding in ("utf-8-sig", "cp1252"):
        try:
            return _read(path, encoding), None
        except UnicodeDecodeError:
            continue
    return _read(path, "latin-1"), None  # reads any bytes


def _first_bytes(path: Path) -> bytes:
    import pandas as pd

    with pd.io.common.get_handle(path, "rb", compression="infer", is_text=False) as handle:
        return bytes(handle.handle.read(1 << 12))


def _read(path: Path, encoding: str) -> Any:
    import pandas as pd

    separator = _separator(path, encoding)
    options = {
        "sep": separator,
        "encoding": encoding,
        "low_memory": False,
        "index_col": False,
        "skipinitialspace": True,
        # Cells stay as they are written: interpretation.py reads numbers, dates and words.
        "dtype": str,
        "keep_default_na": False,
        "na_values": [""],
    }
    with warnings.catch_warnings():
        warnings.simplefilter("error", pd.errors.ParserWarning)
        try:
            frame = pd.read_csv(path, **options)
        except pd.errors.ParserWarning as error:
            raise InputError(
                f"{path}: its rows have more fields than the header line; give every column a name"
            ) from error
    frame.attrs["separator"] = separator  # ... and this says something about decimal marks
    header = pd.read_csv(path, header=None, nrows=1, **options).fillna("")
    # pandas calls a second column a "a.1", as if that were its name.
    frame.columns = [raw or name for raw, name in zip(header.iloc[0], frame.columns, strict=True)]
    _check_not_cut_off(path, frame, separator, encoding)
    return frame


def _separator(path: Path, encoding: str) -> str:
    """The separator that the header line holds most of."""
    if ".tsv" in [suffix.lower() for suffix in path.suffixes[-2:]]:
        return "\t"
    import pandas as pd

    with pd.io.common.get_handle(path, "r", encoding=encoding, compression="infer") as handle:
        header = next((line for line in handle.handle if line.strip()), "")
    if "\0" in header:
        raise InputError(f"{path}: is not text; give a file of the kind that its suffix says")
    return max(_SEPARATORS, key="".join(header.split('"')[::2]).count)  # outside of quotes


def _check_not_cut_off(path: Path, frame: Any, separator: str, encoding: str) -> None:
    """Refuse a file whose last line stops before the last column."""
    if path.suffix.lower() not in (".csv", ".tsv", ".txt") or len(frame) == 0:
        return  # compressed files have checks of their own
    if encoding == "utf-16":
        return  # its tail does not say which byte of a character comes first
    with path.open("rb") as file:
        file.seek(0, 2)
        file.seek(max(0, file.tell() - (1 << 16)))
        lines = file.read().decode(encoding, errors="replace").splitlines()
    last = next((line for line in reversed(lines) if line.strip()), "")
    fields = next(csv.reader([last], delimiter=separator, skipinitialspace=True), [])
    absent = frame.iloc[-1, len(fields) :]
    if len(fields) < frame.shape[1] and absent.isna().all():
        raise InputError(
            f"{path}: the last line has {len(fields)} of {frame.shape[1]} fields, so the file "
            "looks cut off; fetch it again or delete that line"
        )
