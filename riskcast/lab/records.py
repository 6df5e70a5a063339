"""Inputs and records of the training of one seed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcast.lab import targets
from riskcast.lab.network import Network
from riskcast.lab.settings import Training
from riskcast.lab.snapshots import Observable, Snapshot
from riskcast.lab.students import FullyConnected
from riskcast.lab.tasks.draws import Draw, Task

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Job:
    """One seed, ready to be trained."""

    seed: int
    draw: Draw
    network: Network
    targets: FloatArray
    loss: str = "squared"


@dataclass(frozen=True, eq=False)
class Records:
    """Records of one seed; see `Trajectory` for the shapes, without the seed axis."""

    times: FloatArray
    learning_rate: float
    tangent_top: float
    errors_and_losses: tuple[FloatArray, FloatArray, FloatArray, FloatArray]
    observables: dict[str, FloatArray]
    final: Network
    diverged_step: int = -1


def prepare(task: Task, student: FullyConnected, plan: Training, seed: int) -> Job:
    """Return the data, untrained network and targets of one seed."""
    draw = task.draw(seed)
    outputs = targets.n_outputs(draw.n_classes, plan.loss)
    if plan.batch_size is not None and plan.batch_size > draw.n_train:
        raise ValueError(f"batch_size: {plan.batch_size} of {draw.n_train} rows; give fewer rows")
    if plan.batch_size is None and draw.n_train % plan.median_of:
        raise ValueError(
            f"median_of: got {plan.median_of} for {draw.n_train} rows; give a divisor of the rows"
        )
    if student.batch_norm is not None:
        student.batch_norm.check(plan, draw.n_train)
    network = student.network(seed, draw.n_inputs, outputs)
    wanted = targets.encode(draw.y_train, draw.n_classes, outputs)
    return Job(seed, draw, network, wanted, plan.loss)


def summarize(
    job: Job, loss: str, train_outputs: FloatArray, test_outputs: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Train and test error, train and test loss, each (T,), from outputs (T, n, outputs)."""
    draw = job.draw
    train_error, test_error = targets.errors((train_outputs, test_outputs), draw)
    test_targets = targets.encode(draw.y_test, draw.n_classes, test_outputs.shape[-1])
    train_loss = targets.losses(train_outputs, job.targets, loss).mean(axis=-1)
    test_loss = targets.losses(test_outputs, test_targets, loss).mean(axis=-1)
    return train_error, test_error, train_loss, test_loss


def watch(
    job: Job, watched: Mapping[str, Observable], network: Network, time: float
) -> dict[str, FloatArray]:
    """All observables of one network at one time."""
    snapshot = Snapshot(network, job.network, job.draw, job.targets, time, job.loss)
    return {name: np.asarray(look(snapshot), dtype=np.float64) for name, look in watched.items()}


def stacked(seen: Sequence[Mapping[str, FloatArray]]) -> dict[str, FloatArray]:
    """Stack the observables of all times on a first axis."""
    return {name: np.stack([moment[name] for moment in seen]) for name in seen[0]}
