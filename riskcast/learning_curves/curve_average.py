"""Families of curves, combined by how well each predicted the largest sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcast.learning_curves.curve_fit import LogPoints, fit_curve
from riskcast.learning_curves.curves import FAMILIES, Curve
from riskcast.learning_curves.few_rows import WidenedCurves
from riskcast.learning_curves.forecaster import Forecaster
from riskcast.learning_curves.points import ObservedPoints

FloatArray = NDArray[np.float64]

N_DRAWS = 4000
_DRAWS_OF_THE_CHECK = 600
_HELD_BACK_SHARE = 1.0 / 3.0  # of the points, the largest ones, judge the families
CURVE_MISFIT = 0.02  # relative, of each point by itself; no family is exact


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
    share_exponent : float, default 1.0
        As of `fit_curve`.
    widening : float, default 1.0
        Factor of the curves' distance to their median (`WidenedCurves`).

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
        share_exponent: float = 1.0,
        widening: float = 1.0,
    ) -> None:
        self.points = points
        self._curves = WidenedCurves(self._log_curves, float(points.sizes[-1]), widening)
        values, covariance = points.log_risk()
        covariance = covariance + CURVE_MISFIT**2 * np.eye(len(values))
        seen = LogPoints(points.sizes, values, covariance)
        smaller = len(points) - max(1, round(_HELD_BACK_SHARE * len(points)))
        before, after = (
            [fit_curve(family, seen, count, share_exponent) for family in families]
            for count in (smaller, len(points))
        )
        scores = np.array(
            [
                whole.log_evidence - part.log_evidence
                for part, whole in zip(before, after, strict=True)
            ]
        )
        weights = np.exp(scores - scores.max())
        weights /= weights.sum()
        errors = [
            relative_error(part.mean(seen.sizes[smaller:]), seen.values[smaller:])
            for part in before
        ]
        self._seen, self._smaller, self._before = seen, smaller, before
        self.models = sorted(
            (
                CurveWeight(family.name, family.formula, float(weight), error)
                for family, weight, error in zip(families, weights, errors, strict=True)
            ),
            key=lambda model: -model.weight,
        )
        random = np.random.default_rng(random_state)
        counts = random.multinomial(N_DRAWS, weights)
        self._drawn = [
            posterior.sample(int(count), random)
            for posterior, count in zip(after, counts, strict=True)
            if count
        ]

    def draws(self, sizes: FloatArray) -> FloatArray:
        sizes = np.asarray(sizes, dtype=np.float64)
        risks = np.exp(self._curves(sizes)) + self.points.lowest
        return np.minimum(risks, self.points.highest)

    def _log_curves(self, sizes: FloatArray) -> FloatArray:
        return np.concatenate([family.log_risk(sizes) for family in self._drawn])

    def held_back(self) -> tuple[LogPoints, FloatArray]:
        """The largest sizes, and what the families drew for them from the smaller ones.

        Returns
        -------
        points : LogPoints
            The held-back points, logarithms of risk.
        curves : ndarray of shape (draws, S)
            Risks there, every family alike.
        """
        sizes = self._seen.sizes[self._smaller :]
        random = np.random.default_rng(0)
        count = _DRAWS_OF_THE_CHECK // len(self._before)
        curves = [family.sample(count, random).log_risk(sizes) for family in self._before]
        covariance = self._seen.covariance[self._smaller :, self._smaller :]
        points = LogPoints(sizes, self._seen.values[self._smaller :], covariance)
        return points, np.exp(np.concatenate(curves))


def relative_error(log_forecast: FloatArray, log_seen: FloatArray) -> float:
    """Root mean square of the relative error of forecasts, both on the scale of logarithms."""
    return float(np.sqrt(np.mean(np.expm1(log_forecast - log_seen) ** 2)))
