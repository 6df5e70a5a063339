"""Any score as one value a row, so that all scores have means, errors and correlations.

A squared error or an error rate is a mean over rows already. Any other score is
taken apart by Tukey's jackknife: with the rows in B blocks, block b is given the
pseudo-value ``B s - (B - 1) s₋ᵦ``, s₋ᵦ the score without it. Their mean is the score,
less its bias to first order, and they vary as independent observations would
(Efron and Tibshirani, "An Introduction to the Bootstrap", 1993, chapter 11).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast.path.estimate import row_loss
from riskcast.path.losses import Scoring, scorer_for, scorer_risk
from riskcast.path.problem import Problem
from riskcast.path.ranges import risk_range

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

_BLOCKS = 20
ROW_MEANS = ("squared_error", "error_rate")


def best_score(scoring: Scoring, n_rows: int) -> tuple[float, float]:
    """The best value of a risk, and the smallest distance from it that can be seen.

    Losses (scorers made with ``greater_is_better=False``) are best at zero; scores,
    such as accuracy or R², at one, which as a risk is minus one. A plain callable is
    taken for a score.
    """
    if scoring == "error_rate":
        return 0.0, 0.5 / n_rows  # half an error
    if risk_range(scoring)[0] == 0.0:
        return 0.0, 0.0
    return -1.0, 0.5 / n_rows


def blocks_for(scoring: Scoring, units: list[IndexArray]) -> list[IndexArray] | None:
    """The jackknife's blocks of rows; None where every row has a loss of its own."""
    if scoring in ROW_MEANS:
        return None
    order = np.random.default_rng(0).permutation(len(units))
    chosen = [order[k::_BLOCKS] for k in range(min(_BLOCKS, len(units)))]
    return [np.concatenate([units[k] for k in block]) for block in chosen]


def pseudo_values(
    score: Callable[[IndexArray], float], rows: IndexArray, blocks: list[IndexArray]
) -> FloatArray:
    """Jackknife pseudo-values of a score of `rows`, shape (len(rows),).

    Parameters
    ----------
    score : callable
        Maps positions in `rows` to the score of those rows.
    rows : ndarray of int
        The rows.
    blocks : list of ndarray of int
        Blocks of all rows; those without any of `rows` have no part.

    Raises
    ------
    ValueError
        If the score is not a number, as R² of a single row.
    """
    places = [np.flatnonzero(np.isin(rows, block)) for block in blocks]
    places = [place for place in places if len(place)]
    everything = np.arange(len(rows))
    whole = score(everything)
    values = np.full(len(rows), whole)
    for place in places:
        without = score(np.setdiff1d(everything, place)) if len(places) > 1 else whole
        pseudo = len(places) * whole - (len(places) - 1) * without
        # Blocks of different sizes: the mean over rows is then the mean over blocks.
        share = len(rows) / (len(places) * len(place))
        values[place] = whole + share * (pseudo - whole)
    if not np.isfinite(values).all():
        raise ValueError(f"the score of {len(rows)} rows, or of all but some of them, is no number")
    return values


def row_values(
    scoring: Scoring,
    problem: Problem,
    predictions: FloatArray,
    rows: IndexArray,
    blocks: list[IndexArray] | None,
) -> FloatArray:
    """Losses, or pseudo-values, of predictions (rows, outputs) of an exact model."""
    loss = row_loss(problem, scoring)
    if loss is not None:
        return loss(predictions[:, None, :], rows)[:, 0]
    targets, scorer = problem.targets[rows], scorer_for(scoring)

    def score(part: IndexArray) -> float:
        values: Any = predictions[part][:, None, :]
        return float(scorer_risk(scorer, values, targets[part], problem.classes, [])[0][0])

    return pseudo_values(score, rows, blocks or [])
