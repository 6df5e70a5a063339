"""What choosing the best of many moments on the data itself costs, honestly.

The smallest of many estimated risks is optimistic. Splitting the leave-one-out
errors does not show by how much, because every one of them comes from a model
that has seen nearly all rows. So the choice is made again on four fifths of
the rows, by their own leave-one-out risk, and judged on the fifth that had no
part in it (nested cross-validation: Varma and Simon 2006; Cawley and Talbot
2010). Rows are drawn without replacement: a row drawn twice would be its own
hold-out.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from riskcast.filters import Filter
from riskcast.path.estimate import estimated_risk, risk_of
from riskcast.path.losses import Scoring
from riskcast.path.problem import Problem

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

N_FOLDS = 5


class Choice(NamedTuple):
    """What a choice of moment promised and what it gave."""

    promised: float
    """Mean over folds of the smallest risk estimated inside."""

    given: float
    """Risk, on rows that had no part in the choice, of the models so chosen."""


def best_moment(risk: FloatArray) -> int:
    """Index of the smallest risk, those without a value left aside."""
    if np.isnan(risk).all():
        raise ValueError(
            "scoring: has no value at any moment of training, as when a class is missing from the "
            "rows it is judged on; merge or drop classes of few rows, or use 'error_rate'"
        )
    return int(np.nanargmin(risk))


def nested_choice(problem: Problem, filter: Filter, scoring: Scoring) -> Choice:
    """Choose the moment on four fifths of the rows, judge it on the fifth, five times.

    It takes three rows or groups at least: two to choose by, one to judge by.
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
    """Estimated risk at each moment; where no column varies, always that of learning nothing."""
    if inside.data.eigenvalues.size == 0:
        return np.repeat(risk_of(inside.untrained_predictions(), inside, scoring), len(filter))
    return estimated_risk(inside, filter, scoring, with_error=False)[0]
