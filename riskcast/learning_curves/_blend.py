"""Average of the spectral and the parametric forecast, curve by curve.

The parametric curves use the observed points only; the spectral curves also use the
spectrum of the data. On real tables their errors tend to have opposite
signs (docs/forecast.md), so both are averaged rather than one selected.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import scipy.special
from numpy.typing import NDArray

from riskcast.learning_curves._error_rates import ErrorRateForecaster
from riskcast.learning_curves._forecaster import Forecaster
from riskcast.learning_curves._small_samples import WidenedCurves, widened
from riskcast.learning_curves.parametric._curve_average import (
    CurveAverage,
    CurveWeight,
    relative_error,
)
from riskcast.learning_curves.parametric._curve_fit import LogPoints
from riskcast.learning_curves.spectral import (
    Observation,
    SpectralForecaster,
    spectral_forecaster,
)
from riskcast.learning_curves.subsampling._points import ObservedPoints

FloatArray = NDArray[np.float64]
SpectralCurves = SpectralForecaster | ErrorRateForecaster

SPECTRAL = "spectral"
_FORMULA = "min over κ of E(κ) n/(n - df₂(κ))"

# Chosen on the open cases of benchmarks/forecast.py: the prior weight of the spectral curve
# (larger for a finite rank, which needs less extrapolation), its bounds, and the factor by
# which the intervals of large samples are widened.
_USUAL_WEIGHT = 0.35
_WEIGHT_OF_FINITE_RANK = 0.5
_LEAST, _MOST = 0.1, 0.85
_WIDENED = 1.1
_CAUTION = 0.5  # power of the likelihood ratio, because points of one data set are correlated
_PAIRING = 4.0  # times the sample size
_DRAWS = 400
_DRAWS_OF_THE_CHECK = 100


class Blend(Forecaster):
    """Weighted geometric means of spectral and parametric curves of equal rank.

    Curves are ranked by their risk at four times the sample size. Quantiles of
    the blend are then averages of the quantiles of both (Vincent averaging; Ratcliff,
    "Group reaction time distributions", 1979). Intervals do not narrow as they would
    for independent errors, because both forecasts use the same rows.

    Parameters
    ----------
    spectral : SpectralForecaster or ErrorRateForecaster
        Draws from the spectrum.
    parametric : CurveAverage
        Draws from families of curves.
    weight : float
        Weight of the spectral curves.
    held_back_error : float
        Relative error of the spectral curve at the held-back largest sizes.
    n_rows : int
        Sample size; the intervals are widened accordingly (`widened`).
    risk_now, error_now : float
        Leave-one-out risk of all rows, and the standard error of its logarithm. All
        curves are multiplied by the same factor to move them towards it, in proportion
        to their variance at that size.
    highest : float, default inf
        Largest possible value of the risk.

    Attributes
    ----------
    models : list of CurveWeight
        The spectral curve and the families, in order of decreasing weight.
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
        # Select as many parametric curves as spectral ones, evenly spaced in rank.
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
        """Increase of each curve's risk for finite width or no penalty, shape (draws,).

        Computed from the spectrum. It is added rather than multiplied, because the error
        of few features does not scale with the parametric forecast for the kernel.
        """
        changed = self.spectral.best_penalty if regularized else self.spectral.no_penalty
        more = changed(size, width) - self.spectral.best_penalty(size)
        return self._level * np.maximum(more, 0.0)[self._spectral_order]

    def draws(self, sizes: FloatArray) -> FloatArray:
        return np.minimum(self._level * np.exp(self._curves(sizes)), self.highest)

    def _means(self, sizes: FloatArray) -> FloatArray:
        """Logarithms of the curves before level correction and widening, shape (draws, S)."""
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
    """Fit the spectral curve, compare both on the held-back sizes, and average them.

    Parameters
    ----------
    observation : Observation
        Measurements from the spectrum.
    parametric : CurveAverage
        Curves fitted to the points.
    n_rows, risk_now, error_now
        As in `Blend`.
    random_state : int
        Seed of the draws.
    as_risk : callable, optional
        Maps curves of the squared error, and points of the risk, to curves of the risk.
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
