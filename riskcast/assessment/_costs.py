"""Estimate how long fits take, from fits of small subsets of the table."""

from __future__ import annotations

import math
import os
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast.assessment._budget import ESTIMATOR_EXTRA, EXACT_EXTRA, Cost, Work
from riskcast.assessment._contenders import Contender
from riskcast.learning_curves.subsampling._subsets import mixed_order
from riskcast.models import Model
from riskcast.tables import LearningTable

IndexArray = NDArray[np.intp]
Clock = Callable[[], float]
Fit = Callable[[Contender, IndexArray], Any]

_FIRST_ROWS = 200
_LONG_ENOUGH = 0.5  # seconds; shorter fits are dominated by timing noise
_NO_SECOND_TRY = 5.0  # seconds; a first fit that takes longer is not repeated
_MOST_BUSY = 8.0  # largest assumed ratio of wall time to processor time
_LONGEST_POWER = 3.0
_CHEAP_ROWS, _CHEAP_ENTRIES = 1000, 1_000_000
_FEW_ROUNDS = 10  # of boosting: all rounds cost the same
_MATRICES_OF_A_KERNEL = 6.0  # of shape (rows, rows), at the same time
_COPIES_OF_ROWS = 5.0


@dataclass(frozen=True)
class Budget:
    """Limits on the time and memory of a run.

    Attributes
    ----------
    minutes : float
        Wall time.
    memory : float or None
        Bytes; by default 70 % of the free memory.
    clock, processor : callable
        Functions that return wall time and processor time in seconds.
    """

    minutes: float = 10.0
    memory: float | None = None
    clock: Clock = time.monotonic
    processor: Clock = time.process_time

    @property
    def seconds(self) -> float:
        """Wall time in seconds."""
        return 60.0 * self.minutes

    @property
    def bytes(self) -> float:
        """Memory in bytes."""
        return 0.7 * free_memory() if self.memory is None else self.memory


def free_memory() -> float:
    """Bytes available without swapping; infinite if unknown."""
    try:
        lines = Path("/proc/meminfo").read_text().splitlines()
        free = 1024.0 * next(int(s.split()[1]) for s in lines if s.startswith("MemAvailable"))
        limit = Path("/sys/fs/cgroup/memory.max")
        if limit.exists() and (text := limit.read_text().strip()).isdigit():
            used = int(Path("/sys/fs/cgroup/memory.current").read_text())
            free = min(free, float(int(text) - used))
        return free
    except (OSError, ValueError, StopIteration):
        pass
    try:
        return 0.5 * os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE")
    except (AttributeError, OSError, ValueError):
        return math.inf


def measured_work(
    table: LearningTable, model: Model, entrants: list[Contender], fit: Fit, budget: Budget
) -> Work:
    """Estimate the cost of the work on a table from fits of a few rows.

    Parameters
    ----------
    table : LearningTable
    model : Model
    entrants : list of Contender
        The user's model comes first.
    fit : callable
        Fits a contender to rows of the table.
    budget : Budget
        Provides the clocks. Processor time gives the cost of each model; the ratio of wall
        time to processor time is taken to be the same for all models.
    """
    order, start, busy_start = _mixed(table), budget.processor(), budget.clock()
    costs = {one.name: _cost(one, table, order, fit, budget.processor) for one in entrants}
    spent, waited = budget.processor() - start, budget.clock() - busy_start
    slower = min(max(waited / spent, 1.0), _MOST_BUSY) if spent > 0.0 else 1.0
    costs = {name: replace(cost, seconds=slower * cost.seconds) for name, cost in costs.items()}
    return Work(
        n_rows=table.n_samples,
        model=costs.pop(entrants[0].name),
        extra=EXACT_EXTRA if model.exact else ESTIMATOR_EXTRA,
        others=costs,
        memory=lambda rows: _memory(model, rows),
    )


