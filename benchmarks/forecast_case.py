"""Base class of forecast benchmark cases: available rows and the true risk beyond them."""

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
_ROUGH, _MORE = 0.015, 4  # above this relative error, allow this many times the work


@dataclass(frozen=True, kw_only=True)
class Case(ABC):
    """A population, a model and a number of available rows.

    The risk is the expected squared error, averaged over outputs, of a linear or
    kernel model trained by gradient flow and stopped where its leave-one-out risk
    is smallest (`GradientFlowRegressor`), averaged over training sets.

    Attributes
    ----------
    name : str
        Name of the case, which also seeds all its draws.
    n_rows : int
        Number of available rows.
    kernel : None, str or callable
        Kernel, as in `riskcast.forecast`.
    precise : float
        Relative standard error of the truth at which repetitions stop.
    work : float
        Largest product of rows squared and repetitions for one truth.
    """

    name: str
    n_rows: int
    kernel: Any = None
    precise: float = 0.005
    work: float = 3e7

    @property
    @abstractmethod
    def horizons(self) -> tuple[int, ...]:
        """Multiples of the available rows at which the truth is known."""

    @property
    def noise_floor(self) -> float | None:
        """Risk with unlimited data, if it is known."""
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
        """Risk of one model trained on `size` random rows with early stopping."""

    def sample(self, seed: int) -> tuple[FloatArray, FloatArray, dict[str, Any]]:
        """Available rows, their targets, and keywords of `riskcast.forecast` for the model."""
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

        If `thorough`, use up to four times the training sets while the error
        remains large.
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
        """Whether a thorough computation would improve a stored truth."""
        risk, error, repetitions = truth
        usual = int(np.clip(self.work / size**2, _FEWEST, _MOST))
        return error > _ROUGH * risk and repetitions < _MORE * usual

    def _random(self, *more: int) -> np.random.Generator:
        return np.random.default_rng([zlib.crc32(self.name.encode()), *more])

    def fitted(self, X: FloatArray, y: FloatArray) -> rc.GradientFlowRegressor:
        """The model fitted with early stopping."""
        return rc.GradientFlowRegressor(kernel=self.kernel).fit(X, y)


@cache
def truths() -> dict[str, dict[str, list[float]]]:
    """The stored truths: case, size, then risk, standard error and repetitions."""
    return json.loads(TRUTHS.read_text())
