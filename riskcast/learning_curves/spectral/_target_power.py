"""Posterior of the target's power at each variance and of the noise floor, given points of E(κ).

    E(κ) = σ² + Σ_i c_i b_i κ²/(σ_i + κ)²,

with c_i directions of variance σ_i and power b_i per direction. The floor's share
is on a grid. For each share the logarithms of the powers are fitted by Gauss-Newton,
and the share is weighted by the Laplace approximation around the best fit.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import scipy.linalg
import scipy.special
from numpy.typing import NDArray

from riskcast.learning_curves.spectral._mode_density import ModeDensity
from riskcast.learning_curves.spectral._observation import Observation
from riskcast.learning_curves.spectral._slope_prior import SlopePrior

FloatArray = NDArray[np.float64]

# Log-odds of the noise floor's share w of the smallest observed E, and the exponent of
# its prior density w^(a-1). For a model of finite rank the floor includes what the model
# cannot express, and all shares are equally likely. With infinitely many directions all
# orders of magnitude are about equally likely.
_FLOOR_ODDS = np.linspace(-6.0, 7.0, 21)
_FLOOR_EXPONENT_OF_FINITE_RANK = 1.0
_FLOOR_EXPONENT = 0.03
_ROOM = 2.0  # standard errors by which the smallest observed E may be too low

# Prior of the slope of the log power per direction against log variance. The power per
# direction falls faster than the number of directions grows; the difference is the
# exponent of E against κ. With infinitely many directions the slope may vary strongly
# along the spectrum, and its value at large variances is not informative beyond the data,
# where it soon returns to the prior mean.
_EXPONENT = 0.25
_SLOPE_PRIOR_OF_FINITE_RANK = SlopePrior(mean=1.0, spread=0.5, change=0.8, memory=4.0)
_MOST_STEPS = 60
_STEPS_OF_A_DRAW = 8
_ENOUGH_OF_A_DRAW = 1e-3
_ENOUGH = 1e-5
_LONGEST_STEP = 1.5


@dataclass(frozen=True)
class TargetPower:
    """Posterior draws of power and noise.

    Attributes
    ----------
    variances : ndarray of shape (M,)
        Grid of variances.
    power : ndarray of shape (M, D)
        Total power ``c b`` of the directions at each variance.
    noise : ndarray of shape (D,)
        Noise floor, including what the model cannot express.
    misfit : float
        Mean squared standardized error of the points.
    """

    variances: FloatArray
    power: FloatArray
    noise: FloatArray
    misfit: float

    def error(self, kappa: FloatArray, kept: FloatArray | float = 1.0) -> FloatArray:
        """E at each κ and draw, shape (K, D).

        Parameters
        ----------
        kappa : ndarray of shape (K,)
            Effective regularization.
        kept : ndarray of shape (K,), default 1.0
            Share of the reduction ``σκ/(σ + κ)²`` of a direction of variance σ that
            remains with a finite number of random features; one for the kernel itself.
        """
        left = kappa[:, None] / (self.variances + kappa[:, None])
        kept = np.broadcast_to(kept, kappa.shape)[:, None]
        return (left - kept * left * (1.0 - left)) @ self.power + self.noise


@dataclass(frozen=True)
class _Node:
    log_weight: float
    odds: float
    logs: FloatArray  # log power a direction, (M,)
    precision: FloatArray  # (M, M)
    misfit: float


def fit_target_power(
    observation: Observation, density: ModeDensity, n_draws: int, random: np.random.Generator
) -> TargetPower:
    """Draw powers and noise floors from the posterior."""
    lower = scipy.linalg.cholesky(observation.covariance, lower=True)
    whitener = scipy.linalg.solve_triangular(lower, np.eye(len(lower)), lower=True)
    seen = np.log(observation.error)
    responses = _responses(observation.kappa, density.variances) * density.counts
    precision, pull = _slope_prior(density).gaussian(np.log(density.variances))
    lowest = int(observation.error.argmin())
    room = _ROOM * float(np.sqrt(observation.covariance[lowest, lowest]))
    largest_floor = float(observation.error[lowest]) * np.exp(room)
    ceiling = float(observation.error.max())
    logs = np.log(density.variances) + np.log(ceiling / (density.variances @ density.counts))
    nodes = []
    for odds in _FLOOR_ODDS[::-1]:
        noise = largest_floor / (1.0 + np.exp(-odds))
        node = _fit_node(odds, noise, logs, responses, seen, whitener, precision, pull)
        logs = node.logs
        nodes.append(node)
    exponent = _FLOOR_EXPONENT if density.endless else _FLOOR_EXPONENT_OF_FINITE_RANK
    odds = np.array([node.odds for node in nodes])
    log_prior = -exponent * np.logaddexp(0.0, -odds) - np.logaddexp(0.0, odds)
    weights = scipy.special.softmax([node.log_weight for node in nodes] + log_prior)
    spacing = abs(_FLOOR_ODDS[1] - _FLOOR_ODDS[0])
    rows = np.repeat(np.arange(len(nodes)), random.multinomial(n_draws, weights))
    odds = np.array([nodes[row].odds for row in rows]) + spacing * (random.random(n_draws) - 0.5)
    noise = largest_floor / (1.0 + np.exp(-odds))
    start = np.stack([nodes[row].logs for row in rows])
    logs = _refit_perturbed(start, noise, responses, seen, whitener, precision, pull, random)
    misfit = float(weights @ [node.misfit for node in nodes]) / len(seen)
    return TargetPower(density.variances, density.counts[:, None] * np.exp(logs.T), noise, misfit)


def _refit_perturbed(
    logs: FloatArray,
    noise: FloatArray,
    responses: FloatArray,
    seen: FloatArray,
    whitener: FloatArray,
    prior: FloatArray,
    pull: FloatArray,
    random: np.random.Generator,
) -> FloatArray:
    """Draw log powers by refitting to randomly perturbed points and prior, shape (D, M).

    "Randomize, then optimize" (Bardsley, Solonen, Haario and Laine 2014): the perturbations
    have the covariances of the points and of the prior. A Gaussian around the best fit is
    not adequate: single powers are very uncertain although their sums are not, and the
    sums of its draws would be too high.
    """
    n_draws, size = logs.shape
    moved = whitener @ seen + random.standard_normal((n_draws, len(seen)))
    pulls = pull + random.standard_normal((n_draws, size)) @ np.linalg.cholesky(prior).T
    logs, going = logs.copy(), np.arange(n_draws)  # draws that have not converged
    for _ in range(_STEPS_OF_A_DRAW):
        here = logs[going]
        parts = responses * np.exp(here)[:, None, :]
        error = parts.sum(axis=2) + noise[going, None]
        left = moved[going] - np.log(error) @ whitener.T
        jacobian = -(whitener @ (parts / error[:, :, None]))
        turned = np.swapaxes(jacobian, 1, 2)
        gradient = (turned @ left[:, :, None])[:, :, 0] + here @ prior - pulls[going]
        step = -np.linalg.solve(turned @ jacobian + prior, gradient[:, :, None])[:, :, 0]
        largest = np.abs(step).max(axis=1)
        shorter = np.minimum(1.0, _LONGEST_STEP / np.maximum(largest, 1e-300))
        logs[going] = here + step * shorter[:, None]
        going = going[largest >= _ENOUGH_OF_A_DRAW]
        if not going.size:
            break
    return logs


def _fit_node(
    odds: float,
    noise: float,
    logs: FloatArray,
    responses: FloatArray,
    seen: FloatArray,
    whitener: FloatArray,
    prior: FloatArray,
    pull: FloatArray,
) -> _Node:
    """Fit the powers for a given noise floor, and compute the weight of that floor."""
    for _ in range(_MOST_STEPS):
        parts = responses * np.exp(logs)
        error = parts.sum(axis=1) + noise
        left = whitener @ (seen - np.log(error))
        jacobian = -(whitener @ (parts / error[:, None]))
        precision = jacobian.T @ jacobian + prior
        step = -np.linalg.solve(precision, jacobian.T @ left + prior @ logs - pull)
        largest = float(np.abs(step).max())
        logs = logs + step * min(1.0, _LONGEST_STEP / max(largest, 1e-300))
        if largest < _ENOUGH:
            break
    misfit = float(left @ left)
    log_posterior = -0.5 * misfit - 0.5 * logs @ prior @ logs + pull @ logs
    log_posterior -= 0.5 * np.linalg.slogdet(precision)[1]
    return _Node(float(log_posterior), odds, logs, precision, misfit)


def _slope_prior(density: ModeDensity) -> SlopePrior:
    if density.endless:
        return SlopePrior(density.decay + _EXPONENT, spread=0.1, change=0.6, memory=2.0)
    return _SLOPE_PRIOR_OF_FINITE_RANK


def _responses(kappa: FloatArray, variances: FloatArray) -> FloatArray:
    """``κ²/(σ + κ)²``, shape (K, M)."""
    return (kappa[:, None] / (variances + kappa[:, None])) ** 2
