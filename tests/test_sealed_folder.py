"""Folders of parts: begun, gone on with, repaired, and refused to what is not theirs."""

import json
import os
import warnings

import numpy as np
import pytest

from riskcast._files import DamagedFileWarning
from riskcast._sealed_folder import SealedFolder
from tests.damage import DAMAGES, run_killed, run_pair, swap

PLAN = {"width": [4, 9], "snr": 1.0, "noise": float("nan")}
VALUES = {name: np.arange(20.0) + k for k, name in enumerate("abc")}


def folder(path, plan=PLAN):
    opened = SealedFolder(path, "plan.json", ".npy", "test")
    opened.begin(plan, lambda before, now: f"another test: {before['width']}, now {now['width']}")
    return opened


@pytest.fixture
def full(tmp_path):
    opened = folder(tmp_path / "s")
    for name, value in VALUES.items():
        opened.put(name, value)
    return tmp_path / "s"


def found(path, plan=PLAN):
    """Parts that are found, and what is warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        opened = folder(path, plan)
        parts = {name: opened.find(name) for name in VALUES}
    assert all(warning.category is DamagedFileWarning for warning in caught)
    for name, part in parts.items():
        assert part is None or part.tobytes() == VALUES[name].tobytes()
    return [n for n, part in parts.items() if part is not None], [str(w.message) for w in caught]


@pytest.mark.parametrize("left", [".unfinished-a", "x.partial", "tmp1.part", ".unfinished-"])
def test_what_a_kill_in_the_first_write_leaves_is_no_other_thing(tmp_path, left):
    (tmp_path / left).write_text("half")
    assert found(tmp_path) == ([], [])
    assert found(tmp_path) == ([], [])


FILL = """
import sys, numpy as np
from riskcast._sealed_folder import SealedFolder
PLAN = {"width": [4, 9], "snr": 1.0, "noise": float("nan")}
def work(number):
    folder = SealedFolder(f"{sys.argv[1]}/{number}", "plan.json", ".npy", "test")
    folder.begin(PLAN, lambda before, now: "another")
    for k, name in enumerate("abc"):
        if folder.find(name) is None:
            folder.put(name, np.arange(20.0) + k)
"""


@pytest.mark.parametrize(
    ("step", "after", "there"),
    [("mkdir", 0, 0), ("fsync", 0, 0), ("link", 0, 0), ("unlink", 0, 0), ("fsync", 2, 1),
     ("replace", 2, 2), ("unlink", 3, 3)],
)  # fmt: skip
def test_a_kill_at_any_step_of_a_write_loses_nothing_that_was_finished(
    tmp_path, step, after, there
):
    run_killed(f"{FILL}\nwork(0)", tmp_path, step=step, after=after)
    assert found(tmp_path / "0") == (list("abc")[:there], [])
    assert not list((tmp_path / "0").glob(".unfinished-*"))


def test_pairs_of_processes_begin_and_fill_one_folder(tmp_path):
    run_pair(FILL, 40, tmp_path)
    for number in range(40):
        assert found(tmp_path / str(number)) == (list("abc"), [])
        assert not list((tmp_path / str(number)).glob(".unfinished-*"))


def test_of_two_computations_that_begin_at_once_one_is_refused(tmp_path):
    script = """
import os, sys
from riskcast._sealed_folder import SealedFolder
def work(number):
    folder = SealedFolder(f"{sys.argv[1]}/{number}", "plan.json", ".npy", "test")
    try:
        folder.begin({"mine": os.getpid()}, lambda before, now: "refused")
    except ValueError as error:
        return str(error)
    return "begun"
"""
    for told in run_pair(script, 40, tmp_path):
        assert sorted(told) == ["begun\n", "refused\n"]


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_part_is_named_and_not_found(full, damage):
    DAMAGES[damage](full / "b.npy")
    there, told = found(full)
    assert there == ["a", "c"]
    assert len(told) == 1
    assert "b.npy is damaged" in told[0]
    assert "\n" not in told[0]
    opened = folder(full)
    with pytest.raises(ValueError, match=r"b\.npy is damaged .* run its test again"):
        opened.get("b")
    opened.put("b", VALUES["b"])
    assert found(full) == (list("abc"), [])


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_description_is_written_anew(full, damage):
    before = (full / "plan.json").read_bytes()
    DAMAGES[damage](full / "plan.json")
    with pytest.raises(ValueError, match=r"plan\.json is damaged .* run its test again"):
        SealedFolder(full, "plan.json", ".npy", "test").description()
    there, told = found(full)
    assert there == list("abc")
    assert len(told) == 1
    assert "plan.json is damaged" in told[0]
    assert (full / "plan.json").read_bytes() == before
    assert found(full) == (list("abc"), [])


def test_a_description_that_is_gone_is_written_anew(full):
    (full / "plan.json").unlink()
    there, told = found(full)
    assert (there, len(told)) == (list("abc"), 1)
    assert "plan.json is missing" in told[0]


@pytest.mark.parametrize("state", ["damaged", "gone", "whole"])
def test_parts_of_another_computation_are_never_overwritten(full, state):
    if state == "damaged":
        DAMAGES["half"](full / "plan.json")
    elif state == "gone":
        (full / "plan.json").unlink()
    before = {path: path.read_bytes() for path in full.iterdir()}
    with pytest.raises(ValueError, match=r"another test|no other file shows|not empty"):
        folder(full, {**PLAN, "width": [4, 10]})
    assert {path: path.read_bytes() for path in full.iterdir()} == before


def test_parts_of_another_computation_are_not_believed(full, tmp_path):
    other = SealedFolder(tmp_path / "other", "plan.json", ".npy", "test")
    other.begin({**PLAN, "width": [4, 10]}, lambda before, now: "")
    other.put("a", VALUES["a"] + 1.0)
    os.replace(tmp_path / "other" / "a.npy", full / "a.npy")
    there, told = found(full)
    assert (there, len(told)) == (["b", "c"], 1)


def test_parts_that_changed_places_are_not_believed(full):
    swap(full / "a.npy", full / "c.npy")
    there, told = found(full)
    assert (there, len(told)) == (["b"], 2)


def test_a_whole_number_is_the_same_with_and_without_a_point(full):
    assert found(full, {**PLAN, "snr": 1}) == (list("abc"), [])
    assert json.loads((full / "plan.json").read_text())["snr"] == 1.0
