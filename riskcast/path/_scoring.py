"""Losses of rows, and the risk and standard error computed from them."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import sklearn.metrics
from numpy.typing import NDArray
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin
from sklearn.metrics import get_scorer

from riskcast._statistics import error_of_mean, standard_error

FloatArray = NDArray[np.float64]
RowLoss = Callable[[FloatArray, Any], FloatArray]
"""Maps predictions (rows, T, outputs) and row indices to losses (rows, T)."""

Scoring = str | Callable[..., float]

_JACKKNIFE_BLOCKS = 20


def squared_error(targets: FloatArray) -> RowLoss:
    """Squared error, averaged over outputs."""

    def loss(predictions: FloatArray, rows: Any) -> FloatArray:
        miss = predictions - targets[rows][:, None, :]
        miss *= miss
        return miss[:, :, 0] if miss.shape[2] == 1 else miss.mean(axis=2)

    return loss


def error_rate(labels: NDArray[np.intp]) -> RowLoss:
    """One where the largest output is not the row's class, zero elsewhere."""

    def loss(predictions: FloatArray, rows: Any) -> FloatArray:
        return (predicted_labels(predictions) != labels[rows][:, None]).astype(np.float64)

    return loss


def predicted_labels(predictions: FloatArray) -> NDArray[np.intp]:
    """Class index from one-hot outputs along the last axis; ties go to the first class.

    A single output is that of the second of two classes; the two outputs sum to one.
    """
    if predictions.shape[-1] == 1:
        return (predictions[..., 0] > 0.5).astype(np.intp)
    return predictions.argmax(axis=-1)


def class_scores(predictions: FloatArray) -> FloatArray:
    """One score per class, shape (..., classes), also for two classes."""
    if predictions.shape[-1] == 1:
        return np.concatenate([1.0 - predictions, predictions], axis=-1)
    return predictions


def second_class_margin(predictions: FloatArray) -> FloatArray:
    """Decision function for two classes, positive for the second class, shape (...,).

    Half the difference of the two outputs. If only the second output is kept, that output
    minus one half.
    """
    if predictions.shape[-1] == 1:
        return predictions[..., 0] - 0.5
    return 0.5 * (predictions[..., 1] - predictions[..., 0])


class RiskAccumulator:
    """Accumulate the mean loss at each time, and its standard error, over blocks of rows.

    A group counts as one observation in the standard error.
    """

    def __init__(self, n_moments: int, grouped: bool) -> None:
        self.grouped = grouped
        self.count = 0
        self.units = 0
        self.total = np.zeros(n_moments)
        self.mean = np.zeros(n_moments)
        self.spread = np.zeros(n_moments)
        self.sums: list[tuple[int, FloatArray]] = []

    def add(self, losses: FloatArray) -> None:
        """Add the losses of a block of rows, or of one whole group, shape (rows, T)."""
        self.count += len(losses)
        total = losses.sum(axis=0)
        self.total += total
        if self.grouped:
            self.sums.append((len(losses), total))
            return
        # Combine means and sums of squares of two sets (Chan, Golub and LeVeque 1983).
        mean = total / len(losses)
        centred = losses - mean
        shift = mean - self.mean
        both = self.units + len(losses)
        self.spread += np.einsum("bt,bt->t", centred, centred)
        self.spread += shift**2 * (self.units * len(losses) / both)
        self.mean += shift * (len(losses) / both)
        self.units = both

    def risk(self) -> FloatArray:
        """Mean loss, shape (T,)."""
        return self.total / self.count

    def standard_error(self) -> FloatArray:
        """Standard error of the mean loss, shape (T,); NaN for a single row or group."""
        if not self.grouped:
            return error_of_mean(self.spread, self.units)
        risk = self.risk()
        residual = np.stack([total - size * risk for size, total in self.sums])
        return standard_error(residual) * len(residual) / self.count


def check_scoring(scoring: Any) -> None:
    """Raise early if the scoring is unknown."""
    if not isinstance(scoring, str) or scoring not in ("squared_error", "error_rate"):
        scorer_for(scoring)


def scorer_for(scoring: Scoring) -> Callable[..., float]:
    """Return the scikit-learn scorer of a name, or the callable itself."""
    if callable(scoring):
        _refuse_metric(scoring)
        return scoring
    if not isinstance(scoring, str):
        raise TypeError(f"scoring: must be a name or a callable, got {scoring!r}")
    try:
        return get_scorer(scoring)
    except ValueError as error:
        raise ValueError(
            f"scoring: {scoring!r} is unknown; use 'squared_error', 'error_rate', a scikit-learn "
            "scorer's name (sklearn.metrics.get_scorer_names()) or a scorer"
        ) from error


