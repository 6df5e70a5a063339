"""Parquet, Feather and Arrow: their types, what pandas adds to them, and damaged files."""

import datetime
import decimal
import json
import random
import subprocess
import sys

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet
import pytest

from riskcast.tables import InputError, Options, prepare, read_table

N = 30
X = np.random.default_rng(0).normal(size=N)
DAYS = [datetime.date(2020, 1, 1) + datetime.timedelta(days) for days in range(N)]


def write(table, path, **options):
    if path.suffix == ".parquet":
        pa.parquet.write_table(table, path, **options)
    elif path.suffix == ".feather":
        pa.feather.write_feather(table, str(path), **options)
    else:
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table)
    return str(path)


KINDS = ["t.parquet", "t.feather", "t.arrow"]


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    ("values", "wanted"),
    [
        (pa.array([decimal.Decimal(k) / 4 for k in range(N)]), np.arange(N) / 4),
        (pa.array([k / 4 for k in range(N)]).cast(pa.decimal256(70, 3)), np.arange(N) / 4),
        (pa.array([f"é{k % 3}".encode() for k in range(N)]), [f"é{k % 3}" for k in range(N)]),
        (pa.array([b"ab"] * N, pa.binary(2)), ["ab"] * N),
        (pa.array([b"ab"] * N).dictionary_encode(), ["ab"] * N),
        (pa.array([k % 3 for k in range(N)]).dictionary_encode(), [k % 3 for k in range(N)]),
        (pa.array(X.astype(np.float16)), X.astype(np.float16)),
        (pa.array(DAYS), np.array(DAYS, dtype="datetime64[ms]")),
        (pa.array(np.arange(N, dtype=np.int32) + 2**30, pa.date32()), None),
        (pa.array(["ab"] * N, pa.string_view()), ["ab"] * N),
        (pa.nulls(N), None),
        (pa.array([[k, 1.0] for k in range(N)]), None),
        (pa.array([{"a": k} for k in range(N)]), None),
        (pa.array([datetime.time(k % 24) for k in range(N)]), None),
        (pa.array([b"\xff\xfe%d" % k for k in range(N)]), None),
        (pa.array([b"\xff%d" % (k % 2) for k in range(N)]).dictionary_encode(), None),
    ],
)
def test_types_are_read_and_learned_from_or_left_out(tmp_path, name, values, wanted):
    path = write(pa.table({"x": X, "z": values, "y": X[::-1]}), tmp_path / name)
    table = read_table(path)
    assert list(table.frame.columns) == ["x", "z", "y"]
    np.testing.assert_array_equal(table.frame["x"], X)
    if wanted is not None:
        assert (table.frame["z"].to_numpy() == wanted).all()
    learned = prepare(table, Options(target="y"))
    assert [note.name for note in learned.columns] == ["x", "z"] or len(learned.columns) == 2


@pytest.mark.parametrize("suffix", [".feather", ".arrow"])
@pytest.mark.parametrize(
    "values",
    [
        pa.array(np.arange(N), pa.timestamp("ns", tz="Mars/Olympus")),
        pa.UnionArray.from_sparse(
            pa.array([k % 2 for k in range(N)], pa.int8()),
            [pa.array(np.arange(N)), pa.array(["a"] * N)],
        ),
    ],
)
def test_types_that_pandas_does_not_have_are_refused_by_column(tmp_path, suffix, values):
    path = write(pa.table({"x": X, "odd one": values}), tmp_path / f"t{suffix}")
    with pytest.raises(InputError, match=r"t\.(feather|arrow): column 'odd one' has the type"):
        read_table(path)


@pytest.mark.parametrize("name", KINDS)
@pytest.mark.parametrize(
    "metadata",
    [
        b"not json",
        b"[]",
        b"{}",
        b"\xff\xfe",
        b'{"index_columns": 3}',
        b'{"index_columns": ["absent"], "columns": []}',
        b'{"index_columns": [null, 7, ["x"], {"kind": "range"}], "columns": [{"name": 1}]}',
        b'{"index_columns": [{"kind": "range", "name": "n", "start": "a", "stop": 1, "step": 0}]}',
        b'{"index_columns": ["y"], "columns": [{"name": null, "field_name": "y"}]}',
        b'{"index_columns": [], "column_indexes": [{"pandas_type": "datetimetz"}], "columns": '
        b'[{"name": "x", "field_name": "x", "pandas_type": "datetimetz", "numpy_type": "odd", '
        b'"metadata": {"timezone": "nowhere"}}]}',
        b"[" * 100_000,
    ],
)
def test_what_others_write_for_pandas_does_no_harm(tmp_path, name, metadata):
    table = pa.table({"x": X, "y": X[::-1]}).replace_schema_metadata({b"pandas": metadata})
    frame = read_table(write(table, tmp_path / name)).frame
    assert sorted(frame.columns) == ["x", "y"]
    np.testing.assert_array_equal(frame["y"], X[::-1])


