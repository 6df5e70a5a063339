"""One family fitted to points: its whole posterior, on a grid.

With the level A at the largest size and the share w of it that more data can
remove, a family reads

    log risk(n) = log A + u(n),   u(n) = log(1 - w + w · shape(n; θ) / shape(n₁; θ)),

which is linear in log A. For each w and θ of a grid, log A is fitted by
generalized least squares in closed form (the variable projection of Golub and
Pereyra 1973), so there is no optimizer, no starting point and no local optimum,
and the weights of the grid are the posterior.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from riskcast.learning_curves.curves import Curve

FloatArray = NDArray[np.float64]

_SHARES = (np.arange(40) + 0.5) / 40.0  # of the risk at the largest size that data can remove


@dataclass(frozen=True)
class LogPoints:
    """Logarithms of observed risks.

    Attributes
    ----------
    sizes, values : ndarray of shape (S,)
        Sizes and logarithms of risk.
    covariance : ndarray of shape (S, S)
        Their covariance.
    """

    sizes: FloatArray
    values: FloatArray
    covariance: FloatArray


class CurveFit:
    """The posterior of one family given points.

    Parameters
    ----------
    curve : Curve
        The family.
    points : LogPoints
        What was observed.
    n_held_back : int
        How many of the largest sizes judge the family.

    Attributes
    ----------
    log_score : float
        Logarithm of the density that the family, fitted to the smaller sizes,
        gives to the largest ones.
    held_back_error : float
        Root mean square of the relative error of that prediction.
    """

    def __init__(self, curve: Curve, points: LogPoints, n_held_back: int) -> None:
        self.curve = curve
        self.reference = points.sizes[-1:]
        theta = curve.parameters(points.sizes)
        self.shares = np.repeat(_SHARES, len(theta))
        self.parameters = np.tile(theta, (len(_SHARES), 1))
        bends = self.bend(points.sizes, np.arange(len(self.shares)))
        kept = len(points.sizes) - n_held_back
        before = _level_fit(points, bends, kept)
        after = _level_fit(points, bends, len(points.sizes))
        self.levels, self.level_error = after.levels, after.level_error
        self.weights = _normalized(after.log_likelihood)
        evidence = _log_mean(after.log_likelihood) - _log_mean(before.log_likelihood)
        self.log_score = float(evidence + after.log_constant - before.log_constant)
        predicted = _normalized(before.log_likelihood) @ (before.levels[:, None] + bends[:, kept:])
        self.held_back_error = float(
            np.sqrt(np.mean(np.expm1(predicted - points.values[kept:]) ** 2))
        )

    def bend(self, sizes: FloatArray, rows: NDArray[np.intp]) -> FloatArray:
        """u(n) for some of the grid, shape (rows, S); an infinite size gives the floor."""
        theta, share = self.parameters[rows], self.shares[rows, None]
        finite = np.isfinite(sizes)
        decline = np.full((len(rows), len(sizes)), -np.inf)
        decline[:, finite] = self.curve.log_shape(sizes[finite], theta)
        decline -= self.curve.log_shape(self.reference, theta)
        return np.logaddexp(np.log1p(-share), np.log(share) + decline)

    def sample(
        self, count: int, random: np.random.Generator
    ) -> tuple[NDArray[np.intp], FloatArray]:
        """Draws from the posterior: rows of the grid, and levels log A."""
        rows = random.choice(len(self.weights), size=count, p=self.weights)
        return rows, self.levels[rows] + self.level_error * random.standard_normal(count)


@dataclass(frozen=True)
class _LevelFit:
    levels: FloatArray  # (J,)
    level_error: float
    log_likelihood: FloatArray  # (J,), the level integrated out, without the constant
    log_constant: float  # of that density, the same for all families


def _level_fit(points: LogPoints, bends: FloatArray, count: int) -> _LevelFit:
    """Fit log A to the first `count` points for each row of `bends`."""
    lower = np.linalg.cholesky(points.covariance[:count, :count])
    ones = scipy.linalg.solve_triangular(lower, np.ones(count), lower=True)
    left = (points.values - bends)[:, :count].T
    white = scipy.linalg.solve_triangular(lower, left, lower=True)
    precision = float(ones @ ones)
    levels = ones @ white / precision
    chi_square = (white**2).sum(axis=0) - precision * levels**2
    constant = -np.log(np.diag(lower)).sum() - 0.5 * np.log(precision)
    constant -= 0.5 * (count - 1) * np.log(2.0 * np.pi)
    return _LevelFit(levels, 1.0 / np.sqrt(precision), -0.5 * chi_square, float(constant))


def _normalized(log_weights: FloatArray) -> FloatArray:
    weights = np.exp(log_weights - log_weights.max())
    return weights / weights.sum()


def _log_mean(log_weights: FloatArray) -> float:
    top = log_weights.max()
    return float(top + np.log(np.mean(np.exp(log_weights - top))))
