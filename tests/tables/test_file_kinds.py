"""Files of other kinds, under other names, or out of reach: one line that says what to do."""

import bz2
import gzip
import io
import lzma
import os
import sqlite3
import zipfile
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from riskcast.cli import main
from riskcast.tables import InputError, read_table
from riskcast.tables import _reading as reading

FRAME = pd.DataFrame({"a": [1.5, 2.5], "b": [3, 4]})
TEXT = FRAME.to_csv(index=False).encode()


def zipped(**members):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        for name, content in members.items():
            archive.writestr(name.replace("__dot__", "."), content)
    return file.getvalue()


def compressed(suffix, data=TEXT):
    if suffix == ".zst":
        return pa.Codec("zstd").compress(data, asbytes=True)
    if suffix == ".zip":
        return zipped(**{"t.csv": data, "__MACOSX/._t.csv": b"\0", "folder/": b""})
    return {".gz": gzip, ".bz2": bz2, ".xz": lzma}[suffix].compress(data)


COMPRESSIONS = [".gz", ".bz2", ".xz", ".zst", ".zip"]


def parquet():
    return FRAME.to_parquet()


def feather():
    file = io.BytesIO()
    FRAME.to_feather(file)
    return file.getvalue()


def stream():
    file, table = io.BytesIO(), pa.Table.from_pandas(FRAME)
    with pa.ipc.new_stream(file, table.schema) as writer:
        writer.write_table(table)
    return file.getvalue()


def npz():
    file = io.BytesIO()
    np.savez(file, a=FRAME["a"], b=FRAME["b"])
    return file.getvalue()


def npy():
    file = io.BytesIO()
    np.save(file, FRAME.to_numpy())
    return file.getvalue()


def orc():
    file = io.BytesIO()
    FRAME.to_orc(file)
    return file.getvalue()


def refused(capsys, path, *message):
    """The command's one line on what is wrong."""
    assert main(["forecast", str(path), "--target", "b"]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert str(path) in err
    for words in message:
        assert words in err
    return err


def assert_read_or_refused(path):
    message = str(path)
    try:
        read_table(str(path))
    except InputError as error:
        message = str(error)
    assert str(path) in message
    assert "\n" not in message


@pytest.mark.parametrize("suffix", COMPRESSIONS)
def test_text_is_read_compressed(tmp_path, suffix):
    path = tmp_path / f"t.csv{suffix}"
    path.write_bytes(compressed(suffix))
    pd.testing.assert_frame_equal(read_table(str(path)).frame, FRAME)


@pytest.mark.parametrize("suffix", COMPRESSIONS)
@pytest.mark.parametrize("share", [0.2, 0.5, 0.8, 0.95])
def test_compressed_files_that_are_cut_off(tmp_path, capsys, suffix, share):
    path = tmp_path / f"t.csv{suffix}"
    data = compressed(suffix, bytes(np.random.default_rng(0).integers(48, 58, 4000).tolist()))
    path.write_bytes(data[: int(share * len(data))])
    refused(capsys, path, "cannot be read")


@pytest.mark.parametrize("suffix", COMPRESSIONS)
def test_compressed_files_with_changed_bytes(tmp_path, suffix):
    data = compressed(suffix)
    for seed in range(60):
        rng = np.random.default_rng(seed)
        changed = np.frombuffer(data, np.uint8).copy()
        changed[rng.integers(len(data), size=3)] = rng.integers(256, size=3)
        path = tmp_path / f"t.csv{suffix}"
        path.write_bytes(changed.tobytes())
        assert_read_or_refused(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (zipped(a__dot__csv=TEXT, b__dot__csv=TEXT), "contains 2 files (a.csv, b.csv)"),
        (zipped(), "contains 0 files"),
        (zipped(**{"folder/": b""}), "contains 0 files"),
    ],
)
def test_archives_without_one_member(tmp_path, capsys, content, message):
    path = tmp_path / "t.csv.zip"
    path.write_bytes(content)
    refused(capsys, path, message)


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", parquet, "it is a Parquet file; name it .parquet"),
        ("t.csv", feather, "it is an Arrow file; name it .feather"),
        ("t.tsv", stream, "it is a stream of Arrow data"),
        ("t.csv", npz, "it is a zip archive"),
        ("t.csv", npy, "it is a single NumPy array"),
        ("t.csv", orc, "it is an ORC file; convert it to .csv"),
        ("t.txt", lambda: compressed(".gz"), "it is compressed with gzip; name it .csv.gz"),
        ("t.csv", lambda: compressed(".bz2"), "it is compressed with bzip2"),
        ("t.csv", lambda: compressed(".xz"), "it is compressed with xz"),
        ("t.csv", lambda: compressed(".zst"), "it is compressed with zstd"),
        ("t.parquet", lambda: TEXT, "it is text; if it is a table, name it .csv"),
        ("t.feather", lambda: TEXT, "it is text"),
        ("t.npz", lambda: TEXT, "it is text"),
        ("t.parquet", feather, "it is an Arrow file"),
        ("t.feather", parquet, "it is a Parquet file"),
        ("t.npz", npy, "it is a single NumPy array"),
        ("t.parquet", lambda: b"PARE" + bytes(60) + b"PARE", "encrypted"),
        ("t.csv.gz", lambda: TEXT, "not compressed that way"),
        ("t.csv.zip", lambda: compressed(".gz"), "not compressed that way"),
        ("t.parquet.gz", lambda: compressed(".gz"), "only text files may be compressed"),
        ("t.gz", lambda: compressed(".gz"), "table.csv.gz"),
        ("t.csv", lambda: b"<!DOCTYPE html>\n<html><body>404</body></html>", "a web page"),
        ("t.csv", lambda: FRAME.to_json(orient="records").encode(), "is JSON"),
        ("t.csv", lambda: FRAME.to_json(orient="records", lines=True).encode(), "is JSON"),
        ("t.xlsx", lambda: b"PK\3\4", "pandas.read_excel"),
        ("t.json", lambda: b"{}", "pandas.read_json"),
        ("t.orc", orc, "pandas.read_orc"),
        ("t.npy", npy, "numpy.savez"),
        ("t.pkl", lambda: b"", "pandas.read_pickle"),
        ("t.parquet", lambda: b"", "the file is empty"),
        ("t.npz", lambda: b"", "the file is empty"),
        ("t.csv.gz", lambda: b"", "the file is empty"),
        ("t.csv.gz", lambda: gzip.compress(b""), "the file is empty"),
    ],
)
def test_files_of_another_kind(tmp_path, capsys, name, content, message):
    path = tmp_path / name
    path.write_bytes(content())
    refused(capsys, path, message)


