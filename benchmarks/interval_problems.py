"""Synthetic problems whose true learning curves are computed from fresh draws."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from interval_problem import N_TEST, FloatArray, Problem
from sklearn.datasets import make_friedman1
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.neighbors import KNeighborsRegressor
from sklearn.tree import DecisionTreeRegressor

from riskcast._statistics import standard_error

MOST_REPETITIONS = 300


@dataclass(frozen=True)
class SyntheticProblem(Problem):
    """Problem with unlimited synthetic data.

    Tests compare with the label or, in regression, with the noiseless target; `noise` is
    then added to the error.
    """

    draw: Callable[[np.random.Generator, int], tuple[FloatArray, FloatArray, FloatArray]]
    noise: float = 0.0

    def true_risk(self, size: int) -> tuple[float, float]:
        """Mean over fresh training sets of the risk on fresh rows, and its standard error.

        Uses at least twelve training sets, and more until the error is below one percent.
        """
        risks: list[float] = []
        for repetition in range(MOST_REPETITIONS):
            if repetition >= 12 and standard_error(risks) < 0.01 * np.mean(risks):
                break
            random = self.seed(1, size, repetition)
            X, y, _ = self.draw(random, size)
            if self.is_classes and len(np.unique(y)) < 2:
                continue
            rows, _, truth = self.draw(random, N_TEST)
            risks.append(self.judged(X, y, rows, truth) + self.noise)
        return float(np.mean(risks)), float(standard_error(risks))


def linear(
    eigenvalues: FloatArray, coefficients: FloatArray, noise: float, heavy_tails: bool = False
) -> Callable[..., Any]:
    """Gaussian rows with a given covariance spectrum, a linear target and noise."""
    scales = np.sqrt(eigenvalues)

    def draw(random: np.random.Generator, size: int) -> tuple[FloatArray, ...]:
        X = random.standard_normal((size, len(scales))) * scales
        truth = X @ coefficients
        tails = random.standard_t(5, size) * np.sqrt(3 / 5) if heavy_tails else None
        gauss = random.standard_normal(size)
        return X, truth + np.sqrt(noise) * (gauss if tails is None else tails), truth

    return draw


def friedman(noise: float) -> Callable[..., Any]:
    """Friedman's smooth function of ten uniform columns."""

    def draw(random: np.random.Generator, size: int) -> tuple[FloatArray, ...]:
        X, truth = make_friedman1(size, random_state=int(random.integers(2**31)))
        X = 2 * X - 1
        return X, truth + np.sqrt(noise) * random.standard_normal(size), truth

    return draw


def classes(n_features: int, n_classes: int, distance: float) -> Callable[..., Any]:
    """Gaussian classes around fixed centres."""
    centres = np.random.default_rng(7).standard_normal((n_classes, n_features))
    centres *= distance / np.sqrt(n_features)

    def draw(random: np.random.Generator, size: int) -> tuple[FloatArray, ...]:
        labels = random.integers(n_classes, size=size)
        X = centres[labels] + random.standard_normal((size, n_features))
        return X, labels, labels

    return draw


def _unit(signal: FloatArray, eigenvalues: FloatArray) -> FloatArray:
    """Scale coefficients to a target of unit variance."""
    return signal / np.sqrt((signal**2 * eigenvalues).sum())


def synthetic_problems() -> list[SyntheticProblem]:
    """Easy and hard problems in regression and classification, for exact models and estimators."""
    flat = np.ones
    power = np.arange(1, 301) ** -1.0
    steep = np.arange(1, 201) ** -1.6
    spiked = np.concatenate([np.full(4, 25.0), np.ones(116)])
    signs = np.sign(np.random.default_rng(5).standard_normal(400))
    sparse = np.concatenate([flat(4), 0.1 * flat(116)])
    make = SyntheticProblem
    rbf = "rbf"
    return [
        make("isotropic, p=50", 100, linear(flat(50), _unit(flat(50), flat(50)), 0.25), 0.25),
        make("isotropic, p=200", 200, linear(flat(200), _unit(flat(200), flat(200)), 1.0), 1.0),
        make("nearly noiseless", 80, linear(flat(60), _unit(flat(60), flat(60)), 0.02), 0.02),
        make("power-law spectrum", 150, linear(power, _unit(signs[:300], power), 0.1), 0.1),
        make("steep spectrum", 300, linear(steep, _unit(signs[:200], steep), 0.5), 0.5),
        make("spiked spectrum", 120, linear(spiked, _unit(sparse, spiked), 0.5), 0.5),
        make("heavy tails", 100, linear(flat(30), _unit(flat(30), flat(30)), 1.0, True), 1.0),
        make("Friedman, linear", 100, friedman(1.0), 1.0),
        make("Friedman, kernel", 150, friedman(1.0), 1.0, kernel=rbf),
        make("two classes", 150, classes(50, 2, 2.0), is_classes=True),
        make("five classes", 200, classes(40, 5, 3.0), is_classes=True),
        make("nearest neighbours", 150, friedman(1.0), 1.0, estimator=KNeighborsRegressor()),
        make(
            "decision tree",
            200,
            friedman(1.0),
            1.0,
            estimator=DecisionTreeRegressor(min_samples_leaf=3, random_state=0),
        ),
        make(
            "logistic regression",
            150,
            classes(30, 3, 2.5),
            estimator=LogisticRegression(max_iter=500),
            is_classes=True,
        ),
        make(
            "least squares",
            120,
            linear(flat(20), _unit(flat(20), flat(20)), 0.5),
            0.5,
            estimator=LinearRegression(),
        ),
        make(
            "random forest",
            150,
            classes(10, 3, 2.0),
            estimator=RandomForestClassifier(15, random_state=0),
            is_classes=True,
        ),
    ]
