"""Families of curves, combined by how well each predicted the largest sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcast.learning_curves.curve_fit import CurveFit, LogPoints
from riskcast.learning_curves.curves import FAMILIES, Curve
from riskcast.learning_curves.forecaster import Forecaster
from riskcast.learning_curves.points import ObservedPoints

FloatArray = NDArray[np.float64]

N_DRAWS = 4000
_HELD_BACK_SHARE = 1.0 / 3.0  # of the points, the largest ones, judge the families
_CURVE_MISFIT = 0.02  # relative, of each point by itself; no family is exact


@dataclass(frozen=True)
class CurveWeight:
    """One family's part in a forecast.

    Attributes
    ----------
    name, formula : str
        The family.
    weight : float
        Its share of the forecast.
    held_back_error : float
        Root mean square of its relative error at the held-back largest sizes.
    """

    name: str
    formula: str
    weight: float
    held_back_error: float


class CurveAverage(Forecaster):
    """A mixture of the posteriors of several families.

    Each family is fitted to the smaller sizes and weighted by the probability
    density it then gives to the held-back largest ones, which counts their
    errors and correlations; it enters with its fit to all points.

    Parameters
    ----------
    points : ObservedPoints
        At least three.
    families : sequence of Curve
        The families.
    random_state : int
        Seed of the draws.

    Attributes
    ----------
    models : list of CurveWeight
        The families, the heaviest first.
    """

    def __init__(
        self,
        points: ObservedPoints,
        families: Sequence[Curve] = FAMILIES,
        random_state: int = 0,
    ) -> None:
        self.points = points
        values, covariance = points.log_risk()
        covariance = covariance + _CURVE_MISFIT**2 * np.eye(len(values))
        self._log_points = LogPoints(points.sizes, values, covariance)
        n_held_back = max(1, round(_HELD_BACK_SHARE * len(points)))
        self._fits = [CurveFit(family, self._log_points, n_held_back) for family in families]
        scores = np.array([fit.log_score for fit in self._fits])
        weights = np.exp(scores - scores.max())
        self._weights = weights / weights.sum()
        self._sample(np.random.default_rng(random_state))
        self.models = sorted(
            (
                CurveWeight(fit.curve.name, fit.curve.formula, float(weight), fit.held_back_error)
                for fit, weight in zip(self._fits, self._weights, strict=True)
            ),
            key=lambda model: -model.weight,
        )

    def _sample(self, random: np.random.Generator) -> None:
        counts = random.multinomial(N_DRAWS, self._weights)
        self._drawn = [
            fit.sample(int(count), random) for fit, count in zip(self._fits, counts, strict=True)
        ]

    def draws(self, sizes: FloatArray) -> FloatArray:
        sizes = np.asarray(sizes, dtype=np.float64)
        parts = [
            levels[:, None] + fit.bend(sizes, rows)
            for fit, (rows, levels) in zip(self._fits, self._drawn, strict=True)
            if len(rows)
        ]
        return np.exp(np.concatenate(parts)) + self.points.lowest
