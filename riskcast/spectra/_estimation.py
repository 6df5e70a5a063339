"""Estimate a population from one sample, with standard errors."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy import linalg, optimize, sparse

from riskcast._validation import count, in_range, numbers
from riskcast.spectra._population import Population

__all__ = ["PopulationEstimate", "estimate_population"]

FloatArray = NDArray[np.float64]

_PENALTIES = 60  # ridge penalties at which the sample is evaluated
_ATOMS = 60  # grid of variances for the estimate
_ROUNDING = 32.0 * float(np.finfo(float).eps)  # relative range of a column that counts as constant
_STEADYING = 1e-5  # ridge against collinear columns of neighbouring variances
_WIDEST = 1e70  # largest entry at most this, at least one over it: 4th powers stay in range
_MARGIN = 0.02  # the last 2 % of the degrees of freedom are too noisy


class PopulationEstimate(Population):
    """A population estimated from a sample, with jackknife standard errors.

    At each ridge penalty z the sample gives ``κ̂ = 1/tr(K + z)⁻¹``, its degrees of
    freedom, and the risk by generalized cross-validation. The population quantities
    ``df₁(κ) = Σ σ/(σ+κ)`` and ``E(κ) = Σ β²σ κ²/(σ+κ)² + σ²`` must match them at
    every z. These are two linear problems with non-negative unknowns: the number of
    directions and the target power at each variance (the first as in El Karoui 2008,
    the second from Hastie et al. 2022 and Patil et al. 2021).

    Target power in directions of variance far below `reach` cannot be
    distinguished from noise, and counts as noise.

    Attributes
    ----------
    reach : float
        Smallest κ at which the sample was evaluated.
    n_samples : int
        Sample size n.
    replicates : tuple of Population
        Estimates, each with one block of rows left out.
    noise_standard_error, signal_standard_error : float
        Jackknife standard errors of `noise_variance` and `signal_variance`.

    Examples
    --------
    >>> import numpy as np
    >>> import riskcast as rc
    >>> rng = np.random.default_rng(0)
    >>> X = rng.standard_normal((400, 100))
    >>> y = X @ np.full(100, 0.1) + rng.standard_normal(400)
    >>> estimate = rc.Population.from_data(X, y)
    >>> bool(abs(estimate.noise_variance - 1.0) < 3 * estimate.noise_standard_error)
    True
    """

    def __init__(self, whole: _Fit, replicates: tuple[Population, ...], n_samples: int) -> None:
        population = whole.population
        super().__init__(population.eigenvalues, population.coefficients, population.noise_variance)
        self.reach = whole.reach
        self.n_samples = n_samples
        self.replicates = replicates

    def __repr__(self) -> str:
        return (
            f"{super().__repr__()[:-1]} ± {self.noise_standard_error:.2g}, "
            f"estimated from {self.n_samples} samples)"
        )

    @property
    def noise_standard_error(self) -> float:
        """Standard error of `noise_variance`."""
        return float(self.standard_error(lambda population: population.noise_variance))

    @property
    def signal_standard_error(self) -> float:
        """Standard error of `signal_variance`."""
        return float(self.standard_error(lambda population: population.signal_variance))

    def standard_error(self, statistic: Callable[[Population], Any]) -> FloatArray:
        """Jackknife standard error of a statistic of the population.

        Parameters
        ----------
        statistic : callable
            Maps a Population to a number or an array, for example the risk of a risk curve.

        Returns
        -------
        ndarray
            Standard error, in the shape of the statistic (Efron and Stein 1981).
        """
        values = np.array([statistic(replicate) for replicate in self.replicates])
        count = len(values)
        return np.asarray(np.sqrt((count - 1) * np.var(values, axis=0)))


@dataclass(frozen=True)
class _Fit:
    population: Population
    reach: float


def estimate_population(
    X: ArrayLike, y: ArrayLike, fit_intercept: bool = True, n_blocks: int = 10
) -> PopulationEstimate:
    """Estimate a population; the public function is `Population.from_data`."""
    features, targets = _checked_sample(X, y)
    n_samples = len(targets)
    n_blocks = count(n_blocks, "n_blocks")
    if not 2 <= n_blocks <= n_samples // 2:
        raise ValueError(
            f"n_blocks: got {n_blocks} for {n_samples} rows; give between 2 and half the rows"
        )
    if fit_intercept:  # constant columns duplicate the intercept
        size = np.abs(features).max(axis=0)
        features = features[:, np.ptp(features, axis=0) > _ROUNDING * size]
    whole = _fit(features, targets, fit_intercept)
    block_of = np.arange(n_samples) * n_blocks // n_samples
    shuffled = np.random.default_rng(0).permutation(block_of)
    replicates = tuple(
        _fit(features[shuffled != block], targets[shuffled != block], fit_intercept).population
        for block in range(n_blocks)
    )
    return PopulationEstimate(whole, replicates, n_samples)


def _fit(features: FloatArray, targets: FloatArray, fit_intercept: bool) -> _Fit:
    n_features = features.shape[1]
    kappa, freedom, error = _answers(features, targets, fit_intercept)
    atoms = np.geomspace(kappa[-1] / 10.0, 3.0 * kappa[0], _ATOMS)
    counts = _spectrum_counts(atoms, kappa, freedom, n_features)
    atoms, counts = atoms[counts > 0], counts[counts > 0]
    powers, noise = _target_powers(atoms, kappa, error)
    coefficients = np.sqrt(powers / atoms / counts)
    population = Population(np.repeat(atoms, counts), np.repeat(coefficients, counts), noise)
    return _Fit(population, float(kappa[-1]))


def _answers(
    features: FloatArray, targets: FloatArray, fit_intercept: bool
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """κ̂, degrees of freedom and ``E(κ̂)`` at decreasing penalties, each of shape (N,)."""
    samples = len(targets)
    if fit_intercept:
        features, targets = features - features.mean(axis=0), targets - targets.mean()
        features -= features.mean(axis=0)  # correct the rounding error of the first means
        samples -= 1
    left, singular, _ = linalg.svd(features, full_matrices=False)
    values = singular**2
    if values[0] == 0.0:
        raise ValueError(
            "X: varies in only one of the n_blocks blocks of rows; give more rows that vary"
        )
    kept = values > values[0] * 1e-12
    values, seen = values[kept], (left.T @ targets)[kept] ** 2
    unseen = max(0.0, float(targets @ targets - seen.sum()))
    weakest = np.sort(values)[max(0, int(_MARGIN * len(values)))] * _MARGIN
    penalties = np.geomspace(values[0] * 30.0, weakest, _PENALTIES)[:, None]
    shares = values / (values + penalties)
    freedom = shares.sum(axis=1)
    # With n < p the last degrees of freedom depend on single samples.
    usable = freedom < samples * (1.0 - _MARGIN)
    penalty, shares, freedom = penalties[usable, 0], shares[usable], freedom[usable]
    kappa = penalty / (samples - freedom)
    residual = 1.0 - shares
    train = (residual**2 @ seen + unseen) / samples
    risk = train * (samples / (samples - freedom)) ** 2
    # (n - df₂)/n from dκ̂/dz = κ̂² tr(K + z)⁻².
    twice = (residual**2).sum(axis=1) + samples - len(values)
    gap = (samples - freedom) ** 2 / twice
    return kappa, freedom, risk * gap / samples


def _spectrum_counts(
    atoms: FloatArray, kappa: FloatArray, freedom: FloatArray, n_features: int
) -> NDArray[np.int64]:
    """Number of features of each variance: integers that sum to p."""
    rows = atoms / (atoms + kappa[:, None]) / freedom[:, None]
    every = np.full((1, len(atoms)), 1.0 / n_features)
    system = np.vstack([rows, 10.0 * every])
    wanted = np.concatenate([np.ones(len(kappa)), [10.0]])
    masses = _non_negative_fit(system, wanted)
    masses *= n_features / masses.sum()
    # Round the cumulative sum from the top, to keep the few strongest directions.
    cumulative = np.rint(np.cumsum(masses[::-1])).astype(np.int64)
    return np.diff(cumulative, prepend=0)[::-1]


def _target_powers(
    atoms: FloatArray, kappa: FloatArray, error: FloatArray
) -> tuple[FloatArray, float]:
    """Target power at each variance, shape (m,), and the noise variance."""
    responses = (kappa[:, None] / (atoms + kappa[:, None])) ** 2
    system = np.hstack([responses, np.ones((len(kappa), 1))]) / error[:, None]
    solution = _non_negative_fit(system, np.ones(len(kappa)))
    return solution[:-1], float(solution[-1])


def _non_negative_fit(system: FloatArray, wanted: FloatArray) -> FloatArray:
    """Non-negative least squares with a small ridge penalty against collinear columns."""
    columns = system.shape[1]
    steadied = np.vstack([system, _STEADYING * np.eye(columns)])
    solution, _ = optimize.nnls(
        steadied, np.concatenate([wanted, np.zeros(columns)]), maxiter=100 * columns
    )
    return solution


def _checked_sample(X: ArrayLike, y: ArrayLike) -> tuple[FloatArray, FloatArray]:
    if sparse.issparse(X):
        raise ValueError("X: is sparse; pass X.toarray()")
    features, targets = numbers(X, "X"), numbers(y, "y")
    if features.ndim != 2:
        raise ValueError(f"X: got shape {features.shape}; give a table of samples by features")
    if targets.shape != (len(features),):
        raise ValueError(
            f"y: got shape {targets.shape} for {len(features)} rows of X; give one each"
        )
    if len(targets) < 20:
        raise ValueError(f"X: {len(targets)} rows are too few to estimate a population; give 20")
    if not (np.isfinite(features).all() and np.isfinite(targets).all()):
        raise ValueError("X, y: some values are missing or infinite; drop or impute those rows")
    if (np.ptp(features, axis=0) <= _ROUNDING * np.abs(features).max(axis=0)).all():
        raise ValueError("X: every feature is constant; give features that vary")
    if (targets == targets[0]).all():
        raise ValueError("y: is constant; give a target that varies")
    in_range(features, "X", _WIDEST)
    in_range(targets, "y", _WIDEST)
    return features, targets
