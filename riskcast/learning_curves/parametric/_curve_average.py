"""Average of curve families, weighted by how well each predicts the largest sizes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcast.learning_curves._forecaster import Forecaster
from riskcast.learning_curves._small_samples import WidenedCurves
from riskcast.learning_curves.parametric._curve_fit import LogPoints, fit_curve
from riskcast.learning_curves.parametric._curves import FAMILIES, Curve
from riskcast.learning_curves.subsampling._points import ObservedPoints

FloatArray = NDArray[np.float64]

N_DRAWS = 4000
_DRAWS_OF_THE_CHECK = 600
_HELD_BACK_SHARE = 1.0 / 3.0  # share of points, at the largest sizes, held back to weight families
CURVE_MISFIT = 0.02  # relative model error of each point, independent; no family is exact


@dataclass(frozen=True)
class CurveWeight:
    """Weight of a curve family in a forecast.

    Attributes
    ----------
    name, formula : str
        Name and formula of the family.
    weight : float
        Its weight in the forecast; weights sum to one.
    held_back_error : float
        Root mean square of its relative errors at the held-back largest sizes.
    """

    name: str
    formula: str
    weight: float
    held_back_error: float


class CurveAverage(Forecaster):
    """Mixture of the posteriors of several curve families.

    Each family is fitted to the smaller sizes and weighted by the probability density
    that this fit assigns to the held-back points at the largest sizes, given their
    standard errors and correlations. The mixture uses fits to all points.

    Parameters
    ----------
    points : ObservedPoints
        At least three points.
    families : sequence of Curve
        The families.
    random_state : int
        Seed of the draws.
    share_exponent : float, default 1.0
        As in `fit_curve`.
    widening : float, default 1.0
        Factor for the distance of the curves to their median (`WidenedCurves`).

    Attributes
    ----------
    models : list of CurveWeight
        The families, in order of decreasing weight.
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
        """Held-back points at the largest sizes, and draws for them from the smaller sizes.

        Returns
        -------
        points : LogPoints
            The held-back points, as logarithms of risk.
        curves : ndarray of shape (draws, S)
            Risks at these sizes, with equally many draws from each family.
        """
        sizes = self._seen.sizes[self._smaller :]
        random = np.random.default_rng(0)
        count = _DRAWS_OF_THE_CHECK // len(self._before)
        curves = [family.sample(count, random).log_risk(sizes) for family in self._before]
        covariance = self._seen.covariance[self._smaller :, self._smaller :]
        points = LogPoints(sizes, self._seen.values[self._smaller :], covariance)
        return points, np.exp(np.concatenate(curves))


def relative_error(log_forecast: FloatArray, log_seen: FloatArray) -> float:
    """Root mean square relative error of forecasts; both arguments are logarithms."""
    return float(np.sqrt(np.mean(np.expm1(log_forecast - log_seen) ** 2)))
