"""Reports reach standard output whole, and alone; failures are told in one line."""

import json
import os
import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

from riskcast.cli import main

RISKCAST = [sys.executable, "-m", "riskcast"]


def slow(value):
    """A case that others of its kind, which are not slow, stand for in quick runs."""
    return pytest.param(value, marks=pytest.mark.slow)


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(40, 3)), columns=["a", "b", "c"])
    frame["y"] = frame["a"] + 0.1 * rng.normal(size=40)
    path = tmp_path_factory.mktemp("table") / "table.csv"
    frame.to_csv(path, index=False)
    return str(path)


def run(*words, shell="", **surroundings):
    """Standard output, standard error and exit status, in a shell if one is needed."""
    environment = {**os.environ, **surroundings}
    if not shell:
        done = subprocess.run(
            [*RISKCAST, *words], capture_output=True, check=False, env=environment
        )
    else:
        quoted = ["bash", "-c", f'"$@" {shell}', "bash", *RISKCAST, *words]
        done = subprocess.run(quoted, capture_output=True, check=False, env=environment)
    return done.stdout.decode(), done.stderr.decode(), done.returncode


@pytest.mark.parametrize(
    "model",
    [
        "SVR(verbose=1)",  # prints from C
        "Pipeline(steps=[('a', StandardScaler()), ('b', Ridge())], verbose=True)",
        slow("LinearSVR(verbose=1)"),
        slow("GradientBoostingRegressor(n_estimators=5, verbose=2)"),
        slow("RandomForestRegressor(n_estimators=5, verbose=3, n_jobs=-1)"),
        slow(
            "GridSearchCV(estimator=SVR(verbose=1), param_grid={'C': [1.0]}, n_jobs=-1, verbose=3)"
        ),
        slow("QuantileRegressor(solver_options={'disp': True})"),
    ],
)
def test_json_is_all_there_is_on_standard_output(table, model):
    out, err, status = run("forecast", table, "--target", "y", "--model", model, "--json")
    assert status == 0, err
    assert json.loads(out)["model"]["name"] == model
    assert len(err) > 0  # what they print is to be seen


def test_what_a_study_prints_is_not_in_its_report(tmp_path):
    (tmp_path / "loud.py").write_text(
        "import os\nprint('python')\nos.write(1, b'low level')\nstudy = None\n"
    )
    out, err, status = run("study", "run", str(tmp_path / "loud.py"))
    assert (out, status) == ("", 2)
    assert "holds no study" in err


FULL = [
    "forecast {table} --target y",
    slow("forecast --json-keys"),
    slow("study list"),
    slow("theory --features 20 --load 2"),
    "--help",
]


@pytest.mark.parametrize("words", FULL)
@pytest.mark.parametrize(
    ("shell", "told"),
    [("> /dev/full", "No space left on device"), (">&-", "is closed"), ("| true", "Broken pipe")],
)
def test_an_output_that_cannot_be_written_to_is_told(table, words, shell, told):
    if shell == "| true":
        shell += "; exit ${PIPESTATUS[0]}"
    _, err, status = run(*words.format(table=table).split(), shell=shell)
    told_lines = [line for line in err.splitlines() if not line.startswith("warning: ")]
    if told == "Broken pipe" and not told_lines:
        return  # all was written before the reader ended
    assert status == 2
    (line,) = told_lines
    assert line.startswith("riskcast: ")
    assert told in line


def test_no_output_is_refused_before_the_work(table, tmp_path):
    page = tmp_path / "page.html"
    run("forecast", table, "--target", "y", "--html", str(page), shell=">&-")
    assert not page.exists()


@pytest.mark.parametrize("shell", ["2>&-", "2>/dev/full", ">&- 2>&-"])
def test_where_nothing_can_be_told_the_status_tells(shell):
    assert run("forecast", "nowhere.csv", shell=shell) == ("", "", 2)


@pytest.mark.parametrize(
    "surroundings",
    [{"PYTHONIOENCODING": "ascii"}, {"PYTHONIOENCODING": "latin-1"},
     {"LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0"}],
    ids=str,
)  # fmt: skip
def test_any_encoding_will_do(table, surroundings):
    for words in (["forecast", table, "--target", "y"], ["--help"]):
        out, err, status = subprocess_bytes(words, surroundings)
        assert (status, err) == (0, b"")
        assert len(out) > 200
        if surroundings.get("PYTHONIOENCODING") == "ascii":
            out.decode("ascii")


def subprocess_bytes(words, surroundings):
    environment = {**os.environ, **surroundings}
    done = subprocess.run([*RISKCAST, *words], capture_output=True, check=False, env=environment)
    return done.stdout, done.stderr, done.returncode


def test_a_page_whose_name_is_no_text(table, tmp_path):
    page = os.fsencode(tmp_path) + b"/page\xff.html"
    words = [*RISKCAST, "forecast", table, "--target", "y", "--html"]
    done = subprocess.run([*map(os.fsencode, words), page], capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")
    assert rb"page\udcff.html" in done.stdout.replace(b"\n", b"")
    assert os.listdir(os.fsencode(tmp_path)) == [b"page\xff.html"]


@pytest.mark.parametrize("columns", ["0", "1", "-5", "abc", "", "²", "1e3", "9" * 30, "1000000000"])
def test_reports_have_a_width_to_be_read_at(capsys, monkeypatch, columns):
    for words in (["forecast", "example:linnerud"], ["study", "list"], ["forecast", "--help"]):
        monkeypatch.setenv("COLUMNS", columns)
        assert main(words) == 0
        streams = capsys.readouterr()
        assert streams.err == ""
        assert max(len(line.rstrip()) for line in streams.out.splitlines()) >= 35
        assert "riskcast" in streams.out or "papers" in streams.out


@pytest.mark.parametrize("kind", ["fifo", "device"])
def test_pipes_and_devices_are_no_tables(tmp_path, kind):
    path = tmp_path / "pipe.csv"
    os.mkfifo(path) if kind == "fifo" else path.symlink_to("/dev/zero")
    for words, reason in (
        (["forecast", str(path)], "not a regular file"),
        (["lab", "run", str(path)], "is no ordinary file"),
    ):
        out, err, status = run(*words)
        assert (out, status) == ("", 2)
        assert reason in err


def test_a_wrong_axis_is_refused_before_the_sweep_is_run(tmp_path):
    config = tmp_path / "sweep.toml"
    config.write_text(
        '[task]\nkind = "teacher_student"\ninputs = 10\nn_train = 1000\nteacher = "linear"\n'
        "n_test = 10\n[student]\n[axes]\nwidth = [1000]\n[sweep]\nseeds = 1000\n"
        f'store = "{tmp_path / "store"}"\n'
    )
    out, err, status = run("lab", "run", str(config), "--axis", "depth")
    assert (out, status) == ("", 2)
    assert "the sweep has no 'depth'; it has width" in err
    assert not (tmp_path / "store").exists()


def test_a_cache_that_cannot_be_written_is_refused_before_the_study(tmp_path):
    name = "high-dimensional-dynamics"
    out, err, status = run("study", "run", name, RISKCAST_CACHE="/dev/null/cache")
    assert (out, status) == ("", 2)
    assert err.startswith("riskcast: RISKCAST_CACHE: measurements cannot be kept in")
