"""Ways to damage a stored file, and processes that are killed or started in pairs."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import numpy as np


def cut(share: float) -> Callable[[Path], None]:
    def damage(path: Path) -> None:
        content = path.read_bytes()
        path.write_bytes(content[: int(share * len(content))])

    return damage


def flip(share: float) -> Callable[[Path], None]:
    """Flip one bit of a byte that says something: no white space of JSON."""

    def damage(path: Path) -> None:
        content = bytearray(path.read_bytes())
        place = int(share * (len(content) - 1))
        while bytes(content[place : place + 1]).isspace():
            place -= 1
        content[place] ^= 1
        path.write_bytes(bytes(content))

    return damage


def shortened_by_one(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1])


def zeros_in_place(path: Path) -> None:
    """A whole file of NumPy's, or of JSON, that says something else."""
    if path.suffix == ".json":
        path.write_text('{"format": 1}')
    elif path.suffix == ".npz":
        np.savez(path, test_error=np.zeros((1, 1)))
    else:
        np.save(path, np.zeros((1, 1)))


def not_a_number(path: Path) -> None:
    """The same keys and shapes, but no numbers in them, by NumPy's own writer."""
    if path.suffix == ".json":
        path.write_text("NaN")
        return
    stored = np.load(path)
    if isinstance(stored, np.ndarray):
        np.save(path, np.full_like(stored, np.nan))
        return
    with stored:
        arrays = {name: np.full(stored[name].shape, np.nan) for name in stored.files}
    np.savez(path, **arrays)


def folder_in_place(path: Path) -> None:
    path.unlink()
    path.mkdir()
    (path / "inside").write_text("something")


def pipe_in_place(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def broken_link(path: Path) -> None:
    path.unlink()
    path.symlink_to("no/where")


DAMAGES: dict[str, Callable[[Path], None]] = {
    "empty": cut(0.0),
    "one byte": lambda path: path.write_bytes(path.read_bytes()[:1]),
    "a tenth": cut(0.1),
    "half": cut(0.5),
    "one byte less": shortened_by_one,
    "one byte more": lambda path: path.write_bytes(path.read_bytes() + b"x"),
    "flipped at the start": flip(0.0),
    "flipped early": flip(0.2),
    "flipped in the middle": flip(0.5),
    "flipped at the end": flip(1.0),
    "other bytes": lambda path: path.write_bytes(bytes(range(256)) * 4),
    "text": lambda path: path.write_text("not what it was"),
    "a list": lambda path: path.write_text("[1, 2]"),
    "another file": zeros_in_place,
    "no numbers": not_a_number,
    "folder": folder_in_place,
    "pipe": pipe_in_place,
    "broken link": broken_link,
}


def swap(one: Path, other: Path) -> None:
    """Two files that are whole change places."""
    between = one.with_name("between")
    one.rename(between)
    other.rename(one)
    between.rename(other)


# The writer of files kills its process at one of its steps.
KILLED_IN_THE_WRITER = """
import os, signal
step, real = {step!r}, getattr(os, {step!r})
left = [{after}]
def kill(*arguments, **options):
    if left[0] == 0:
        os.kill(os.getpid(), signal.SIGKILL)
    left[0] -= 1
    return real(*arguments, **options)
setattr(os, step, kill)
"""


def run_killed(script: str, *arguments: object, step: str, after: int = 0) -> None:
    """Run a script that is killed when its writer has come to a step."""
    code = KILLED_IN_THE_WRITER.format(step=step, after=after) + script
    done = subprocess.run([sys.executable, "-c", code, *map(str, arguments)], capture_output=True)
    assert done.returncode == -9, done.stderr.decode()


def run_pair(script: str, rounds: int, *arguments: object) -> list[list[str]]:
    """Two processes, side by side: what each of them printed in every round.

    The script defines ``work(round)``, which returns a line.
    """
    code = script + (
        "\nimport sys\nprint('ready', flush=True)\n"
        "for line in sys.stdin:\n    print(work(int(line)), flush=True)\n"
    )
    pair = [
        subprocess.Popen(
            [sys.executable, "-c", code, *map(str, arguments)],
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
        )
        for _ in range(2)
    ]  # fmt: skip
    told: list[list[str]] = []
    try:
        for process in pair:
            assert process.stdout.readline() == "ready\n", process.communicate()[1]
        for number in range(rounds):
            for process in pair:
                process.stdin.write(f"{number}\n")
                process.stdin.flush()
            told.append([process.stdout.readline() for process in pair])
        for process in pair:
            errors = process.communicate()[1]
            assert (process.returncode, errors) == (0, "")
    finally:
        for process in pair:
            process.kill()
            process.communicate()
    return told
