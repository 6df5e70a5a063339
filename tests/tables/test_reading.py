"""The same table through every format, and files that cannot be read."""

import gzip

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from riskcast.tables import InputError, Options, prepare, read_table
from riskcast.tables._examples import EXAMPLES


@pytest.fixture
def frame():
    rng = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "size": rng.normal(size=40),
            "kind": rng.choice(["flat", "house"], 40),
            "price": rng.normal(size=40),
        }
    )


def write(frame, path):
    name = path.name
    if name.endswith((".csv", ".csv.gz")):
        frame.to_csv(path, index=False)
    elif name.endswith(".tsv"):
        frame.to_csv(path, index=False, sep="\t")
    elif name.endswith(".parquet"):
        frame.to_parquet(path)
    elif name.endswith(".feather"):
        frame.to_feather(path)
    else:
        table = pa.Table.from_pandas(frame)
        with pa.OSFile(str(path), "wb") as file, pa.ipc.new_stream(file, table.schema) as writer:
            writer.write_table(table)


@pytest.mark.parametrize(
    "name", ["t.csv", "t.csv.gz", "t.tsv", "t.parquet", "t.feather", "t.arrow"]
)
def test_every_format_gives_the_same_table(frame, tmp_path, name):
    path = tmp_path / name
    write(frame, path)
    read = read_table(str(path)).frame
    pd.testing.assert_frame_equal(read, frame, check_dtype=False)


def test_semicolons_with_decimal_commas(frame, tmp_path):
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False, sep=";", decimal=",")
    pd.testing.assert_frame_equal(read_table(str(path)).frame, frame, check_dtype=False)


def test_tabs_with_decimal_commas_or_with_thousands(frame, tmp_path):
    path = tmp_path / "t.tsv"
    frame.to_csv(path, index=False, sep="\t", decimal=",")
    pd.testing.assert_frame_equal(read_table(str(path)).frame, frame, check_dtype=False)
    path.write_text("price\tsize\n1,500\t1.5\n2,750\t2.5\n")
    read = read_table(str(path)).frame
    assert read["price"].tolist() == [1500, 2750]
    assert read["size"].tolist() == [1.5, 2.5]


@pytest.mark.parametrize("name", ["t.2024.tsv", "t.2024.tsv.gz"])
def test_a_tsv_is_separated_by_tabs_whatever_its_name(tmp_path, name):
    path = tmp_path / name
    pd.DataFrame({"a, b, c": [1, 2], "d": [3, 4]}).to_csv(path, index=False, sep="\t")
    assert list(read_table(str(path)).frame.columns) == ["a, b, c", "d"]


