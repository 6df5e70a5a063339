"""Decompress text files and convert them to UTF-8."""

from __future__ import annotations

import codecs
import re
from pathlib import Path
from zipfile import ZipFile

from riskcast.exceptions import InputError

_MARKS = (  # UTF-32 first, because its mark starts like that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def read_text(path: Path) -> bytes:
    """Read a text file, decompressed, as UTF-8 without a byte order mark."""
    text = _as_utf8(path, _decompressed(path)).removeprefix(codecs.BOM_UTF8)
    if not text or text.isspace():
        raise InputError(
            f"{path}: the file is empty; expected a header line and one row per sample"
        )
    null = text.find(b"\0")
    if null >= 0:
        line = 1 + len(text[:null].splitlines()[:-1])
        raise InputError(
            f"{path}: line {line} contains null bytes, so the file is not text or is damaged; save "
            "the table as UTF-8 text, or use the suffix of its actual format"
        )
    return _with_line_feeds(text)


def _with_line_feeds(text: bytes) -> bytes:
    """Line feeds for carriage returns that stand alone.

    After a line of nothing but a carriage return, pandas loses an empty first field.
    """
    if text.count(b"\r") == text.count(b"\r\n"):
        return text
    return re.sub(rb"\r(?!\n)", b"\n", text)


def _decompressed(path: Path) -> bytes:
    if path.suffix.lower() == ".zst":  # pandas would need another package
        import pyarrow as pa

        with pa.input_stream(str(path), compression="zstd") as stream:
            return bytes(stream.read())
    if path.suffix.lower() == ".zip":
        return _only_member(path)
    import pandas as pd

    with pd.io.common.get_handle(path, "rb", compression="infer", is_text=False) as handle:
        return bytes(handle.handle.read())


def _only_member(path: Path) -> bytes:
    with ZipFile(path) as archive:
        names = [name for name in archive.namelist() if not _is_beside_the_point(name)]
        if len(names) != 1:
            shown = f" ({', '.join(names[:5])})" if names else ""
            raise InputError(
                f"{path}: the archive contains {len(names)} files{shown}; give an archive of one "
                "table, or the table itself"
            )
        return archive.read(names[0])


def _is_beside_the_point(name: str) -> bool:
    """Whether a member is a folder, or a file that macOS adds to archives."""
    return name.endswith("/") or name.startswith("__MACOSX/") or name.endswith(".DS_Store")


def _as_utf8(path: Path, data: bytes) -> bytes:
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data.decode(encoding).encode()
    if data.isascii():
        return data
    try:
        data.decode()
        return data
    except UnicodeDecodeError as error:
        if error.end == len(data) and error.reason == "unexpected end of data" and error.start:
            _check_cut_character(path, data[: error.start])
    try:
        return data.decode("cp1252").encode()
    except UnicodeDecodeError:
        return data.decode("latin-1").encode()  # decodes any bytes


def _check_cut_character(path: Path, before: bytes) -> None:
    """Raise an error if the text is UTF-8 but ends within a character."""
    if not before.isascii():
        raise InputError(
            f"{path}: ends within a character, so the file seems truncated; download it again"
        )
