"""Train a student on a task, for one or many seeds."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast.lab import _checks
from riskcast.lab.readout_flow import ReadoutFlow, is_exact
from riskcast.lab.records import Job, Records, prepare, stacked, summarize, watch
from riskcast.lab.settings import Training
from riskcast.lab.snapshots import Observable, Snapshot
from riskcast.lab.students import FullyConnected
from riskcast.lab.tasks.draws import Task
from riskcast.lab.trajectory import Trajectory

__all__ = ["train"]

FloatArray = NDArray[np.float64]
Observables = Sequence[str] | Mapping[str, Observable]


def train(
    task: Task,
    student: FullyConnected,
    training: Training | None = None,
    *,
    seed: int | Iterable[int] = 0,
    observables: Observables = (),
    batching: str = "auto",
    **settings: Any,
) -> Trajectory:
    """Train a student on a task and record it at log-spaced times.

    Parameters
    ----------
    task : Task
        Draws the data of each seed.
    student : FullyConnected
        The model, initialized anew for each seed.
    training : Training, optional
        Settings of the training; by default ``Training()``.
    seed : int or iterable of int, default 0
        One or many seeds; each has its own data, teacher and initial weights.
    observables : sequence of str, or mapping of str to callable
        Further quantities to record at every recorded time: names from
        `riskcast.lab.observables`, or a mapping of names to functions of a
        `Snapshot`.
    batching : {"auto", "one_by_one", "map", "vmap", "map_per_device"}, default "auto"
        How several seeds share a device; "auto" uses the way that was timed as
        fastest on it.
    **settings
        Fields of `Training` to set or replace.

    Returns
    -------
    Trajectory
        Its first axis is always over seeds.

    Raises
    ------
    ValueError, TypeError
        If a setting is invalid; the message names it.

    Notes
    -----
    Full-batch training of a read-out or a linear model under the squared loss
    is solved exactly by eigendecomposition in double precision, without JAX.
    Other training runs in JAX, by steps in ``precision``. A run stops when its
    loss is not finite or exceeds a million times its initial value; the step is
    recorded, later records are NaN, and other runs are not affected.

    Examples
    --------
    >>> from riskcast import lab
    >>> task = lab.TeacherStudent(20, n_train=60, teacher="linear", snr=2.0)
    >>> student = lab.FullyConnected(width=200, trained="readout")
    >>> run = lab.train(task, student, seed=range(3), rule="gradient_flow", last_time=1e4)
    >>> run.test_error.shape, bool(run.converged.all())
    ((3, 51), True)
    """
    plan = checked_plan(task, student, training, settings)
    seeds = seed_numbers(seed)
    watched = _functions(observables)
    jobs = [prepare(task, student, plan, number) for number in seeds]
    if is_exact(jobs[0].network, plan):
        records = [_solve(job, plan, watched) for job in jobs]
    elif plan.flow:
        from riskcast.lab.gradient_flow import flow_records

        records = [flow_records(job, plan, watched) for job in jobs]
    else:
        from riskcast.lab.descent import descent_records

        records = descent_records(jobs, plan, watched, batching)
    return _gather(task, plan, seeds, jobs, records)


def checked_plan(
    task: Task, student: FullyConnected, training: Training | None, settings: dict[str, Any]
) -> Training:
    """Return the training with its settings applied, after validating all arguments."""
    if not isinstance(task, Task):
        raise TypeError(f"task: got {type(task).__name__}; give a task such as TeacherStudent(...)")
    if not isinstance(student, FullyConnected):
        raise TypeError(f"student: got {type(student).__name__}; give FullyConnected(...)")
    if training is not None and not isinstance(training, Training):
        raise TypeError(f"training: got {type(training).__name__}; give Training(...)")
    known = {setting.name for setting in fields(Training)}
    for name in settings:
        if name not in known:
            raise TypeError(
                f"{name}: not a setting of Training; give one of {', '.join(sorted(known))}"
            )
    return replace(training or Training(), **settings)


def seed_numbers(seed: int | Iterable[int]) -> list[int]:
    """Return the seeds as a list of distinct integers."""
    numbers = list(seed) if isinstance(seed, Iterable) else [seed]
    if not numbers:
        raise ValueError("seed: the list is empty; give at least one")
    checked = [_checks.seed(number) for number in numbers]
    if len(set(checked)) < len(checked):
        raise ValueError("seed: some are given twice; give each once")
    return checked


def _functions(observables: Observables) -> dict[str, Callable[[Snapshot], Any]]:
    if isinstance(observables, Mapping):
        return dict(observables)
    if not observables:
        return {}
    from riskcast.lab.observables import named

    return {name: named(name) for name in observables}


def _solve(job: Job, plan: Training, watched: Mapping[str, Observable]) -> Records:
    """Train a read-out exactly."""
    solved = ReadoutFlow.solve(job.network, job.draw.X_train, job.targets, plan)
    outputs = solved.outputs(job.draw.X_train), solved.outputs(job.draw.X_test)
    seen = [
        watch(job, watched, solved.network_at(index), float(time))
        for index, time in enumerate(solved.times if watched else [])
    ]
    return Records(
        times=solved.times,
        learning_rate=solved.learning_rate,
        tangent_top=solved.tangent_top,
        errors_and_losses=summarize(job, plan.loss, *outputs),
        observables=stacked(seen) if seen else {},
        final=solved.network_at(len(solved.times) - 1),
    )


def _gather(
    task: Task, plan: Training, seeds: list[int], jobs: list[Job], records: list[Records]
) -> Trajectory:
    summary = [
        np.stack(parts) for parts in zip(*(r.errors_and_losses for r in records), strict=True)
    ]
    noise = {job.draw.signal_variance for job in jobs}
    diverged = np.array([record.diverged_step for record in records])
    names = records[0].observables
    return Trajectory(
        seeds=np.array(seeds),
        steps=None if plan.flow else plan.record_steps(),
        times=np.stack([record.times for record in records]),
        learning_rate=np.array([record.learning_rate for record in records]),
        tangent_top=np.array([record.tangent_top for record in records]),
        train_error=summary[0],
        test_error=summary[1],
        train_loss=summary[2],
        test_loss=summary[3],
        diverged_step=diverged,
        converged=_fitted(plan, jobs, summary[0][:, -1]) & (diverged < 0),
        oracle_error=task.oracle_error,
        signal_variance=noise.pop() if len(noise) == 1 else None,
        initial=tuple(job.network for job in jobs),
        final=tuple(record.final for record in records),
        observables={
            name: np.stack([record.observables[name] for record in records]) for name in names
        },
    )


def _fitted(plan: Training, jobs: list[Job], last: FloatArray) -> NDArray[np.bool_]:
    """Whether the final train error is small relative to that of predicting zero."""
    if jobs[0].draw.n_classes:
        return last <= plan.fitted_below
    zero = np.array([np.mean(job.targets**2) for job in jobs])
    with np.errstate(invalid="ignore"):
        return last <= plan.fitted_below * zero
