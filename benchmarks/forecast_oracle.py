"""Oracles for linear populations, which know the spectrum and the shape of the target.

They do not know the overall scale of the signal or the variance of the noise. For
given rows the risk is linear in the two,

    risk(n, t) = a · signal part(n, t) + σ² · noise part(n, t),

with both parts from the exact theory. Two oracles estimate a and σ², both at least
zero, and forecast with them:

- "leave-one-out": relative least squares on the leave-one-out risk path, over the
  times at which the risk is within twice its smallest value, or still falling;
- "likelihood": maximum likelihood of the targets given the rows, for coefficients of
  random signs and the known sizes. No method based on leave-one-out errors has more
  information.
"""

from __future__ import annotations

from functools import cached_property

import numpy as np
from forecast_case import Case, FloatArray
from scipy.optimize import nnls

import riskcast as rc

KINDS = ("leave-one-out", "likelihood")

_TIMES = 40
_USED = 2.0  # times the smallest risk
_LOG_RATIOS = np.linspace(-16.0, 10.0, 521)  # noise over the signal's scale


class Oracle:
    """Both oracles of one case.

    Parameters
    ----------
    case : Case
        Case with a population.
    """

    def __init__(self, case: Case) -> None:
        population = case.population
        if population is None:
            raise ValueError(f"{case.name}: has no population that the theory knows")
        self.case, self.population = case, population
        slowest = population.eigenvalues.max() / population.eigenvalues.min()
        last = min(1e3 * slowest, 1e9)
        times = np.geomspace(1e-2, last, _TIMES) / population.eigenvalues.max()
        self.flow = rc.GradientFlow(np.append(times, np.inf))

    def forecast(self, seed: int) -> FloatArray:
        """Risk at the case's horizons from one draw of the rows, shape (2, H)."""
        X, y, _ = self.case.sample(seed)
        scales = np.stack([self._leave_one_out(X, y), self._likelihood(X, y)], axis=1)
        return np.stack([np.nanmin(parts @ scales, axis=0) for parts in self._ahead], axis=1)

    def _leave_one_out(self, X: FloatArray, y: FloatArray) -> FloatArray:
        risk = rc.risk_path(X, y, filter=self.flow, scoring="squared_error").risk
        best = int(np.nanargmin(risk))
        used = (np.arange(len(risk)) <= best) | (risk <= _USED * risk[best])
        used &= np.isfinite(risk) & np.isfinite(self._at_hand).all(axis=1)
        return nnls(self._at_hand[used] / risk[used, None], np.ones(used.sum()))[0]

    def _likelihood(self, X: FloatArray, y: FloatArray) -> FloatArray:
        gram = (X * self.population.coefficients**2) @ X.T
        variances, axes = np.linalg.eigh(gram)
        powers = (axes.T @ y) ** 2
        spreads = np.maximum(variances, 0.0) + np.exp(_LOG_RATIOS)[:, None]
        scales = np.mean(powers / spreads, axis=1)
        loss = np.log(spreads).sum(axis=1) + len(y) * np.log(scales)
        best = int(np.argmin(loss))
        return scales[best] * np.array([1.0, np.exp(_LOG_RATIOS[best])])

    def _parts(self, size: int) -> FloatArray:
        """Signal part and noise part of the risk, shape (T, 2)."""
        known = self.population
        noise = rc.Population(known.eigenvalues, np.zeros(known.n_features), 1.0)
        signal = rc.Population(known.eigenvalues, known.coefficients, 0.0)
        curves = [rc.theory.risk_curve(each, size, filter=self.flow) for each in (signal, noise)]
        return np.stack([curve.risk for curve in curves], axis=1)

    @cached_property
    def _at_hand(self) -> FloatArray:
        """Parts at the number of rows that leave-one-out trains on."""
        return self._parts(self.case.n_rows - 1)

    @cached_property
    def _ahead(self) -> list[FloatArray]:
        """Parts at each horizon."""
        return [self._parts(self.case.n_rows * times) for times in self.case.horizons]
