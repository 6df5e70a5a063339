"""Models compared on the same held-out rows."""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import AbstractContextManager
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast import _statistics
from riskcast._threads import threads_for, threads_for_estimator
from riskcast._warning_filters import quietly
from riskcast.assessment._contenders import Contender, Role, contenders_for
from riskcast.assessment._folds import Folds, make_folds
from riskcast.exceptions import one_line
from riskcast.learning_curves._small_samples import widened
from riskcast.models import Model
from riskcast.tables import InputError, LearningTable

FloatArray = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

CLEAR = 2.0  # standard errors above which a difference is clear


@dataclass(frozen=True)
class Result:
    """Result of one model.

    Attributes
    ----------
    name : str
    role : str
        As in `Contender`.
    risk, standard_error : float
        Risk on the held-out rows; the standard error is `widened` for small samples.
    difference, difference_error : float
        Risk minus that of the user's model, and its standard error from paired rows
        (or groups); zero for the user's model.
    """

    name: str
    role: Role
    risk: float
    standard_error: float
    difference: float
    difference_error: float

    @property
    def clearly_better(self) -> bool:
        """Whether it is better than the user's model by more than `CLEAR` standard errors."""
        return self.difference < -CLEAR * self.difference_error

    @property
    def clearly_worse(self) -> bool:
        """Whether it is worse than the user's model by more than `CLEAR` standard errors."""
        return self.difference > CLEAR * self.difference_error


@dataclass(frozen=True)
class Comparison:
    """Results of all models on the same held-out rows.

    Attributes
    ----------
    results : list of Result
        Best first.
    folds : str
        How rows were held out.
    failed : list of str
        Models that could not be fitted, and why.
    residuals : ndarray of shape (n_samples,)
        Residuals of the user's model, as returned by `row_residuals`.
    """

    results: list[Result]
    folds: str
    failed: list[str]
    residuals: FloatArray

    def by_role(self, role: Role) -> Result | None:
        """Return the result with the given role, or None."""
        return next((result for result in self.results if result.role == role), None)

    @property
    def model(self) -> Result:
        """The result of the user's model."""
        return next(result for result in self.results if result.role == "model")

    @property
    def best(self) -> Result:
        """The result with the smallest risk."""
        return self.results[0]


class TooSlow(Exception):
    """A model would exceed its time limit."""


class OverBudget(InputError):
    """The model itself takes longer than the whole run may."""


def compare(
    table: LearningTable,
    model: Model,
    progress: Progress | None = None,
    left_out: Collection[str] = (),
    watch: Callable[[Contender, int, int], None] | None = None,
) -> Comparison:
    """Cross-validate the model, its baselines and its alternatives on the same folds.

    Parameters
    ----------
    table : LearningTable
    model : Model
    progress : callable, optional
        Called as ``progress(stage, done, total)``.
    left_out : collection of str
        Names of models to leave out.
    watch : callable, optional
        Called as ``watch(contender, done, total)`` between folds; may raise `TooSlow` or
        `OverBudget`.
    """
    folds = make_folds(table)
    entrants = [one for one in contenders_for(table, model) if one.name not in left_out]
    judged: list[tuple[Contender, FloatArray]] = []
    failed = []
    for entrant in entrants:

        def tell(done: int, entrant: Contender = entrant) -> None:
            if progress is not None:
                progress(f"Comparing: {entrant.name}", done, len(folds.splits))
            if watch is not None:
                watch(entrant, done, len(folds.splits))

        try:
            judged.append((entrant, held_out_residuals(entrant, table, folds, tell)))
        except (MemoryError, OverBudget):
            raise
        except TooSlow as error:
            failed.append(f"{entrant.name} was left out: {error}.")
        except Exception as error:  # estimators raise all kinds of errors
            if entrant.role == "model":
                raise InputError(
                    f"model {entrant.name}: fails on this table ({one_line(error)})"
                ) from error
            failed.append(f"{entrant.name} failed and was left out: {one_line(error)}")
    own = judged[0][1]
    results = [_result(one, left**2, own**2, table.groups) for one, left in judged]
    results.sort(key=lambda result: result.risk)
    return Comparison(results, folds.description, failed, own)


def held_out_residuals(
    entrant: Contender, table: LearningTable, folds: Folds, tell: Callable[[int], None]
) -> FloatArray:
    """Cross-validated residual of each row.

    The most frequent class is that of all rows. Holding out rows makes their own class rarer, so
    the most frequent class of the others would nearly always be wrong if classes are balanced and
    each group has one class.
    """
    if entrant.role == "untrained" and table.task == "classification":
        guess = fitted(entrant, table, slice(None)).predict(entrant.X)
        return row_residuals(guess, table.y)
    residuals = np.empty(table.n_samples)
    for done, (train, test) in enumerate(folds.splits):
        tell(done)
        with _threads_for(entrant):
            predictions = fitted(entrant, table, train).predict(entrant.X[test])
        residuals[test] = row_residuals(predictions, table.y[test])
    tell(len(folds.splits))
    unknown = int((~np.isfinite(residuals)).sum())
    if unknown:
        raise ValueError(f"it predicts NaN or infinity for {unknown} of {len(residuals)} rows")
    return residuals


def row_residuals(predictions: Any, truth: Any) -> FloatArray:
    """Predicted minus true; for labels, 1 where wrong and 0 elsewhere. Squares are losses."""
    if truth.dtype.kind == "f":
        return np.asarray(np.asarray(predictions, dtype=np.float64).reshape(-1) - truth)
    return (np.asarray(predictions).reshape(-1) != truth).astype(np.float64)


def _threads_for(entrant: Contender) -> AbstractContextManager[Any]:
    own_kernel = getattr(entrant.estimator, "kernel", None) is not None
    if entrant.own_kind and not own_kernel:
        return threads_for(entrant.X.shape)
    return threads_for_estimator(entrant.X)


def fitted(entrant: Contender, table: LearningTable, train: Any) -> Any:
    """Return the contender fitted to rows of the table."""
    from sklearn.base import clone

    from riskcast.estimators import GradientFlowClassifier, GradientFlowRegressor

    estimator = clone(entrant.estimator)
    own_kind = isinstance(estimator, (GradientFlowClassifier, GradientFlowRegressor))
    extra = {"groups": table.groups[train]} if own_kind and table.groups is not None else {}
    # Warnings on convergence and duplicates are reported once, elsewhere.
    with quietly(), _threads_for(entrant):
        return estimator.fit(entrant.X[train], table.y[train], **extra)


def _result(entrant: Contender, losses: FloatArray, own: FloatArray, groups: Any) -> Result:
    return Result(
        entrant.name,
        entrant.role,
        float(losses.mean()),
        widened(standard_error(losses, groups), count_units(len(losses), groups)),
        float((losses - own).mean()),
        standard_error(losses - own, groups),
    )


def count_units(n_samples: int, groups: Any = None) -> int:
    """Return the number of independent units: rows, or groups of rows."""
    return n_samples if groups is None else len(np.unique(groups))


def standard_error(values: FloatArray, groups: Any = None) -> float:
    """Standard error of a mean over rows; rows of a group count as one observation.

    NaN for a single observation.
    """
    centred = values - values.mean()
    if groups is not None:
        centred = np.bincount(groups, weights=centred)
        centred = centred[np.bincount(groups) > 0]
    return float(_statistics.standard_error(centred) * len(centred) / len(values))
