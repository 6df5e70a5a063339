"""Error rates from squared errors.

One-hot targets are fitted by least squares, so more rows lower the squared error R
directly, and the error rate through it. If the distances of the outputs from the decision
boundary were Gaussian, with the variance that R leaves unexplained, then for two equally
frequent classes

    error rate = Φ(-√((U - R)/R)),

with U the squared error of the untrained model. In practice these distances are not exactly
Gaussian, especially in the tails, and there may be more than two classes. The log-odds of
the error rate are therefore modelled as a decreasing straight line in √((U - R)/R), which
has about the same slope where Φ is not small. The line is fitted to the error rates at
the observed sizes.
"""

from __future__ import annotations

import numpy as np
import scipy.special
from numpy.typing import NDArray

from riskcast.learning_curves._forecaster import Forecaster
from riskcast.learning_curves.spectral import SpectralForecaster
from riskcast.learning_curves.subsampling._points import ObservedPoints

FloatArray = NDArray[np.float64]

_USUAL_SLOPE = 1.7  # log-odds over probit, near an error rate of one half
_OFFSET_SPREAD, _SLOPE_SPREAD = 0.5, 0.8  # prior standard deviations
_OWN_NOISE = 0.05  # model error of the log-odds of each point; the line is not exact


class ErrorRateForecaster(Forecaster):
    """Curves of the error rate, computed from curves of the squared error.

    Parameters
    ----------
    squared : SpectralForecaster
        Curves of squared error.
    points : ObservedPoints
        Error rates observed within the data.
    untrained : float
        Squared error of the untrained model, U.
    chance : float
        Error rate of the untrained model.
    random_state : int
        Seed of the draws of lines.
    """

    def __init__(
        self,
        squared: SpectralForecaster,
        points: ObservedPoints,
        untrained: float,
        chance: float,
        random_state: int,
    ) -> None:
        self.squared, self.density = squared, squared.density
        self._untrained = untrained
        logs, covariance = points.log_risk()
        rate = np.clip(np.exp(logs), 1e-6, 1.0 - 1e-6)
        seen = scipy.special.logit(rate)
        scale = 1.0 / (1.0 - rate)  # derivative of the log-odds with respect to the logarithm
        covariance = covariance * np.outer(scale, scale) + _OWN_NOISE**2 * np.eye(len(seen))
        places = self._places(squared.draws(points.sizes))
        usual = np.array([-scipy.special.logit(chance), _USUAL_SLOPE])
        self._fitted = _fitted_lines(places, -seen, covariance, usual, random_state)

    def draws(self, sizes: FloatArray) -> FloatArray:
        return self._rate(self.squared.draws(sizes))

    def best_penalty(self, size: float, width: float = np.inf) -> FloatArray:
        """Error rate of each draw with the penalty that is best for the squared error."""
        return self._rate(self.squared.best_penalty(size, width)[:, None])[:, 0]

    def no_penalty(self, size: float, width: float = np.inf) -> FloatArray:
        """Error rate of each draw trained to convergence without a penalty."""
        return self._rate(self.squared.no_penalty(size, width)[:, None])[:, 0]

    def _places(self, squared: FloatArray) -> FloatArray:
        """``√((U - R)/R)``; zero where the model is no better than the untrained one."""
        tiny = np.finfo(float).tiny
        return np.sqrt(np.maximum(self._untrained / np.maximum(squared, tiny) - 1.0, 0.0))

    def _rate(self, squared: FloatArray) -> FloatArray:
        offset, slope = self._fitted.T[:, :, None]
        return scipy.special.expit(-(offset + slope * self._places(squared)))


def _fitted_lines(
    places: FloatArray,
    heights: FloatArray,
    covariance: FloatArray,
    usual: FloatArray,
    random_state: int,
) -> FloatArray:
    """Offset and slope of a line for each draw, from their posterior, shape (D, 2).

    Parameters
    ----------
    places : ndarray of shape (D, S)
        Abscissae of each draw.
    heights : ndarray of shape (S,)
        Ordinates, common to all draws.
    covariance : ndarray of shape (S, S)
        Covariance of the ordinates.
    usual : ndarray of shape (2,)
        Prior means of offset and slope.
    random_state : int
        Seed of the draws.
    """
    random = np.random.default_rng(random_state)
    white = np.linalg.inv(np.linalg.cholesky(covariance))
    spread = np.array([_OFFSET_SPREAD, _SLOPE_SPREAD])
    believed = np.concatenate([white @ heights, usual / spread])
    lines = np.empty((len(places), 2))
    for row, place in enumerate(places):
        points = white @ np.column_stack([np.ones_like(place), place])
        moved = believed + random.standard_normal(len(believed))
        lines[row] = np.linalg.lstsq(np.vstack([points, np.diag(1.0 / spread)]), moved)[0]
    lines[:, 1] = np.maximum(lines[:, 1], 0.0)  # a lower squared error never increases the rate
    return lines
