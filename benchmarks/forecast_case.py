"""What every case of the forecast benchmark is: rows at hand, and the truth beyond them."""

from __future__ import annotations

import json
import zlib
from abc import ABC, abstractmethod
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import riskcast as rc
from riskcast._statistics import standard_error

FloatArray = NDArray[np.float64]

TRUTHS = Path(__file__).parent / "data" / "forecast_truth.json"
HORIZONS = (2, 4, 8, 16)

_FEWEST, _MOST = 4, 200  # repetitions
_ROUGH, _MORE = 0.015, 4  # a relative error that is worth so many times the work


@dataclass(frozen=True, kw_only=True)
class Case(ABC):
    """A population, a model and a number of rows at hand.

    The risk is the expected squared error, averaged over outputs, of a linear or
    kernel model trained by gradient flow and stopped where its own leave-one-out
    risk is smallest (`GradientFlowRegressor`), averaged over training sets.

    Attributes
    ----------
    name : str
        Also the seed of all its draws.
    n_rows : int
        Rows at hand.
    kernel : None, str or callable
        As `riskcast.forecast` takes it.
    precise : float
        Relative standard error of a truth that ends the repetitions.
    work : float
        Rows squared times repetitions, that a truth may cost.
    """

    name: str
    n_rows: int
    kernel: Any = None
    precise: float = 0.005
    work: float = 3e7

    @property
    @abstractmethod
    def horizons(self) -> tuple[int, ...]:
        """Multiples of the rows at hand at which the truth is known."""

    @property
    def noise_floor(self) -> float | None:
        """Risk with endless rows, if it is known."""
        return None

    @property
    def population(self) -> rc.Population | None:
        """The population, if rows are Gaussian and the model linear."""
        return None

    @abstractmethod
    def draw(self, random: np.random.Generator, size: int) -> tuple[FloatArray, FloatArray]:
        """Rows and targets, drawn from the population."""

    @abstractmethod
    def stopped_risk(self, random: np.random.Generator, size: int) -> float:
        """Risk of one model trained on `size` random rows and stopped by itself."""

    def sample(self, seed: int) -> tuple[FloatArray, FloatArray, dict[str, Any]]:
        """The rows at hand, their targets, and the model as keywords of `riskcast.forecast`."""
        X, y = self.draw(self._random(0, seed), self.n_rows)
        return X, y, {"kernel": self.kernel}

    def truth(self, size: int) -> tuple[float, float]:
        """Mean risk at `size` rows and its standard error, from the stored file."""
        risk, error, _ = truths()[self.name][str(size)]
        return risk, error

    @property
    def is_ready(self) -> bool:
        """Whether the truth is stored at all horizons."""
        stored = truths().get(self.name, {})
        return all(str(self.n_rows * times) in stored for times in (1, *self.horizons))

    def compute_truth(self, size: int, thorough: bool = False) -> tuple[float, float, int]:
        """Mean risk over training sets, its standard error, and their number.

        A thorough one takes up to four times the training sets where the error
        stays large.
        """
        usual = int(np.clip(self.work / size**2, _FEWEST, _MOST))
        risks: list[float] = []
        mean, error = 1.0, np.inf
        while len(risks) < usual * (_MORE if thorough and error > _ROUGH * mean else 1):
            risks.append(self.stopped_risk(self._random(1, size, len(risks)), size))
            mean = float(np.mean(risks))
            if len(risks) >= _FEWEST:
                error = float(standard_error(risks))
            if len(risks) >= 2 * _FEWEST and error < self.precise * mean:
                break
        return mean, error, len(risks)

    def is_rough(self, size: int, truth: list[float]) -> bool:
        """Whether a thorough computation would better a stored truth."""
        risk, error, repetitions = truth
        usual = int(np.clip(self.work / size**2, _FEWEST, _MOST))
        return error > _ROUGH * risk and repetitions < _MORE * usual

    def _random(self, *more: int) -> np.random.Generator:
        return np.random.default_rng([zlib.crc32(self.name.encode()), *more])

    def fitted(self, X: FloatArray, y: FloatArray) -> rc.GradientFlowRegressor:
        """The model, stopped by itself."""
        return rc.GradientFlowRegressor(kernel=self.kernel).fit(X, y)


@cache
def truths() -> dict[str, dict[str, list[float]]]:
    """The stored truths: case, size, then risk, standard error and repetitions."""
    return json.loads(TRUTHS.read_text())
