"""Kills of long computations at random moments, restarts, and pairs of processes on one store.

Run ``python benchmarks/kills.py``: it prints the table and writes it to
``docs/benchmarks/kills.md`` (some minutes on one core). ``--kills 10`` is a quick look that
writes nothing.

A round begins with an empty folder. A process, or a pair at once, is started on it and
killed (SIGKILL) at a random moment; then started again, until none was killed before it
ended by itself. What it then says, and all files, are compared with those of a run that
nobody disturbed, bit for bit; and after every kill all parts that were finished before must
still be there. Processes are forked after riskcast has been imported, so that the kills hit
the work; those "from the shell" are new ones, imports and all.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import argparse
import contextlib
import hashlib
import io
import json
import multiprocessing
import platform
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from riskcast.cli import main as command
from riskcast.features import ConvolutionalNTK

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks" / "kills.md"
FORK = multiprocessing.get_context("fork")

SWEEP = """
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

[axes]
width = [2, 3, 4, 5, 6, 8, 10, 12, 15, 20, 30, 40, 60, 80, 100, 150]

[sweep]
seeds = 3
"""

STUDY = """
from riskcast.studies import Study, judge

study = Study("Walks", source="folklore", smoke={"steps": 20_000}, full={"steps": 20_000})

def walk(rng, steps):
    return {"places": rng.choice([-1, 1], (20, steps)).cumsum(axis=1)[:, ::100]}
"""
EXPERIMENT = """
@study.experiment
def walk_{number}(rng, steps):
    return walk(rng, steps)

@study.claim(refuted_if="the last place is as far as the walk is long")
def bounded_{number}(walk_{number}):
    end = walk_{number}.places[:, -1].mean()
    return judge(abs(end) < 20_000, value=end, seen="last place")