def drawn_rows(table: LearningTable, most: int) -> IndexArray:
    """Draw at most `most` rows at random: whole groups, or stratified by class."""
    if most >= table.n_samples:
        return np.arange(table.n_samples)
    units = _mixed_units(table)
    ends = np.cumsum([len(unit) for unit in units])
    count = max(1, int(np.searchsorted(ends, most, side="right")))
    return np.sort(np.concatenate(units[:count]))


def _mixed_units(table: LearningTable) -> list[IndexArray]:
    """Rows, or groups, in a random order of which every prefix is representative."""
    labels = groups = None
    if table.groups is not None:
        codes = np.unique(table.groups, return_inverse=True)[1]
        order = np.argsort(codes, kind="stable")
        groups = np.split(order, np.cumsum(np.bincount(codes))[:-1])
    elif table.task == "classification":
        labels = np.unique(table.y, return_inverse=True)[1]
    return mixed_order(labels, groups, table.n_samples, [0])


def _mixed(table: LearningTable) -> IndexArray:
    return np.concatenate(_mixed_units(table))


def _cost(
    entrant: Contender, table: LearningTable, order: IndexArray, fit: Fit, clock: Clock
) -> Cost:
    """Double the rows until a fit takes long enough to be timed reliably."""
    if _surely_cheap(entrant, table):
        return Cost(0.0, 1, 1.0)
    part, times = _few_rounds(entrant)
    rows, taken = min(_FIRST_ROWS, table.n_samples), []

    def seconds() -> float:
        start = clock()
        try:
            fit(part, order[:rows])
        except Exception:  # perhaps only on few rows: the comparison will show
            return 0.0
        return clock() - start

    first = seconds()  # also imports, and warms up
    if first > _NO_SECOND_TRY:
        taken.append(first)
    while not taken or (taken[-1] < _LONG_ENOUGH and rows < table.n_samples):
        rows = min(2 * rows, table.n_samples) if taken else rows
        taken.append(seconds())
    return Cost(times * taken[-1], rows, _power(entrant, rows, taken[-2:]))


def _power(entrant: Contender, rows: int, taken: list[float]) -> float:
    """Exponent of time in rows: known for usual models, else from the last two fits."""
    if getattr(entrant.estimator, "kernel", None) is not None:
        return _LONGEST_POWER
    if entrant.own_kind:
        exact = "GradientFlow" in type(entrant.estimator).__name__ or entrant.name == "RidgeCV"
        return 2.0 if exact and rows < entrant.X.shape[1] else 1.0
    if len(taken) < 2 or min(taken) <= 0.0:
        return 2.0
    return float(np.clip(math.log2(taken[1] / taken[0]), 1.0, _LONGEST_POWER))


def _few_rounds(entrant: Contender) -> tuple[Contender, float]:
    """A boosted model with few rounds, and the ratio of all rounds to these."""
    if not type(entrant.estimator).__name__.startswith("HistGradientBoosting"):
        return entrant, 1.0
    from sklearn.base import clone

    rounds = max(entrant.estimator.max_iter, _FEW_ROUNDS)
    few = clone(entrant.estimator).set_params(max_iter=_FEW_ROUNDS)
    return replace(entrant, estimator=few), rounds / _FEW_ROUNDS


def _surely_cheap(entrant: Contender, table: LearningTable) -> bool:
    """Whether it is known to take only seconds, so that no measurement is needed."""
    outputs = len(np.unique(table.y)) if table.task == "classification" else 1
    entries = entrant.X.shape[0] * entrant.X.shape[1] * outputs
    few = table.n_samples <= _CHEAP_ROWS and entries <= _CHEAP_ENTRIES
    return entrant.role == "untrained" or (few and entrant.own_kind)


def _memory(model: Model, rows: int) -> float:
    columns = model.X.shape[1]
    if model.kernel is not None:
        return 8.0 * (_MATRICES_OF_A_KERNEL * rows * rows + rows * columns)
    return 8.0 * (_COPIES_OF_ROWS * rows * columns + 3.0 * min(rows, columns) ** 2)
