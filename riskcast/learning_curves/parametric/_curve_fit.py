"""Posterior of a curve family given points, on a grid.

With the level A at the smallest size n₁ and the share w of it that more data can
remove, a family is

    log risk(n) = log A + u(n),   u(n) = log(1 - w + w · shape(n; θ) / shape(n₁; θ)),

which is linear in log A. For each w and θ of a grid, log A is fitted by
generalized least squares in closed form (the variable projection of Golub and
Pereyra 1973). No optimizer, starting point or local optimum is involved, and the
weights of the grid are the posterior.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

from riskcast.learning_curves.parametric._curves import Curve
from riskcast.learning_curves.subsampling._grid import Grid

FloatArray = NDArray[np.float64]

# Log-odds of the share of the risk at the smallest size that data can remove.
_SHARE_ODDS = np.linspace(-3.5, 7.0, 40)
_SHARE_ODDS_OF_EXTREMES = np.linspace(-8.0, 12.0, 60)  # for priors that favour extreme shares
_REFINEMENTS = 2


@dataclass(frozen=True)
class LogPoints:
    """Logarithms of observed risks.

    Attributes
    ----------
    sizes, values : ndarray of shape (S,)
        Sizes and logarithms of risk.
    covariance : ndarray of shape (S, S)
        Covariance of `values`.
    """

    sizes: FloatArray
    values: FloatArray
    covariance: FloatArray


@dataclass(frozen=True)
class CurvePosterior:
    """Posterior of a family given points: J curves with weights and fitted levels.

    Attributes
    ----------
    curve : Curve
        The family.
    first : ndarray of shape (1,)
        The smallest size.
    nodes : ndarray of shape (J, 1 + parameters)
        Log-odds of the share and shape parameters of each curve.
    weights : ndarray of shape (J,)
        Posterior probabilities of the curves.
    levels : ndarray of shape (J,)
        Fitted log A.
    level_error : float
        Standard deviation of log A.
    log_evidence : float
        Logarithm of the probability density of the points.
    """

    curve: Curve
    first: FloatArray
    nodes: FloatArray
    weights: FloatArray
    levels: FloatArray
    level_error: float
    log_evidence: float

    def mean(self, sizes: FloatArray) -> FloatArray:
        """Posterior mean of the log risk at `sizes`."""
        return self.weights @ (
            self.levels[:, None] + bend(self.curve, self.nodes, self.first, sizes)
        )

    def sample(self, count: int, random: np.random.Generator) -> CurveDraws:
        """Draw curves from the posterior."""
        rows = random.choice(len(self.weights), size=count, p=self.weights)
        levels = self.levels[rows] + self.level_error * random.standard_normal(count)
        return CurveDraws(self.curve, self.first, self.nodes[rows], levels)


@dataclass(frozen=True)
class CurveDraws:
    """Plausible curves of one family."""

    curve: Curve
    first: FloatArray
    nodes: FloatArray
    levels: FloatArray

    def log_risk(self, sizes: FloatArray) -> FloatArray:
        """Logarithm of the risk of each curve, shape (draws, S)."""
        return self.levels[:, None] + bend(self.curve, self.nodes, self.first, sizes)


def fit_curve(
    curve: Curve, points: LogPoints, count: int, share_exponent: float = 1.0
) -> CurvePosterior:
    """Compute the posterior of a family given the first `count` points.

    The grid is chosen for all points, including unused ones. If the posterior fills
    only a small part of it, the grid is refined around that part.

    Parameters
    ----------
    curve : Curve
        The family.
    points : LogPoints
        All points, in order of size.
    count : int
        Number of points to fit.
    share_exponent : float, default 1.0
        Exponent a of the prior density ``(w (1 - w))^(a - 1)`` of the share w of the risk
        at the largest size that more data can remove. For a = 1 all floors are equally
        likely; for a < 1 floors near zero or near the whole risk are favoured.
    """
    shares = _SHARE_ODDS if share_exponent >= 1.0 else _SHARE_ODDS_OF_EXTREMES
    grid = Grid([shares, *curve.axes(points.sizes)])
    first, last = points.sizes[:1], points.sizes[-1:]
    whole = _log_mean(_log_prior(curve, grid.nodes(), first, last, share_exponent))
    for stage in range(_REFINEMENTS + 1):
        nodes = grid.nodes()
        prior = _log_prior(curve, nodes, first, last, share_exponent)
        fit = _level_fit(points, bend(curve, nodes, first, points.sizes[:count]))
        joint = fit.log_likelihood + prior
        weights = np.exp(joint - joint.max())
        weights /= weights.sum()
        finer = grid.around(weights)
        if stage == _REFINEMENTS or finer.volume > 0.5 * grid.volume:
            break
        grid = finer
    evidence = _log_mean(joint) - whole + np.log(grid.volume)
    return CurvePosterior(
        curve, first, nodes, weights, fit.levels, fit.level_error, float(evidence)
    )


def bend(curve: Curve, nodes: FloatArray, first: FloatArray, sizes: FloatArray) -> FloatArray:
    """u(n) of each curve of a grid, shape (J, S); an infinite size gives the floor."""
    odds, theta = nodes[:, :1], nodes[:, 1:]
    finite = np.isfinite(sizes)
    decline = np.full((len(nodes), len(sizes)), -np.inf)
    decline[:, finite] = curve.log_shape(sizes[finite], theta)
    decline -= curve.log_shape(first, theta)
    return np.logaddexp(-np.logaddexp(0.0, odds), decline - np.logaddexp(0.0, -odds))


def _log_prior(
    curve: Curve, nodes: FloatArray, first: FloatArray, last: FloatArray, share_exponent: float
) -> FloatArray:
    """Log prior density of the log-odds of the share at the largest size.

    The grid is uniform in the log-odds of the share at the smallest size. The log-odds
    at the largest size are the same, shifted by the log decline of the shape in between.
    """
    theta = nodes[:, 1:]
    odds = nodes[:, 0] + (curve.log_shape(last, theta) - curve.log_shape(first, theta))[:, 0]
    return -share_exponent * (np.logaddexp(0.0, odds) + np.logaddexp(0.0, -odds))


@dataclass(frozen=True)
class _LevelFit:
    levels: FloatArray  # (J,)
    level_error: float
    log_likelihood: FloatArray  # (J,), with the level integrated out


def _level_fit(points: LogPoints, bends: FloatArray) -> _LevelFit:
    """Fit log A for each row of `bends`, to as many points as it has columns."""
    count = bends.shape[1]
    lower = np.linalg.cholesky(points.covariance[:count, :count])
    ones = scipy.linalg.solve_triangular(lower, np.ones(count), lower=True)
    left = (points.values[:count] - bends).T
    white = scipy.linalg.solve_triangular(lower, left, lower=True)
    precision = float(ones @ ones)
    levels = ones @ white / precision
    chi_square = (white**2).sum(axis=0) - precision * levels**2
    constant = -np.log(np.diag(lower)).sum() - 0.5 * np.log(precision)
    constant -= 0.5 * (count - 1) * np.log(2.0 * np.pi)
    return _LevelFit(levels, 1.0 / np.sqrt(precision), constant - 0.5 * chi_square)


def _log_mean(log_values: FloatArray) -> float:
    top = log_values.max()
    return float(top + np.log(np.mean(np.exp(log_values - top))))
