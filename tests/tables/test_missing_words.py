"""Words for missing values, and the same words as values."""

import numpy as np
import pandas as pd
import pytest

from riskcast.tables import Options, Table, prepare, read_table


def table_of(tmp_path, cells, name="t.csv"):
    path = tmp_path / name
    frame = pd.DataFrame({"x": np.arange(len(cells))[::-1] * 1.5, "a": cells})
    frame.to_parquet(path) if name.endswith("parquet") else frame.to_csv(path, index=False)
    return read_table(str(path))


@pytest.mark.parametrize("token", ["error", "-", "<30", "#DIV/0!", "n/a", "12 kg?", "tbd", ">= 5"])
def test_one_odd_cell_leaves_a_column_of_numbers(tmp_path, token):
    cells = [f"{number}.5" for number in range(60)]
    cells[7] = token
    table = table_of(tmp_path, cells)
    expected = np.arange(60) + 0.5
    expected[7] = np.nan
    np.testing.assert_array_equal(table.frame["a"], expected)
    assert f"{token!r} (1 cell)" in table.readings.columns["a"]
    assert prepare(table, Options(target="x", standardize=False)).feature_names == [
        "a",
        "a is missing",
    ]
    target = prepare(table, Options(target="a"))
    assert (target.task, target.n_samples) == ("regression", 59)
    assert any(repr(token) in reading for reading in target.readings)


def test_bounds_are_told_apart(tmp_path):
    table = table_of(tmp_path, ["1", "2", "3", "5+", "80 and over", "<1"] * 5 + ["4"] * 30)
    assert table.frame["a"].isna().sum() == 15
    assert table.readings.columns["a"].startswith("bounds, treated as missing")


@pytest.mark.parametrize(("odd", "kind"), [(6, "float64"), (7, "str")])
def test_nine_in_ten_make_a_column_of_numbers(tmp_path, odd, kind):
    cells = [str(number + 0.5) for number in range(60 - odd)] + [f"w{k}" for k in range(odd)]
    assert pd.api.types.is_numeric_dtype(table_of(tmp_path, cells).frame["a"]) == (
        kind == "float64"
    )


@pytest.mark.parametrize(
    ("cells", "value"),
    [
        (["None", "Mild", "Severe"] * 40, "None"),
        (["None"] * 10 + ["Mild"] * 60 + ["Severe"] * 50, "None"),
        (["none"] * 20 + ["red"] * 30 + ["blue"] * 40, "none"),
        (["+", "-"] * 60, "-"),
        (["+"] * 117 + ["-"] * 3, "-"),
        (["++", "--"] * 60, "--"),
        (["known", "unknown"] * 60, "unknown"),
        (["AF", "AS", "EU", "NA", "OC", "SA"] * 20, "NA"),
        (["DE"] * 100 + ["FR", "IT", "ES", "NL"] * 10 + ["NA"] * 2, "NA"),
        (["missing", "present"] * 60, "missing"),
        (["NA", "left", "right"] * 40, "NA"),
    ],
)
def test_a_word_as_frequent_as_a_class_is_a_class(tmp_path, cells, value):
    table = table_of(tmp_path, cells)
    assert table.frame["a"].tolist() == cells
    count = cells.count(value)
    said = f"{value!r} was treated as a value ({count} of {len(cells)} cells)"
    assert said in table.readings.columns["a"]
    learned = prepare(table, Options(target="a"))
    assert set(learned.y) == set(cells)
    assert learned.n_samples == len(cells)
    assert any(said in reading for reading in learned.readings)


def test_such_a_word_is_a_level_of_a_feature(tmp_path):
    table = table_of(tmp_path, ["None", "Mild", "Severe"] * 40)
    names = prepare(table, Options(target="x")).feature_names
    assert names == ["a_Mild", "a_None", "a_Severe"]


@pytest.mark.parametrize(
    ("cells", "missing"),
    [
        (["yes", "no"] * 50 + ["NA"] * 6, "NA"),
        (["yes", "no"] * 50 + ["unknown"] * 6, "unknown"),
        (["a", "b", "c"] * 20 + ["?"] * 40, "?"),
        (["a", "b", "c"] * 20 + ["#N/A"] * 40, "#N/A"),
        (["a", "b", "c"] * 20 + ["nan"] * 40, "nan"),
        (["a"] * 50 + ["b"] * 40 + ["typo"] + ["NA"] * 5, "NA"),
        ([f"city {number}" for number in range(60)] + ["None"] * 30, "None"),
    ],
)
def test_rare_words_and_marks_are_missing(tmp_path, cells, missing):
    table = table_of(tmp_path, cells)
    np.testing.assert_array_equal(table.frame["a"].isna(), np.array(cells) == missing)
    assert f"{missing!r} was treated as missing" in table.readings.columns["a"]


def test_empty_cells_are_always_missing(tmp_path):
    table = table_of(tmp_path, ["", "a", "b", " "] * 30)
    assert table.frame["a"].isna().tolist() == [True, False, False, True] * 30
    assert prepare(table, Options(target="a")).n_samples == 60


@pytest.mark.parametrize("word", ["None", "NA", "?", "unknown"])
def test_files_with_missing_values_of_their_own_have_no_words_for_them(tmp_path, word):
    cells = [word, "a", "b", "a", "b", None] * 20
    table = table_of(tmp_path, cells, "t.parquet")
    learned = prepare(table, Options(target="a"))
    assert set(learned.y) == {word, "a", "b"}
    assert learned.n_samples == 100


def test_text_of_archives_has_no_words_for_missing_values(tmp_path):
    y = np.array(["None", "Mild", "Mild", "Severe"] * 10)
    np.savez(tmp_path / "t.npz", X=np.random.default_rng(0).normal(size=(40, 2)), y=y)
    assert prepare(read_table(str(tmp_path / "t.npz"))).y.tolist() == y.tolist()


def test_words_among_numbers_are_missing_however_many(tmp_path):
    table = table_of(tmp_path, ["1.5", "none", "2.5"] * 20)
    assert table.frame["a"].isna().sum() == 20
    assert "'none' (20 cells)" in table.readings.columns["a"]


def test_words_in_a_frame_are_values():
    frame = pd.DataFrame({"x": np.random.default_rng(0).normal(size=60), "y": ["None", "a"] * 30})
    assert set(prepare(Table("t", frame), Options(target="y")).y) == {"None", "a"}
