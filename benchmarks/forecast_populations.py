"""Synthetic cases of the forecast benchmark: populations with unlimited samples."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from forecast_case import HORIZONS, Case, FloatArray
from interval_problems import friedman

import riskcast as rc
from riskcast.features import NTK

_N_TEST = 4000


@dataclass(frozen=True, kw_only=True)
class LinearCase(Case):
    """Rows of a given covariance, a linear target and Gaussian noise; model risks are exact.

    Attributes
    ----------
    of : Population
        Spectrum, target and noise.
    elliptical : bool
        Whether each row is scaled at random (multivariate t with 5 degrees of
        freedom), which violates the Gaussian assumption of the theory.
    """

    of: rc.Population = field(repr=False)
    elliptical: bool = False

    @property
    def horizons(self) -> tuple[int, ...]:
        return HORIZONS

    @property
    def noise_floor(self) -> float:
        return self.of.noise_variance

    @property
    def population(self) -> rc.Population | None:
        return None if self.elliptical else self.of

    def draw(self, random: np.random.Generator, size: int) -> tuple[FloatArray, FloatArray]:
        X = random.standard_normal((size, self.of.n_features)) * np.sqrt(self.of.eigenvalues)
        if self.elliptical:  # keeps the covariance
            X *= np.sqrt(3.0 / random.chisquare(5, size))[:, None]
        noise = np.sqrt(self.of.noise_variance) * random.standard_normal(size)
        return X, X @ self.of.coefficients + noise

    def stopped_risk(self, random: np.random.Generator, size: int) -> float:
        model = self.fitted(*self.draw(random, size))
        away = model.coef_ - self.of.coefficients
        signal = away**2 @ self.of.eigenvalues
        return float(signal + model.intercept_**2 + self.of.noise_variance)


@dataclass(frozen=True, kw_only=True)
class TeacherCase(Case):
    """Any rows, a teacher of variance about one and Gaussian noise; evaluated on fresh rows.

    Attributes
    ----------
    teacher : callable
        Maps ``(random, size)`` to rows and noiseless targets.
    noise : float
        Variance of the noise.
    """

    teacher: Callable[[np.random.Generator, int], tuple[FloatArray, FloatArray]] = field(repr=False)
    noise: float

    @property
    def horizons(self) -> tuple[int, ...]:
        return HORIZONS

    @property
    def noise_floor(self) -> float:
        """Noise variance, because the kernels of these cases can represent any teacher."""
        return self.noise

    def draw(self, random: np.random.Generator, size: int) -> tuple[FloatArray, FloatArray]:
        X, truth = self.teacher(random, size)
        return X, truth + np.sqrt(self.noise) * random.standard_normal(size)

    def stopped_risk(self, random: np.random.Generator, size: int) -> float:
        model = self.fitted(*self.draw(random, size))
        X, truth = self.teacher(random, _N_TEST)
        return float(np.mean((model.predict(X) - truth) ** 2)) + self.noise


@dataclass(frozen=True, kw_only=True)
class FeatureCase(TeacherCase):
    """A linear teacher observed through a fixed random ReLU layer.

    Attributes
    ----------
    layer : RandomReLU
        The layer and the teacher behind it.
    """

    layer: RandomReLU = field(repr=False)

    @property
    def noise_floor(self) -> float:
        """Noise variance plus the part of the teacher that the layer cannot represent."""
        return self.noise + self.layer.unreachable


class RandomReLU:
    """Features ``max(0, w·x)`` of Gaussian rows, and the teacher ``β·x`` of variance one."""

    def __init__(self, n_features: int, width: int) -> None:
        random = np.random.default_rng(11)
        self.weights = random.standard_normal((n_features, width)) / np.sqrt(n_features)
        self.target = random.standard_normal(n_features)
        self.target /= np.linalg.norm(self.target)

    def __call__(self, random: np.random.Generator, size: int) -> tuple[FloatArray, FloatArray]:
        X = random.standard_normal((size, len(self.target)))
        return np.maximum(X @ self.weights, 0.0), X @ self.target

    @cached_property
    def unreachable(self) -> float:
        """Least-squares error of the teacher on the features, with an intercept.

        Moments of rectified Gaussians: Cho and Saul, "Kernel methods for deep
        learning" (2009), eq. 6 for degree one; ``E[max(0, w·x) β·x] = w·β / 2``.
        """
        norms = np.linalg.norm(self.weights, axis=0)
        cosine = np.clip(self.weights.T @ self.weights / np.outer(norms, norms), -1.0, 1.0)
        angle = np.arccos(cosine)
        second = np.outer(norms, norms) * (np.sin(angle) + (np.pi - angle) * cosine) / (2 * np.pi)
        covariance = second - np.outer(norms, norms) / (2 * np.pi)
        shared = self.weights.T @ self.target / 2.0
        return float(1.0 - shared @ np.linalg.solve(covariance, shared))


def single_index(n_features: int) -> Callable[..., Any]:
    """``tanh(2 β·x)`` of Gaussian rows."""
    target = np.random.default_rng(12).standard_normal(n_features)
    target /= np.linalg.norm(target)

    def teacher(random: np.random.Generator, size: int) -> tuple[FloatArray, FloatArray]:
        X = random.standard_normal((size, n_features))
        return X, np.tanh(2.0 * X @ target)

    return teacher


def quadratic(n_features: int) -> Callable[..., Any]:
    """Sum of a linear and a quadratic function of Gaussian rows with unequal variances."""
    scales = np.arange(1, n_features + 1) ** -0.25

    def teacher(random: np.random.Generator, size: int) -> tuple[FloatArray, FloatArray]:
        X = random.standard_normal((size, n_features)) * scales
        return X, X[:, :5].sum(axis=1) / 2.0 + (X[:, 0] * X[:, 1] + X[:, 2] * X[:, 3]) / 1.5

    return teacher


def rough_surface() -> Callable[..., Any]:
    """Waves on the square, with amplitudes that fall as a power of the frequency."""
    random = np.random.default_rng(13)
    waves = random.integers(-12, 13, size=(400, 2))
    waves = waves[np.abs(waves).sum(axis=1) > 0]
    amplitudes = np.linalg.norm(waves, axis=1) ** -2.0
    phases = random.uniform(0, 2 * np.pi, len(waves))
    amplitudes *= np.sqrt(2.0 / (amplitudes**2).sum())

    def teacher(random: np.random.Generator, size: int) -> tuple[FloatArray, FloatArray]:
        X = random.uniform(-1, 1, size=(size, 2))
        return X, np.cos(np.pi * X @ waves.T + phases) @ amplitudes

    return teacher


def smooth_function() -> Callable[..., Any]:
    """Friedman's function of ten uniform columns, scaled to variance about one."""
    draw = friedman(0.0)

    def teacher(random: np.random.Generator, size: int) -> tuple[FloatArray, FloatArray]:
        X, _, truth = draw(random, size)
        return X, (truth - 14.4) / 4.9

    return teacher


