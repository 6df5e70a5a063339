"""What is done to columns and rows, against what pandas and NumPy say."""

import numpy as np
import pandas as pd
import pytest

from riskcast.tables import InputError, Options, Table, prepare

N = 60


def columns(**extra):
    rng = np.random.default_rng(1)
    return pd.DataFrame({"x": rng.normal(size=N), "y": rng.normal(size=N), **extra})


def prepared(frame, **options):
    return prepare(Table("t.csv", frame), Options(target="y", **options))


def note(table, name):
    return next(column for column in table.columns if column.name == name)


def test_numbers_keep_double_precision():
    frame = columns(big=1e9 + np.arange(N)[::-1] ** 1.5)
    table = prepared(frame, standardize=False)
    np.testing.assert_array_equal(table.X[:, 1], frame["big"])


def test_standardized_columns_have_mean_zero_and_variance_one():
    table = prepared(columns(z=np.arange(N)[::-1] * 1000.0))
    np.testing.assert_allclose(table.X.mean(axis=0), 0.0, atol=1e-12)
    np.testing.assert_allclose(table.X.var(axis=0), 1.0)


def test_missing_numbers_become_the_median_and_a_mark():
    values = np.arange(N, dtype=float)[::-1].copy()
    values[[3, 5]] = np.nan
    values[7] = np.inf
    table = prepared(columns(z=values), standardize=False)
    known = np.delete(values, [3, 5, 7])
    np.testing.assert_array_equal(table.X[[3, 5, 7], 1], np.median(known))
    np.testing.assert_array_equal(np.flatnonzero(table.X[:, 2]), [3, 5, 7])
    assert table.feature_names == ["x", "z", "z is missing"]


def test_categories_become_one_column_each():
    kinds = np.array(["a", "b", "c"])[np.arange(N) % 3]
    table = prepared(columns(kind=kinds), standardize=False)
    np.testing.assert_array_equal(table.X[:, 1:], kinds[:, None] == np.array(["a", "b", "c"]))


def test_dates_are_taken_apart():
    days = pd.date_range("2020-01-30", periods=N, freq="13D").strftime("%Y-%m-%d")
    table = prepared(columns(day=days), standardize=False)
    found = dict(zip(table.feature_names, table.X.T, strict=True))
    np.testing.assert_array_equal(found["day_year"], [int(day[:4]) for day in days])
    months = 2 * np.pi * np.array([int(day[5:7]) for day in days]) / 12
    ends = found["day_month_circular_1"], found["day_month_circular_0"]
    np.testing.assert_allclose(ends, [np.cos(months), np.sin(months)], atol=1e-6)
    weekdays = 2 * np.pi * (pd.to_datetime(days).day_of_week + 1) / 7
    np.testing.assert_allclose(found["day_weekday_circular_0"], np.sin(weekdays), atol=1e-6)
    np.testing.assert_array_equal(found["day_days_passed"], 13.0 * np.arange(N))


def test_moments_keep_their_seconds_and_their_zone():
    moments = pd.date_range("2024-03-30 20:00", periods=N, freq="7s", tz="Europe/Berlin")
    table = prepared(columns(moment=moments), standardize=False)
    passed = table.X[:, table.feature_names.index("moment_days_passed")]
    np.testing.assert_allclose(passed * 86400, 7.0 * np.arange(N), atol=1e-6)


def test_rows_are_known_in_the_order_of_time():
    order = np.random.default_rng(4).permutation(N)
    days = pd.Series(pd.date_range("2020", periods=N)[order])
    table = prepared(columns(day=days, later=days + pd.Timedelta(days=1)))
    assert table.date == "day"
    np.testing.assert_array_equal(table.in_time, np.argsort(order))
    torn = days.where(np.arange(N) != 3)
    assert prepared(columns(day=torn)).in_time is None
    assert prepared(columns(z=np.arange(N) % 7)).date is None


def test_numbers_written_as_text_are_numbers():
    texts = [str(number) if number % 5 else "?" for number in range(N)]
    table = prepared(columns(z=texts), standardize=False)
    assert note(table, "z").kind == "number"
    assert table.X[7, 1] == 7.0