@pytest.mark.parametrize("name", KINDS)
def test_indices_with_names_are_columns(tmp_path, name):
    frame = pd.DataFrame({"x": X, "y": X[::-1]})
    for index, columns in (
        (pd.Index(np.arange(N)[::-1], name="n"), ["n", "x", "y"]),
        (pd.RangeIndex(2000, 2000 + 5 * N, 5, name="year"), ["year", "x", "y"]),
        (pd.Index(np.arange(N)[::-1]), ["x", "y"]),
        (pd.MultiIndex.from_arrays([X, X], names=["a", None]), ["a", "x", "y"]),
    ):
        indexed = frame.set_axis(index)
        read = read_table(write(pa.Table.from_pandas(indexed), tmp_path / name)).frame
        assert list(read.columns) == columns
        if len(columns) > 2:
            np.testing.assert_array_equal(read[columns[0]], index.get_level_values(0))


def test_names_that_stand_twice(tmp_path):
    table = pa.table([X, X[::-1]], ["x", "x"])
    frame = read_table(write(table, tmp_path / "t.feather")).frame
    assert list(frame.columns) == ["x (1)", "x (2)"]
    np.testing.assert_array_equal(frame["x (2)"], X[::-1])


@pytest.mark.parametrize("name", KINDS)
def test_tables_without_rows_or_columns_are_refused(tmp_path, name):
    with pytest.raises(InputError, match=r"t\.\w+: the table has no rows"):
        read_table(write(pa.table({"x": X[:0]}), tmp_path / name))
    with pytest.raises(InputError, match=r"t\.\w+: the table has no columns"):
        read_table(write(pa.table({}), tmp_path / name))


def test_feather_of_version_1_is_refused(tmp_path):
    path = tmp_path / "t.feather"
    path.write_bytes(b"FEA1" + bytes(60) + b"FEA1")
    with pytest.raises(InputError, match=r"t\.feather: is a Feather file of version 1"):
        read_table(str(path))


def damaged(column):
    """A column that Arrow makes without a look at it."""
    if column == "offsets":
        offsets = pa.py_buffer(np.array([0, 2, 1 << 30, 4], dtype=np.int32))
        return pa.Array.from_buffers(pa.string(), 3, [None, offsets, pa.py_buffer(b"abcd")])
    if column == "text":
        offsets = pa.py_buffer(np.array([0, 1, 2, 3], dtype=np.int32))
        return pa.Array.from_buffers(pa.string(), 3, [None, offsets, pa.py_buffer(b"a\xff\xfe")])
    if column == "codes":
        codes = pa.array([0, 1, 1 << 30], pa.int32())
        return pa.DictionaryArray.from_arrays(codes, pa.array(["a", "b"]), safe=False)
    offsets = pa.py_buffer(np.array([0, 1, 9000, 2], dtype=np.int32))
    values = pa.array([1.0, 2.0])
    return pa.Array.from_buffers(pa.list_(pa.float64()), 3, [None, offsets], children=[values])


@pytest.mark.parametrize("suffix", [".feather", ".arrow"])
@pytest.mark.parametrize("column", ["offsets", "text", "codes", "lists"])
def test_damaged_columns_are_refused_by_name(tmp_path, suffix, column):
    schema = pa.schema([("x", pa.int64()), ("odd one", damaged(column).type)])
    batch = pa.RecordBatch.from_arrays([pa.array([1, 2, 3]), damaged(column)], schema=schema)
    path = tmp_path / f"t{suffix}"
    make = pa.ipc.new_file if suffix == ".feather" else pa.ipc.new_stream
    with pa.OSFile(str(path), "wb") as file, make(file, schema) as writer:
        writer.write_batch(batch)
    with pytest.raises(InputError, match="column 'odd one' is damaged"):
        read_table(str(path))


