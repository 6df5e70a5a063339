"""``riskcast lab``: from a file to a table and a figure."""

import json
import subprocess
import sys

import numpy as np
import pytest

from riskcast import lab
from riskcast.cli import main

CONFIG = """
[task]
kind = "teacher_student"
inputs = 6
n_train = 15
snr = 2.0
n_test = 40

[student]
trained = "readout"

[training]
rule = "gradient_flow"
n_records = 8
last_time = 1e5

[axes]
width = [4, 15, 60]

[sweep]
seeds = 3
store = "cells"
"""


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "sweep.toml"
    path.write_text(CONFIG)
    return path


def test_run_then_show(config, tmp_path, capsys):
    assert main(["lab", "run", str(config)]) == 0
    table = capsys.readouterr().out.strip().splitlines()
    assert table[0].split()[:3] == ["width", "best", "error"]
    assert len(table) == 4
    assert main(["lab", "show", str(tmp_path / "cells"), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)
    run = lab.train(
        lab.TeacherStudent(6, n_train=15, snr=2.0, n_test=40),
        lab.FullyConnected(width=15, trained="readout"),
        rule="gradient_flow", n_records=8, last_time=1e5, seed=range(3),
    )  # fmt: skip
    row = rows[1]
    assert row["width"] == 15
    assert row["final_error"] == pytest.approx(run.mean()[-1])
    assert row["best_error"] == pytest.approx(run.mean().min())
    assert row["final_over_best"] == pytest.approx(1.0 + run.overtraining)
    spread = run.test_error[:, -1].std(ddof=1) / np.sqrt(3)
    assert row["final_standard_error"] == pytest.approx(spread)
    assert (row["fitted"], row["diverged"]) == (run.converged.mean(), 0)


@pytest.mark.parametrize("kind", ["png", "pdf"])
def test_figures(config, tmp_path, kind, capsys):
    figure = tmp_path / f"sweep.{kind}"
    assert main(["lab", "run", str(config), "--figure", str(figure)]) == 0
    assert figure.stat().st_size > 1000
    assert not list(tmp_path.glob(".sweep*"))


@pytest.mark.parametrize(
    ("before", "after", "word"),
    [
        ('kind = "teacher_student"', 'kind = "poetry"', "[task] kind"),
        ("inputs = 6", "inputs = -6", "[task]: inputs"),
        ("inputs = 6", 'inputs = {kind = "flat"}', "inputs.kind"),
        ("[student]", "[pupil]", "pupil"),
        ("[student]", "[student]\nheight = 3", "height"),
        ("n_records = 8", "n_records = 0", "[training]: n_records"),
        ("width = [4, 15, 60]", "wisdom = [1]", "wisdom"),
        ("seeds = 3", "seeds = 0", "seed"),
        ("seeds = 3", "seeds = 3\nn_jobs = 0", "n_jobs"),
        ("seeds = 3", "seeds = ", "TOML"),
    ],
)
def test_bad_configurations_are_one_line_and_status_two(config, before, after, word, capsys):
    config.write_text(CONFIG.replace(before, after))
    assert main(["lab", "run", str(config)]) == 2
    shown = capsys.readouterr()
    assert shown.out == ""
    assert len(shown.err.strip().splitlines()) == 1
    assert word in shown.err
    assert not (config.parent / "cells").exists()


def test_other_bad_input(config, tmp_path, capsys):
    for words, told in (
        (["run", str(tmp_path / "none.toml")], "none.toml"),
        (["show", str(tmp_path / "none")], "does not contain a sweep"),
        (["run", str(config), "--figure", "picture.txt"], ".png"),
        (["run", str(config), "--axis", "depth"], "depth"),
    ):
        assert main(["lab", *words]) == 2
        lines = capsys.readouterr().err.strip().splitlines()
        assert len(lines) == 1
        assert told in lines[0]


def test_a_changed_file_is_refused_by_its_store(config, capsys):
    assert main(["lab", "run", str(config)]) == 0
    config.write_text(CONFIG.replace("snr = 2.0", "snr = 3.0"))
    assert main(["lab", "run", str(config)]) == 2
    assert "task.snr: 2.0 in the store, 3.0 now" in capsys.readouterr().err


def test_populations_and_other_tasks_can_be_named(tmp_path, capsys):
    from riskcast.lab.sweeps import configuration

    path = tmp_path / "sweep.toml"
    path.write_text(
        '[task]\nkind = "teacher_student"\nn_train = 5\nteacher = "linear"\n'
        '[task.inputs]\nkind = "power_law"\nn_features = 8\n'
        "capacity = 1.0\nsource = 0.5\nsnr = 4.0\n"
        "[axes]\nwidth = [3]\n"
    )
    asked = configuration.read(path)
    assert asked.store is None
    assert asked.plan.task.population.n_features == 8
    path.write_text('[task]\nkind = "digits"\nn_train = 50\nflip_rate = 0.2\n')
    assert configuration.read(path).plan.task.n_classes == 10


def test_help_has_examples_and_loads_no_jax(capsys):
    script = (
        "import sys; from riskcast.cli import main; main(['--help']); "
        "main(['lab', '--help']); main(['lab', 'run', '--help']); "
        "assert 'jax' not in sys.modules and 'xarray' not in sys.modules"
    )
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)
    assert shown.returncode == 0, shown.stderr
    assert "riskcast lab run sweep.toml" in shown.stdout


def test_tasks_students_and_exact_flow_need_no_jax():
    script = (
        "import sys; from riskcast import lab; "
        "task = lab.TeacherStudent(5, n_train=9); student = lab.FullyConnected(trained='readout'); "
        "lab.train(task, student, rule='gradient_flow', observables=['frozen_share']); "
        "assert not {'jax', 'xarray', 'matplotlib'} & set(sys.modules)"
    )
    subprocess.run([sys.executable, "-c", script], check=True)
