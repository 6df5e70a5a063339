"""Linear and kernel models on subsets of rows, stopped at their best time, exactly."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from riskcast.learning_curves.learner import Learner, Losses
from riskcast.learning_curves.scores import best_score, blocks_for, row_values
from riskcast.learning_curves.subsets import inside_sizes, window_count
from riskcast.path.estimate import estimated_risk, held_out_predictions
from riskcast.path.leave_group_out import FoldModel
from riskcast.path.risk_path import RiskPath

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

_MOMENTS = 50  # of each subset's path; the risk is flat around its best moment


class ExactLearner(Learner):
    """The model that stops itself: where its own leave-one-out risk is smallest.

    Subsets are factorized in the coordinates of the whole, so a kernel is
    evaluated once. The choice of the moment never sees the rows it is judged on.

    Parameters
    ----------
    path : RiskPath
        The risk path of all rows.
    """

    def __init__(self, path: RiskPath) -> None:
        self.path: RiskPath = path
        self.scoring = path.scoring
        self.problem = path._problem
        self.n_rows = path.n_samples
        self.groups = self.problem.groups
        self.labels = None if self.problem.classes is None else self.problem.labels
        self.lowest, self.resolution = best_score(path.scoring, self.n_rows)
        self.blocks = blocks_for(path.scoring, self.problem.units)
        moments = np.unique(np.linspace(0, len(path.filter) - 1, _MOMENTS).astype(int))
        self.filter = path.filter.at(moments)

    def sizes(self) -> IndexArray:
        classes = 1 if self.labels is None else int(self.labels.max()) + 1
        return inside_sizes(self.n_rows, 3 * classes)

    def window_count(self, size: int) -> int:
        return window_count(size, self.n_rows, fewest=4, most=16)

    def losses(self, train: IndexArray, test: IndexArray) -> Losses:
        problem = self.problem
        model = FoldModel(problem.data, problem.targets, train)
        inside = problem.part(train, model.part)
        risk = estimated_risk(inside, self.filter, self.path.scoring, with_error=False)[0]
        best = int(np.nanargmin(risk))
        predictions = model.predict(test, self.filter.at([best]))[:, 0]
        untrained = np.broadcast_to(model.mean, predictions.shape)
        return Losses(self._values(predictions, test), self._values(untrained, test))

    def whole(self) -> Losses:
        problem, path = self.problem, self.path
        predictions = np.empty_like(problem.targets)
        best = path.filter.at([path.best_index])
        for rows, held_out in held_out_predictions(problem, best):
            predictions[rows] = held_out[:, 0]
        everything = np.arange(self.n_rows)
        untrained = self._means_of_others()
        return Losses(self._values(predictions, everything), self._values(untrained, everything))

    def _means_of_others(self) -> FloatArray:
        """Mean target of all rows but a row's own unit; zero without an intercept."""
        targets = self.problem.targets
        means = np.zeros_like(targets)
        if self.problem.data.centred:
            total = targets.sum(axis=0)
            for rows in self.problem.units:
                means[rows] = (total - targets[rows].sum(axis=0)) / (self.n_rows - len(rows))
        return means

    def _values(self, predictions: FloatArray, rows: IndexArray) -> FloatArray:
        return row_values(self.path.scoring, self.problem, predictions, rows, self.blocks)
