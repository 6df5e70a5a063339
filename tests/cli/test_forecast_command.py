"""The command as a user meets it."""

import json
import os
import subprocess
import sys
import time

import numpy as np
import pandas as pd
import pytest

from riskcast._files import write_whole
from riskcast.assessment import Questions
from riskcast.assessment._json import KEYS
from riskcast.cli import command_summaries, main
from riskcast.cli.commands import forecast as command
from riskcast.tables import Options


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """A folder with a table of houses, and broken ones."""
    place = tmp_path_factory.mktemp("tables")
    rng = np.random.default_rng(0)
    X = rng.normal(size=(80, 4))
    frame = pd.DataFrame(X, columns=["size", "rooms", "age", "floor"])
    frame["town"] = rng.choice(["Ulm", "Bonn"], 80)
    frame["price"] = 100 + X @ [10, 5, -3, 0] + 5 * rng.normal(size=80)
    frame.to_csv(place / "houses.csv", index=False)
    frame.iloc[:3].to_csv(place / "three.csv", index=False)
    frame.assign(price="cheap").to_csv(place / "one_class.csv", index=False)
    frame[["town", "price"]].assign(town="Ulm").to_csv(place / "no_column.csv", index=False)
    (place / "broken.parquet").write_bytes(b"PAR1 and then nothing")
    return place


@pytest.fixture
def answered(folder, monkeypatch):
    """The command with its answer worked out already: once for all tests of its output."""
    if not ANSWERS:
        options = Options(target="price")
        table = str(folder / "houses.csv")
        ANSWERS.append(command._answer(table, options, "linear", None, Questions("5.5")))
    monkeypatch.setattr(command, "_answer", lambda *_: ANSWERS[0])


ANSWERS = []


def run(capsys, *arguments):
    status = main(["forecast", *map(str, arguments)])
    streams = capsys.readouterr()
    return status, streams.out, streams.err


def test_report_answers_the_questions(capsys, folder, answered):
    status, out, err = run(capsys, folder / "houses.csv", "--target", "price", "--goal", "5.5")
    assert (status, err) == (0, "")
    for words in ("Verdict", "When should training stop?", "Would more rows help?", "RidgeCV",
                  "predicting the mean", "How many rows"):  # fmt: skip
        assert words in out


def test_json_has_the_documented_keys_and_no_others(capsys, folder, answered):
    status, out, _ = run(capsys, folder / "houses.csv", "--target", "price", "--json")
    assert status == 0
    report = json.loads(out, parse_constant=pytest.fail)  # NaN and Infinity are no JSON
    assert set(report) == {key for key in KEYS if "." not in key}
    for part in ("stopping", "comparison", "more_rows", "learning_curve"):
        assert set(report[part]) == {
            key.partition(".")[2] for key in KEYS if key.startswith(f"{part}.")
        }
    assert report["risk_path"]["times"][-1] == "Infinity"
    assert report["risk"] == pytest.approx(25, rel=0.4)  # the noise was drawn with variance 25
    assert report["more_rows"]["lower"] <= report["more_rows"]["risk"] <= report["risk"]


def test_estimators_have_no_path(capsys, folder):
    table = folder / "houses.csv"
    status, out, _ = run(capsys, table, "--target", "price", "--model", "Ridge(alpha=2)", "--json")
    report = json.loads(out)
    assert status == 0
    assert report["stopping"] is None
    assert report["risk_path"] is None
    assert report["model"]["exact"] is False


def test_web_page_is_written_and_loads_nothing(capsys, folder, answered, tmp_path):
    page = tmp_path / "houses.html"
    status, out, _ = run(capsys, folder / "houses.csv", "--target", "price", "--html", page)
    text = page.read_text(encoding="utf-8")
    assert status == 0
    assert "houses.html" in out.replace("\n", "")
    assert text.count("<svg") == 2
    for loading in ("<script", "<link", "<img", "@import", "url(http", "src="):
        assert loading not in text
    assert os.listdir(tmp_path) == ["houses.html"]
    assert page.stat().st_mode & 0o444


