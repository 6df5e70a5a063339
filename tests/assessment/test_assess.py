"""`riskcast.assess`: what the command finds, from files, frames and arrays."""

from __future__ import annotations

import html
import json
import os
import re
from decimal import Decimal
from html.parser import HTMLParser
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from scipy.sparse import csr_array
from sklearn.cluster import KMeans
from sklearn.exceptions import NotFittedError
from sklearn.linear_model import Lasso, LogisticRegression
from sklearn.metrics.pairwise import laplacian_kernel, rbf_kernel
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.validation import check_is_fitted

import riskcast as rc
from riskcast.assessment._parameter_names import in_parameters
from riskcast.cli import main
from riskcast.exceptions import InputError
from riskcast.tables import prepare, table_in_memory

PACKAGE = Path(rc.__file__).parent


def houses(n_rows=60):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(n_rows, 3)), columns=["size", "rooms", "age"])
    frame["town"] = rng.choice(["Ulm", "Bonn", "Köln"], n_rows)
    frame["street"] = [f"street {row % 15}" for row in range(n_rows)]
    frame["price"] = 100 + 10 * frame["size"] - 3 * frame["age"] + 5 * rng.normal(size=n_rows)
    return frame


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    path = tmp_path_factory.mktemp("assess") / "houses.csv"
    houses().to_csv(path, index=False)
    return path


@pytest.fixture(scope="module")
def report(table):
    return rc.assess(table, target="price")


def of_command(capsys, *words):
    assert main(["forecast", *map(str, words), "--json"]) == 0
    return json.loads(capsys.readouterr().out)


def without_source(found):
    return {key: value for key, value in found.items() if key != "source"}


def same(one, other):
    """Whether two reports agree, up to rounding in a CSV file's numbers."""
    if isinstance(one, dict):
        return one.keys() == other.keys() and all(same(one[key], other[key]) for key in one)
    if isinstance(one, list):
        return len(one) == len(other) and all(map(same, one, other))
    if isinstance(one, float) and isinstance(other, float):
        return one == pytest.approx(other, rel=1e-9, abs=1e-12)
    return one == other


def test_a_file_gives_what_the_command_prints_as_json(capsys, table, report):
    assert report.to_dict() == of_command(capsys, table, "--target", "price")


def test_parameters_do_what_flags_do(capsys, table):
    found = rc.assess(
        str(table), target="price", estimator="rbf", groups="street", drop="town", keep=["age"],
        goal=4, level=0.8, standardize=False, drop_duplicates=True, max_rows=50, max_minutes=5,
    )  # fmt: skip
    flags = (
        "--target price --model rbf --groups street --drop town --keep age --goal 4 --level 0.8 "
        "--no-standardize --drop-duplicates --max-rows 50 --max-minutes 5"
    )
    assert found.to_dict() == of_command(capsys, table, *flags.split())


@pytest.mark.parametrize(
    "convert",
    [
        lambda frame: frame,
        lambda frame: frame.convert_dtypes(),
        lambda frame: frame.astype({"town": "category", "size": "float32"}).astype(
            {"size": object}
        ),
        pa.Table.from_pandas,
        lambda frame: frame.set_index("size"),
        lambda frame: frame.set_index(np.arange(len(frame))[::-1]),
    ],
    ids=["frame", "nullable", "category", "arrow", "named index", "other index"],
)
def test_frames_give_the_verdict_of_the_file(report, convert):
    found = rc.assess(convert(houses()), target="price")
    assert found.verdict == report.verdict
    assert [one.answer for one in found.answers] == [one.answer for one in report.answers]


def test_a_frame_gives_the_report_of_its_file(table, report):
    frame = pd.read_csv(table)
    before = frame.copy()
    found = rc.assess(frame, target="price")
    assert same(without_source(found.to_dict()), without_source(report.to_dict()))
    pd.testing.assert_frame_equal(frame, before)
    assert found.to_dict()["source"] == "DataFrame"


def test_a_frame_with_targets_apart_gives_the_same(report):
    frame = houses()
    found = rc.assess(frame.drop(columns="price"), frame["price"])
    assert same(without_source(found.to_dict()), without_source(report.to_dict()))


