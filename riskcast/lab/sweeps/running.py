"""Run the cells of a sweep that are not finished yet."""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast.lab.runs import Observables, checked_plan, train
from riskcast.lab.settings import Training
from riskcast.lab.students import FullyConnected
from riskcast.lab.tasks import Task
from riskcast.lab.trajectory import Trajectory

from .dataset import gather
from .plans import Cell, SweepPlan
from .store import Store

__all__ = ["run_plan", "sweep"]

Progress = Callable[[str, int, int], None]
Arrays = dict[str, NDArray[Any]]

_KEPT = (
    "times", "relative_times", "train_error", "test_error", "train_loss", "test_loss",
    "tangent_top", "diverged_step", "converged",
)  # fmt: skip


def sweep(
    task: Task,
    student: FullyConnected,
    axes: Mapping[str, Sequence[Any]],
    training: Training | None = None,
    *,
    seeds: int | Sequence[int] = 50,
    store: str | os.PathLike[str] | None = None,
    observables: Observables = (),
    n_jobs: int = 1,
    progress: bool | Progress = True,
    **settings: Any,
) -> Any:
    """Train a student on a task at every combination of the axes' values.

    Parameters
    ----------
    task, student, training
        As in `train`; the axes replace their fields.
    axes : mapping of str to sequence
        Values of any field of task, student or training, such as
        ``{"width": [10, 100], "snr": [1.0, 10.0]}``.
    seeds : int or sequence of int, default 50
        How many seeds, from 0 on, or which. All seeds of a cell are trained together.
    store : path, optional
        Folder for finished cells. A sweep that was killed goes on where it
        was, and damaged cells are computed again, with a warning; one with
        other settings is refused. Several processes may share a folder. By
        default nothing is kept.
    observables : sequence of str, or mapping of str to callable
        As in `train`.
    n_jobs : int, default 1
        Cells to run at a time, as joblib counts: -1 for all cores. Under
        ``joblib.parallel_config(backend="dask")`` they run on a Dask cluster;
        the store is written by the calling process alone.
    progress : bool or callable, default True
        Whether to show progress with time left on a terminal; or a function
        of (stage, done, total).
    **settings
        Fields of `Training` to set or to replace.

    Returns
    -------
    xarray.Dataset
        Axes by name, then "seed" and "record"; units in the attributes. See
        `Trajectory` for the variables.

    Raises
    ------
    ValueError
        If an axis is no field, or the store holds a sweep with other settings.
    RuntimeError
        If some cells could not be run, once all others are finished.

    Examples
    --------
    >>> from riskcast import lab
    >>> data = lab.sweep(
    ...     lab.TeacherStudent(20, n_train=60, teacher="linear", snr=1.0, n_test=300),
    ...     lab.FullyConnected(trained="readout"),
    ...     axes={"width": [20, 60, 200]},
    ...     seeds=4,
    ...     rule="gradient_flow",
    ...     last_time=1e5,
    ... )
    >>> final = data.test_error.isel(record=-1).mean("seed")
    >>> int(final.idxmax("width"))  # as many units as rows: the interpolation threshold
    60
    """
    plan = SweepPlan(
        task, student, checked_plan(task, student, training, settings), axes, seeds, observables
    )
    if progress is True:
        from riskcast._progress import ShownProgress

        with ShownProgress() as shown:
            return run_plan(plan, store, n_jobs, shown)
    return run_plan(plan, store, n_jobs, progress or _silent)


def run_plan(
    plan: SweepPlan, store: str | os.PathLike[str] | None, n_jobs: int, progress: Progress
) -> Any:
    """Run a plan; see `sweep` for the arguments."""
    if store is None:
        with tempfile.TemporaryDirectory(prefix="riskcast-sweep-") as folder:
            return run_plan(plan, folder, n_jobs, progress)
    kept = Store(store)
    cells = plan.cells()
    description = kept.open_for(plan.description())
    _finish(plan, cells, kept, n_jobs, progress)
    return gather(kept, description, cells)


def _silent(stage: str, done: int, total: int) -> None:
    """No progress."""


def _finish(
    plan: SweepPlan, cells: list[Cell], store: Store, n_jobs: int, progress: Progress
) -> None:
    """Run what is missing, and store each cell as it comes in."""
    import joblib

    missing = [cell for cell in cells if not store.has(cell.name)]
    done, failures = len(cells) - len(missing), []
    progress("cells", done, len(cells))
    workers = joblib.Parallel(n_jobs=n_jobs, return_as="generator_unordered", pre_dispatch="all")
    jobs = (joblib.delayed(_run_cell)(cell, plan.seed_list, plan.observables) for cell in missing)
    for name, arrays, failure in workers(jobs):
        if failure is None:
            store.put(name, arrays)
        else:
            failures.append(f"{name}: {failure}")
        done += 1
        progress("cells", done, len(cells))
    if failures:
        raise RuntimeError(
            f"{len(failures)} of {len(cells)} cells could not be run, the others are stored. "
            + "; ".join(failures)
        )


def _run_cell(
    cell: Cell, seeds: list[int], observables: Observables
) -> tuple[str, Arrays, str | None]:
    """One cell, in whatever process; what goes wrong in it does not stop the others."""
    _one_thread_for_workers()
    try:
        run = train(cell.task, cell.student, cell.training, seed=seeds, observables=observables)
    except (ValueError, RuntimeError, ArithmeticError, MemoryError) as error:
        return cell.name, {}, f"{type(error).__name__}: {error}"
    return cell.name, arrays_of(run), None


def arrays_of(run: Trajectory) -> Arrays:
    """A trajectory as named arrays, for a file."""
    arrays = {name: np.asarray(getattr(run, name)) for name in _KEPT}
    arrays["learning_rate_used"] = run.learning_rate  # an axis may be called learning_rate
    for name, value in (
        ("oracle_error", run.oracle_error),
        ("signal_variance", run.signal_variance),
    ):
        arrays[name] = np.asarray(np.nan if value is None else value)
    arrays["n_parameters"] = np.asarray(run.initial[0].n_parameters)
    if run.steps is not None:
        arrays["record_steps"] = run.steps
    return arrays | {f"observable.{name}": value for name, value in run.observables.items()}


def _one_thread_for_workers() -> None:
    """In a worker process, keep JAX from using the cores of the other workers."""
    if multiprocessing.parent_process() is not None and "jax" not in sys.modules:
        os.environ.setdefault("XLA_FLAGS", "--xla_cpu_multi_thread_eigen=false")