def test_commas_within_quoted_names_separate_nothing(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('"height, cm";"weight, kg, dry";y\n1;2;3\n4;5;6\n')
    assert list(read_table(str(path)).frame.columns) == ["height, cm", "weight, kg, dry", "y"]


def test_spaces_beside_separators_are_no_part_of_names_and_values(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text('size, kind , note\n1, a, "b, c"\n2, a, "d, e"\n')
    read = read_table(str(path)).frame
    assert list(read.columns) == ["size", "kind", "note"]
    assert read["note"].tolist() == ["b, c", "d, e"]


def test_text_of_windows_programs(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("name,price €\n“Café”,1\n".encode("cp1252"))
    read = read_table(str(path)).frame
    assert list(read.columns) == ["name", "price €"]
    assert read["name"].tolist() == ["“Café”"]


def test_numbered_names_are_no_names_that_are_there_already(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,a,a (1),a (2)\n1,2,3,4\n")
    assert list(read_table(str(path)).frame.columns) == ["a (3)", "a (4)", "a (1)", "a (2)"]


@pytest.mark.parametrize("name", ["t.parquet", "t.arrow"])
def test_a_named_index_is_a_column(frame, tmp_path, name):
    path = tmp_path / name
    write(frame.set_index("kind"), path)
    read = read_table(str(path)).frame
    assert sorted(read.columns) == sorted(frame.columns)
    assert read["kind"].tolist() == frame["kind"].tolist()
    write(frame.set_index(frame["size"].to_numpy()), path)  # its labels mean nothing
    assert sorted(read_table(str(path)).frame.columns) == sorted(frame.columns)


def test_text_that_is_not_utf8(tmp_path):
    path = tmp_path / "t.csv"
    path.write_bytes("name,price\nCafé,1\n".encode("latin-1"))
    assert read_table(str(path)).frame["name"].tolist() == ["Café"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16"])
def test_marks_of_byte_order_are_no_part_of_a_name(frame, tmp_path, encoding):
    path = tmp_path / "t.csv"
    frame.to_csv(path, index=False, encoding=encoding)
    pd.testing.assert_frame_equal(read_table(str(path)).frame, frame, check_dtype=False)


def test_names_that_stand_twice_are_numbered_and_must_be_told_apart(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("price,a.1,price,,\n" + "1,2,3,4,5\n2,1,5,4,3\n" * 20)
    table = read_table(str(path))
    assert list(table.frame.columns) == [
        "price (1)", "a.1", "price (2)", "Unnamed: 3", "Unnamed: 4"
    ]  # fmt: skip
    assert table.frame["price (2)"].tolist()[:2] == [3, 5]
    with pytest.raises(InputError, match=r"did you mean price \(\d\) or price \(\d\)"):
        prepare(table, Options(target="price"))


def test_arrays_with_the_name_of_a_matrix_column_are_told_apart(tmp_path):
    np.savez(tmp_path / "t.npz", X=np.eye(3), X0=np.arange(3))
    names = read_table(str(tmp_path / "t.npz")).frame.columns
    assert list(names) == ["X0 (1)", "X1", "X2", "X0 (2)"]


def test_complex_numbers_are_refused(tmp_path):
    np.savez(tmp_path / "t.npz", X=1j * np.eye(3), y=np.arange(3))
    with pytest.raises(InputError, match="'X' contains complex numbers"):
        read_table(str(tmp_path / "t.npz"))


def test_numpy_archive_with_a_matrix_and_a_target(tmp_path):
    X, y = np.random.default_rng(0).normal(size=(30, 3, 2)), np.arange(30.0)
    np.savez(tmp_path / "t.npz", X=X, y=y)
    table = prepare(read_table(str(tmp_path / "t.npz")), Options(standardize=False))
    np.testing.assert_array_equal(table.X, X.reshape(30, 6))
    np.testing.assert_array_equal(table.y, y)


@pytest.mark.parametrize("name", EXAMPLES)
def test_examples_need_no_target(name):
    table = prepare(read_table(f"example:{name}"))
    assert table.n_samples >= 20
    assert np.isfinite(table.X).all()


def test_examples_have_the_task_that_they_are_known_for():
    kinds = {name: prepare(read_table(f"example:{name}")).task for name in EXAMPLES}
    regression = {name for name, kind in kinds.items() if kind == "regression"}
    assert regression == {"diabetes", "linnerud"}


def cut(path, share=0.5):
    path.write_bytes(path.read_bytes()[: int(share * path.stat().st_size)])


@pytest.mark.parametrize("name", ["t.csv.gz", "t.parquet", "t.feather", "t.arrow"])
def test_truncated_files_are_refused(frame, tmp_path, name):
    path = tmp_path / name
    write(frame, path)
    cut(path)
    with pytest.raises(InputError, match="damaged, truncated"):
        read_table(str(path))


def test_text_cut_off_within_a_line_is_refused(frame, tmp_path):
    path = tmp_path / "t.csv"
    write(frame, path)
    text = path.read_text()
    path.write_text(text[: text.rindex(",")])
    with pytest.raises(InputError, match="2 of 3 fields"):
        read_table(str(path))


def test_text_with_missing_last_value_is_read(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a,b\n1,2\n3,\n")
    assert read_table(str(path)).frame["b"].isna().tolist() == [False, True]


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("t.csv", b"", "the file is empty"),
        ("t.csv", b"\n\n \n", "the file is empty"),
        ("t.csv", b"a,b\n", "no rows"),
        ("t.csv", b"a,b\n1,2,3\n4,5,6\n", "more fields"),
        ("t.csv", b'a,b\n1,"2\n', "cannot be read"),
        ("t.csv", b"PK\0\0\0", "not text"),
        ("t.npz", b"nonsense", "cannot be read"),
        ("t.parquet", b"nonsense", "cannot be read"),
        ("t.arrow", b"nonsense", "cannot be read"),
        ("t.xlsx", b"nonsense", "suffix '.xlsx' is unknown"),
        ("t", b"nonsense", "no suffix"),
        ("t.csv.gz", gzip.compress(b"a,b\n1,2\n", mtime=0)[:-9], "cannot be read"),
    ],
)
def test_unreadable_files_are_refused(tmp_path, name, content, message):
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(InputError, match=message):
        read_table(str(path))


def test_pickled_arrays_are_not_loaded(tmp_path):
    np.savez(tmp_path / "t.npz", X=np.array([{"a": 1}], dtype=object))
    with pytest.raises(InputError, match="cannot be read"):
        read_table(str(tmp_path / "t.npz"))


def test_arrays_of_different_lengths_are_refused(tmp_path):
    np.savez(tmp_path / "t.npz", X=np.ones((3, 2)), y=np.ones(4))
    with pytest.raises(InputError, match="different numbers of rows"):
        read_table(str(tmp_path / "t.npz"))


def test_near_misses_of_files_and_examples_are_named(tmp_path):
    (tmp_path / "houses.csv").write_text("a\n1\n")
    with pytest.raises(InputError, match=r"did you mean houses\.csv"):
        read_table(str(tmp_path / "house.csv"))
    with pytest.raises(InputError, match="did you mean diabetes"):
        read_table("example:diabetis")
