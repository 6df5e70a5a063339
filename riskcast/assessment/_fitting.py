"""Reduce a table and its comparison to fit the time and memory budget."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace

import numpy as np

from riskcast.assessment._budget import Plan, Work, duration, plan
from riskcast.assessment._comparison import OverBudget, Progress, TooSlow, fitted
from riskcast.assessment._contenders import Contender, contenders_for
from riskcast.assessment._costs import Budget, drawn_rows, measured_work
from riskcast.models import Model
from riskcast.tables import InputError, LearningTable

_SLACK = 3.0  # times its estimated time that another model may take
_SLACK_SHARE = 0.2  # of the budget that another model may take in any case
_FEWEST_GROUPS = 10
_MOST_ROWS_OF_A_KERNEL = 20_000  # without a budget: each matrix takes 3 GB, and several are needed


@dataclass(frozen=True)
class Fitting:
    """The reduced table, model and comparison.

    Attributes
    ----------
    table : LearningTable
        The table, possibly with fewer rows.
    model : Model
        The model on these rows.
    names_left_out : tuple of str
        Models that are left out of the comparison.
    left_out : list of str
        What was left out, with reasons, in sentences.
    watch : callable or None
        Raises `TooSlow` for models that exceed their time limit.
    """

    table: LearningTable
    model: Model
    names_left_out: tuple[str, ...] = ()
    left_out: list[str] = field(default_factory=list)
    watch: Callable[[Contender, int, int], None] | None = None


def fit_to_budget(
    table: LearningTable, model: Model, budget: Budget | None, progress: Progress | None = None
) -> Fitting:
    """Estimate the run time, and leave out rows and other models that exceed the budget.

    Raises
    ------
    InputError
        If the model exceeds the budget even with the fewest rows worth a run; without a
        budget, if a kernel model is given more than 20,000 rows.
    """
    if budget is None:
        _check_size(table, model)
        return Fitting(table, model)
    if progress is not None:
        progress("Estimating the run time", 0, 0)
    entrants = contenders_for(table, model)
    work = measured_work(table, model, entrants, lambda one, rows: fitted(one, table, rows), budget)
    planned = plan(work, budget.seconds, budget.bytes)
    watch = _watch(work, planned, budget)
    if planned.rows == table.n_samples:
        said = [_models_left_out(planned, budget)] if planned.left_out else []
        return Fitting(table, model, planned.left_out, said, watch)
    rows = drawn_rows(table, planned.rows)
    _check_groups(table, rows, budget)
    note = _rows_left_out(table, len(rows), planned, budget)
    said = [note, *([_models_left_out(planned, budget)] if planned.left_out else [])]
    fewer, smaller = table.taken(rows, note), replace(model, X=model.X[rows])
    known = {one.name for one in entrants}
    others = [one.name for one in contenders_for(fewer, smaller) if one.name not in known]
    return Fitting(fewer, smaller, (*planned.left_out, *others), said, watch)


def _check_size(table: LearningTable, model: Model) -> None:
    """Refuse kernel models of more rows than time and memory allow."""
    if model.kernel is not None and table.n_samples > _MOST_ROWS_OF_A_KERNEL:
        raise InputError(
            f"model {model.name}: a kernel model of {table.n_samples:,} rows would take hours; use "
            "--max-rows 5000, or a linear model"
        )


def _check_groups(table: LearningTable, rows: np.ndarray, budget: Budget) -> None:
    if table.groups is not None and len(np.unique(table.groups[rows])) < _FEWEST_GROUPS:
        raise InputError(
            f"--max-minutes {budget.minutes:g}: only {len(rows):,} rows fit, which are fewer than "
            f"{_FEWEST_GROUPS} groups; increase --max-minutes, or use a cheaper model"
        )


def _rows_left_out(table: LearningTable, count: int, planned: Plan, budget: Budget) -> str:
    how = "" if table.task == "regression" else ", stratified by class"
    how = ", whole groups" if table.groups is not None else how
    why = (
        "using all rows would need more memory than is free"
        if planned.short_of_memory
        else f"using all rows would take {duration(planned.whole_seconds)}, more than the "
        f"{budget.minutes:g} minutes that --max-minutes allows"
    )
    return (
        f"{count:,} of {table.n_samples:,} rows were drawn at random{how}: {why}. Every figure is "
        f"for a model trained on {count:,} rows. Change this number with --max-rows."
    )


def _models_left_out(planned: Plan, budget: Budget) -> str:
    return (
        f"Left out of the comparison: {', '.join(planned.left_out)}; with all models the run "
        f"would take longer than the {budget.minutes:g} minutes that --max-minutes allows."
    )


def _watch(work: Work, planned: Plan, budget: Budget) -> Callable[[Contender, int, int], None]:
    started: dict[str, float] = {}

    def watch(entrant: Contender, done: int, total: int) -> None:
        now = budget.clock()
        began = started.setdefault(entrant.name, now)
        if done == 0 or done == total:
            return
        expected = (now - began) / done * total
        if entrant.role == "model":
            whole = expected * (1.0 + work.extra / total)
            if whole > _SLACK * budget.seconds:
                raise OverBudget(
                    f"model {entrant.name}: takes {duration(whole)} on {planned.rows:,} rows, more "
                    f"than --max-minutes {budget.minutes:g} allows; increase it, or use fewer rows "
                    "(--max-rows)"
                )
            return
        estimate = work.of_other(entrant.name, planned.rows) if entrant.name in work.others else 0.0
        if expected > max(_SLACK * estimate, _SLACK_SHARE * budget.seconds):
            raise TooSlow(
                f"it would take {duration(expected)}, too long for --max-minutes {budget.minutes:g}"
            )

    return watch
