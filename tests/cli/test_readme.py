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
    assert test.endswith(".venv/bin/pytest -n 2")
    assert ' ".[test]" ' in test.replace("install -e", "install")
    assert "pip install . &&" in run


def test_the_shipped_example_gives_the_verdict_shown(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "100")
    (line,) = blocks("run-command")
    words = shlex.split(line.rpartition("riskcast ")[2])
    assert main(words) == 0
    out = " ".join(re.sub("[│╭╮╰╯─]", " ", capsys.readouterr().out).split())
    shown = re.search(r"```text\n(.*?)```", TEXT, re.DOTALL).group(1)
    said = " ".join(re.sub("[│╭╮╰╯─]", " ", shown).split()).removeprefix("Verdict ")
    first, then, *_ = re.split(r"(?<=\.) (?=[A-Z])", said)
    assert first in out
    assert re.split("[:;]", then)[0] in out


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
