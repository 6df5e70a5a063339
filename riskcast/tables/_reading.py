"""Read a table from a file, or an example that scikit-learn ships."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from riskcast.exceptions import InputError, near_misses, one_line
from riskcast.tables._arrow_files import read_arrow, read_parquet
from riskcast.tables._contents import Contents
from riskcast.tables._delimited import read_delimited
from riskcast.tables._examples import EXAMPLE_PREFIX, read_example
from riskcast.tables._file_kinds import check_name, check_start, suffix_of
from riskcast.tables._interpretation import Readings, interpreted
from riskcast.tables._numpy_archive import read_numpy_archive

_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]+:/", re.IGNORECASE)


@dataclass(frozen=True)
class Table:
    """A table as read.

    Attributes
    ----------
    source : str
        The file or example, as given.
    frame : pandas.DataFrame
        The columns, with strings as names.
    default_target : str or None
        The default column to predict; only examples and arrays have one.
    other_targets : tuple of str
        Columns that are also targets, and therefore not features.
    notes : tuple of str
        Messages for the user on reading the file.
    readings : Readings or None
        How strings were converted to numbers, dates and classes; None if not yet converted.
    """

    source: str
    frame: Any
    default_target: str | None = None
    other_targets: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    readings: Readings | None = None

    def interpreted(self, decimal: str | None = None) -> Table:
        """Return the table with its strings converted to numbers, dates and classes."""
        if self.readings is not None:
            return self
        separator = self.frame.attrs.get("separator")  # of text files only
        frame, readings = interpreted(self.frame, separator, separator is None, decimal)
        return replace(self, frame=frame, readings=readings)


def read_table(source: str, decimal: str | None = None) -> Table:
    """Read a table from a file, or the example ``example:NAME``.

    Parameters
    ----------
    source : str
        Path of a .csv, .tsv, .parquet, .feather, .arrow or .npz file (text may be
        compressed, such as .csv.gz), or ``example:NAME``.
    decimal : {"point", "comma"}, optional
        Decimal mark. By default determined from the file.

    Returns
    -------
    Table

    Raises
    ------
    InputError
        If the file does not exist, or cannot be read in the format of its suffix.
    """
    if source.startswith(EXAMPLE_PREFIX):
        return Table(*read_example(source)).interpreted(decimal)
    path = Path(source)
    _check_is_file(source, path)
    contents = _contents(source, path)
    frame = contents.frame
    frame.columns = distinct_names([str(name).strip() or str(name) for name in frame.columns])
    if len(frame) == 0:
        raise InputError(f"{source}: the table has no rows; expected one row per sample")
    table = Table(source, frame, contents.default_target, notes=contents.notes)
    return table.interpreted(decimal)


def _contents(source: str, path: Path) -> Contents:
    """Read the file with the reader for its suffix; report every failure as `InputError`."""
    check_name(path)
    try:
        check_start(path)
        return _READERS[suffix_of(path)](path)
    except InputError:
        raise
    except PermissionError as error:
        raise InputError(f"{source}: permission denied; check its permissions") from error
    except MemoryError as error:
        raise InputError(
            f"{source}: does not fit into memory, or is damaged ({one_line(error)})"
        ) from error
    except Exception as error:  # libraries raise all kinds of errors for damaged files
        raise InputError(
            f"{source}: cannot be read as {suffix_of(path)[1:]}; the file is damaged, truncated "
            f"or of another format ({one_line(error)})"
        ) from error


def distinct_names(names: list[str]) -> list[str]:
    """Number repeated names, so that every column can be selected."""
    counts, seen = Counter(names), Counter[str]()
    distinct = []
    for name in names:
        seen[name] += 1
        while f"{name} ({seen[name]})" in counts:  # another column's own name
            seen[name] += 1
        distinct.append(f"{name} ({seen[name]})" if counts[name] > 1 else name)
    return distinct


_READERS: dict[str, Callable[[Path], Contents]] = {
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".txt": read_delimited,
    ".parquet": read_parquet,
    ".pq": read_parquet,
    ".feather": read_arrow,
    ".arrow": read_arrow,
    ".ipc": read_arrow,
    ".npz": read_numpy_archive,
}


def _check_is_file(source: str, path: Path) -> None:
    if _ADDRESS.match(source):
        raise InputError(f"{source}: is a URL; download the file and give its path")
    try:
        if path.is_dir():
            raise InputError(f"{path}: is a folder; give a file")
        if path.is_file():
            return
        if path.exists():
            raise InputError(
                f"{path}: is a pipe or a device, not a regular file; write the table to a "
                "file first"
            )
        siblings = [entry.name for entry in path.parent.iterdir()] if path.parent.is_dir() else []
    except OSError as error:
        raise InputError(f"{source}: {error.strerror or error}; check the path") from error
    alike = near_misses(path.name, siblings)
    hint = alike if alike.startswith("did you mean") else "check the path"
    raise InputError(f"{path}: no such file; {hint}")
