"""Base class of interval benchmark problems: available rows, a model, and its true risk."""

from __future__ import annotations

import zlib
from abc import ABC, abstractmethod
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

import riskcast as rc

FloatArray = NDArray[np.float64]

MULTIPLES = np.array([0.25, 0.5, 1.0, 2.0, 4.0, 8.0])
N_TEST = 4000  # test rows per model


@dataclass(frozen=True)
class Problem(ABC):
    """A population, a model and a number of available rows.

    ``draw(random, n)`` of every problem returns rows, targets, and the true values for testing.

    Attributes
    ----------
    name : str
        Name of the problem, which also seeds all its draws.
    n_rows : int
        Number of available rows.
    estimator : estimator, optional
        A scikit-learn model; by default a linear or kernel model with early stopping.
    kernel : None, str or callable
        Kernel, as in `riskcast.forecast`.
    is_classes : bool
        Whether targets are classes, scored by their error rate.
    """

    name: str
    n_rows: int
    estimator: Any = field(default=None, kw_only=True)
    kernel: Any = field(default=None, kw_only=True)
    is_classes: bool = field(default=False, kw_only=True)

    @property
    def scoring(self) -> str:
        """Scoring, as in `riskcast.forecast`."""
        return "error_rate" if self.is_classes else "squared_error"

    @property
    def multiples(self) -> FloatArray:
        """Multiples of the available rows at which the truth is known."""
        return MULTIPLES

    def seed(self, *more: int) -> np.random.Generator:
        """Random generator specific to this problem."""
        return np.random.default_rng([zlib.crc32(self.name.encode()), *more])

    def model(self) -> Any:
        """Return the model as a user would train it."""
        if self.estimator is not None:
            return self.estimator
        kind = rc.GradientFlowClassifier if self.is_classes else rc.GradientFlowRegressor
        return kind(kernel=self.kernel)

    def judged(self, X: FloatArray, y: NDArray[Any], rows: FloatArray, truth: Any) -> float:
        """Error of the model trained on X and y, on rows with known true values."""
        predicted = self.model().fit(X, y).predict(rows)
        if self.is_classes:
            return float(np.mean(predicted != truth))
        return float(np.mean((predicted - truth) ** 2))

    @abstractmethod
    def true_risk(self, size: int) -> tuple[float, float]:
        """Mean risk of models trained on `size` rows, and its standard error."""
