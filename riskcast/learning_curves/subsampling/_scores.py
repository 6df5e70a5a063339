"""One value per row for any score, so that all scores have standard errors and correlations.

A squared error or an error rate is already a mean over rows. Any other score is
decomposed by Tukey's jackknife: with the rows in B blocks, block b gets the
pseudo-value ``B s - (B - 1) s₋ᵦ``, with s₋ᵦ the score without it. The mean of the
pseudo-values is the score with its first-order bias removed, and they can be treated
as independent observations (Efron and Tibshirani, "An Introduction to the Bootstrap",
1993, chapter 11).
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast.path._estimate import row_loss
from riskcast.path._problem import Problem
from riskcast.path._ranges import risk_range
from riskcast.path._scoring import Scoring, scorer_for, scorer_risk

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

_BLOCKS = 20
ROW_MEANS = ("squared_error", "error_rate")


def best_score(scoring: Scoring, n_rows: int) -> tuple[float, float]:
    """Best possible value of a risk, and the smallest observable distance from it.

    The best value of a loss (a scorer made with ``greater_is_better=False``) is zero. The
    best value of a score such as accuracy or R² is one, which is minus one as a risk. A
    plain callable is assumed to be a score.
    """
    if scoring == "error_rate":
        return 0.0, 0.5 / n_rows  # half an error
    if risk_range(scoring)[0] == 0.0:
        return 0.0, 0.0
    return -1.0, 0.5 / n_rows


def blocks_for(scoring: Scoring, units: list[IndexArray]) -> list[IndexArray] | None:
    """Blocks of rows for the jackknife; None if every row has its own loss."""
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
        Blocks of all rows; blocks that contain none of `rows` are ignored.

    Raises
    ------
    ValueError
        If the score is not finite, such as R² of a single row.
    """
    places = [np.flatnonzero(np.isin(rows, block)) for block in blocks]
    places = [place for place in places if len(place)]
    everything = np.arange(len(rows))
    whole = score(everything)
    values = np.full(len(rows), whole)
    for place in places:
        without = score(np.setdiff1d(everything, place)) if len(places) > 1 else whole
        pseudo = len(places) * whole - (len(places) - 1) * without
        # Weight blocks of different sizes so that the mean over rows is that over blocks.
        share = len(rows) / (len(places) * len(place))
        values[place] = whole + share * (pseudo - whole)
    if not np.isfinite(values).all():
        raise ValueError(f"the score of {len(rows)} rows, or of a subset of them, is not finite")
    return values


def row_values(
    scoring: Scoring,
    problem: Problem,
    predictions: FloatArray,
    rows: IndexArray,
    blocks: list[IndexArray] | None,
) -> FloatArray:
    """Losses or pseudo-values of an exact model's predictions, of shape (rows, outputs)."""
    loss = row_loss(problem, scoring)
    if loss is not None:
        return loss(predictions[:, None, :], rows)[:, 0]
    targets, scorer = problem.targets[rows], scorer_for(scoring)

    def score(part: IndexArray) -> float:
        values: Any = predictions[part][:, None, :]
        return float(scorer_risk(scorer, values, targets[part], problem.classes, [])[0][0])

    return pseudo_values(score, rows, blocks or [])
