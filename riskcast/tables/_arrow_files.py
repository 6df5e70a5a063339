"""Parquet, Feather and Arrow files."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

from riskcast.exceptions import InputError, one_line
from riskcast.tables._contents import Contents

_UNNAMED_INDEX = re.compile(r"__index_level_\d+__")


def read_parquet(path: Path) -> Contents:
    """Read a Parquet file."""
    import pyarrow.parquet

    with pyarrow.parquet.ParquetFile(path, page_checksum_verification=True) as file:
        try:
            table = file.read()
        except Exception as error:
            names = file.schema_arrow.names
            damaged = [name for name in names if not _is_readable(file, name)]
            if not 0 < len(damaged) < len(names):
                raise
            raise InputError(_damaged(path, damaged[0], error)) from error
        return Contents(frame_of_arrow(path, table))


def _is_readable(file: Any, name: str) -> bool:
    try:
        file.read(columns=[name])
    except Exception:
        return False
    return True


def _damaged(path: Path | str, name: str, error: Exception) -> str:
    return f"{path}: column {name!r} is damaged; download the file again ({one_line(error)})"


def read_arrow(path: Path) -> Contents:
    """Read a Feather file, or Arrow's file or stream format."""
    return Contents(frame_of_arrow(path, _arrow_table(path)))


def _arrow_table(path: Path) -> Any:
    import pyarrow as pa

    with pa.OSFile(str(path)) as file:
        start = file.read(6)
        file.seek(0)
        if start.startswith(
            b"FEA1"
        ):  # a damaged one would crash the process before it can be checked
            raise InputError(
                f"{path}: is a Feather file of version 1, which is not supported; convert it: "
                "pandas.read_feather(old).to_feather(new)"
            )
        if start == b"ARROW1":
            return pa.ipc.open_file(file).read_all()
        return pa.ipc.open_stream(file).read_all()  # the stream format has no file header


def frame_of_arrow(path: Path | str, table: Any) -> Any:
    """Convert a table to pandas after validation; damaged data would crash the process.

    Of the pandas metadata only the index is used. The rest is not needed, and other programs get
    it wrong.
    """
    import pyarrow as pa

    names, columns = table.column_names, table.columns
    if not columns:
        raise InputError(f"{path}: the table has no columns")
    for name, column in zip(names, columns, strict=True):
        try:
            column.validate(full=True)
        except pa.ArrowException as error:
            raise InputError(_damaged(path, name, error)) from error
    plain = [plain_arrow(column) for column in columns]
    order, ranges = _index_first(table)
    numbered = pa.table([plain[index] for index in order], [str(index) for index in order])
    frame = _converted(path, numbered, names)
    frame.columns = [names[index] for index in order]
    for name, values in reversed(ranges.items()):
        frame.insert(0, name, list(values))
    return frame


def _converted(path: Path | str, table: Any, names: list[str]) -> Any:
    try:
        return table.to_pandas(date_as_object=False)
    except Exception:
        for number in table.column_names:
            try:
                table.select([number]).to_pandas(date_as_object=False)
            except Exception as error:
                raise InputError(
                    f"{path}: column {names[int(number)]!r} has the type "
                    f"{table.schema.field(number).type}, which is not supported; write the file "
                    f"without it, or as numbers or text ({one_line(error)})"
                ) from error
        raise


def plain_arrow(column: Any) -> Any:
    """Convert decimals to floats, and bytes that are valid text to text."""
    import pyarrow as pa

    types = pa.types
    if types.is_decimal(column.type):
        return column.cast(pa.float64())
    if types.is_dictionary(column.type) and _is_binary(column.type.value_type):
        column = pa.chunked_array(
            [chunk.dictionary_decode() for chunk in column.chunks], column.type.value_type
        )
    if not _is_binary(column.type):
        return column
    try:
        return column.cast(pa.large_binary()).cast(pa.large_string())
    except pa.ArrowInvalid:
        return column


def _is_binary(kind: Any) -> bool:
    from pyarrow import types

    return bool(
        types.is_binary(kind)
        or types.is_large_binary(kind)
        or types.is_fixed_size_binary(kind)
        or types.is_binary_view(kind)
    )


def _index_first(table: Any) -> tuple[list[int], dict[str, range]]:
    """Return the columns to keep, with a named index first, and named range indices.

    An unnamed index only numbers the rows and is dropped.
    """
    names, entries = table.column_names, _index_entries(table.schema.metadata)
    first = [names.index(one) for one in entries if isinstance(one, str) and one in names]
    first = list(dict.fromkeys(first))
    unnamed = [index for index in first if _UNNAMED_INDEX.fullmatch(names[index])]
    ranges = {}
    for entry in entries:
        if isinstance(entry, dict) and isinstance(entry.get("name"), str):
            values = _range(entry, table.num_rows)
            if values is not None and entry["name"] not in names:
                ranges[entry["name"]] = values
    rest = [index for index in range(len(names)) if index not in set(first)]
    order = [index for index in [*first, *rest] if index not in set(unnamed)]
    return order or rest or first, ranges


def _index_entries(metadata: Any) -> list[Any]:
    """Return the index entries of the pandas metadata; empty if they are invalid."""
    try:
        entries = json.loads((metadata or {}).get(b"pandas", b"{}"))["index_columns"]
    except (ValueError, TypeError, KeyError, RecursionError):
        return []
    return entries if isinstance(entries, list) else []


def _range(entry: dict[str, Any], n_rows: int) -> range | None:
    try:
        values = range(entry["start"], entry["stop"], entry["step"])
        return values if len(values) == n_rows else None
    except (KeyError, TypeError, ValueError, OverflowError):
        return None
