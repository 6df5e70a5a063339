"""Ways to batch: all the same in what they give, the choice measured and remembered."""

import json

import numpy as np
import pytest

from riskcast import lab
from riskcast._files import DamagedFileWarning
from riskcast.lab import batching, batching_choice
from riskcast.lab.descent import rule_of, start, step_settings
from riskcast.lab.records import prepare

TASK = lab.TeacherStudent(4, n_train=20, snr=2.0, n_test=30)
STUDENT = lab.FullyConnected(width=6)
PLAN = lab.Training(learning_rate=0.1)


def parts(number=3):
    jobs = [prepare(TASK, STUDENT, PLAN, seed) for seed in range(number)]
    states, data = zip(*(start(job, PLAN, 0.1) for job in jobs), strict=True)
    advance, look = rule_of(jobs[0].network.layers, step_settings(PLAN))
    return advance, look, list(states), list(data)


def test_all_ways_give_the_same():
    advance, look, states, data = parts()
    found = {}
    for way in ("one_by_one", "map", "vmap", "map_per_device"):
        batch = batching.Batch(advance, look, states, data, way, 10)
        batch.advance_to(4)
        batch.advance_to(9)
        found[way] = np.array(batch.outputs()[1])
        assert [int(step) for step in batch.diverged_steps()] == [-1, -1, -1]
        assert len(batch.networks()) == 3
    for way, outputs in found.items():
        np.testing.assert_allclose(outputs, found["one_by_one"], rtol=1e-4, atol=1e-5, err_msg=way)


def test_the_same_structure_is_compiled_once():
    first, second = parts(), parts()
    assert first[0] is second[0]
    assert batching.compiled(first[0], first[1], "map") is batching.compiled(
        second[0], second[1], "map"
    )


class Recorded:
    """A batch that is as fast as its way says."""

    def __init__(self, way, clock, seconds):
        self.way, self.clock, self.seconds, self.reached = way, clock, seconds, 0

    def advance_to(self, step):
        self.clock[0] += self.seconds[self.way] * (step - self.reached)
        self.reached = step

    def wait(self):
        pass


@pytest.fixture
def measured(monkeypatch, tmp_path):
    """A clock, and ways of known speed; nothing is read from the user's own cache."""
    clock, built = [0.0], []
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(batching_choice, "_measured", {})
    monkeypatch.setattr(batching_choice.time, "perf_counter", lambda: clock[0])

    def build(states, data, way):
        built.append(way)
        return Recorded(way, clock, {"map": 2.0, "vmap": 1.0, "map_per_device": 3.0})

    return build, built


def test_the_fastest_is_taken_and_remembered(measured, monkeypatch, tmp_path):
    build, built = measured
    _, _, states, data = parts()
    assert batching_choice.choose(states, data, 10**9, build) == "vmap"
    assert set(built) >= {"map", "vmap"}
    kept = json.loads((tmp_path / "riskcast" / "batching.json").read_text())
    assert len(kept.pop("checksum")) == 64
    assert list(kept.values()) == ["vmap"]
    assert "cpu" in next(iter(kept)).lower()
    built.clear()
    monkeypatch.setattr(batching_choice, "_measured", {})  # as in another process
    assert batching_choice.choose(states, data, 10, build) == "vmap"
    assert built == []


def test_small_jobs_and_damaged_caches_are_not_in_the_way(measured, tmp_path):
    build, built = measured
    _, _, states, data = parts()
    (tmp_path / "riskcast").mkdir()
    (tmp_path / "riskcast" / "batching.json").write_text("{half")
    with pytest.warns(DamagedFileWarning, match=r"batching.json is damaged \(it is not JSON\)"):
        assert batching_choice.choose(states, data, 10, build) == "map"
    assert batching_choice.choose(states[:1], data[:1], 10**9, build) == "map"
    assert built == []


def test_real_ways_are_measured():
    advance, look, states, data = parts()

    def build(some, their, way):
        return batching.Batch(advance, look, some, their, way, 10)

    seconds = batching_choice.measure(states, data, build)
    assert set(seconds) == set(batching_choice.ways_here())
    assert all(0.0 < taken < 10.0 for taken in seconds.values())
