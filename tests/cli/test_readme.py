"""Everything that the README claims runs."""

import re
import shlex
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from riskcast.cli import main

README = Path(__file__).parents[2] / "README.md"
TEXT = README.read_text(encoding="utf-8")


def blocks(name):
    """The lines of all shell blocks between markers."""
    found = re.findall(rf"<!-- {name} -->\n```sh\n(.*?)```\n<!-- /{name} -->", TEXT, re.DOTALL)
    assert found
    return "".join(found).splitlines()


def test_each_setup_is_one_line():
    (test,), (run,) = blocks("test-command"), blocks("run-command")
    assert test.endswith(' .venv/bin/pytest -n 2 -m "not slow and not study"')
    assert ' ".[test]" ' in test.replace("install -e", "install")
    assert "pip install . &&" in run


def test_the_shipped_example_gives_the_verdict_shown(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    (line,) = blocks("run-command")
    words = shlex.split(line.rpartition("riskcast ")[2])
    assert main(words) == 0
    (panel,) = re.findall(r"```text\n(.*?)```", TEXT, re.DOTALL)
    out, shown = _words(capsys.readouterr().out), _words(panel)
    said = out[out.index("Verdict") :][: len(shown)]
    assert [word for word in said if not _is_number(word)] == [
        word for word in shown if not _is_number(word)
    ]
    for ours, theirs in zip(said, shown, strict=True):  # another machine's last digit may differ
        if _is_number(ours):
            assert float(ours) == pytest.approx(float(theirs), rel=0.1)


def _words(panel):
    return re.sub(r"[│╭╮╰╯─();,]|\.\s", " ", panel).split()


def _is_number(word):
    return re.fullmatch(r"[0-9]+(\.[0-9]+)?", word) is not None


@pytest.mark.parametrize("line", blocks("commands"))
def test_the_commands_run(line, tmp_path, monkeypatch, capsys):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(50, 3))
    frame = pd.DataFrame(X, columns=["size", "rooms", "age"])
    frame["price"] = 2e5 + 3e4 * X[:, 0] + 1e4 * rng.normal(size=50)
    frame.to_csv(tmp_path / "houses.csv", index=False)
    monkeypatch.chdir(tmp_path)
    assert main(shlex.split(line, comments=True)[1:]) == 0
    assert capsys.readouterr().out


def test_the_python_example_runs(capsys):
    (code,) = re.findall(r"```python\n(.*?)```", TEXT, re.DOTALL)
    exec(code, {})
    assert len(capsys.readouterr().out.splitlines()) == 2
