"""Text in columns: what Python's `csv` finds in it is what is read, or it is refused."""

import csv
import io

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from riskcast.tables import InputError, Options, prepare, read_table
from riskcast.tables._delimited import read_delimited

HEADER = ["size", "kind", "y"]
ROWS = [[f"{index}.5", "ab"[index % 2], str(3 * index)] for index in range(30)]
SEPARATORS = [",", ";", "\t", "|"]


def written(rows, separator=",", end="\n", quoting=csv.QUOTE_MINIMAL):
    text = io.StringIO(newline="")
    csv.writer(text, delimiter=separator, lineterminator=end, quoting=quoting).writerows(rows)
    return text.getvalue()


def read(tmp_path, text, name="t.csv"):
    path = tmp_path / name
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return read_table(str(path))


def differences(frame, names, rows):
    """Where the texts of a frame are not those that were written."""
    if list(frame.columns) != [name.strip() for name in names]:
        return list(frame.columns)
    if len(frame) != len(rows):
        return len(frame)
    read_rows = frame.astype(object).values.tolist()
    pairs = [pair for row, wanted in zip(read_rows, rows, strict=True)
             for pair in zip(row, wanted, strict=True)]  # fmt: skip
    return [pair for pair in pairs if not is_same(*pair)]


def is_same(value, text):
    return value != value if text == "" else value == text.lstrip(" ")


def check(tmp_path, text, names, rows, name="t.csv"):
    """The table, once its cells are known to be those written, before they are interpreted."""
    table = read(tmp_path, text, name)
    cells = read_delimited(tmp_path / name).frame
    cells.columns = table.frame.columns
    assert not differences(cells, names, rows)
    return table


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_every_separator_and_line_end(tmp_path, separator, end, quoting):
    text = written([HEADER, *ROWS], separator, end, quoting)
    check(tmp_path, text, HEADER, ROWS)
    check(tmp_path, text.rstrip("\r\n"), HEADER, ROWS)


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_quoted_line_breaks_in_the_header(tmp_path, separator, end):
    names = ["height\n(cm), tall", "kind; of\r\nthing", 'the "real" | y', "#\tn"]
    rows = [[*row, "1"] for row in ROWS]
    check(tmp_path, written([names, *rows], separator, end), names, rows)
    check(tmp_path, written([names[::-1], *rows], separator, end), names[::-1], rows)


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize("text", ["a\nb", "a\r\nb", "a\n\nb", "a\n", 'a "quoted"\n,;\t| b'])
def test_a_last_record_of_several_lines_and_empty_fields(tmp_path, separator, text):
    rows = [*ROWS, ["1.5", text, ""]]
    check(tmp_path, written([HEADER, *rows], separator, "\r\n"), HEADER, rows)


@pytest.mark.parametrize("separator", [";", "\t", "|"])
@pytest.mark.parametrize("quote", ["", '"'])
def test_commas_in_names_do_not_separate(tmp_path, separator, quote):
    names = ["Price, net, EUR, of 2020", "y"]
    rows = [[row[0].replace(".", "," if separator == ";" else "."), row[2]] for row in ROWS]
    header = separator.join(f"{quote}{name}{quote}" for name in names)
    check(tmp_path, header + "\n" + written(rows, separator), names, rows)


def test_separators_in_every_row_are_weighed(tmp_path):
    for names, fields in (
        (["a,x", "b,x"], ["1,5", "2,5"]),
        (["name, first", "town", "y"], ["Doe, J", "Ulm", "7"]),
        (["t", "y"], ["2024-01-01 12:00", "3"]),
    ):
        rows = [fields] * 5
        text = "\n".join(";".join(row) for row in [names, *rows])
        check(tmp_path, text, names, rows)


