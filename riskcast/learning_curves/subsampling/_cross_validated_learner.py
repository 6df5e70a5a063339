"""Any scikit-learn estimator, trained on subsets of rows and evaluated on the rest."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from sklearn.base import clone
from sklearn.utils import _safe_indexing

from riskcast._threads import threads_for_estimator
from riskcast.learning_curves.subsampling._learner import Learner, Losses
from riskcast.learning_curves.subsampling._scores import best_score, blocks_for, pseudo_values
from riskcast.learning_curves.subsampling._subsets import inside_sizes, window_count
from riskcast.path._ranges import risk_range
from riskcast.path._scoring import Scoring, scorer_for

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

_LARGEST_SHARE = 0.9  # of the rows: ten folds
# Exceptions, besides ValueError, of estimators that cannot be trained on few rows.
_FAILURES = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError)


class CrossValidatedLearner(Learner):
    """An estimator, cloned and fitted for each subset.

    Parameters
    ----------
    estimator : scikit-learn estimator
        Cloned, never fitted itself.
    X : array_like, DataFrame or sparse matrix of shape (n_samples, n_features)
        Rows, as the estimator takes them.
    y : ndarray of shape (n_samples,) or (n_samples, outputs)
        Targets, checked.
    scoring : str or callable
        "squared_error", "error_rate" or a scikit-learn scorer.
    groups : list of ndarray of int or None
        Rows that stay together.
    is_classes : bool
        Whether `y` holds classes.
    """

    def __init__(
        self,
        estimator: Any,
        X: Any,
        y: NDArray[Any],
        scoring: Scoring,
        groups: list[IndexArray] | None,
        is_classes: bool,
    ) -> None:
        self.estimator, self.X, self.y, self.scoring = estimator, X, y, scoring
        self.n_rows, self.is_classes = len(y), is_classes
        self.scoring_reason = f"the estimator is {'a' if is_classes else 'no'} classifier"
        self.groups = groups
        self.labels = np.unique(y, return_inverse=True)[1] if is_classes else None
        self.lowest, self.resolution = best_score(scoring, self.n_rows)
        self.range = risk_range(scoring, len(np.unique(y)) if is_classes else None)
        units = groups if groups is not None else list(np.arange(self.n_rows)[:, None])
        self.blocks = blocks_for(scoring, units)

    def sizes(self) -> IndexArray:
        classes = 1 if self.labels is None else int(self.labels.max()) + 1
        return inside_sizes(int(_LARGEST_SHARE * self.n_rows), 5 * classes)

    def window_count(self, size: int) -> int:
        return window_count(size, self.n_rows, fewest=5, most=10)

    def losses(self, train: IndexArray) -> Losses:
        test = np.setdiff1d(np.arange(self.n_rows), train)
        judged = Losses(np.full(self.n_rows, np.nan), np.full(self.n_rows, np.nan))
        try:
            judged.model[test], judged.untrained[test] = self._losses(train, test)
        except _FAILURES as error:
            raise ValueError(str(error) or type(error).__name__) from error
        return judged

    def _losses(self, train: IndexArray, test: IndexArray) -> Losses:
        with threads_for_estimator(self.X):
            return self._fitted_losses(train, test)

    def _fitted_losses(self, train: IndexArray, test: IndexArray) -> Losses:
        model = clone(self.estimator).fit(_safe_indexing(self.X, train), self.y[train])
        rows, truth = _safe_indexing(self.X, test), self.y[test]
        untrained = self._untrained_losses(train, truth)
        if self.scoring == "squared_error":
            return Losses(_squared_error(model.predict(rows), truth), untrained)
        if self.scoring == "error_rate":
            wrong = np.asarray(model.predict(rows)).reshape(truth.shape) != truth
            return Losses(wrong.astype(np.float64), untrained)
        scorer = scorer_for(self.scoring)

        def score(part: IndexArray) -> float:
            return -float(scorer(model, _safe_indexing(rows, part), truth[part]))

        return Losses(pseudo_values(score, test, self.blocks or []), untrained)

    def _untrained_losses(self, train: IndexArray, truth: NDArray[Any]) -> FloatArray:
        """Losses of the mean or the most frequent class; NaN for scores they may not have."""
        if self.scoring == "squared_error":
            mean = self.y[train].mean(axis=0)
            return _squared_error(np.broadcast_to(mean, truth.shape), truth)
        if self.scoring == "error_rate":
            classes, counts = np.unique(self.y[train], return_counts=True)
            return (truth != classes[counts.argmax()]).astype(np.float64)
        return np.full(len(truth), np.nan)


def _squared_error(predictions: Any, truth: NDArray[Any]) -> FloatArray:
    values = np.asarray(predictions, dtype=np.float64).reshape(truth.shape)
    unknown = int((~np.isfinite(values)).reshape(len(values), -1).any(axis=1).sum())
    if unknown:  # a loss of NaN would mean that the row was not evaluated
        raise ValueError(f"it predicts NaN or infinity for {unknown} of {len(values)} rows")
    miss = (values - truth) ** 2
    return miss if miss.ndim == 1 else miss.mean(axis=1)
