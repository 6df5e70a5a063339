"""Sweeps: stored whole, resumed without loss, never mixed, gathered with names and units."""

import json
import os
import signal
import subprocess
import sys

import joblib
import numpy as np
import pytest

from riskcast import _files, lab
from riskcast.lab.observables import hidden_spectrum
from riskcast.lab.sweeps import Store, SweepPlan, running

TASK = lab.TeacherStudent(6, n_train=15, snr=2.0, n_test=40)
READOUT = lab.FullyConnected(trained="readout")
FLOW = {"rule": "gradient_flow", "n_records": 5, "progress": False, "seeds": 3}


def test_each_cell_is_what_train_gives(tmp_path):
    axes = {"width": [4, 9], "snr": [1.0, 3.0]}
    data = lab.sweep(
        TASK, READOUT, axes, store=tmp_path / "s", observables=["weight_norms"], **FLOW
    )
    assert data.test_error.dims == ("width", "snr", "seed", "record")
    assert data.weight_norms.dims == ("width", "snr", "seed", "record", "weight_norms_0")
    alone = lab.train(
        lab.TeacherStudent(6, n_train=15, snr=3.0, n_test=40),
        lab.FullyConnected(width=9, trained="readout"),
        rule="gradient_flow", n_records=5, seed=range(3), observables=["weight_norms"],
    )  # fmt: skip
    cell = data.sel(width=9, snr=3.0)
    np.testing.assert_array_equal(cell.test_error, alone.test_error)
    np.testing.assert_array_equal(cell.weight_norms, alone.observables["weight_norms"])
    assert float(cell.oracle_error) == pytest.approx(1 / 3)
    assert int(cell.n_parameters) == 9
    np.testing.assert_allclose(cell.relative_times, alone.relative_times)
    again = lab.load(tmp_path / "s")
    assert again.identical(data)


def test_names_and_units_are_there():
    data = lab.sweep(
        TASK, lab.FullyConnected(), {"width": [4, 9]}, steps=8, progress=False, seeds=2
    )
    assert data.width.attrs["units"] == "hidden units"
    assert data.test_error.attrs["units"] == "squared target"
    assert data.times.attrs["units"] == "gradient-flow time"
    np.testing.assert_array_equal(data.step[[0, -1]], [0, 8])
    assert all("units" in data[name].attrs for name in data.variables if name != "record")
    classes = lab.sweep(
        lab.SparseParity(5, 20),
        READOUT,
        {"width": [4]},
        progress=False,
        seeds=2,
        rule="gradient_flow",
    )
    assert classes.test_error.attrs["units"] == "share of wrong answers"


def test_cells_of_other_sizes_are_filled_with_nan():
    data = lab.sweep(TASK, READOUT, {"width": [4, 9]}, observables=["hidden_spectrum"], **FLOW)
    assert data.hidden_spectrum.shape == (2, 3, 6, 9)
    assert np.isnan(data.hidden_spectrum.sel(width=4)[..., 4:]).all()
    assert np.isfinite(data.hidden_spectrum.sel(width=9)).all()


SCRIPT = """
import sys, time
from riskcast import lab
from riskcast.lab.sweeps import running

def slow(*arguments, run=running.train, **options):
    time.sleep(0.25)
    print("cell", flush=True)
    return run(*arguments, **options)

running.train = slow
task = lab.TeacherStudent(6, n_train=15, snr=2.0, n_test=40)
lab.sweep(task, lab.FullyConnected(trained="readout"), {"width": [2, 3, 4, 5, 6, 7]},
          rule="gradient_flow", n_records=5, progress=False, seeds=3, store=sys.argv[1])
"""


