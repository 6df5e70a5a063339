"""Number of training rows needed to reach a target risk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcast.learning_curves._forecaster import Forecaster

FloatArray = NDArray[np.float64]

FURTHEST = 1000.0  # largest size searched, in units of the current number of rows
_GRID = 200


@dataclass(frozen=True)
class SamplesNeeded:
    """Number of training rows needed to reach a risk, as returned by `Forecast.samples_for`.

    Attributes
    ----------
    risk : float
        The target risk.
    n_samples : float
        Number of rows needed, as the median over plausible curves; ``inf`` if at least
        half of them never reach the target.
    lower, upper : float
        Bounds of the interval; ``inf`` if the target is never reached.
    chance : float
        Share of the plausible curves that reach the target at all.
    level : float
        Nominal coverage of the interval.
    n_rows : int
        Current number of rows.
    """

    risk: float
    n_samples: float
    lower: float
    upper: float
    chance: float
    level: float
    n_rows: int

    def __str__(self) -> str:
        goal, level = f"a risk of {self.risk:.4g}", f"{100 * self.level:.0f} %"
        if np.isinf(self.lower):
            return f"No number of rows is likely to reach {goal} with this model."
        if self.upper <= self.n_rows:
            return f"The {self.n_rows} available rows already reach {goal}."
        if np.isinf(self.n_samples):
            return (
                f"More rows will probably never reach {goal} with this model; at the {level} "
                f"level it takes at least {_rows(self.lower)}."
            )
        end = (
            "and perhaps no number is enough"
            if np.isinf(self.upper)
            else (f"to {_rows(self.upper)}")
        )
        joint = ", " if np.isinf(self.upper) else " "
        return (
            f"About {_rows(self.n_samples)} reach {goal}; {level} interval: from "
            f"{_rows(self.lower)}{joint}{end}."
        )


def samples_needed(
    forecaster: Forecaster, risk: float, level: float, n_rows: int, smallest: float
) -> SamplesNeeded:
    """Find the first size at which each plausible curve reaches `risk`.

    Parameters
    ----------
    forecaster : Forecaster
        The plausible curves.
    risk : float
        The target risk.
    level : float
        Nominal coverage of the interval.
    n_rows : int
        Current number of rows.
    smallest : float
        Smallest size to search.

    Returns
    -------
    SamplesNeeded
    """
    # Include the current size, so that a target already reached is not rounded up.
    sizes = np.union1d(np.geomspace(smallest, FURTHEST * n_rows, _GRID), float(n_rows))
    reached = forecaster.draws(sizes) <= risk
    first = np.where(reached.any(axis=1), sizes[reached.argmax(axis=1)], np.inf)
    tails = [(1.0 - level) / 2.0, 0.5, (1.0 + level) / 2.0]
    # Quantiles without interpolation, because infinity has no midpoint.
    lower, middle, upper = np.quantile(first, tails, method="higher")
    chance = float(np.isfinite(first).mean())
    return SamplesNeeded(risk, float(middle), float(lower), float(upper), chance, level, n_rows)


def _rows(number: float) -> str:
    rounded = float(f"{number:.2g}") if number >= 100 else round(number)
    return f"{rounded:,.0f} rows"