"""


@dataclass(frozen=True)
class Case:
    """Something that is killed.

    Attributes
    ----------
    name : str
    start : callable
        Given the folder, works in it, prints the result and returns the exit status.
    processes : int, default 1
    """

    name: str
    start: Callable[[Path], int]
    processes: int = 1


def sweep(folder: Path) -> int:
    words = [str(folder.parent / "sweep.toml"), "--store", str(folder), "--json"]
    return command(["lab", "run", *words])


def sweep_from_the_shell(folder: Path) -> int:
    words = [str(folder.parent / "sweep.toml"), "--store", str(folder), "--json"]
    os.execv(sys.executable, [sys.executable, "-m", "riskcast", "lab", "run", *words])


def kernel(folder: Path) -> int:
    images = np.random.default_rng(0).standard_normal((48, 36))
    gram = ConvolutionalNTK((6, 6), 3, store=folder)(images)
    print(hashlib.sha256(gram.tobytes()).hexdigest())
    return 0


def study(folder: Path) -> int:
    os.environ["RISKCAST_CACHE"] = str(folder)
    return command(["study", "run", str(folder.parent / "walks.py"), "--json"])


CASES = (
    Case("sweep, from the shell", sweep_from_the_shell),
    Case("sweep", sweep),
    Case("sweep, pairs", sweep, 2),
    Case("blocks of a kernel", kernel),
    Case("blocks of a kernel, pairs", kernel, 2),
    Case("study", study),
    Case("study, pairs", study, 2),
)


def child(start: Callable[[Path], int], folder: Path, streams: Path) -> None:
    """What a started process does: its streams go to files."""
    for number, suffix in ((1, ".out"), (2, ".err")):
        os.dup2(os.open(f"{streams}{suffix}", os.O_WRONLY | os.O_CREAT | os.O_TRUNC), number)
    status = start(folder)
    sys.stdout.flush()
    os._exit(status)


def started(case: Case, folder: Path, number: int) -> Any:
    process = FORK.Process(target=child, args=(case.start, folder, folder.parent / str(number)))
    process.start()
    return process


def result(folder: Path, number: int) -> tuple[Any, str]:
    """What a process said: the numbers, without the time of measurement, and complaints."""
    out, err = ((folder.parent / f"{number}{end}").read_text() for end in (".out", ".err"))
    try:
        rows = json.loads(out)
    except ValueError:
        return out, err
    stamps = ("measured", "seconds")
    return [{key: row[key] for key in row if key not in stamps} for row in rows], err


def parts(folder: Path) -> dict[str, bytes]:
    """All finished files, the time of measurement left out."""
    found = {}
    for path in folder.rglob("*.*"):
        if path.is_dir() or path.name.startswith("."):
            continue
        if path.parent.name != "studies":
            found[path.name] = path.read_bytes()
            continue
        with np.load(path) as stored:
            names = [name for name in stored.files if not name.startswith("__")]
            found[path.name] = b"".join(stored[name].tobytes() for name in names)
    return found


def temporaries(folder: Path) -> set[str]:
    return {path.name for path in folder.rglob(".*")}


def undisturbed(case: Case, place: Path) -> tuple[Any, dict[str, bytes], float]:
    """The result and files of one process that is left alone, and its life in seconds."""
    seconds = []
    if case.start is not sweep_from_the_shell:  # all that it needs is imported before the forks
        with contextlib.redirect_stdout(io.StringIO()):
            case.start(place / "imports")
    for repeat in range(3):
        folder = place / f"undisturbed-{repeat}"
        begin = time.perf_counter()
        process = started(case, folder, 0)
        process.join()
        seconds.append(time.perf_counter() - begin)
        said, complaints = result(folder, 0)
        assert (process.exitcode, complaints) == (0, ""), complaints
    return said, parts(folder), float(np.median(seconds))


def run_and_kill(
    case: Case, folder: Path, life: float, rng: np.random.Generator
) -> list[int | None]:
    """Start all processes, kill some; their exit statuses, None for those killed."""
    processes = [started(case, folder, number) for number in range(case.processes)]
    victims = [processes[k] for k in np.flatnonzero(rng.random(case.processes) < 0.8)]
    begin = time.perf_counter()
    for moment, victim in sorted(
        ((rng.uniform(0.0, life), v) for v in victims), key=lambda pair: pair[0]
    ):
        while victim.is_alive() and time.perf_counter() < begin + moment:
            time.sleep(1e-3)
        victim.kill()
    for process in processes:
        process.join()
    return [None if process.exitcode == -9 else process.exitcode for process in processes]


def play(case: Case, wanted: int, rng: np.random.Generator) -> Counter[str]:
    """Rounds of a case until so many kills."""
    count: Counter[str] = Counter()
    with tempfile.TemporaryDirectory(prefix="riskcast-kills-") as temporary:
        place = Path(temporary)
        (place / "sweep.toml").write_text(SWEEP)
        experiments = "".join(EXPERIMENT.format(number=number) for number in range(12))
        (place / "walks.py").write_text(STUDY + experiments)
        said, files, life = undisturbed(case, place)
        while count["kills"] < wanted:
            folder = place / f"round-{count['rounds']}"
            play_round(case, folder, life, (said, files), rng, count)
            count["rounds"] += 1
            equal = parts(folder) == files and not temporaries(folder)
            count["equal"] += equal
    return count


def play_round(
    case: Case,
    folder: Path,
    life: float,
    expected: tuple[Any, dict[str, bytes]],
    rng: np.random.Generator,
    count: Counter[str],
) -> None:
    """Starts and kills until nobody is killed."""
    killed = True
    while killed:
        before, left = parts(folder), temporaries(folder)
        statuses = run_and_kill(case, folder, life, rng)
        after = parts(folder)
        killed = None in statuses
        count["kills"] += statuses.count(None)
        count["in a write"] += len(temporaries(folder) - left)
        count["half done"] += killed and 0 < len(after) < len(expected[1])
        count["lost"] += sum(after.get(name) != content for name, content in before.items())
        for number, status in enumerate(statuses):
            if status is not None:
                count["ended"] += 1
                fine = status == 0 and result(folder, number) == (expected[0], "")
                count["failures"] += not fine


def page(rows: dict[str, Counter[str]]) -> str:
    heads = (
        "computation", "kills", "in a write", "half done", "rounds",
        "ended by themselves", "failures", "finished parts lost", "rounds equal bit for bit",
    )  # fmt: skip
    lines = [f"| {' | '.join(heads)} |", "|---|" + " ---: |" * (len(heads) - 1)]
    for name, count in rows.items():
        keys = ("kills", "in a write", "half done", "rounds", "ended", "failures", "lost", "equal")
        lines.append(f"| {name} | {' | '.join(str(count[key]) for key in keys)} |")
    return "\n".join(
        [
            "# Kills",
            "",
            f"Made by `python benchmarks/kills.py` with Python {platform.python_version()} and "
            f"NumPy {np.__version__}.",
            "",
            "Processes that work on a store are killed (SIGKILL) at random moments of their life "
            "and started again until none is killed. In pairs two processes work on the same "
            "store at once; one or both of them are killed, or none. Those from the shell are "
            "new processes, imports and all; the others are forked after the imports, so that "
            "kills hit the work. A round that is equal has the files of a run that nobody "
            "disturbed, and no others; of studies, all but the time of measurement is compared. "
            "A failure is a process that ended by itself with another exit status than 0, with a "
            "word on standard error, or with another result than the run that nobody disturbed. "
            "In a write: a temporary file was left, which the next start removed. Half done: some "
            "parts were finished when the kill came, and some were not.",
            "",
            *lines,
            "",
        ]
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=100, help="of each computation")
    wanted = parser.parse_args().kills
    rows = {}
    for seed, case in enumerate(CASES):
        rows[case.name] = play(case, wanted, np.random.default_rng(seed))
        print(case.name, dict(rows[case.name]), flush=True)
    text = page(rows)
    print(text)
    if wanted >= 100:
        PAGE.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