@pytest.mark.parametrize("separator", SEPARATORS)
def test_lines_above_the_header_are_skipped_and_told(tmp_path, separator):
    body = written([HEADER, *ROWS], separator)
    for above in (
        "# made, by; x\n# second|line\n",
        '\n# it is "open\n\n',
        "Report of sales\nMade on 1 March\n\n",
        f"Report{separator}{separator}\n{separator}{separator}\n",
    ):
        table = check(tmp_path, above + body, HEADER, ROWS)
        assert ["Skipped" in note for note in table.notes] == [True]
        assert table.notes[0] in prepare(table, Options(target="y")).notes
    assert check(tmp_path, f"sep={separator}\r\n" + body, HEADER, ROWS).notes == ()


def test_a_named_separator_is_taken(tmp_path):
    rows = [["1:2", "3;4"], ["5:6", "7;8"]]
    check(tmp_path, "sep=;\n" + written([["a", "b"], *rows], ";"), ["a", "b"], rows)
    check(tmp_path, "sep=:\n" + written([["a", "b"], *rows], ":"), ["a", "b"], rows)


def test_names_and_values_may_start_with_a_hash(tmp_path):
    rows = [[f"#{index}", str(index)] for index in range(9)]
    check(tmp_path, written([["name", "y"], *rows]), ["name", "y"], rows)
    check(tmp_path, written([["#name", "y"], *rows]), ["#name", "y"], rows)
    some = [*rows, ["none", "7"], *rows]
    check(tmp_path, written([["#name", "y"], *some]), ["#name", "y"], some)
    plain = [["1", "2"], ["3", "4"]]
    check(tmp_path, "# of it, all\n" + written([["#n", "y"], *plain]), ["#n", "y"], plain)
    names = ["#n", "2020", "y"]
    check(tmp_path, written([names, *ROWS]), names, ROWS)
    names = ["#n", "of\nall", "y"]
    check(tmp_path, written([names, *ROWS], ";"), names, ROWS)


def test_no_row_is_taken_for_a_title_or_header(tmp_path):
    check(tmp_path, "x,,\n1,2,3\n4,5,6\n", ["x", "Unnamed: 1", "Unnamed: 2"],
          [["1", "2", "3"], ["4", "5", "6"]])  # fmt: skip
    check(tmp_path, "a,b\ncm,kg\n1,2\n3,4\n", ["a", "b"], [["cm", "kg"], ["1", "2"], ["3", "4"]])
    years = ["country", "2020", "2021"]
    check(tmp_path, written([years, *ROWS]), years, ROWS)


@pytest.mark.parametrize("separator", [",", ";", "\t", " "])
@pytest.mark.parametrize("label", ["r{}", "{}"])
def test_row_names_as_r_writes_them(tmp_path, separator, label):
    rows = [["NA", "a", "NA"], *ROWS]
    labels = [label.format(7 * index % 31) for index in range(31)]  # of some rows, drawn
    lines = [[f'"{name}"' for name in HEADER]]
    lines += [
        [f'"{one}"', row[0], f'"{row[1]}"', row[2]] for one, row in zip(labels, rows, strict=True)
    ]
    text = "\n".join(separator.join(line) for line in lines) + "\n"
    names = ["rownames", *HEADER]
    wanted = [[one, *row] for one, row in zip(labels, rows, strict=True)]
    table = check(tmp_path, text, names, wanted)
    assert any("as in files written by R" in note for note in table.notes)
    learned = prepare(table, Options(target="y"))
    assert [note.kind for note in learned.columns if note.name == "rownames"] == ["dropped"]


@pytest.mark.parametrize("separator", SEPARATORS)
def test_separators_at_the_ends_of_lines(tmp_path, separator):
    header, body = separator.join(HEADER), written(ROWS, separator)
    longer = body.replace("\n", separator + "\n")
    check(tmp_path, header + separator + "\n" + longer, HEADER, ROWS)
    check(tmp_path, header + "\n" + longer, HEADER, ROWS)
    check(tmp_path, header + separator + "\n" + body, HEADER, ROWS)
    check(tmp_path, header + separator + "\n" + longer + body, HEADER, ROWS * 2)