BAD = {
    "missing file": ["nowhere.csv"],
    "no target": ["houses.csv"],
    "absent target": ["houses.csv", "--target", "prize"],
    "damaged file": ["broken.parquet", "--target", "price"],
    "no usable column": ["no_column.csv", "--target", "price"],
    "one class": ["one_class.csv", "--target", "price"],
    "three rows": ["three.csv", "--target", "price"],
    "model that does not parse": ["houses.csv", "--target", "price", "--model", "Ridge(("],
    "no estimator": ["houses.csv", "--target", "price", "--model", "os"],
    "estimator of the wrong kind": ["houses.csv", "--target", "price", "--model", "SVC()"],
    "estimator with bad value": ["houses.csv", "--target", "price", "--model", "Ridge(alpha='a')"],
    "estimator that fails by an index": [
        "houses.csv",
        "--target",
        "price",
        "--model",
        "RegressorChain(estimator=Ridge())",
    ],
    "estimator that predicts NaN": [
        "houses.csv",
        "--target",
        "price",
        "--model",
        "RadiusNeighborsRegressor(radius=1e-9)",
    ],
    "goal that is no number": ["houses.csv", "--target", "price", "--goal", "good"],
    "negative goal": ["houses.csv", "--target", "price", "--goal=-1"],
    "level beyond one": ["houses.csv", "--target", "price", "--level", "90"],
    "level that no interval has": ["houses.csv", "--target", "price", "--level", "nan"],
    "level that is no number": ["houses.csv", "--target", "price", "--level", "high"],
    "learning rate that diverges": ["houses.csv", "--target", "price", "--learning-rate", "99"],
    "learning rate of nothing": ["houses.csv", "--target", "price", "--learning-rate", "0"],
    "unknown task": ["houses.csv", "--target", "price", "--task", "ranking"],
    "unknown option": ["houses.csv", "--tarket", "price"],
    "unknown features": ["houses.csv", "--target", "price", "--features", "magic:3"],
    "kernel of too many layers": ["houses.csv", "--target", "price", "--features", "ntk:999999999"],
    "estimator that fails by an error of its own": [
        "houses.csv",
        "--target",
        "price",
        "--model",
        "Pipeline(steps=[('a', CountVectorizer(token_pattern='(')), ('b', Ridge())])",
    ],
    "estimator that keeps files": [
        "houses.csv",
        "--target",
        "price",
        "--model",
        "Pipeline(steps=[('a', Ridge())], memory='jcache')",
    ],
    "unknown group": ["houses.csv", "--target", "price", "--groups", "twon"],
    "the target as group": ["houses.csv", "--target", "price", "--groups", "price"],
    "more memory than there is": [
        "houses.csv",
        "--target",
        "price",
        "--features",
        "random-relu:9999999999999",
    ],
    "folder as page": ["houses.csv", "--target", "price", "--html", "."],
    "the table as page": ["houses.csv", "--target", "price", "--html", "houses.csv"],
    "page in no folder": ["houses.csv", "--target", "price", "--html", "no/such/page.html"],
}


@pytest.mark.parametrize("case", BAD)
def test_bad_input_is_one_line_and_status_two(capsys, folder, monkeypatch, case):
    monkeypatch.chdir(folder)
    before = sorted(os.listdir(folder))
    status, out, err = run(capsys, *BAD[case])
    assert (status, out) == (2, "")
    assert err.startswith("riskcast: ")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    assert sorted(os.listdir(folder)) == before


def test_a_pipe_or_a_device_is_not_replaced_by_a_page(capsys, folder, tmp_path):
    pipe = tmp_path / "page.html"
    os.mkfifo(pipe)
    table = str(folder / "houses.csv")
    status, out, err = run(capsys, table, "--target", "price", "--html", str(pipe))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "not a regular file" in err
    assert pipe.is_fifo()


def test_a_link_to_a_page_stays_a_link(tmp_path):
    (tmp_path / "page.html").write_text("old")
    (tmp_path / "link.html").symlink_to("page.html")
    write_whole(tmp_path / "link.html", "new")
    assert (tmp_path / "link.html").is_symlink()
    assert (tmp_path / "page.html").read_text() == "new"


def test_near_misses_of_the_target_are_named(capsys, folder):
    _, _, err = run(capsys, folder / "houses.csv", "--target", "prize")
    assert "did you mean price or" in err


def test_nothing_is_written_when_the_page_fails(capsys, folder, answered, tmp_path, monkeypatch):
    page = tmp_path / "page.html"
    page.write_text("the old one")

    def fail(*_):
        raise OSError("disk full")

    monkeypatch.setattr("os.replace", fail)
    status, _, err = run(capsys, folder / "houses.csv", "--target", "price", "--html", page)
    assert status == 2
    assert "disk full" in err
    assert page.read_text() == "the old one"
    assert os.listdir(tmp_path) == ["page.html"]


@pytest.mark.parametrize("words", [[], ["forecast"], ["study"]])
def test_without_arguments_there_is_help_and_no_complaint(capsys, words):
    status = main(words)
    streams = capsys.readouterr()
    assert status == 2
    assert "Usage: riskcast" in streams.out
    assert streams.err == ""


@pytest.mark.parametrize(
    ("error", "told"),
    [
        (MemoryError("Unable to allocate 44.7 GiB"), "out of memory (Unable to"),
        (OverflowError("int too large"), "int too large"),
        (ArithmeticError("no effective regularization"), "no effective regularization"),
        (TypeError("X: got text"), "X: got text"),
        (FileNotFoundError(2, "No such file", "a.csv"), "a.csv: No such file"),
    ],
)
def test_whatever_is_wrong_is_one_line(capsys, folder, monkeypatch, error, told):
    def fail(*_):
        raise error

    monkeypatch.setattr(command, "_answer", fail)
    status, out, err = run(capsys, folder / "houses.csv", "--target", "price")
    assert (status, out) == (2, "")
    assert told in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("name", ["forecast", "theory"])
