"""The tutorial's study runs as it stands."""

import re
from pathlib import Path

from riskcast.cli import main
from riskcast.studies import find_study, run_study

PAGE = Path(__file__).parents[2] / "docs" / "studies" / "writing-a-study.md"


def test_the_tutorials_study_runs(tmp_path, monkeypatch, capsys):
    text = PAGE.read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    assert len(code.splitlines()) < 60
    (tmp_path / "tails.py").write_text(code, encoding="utf-8")
    monkeypatch.setenv("RISKCAST_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)
    assert main(["study", "run", "tails.py", "--html", "tails.html"]) == 0
    assert "reproduced" in capsys.readouterr().out
    run = run_study(find_study("tails.py"))
    assert run.draw("decay").axes


def test_its_check_fails_on_heavy_tails(tmp_path):
    text = PAGE.read_text(encoding="utf-8")
    (code,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    path = tmp_path / "tails.py"
    path.write_text(code.replace("distance[0]", "distance[1]"), encoding="utf-8")
    assert run_study(find_study(str(path))).verdicts["normal_mean_settles"].outcome == "not"
