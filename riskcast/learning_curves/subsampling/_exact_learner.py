"""Linear and kernel models on subsets of rows, stopped at their best time."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from riskcast._threads import threads_for
from riskcast.filters import Filter
from riskcast.learning_curves.spectral import MANY_ROWS, Observation, observe
from riskcast.learning_curves.subsampling._learner import Learner, Losses
from riskcast.learning_curves.subsampling._scores import best_score, blocks_for, row_values
from riskcast.learning_curves.subsampling._subsets import N_SIZES, inside_sizes, window_count
from riskcast.path import RiskPath
from riskcast.path._estimate import estimated_risk, held_out_predictions
from riskcast.path._fold_model import FoldModel
from riskcast.path._problem import Problem
from riskcast.path._ranges import risk_range
from riskcast.path._scoring import squared_error

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

_MOMENTS = 34  # times of each subset's path; the risk is flat around its minimum

_LARGEST_SHARE = 0.85  # of the rows, where they are few
_FEWEST_SPECTRAL = 40  # rows for a spectral forecast
_OVERLAP = 1.5  # how often windows of one size use each row, if all rows are evaluated anyway
# From MANY_ROWS on, fewer sizes and windows suffice, together with the leave-one-out risk of all
# rows. With 1,000 to 1,200 rows, forecasts differ by about 0.03 from those with 2.5 times as many
# windows, whose intervals are 5 % narrower.
_SIZES_OF_MANY = 6
_OVERLAP_OF_MANY = 0.25
_MOST_TRAINED = 4000  # rows over windows of one size, at least three windows


class ExactLearner(Learner):
    """Linear or kernel model, stopped where its own leave-one-out risk is smallest.

    Subsets are factorized in the coordinates of all rows, so a kernel is evaluated
    once. The choice of the time never uses the test rows of a subset.

    Parameters
    ----------
    path : RiskPath
        The risk path of all rows.
    """

    def __init__(self, path: RiskPath) -> None:
        self.rank = path._problem.n_directions
        self.path: RiskPath = path
        self.scoring, self.scoring_reason = path.scoring, path.scoring_reason
        # The stopping time is chosen on these same losses. For the error rate of few rows
        # this is too optimistic: on 40 rows of the wine table it halves the risk.
        self.judges_all_rows = path.scoring == "squared_error"
        self.problem = path._problem
        self.n_rows = path.n_samples
        self.is_classes = self.problem.classes is not None
        self.groups = self.problem.groups
        # A class may be missing from a small subset, as it may from a small data set;
        # subsets with all classes in proportion would make small sizes look better.
        self.labels = None
        self.lowest, self.resolution = best_score(path.scoring, self.n_rows)
        classes = self.problem.classes
        self.range = risk_range(path.scoring, None if classes is None else len(classes))
        self.blocks = blocks_for(path.scoring, self.problem.units)
        moments = np.unique(np.linspace(0, len(path.filter) - 1, _MOMENTS).astype(int))
        self.filter = path.filter.at(moments)

    def sizes(self) -> IndexArray:
        classes = 1 if self.problem.classes is None else len(self.problem.classes)
        if self.n_rows >= MANY_ROWS:
            most = _SIZES_OF_MANY if self.judges_all_rows else N_SIZES - 1
            return inside_sizes(self.n_rows, 3 * classes, most)
        largest = self.n_rows if self.judges_all_rows else int(_LARGEST_SHARE * self.n_rows)
        return inside_sizes(largest, 3 * classes)

    def window_count(self, size: int) -> int:
        many = self.n_rows >= MANY_ROWS
        most = int(np.clip(_MOST_TRAINED // self.n_rows, 3, 16))
        if self.judges_all_rows:
            overlap, fewest = (_OVERLAP_OF_MANY, 1) if many else (_OVERLAP, 3)
            return int(np.clip(round(overlap * self.n_rows / size), fewest, most))
        return window_count(size, self.n_rows, fewest=2 if many else 4, most=most)

    def losses(self, train: IndexArray) -> Losses:
        with threads_for((len(train), self.problem.data.coordinates.shape[1])):
            return self._losses(train)

    def _losses(self, train: IndexArray) -> Losses:
        problem = self.problem
        model = problem.fold(train)
        inside = problem.part(train, model.part)
        judged = Losses(np.full(self.n_rows, np.nan), np.full(self.n_rows, np.nan))
        best, learns = 0, inside.data.eigenvalues.size > 0  # False if all training rows are equal
        if self.judges_all_rows:
            untrained = self._values(inside.untrained_predictions()[:, 0], train)
            judged.model[train] = judged.untrained[train] = untrained
            if learns:
                left_out = _left_out_losses(inside, self.filter)
                best = int(np.nanargmin(left_out.mean(axis=0)))
                judged.model[train] = left_out[:, best]
        elif learns:
            risk = estimated_risk(inside, self.filter, self.scoring, with_error=False)[0]
            best = int(np.nanargmin(risk))
        test = np.setdiff1d(np.arange(self.n_rows), train)
        predictions = _predictions(model, test, self.filter.at([best]))
        judged.model[test] = self._values(predictions, test)
        untrained = np.broadcast_to(model.mean, predictions.shape)
        judged.untrained[test] = self._values(untrained, test)
        return judged

    def whole(self) -> Losses | None:
        """Leave-one-out losses at the best time; None for few rows unless all are evaluated."""
        if self.n_rows < MANY_ROWS and not self.judges_all_rows:
            return None
        problem, path = self.problem, self.path
        predictions = np.empty_like(problem.targets)
        best = path.filter.at([path.best_index])
        for rows, held_out in held_out_predictions(problem, best):
            predictions[rows] = held_out[:, 0]
        everything = np.arange(self.n_rows)
        untrained = problem.untrained_predictions()[:, 0]
        return Losses(self._values(predictions, everything), self._values(untrained, everything))

    def observe(self, seed: int) -> Observation | None:
        """Measurements for a spectral forecast, or None if it does not apply.

        It does not apply to groups, to weight decay, or to very few rows.
        """
        decay = getattr(self.path.filter, "weight_decay", 0.0)
        if self.groups is not None or decay or self.n_rows < _FEWEST_SPECTRAL:
            return None
        with threads_for(self.problem.data.vectors.shape):
            return observe(self.problem, self.rank, seed)

    def _values(self, predictions: FloatArray, rows: IndexArray) -> FloatArray:
        return row_values(self.path.scoring, self.problem, predictions, rows, self.blocks)


def _left_out_losses(inside: Problem, filter: Filter) -> FloatArray:
    """Leave-one-out squared errors of a subset at each time, shape (rows, T)."""
    losses = np.empty((inside.data.n_samples, len(filter)))
    for rows, predictions in held_out_predictions(inside, filter):
        losses[rows] = squared_error(inside.targets)(predictions, rows)
    return losses


def _predictions(model: FoldModel, rows: IndexArray, moment: Filter) -> FloatArray:
    """Predictions of rows at a single time, from the weights, shape (len(rows), outputs).

    Cheaper than `HeldOut.predict`, which is meant for many times at once.
    """
    shares = moment.shrinkage(model.part.eigenvalues, model.part.n_samples)[0]
    weights = model.axes @ (shares[:, None] * model.coefficients)
    return model.mean + (model.rows[rows] - model.origin) @ weights
