"""Exactly trained linear students on sampled data, which studies compare with theory."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcast._statistics import standard_error
from riskcast.filters import Filter
from riskcast.spectra import Population

__all__ = ["Trained", "mean_trained", "train_linear"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Trained:
    """Measurements of one student along training on one sample.

    Attributes
    ----------
    risk, train_risk, squared_norm : ndarray of shape (T,)
    eigenvalues : ndarray of shape (min(n, p),)
        Eigenvalues of XᵀX/n, ascending, without the zeros of frozen directions.
    """

    risk: FloatArray
    train_risk: FloatArray
    squared_norm: FloatArray
    eigenvalues: FloatArray


def train_linear(
    rng: np.random.Generator,
    population: Population,
    n_samples: int,
    filter: Filter,
    init_variance: float = 0.0,
) -> Trained:
    """Draw Gaussian samples from a population and train on them.

    Parameters
    ----------
    rng : Generator
    population : Population
    n_samples : int
    filter : Filter
        A rule without weight decay, or Ridge with zero initial weights.
    init_variance : float, default 0.0
        Variance of each initial weight.

    Returns
    -------
    Trained
    """
    p, variances = population.n_features, population.eigenvalues
    X = rng.standard_normal((n_samples, p)) * np.sqrt(variances)
    noise = np.sqrt(population.noise_variance) * rng.standard_normal(n_samples)
    y = X @ population.coefficients + noise
    start = np.sqrt(init_variance) * rng.standard_normal(p)
    left, singular, right = np.linalg.svd(X, full_matrices=False)
    learned = filter.shrinkage(singular**2, n_samples)  # (T, r)
    target = left.T @ (y - X @ start)
    moved = learned * target / singular  # distance from the initial weights in each direction
    weights = start + moved @ right
    unexplained = y - X @ start - left @ target
    train = ((1.0 - learned) ** 2 @ target**2 + unexplained @ unexplained) / n_samples
    error = weights - population.coefficients
    return Trained(
        risk=error**2 @ variances + population.noise_variance,
        train_risk=train,
        squared_norm=(weights**2).sum(axis=1),
        eigenvalues=singular[::-1] ** 2 / n_samples,
    )


def mean_trained(
    rng: np.random.Generator,
    population: Population,
    n_samples: int,
    filter: Filter,
    draws: int,
    init_variance: float = 0.0,
) -> dict[str, FloatArray]:
    """Means of the results of `train_linear` over draws, with standard errors.

    Returns
    -------
    dict of str to ndarray of shape (2, T)
        ``risk``, ``train_risk`` and ``squared_norm``; each has the means in the
        first row and the standard errors in the second.
    """
    students = [
        train_linear(rng, population, n_samples, filter, init_variance) for _ in range(draws)
    ]
    return {
        name: _mean_over_error(np.array([getattr(student, name) for student in students]))
        for name in ("risk", "train_risk", "squared_norm")
    }


def _mean_over_error(values: FloatArray) -> FloatArray:
    return np.stack([values.mean(axis=0), standard_error(values)])