def test_arrays_give_the_report_of_their_archive(capsys, tmp_path):
    rng = np.random.default_rng(1)
    X = rng.normal(size=(50, 3))
    y = np.where(X[:, 0] + 0.5 * rng.normal(size=50) > 0, "yes", "no")
    np.savez(tmp_path / "arrays.npz", X=X, y=y)
    expected = without_source(of_command(capsys, tmp_path / "arrays.npz"))
    for data, targets in ((X, y), (X.tolist(), y.tolist()), (X, y[:, None]), (X, pd.Series(y))):
        assert without_source(rc.assess(data, targets).to_dict()) == expected


def test_columns_may_be_named_by_numbers():
    frame = houses()
    frame.columns = [0, 1, 2, "town", "street", 5]
    found = rc.assess(frame, target=5, drop=[2])
    assert found.table.target == "5"
    assert "2" not in found.table.feature_names


def test_an_example_and_a_path_object(table):
    assert rc.assess("example:linnerud").table.source == "example:linnerud"
    assert rc.assess(Path(table), target="price").table.source == str(table)


def test_estimator_objects_are_assessed_and_left_alone(capsys, table):
    lasso = Lasso(alpha=0.5, random_state=0)
    found = rc.assess(table, target="price", estimator=lasso).to_dict()
    expected = of_command(capsys, table, "--target", "price", "--model", "Lasso(alpha=0.5)")
    assert found["risk"] == expected["risk"]
    assert found["more_rows"] == expected["more_rows"]
    assert found["model"]["description"] == "Lasso(alpha=0.5, random_state=0)"
    with pytest.raises(NotFittedError):
        check_is_fitted(lasso)


def test_pipelines_are_estimators():
    rng = np.random.default_rng(2)
    X = rng.normal(size=(40, 2))
    pipeline = make_pipeline(StandardScaler(), LogisticRegression())
    found = rc.assess(X, X[:, 0] > 0, estimator=pipeline)
    assert found.path is None
    assert found.scale.task == "classification"


def test_kernels_by_name_and_as_functions(capsys, table):
    expected = of_command(capsys, table, "--target", "price", "--model", "rbf(gamma=0.1)")
    named = rc.assess(table, target="price", kernel="rbf(gamma=0.1)")
    assert named.to_dict() == expected
    given = rc.assess(table, target="price", kernel=lambda A, B: rbf_kernel(A, B, gamma=0.1))
    assert given.risk == pytest.approx(expected["risk"], rel=1e-9)
    assert rc.assess(table, target="price", kernel=laplacian_kernel).path is not None


@pytest.mark.parametrize("kind", [np.asarray, list, pd.Series])
def test_group_labels_may_be_an_array(table, kind):
    named = rc.assess(table, target="price", groups="street")
    labels = kind(houses()["street"])
    found = rc.assess(table, target="price", drop="street", groups=labels)
    assert found.risk == named.risk
    assert found.standard_error == named.standard_error
    np.testing.assert_array_equal(found.table.groups, named.table.groups)


def bad(message, *arguments, **parameters):
    return pytest.param(arguments, parameters, message, id=message)


X, Y = np.random.default_rng(3).normal(size=(2, 40, 3))
Y = Y[:, 0]


