"""An interrupt, at whatever moment, is one line, status 130, and no unfinished file."""

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

COMMANDS = {
    "forecast": ["forecast", "table.csv", "--target", "y", "--html", "page.html"],
    "forecast with threads": [
        "forecast", "table.csv", "--target", "y", "--html", "page.html", "--model",
        "GridSearchCV(estimator=ExtraTreesRegressor(), param_grid={'max_depth': [1]}, n_jobs=-1)",
    ],
    "a model that keeps interrupts to itself": [
        "forecast", "table.csv", "--target", "y", "--html", "page.html", "--model",
        "MLPRegressor(max_iter=100000, tol=0.0, n_iter_no_change=10000)",
    ],
    "theory": ["theory", "--against", "phase", "--figure", "page.png"],
    "study": ["study", "run", "high-dimensional-dynamics", "--html", "page.html"],
    "lab with processes": ["lab", "run", "sweep.toml", "--jobs", "2", "--figure", "page.png"],
}  # fmt: skip


ENDS = (b"</html>", b"IEND\xaeB`\x82")  # of a page, and of a PNG file


@pytest.fixture
def folder(tmp_path):
    rng = np.random.default_rng(0)
    frame = pd.DataFrame(rng.normal(size=(400, 5)), columns=list("abcde"))
    frame["y"] = frame["a"] + rng.normal(size=400)
    frame.to_csv(tmp_path / "table.csv", index=False)
    (tmp_path / "sweep.toml").write_text(
        '[task]\nkind = "teacher_student"\ninputs = 20\nn_train = 100\nteacher = "linear"\n'
        'n_test = 100\n[student]\ntrained = "readout"\n[training]\nrule = "gradient_flow"\n'
        "last_time = 1e4\n[axes]\nwidth = [20, 50, 100, 200, 300]\n[sweep]\nseeds = 20\n"
    )
    return tmp_path


def interrupt(folder, words, delay, number, everyone):
    """Start a command, send a signal after a while; status and standard error."""
    temporary = folder / "tmp"
    temporary.mkdir(exist_ok=True)
    process = subprocess.Popen(
        [sys.executable, "-m", "riskcast", *words],
        cwd=folder, stdout=subprocess.PIPE, stderr=subprocess.PIPE, start_new_session=True,
        env={**os.environ, "TMPDIR": str(temporary), "RISKCAST_CACHE": str(folder / "cache")},
        preexec_fn=_with_default_signals,
    )  # fmt: skip
    _wait_for_handlers(process.pid, number)
    time.sleep(delay)
    (os.killpg if everyone else os.kill)(process.pid, number)
    _, err = process.communicate(timeout=120)
    return process.returncode, err.decode()


def _with_default_signals():
    """Also where the tests themselves ignore some, as under nohup."""
    for name in ("SIGINT", "SIGTERM", "SIGHUP"):
        signal.signal(getattr(signal, name), signal.SIG_DFL)


def _wait_for_handlers(pid, number):
    """Until the command handles a signal itself: before, it is Python that starts."""
    while True:
        status = Path(f"/proc/{pid}/status").read_text()
        caught = int(status.partition("SigCgt:")[2].split()[0], 16)
        if caught >> (int(signal.SIGTERM) - 1) & 1:
            return
        time.sleep(0.002)


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
@pytest.mark.parametrize("everyone", [False, True], ids=["one process", "as a terminal does"])
@pytest.mark.parametrize(
    "case",
    [pytest.param(case, marks=[] if case == "forecast" else pytest.mark.slow) for case in COMMANDS],
)
def test_at_any_moment(folder, case, everyone):
    before = set(os.listdir(folder)) | {"tmp", "cache"}
    moments = random.Random(f"{case} {everyone}")
    for span in (0.1, 1.0, 3.0):
        delay = span * moments.random()
        status, err = interrupt(folder, COMMANDS[case], delay, signal.SIGINT, everyone)
        left = set(os.listdir(folder)) - before
        assert left <= {"page.html", "page.png"}, (delay, err)
        for name in left:  # what was written before, is whole
            assert (folder / name).read_bytes().rstrip().endswith(ENDS), (name, delay)
        assert not [name for name in os.listdir(folder / "tmp") if "riskcast" in name]
        if status != 0:  # else it was done before
            lines = [line for line in err.splitlines() if not line.startswith("warning: ")]
            assert (status, lines) == (130, ["riskcast: interrupted"]), delay
        for name in left:
            (folder / name).unlink()


@pytest.mark.skipif(not Path("/proc/self/status").exists(), reason="reads /proc")
@pytest.mark.parametrize("name", ["SIGTERM", "SIGHUP"])
def test_being_ended_otherwise(folder, name):
    number = getattr(signal, name)
    status, err = interrupt(folder, COMMANDS["forecast"], 0.5, number, False)
    assert (status, err) == (128 + number, f"riskcast: interrupted by {name}\n")


def test_an_interrupt_within_a_process_is_told(capsys, monkeypatch):
    from riskcast.cli import main
    from riskcast.cli.commands import forecast

    def fail(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr(forecast, "_answer", fail)
    assert main(["forecast", "example:iris"]) == 130
    assert "riskcast: interrupted\n" in capsys.readouterr().err
