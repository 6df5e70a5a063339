"""Read a table from a file, by its suffix, or from the examples that scikit-learn ships."""

from __future__ import annotations

import zlib
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from zipfile import BadZipFile

from riskcast.tables.delimited import read_delimited
from riskcast.tables.errors import InputError, near_misses, one_line
from riskcast.tables.examples import EXAMPLE_PREFIX, read_example
from riskcast.tables.interpretation import Readings, interpreted
from riskcast.tables.numpy_archive import read_numpy_archive

_COMPRESSION = (".gz", ".bz2", ".xz", ".zst", ".zip")


@dataclass(frozen=True)
class Table:
    """A table as it was read.

    Attributes
    ----------
    source : str
        What the user gave.
    frame : pandas.DataFrame
        The columns, with text names.
    default_target : str or None
        The column to predict if none is named; only examples and arrays have one.
    other_targets : tuple of str
        Columns that are targets too, hence no features.
    readings : Readings or None
        How texts were read as numbers, dates and classes; None if they have not been yet.
    """

    source: str
    frame: Any
    default_target: str | None = None
    other_targets: tuple[str, ...] = ()
    readings: Readings | None = None

    def interpreted(self, decimal: str | None = None) -> Table:
        """The table with its texts read as numbers, dates and classes, if they are not yet."""
        if self.readings is not None:
            return self
        separator = self.frame.attrs.get("separator")  # of text files only
        frame, readings = interpreted(self.frame, separator, separator is None, decimal)
        return replace(self, frame=frame, readings=readings)


def read_table(source: str, decimal: str | None = None) -> Table:
    """Read a file, or the shipped data set that ``example:NAME`` names.

    Parameters
    ----------
    source : str
        Path of a .csv, .tsv, .parquet, .feather, .arrow or .npz file (text also
        compressed, as .csv.gz), or ``example:NAME``.
    decimal : {"point", "comma"}, optional
        What stands before the decimals of numbers. By default the file decides.

    Returns
    -------
    Table

    Raises
    ------
    InputError
        If there is no such file, or it cannot be read as what its suffix says.
    """
    if source.startswith(EXAMPLE_PREFIX):
        return Table(*read_example(source)).interpreted(decimal)
    path = Path(source)
    _check_is_file(path)
    reader = _reader_for(path)
    try:
        frame, target = reader(path)
    except InputError:
        raise
    except (ValueError, OSError, EOFError, KeyError, BadZipFile, zlib.error) as error:
        raise InputError(
            f"{source}: cannot be read as {_suffix(path)[1:]}; the file is damaged, cut off or of "
            f"another kind ({one_line(error)})"
        ) from error
    frame.columns = _distinct([str(name).strip() or str(name) for name in frame.columns])
    if len(frame) == 0:
        raise InputError(f"{source}: the table has no rows; give one row an observation")
    return Table(source, frame, target).interpreted(decimal)


def _distinct(names: list[str]) -> list[str]:
    """Names that stand several times are numbered, so that each can be asked for."""
    counts, seen = Counter(names), Counter[str]()
    distinct = []
    for name in names:
        seen[name] += 1
        while f"{name} ({seen[name]})" in counts:  # another column's own name
            seen[name] += 1
        distinct.append(f"{name} ({seen[name]})" if counts[name] > 1 else name)
    return distinct


def _with_index(frame: Any) -> Any:
    """The frame with what its index names as columns; an index without a name numbers rows."""
    import pandas as pd

    names = [name for name in frame.index.names if name is not None and name not in frame]
    levels = [frame.index.get_level_values(name).to_frame(index=False) for name in names]
    return pd.concat([*levels, frame.reset_index(drop=True)], axis=1)


def _read_parquet(path: Path) -> tuple[Any, str | None]:
    import pandas as pd

    return _with_index(pd.read_parquet(path)), None


def _read_arrow(path: Path) -> tuple[Any, str | None]:
    import pyarrow as pa
    import pyarrow.feather

    try:
        return _with_index(pa.feather.read_feather(path)), None
    except pa.ArrowInvalid:
        with pa.OSFile(str(path)) as file:  # the streaming format has no file header
            return _with_index(pa.ipc.open_stream(file).read_all().to_pandas()), None


_READERS: dict[str, Callable[[Path], tuple[Any, str | None]]] = {
    ".csv": read_delimited,
    ".tsv": read_delimited,
    ".txt": read_delimited,
    ".parquet": _read_parquet,
    ".pq": _read_parquet,
    ".feather": _read_arrow,
    ".arrow": _read_arrow,
    ".ipc": _read_arrow,
    ".npz": read_numpy_archive,
}


def _suffix(path: Path) -> str:
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if len(suffixes) > 1 and suffixes[-1] in _COMPRESSION:
        return suffixes[-2]
    return suffixes[-1] if suffixes else ""


def _reader_for(path: Path) -> Callable[[Path], tuple[Any, str | None]]:
    suffix = _suffix(path)
    if suffix not in _READERS:
        what = f"the suffix {suffix!r} is unknown" if suffix else "the name has no suffix"
        raise InputError(f"{path}: {what}; give a {', '.join(_READERS)} file, or example:diabetes")
    return _READERS[suffix]


def _check_is_file(path: Path) -> None:
    if path.is_dir():
        raise InputError(f"{path}: is a folder; give a file")
    if not path.exists():
        folder = path.parent
        siblings = [entry.name for entry in folder.iterdir()] if folder.is_dir() else []
        alike = near_misses(path.name, siblings)
        hint = f"; {alike}" if alike.startswith("did you mean") else ""
        raise InputError(f"{path}: there is no such file{hint or '; check the path'}")