@pytest.mark.parametrize(
    ("arguments", "parameters", "message"),
    [
        bad("data: must be a path, a DataFrame or an array, got int", 3),
        bad("data: must be a path, a DataFrame or an array, got dict", {"a": [1]}),
        bad("data: a path must be a str", b"houses.csv"),
        bad("data: must have rows and columns", Y, Y),
        bad("data: must have rows and columns, got the shape (2,)", [[1.0], [1.0, 2.0]], [1, 2]),
        bad("data: has no rows", X[:0], Y[:0]),
        bad("y: is missing", X),
        bad("y: has 39 values, but the table has 40 rows", X, Y[1:]),
        bad("y: must have the shape (40,)", X, X),
        bad("y: must be an array, got 'price'; name a column with target", houses(), "price"),
        bad("data: 1 of its entries are masked", np.ma.array(X, mask=X[3, 1] == X), Y),
        bad("y: 1 of its entries are masked", X, np.ma.array(Y, mask=Y[3] == Y)),
        bad("y: must be an array, got", X, set(Y)),
        bad("y: must be an array, got", X, {"price": Y}),
        bad("data: is a sparse matrix", csr_array(X), Y),
        bad("data: is a structured array", np.zeros(40, dtype=[("a", float)]), Y),
        bad("column 'X0': holds complex numbers", X + 1j, Y),
        bad("y: a file has its own targets", "houses.csv", Y),
        bad("target: y has the targets already", X, Y, target="X0"),
        bad("target: must be the name of a column", houses(), target=["price"]),
        bad("target=COLUMN", houses()),
        bad("did you mean price or", houses(), target="prize"),
        bad("keep: 'age'", houses(), target="price", drop="age", keep="age"),
        bad("groups: has 3 values, but the table has 40 rows", X, Y, groups=[1, 2, 3]),
        bad("'X9' for groups", X, Y, groups="X9"),
        bad("groups: ", X, Y, groups=np.arange(40) % 4),
        bad("task: must be regression or classification", X, Y, task="ranking"),
        bad("level: must be a number", X, Y, level="high"),
        bad("level: must", X, Y, level=90),
        bad("learning_rate: must be", X, Y, learning_rate=-1.0),
        bad("max_rows: must be a whole number >= 20, got 5", X, Y, max_rows=5),
        bad("max_rows: must be a number, got True", X, Y, max_rows=True),
        bad("max_minutes: must be positive", X, Y, max_minutes=0),
        bad("max_minutes: must be a number", X, Y, max_minutes="10"),
        bad("drop_duplicates: must be True or False", X, Y, drop_duplicates="no"),
        bad("goal: '-1.0'", X, Y, goal=-1),
        bad("goal: 'much'", X, Y, goal="much"),
        bad("decimal: must be", X, Y, decimal="dot"),
        bad("estimator: is a class; give an instance: Lasso()", X, Y, estimator=Lasso),
        bad("estimator: must be a scikit-learn estimator", X, Y, estimator=3.0),
        bad("estimator 'KMeans': is ", X, Y, estimator=KMeans()),
        bad("with task", X, Y, estimator=LogisticRegression()),
        bad("estimator 'Laso': is ", X, Y, estimator="Laso"),
        bad("kernel: there is no kernel 'rbg'; did you mean rbf?", X, Y, kernel="rbg"),
        bad("kernel 'rbf': gamma", X, Y, kernel="rbf(gamma=-1)"),
        bad("kernel: makes a model of its own", X, Y, kernel="rbf", estimator=Lasso()),
        bad("kernel: must return a matrix of shape", X, Y, kernel=lambda a, b: a @ a.T),
        bad("kernel: fails on the first rows", X, Y, kernel=lambda a: a),
        bad("features: makes a model of its own", X, Y, features="ntk:2", estimator=Lasso()),
    ],
)
def test_errors_name_the_parameter(arguments, parameters, message):
    with pytest.raises(InputError) as raised:
        rc.assess(*arguments, **parameters)
    assert message in str(raised.value)
    assert "--" not in str(raised.value)


def test_every_flag_in_the_package_has_a_parameter():
    for part in ("tables", "models", "assessment"):
        for path in (PACKAGE / part).glob("*.py"):
            if path.name == "_parameter_names.py":
                continue
            for flag in set(re.findall(r"(?<![\w-])--[a-z][a-z-]*", path.read_text("utf-8"))):
                if flag != "--json-keys":  # of the command's own
                    assert "--" not in in_parameters(f"use {flag} 5"), f"{path.name}: {flag}"


@pytest.mark.parametrize("text", ["column '--drop'", "a--groups", "--goal-keeper", "-- task"])
def test_what_is_no_flag_stays(text):
    assert in_parameters(text) == text


def test_the_report_has_its_parts(report):
    assert isinstance(report, rc.Assessment)
    assert report.path.risk.min() > 0
    assert isinstance(report.forecast, rc.Forecast)
    assert report.comparison.by_role("model") is not None
    assert {"question", "answer", "reason"} <= set(vars(report.answers[0]))
    assert report.verdict == in_parameters(report.to_dict()["headline"])


def test_it_is_shown_in_one_line_and_as_text(report):
    assert re.fullmatch(r"Assessment\(houses\.csv, 60 rows: off by \S+ ± \S+; .+\)", repr(report))
    text = " ".join(str(report).split())
    assert " ".join(report.verdict.split()) in text
    for answer in report.answers:
        assert answer.question in text
    assert max(map(len, str(report).splitlines())) <= 100