def test_every_command_is_listed_with_what_it_is_for(name):
    assert len(command_summaries()[name]) > 10


def test_keys_are_explained(capsys):
    status, out, _ = run(capsys, "--json-keys")
    assert status == 0
    assert out.count("\n") == len(KEYS)


def examples(capsys, *command):
    """Command lines that a help text shows."""
    assert main([*command, "--help"]) == 0
    lines = capsys.readouterr().out.splitlines()
    texts = [line.strip(" │") for line in lines]
    return [text[text.index("riskcast ") :] for text in texts
            if text.startswith(("riskcast ", "Example: riskcast "))]  # fmt: skip


@pytest.mark.slow
def test_examples_of_the_help_texts_run(capsys, folder, monkeypatch, tmp_path):
    monkeypatch.chdir(folder)
    shown = examples(capsys) + examples(capsys, "forecast")
    assert len(shown) >= 4
    for line in dict.fromkeys(shown):
        words = [str(tmp_path / word) if word.endswith(".html") else word for word in line.split()]
        assert main(words[1:]) == 0, line
        capsys.readouterr()


def test_starting_is_quick_and_loads_nothing_heavy():
    code = (
        "import sys; from riskcast.cli import main; main(['--help'])\n"
        "heavy = {'numpy', 'pandas', 'sklearn', 'matplotlib', 'scipy'} & set(sys.modules)\n"
        "sys.exit(f'loaded {heavy}' if heavy else 0)"
    )
    start = time.perf_counter()
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert time.perf_counter() - start < 5.0


def test_run_as_a_module():
    command = [sys.executable, "-m", "riskcast", "forecast", "nowhere.csv"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 2
    assert done.stderr == "riskcast: nowhere.csv: no such file; check the path\n"


def test_version(capsys):
    assert main(["--version"]) == 0
    assert capsys.readouterr().out.startswith("riskcast ")


PROGRESS = """
import sys
from riskcast import _progress as progress

class Told(progress.ShownProgress):
    def __enter__(self):
        heavy = [name for name in ("sklearn", "scipy", "pandas", "skrub") if name in sys.modules]
        print(self._first, heavy, file=sys.stderr)
        return super().__enter__()

progress.ShownProgress = Told
from riskcast.cli import main
main(["forecast", "nowhere.csv"])
"""


def test_progress_comes_before_heavy_imports_and_the_work():
    done = subprocess.run(
        [sys.executable, "-c", PROGRESS], capture_output=True, text=True, check=True
    )
    said = done.stderr.splitlines()
    assert said[0] == "Loading libraries []"
    assert said[1].startswith("Reading nowhere.csv")


def test_what_is_left_out_stands_in_report_json_and_page(capsys, folder, tmp_path, monkeypatch):
    """Fits take 40 ms a row, of a clock of their own."""
    from riskcast.assessment import _comparison as comparison
    from riskcast.assessment import _costs as costs
    from riskcast.assessment import _fitting as fitting

    rng = np.random.default_rng(0)
    X = rng.normal(size=(1500, 3))
    pd.DataFrame(X, columns=list("abc")).assign(y=X[:, 0] + rng.normal(size=1500)).to_csv(
        tmp_path / "long.csv", index=False
    )
    now, real = [0.0], comparison.fitted

    def slow(entrant, table, train):
        now[0] += 0.0 if isinstance(train, slice) else 0.04 * len(train)
        return real(entrant, table, train)

    monkeypatch.setattr(comparison, "fitted", slow)
    monkeypatch.setattr(fitting, "fitted", slow)
    clock = lambda: now[0]  # noqa: E731
    monkeypatch.setattr(costs.Budget, "__init__", _with_clock(costs.Budget.__init__, clock))
    page = tmp_path / "long.html"
    status, out, err = run(
        capsys, tmp_path / "long.csv", "--target", "y", "--html", page, "--max-minutes", "12"
    )
    assert (status, err) == (0, "")
    assert "of 1,500 rows were drawn at random" in " ".join(out.split())
    assert "of 1,500 rows were drawn at random" in " ".join(page.read_text().split())
    status, out, _ = run(capsys, tmp_path / "long.csv", "--target", "y", "--json")
    report = json.loads(out)
    assert report["n_rows_read"] == 1500
    assert report["n_samples"] < 1500
    assert "of 1,500 rows were drawn at random" in report["left_out"][0]
    status, _, err = run(capsys, tmp_path / "long.csv", "--target", "y", "--max-minutes", "0.01")
    assert status == 2
    assert "--max-minutes 0.01" in err
    assert "increase" in err


def _with_clock(init, clock):
    return lambda self, minutes: init(self, minutes, 1e12, clock, clock)


@pytest.mark.parametrize("minutes", ["0", "-1", "nan"])
def test_minutes_must_be_positive(capsys, folder, minutes):
    status, out, err = run(
        capsys, folder / "houses.csv", "--target", "price", "--max-minutes", minutes
    )
    assert (status, out) == (2, "")
    assert "--max-minutes: must be positive" in err
