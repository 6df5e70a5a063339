"""Determine the kind of a file by its name and its first bytes."""

from __future__ import annotations

import re
from pathlib import Path

from riskcast.exceptions import InputError

TEXT = (".csv", ".tsv", ".txt")
_ARROW = (".feather", ".arrow", ".ipc")
_PARQUET = (".parquet", ".pq")
SUFFIXES = (*TEXT, *_PARQUET, *_ARROW, ".npz")

_COMPRESSION = {
    ".gz": b"\x1f\x8b",
    ".bz2": b"BZh",
    ".xz": b"\xfd7zXZ\0",
    ".zst": b"\x28\xb5\x2f\xfd",
    ".zip": b"PK",
}
_STARTS = (  # first bytes, kind of file, suffixes of such files
    (b"PAR1", "a Parquet file", _PARQUET),
    (b"PARE", "an encrypted Parquet file", _PARQUET),
    (b"ARROW1", "an Arrow file", _ARROW),
    (b"FEA1", "a Feather file", _ARROW),
    (b"\xff\xff\xff\xff", "a stream of Arrow data", _ARROW),
    (b"PK\3\4", "a zip archive, as .npz and .xlsx files are", (".npz",)),
    (b"\x1f\x8b", "compressed with gzip", (".csv.gz",)),
    (b"BZh", "compressed with bzip2", (".csv.bz2",)),
    (b"\xfd7zXZ\0", "compressed with xz", (".csv.xz",)),
    (b"\x28\xb5\x2f\xfd", "compressed with zstd", (".csv.zst",)),
    (b"\x93NUMPY", "a single NumPy array, as .npy files are", ()),
    (b"SQLite format 3\0", "an SQLite database", ()),
    (b"ORC", "an ORC file", ()),
    (b"\x89HDF", "an HDF5 file", ()),
    (b"Obj\1", "an Avro file", ()),
    (b"\xd0\xcf\x11\xe0", "an old Excel or Office file", ()),
    (b"%PDF", "a PDF file", ()),
)
_NOT_TABLES = (
    (re.compile(rb"\s*<(!doctype html|html)", re.IGNORECASE), "a web page"),
    (re.compile(rb"\s*<\?xml"), "XML"),
    (re.compile(rb'\s*(\[\s*\{\s*"|\{\s*")'), "JSON"),
)
_CONTROL = re.compile(rb"[\x00-\x08\x0e-\x1a\x1c-\x1f]")
_CONVERTERS = {
    ".xlsx": "pandas.read_excel",
    ".xlsm": "pandas.read_excel",
    ".xls": "pandas.read_excel",
    ".ods": "pandas.read_excel",
    ".json": "pandas.read_json",
    ".jsonl": "pandas.read_json(..., lines=True)",
    ".ndjson": "pandas.read_json(..., lines=True)",
    ".orc": "pandas.read_orc",
    ".sqlite": "pandas.read_sql",
    ".sqlite3": "pandas.read_sql",
    ".db": "pandas.read_sql",
    ".h5": "pandas.read_hdf",
    ".hdf5": "pandas.read_hdf",
    ".html": "pandas.read_html",
    ".xml": "pandas.read_xml",
    ".pkl": "pandas.read_pickle",
    ".pickle": "pandas.read_pickle",
    ".dta": "pandas.read_stata",
    ".sav": "pandas.read_spss",
    ".sas7bdat": "pandas.read_sas",
    ".xpt": "pandas.read_sas",
    ".rds": "R's readRDS and write.csv",
    ".rdata": "R's load and write.csv",
    ".mat": "scipy.io.loadmat and numpy.savez",
    ".arff": "scipy.io.arff.loadarff",
    ".npy": "numpy.savez(file, X=X, y=y)",
}


def suffix_of(path: Path) -> str:
    """Return the suffix for the format of a file, without that of its compression."""
    suffixes = [suffix.lower() for suffix in path.suffixes]
    if len(suffixes) > 1 and suffixes[-1] in _COMPRESSION:
        return suffixes[-2]
    return suffixes[-1] if suffixes else ""


def check_name(path: Path) -> None:
    """Raise an error if the suffix of a file is not supported."""
    suffix, last = suffix_of(path), path.suffix.lower()
    if suffix in SUFFIXES:
        if last in _COMPRESSION and suffix not in TEXT:
            raise InputError(
                f"{path}: only text files may be compressed; decompress it to a {suffix} file first"
            )
        return
    what = f"the suffix {suffix!r} is unknown" if suffix else "the name has no suffix"
    kinds = f"give a {', '.join(SUFFIXES)} file, or example:diabetes"
    if suffix in _COMPRESSION:
        kinds = f"add the suffix of the file inside, as in table.csv{suffix}"
    if suffix in _CONVERTERS:
        kinds += f"; {_CONVERTERS[suffix]} can help to convert it"
    raise InputError(f"{path}: {what}; {kinds}")


def check_start(path: Path) -> None:
    """Raise an error if the first bytes of a file do not match its suffix."""
    with path.open("rb") as file:
        start = file.read(1 << 12)
    suffix, last = suffix_of(path), path.suffix.lower()
    if not start:
        raise InputError(
            f"{path}: the file is empty; expected a header line and one row per sample"
        )
    if last in _COMPRESSION:
        if not start.startswith(_COMPRESSION[last]):
            raise InputError(
                f"{path}: cannot be read as {last[1:]}, because it is not compressed that way; "
                "use the suffix of its actual format"
            )
        return
    for magic, kind, names in _STARTS:
        if start.startswith(magic) and (suffix not in TEXT or _CONTROL.search(start)):
            if suffix in names:
                return
            what_to_do = f"name it {' or '.join(names)}" if names else "convert it to .csv"
            raise InputError(f"{path}: cannot be read as {suffix[1:]}: it is {kind}; {what_to_do}")
    for pattern, kind in _NOT_TABLES:
        if pattern.match(start):
            raise InputError(f"{path}: is {kind}, not a {suffix} table; convert it to .csv")
    if suffix not in TEXT and not _CONTROL.search(start):
        raise InputError(
            f"{path}: cannot be read as {suffix[1:]}: it is text; if it is a table, name it .csv"
        )