@pytest.mark.parametrize(
    "values",
    [
        pd.arrays.SparseArray(np.arange(40) % 3),
        pd.period_range("2020-01", periods=40, freq="M"),
        pd.cut(np.arange(40.0), 4),
        pd.array([1, 5, 2, None] * 10, dtype="Int64"),
        pd.array([True, False, None, True] * 10, dtype="boolean"),
        pd.array(["a", "b", None, "b"] * 10, dtype="string"),
        pd.date_range("2020-01-01", periods=40, tz="Europe/Berlin"),
        np.arange(40, dtype=">i4") % 7,
        (np.arange(40) % 7).astype(np.float16),
        [Decimal(row % 7) / 2 for row in range(40)],
    ],
    ids=lambda values: str(getattr(values, "dtype", "decimal")),
)
def test_columns_of_all_types_are_features(values):
    frame = pd.DataFrame({"size": X[:, 0], "other": values, "size again": X[:, 1]})
    table = prepare(table_in_memory(frame, Y))
    assert any(name.startswith("other") for name in table.feature_names)
    assert np.isfinite(table.X).all()


def test_names_that_repeat_and_names_of_levels_are_told_apart():
    frame = pd.DataFrame(X, columns=["a", "a", "y"])
    assert prepare(table_in_memory(frame, Y)).feature_names == ["a (1)", "a (2)", "y"]
    frame.columns = pd.MultiIndex.from_tuples([("p", "a"), ("p", "b"), ("q", "")])
    assert prepare(table_in_memory(frame, Y)).feature_names == ["p a", "p b", "q"]


class Frame(HTMLParser):
    """Tags of a page, and the pages in its frames."""

    def __init__(self, page):
        super().__init__()
        self.tags, self.pages = [], []
        self.feed(page)

    def handle_starttag(self, tag, attributes):
        self.tags.append(tag)
        self.pages += [value for name, value in attributes if name == "srcdoc"]


def test_a_notebook_shows_the_page_in_a_frame(report):
    outside = Frame(report._repr_html_())
    assert outside.tags == ["iframe"]
    (page,) = outside.pages
    assert html.escape(report.verdict, quote=False) in page


def test_a_notebook_is_safe_from_column_names():
    name = '<script>alert("1")</script>\'"><b>'
    frame = houses(40)[["size", "age", "price"]].rename(columns={"price": name, "age": name + "2"})
    shown = rc.assess(frame, target=name)._repr_html_()
    outside = Frame(shown)
    assert outside.tags == ["iframe"]
    inside = Frame(outside.pages[0]).tags
    assert "script" not in inside
    assert "b" not in inside


def test_the_page_is_that_of_the_command(capsys, table, report, tmp_path):
    command, python = tmp_path / "command.html", tmp_path / "python.html"
    assert main(["forecast", str(table), "--target", "price", "--html", str(command)]) == 0
    assert report.to_html(python) is None
    assert report.to_html() == python.read_text(encoding="utf-8")
    ids = re.compile(r"[0-9a-f]{10}|<dc:date>.*?</dc:date>")
    assert ids.sub("", python.read_text("utf-8")) == ids.sub("", command.read_text("utf-8"))


def test_a_page_is_written_whole_or_not_at_all(report, tmp_path, monkeypatch):
    page = tmp_path / "page.html"
    page.write_text("the old one")
    with pytest.raises(InputError, match="file: the folder"):
        report.to_html(tmp_path / "no" / "page.html")
    with pytest.raises(InputError, match=r"file: .* is no ordinary file"):
        report.to_html(tmp_path)
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        report.to_html(page)
    assert page.read_text() == "the old one"
    assert os.listdir(tmp_path) == ["page.html"]


def test_nothing_is_printed_without_a_terminal(capfd, table):
    rc.assess(table, target="price")
    rc.assess(X, Y, progress=False)
    assert tuple(capfd.readouterr()) == ("", "")


@pytest.mark.parametrize("rows", [10.5, np.nan, np.inf, 19])
def test_rows_must_be_a_whole_number(rows):
    with pytest.raises(InputError, match="max_rows: must be"):
        rc.assess(X, Y, max_rows=rows)


def test_the_command_still_names_flags(capsys, table):
    for words, told in (
        (["--task", "ranking"], "--task: "),
        (["--goal", "much"], "--goal: 'much'"),
        (["--model", "Laso"], "model 'Laso'"),
        (["--groups", "nothing"], "--groups"),
    ):
        assert main(["forecast", str(table), "--target", "price", *words]) == 2
        assert told in capsys.readouterr().err