def test_damaged_columns_of_parquet_are_refused_by_name(tmp_path):
    table = pa.table({"x": X, "odd one": X[::-1], "y": X})
    options = {"compression": "none", "use_dictionary": False, "write_page_checksum": True}
    path = tmp_path / "t.parquet"
    write(table, path, **options)
    data = path.read_bytes()
    numbers = X[::-1].tobytes()
    assert data.count(numbers) == 1
    path.write_bytes(data.replace(numbers, numbers[:-8] + bytes(8)))
    with pytest.raises(InputError, match=r"t\.parquet: column 'odd one' is damaged"):
        read_table(str(path))


MANY = """
import sys, warnings
from riskcast.tables import InputError, read_table
warnings.simplefilter("ignore")
for path in sys.stdin.read().split():
    try:
        read_table(path)
    except InputError as error:
        assert "\\n" not in str(error) and path in str(error), error
"""


@pytest.mark.parametrize(
    ("name", "options"),
    [
        ("t.feather", {"compression": "uncompressed"}),
        ("t.feather", {"compression": "lz4"}),
        ("t.feather", {"compression": "zstd"}),
        ("t.parquet", {}),
        ("t.parquet", {"compression": "none", "use_dictionary": False}),
        ("t.arrow", {}),
    ],
)
def test_no_damaged_file_ends_the_process(tmp_path, name, options):
    table = pa.table(
        {
            "x": X,
            "text": [f"text {k % 13} é" for k in range(N)],
            "kind": pa.array(["abc"[k % 3] for k in range(N)]).dictionary_encode(),
            "pairs": [[1.0, k] for k in range(N)],
            "lists": [["u"] * (k % 3) for k in range(N)],
            "gaps": [None if k % 7 == 0 else k for k in range(N)],
        }
    )
    whole = (tmp_path / name).with_stem("whole")
    write(table, whole, **options)
    data, paths = whole.read_bytes(), []
    for seed in range(200):
        draw, changed = random.Random(seed), bytearray(data)
        for _ in range(draw.randint(1, 10)):
            changed[draw.randrange(len(data))] = draw.randrange(256)
        if draw.random() < 0.1:
            changed = changed[: draw.randrange(len(data))]
        paths.append((tmp_path / name).with_stem(f"t{seed}"))
        paths[-1].write_bytes(changed)
    done = subprocess.run(
        [sys.executable, "-c", MANY], input="\n".join(map(str, paths)),
        text=True, capture_output=True, check=False, timeout=300,
    )  # fmt: skip
    assert (done.returncode, done.stderr) == (0, "")


def test_pandas_metadata_that_pandas_writes_is_not_needed(tmp_path):
    frame = pd.DataFrame({"x": X, "y": pd.array([None, *range(1, N)], dtype="Int64")})
    table = pa.Table.from_pandas(frame)
    assert json.loads(table.schema.metadata[b"pandas"])["columns"]
    read = read_table(write(table, tmp_path / "t.parquet")).frame
    np.testing.assert_array_equal(read["y"], [np.nan, *range(1, N)])


@pytest.mark.parametrize("name", KINDS[1:])
@pytest.mark.parametrize(
    ("unit", "moment"),
    [("s", 2**62), ("s", -(2**63) + 1), ("ms", -(2**63) + 1), ("us", -(2**63) + 1), ("us", 2**62)],
)
def test_dates_of_impossible_years_are_missing_and_said(tmp_path, name, unit, moment):
    dates = pa.array([moment, None, *range(N - 2)], pa.timestamp(unit))
    path = write(pa.table({"when": dates, "x": X}), tmp_path / name)
    table = read_table(path)
    assert table.frame["when"].isna().tolist() == [True, True] + [False] * (N - 2)
    assert "1 cell" in table.readings.columns["when"]
    assert prepare(table, Options(target="x")).n_samples == N


@pytest.mark.parametrize("first", [-(2**63) + 1, -(10**18) * 7])
def test_dates_to_the_nanosecond_may_lie_centuries_apart(tmp_path, first):
    dates = pa.array([first, 2**62, *range(N - 2)], pa.timestamp("ns"))
    path = write(pa.table({"when": dates, "x": X}), tmp_path / "t.feather")
    table = read_table(path)
    assert not table.frame["when"].isna().any()
    assert prepare(table, Options(target="x")).n_samples == N