def exponential_spectrum() -> rc.Population:
    """Population with exponentially decaying variances and slower decay of the target's power."""
    index = np.arange(1, 401)
    variances = np.exp(-index / 25.0)
    powers = np.exp(-index / 60.0)
    return rc.Population(variances, np.sqrt(powers / powers.sum() / variances), 0.02)


def population_cases() -> list[Case]:
    """All synthetic cases."""
    make = rc.Population

    def linear(name: str, n_rows: int, of: rc.Population, **more: Any) -> Case:
        return LinearCase(name=name, n_rows=n_rows, of=of, **more)

    def taught(name: str, n_rows: int, teacher: Any, noise: float, kernel: Any) -> Case:
        return TeacherCase(name=name, n_rows=n_rows, teacher=teacher, noise=noise, kernel=kernel)

    layer = RandomReLU(40, 300)
    return [
        linear("power law 1.2, 0.3, no noise", 100, make.power_law(2000, 1.2, 0.3, np.inf)),
        linear("power law 1.5, 0.5, snr 10", 150, make.power_law(1500, 1.5, 0.5, 10.0)),
        linear("power law 2, 0.2, snr 100", 200, make.power_law(1500, 2.0, 0.2, 100.0)),
        linear("power law 1, 0.6, snr 3", 100, make.power_law(1000, 1.0, 0.6, 3.0)),
        linear("power law 3, 0.1, snr 30", 100, make.power_law(600, 3.0, 0.1, 30.0)),
        linear("isotropic, p=80, snr 5", 100, make.isotropic(80, 5.0)),
        linear("isotropic, p=400, snr 2", 200, make.isotropic(400, 2.0)),
        linear("isotropic, p=1500, snr 20", 250, make.isotropic(1500, 20.0)),
        linear("spiked, p=600, snr 5", 120, make.spiked(600, [60.0] * 4 + [20.0] * 4, 5.0, 0.6)),
        linear(
            "blocks, snr 10",
            150,
            make.block([20, 200, 1000], [10.0, 1.0, 0.05], 10.0, [0.4, 0.4, 0.2]),
        ),
        linear("exponential spectrum, snr 50", 150, exponential_spectrum()),
        linear(
            "elliptical power law, snr 10",
            120,
            make.power_law(800, 1.3, 0.4, 10.0),
            elliptical=True,
        ),
        taught("single index, rbf", 150, single_index(20), 0.05, "rbf"),
        taught("quadratic, NTK", 150, quadratic(15), 0.1, NTK(depth=2, bias_variance=0.1)),
        taught("Friedman, laplacian", 100, smooth_function(), 0.05, "laplacian"),
        taught("rough surface, laplacian", 150, rough_surface(), 0.01, "laplacian"),
        FeatureCase(
            name="linear teacher, ReLU features", n_rows=120, teacher=layer, noise=0.1, layer=layer
        ),
    ]