def test_vectors_are_spread():
    vectors = np.random.default_rng(2).normal(size=(N, 4))
    table = prepared(columns(embedding=list(vectors)), standardize=False)
    np.testing.assert_array_equal(table.X[:, 1:], vectors)


@pytest.mark.parametrize(
    ("name", "values", "reason"),
    [
        ("row", np.arange(1, N + 1), "row number"),
        ("name", [f"Mr {number}" for number in range(N)], "identifier"),
        ("same", ["b"] * N, "constant"),
        ("none", [np.nan] * N, "every value is missing"),
        ("patient_id", np.random.default_rng(0).permutation(N) * 7, "identifier, by its name"),
        ("id", [str(10**30 + 7 * k) for k in range(N, 0, -1)], "identifier, by its name"),
    ],
)
def test_useless_columns_are_left_out_unless_kept(name, values, reason):
    frame = columns(**{name: values})
    assert reason in note(prepared(frame), name).treatment
    if name in ("row", "patient_id"):
        assert note(prepared(frame, keep=(name,)), name).kind == "number"


def test_rows_without_a_target_are_left_out():
    frame = columns()
    frame.loc[[1, 4], "y"] = np.nan
    table = prepared(frame, standardize=False)
    np.testing.assert_array_equal(table.X[:, 0], frame["x"].drop([1, 4]))
    assert "2 of 60 rows have no y" in table.notes[0]


def test_repeated_rows_are_noted_and_dropped_on_request():
    frame = columns()
    frame = pd.concat([frame, frame.iloc[:5]])
    assert "5" in prepared(frame).notes[0]
    assert prepared(frame, drop_duplicates=True).n_samples == N


def test_groups_are_no_feature():
    table = prepared(columns(who=np.repeat(np.arange(15) + 100, 4)), groups="who")
    np.testing.assert_array_equal(table.groups, np.repeat(np.arange(15), 4))
    assert table.feature_names == ["x"]


def test_rows_drawn_at_random_keep_groups_whole():
    table = prepared(columns(who=np.repeat(np.arange(15), 4)), groups="who", max_rows=41)
    counts = np.bincount(np.unique(table.groups, return_inverse=True)[1])
    assert table.n_samples == 40
    assert (counts == 4).all()