def test_a_column_without_name_is_kept_if_it_has_values(tmp_path):
    rows = [[*row, str(index)] for index, row in enumerate(ROWS)]
    check(tmp_path, written([[*HEADER, ""], *rows]), [*HEADER, "Unnamed: 3"], rows)


@pytest.mark.parametrize("separator", SEPARATORS)
def test_blank_lines_are_no_rows(tmp_path, separator):
    head, tail = written([HEADER, *ROWS[:9]], separator), written(ROWS[9:], separator)
    check(tmp_path, "\n \n" + head + "\n  \n\n" + tail + "\n\n", HEADER, ROWS)
    check(tmp_path, ("\n" + head + "\n" + tail).replace("\n", "\r"), HEADER, ROWS)


@pytest.mark.parametrize("separator", [",", ";", "\t"])
@pytest.mark.parametrize("end", ["\r", "\n"])
@pytest.mark.parametrize("blank", ["\r", "\r\r", "\n\r"])
def test_blank_lines_do_not_shift_rows_whose_first_field_is_empty(tmp_path, separator, end, blank):
    rows = [["1", "2", "3"], ["", "8", "9"], ["7", "", "7"]]
    lines = [separator.join(row) for row in [["a", "b", "c"], *rows]]
    text = end.join(lines[:2]) + end + blank + end.join(lines[2:]) + end
    check(tmp_path, text, ["a", "b", "c"], rows)


@pytest.mark.parametrize("separator", [*SEPARATORS, " "])
def test_quotes_within_fields(tmp_path, separator):
    rows = [[f'{index}"', "5'3\"", str(index)] for index in range(9)]
    text = "\n".join(separator.join(row) for row in [HEADER, *rows])
    check(tmp_path, text, HEADER, rows)


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32", "cp1252", "utf-8"])
@pytest.mark.parametrize("separator", SEPARATORS)
def test_encodings(tmp_path, encoding, separator):
    rows = [[row[0], "é\nè", row[2]] for row in ROWS]
    names = ["größe", "kind\nof", "y"]
    text = written([names, *rows], separator, "\r\n")
    check(tmp_path, text.encode(encoding), names, rows)


def test_columns_set_apart_by_blanks(tmp_path):
    aligned = "\n".join("  ".join(f"{value:>8}" for value in row) for row in [HEADER, *ROWS])
    check(tmp_path, aligned + "\n", HEADER, ROWS)
    check(tmp_path, aligned.replace("  ", " \t"), HEADER, ROWS)
    commas = [[row[0].replace(".", ",")] * 2 for row in ROWS]
    check(tmp_path, "\n".join(" ".join(row) for row in [["a", "b"], *commas]), ["a", "b"], commas)
    prose = [["so it is"], ["not"], ["to be, or not"]]
    check(tmp_path, written([["note"], *prose]), ["note"], prose)


def test_a_tsv_without_tabs_has_another_separator(tmp_path):
    check(tmp_path, written([HEADER, *ROWS]), HEADER, ROWS, "t.tsv")


def test_very_long_fields(tmp_path):
    limit = csv.field_size_limit()
    for separator in SEPARATORS:
        rows = [["1", "x," * 200_000, ""], *ROWS]
        check(tmp_path, written([HEADER, *rows], separator), HEADER, rows)
    assert csv.field_size_limit() == limit


def test_one_column(tmp_path):
    check(tmp_path, "a\n1\n\n3\n", ["a"], [["1"], ["3"]])
    check(tmp_path, 'a\n1\n""\n3\n', ["a"], [["1"], [""], ["3"]])
    names = [[f"Doe, J{index}"] for index in range(9)]
    check(tmp_path, written([["name, first"], *names]), ["name, first"], names)


BODY = written([HEADER, *ROWS])