def test_a_sweep_that_is_killed_goes_on_and_loses_nothing(tmp_path, monkeypatch):
    store, widths = tmp_path / "s", [2, 3, 4, 5, 6, 7]
    process = subprocess.Popen(
        [sys.executable, "-c", SCRIPT, str(store)], stdout=subprocess.PIPE, text=True
    )
    for _ in range(3):  # the third cell is being computed, or stored, when the end comes
        process.stdout.readline()
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    process.stdout.close()
    kept = {path.name: path.stat().st_mtime_ns for path in store.glob("*.npz")}
    assert 2 <= len(kept) < 6
    abandoned = f".unfinished-{_files._machine()}-{process.pid}-{'0' * 16}"  # by the one killed
    (store / abandoned).write_bytes(b"half a cell")
    partial = lab.load(store)
    assert np.isnan(partial.test_error.sel(width=7)).all()
    ran = []

    def counted(task, student, *rest, train=running.train, **options):
        ran.append(student.width)
        return train(task, student, *rest, **options)

    monkeypatch.setattr(running, "train", counted)
    data = lab.sweep(TASK, READOUT, {"width": widths}, store=store, **FLOW)
    assert len(ran) == 6 - len(kept)
    for name, moment in kept.items():
        assert (store / name).stat().st_mtime_ns == moment
    monkeypatch.undo()
    whole = lab.sweep(TASK, READOUT, {"width": widths}, **FLOW)
    assert data.equals(whole)
    assert not list(store.glob(".unfinished-*"))


def test_half_a_file_is_never_seen(tmp_path, monkeypatch):
    store = Store(tmp_path)
    store.open_for({"axes": {}})
    store.put("cell", {"a": np.ones(3)})
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    with pytest.raises(OSError, match="disk full"):
        store.put("cell", {"a": np.zeros(3)})
    with pytest.raises(OSError, match="disk full"):
        store.put("other", {"a": np.zeros(3)})
    assert sorted(path.name for path in tmp_path.iterdir()) == ["cell.npz", "sweep.json"]
    np.testing.assert_array_equal(store.get("cell")["a"], np.ones(3))


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"task": lab.TeacherStudent(6, n_train=16, snr=2.0, n_test=40)}, "task.n_train: 15"),
        ({"student": lab.FullyConnected(trained="readout", bias=True)}, "student.bias"),
        ({"n_records": 6}, "training.n_records: 5 in the store, 6 now"),
        ({"seeds": 4}, "seeds"),
        ({"axes": {"width": [4, 10]}}, "axes.width"),
        ({"axes": {"init_scale": [1.0]}}, "axes.init_scale"),
        ({"observables": ["weight_norms"]}, "observables"),
        ({"observables": {"mine": hidden_spectrum}}, "observables"),
    ],
)
def test_other_settings_are_refused_with_what_differs(tmp_path, change, told):
    settings = {"task": TASK, "student": READOUT, "axes": {"width": [4, 9]}, **FLOW}
    lab.sweep(**settings, store=tmp_path)
    before = {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()}
    with pytest.raises(ValueError, match="holds another sweep") as caught:
        lab.sweep(**{**settings, **change}, store=tmp_path)
    assert told in str(caught.value)
    assert {path: path.stat().st_mtime_ns for path in tmp_path.iterdir()} == before


def test_other_data_under_the_same_name_are_noticed(tmp_path):
    X = np.random.default_rng(0).standard_normal((30, 3))
    for shift in (0.0, 1e-9):
        task = lab.GivenData(X + shift, X[:, 0], n_train=10)
        if not shift:
            lab.sweep(task, READOUT, {"width": [3]}, store=tmp_path, **FLOW)
            continue
        with pytest.raises(ValueError, match=r"task\.X"):
            lab.sweep(task, READOUT, {"width": [3]}, store=tmp_path, **FLOW)