def _refuse_metric(scoring: Callable[..., float]) -> None:
    """Raise for a metric ``(y_true, y_pred)``; a scorer ``(estimator, X, y)`` is needed."""
    name = getattr(scoring, "__name__", "")
    if getattr(sklearn.metrics, name or "-", None) is scoring:
        raise TypeError(
            f"scoring: got the metric {name}; pass a scorer, "
            f"sklearn.metrics.make_scorer({name}), with greater_is_better=False for a loss"
        )


def scorer_risk(
    scorer: Callable[..., float],
    predictions: FloatArray,
    targets: FloatArray,
    classes: NDArray[Any] | None,
    units: list[NDArray[np.intp]],
) -> tuple[FloatArray, FloatArray]:
    """Negated score of all predictions at each time, and its standard error.

    A score need not be a mean over rows, so the standard error is a jackknife estimate
    over blocks of `units`, the rows or groups that are held out together. It is NaN if
    `units` is empty.
    """
    blocks = [
        np.concatenate(units[k::_JACKKNIFE_BLOCKS])
        for k in range(_JACKKNIFE_BLOCKS)
        if units[k::_JACKKNIFE_BLOCKS]
    ]
    everything = np.arange(len(predictions))
    risk = np.empty(predictions.shape[1])
    error = np.full(predictions.shape[1], np.nan)
    for moment in range(predictions.shape[1]):
        values = predictions[:, moment]
        risk[moment] = -_score(scorer, values, targets, classes)
        kept = [np.setdiff1d(everything, block) for block in blocks]
        parts = np.array([_score(scorer, values[k], targets[k], classes) for k in kept])
        if parts.size:
            error[moment] = np.sqrt((len(parts) - 1) * np.var(parts))
    return risk, error


def _score(
    scorer: Callable[..., float],
    predictions: FloatArray,
    targets: FloatArray,
    classes: NDArray[Any] | None,
) -> float:
    placeholder = np.zeros((len(predictions), 1))
    model: BaseEstimator
    if classes is None:
        model = _KnownRegressor(predictions)
        truth = targets[:, 0] if targets.shape[1] == 1 else targets
    else:
        model = _KnownClassifier(class_scores(predictions), classes)
        truth = classes[predicted_labels(targets)]
    try:
        return float(scorer(model, placeholder, truth))
    except ValueError as error:
        raise ValueError(_why_no_score(truth, classes, error)) from error


def _why_no_score(truth: NDArray[Any], classes: NDArray[Any] | None, error: ValueError) -> str:
    reason = str(error).split(". ")[0]
    gone = [] if classes is None else np.setdiff1d(classes, truth).tolist()
    if gone:
        return (
            f"scoring: has no value on {len(truth)} rows evaluated together, which lack class "
            f"{gone[0]!r} ({reason}); merge or drop rare classes, or use 'error_rate'"
        )
    what = "regression" if classes is None else f"{len(classes)} classes"
    other = "squared_error" if classes is None else "error_rate"
    return f"scoring: is not valid for this {what} ({reason}); use {other!r}, or another scorer"


class _KnownRegressor(RegressorMixin, BaseEstimator):
    """Regressor that returns given predictions, so that scorers can be applied to them."""

    def __init__(self, predictions: FloatArray) -> None:
        self.predictions = predictions
        self.n_features_in_ = 1

    def fit(self, X: Any, y: Any = None) -> _KnownRegressor:
        return self

    def predict(self, X: Any) -> FloatArray:
        return self.predictions[:, 0] if self.predictions.shape[1] == 1 else self.predictions


class _KnownClassifier(ClassifierMixin, BaseEstimator):
    """Classifier that returns given class scores, so that scorers can be applied to them."""

    def __init__(self, scores: FloatArray, classes: NDArray[Any]) -> None:
        self.scores = scores
        self.classes = classes
        self.classes_ = classes
        self.n_features_in_ = 1

    def fit(self, X: Any, y: Any = None) -> _KnownClassifier:
        return self

    def predict(self, X: Any) -> NDArray[Any]:
        return self.classes_[self.scores.argmax(axis=1)]

    def decision_function(self, X: Any) -> FloatArray:
        return second_class_margin(self.scores) if len(self.classes_) == 2 else self.scores

    def predict_proba(self, X: Any) -> FloatArray:
        shares = np.clip(self.scores, 1e-15, None)
        return shares / shares.sum(axis=1, keepdims=True)
