"""Models judged on the same held-out rows, and how sure their order is."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast import _statistics
from riskcast.learning_curves.few_rows import widened
from riskcast.models import Model
from riskcast.tables import InputError, LearningTable
from riskcast.tables.errors import one_line
from riskcast.verdict.contenders import Contender, Role, contenders_for
from riskcast.verdict.folds import Folds, make_folds

FloatArray = NDArray[np.float64]
Progress = Callable[[str, int, int], None]

# What estimators raise that do not suit a table, or were given arguments that do not suit them.
_FAILURES = (ArithmeticError, AttributeError, LookupError, RuntimeError, TypeError, ValueError)
CLEAR = 2.0  # standard errors that a difference must have to be called clear


@dataclass(frozen=True)
class Result:
    """What one model gave.

    Attributes
    ----------
    name : str
    role : str
        As in `Contender`.
    risk, standard_error : float
        On the held-out rows; the error `widened` for few rows.
    difference, difference_error : float
        Risk less that of the model asked about, and its standard error from the
        differences row by row (or group by group); zero for that model itself.
    """

    name: str
    role: Role
    risk: float
    standard_error: float
    difference: float
    difference_error: float

    @property
    def clearly_better(self) -> bool:
        """Better than the model asked about, by more than chance explains."""
        return self.difference < -CLEAR * self.difference_error

    @property
    def clearly_worse(self) -> bool:
        """Worse than the model asked about, by more than chance explains."""
        return self.difference > CLEAR * self.difference_error


@dataclass(frozen=True)
class Comparison:
    """What all models gave on the same held-out rows.

    Attributes
    ----------
    results : list of Result
        Best first.
    folds : str
        How rows were held out.
    failed : list of str
        Models that could not be fitted, and why.
    residuals : ndarray of shape (n_samples,)
        Of the model asked about, as `row_residuals` has them.
    """

    results: list[Result]
    folds: str
    failed: list[str]
    residuals: FloatArray

    def by_role(self, role: Role) -> Result | None:
        """The result with a role, if there is one."""
        return next((result for result in self.results if result.role == role), None)

    @property
    def model(self) -> Result:
        """The model asked about."""
        return next(result for result in self.results if result.role == "model")

    @property
    def best(self) -> Result:
        """The one with the smallest risk."""
        return self.results[0]


def compare(table: LearningTable, model: Model, progress: Progress | None = None) -> Comparison:
    """Cross-validate the model, its baselines and its alternatives on the same folds."""
    folds = make_folds(table)
    entrants = contenders_for(table, model)
    total = len(entrants) * len(folds.splits)
    judged: list[tuple[Contender, FloatArray]] = []
    failed = []
    for number, entrant in enumerate(entrants):

        def tell(done: int, before: int = number * len(folds.splits)) -> None:
            if progress is not None:
                progress("Comparing with baselines", before + done, total)

        try:
            judged.append((entrant, held_out_residuals(entrant, table, folds, tell)))
        except _FAILURES as error:
            if entrant.role == "model":
                raise InputError(
                    f"model {entrant.name}: fails on this table ({one_line(error)})"
                ) from error
            failed.append(f"{entrant.name} failed and is left out: {one_line(error)}")
    own = judged[0][1]
    results = [_result(one, left**2, own**2, table.groups) for one, left in judged]
    results.sort(key=lambda result: result.risk)
    return Comparison(results, folds.description, failed, own)


def held_out_residuals(
    entrant: Contender, table: LearningTable, folds: Folds, tell: Callable[[int], None]
) -> FloatArray:
    """Each row's residual by a model trained on the folds without it.

    The commonest class is that of all rows. Holding out rows makes their own class the rarer
    one: guessing the others' commonest would be wrong nearly every time in balanced classes whose
    groups are of one class each.
    """
    if entrant.role == "untrained" and table.task == "classification":
        guess = _fitted(entrant, table, slice(None)).predict(entrant.X)
        return row_residuals(guess, table.y)
    residuals = np.empty(table.n_samples)
    for done, (train, test) in enumerate(folds.splits):
        tell(done)
        fitted = _fitted(entrant, table, train)
        residuals[test] = row_residuals(fitted.predict(entrant.X[test]), table.y[test])
    tell(len(folds.splits))
    unknown = int((~np.isfinite(residuals)).sum())
    if unknown:
        raise ValueError(f"it predicts NaN or infinity for {unknown} of {len(residuals)} rows")
    return residuals


def row_residuals(predictions: Any, truth: Any) -> FloatArray:
    """Predicted less true; for labels, one where wrong and zero elsewhere. Squares are losses."""
    if truth.dtype.kind == "f":
        return np.asarray(np.asarray(predictions, dtype=np.float64).reshape(-1) - truth)
    return (np.asarray(predictions).reshape(-1) != truth).astype(np.float64)


def _fitted(entrant: Contender, table: LearningTable, train: Any) -> Any:
    from sklearn.base import clone

    from riskcast.estimators import GradientFlowClassifier, GradientFlowRegressor

    estimator = clone(entrant.estimator)
    own_kind = isinstance(estimator, (GradientFlowClassifier, GradientFlowRegressor))
    extra = {"groups": table.groups[train]} if own_kind and table.groups is not None else {}
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of convergence and of copies: said once, elsewhere
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
    """How many observations there are: rows, or groups of them."""
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
