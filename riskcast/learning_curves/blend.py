"""The spectral and the parametric forecast, averaged curve by curve.

The parametric curves know the points but not the spectrum; the spectral one
knows where the data end. On real tables their errors tend to opposite
signs (docs/forecast.md), so they are averaged, not chosen between.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.special
from numpy.typing import NDArray

from riskcast.learning_curves.curve_average import CurveAverage, CurveWeight, relative_error
from riskcast.learning_curves.curve_fit import LogPoints
from riskcast.learning_curves.error_rates import ErrorRateForecaster
from riskcast.learning_curves.few_rows import WidenedCurves, widened
from riskcast.learning_curves.forecaster import Forecaster
from riskcast.learning_curves.points import ObservedPoints
from riskcast.learning_curves.spectral import (
    Observation,
    SpectralForecaster,
    spectral_forecaster,
)

FloatArray = NDArray[np.float64]
SpectralCurves = SpectralForecaster | ErrorRateForecaster

SPECTRAL = "spectral"
_FORMULA = "min over κ of E(κ) n/(n - df₂(κ))"

# Chosen on the open cases of benchmarks/forecast.py: the weight of the spectral curve before
# the check on held-back sizes, where a finite rank leaves it less to guess, and by how much
# wider than the curves' own the intervals of many rows are.
_USUAL_WEIGHT = 0.35
_WEIGHT_OF_FINITE_RANK = 0.5
_LEAST, _MOST = 0.1, 0.85
_WIDENED = 1.1
_CAUTION = 0.5  # power of the check's odds: points of one data set repeat each other
_PAIRING = 4.0  # times the rows at hand
_DRAWS = 400
_DRAWS_OF_THE_CHECK = 100


class Blend(Forecaster):
    """Weighted geometric means of spectral and parametric curves of equal rank.

    Curves are ranked by their risk at four times the rows at hand. Quantiles of
    the blend are then those of both, averaged (Vincent averaging; Ratcliff,
    "Group reaction time distributions", 1979), and do not narrow as those of
    independent errors would: both rest on the same rows.

    Parameters
    ----------
    spectral : SpectralForecaster or ErrorRateForecaster
        Draws from the spectrum.
    parametric : CurveAverage
        Draws from families of curves.
    weight : float
        Of the spectral curves.
    held_back_error : float
        Of the spectral curve at the held-back largest sizes.
    n_rows : int
        Rows at hand. Of few of them the curves are in more doubt than they know (`widened`).
    risk_now, error_now : float
        Leave-one-out risk of all of them, and the standard error of its logarithm. The
        curves are moved, all by the same factor, towards it: as far as it is better
        known than they are there.
    highest : float, default inf
        The worst value that the risk could have.

    Attributes
    ----------
    models : list of CurveWeight
        The spectral curve and the families, the heaviest first.
    """

    def __init__(
        self,
        spectral: SpectralCurves,
        parametric: CurveAverage,
        weight: float,
        held_back_error: float,
        n_rows: int,
        risk_now: float,
        error_now: float,
        highest: float = np.inf,
    ) -> None:
        self.spectral, self.parametric, self.weight = spectral, parametric, weight
        self.highest = highest
        self._level = 1.0
        self._curves = WidenedCurves(self._means, float(n_rows), widened(_WIDENED, n_rows))
        place = np.array([_PAIRING * n_rows])
        self._spectral_order = np.argsort(spectral.draws(place)[:, 0])
        many = np.argsort(parametric.draws(place)[:, 0])
        # As many parametric curves as spectral ones, evenly over their ranks.
        count = len(self._spectral_order)
        self._parametric_order = many[((np.arange(count) + 0.5) * len(many) / count).astype(int)]
        families = [
            CurveWeight(m.name, m.formula, (1.0 - weight) * m.weight, m.held_back_error)
            for m in parametric.models
        ]
        here = np.log(self.draws(np.array([float(n_rows)])))
        doubt = float(here.var())
        share = doubt / (doubt + error_now**2)
        self._level = float(np.exp(share * (np.log(risk_now) - np.median(here))))
        own = CurveWeight(SPECTRAL, _FORMULA, weight, held_back_error)
        self.models = sorted([own, *families], key=lambda model: -model.weight)

    def added(self, size: float, width: float, regularized: bool) -> FloatArray:
        """What few features, or no penalty, add to the risk of each curve, shape (draws,).

        As the spectrum has it. Added, not multiplied: what few features cannot express
        does not grow with what the parametric curves make of the kernel.
        """
        changed = self.spectral.best_penalty if regularized else self.spectral.no_penalty
        more = changed(size, width) - self.spectral.best_penalty(size)
        return self._level * np.maximum(more, 0.0)[self._spectral_order]

    def draws(self, sizes: FloatArray) -> FloatArray:
        return np.minimum(self._level * np.exp(self._curves(sizes)), self.highest)

    def _means(self, sizes: FloatArray) -> FloatArray:
        """Logarithms of the curves as they are, shape (draws, S)."""
        tiny = np.finfo(float).tiny
        spectral = np.maximum(self.spectral.draws(sizes)[self._spectral_order], tiny)
        parametric = np.maximum(self.parametric.draws(sizes)[self._parametric_order], tiny)
        return self.weight * np.log(spectral) + (1.0 - self.weight) * np.log(parametric)


def blend(
    observation: Observation,
    parametric: CurveAverage,
    n_rows: int,
    risk_now: float,
    error_now: float,
    random_state: int,
    as_risk: Callable[[SpectralForecaster, ObservedPoints], SpectralCurves] | None = None,
) -> Blend:
    """Fit the spectral curve, check both on the held-back sizes, and average them.

    Parameters
    ----------
    observation : Observation
        What the spectrum shows.
    parametric : CurveAverage
        Curves through the points.
    n_rows, risk_now, error_now
        As of `Blend`.
    random_state : int
        Seed of the draws.
    as_risk : callable, optional
        Makes curves of the risk from those of the squared error and from points of it.
    """
    squared = spectral_forecaster(observation, _DRAWS, random_state)
    spectral = squared if as_risk is None else as_risk(squared, parametric.points)
    usual = _USUAL_WEIGHT if spectral.density.endless else _WEIGHT_OF_FINITE_RANK
    log_odds = np.log(usual / (1.0 - usual))
    error = float("nan")
    if (observation.part > 1).any():
        ahead, rivals = parametric.held_back()
        squared = spectral_forecaster(
            observation.without_the_whole(), _DRAWS_OF_THE_CHECK, random_state
        )
        smaller = parametric.points.kept(parametric.points.sizes < ahead.sizes[0])
        before = squared if as_risk is None else as_risk(squared, smaller)
        seen = _log_score(before.draws(ahead.sizes), ahead)
        log_odds += _CAUTION * (seen - _log_score(rivals, ahead))
        error = relative_error(np.log(before.risk(ahead.sizes)), ahead.values)
    weight = float(np.clip(scipy.special.expit(log_odds), _LEAST, _MOST))
    highest = parametric.points.highest
    return Blend(spectral, parametric, weight, error, n_rows, risk_now, error_now, highest)


def _log_score(curves: FloatArray, seen: LogPoints) -> float:
    """Log density of the points under a Gaussian with the curves' mean and covariance."""
    logs = np.log(np.maximum(curves, np.finfo(float).tiny))
    spread = np.atleast_2d(np.cov(logs.T)) + seen.covariance
    away = seen.values - logs.mean(axis=0)
    return float(-0.5 * (away @ np.linalg.solve(spread, away) + np.linalg.slogdet(spread)[1]))