def test_no_whole_group_is_a_case_of_its_own():
    frame = columns(who=np.repeat([1, 2], N // 2))
    with pytest.raises(InputError, match="--max-rows 25: no whole group"):
        prepared(frame, groups="who", max_rows=25)


def test_a_table_without_names_is_noticed():
    frame = pd.DataFrame(np.eye(3), columns=["0.5", "1e3", "-2"])
    with pytest.raises(InputError, match="is the header line with the column names missing"):
        prepare(Table("t", frame), Options(target="y"))


def test_a_copy_of_the_target_is_pointed_out():
    frame = columns()
    frame["euros"] = 1.95 * frame["y"] + 3
    assert any("euros can predict the target" in text for text in prepared(frame).notes)


@pytest.mark.parametrize(
    ("values", "task"),
    [
        (np.arange(N) % 3, "classification"),
        (np.arange(N) % 2 * 1.5, "classification"),
        (np.array(["no", "yes"])[np.arange(N) % 2], "classification"),
        (np.arange(N) % 2 == 0, "classification"),
        (np.arange(N) % 30, "regression"),
        (np.random.default_rng(0).normal(size=N), "regression"),
        ([str(number / 7) for number in range(N)], "regression"),
    ],
)
def test_the_task_is_decided_from_the_target(values, task):
    frame = columns()
    frame["y"] = values
    assert prepared(frame).task == task


@pytest.mark.parametrize(("kind", "labels"), [("boolean", [True, False]), ("string", ["a", "b"])])
def test_missing_values_of_nullable_columns_are_missing(kind, labels):
    frame = columns()
    frame["y"] = pd.array([None if row % 6 == 0 else labels[row % 2] for row in range(N)], kind)
    table = prepared(frame)
    assert table.notes[0] == f"10 of {N} rows have no y and were dropped."
    assert set(table.y) == {str(label) for label in labels}


def test_spaces_around_a_class_are_no_other_class():
    frame = columns()
    frame["y"] = ["yes", "no", "yes ", " no"] * (N // 4)
    assert set(prepared(frame).y) == {"yes", "no"}


def test_the_task_can_be_overruled():
    frame = columns()
    frame["y"] = np.arange(N) % 3
    assert prepared(frame, task="regression").y.dtype == np.float64


@pytest.mark.parametrize(
    ("change", "options", "message"),
    [
        ({"y": ["a"] * N}, {}, "one class only"),
        ({"y": [2.0] * N}, {}, "nothing to predict"),
        ({"y": [np.nan] * N}, {}, "every value is missing"),
        ({"y": [f"t{number}" for number in range(N)]}, {}, "too many for classes"),
        ({"y": ["a", "b"] * (N // 2)}, {"task": "regression"}, "contains text such as 'a'"),
        ({"y": pd.date_range("2020", periods=N)}, {}, "dates"),
        ({"x": [1.0] * N}, {}, "no usable column"),
        ({}, {"drop": ("z",)}, "no column 'z'"),
        ({}, {"groups": "z"}, "no column 'z'"),
        ({"g": [1, 2] * (N // 2)}, {"groups": "g"}, "there are 2 groups"),
        ({}, {"groups": "y"}, "'y' is the target"),
        ({}, {"drop": ("y",)}, "'y' is the target"),
        ({}, {"drop": ("x",), "keep": ("x",)}, "also given to --drop"),
        ({"g": range(N)}, {"groups": "g", "keep": ("g",)}, "also given to --groups"),
        ({"y": [f"{number} {'kg' if number % 2 else 'g'}" for number in range(N)]}, {}, "'0 g'"),
        ({"y": range(N)}, {"task": "classification"}, "use --task regression"),
        ({"y": [[1.0, 2.0]] * N}, {}, "contains lists"),
        ({"v": [[1.0], [1.0, 2.0]] * (N // 2)}, {"keep": ("v",)}, "not of equally many"),
        ({"y": pd.to_timedelta(np.arange(N), "h")}, {}, "durations"),
        ({"y": [10**400 + number for number in range(N)]}, {}, "over 300 digits"),
        ({"y": 1e200 * np.arange(N)}, {}, "too large"),
        ({"y": 1e-200 * np.arange(N)}, {}, "too small"),
        ({"x": 1e200 * np.arange(N, 0, -1)}, {"standardize": False}, "'x': its largest value"),
        ({"y": ["a"] + ["b"] * (N - 1)}, {}, "all rows but one are of class b"),
        (
            {"y": ["a"] * 4 + ["b"] * (N - 4), "g": np.arange(N) // 4},
            {"groups": "g"},
            "one group are of class b",
        ),
    ],
)
def test_tables_that_cannot_be_learned_from_are_refused(change, options, message):
    with pytest.raises(InputError, match=message):
        prepared(columns().assign(**change), **options)


@pytest.mark.parametrize("unit", [1e-300, 1e-100, 1e100, 1e300])
def test_units_of_a_column_do_not_matter(unit):
    frame = columns()
    table, again = prepared(frame), prepared(frame.assign(x=unit * frame["x"]))
    np.testing.assert_allclose(again.X, table.X, rtol=1e-12)
    np.testing.assert_allclose(again.correlation, table.correlation, rtol=1e-12)


def test_correlation_is_pearsons():
    frame = columns(z=np.random.default_rng(4).normal(size=N))
    for standardize in (False, True):
        found = prepared(frame, standardize=standardize).correlation
        np.testing.assert_allclose(found, frame[["x", "z"]].corrwith(frame["y"]).abs())


def test_a_column_may_have_any_name():
    frame = columns(__target__=np.arange(N)[::-1])
    frame.loc[1, ["x", "y"]] = frame.loc[0, ["x", "y"]]  # alike in all but that column
    assert prepared(frame).notes == []


def test_three_rows_are_too_few():
    with pytest.raises(InputError, match="3 usable row"):
        prepared(columns().iloc[:3])


def test_near_misses_of_the_target_are_named():
    frame = columns().rename(columns={"y": "Price"})
    with pytest.raises(InputError, match="did you mean Price"):
        prepare(Table("t.csv", frame), Options(target="prize"))
