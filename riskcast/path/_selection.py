"""Nested cross-validation for the choice of the training time.

The smallest of many estimated risks is optimistic. Splitting the leave-one-out
errors does not show by how much, because each of them comes from a model trained
on nearly all rows. Instead the time is chosen on four fifths of the rows by their
leave-one-out risk and evaluated on the remaining fifth (nested cross-validation:
Varma and Simon 2006; Cawley and Talbot 2010). Rows are drawn without replacement,
because a duplicated row would leak into its own test set.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from riskcast.filters import Filter
from riskcast.path._estimate import estimated_risk, risk_of
from riskcast.path._problem import Problem
from riskcast.path._scoring import Scoring

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

N_FOLDS = 5


class Choice(NamedTuple):
    """Estimated and evaluated risk of a chosen training time."""

    promised: float
    """Mean over folds of the smallest risk estimated on the training part."""

    given: float
    """Risk of the chosen models on the rows not used for the choice."""


def best_moment(risk: FloatArray) -> int:
    """Index of the smallest risk, ignoring NaN."""
    if np.isnan(risk).all():
        raise ValueError(
            "scoring: has no value at any training time, for example because a class is missing "
            "from the evaluated rows; merge or drop rare classes, or use 'error_rate'"
        )
    return int(np.nanargmin(risk))


def nested_choice(problem: Problem, filter: Filter, scoring: Scoring) -> Choice:
    """Choose the time on four fifths of the rows and evaluate it on the rest, five times.

    At least three rows or groups are needed: two for the choice, one for the evaluation.
    """
    units = problem.units
    order = np.random.default_rng(0).permutation(len(units))
    predictions = np.empty((problem.data.n_samples, 1, problem.targets.shape[1]))
    promised = 0.0
    for fold in range(min(N_FOLDS, len(units))):
        held_out = np.sort(np.concatenate([units[k] for k in order[fold::N_FOLDS]]))
        kept = np.setdiff1d(np.arange(problem.data.n_samples), held_out)
        model = problem.fold(kept)
        inside = problem.part(kept, model.part)
        risk = _inside_risk(inside, filter, scoring)
        best = best_moment(risk)
        predictions[held_out] = model.hold_out(held_out).predict(filter.at([best]))
        promised += float(risk[best]) * len(held_out) / problem.data.n_samples
    given = risk_of(predictions, problem, scoring)
    return Choice(promised, float(given[0]))


def _inside_risk(inside: Problem, filter: Filter, scoring: Scoring) -> FloatArray:
    """Estimated risk at each time; that of the untrained model if no column varies."""
    if inside.data.eigenvalues.size == 0:
        return np.repeat(risk_of(inside.untrained_predictions(), inside, scoring), len(filter))
    return estimated_risk(inside, filter, scoring, with_error=False)[0]
