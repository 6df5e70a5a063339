"""Risk estimates from held-out predictions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast.filters import Filter
from riskcast.filters._ridge_mixtures import ResolventMixture
from riskcast.path._dependence import error_inflation
from riskcast.path._leave_group_out import leave_group_out
from riskcast.path._leave_one_out import fold_mixture, leave_one_out
from riskcast.path._problem import Problem
from riskcast.path._scoring import (
    RiskAccumulator,
    RowLoss,
    Scoring,
    error_rate,
    scorer_for,
    scorer_risk,
    squared_error,
)

FloatArray = NDArray[np.float64]

_BLOCK_ELEMENTS = 1_000_000  # elements of the predictions of a block of rows


def held_out_predictions(
    problem: Problem, filter: Filter, mixture: ResolventMixture | None = None
) -> Iterator[tuple[Any, FloatArray]]:
    """Yield rows and their held-out predictions, shape (rows, T, outputs), block by block."""
    if problem.groups is not None:
        yield from leave_group_out(problem, filter)
        return
    yield from leave_one_out(problem, filter, mixture)


def all_held_out_predictions(problem: Problem, filter: Filter) -> FloatArray:
    """Held-out predictions of all rows, shape (n_samples, T, outputs)."""
    everything = np.empty((problem.data.n_samples, len(filter), problem.targets.shape[1]))
    for rows, predictions in held_out_predictions(problem, filter):
        everything[rows] = predictions
    return everything


def estimated_risk(
    problem: Problem, filter: Filter, scoring: Scoring, with_error: bool = True
) -> tuple[FloatArray, FloatArray]:
    """Leave-one-out risk and its standard error at each time, two arrays of shape (T,)."""
    loss = row_loss(problem, scoring)
    if loss is None:
        predictions = all_held_out_predictions(problem, filter)
        return _scored(predictions, problem, scoring, with_error)
    total = RiskAccumulator(len(filter), grouped=problem.groups is not None)
    mixture = fold_mixture(problem.data, filter)
    for rows, predictions in held_out_predictions(problem, filter, mixture):
        total.add(loss(predictions, rows))
    if not with_error or scoring != "squared_error":
        return total.risk(), total.standard_error()
    inflation = error_inflation(problem.data, mixture)
    return total.risk(), total.standard_error() * inflation


def train_risk(problem: Problem, filter: Filter, scoring: Scoring) -> FloatArray:
    """Risk on the training rows, shape (T,)."""
    data, targets, coefficients = problem.data, problem.targets, problem.coefficients
    if scoring == "squared_error":
        left = filter.residual(data.eigenvalues, data.n_samples)
        energy = (left**2) @ (coefficients**2).sum(axis=1) + float((problem.outside**2).sum())
        return energy / targets.size
    shares = filter.shrinkage(data.eigenvalues, data.n_samples)
    mean = targets.mean(axis=0) if data.centred else np.zeros(targets.shape[1])
    learned = np.einsum("tr,ro->rto", shares, coefficients).reshape(len(coefficients), -1)
    loss = row_loss(problem, scoring)

    def fitted(rows: slice) -> FloatArray:
        return mean + (data.vectors[rows] @ learned).reshape(-1, len(filter), targets.shape[1])

    if loss is None:
        return _scored(fitted(slice(None)), problem, scoring, with_error=False)[0]
    height = max(1, _BLOCK_ELEMENTS // max(1, learned.shape[1]))  # all rows would not fit in memory
    total = np.zeros(len(filter))
    for start in range(0, data.n_samples, height):
        rows = slice(start, min(start + height, data.n_samples))
        total += loss(fitted(rows), rows).sum(axis=0)
    return total / data.n_samples


def risk_of(predictions: FloatArray, problem: Problem, scoring: Scoring) -> FloatArray:
    """Risk at each time, from predictions of all rows of shape (n_samples, T, outputs)."""
    loss = row_loss(problem, scoring)
    if loss is None:
        return _scored(predictions, problem, scoring, with_error=False)[0]
    return loss(predictions, slice(None)).mean(axis=0)


def row_loss(problem: Problem, scoring: Scoring) -> RowLoss | None:
    """Loss of individual rows, or None for scores that are not means over rows."""
    if scoring == "squared_error":
        return squared_error(problem.targets)
    if scoring == "error_rate":
        return error_rate(problem.labels)
    return None


def _scored(
    predictions: FloatArray, problem: Problem, scoring: Scoring, with_error: bool
) -> tuple[FloatArray, FloatArray]:
    units = problem.units if with_error else []
    scorer = scorer_for(scoring)
    return scorer_risk(scorer, predictions, problem.targets, problem.classes, units)