@pytest.mark.parametrize("separator", SEPARATORS)
@pytest.mark.parametrize(
    ("text", "message"),
    [
        (BODY + "1.5,a", "the last line has 2 of 3 fields, so the file seems truncated"),
        (BODY + "1.5", "the last line has 1 of 3 fields, so the file seems truncated"),
        (BODY + '1.5,"a', "a quoted field is not closed"),
        (BODY + '""\n' + BODY, "line 32 has 1 field, fewer than the 3"),
        (BODY + "1.5\n" + BODY, "line 32 has 1 field, fewer than the 3"),
        (BODY + "1,2,3,4\n" + BODY, "line 32 has 4 fields, more than the 3"),
        (BODY + "Source - the office\n", "the last line has 1 of 3 fields"),
        ("size,kind,y\n" + "1.5,a\n" * 9, r"fewer fields than the header line \(2, not 3\)"),
        ("size,kind,y\n" + "1,2,3,4\n" * 9, r"more fields than the header line \(4, not 3\)"),
        ("size,kind,y\n" + "a,2,3,4\n" * 9, r"more fields than the header line \(4, not 3\)"),
        ("size,y\n" + "1,2,3,4\n3,2,3,4\n" * 9, r"more fields than the header line \(4, not 2\)"),
        ("size,kind,y\n1,2,3,4\n" + "1,2,3\n" * 9, "line 2 has 4 fields, more than the 3"),
        ('"size\nof",kind,y\n\n"1\n2",2\n' + "1,2,3\n" * 9, "line 4 has 2 fields, fewer"),
        ("size,kind,y\n", "no rows"),
        ("# size,kind,y\n", "no rows"),
        ("sep=,\n", "no rows"),
        (BODY + "1\0,2,3\n" + BODY, "line 32 contains null bytes"),
    ],
)
def test_rows_that_do_not_fit_are_refused(tmp_path, separator, text, message):
    with pytest.raises(InputError, match=message):
        read(tmp_path, text.replace(",", separator))


def test_text_cut_off_within_a_character_is_refused(tmp_path):
    text = (written([["größe", "y"]]) + "1,é").encode()
    with pytest.raises(InputError, match="within a character"):
        read(tmp_path, text[:-1])


FIELDS = st.one_of(
    st.integers(-999, 999).map(str),
    st.floats(-1e3, 1e3).map("{:.3f}".format),
    st.sampled_from(["", "NA", "red", "dark green", '5" pipe', 'say "hi"', "a\nb", "c\n\nd"]),
    st.sampled_from(["I think, so", "well; yes, no", "it is | was", "2024-01-01 12:00"]),
)
NAMES = ["size", "Price, net", "Price; gross, EUR", "kind of\nthing", 'the "real" one', "a|b",
         "größe", "x y z", "2020", "t\tab"]  # fmt: skip


@st.composite
def tables(draw):
    """Names and rows, at least one column of numbers."""
    width, n_rows = draw(st.integers(2, 6)), draw(st.integers(5, 12))
    names = [*draw(st.permutations(NAMES))[: width - 1], "y"]
    numbers = st.integers(0, 99).map(str)
    columns = [draw(st.lists(FIELDS, min_size=n_rows, max_size=n_rows)) for _ in range(width - 1)]
    columns.append(draw(st.lists(numbers, min_size=n_rows, max_size=n_rows)))
    order = draw(st.permutations(range(width)))
    rows = [[columns[index][row] for index in order] for row in range(n_rows)]
    return [names[index] for index in order], rows


@given(
    table=tables(),
    separator=st.sampled_from(SEPARATORS),
    end=st.sampled_from(["\n", "\r\n"]),
    quoting=st.sampled_from([csv.QUOTE_MINIMAL, csv.QUOTE_ALL]),
    cut=st.booleans(),
)
@settings(max_examples=150, deadline=None)
def test_what_is_read_is_what_csv_finds(tmp_path_factory, table, separator, end, quoting, cut):
    names, rows = table
    text = written([names, *rows], separator, end, quoting)
    folder = tmp_path_factory.mktemp("csv")
    check(folder, text.rstrip("\r\n") if cut else text, names, rows)
    shorter = [[*row[:-1]] if index == 2 else row for index, row in enumerate(rows)]
    with pytest.raises(InputError, match="field"):
        read(folder, written([names, *shorter], separator, end, quoting))
