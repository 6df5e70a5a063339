"""Numbers written for people, against what a person reads."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskcast.tables import InputError, Options, Table, prepare, read_table


def table_of(tmp_path, cells, separator=",", other="u", decimal=None):
    """A file of one column "a" of these cells beside a column "b"."""
    path = tmp_path / "t.csv"
    quoted = [f'"{cell}"' if separator in cell else cell for cell in cells]
    lines = [f"a{separator}b", *(f"{cell}{separator}{other}" for cell in quoted)]
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return read_table(str(path), decimal)


def values(tmp_path, cells, *args, **options):
    return table_of(tmp_path, cells, *args, **options).frame["a"].tolist()


READ = {
    "continental": (";", "1.234,56|12,5|1.294.000|3,25|882", [1234.56, 12.5, 1294000, 3.25, 882]),
    "thousands alone": (";", "1.294|882|3.410|77", [1294, 882, 3410, 77]),
    "thousands alone, commas": (",", "1.294|882|3.410|77", [1294, 882, 3410, 77]),
    "thousands thrice": (",", "1.294.000|2.000.000|12.500", [1294000, 2000000, 12500]),
    "English thousands": (",", "12,345|1,200|882", [12345, 1200, 882]),
    "English millions": (";", "1,294,000|2,000|35", [1294000, 2000, 35]),
    "leading zero": (";", "0.125|1.294|7.333", [0.125, 1.294, 7.333]),
    "whole thousands": (";", "1500|1.294|7.333", [1500, 1.294, 7.333]),
    "lakhs": (",", "1,23,456|12,34,567.5|99", [123456, 1234567.5, 99]),
    "Swiss": (",", "1'234.50|12.25|2’000.00", [1234.5, 12.25, 2000]),
    "French": (";", "1\u202f234,50|12\u00a0000|7,5|1 000", [1234.5, 12000, 7.5, 1000]),
    "dollars": (",", "$6,063.00|$12.50|-$3.10|$-4.00|$ 5.25", [6063, 12.5, -3.1, -4, 5.25]),
    "euros": (";", "1.200,00 €|€ 7,50|3,10€", [1200, 7.5, 3.1]),
    "codes of currencies": (",", "CHF 1'200.50|CHF 12.00|CHF 3.00", [1200.5, 12, 3]),
    "pounds and yen": (",", "£5|£6.5|£1,000", [5, 6.5, 1000]),
    "per cent": (",", "12.3 %|4%|7.5 %", [12.3, 4, 7.5]),
    "unit": (",", "12.3 kg|4kg|7 Kg", [12.3, 4, 7]),
    "area": (",", "1,134 sqft|900 sqft|2,000 sqft", [1134, 900, 2000]),
    "compound units": (",", "5.5 l/100 km|6.1 l/100 km|7 l/100 km", [5.5, 6.1, 7]),
    "degrees": (",", "-3.5 °C|4 °C|21.5°C", [-3.5, 4, 21.5]),
    "densities": (",", "35 µg/m3|12 µg/m3|7.5 µg/m3", [35, 12, 7.5]),
    "whole francs": (",", "615.-|12.\u2013|1'200.-|7.50|CHF 5.--", [615, 12, 1200, 7.5, 5]),
    "whole crowns": (";", "615,-|1.200,-|7,50|12,-- kr", [615, 1200, 7.5, 12]),
    "magnitudes in words": (",", "13 million|2 Billion|1.5 thousand", [13e6, 2e9, 1500]),
    "Indian magnitudes": (",", "2 lakh|1.5 crore|3 Lakhs|1 Lac", [2e5, 1.5e7, 3e5, 1e5]),
    "minus signs": (",", "−1.5|2.5|–3.0|-4", [-1.5, 2.5, -3, -4]),
    "book-keepers": (",", "(1,234)|12|(5.50)|12-|+7|($3.00)", [-1234, 12, -5.5, -12, 7, -3]),
    "exponents": (",", "1.2e5|3E-2|1.5|2e+03", [1.2e5, 0.03, 1.5, 2000]),
    "continental exponents": (";", "1,2E5|3,5|2E3", [1.2e5, 3.5, 2000]),
    "powers": (",", "€1.5M|€500K|€75K", [1.5e6, 5e5, 75e3]),
    "thousands by letter": (",", "1.2k|900|3k", [1200, 900, 3000]),
    "one power": (",", "1.2M|3M|0.5M", [1.2, 3, 0.5]),
    "spaces": (",", " 1 |2 | 3", [1, 2, 3]),
    "leading zeros": (",", "007|123|045", [7, 123, 45]),
    "times": (",", "8:05|18:30:00|6:15 PM|12:00 am", [8 + 5 / 60, 18.5, 18.25, 0]),
    "durations": (",", "125:30|0:45|1:00:36", [125.5, 0.75, 1.01]),
}


@pytest.mark.parametrize("name", READ)
def test_cells_are_what_a_person_reads(tmp_path, name):
    separator, cells, expected = READ[name]
    assert values(tmp_path, cells.split("|"), separator) == expected


@pytest.mark.parametrize(
    "cells",
    [
        ["192.168.100.101", "192.168.100.102", "192.168.101.240"],
        ["192.168.1.1", "10.0.0.1", "8.8.8.8"],
        ["1.2.3", "1.10.0", "2.0.1"],
        ["601 234 567", "602 333 444", "789 000 111"],
        ["+49 170 123 456", "+49 171 222 333"],
        ["+491701234567", "+491701234568"],
        ["(555) 123-4567", "(555) 222-3333"],
        ["01 23 45 67 89", "02 23 45 67 88"],
        ["9783161484100", "9780306406157"],
        ["080442957X", "0306406152", "0471958697"],
        ["978-3-16-148410-0", "978-0-306-40615-7"],
        ["12345678901234567890123", "12345678901234567890124"],
        ["16:9", "4:3"],
        ["1-2", "3-4"],
        ["1/2", "3/4"],
        ["12A", "14B", "3C"],
        ["1.2M", "900000"],
    ],
)
def test_codes_and_ratios_are_no_numbers(tmp_path, cells):
    assert values(tmp_path, cells) == cells


@pytest.mark.parametrize(
    ("separator", "other", "expected"),
    [(";", "12,5", 1294), (";", "12.5", 1.294), (",", "12.5", 1.294), (";", "1.234,00", 1294)],
)
def test_another_column_decides_what_a_point_means(tmp_path, separator, other, expected):
    table = table_of(tmp_path, ["1.294", "8.882", "3.412"], separator, other)
    assert table.frame["a"][0] == expected
    assert "a" not in table.readings.doubts


@pytest.mark.parametrize(
    ("cells", "separator", "expected", "why"),
    [
        (
            ["1.294", "8.882"],
            ",",
            1.294,
            "the file gives no evidence. Override with --decimal comma",
        ),
        (
            ["1.294", "8.882"],
            ";",
            1294,
            "semicolons separate the columns. Override with --decimal point",
        ),
        (["1.290", "882"], ",", 1290, "below 1,000. Override with --decimal point"),
        (["1.294", "882"], ",", 1.294, "the file gives no evidence"),
        (["1.294", "882"] * 20, ",", 1294, "below 1,000"),
        (["1.290", "1500"], ";", 1.29, "no thousands separator. Override with --decimal comma"),
        (["1,290", "1500"], ",", 1.29, "no thousands separator. Override with --decimal point"),
        (["1,294", "8,882"], ";", 1.294, "semicolons"),
    ],
)
def test_guesses_are_told_and_can_be_overruled(tmp_path, cells, separator, expected, why):
    table = table_of(tmp_path, cells, separator)
    assert table.frame["a"][0] == expected
    assert why in table.readings.doubts["a"][0]
    decimals = {"point": float(cells[0].replace(",", ""))}
    decimals["comma"] = float(cells[0].replace(".", "").replace(",", "."))
    for mark, overruled in decimals.items():
        assert values(tmp_path, cells, separator, decimal=mark)[0] == overruled


def test_what_can_be_read_one_way_only_is_not_overruled(tmp_path):
    assert values(tmp_path, ["12.5", "0.25"], decimal="comma") == [12.5, 0.25]


@pytest.mark.parametrize("separator", [",", ";"])
def test_a_column_of_grouped_thousands_is_so_beside_decimal_points(tmp_path, separator):
    cells = ["1.294", "882", "3.410", "77"]
    table = table_of(tmp_path, cells, separator, other="58.2")
    assert table.frame["a"].tolist() == [1294, 882, 3410, 77]
    assert table.frame["b"].tolist() == [58.2] * 4
    assert "--decimal" in " ".join(table.readings.doubts["a"])
    asked = table_of(tmp_path, cells, separator, other="58.2", decimal="point")
    assert asked.frame["a"].tolist() == [1.294, 882, 3.41, 77]
    decimals = ["1.294", "1500", "3.410", "77"]
    assert values(tmp_path, decimals, separator, other="58.2") == [1.294, 1500, 3.41, 77]
    commas = [cell.replace(".", ",") for cell in cells]
    assert values(tmp_path, commas, ";", other="58,2") == [1294, 882, 3410, 77]


def test_only_two_marks_are_known(tmp_path):
    with pytest.raises(InputError, match="--decimal: must be point or comma, got 'dot'"):
        table_of(tmp_path, ["1"], decimal="dot")


def test_columns_of_their_own_mark_keep_it(tmp_path):
    path = tmp_path / "t.csv"
    path.write_text("a;b;c;d\n" + "1,5;2,5;3.25;4.125\n7,25;0,5;1.5;8.250\n")
    table = read_table(str(path))
    assert table.frame.iloc[0].tolist() == [1.5, 2.5, 3.25, 4125]
    assert "the file has a decimal comma, as in a" in table.readings.doubts["c"][0]


def test_units_that_differ_stay_text_and_this_is_said(tmp_path):
    table = table_of(tmp_path, ["12 kg", "400 g", "3 kg", "20 g"])
    assert table.frame["a"].tolist() == ["12 kg", "400 g", "3 kg", "20 g"]
    assert "units differ (g, kg)" in table.readings.columns["a"]


@pytest.mark.parametrize(
    "cells",
    [
        ["12 mW", "3 MW"],
        ["5 mg", "7 Mg"],
        ["1 m", "2 M"],
        ["4 mHz", "5 MHz"],
        ["13 million", "261669"],
        ["13 million USD", "261669"],
        ["2 Mio. €", "1500000"],
        ["3 lakh", "250000"],
        ["31KB", "59334"],
        ["4 GiB", "4000000"],
        ["2 T", "495360504"],
    ],
)
def test_units_of_another_size_are_not_merged(tmp_path, cells):
    table = table_of(tmp_path, cells * 5)
    assert table.frame["a"].tolist() == cells * 5
    assert "units differ" in table.readings.columns["a"]


@pytest.mark.parametrize("units", [["kg", "KG"], ["min", "Min"], ["mg", "MG"], ["km", "Km"]])
def test_units_in_other_letters_are_one(tmp_path, units):
    assert values(tmp_path, [f"{k + 1} {units[k % 2]}" for k in range(6)]) == [1, 2, 3, 4, 5, 6]


@pytest.mark.parametrize("cells", [["8½", "3½"], ["8 ¾", "3 ¼"], ["1⅓", "2⅔"]])
def test_fractions_in_one_character_are_no_units(tmp_path, cells):
    assert values(tmp_path, cells * 5) == cells * 5


def test_rare_other_units_are_missing_and_said(tmp_path):
    table = table_of(tmp_path, ["12 kg"] * 19 + ["400 g"])
    assert table.frame["a"].tolist()[:19] == [12.0] * 19
    assert np.isnan(table.frame["a"][19])
    assert "'400 g' (1 cell)" in table.readings.columns["a"]


def test_a_share_without_its_sign_is_not_a_percentage(tmp_path):
    read = values(tmp_path, ["12 %"] * 19 + ["0.12"])
    assert read[0] == 12
    assert np.isnan(read[19])


def test_both_marks_in_one_column_stay_text_and_this_is_said(tmp_path):
    table = table_of(tmp_path, ["12.5", "12,5"] * 5)
    assert "mixed" in table.readings.columns["a"]


def test_truth_values_stay_truth_values(tmp_path):
    assert table_of(tmp_path, ["True", "False"]).frame["a"].dtype == bool
    assert values(tmp_path, ["true", "false"]) == [True, False]


def test_whole_numbers_stay_whole(tmp_path):
    assert values(tmp_path, ["9007199254740993", "1"]) == [9007199254740993, 1]
    assert table_of(tmp_path, ["1,000", "2"]).frame["a"].dtype == np.int64


def test_numbers_are_read_to_the_last_digit(tmp_path):
    numbers = np.random.default_rng(0).normal(size=500) * 1e7
    assert values(tmp_path, [repr(float(number)) for number in numbers]) == numbers.tolist()


def test_numbers_with_units_are_features_and_targets(tmp_path):
    rng = np.random.default_rng(1)
    weights, prices = rng.integers(1, 99, 40), rng.integers(1000, 99999, 40)
    path = tmp_path / "t.csv"
    lines = [f'{w}.5 kg,"${p:,}"' for w, p in zip(weights, prices, strict=True)]
    path.write_text("\n".join(["weight,price", *lines]) + "\n")
    table = prepare(read_table(str(path)), Options(target="price", standardize=False))
    np.testing.assert_array_equal(table.X[:, 0], weights + 0.5)
    np.testing.assert_array_equal(table.y, prices)
    assert table.task == "regression"
    assert any("unit 'kg' removed" in reading for reading in table.readings)


def test_text_of_frames_is_read_alike():
    frame = pd.DataFrame({"x": ["1.234,5", "7,25"] * 20, "y": np.arange(40.0)})
    table = prepare(Table("t", frame), Options(target="y", standardize=False))
    np.testing.assert_array_equal(table.X[:2, 0], [1234.5, 7.25])


def test_numbers_that_look_like_days_are_told(tmp_path):
    table = table_of(tmp_path, ["20200830", "20201231"])
    assert table.frame["a"].tolist() == [20200830, 20201231]
    assert "look like dates" in table.readings.doubts["a"][0]


STYLES = [(".", ","), (".", ""), (",", "."), (",", ""), (".", "'"), (",", " "), (",", "\u202f")]


def rendered(number, places, style, dressing):
    """One number as somebody writes it."""
    decimal, group = style
    text = f"{abs(number):,.{places}f}"
    text = text.replace(",", "G").replace(".", decimal).replace("G", group)
    before, after, minus = dressing
    if number >= 0:
        return f"{before}{text}{after}"
    return f"({before}{text}{after})" if minus == "()" else f"{minus}{before}{text}{after}"


@settings(deadline=None, max_examples=150)
@given(
    whole=st.lists(st.integers(-(10**9), 10**9), min_size=1, max_size=30),
    places=st.sampled_from([1, 2, 4]),
    style=st.sampled_from(STYLES),
    before=st.sampled_from(["", "$", "€ ", "CHF ", "US$"]),
    after=st.sampled_from(["", " kg", "%", " €/m2", " sq ft"]),
    minus=st.sampled_from(["-", "\u2212", "()"]),
)
def test_numbers_of_any_style_come_back(whole, places, style, before, after, minus):
    if before and after == " €/m2":
        after = ""
    numbers = [number / 10**places for number in whole]
    texts = [rendered(number, places, style, (before, after, minus)) for number in numbers]
    frame = pd.DataFrame({"a": texts})
    read = Table("t", frame).interpreted().frame["a"]
    assert read.tolist() == numbers


@settings(deadline=None, max_examples=300)
@given(
    st.lists(
        st.one_of(
            st.text(alphabet="0123456789.,' -+()$€%kMeE:/TZ<>", max_size=14),
            st.sampled_from(["1.5", "12,5", "1e999", "9" * 25, "1.2e3k", "30.2.2020", "nan", ""]),
            st.text(max_size=5),
            st.none(),
        ),
        min_size=1,
        max_size=12,
    )
)
def test_whatever_is_written_is_read(texts):
    frame = pd.DataFrame({"a": pd.Series(texts, dtype=object)})
    frame.attrs["separator"] = ","
    table = Table("t", frame)
    assert len(table.interpreted().frame) == len(texts)
