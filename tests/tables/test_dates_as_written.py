"""Dates as people write them, against what a person reads."""

import numpy as np
import pandas as pd
import pytest

from riskcast.tables import InputError, Options, prepare, read_table


def table_of(tmp_path, separator=";", **columns):
    path = tmp_path / "t.csv"
    pd.DataFrame({**columns, "last": "u"}).to_csv(path, index=False, sep=separator)
    return read_table(str(path))


def dates(tmp_path, cells, **others):
    column = table_of(tmp_path, a=cells, **others).frame["a"]
    assert pd.api.types.is_datetime64_dtype(column)
    return [str(moment) for moment in column]


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("8/30/20 18:00|8/31/20|9/1/20 7:05", "2020-08-30 18:00|2020-08-31|2020-09-01 07:05"),
        ("30.08.2020|1.2.2021|01.09.2020 18:30", "2020-08-30|2021-02-01|2020-09-01 18:30"),
        ("30/08/2020|01/09/2020", "2020-08-30|2020-09-01"),
        ("08-30-2020|09-01-2020", "2020-08-30|2020-09-01"),
        ("2020-08-30T18:00:00Z|2020-08-30T18:00:00+02:00|2020-08-30",
         "2020-08-30 18:00|2020-08-30 16:00|2020-08-30"),
        ("2020/8/30 18:00:00.5|2020/12/31 00:00", "2020-08-30 18:00:00.5|2020-12-31"),
        ("30 Aug 2020|Aug 30, 2020|August 3rd, 2020 6:15 PM",
         "2020-08-30|2020-08-30|2020-08-03 18:15"),
        ("30-Aug-20|1-sep-99", "2020-08-30|1999-09-01"),
        ("Sun, 30 Aug 2020 18:00:00 GMT|Mon, 31 Aug 2020 06:00:00 GMT",
         "2020-08-30 18:00|2020-08-31 06:00"),
        ("20200830T1800|20200831T063000Z", "2020-08-30 18:00|2020-08-31 06:30"),
        ("2020-08|2021-01", "2020-08-01|2021-01-01"),
        ("8/30/2020 12:05 AM|8/31/2020 12:05 PM", "2020-08-30 00:05|2020-08-31 12:05"),
    ],
)  # fmt: skip
def test_cells_are_what_a_person_reads(tmp_path, cells, expected):
    assert dates(tmp_path, cells.split("|")) == [
        str(pd.Timestamp(text)) for text in expected.split("|")
    ]


def test_another_column_decides_which_comes_first(tmp_path):
    ambiguous, clear = ["01/02/2020", "03/04/2020"], ["30/08/2020", "01/09/2020"]
    assert dates(tmp_path, ambiguous, b=clear)[0] == "2020-02-01 00:00:00"
    assert dates(tmp_path, ambiguous, b=["08/30/2020", "09/01/2020"])[0] == "2020-01-02 00:00:00"


@pytest.mark.parametrize(
    ("cells", "other", "separator", "expected"),
    [
        (["01/02/2020", "03/04/2020"], "u", ",", "2020-01-02"),
        (["01/02/2020", "03/04/2020"], "u", ";", "2020-02-01"),
        (["01/02/2020", "03/04/2020"], "1,5", "\t", "2020-02-01"),
        (["01/02/2020", "03/04/2020"], "1.5", ";", "2020-01-02"),
        (["01.02.2020", "03.04.2020"], "u", ",", "2020-02-01"),
        (["20-08-30", "21-12-31"], "u", ";", "2030-08-20"),
    ],
)
def test_guesses_are_told(tmp_path, cells, other, separator, expected):
    table = table_of(tmp_path, separator, a=cells, b=[other] * 2)
    assert table.frame["a"][0] == pd.Timestamp(expected)
    assert (
        f"as {expected}, but the file does not show which comes first"
        in table.readings.doubts["a"][0]
    )


def test_clear_dates_raise_no_doubts(tmp_path):
    table = table_of(tmp_path, a=["30/08/2020", "01/02/2020"], b=["2020-01-02", "2020-03-04"])
    assert not table.readings.doubts


def test_impossible_and_odd_cells_are_missing_and_said(tmp_path):
    cells = ["2020-01-05"] * 18 + ["2020-02-30", "soon"]
    table = table_of(tmp_path, a=cells)
    assert table.frame["a"].isna().sum() == 2
    assert "'2020-02-30' (1 cell)" in table.readings.columns["a"]
    assert "'soon' (1 cell)" in table.readings.columns["a"]


def test_any_order_comes_back(tmp_path):
    days = pd.date_range("1975-01-01", periods=900, freq="17D")
    for form in ("%d.%m.%Y", "%m/%d/%Y", "%d/%m/%y", "%Y-%m-%d %H:%M", "%d %B %Y", "%b %d, %Y"):
        assert dates(tmp_path, list(days.strftime(form))) == [str(day) for day in days]


@pytest.mark.parametrize(
    "form", ["%Y-%m-%d", "%d.%m.%Y", "%m/%d/%y %H:%M", "%d %b %Y", "%Y-%m-%dT%H:%M:%SZ"]
)
def test_dates_as_text_are_no_target(tmp_path, form):
    days = list(pd.date_range("2020-08-30", periods=40).strftime(form))
    table = table_of(tmp_path, x=list(np.random.default_rng(0).normal(size=40)), when=days)
    message = "target 'when': contains dates or durations such as '2020-08-30.*days since a start"
    with pytest.raises(InputError, match=message):
        prepare(table, Options(target="when"))


def test_dates_are_features(tmp_path):
    days = list(pd.date_range("2020-08-30", periods=40).strftime("%d.%m.%Y"))
    table = table_of(tmp_path, y=list(np.random.default_rng(0).normal(size=40)), when=days)
    learned = prepare(table, Options(target="y", standardize=False))
    passed = learned.X[:, learned.feature_names.index("when_days_passed")]
    np.testing.assert_array_equal(passed, np.arange(40.0))
    assert "when: dates read with the day first." in learned.readings


@pytest.mark.parametrize("cells", [["2009/10", "2010/11"], ["may", "june"], ["1.2.3", "4.5.6.7"]])
def test_other_texts_are_no_dates(tmp_path, cells):
    assert table_of(tmp_path, a=cells).frame["a"].tolist() == cells
