"""Train many networks and compare them with theory.

A task draws the data, a student is the model, and a training says how to fit
it. `train` returns trajectories, `sweep` a data set of many, and `predict` the
theory for the same settings. Names load on first use: tasks, students and the
exact flow of a read-out need only NumPy; everything else needs the extra ``[lab]``.

Examples
--------
>>> from riskcast import lab
>>> task = lab.TeacherStudent(50, n_train=100, snr=1.0, n_test=500)
>>> student = lab.FullyConnected(width=200, trained="readout")
>>> run = lab.train(task, student, seed=[0, 1, 2], rule="gradient_flow", last_time=1e4)
>>> run.test_error.shape == run.times.shape
True
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

# Public name -> module that defines it.
_PUBLIC_NAMES: dict[str, str] = {
    "BatchNormalization": "riskcast.lab.normalization",
    "Draw": "riskcast.lab.tasks",
    "FirstRows": "riskcast.lab.tasks",
    "GivenData": "riskcast.lab.tasks",
    "ModularArithmetic": "riskcast.lab.tasks",
    "SameData": "riskcast.lab.tasks",
    "SparseParity": "riskcast.lab.tasks",
    "Task": "riskcast.lab.tasks",
    "TeacherStudent": "riskcast.lab.tasks",
    "XORClusters": "riskcast.lab.tasks",
    "FullyConnected": "riskcast.lab.students",
    "Network": "riskcast.lab.network",
    "Prediction": "riskcast.lab.prediction",
    "Snapshot": "riskcast.lab.snapshots",
    "Training": "riskcast.lab.settings",
    "Trajectory": "riskcast.lab.trajectory",
    "predict": "riskcast.lab.prediction",
    "load": "riskcast.lab.sweeps",
    "sweep": "riskcast.lab.sweeps",
    "train": "riskcast.lab.runs",
    "use_host_devices": "riskcast.lab.batching",
}

__all__ = [
    "BatchNormalization",
    "Draw",
    "FirstRows",
    "FullyConnected",
    "GivenData",
    "ModularArithmetic",
    "Network",
    "Prediction",
    "SameData",
    "Snapshot",
    "SparseParity",
    "Task",
    "TeacherStudent",
    "Training",
    "Trajectory",
    "XORClusters",
    "load",
    "observables",
    "predict",
    "sweep",
    "train",
    "use_host_devices",
]

if TYPE_CHECKING:
    from riskcast.lab import observables
    from riskcast.lab.batching import use_host_devices
    from riskcast.lab.network import Network
    from riskcast.lab.normalization import BatchNormalization
    from riskcast.lab.prediction import Prediction, predict
    from riskcast.lab.runs import train
    from riskcast.lab.settings import Training
    from riskcast.lab.snapshots import Snapshot
    from riskcast.lab.students import FullyConnected
    from riskcast.lab.sweeps import load, sweep
    from riskcast.lab.tasks import (
        Draw,
        FirstRows,
        GivenData,
        ModularArithmetic,
        SameData,
        SparseParity,
        Task,
        TeacherStudent,
        XORClusters,
    )
    from riskcast.lab.trajectory import Trajectory


def __getattr__(name: str) -> Any:
    if name in _PUBLIC_NAMES:
        value = getattr(importlib.import_module(_PUBLIC_NAMES[name]), name)
        globals()[name] = value
        return value
    if name == "observables":
        return importlib.import_module("riskcast.lab.observables")
    raise AttributeError(f"module 'riskcast.lab' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