def test_a_folder_with_other_things_is_left_alone(tmp_path):
    (tmp_path / "thesis.txt").write_text("years of work")
    with pytest.raises(ValueError, match="not empty"):
        lab.sweep(TASK, READOUT, {"width": [3]}, store=tmp_path, **FLOW)
    with pytest.raises(ValueError, match="is a file"):
        lab.sweep(TASK, READOUT, {"width": [3]}, store=tmp_path / "thesis.txt", **FLOW)
    with pytest.raises(ValueError, match="does not contain a sweep"):
        lab.load(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == ["thesis.txt"]


def test_diverging_runs_are_recorded_and_stop_nothing():
    data = lab.sweep(
        TASK, lab.FullyConnected(width=8), {"learning_rate": [0.1, 1e4]},
        steps=40, n_records=6, seeds=2, progress=False,
    )  # fmt: skip
    np.testing.assert_array_equal(data.diverged_step.values >= 0, [[False] * 2, [True] * 2])
    assert np.isfinite(data.test_error.sel(learning_rate=0.1)).all()
    assert np.isnan(data.test_error.sel(learning_rate=1e4)[:, -1]).all()
    np.testing.assert_array_equal(data.learning_rate_used, [[0.1] * 2, [1e4] * 2])
    np.testing.assert_array_equal(data.learning_rate, [0.1, 1e4])


def fails_when_narrow(snapshot):
    if snapshot.network.layers[0].fan_out == 3:
        raise ValueError("too narrow")
    return 1.0


def test_a_cell_that_fails_is_told_after_all_others_are_stored(tmp_path):
    with pytest.raises(RuntimeError, match=r"1 of 3 cells .*width=3.*too narrow"):
        lab.sweep(
            TASK, READOUT, {"width": [3, 4, 5]}, store=tmp_path,
            observables={"narrow": fails_when_narrow}, **FLOW,
        )  # fmt: skip
    assert len(list(tmp_path.glob("*.npz"))) == 2


def test_processes_give_the_same_and_tell_progress():
    seen = []
    options = {**FLOW, "progress": lambda stage, done, total: seen.append((done, total))}
    with joblib.parallel_config(backend="threading"):
        several = lab.sweep(TASK, READOUT, {"width": [3, 4, 5]}, n_jobs=2, **options)
    assert seen == [(0, 3), (1, 3), (2, 3), (3, 3)]
    assert several.identical(lab.sweep(TASK, READOUT, {"width": [3, 4, 5]}, **FLOW))


def test_a_dask_cluster_runs_the_cells(tmp_path):
    """As on many machines: here a local cluster of one worker."""
    from distributed import Client, LocalCluster

    with (
        LocalCluster(
            n_workers=1, threads_per_worker=1, processes=False, dashboard_address=None
        ) as cluster,
        Client(cluster),
        joblib.parallel_config(backend="dask"),
    ):
        data = lab.sweep(TASK, READOUT, {"width": [3, 4, 5]}, store=tmp_path / "s", **FLOW)
    assert len(list((tmp_path / "s").glob("*.npz"))) == 3
    assert data.identical(lab.sweep(TASK, READOUT, {"width": [3, 4, 5]}, **FLOW))


@pytest.mark.parametrize(
    ("axes", "word"),
    [
        ({"weight": [1]}, "no field"),
        ({"width": []}, "list of values"),
        ({"width": 5}, "list of values"),
        ({"width": [5, 5]}, "twice"),
        ({"width": [0]}, "width"),
        ({"task.width": [3]}, "no field"),
        ({"activation": ["step"]}, "activation"),
    ],
)
def test_impossible_axes_are_refused_before_the_work(axes, word):
    with pytest.raises(ValueError, match=word):
        lab.sweep(TASK, READOUT, axes, **FLOW)


def test_an_owner_can_be_named_and_descriptions_are_json():
    plan = SweepPlan(
        TASK, READOUT, lab.Training(), {"student.width": [3, np.int64(4)]}, seeds=[5, 7]
    )
    description = json.loads(json.dumps(plan.description()))
    assert description["axes"] == {"student.width": [3, 4]}
    assert description["seeds"] == [5, 7]
    assert "width" not in description["student"]
    assert [cell.student.width for cell in plan.cells()] == [3, 4]
