"""The models to compare: the user's model, baselines, and larger or smaller models."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal

import numpy as np

from riskcast.models import Model
from riskcast.models.kernels import named_kernel
from riskcast.tables import LearningTable

Role = Literal["model", "untrained", "simple", "flexible", "same", "smaller", "bigger"]

_OWN_KINDS = (
    "DummyClassifier",
    "DummyRegressor",
    "GradientFlowClassifier",
    "GradientFlowRegressor",
    "HistGradientBoostingClassifier",
    "HistGradientBoostingRegressor",
    "LogisticRegression",
    "RidgeCV",
)
_MOST_ROWS_FOR_KERNEL = 2000  # an alternative should not cost more than the user's model


@dataclass(frozen=True)
class Contender:
    """A model to compare.

    Attributes
    ----------
    name : str
    role : str
        "model" is the user's model; "untrained", "simple" and "flexible" are
        baselines; "same" is a baseline of the same class as the user's model with other
        settings; "smaller" and "bigger" are models of another size.
    estimator : estimator
        Unfitted.
    X : ndarray
        Its input features.
    """

    name: str
    role: Role
    estimator: Any
    X: Any

    @property
    def own_kind(self) -> bool:
        """Whether it is an exact model or a known baseline, whose cost is known."""
        return type(self.estimator).__name__ in _OWN_KINDS


def contenders_for(table: LearningTable, model: Model) -> list[Contender]:
    """Return the user's model, its baselines and its alternatives."""
    from sklearn.dummy import DummyClassifier, DummyRegressor

    classes = table.task == "classification"
    untrained = (
        Contender("predicting the most frequent class", "untrained", DummyClassifier(), table.X)
        if classes
        else Contender("predicting the mean", "untrained", DummyRegressor(), table.X)
    )
    own = Contender(_own_name(model), "model", _own_estimator(model, classes), model.X)
    others = [_simple(table, classes), _flexible(table, classes), *_other_sizes(table, model)]
    different = [_told_apart(one, own) for one in others if not _same(one, own)]
    return [own, untrained, *different]


def _own_name(model: Model) -> str:
    return f"{model.description}, stopped early" if model.exact else model.description


def _own_estimator(model: Model, classes: bool) -> Any:
    return model.estimator if not model.exact else _early_stopped(model.kernel, classes)


def _early_stopped(kernel: Any, classes: bool) -> Any:
    from riskcast.estimators import GradientFlowClassifier, GradientFlowRegressor

    return (GradientFlowClassifier if classes else GradientFlowRegressor)(kernel=kernel)


def _simple(table: LearningTable, classes: bool) -> Contender:
    from sklearn.linear_model import LogisticRegression, RidgeCV

    if classes:
        estimator = LogisticRegression(max_iter=1000)
        return Contender("LogisticRegression", "simple", estimator, table.X)
    return Contender("RidgeCV", "simple", RidgeCV(np.geomspace(1e-3, 1e5, 25)), table.X)


def _flexible(table: LearningTable, classes: bool) -> Contender:
    from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor

    kind = HistGradientBoostingClassifier if classes else HistGradientBoostingRegressor
    return Contender(kind.__name__, "flexible", kind(random_state=0), table.X)


def _other_sizes(table: LearningTable, model: Model) -> list[Contender]:
    """A larger model for a linear model, a smaller one for any other exact model."""
    classes = table.task == "classification"
    if not model.linear:
        if not model.exact:
            return []
        return [
            Contender(
                "linear model, stopped early", "smaller", _early_stopped(None, classes), table.X
            )
        ]
    if table.n_samples > _MOST_ROWS_FOR_KERNEL or _rows_repeat(table.X):
        return []
    kernel = named_kernel("rbf", {}, table.X)
    estimator = _early_stopped(kernel.function, classes)
    return [Contender("rbf kernel, stopped early", "bigger", estimator, table.X)]


def _rows_repeat(X: Any) -> bool:
    """Whether rows repeat: a kernel path must then refit row by row, which is slow."""
    return len(np.unique(X, axis=0)) < len(X)


def _told_apart(one: Contender, own: Contender) -> Contender:
    """Give a baseline of the same class as the user's model another role and name."""
    if one.role in ("smaller", "bigger") or type(one.estimator) is not type(own.estimator):
        return one
    name = f"baseline {one.name}" if one.name == own.name else one.name
    return replace(one, role="same", name=name)


def _same(one: Contender, own: Contender) -> bool:
    """Whether a contender is the same as the user's model."""
    return type(one.estimator) is type(own.estimator) and str(one.estimator) == str(own.estimator)
