"""Number of directions at each variance, estimated from degrees of freedom at each κ."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from riskcast.learning_curves.spectral._observation import Observation
from riskcast.learning_curves.spectral._slope_prior import SlopePrior

FloatArray = NDArray[np.float64]

STEP = 0.35  # between the logarithms of variances
_BELOW_REACH = 1e4  # the grid extends to the smallest observed κ divided by this
_BELOW_REACH_OF_FINITE_RANK = 50.0
# Prior of the slope of the log number of directions against log variance. Its size must be
# below one asymptotically, because the trace is finite.
_SLOPE_PRIOR = SlopePrior(mean=-0.7, spread=0.3, change=0.4, memory=4.0)
_MOST_STEPS = 60
# Rows that are orthogonal up to rounding have df₂ = 0. Relative to df₁ it is known to this.
_TWICE_FREEDOM_KNOWN_TO = 1e-6


@dataclass(frozen=True)
class ModeDensity:
    """Numbers of directions on a grid of variances.

    Attributes
    ----------
    variances : ndarray of shape (M,)
        Variances, decreasing.
    counts : ndarray of shape (M,)
        Numbers of directions; positive, not necessarily integers.
    endless : bool
        Whether there are infinitely many directions, continuing below the grid.
    """

    variances: FloatArray
    counts: FloatArray
    endless: bool

    def freedom(self, kappa: FloatArray) -> tuple[FloatArray, FloatArray]:
        """df₁ and df₂ at each κ."""
        shares = self.variances / (self.variances + kappa[:, None])
        return shares @ self.counts, shares**2 @ self.counts

    @property
    def decay(self) -> float:
        """Growth rate of the number of directions, ``-d log ν/d log σ``.

        The median over the smaller half of the variances. For a power law it is one over
        the capacity exponent.
        """
        slopes = -np.diff(np.log(self.counts)) / np.diff(np.log(self.variances))
        return float(np.clip(np.median(slopes[len(slopes) // 2 :]), 0.05, 2.0))


def fit_mode_density(observation: Observation) -> ModeDensity:
    """Fit the density to df₁, df₂, the trace and, where known, the rank.

    For a finite rank, by non-negative least squares, which favours few sharp masses
    (as in El Karoui, "Spectrum estimation for large dimensional covariance
    matrices", 2008). For infinitely many directions, by a density that is smooth on a
    log scale and continues as a power law below the range of the data.
    """
    seen, rank = observation.whole, observation.rank
    top = np.log(0.3 * seen.kappa[0])  # κ starts at ten times the largest variance
    below = _BELOW_REACH if rank is None else _BELOW_REACH_OF_FINITE_RANK
    variances = np.exp(np.arange(top, np.log(seen.kappa[-1] / below), -STEP))
    system, wanted = _equations(observation, variances)
    steadied = np.vstack([system, 1e-3 * np.eye(len(variances))])
    counts, _ = optimize.nnls(
        steadied,
        np.concatenate([wanted, np.zeros(len(variances))]),
        maxiter=200 * len(variances),
    )
    if rank is not None:
        kept = counts > 1e-9
        if not kept.any():  # rows are mutually orthogonal, so no direction was detected
            return ModeDensity(np.array([observation.trace / rank]), np.array([float(rank)]), False)
        return ModeDensity(variances[kept], counts[kept], endless=False)
    flat = seen.freedom[-1] / len(variances)
    return ModeDensity(variances, _smooth(system, wanted, variances, counts + flat), endless=True)


def _equations(observation: Observation, variances: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Linear equations for the counts, each divided by its tolerance."""
    seen = observation.whole
    share = (seen.freedom / seen.n_trained) ** 2
    once_error = (0.005 + 0.02 * share)[:, None]
    twice_error = (0.02 + 0.1 * share)[:, None]
    twice = np.maximum(seen.twice_freedom, _TWICE_FREEDOM_KNOWN_TO * seen.freedom)
    shares = variances / (variances + seen.kappa[:, None])
    rows = [
        shares / seen.freedom[:, None] / once_error,
        shares**2 / twice[:, None] / twice_error,
        variances[None] / observation.trace / 0.02,
    ]
    wanted = [1.0 / once_error[:, 0], 1.0 / twice_error[:, 0], np.array([50.0])]
    if observation.rank is not None:
        rows.append(np.full((1, len(variances)), 100.0 / observation.rank))
        wanted.append(np.array([100.0]))
    return np.vstack(rows), np.concatenate(wanted)


def _smooth(
    system: FloatArray, wanted: FloatArray, variances: FloatArray, start: FloatArray
) -> FloatArray:
    """Fit positive counts with the slope prior on their logarithms, by Gauss-Newton."""
    prior, pull = _SLOPE_PRIOR.gaussian(np.log(variances))
    logs = np.log(start)
    for _ in range(_MOST_STEPS):
        counts = np.exp(logs)
        jacobian = system * counts
        gradient = jacobian.T @ (system @ counts - wanted) + prior @ logs - pull
        step = -np.linalg.solve(jacobian.T @ jacobian + prior, gradient)
        largest = float(np.abs(step).max())
        logs += step * min(1.0, 2.0 / largest)
        if largest < 1e-6:
            break
    return np.exp(logs)
