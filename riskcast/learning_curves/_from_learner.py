"""Construction of a forecaster from a learner and its measured learning-curve points."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np

from riskcast._threads import one_thread
from riskcast.learning_curves._blend import Blend, blend
from riskcast.learning_curves._error_rates import ErrorRateForecaster
from riskcast.learning_curves._small_samples import widened
from riskcast.learning_curves.parametric._curve_average import CurveAverage
from riskcast.learning_curves.spectral import Observation, SpectralForecaster
from riskcast.learning_curves.subsampling._exact_learner import ExactLearner
from riskcast.learning_curves.subsampling._learner import Learner
from riskcast.learning_curves.subsampling._measure import Measurement
from riskcast.learning_curves.subsampling._points import ObservedPoints
from riskcast.learning_curves.subsampling._scores import ROW_MEANS
from riskcast.learning_curves.subsampling._trusted import descent

_OWN_NOISE = 0.02  # independent relative error of a size, if all rows are evaluated at all sizes
# As in `fit_curve`: with kernels, floors are expected to be near zero or near the whole risk.
_SHARE_EXPONENT_OF_ENDLESS = 0.5


def forecaster_from(learner: Learner, measurement: Measurement, seed: int) -> CurveAverage | Blend:
    """Fit the parametric curves and, where the spectrum can be observed, the spectral ones."""
    points = measurement.points.kept(descent(measurement))
    wider = widened(1.0, learner.n_units)
    if not isinstance(learner, ExactLearner) or learner.scoring not in ROW_MEANS:
        with one_thread():
            return CurveAverage(points, random_state=seed, widening=wider)
    observation = learner.observe(seed)
    with one_thread():  # the fits use only a few dozen points
        return _exact(learner, points, observation, seed, wider)


def _exact(
    learner: ExactLearner,
    points: ObservedPoints,
    observation: Observation | None,
    seed: int,
    wider: float,
) -> CurveAverage | Blend:
    points = points.with_common_noise(_OWN_NOISE if learner.judges_all_rows else None)
    share_exponent = _SHARE_EXPONENT_OF_ENDLESS if learner.rank is None else 1.0
    average = partial(CurveAverage, points, random_state=seed, share_exponent=share_exponent)
    if observation is None:
        return average(widening=wider)
    parametric = average()  # the blend of both is widened
    if learner.scoring == "error_rate":
        return blend(
            observation, parametric, learner.n_rows, 1.0, np.inf, seed, _error_rates(learner, seed)
        )
    now, best = learner.path.best_risk, learner.path.best_index
    error = float(learner.path.standard_error[best]) / now
    return blend(observation, parametric, learner.n_rows, now, error, seed)


def _error_rates(
    learner: ExactLearner, seed: int
) -> Callable[[SpectralForecaster, ObservedPoints], ErrorRateForecaster]:
    """Return a map from curves of the squared error to curves of the error rate."""
    targets = learner.problem.targets
    untrained = float(targets.var(axis=0).mean())
    shares = np.bincount(learner.problem.labels) / len(targets)
    chance = 1.0 - float(shares.max())
    return lambda squared, points: ErrorRateForecaster(squared, points, untrained, chance, seed)