def test_text_may_start_as_other_files_do(tmp_path):
    for name in ("PAR1", "ORC", "BZh", "Obj", "PK"):
        path = tmp_path / "t.csv"
        path.write_text(f"{name},b\n1,2\n")
        assert list(read_table(str(path)).frame.columns) == [name, "b"]


def test_databases(tmp_path, capsys):
    for name, message in (("t.sqlite", "pandas.read_sql"), ("t.csv", "it is an SQLite database")):
        connection = sqlite3.connect(tmp_path / name)
        connection.execute("create table t (a)")
        connection.commit()
        connection.close()
        refused(capsys, tmp_path / name, message)


def test_no_files(tmp_path, capsys, monkeypatch):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "file.csv").write_bytes(TEXT)
    (tmp_path / "folder.csv").mkdir()
    refused(capsys, tmp_path / "pipe.csv", "is a pipe or a device, not a regular file")
    refused(capsys, "/dev/null", "is a pipe or a device, not a regular file")
    refused(capsys, tmp_path / "folder.csv", "is a folder")
    refused(capsys, tmp_path / "file.csv" / "t.csv", "no such file")
    refused(capsys, tmp_path / ("x" * 300 + ".csv"), "check the path")
    for address in ("https://example.org/t.csv", "file:///t.csv", "s3://bucket/t.parquet"):
        refused(capsys, address, "is a URL; download the file")

    whole = Path.open

    def deny(path, *arguments, **options):
        if path.suffix == ".csv":
            raise PermissionError(13, "Permission denied", str(path))
        return whole(path, *arguments, **options)

    monkeypatch.setattr(Path, "open", deny)
    refused(capsys, tmp_path / "file.csv", "permission denied; check its permissions")


@pytest.mark.parametrize("name", ["t.csv", "t.parquet", "t.feather", "t.npz"])
def test_too_little_memory(tmp_path, capsys, monkeypatch, name):
    content = {".csv": lambda: TEXT, ".parquet": parquet, ".feather": feather, ".npz": npz}

    def exhausted(_):
        raise MemoryError("Unable to allocate 8 PiB")

    path = tmp_path / name
    path.write_bytes(content[path.suffix]())
    monkeypatch.setitem(reading._READERS, path.suffix, exhausted)
    refused(capsys, path, "does not fit into memory")
