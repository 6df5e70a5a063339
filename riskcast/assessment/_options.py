"""Possible actions and the risk of each."""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import partial

from riskcast.assessment._assessment import Assessment
from riskcast.assessment._comparison import Result
from riskcast.assessment._scale import Scale
from riskcast.assessment._stopping import Stopping
from riskcast.assessment._wording import moment, number


@dataclass(frozen=True)
class Option:
    """A possible action.

    Attributes
    ----------
    name : str
    risk, lower, upper : float
        Its risk and an interval: ± one standard error if it was measured, the forecast interval
        if it was forecast. Both are clipped to possible values of the risk.
    measured : str
        "held out one by one", "held out in folds" or "forecast".
    best : bool
        Whether it is the advised setting of the model.
    """

    name: str
    risk: float
    lower: float
    upper: float
    measured: str
    best: bool = False


def options(found: Assessment) -> list[Option]:
    """Return all options, ordered by how they were measured."""
    scale = found.scale
    listed = [] if found.stopping is None else _along_training(found.stopping, scale)
    listed += [_contender(result, scale) for result in found.comparison.results]
    more = found.more_rows
    rows = f"{2 * found.table.n_samples:,} rows instead of {found.table.n_samples:,}"
    listed.append(Option(f"this model, {rows}", more.risk, more.lower, more.upper, "forecast"))
    listed.append(
        Option(
            "this model, unlimited data",
            more.noise_floor,
            more.noise_floor_lower,
            more.noise_floor_upper,
            "forecast",
        )
    )
    return listed


def _along_training(stop: Stopping, scale: Scale) -> list[Option]:
    measured = partial(_measured, scale)
    error, trains_on = stop.standard_error, math.isinf(stop.time)
    early = measured(f"stop {moment(stop.epochs)}", stop.risk_corrected, error, best=True)
    end = measured("train to the end", stop.end_risk, stop.end_standard_error, best=trains_on)
    ridge = f"best ridge (alpha = {number(stop.ridge_penalty)})"
    others = [end, measured(ridge, stop.ridge_risk_corrected, stop.ridge_standard_error)]
    return others if trains_on else [early, *others]


def _measured(scale: Scale, name: str, risk: float, error: float, best: bool = False) -> Option:
    return Option(name, risk, *scale.span(risk, error), "held out one by one", best)


def _contender(result: Result, scale: Scale) -> Option:
    own = result.role == "model"
    return Option(
        f"{result.name} (this model)" if own else result.name,
        result.risk,
        *scale.span(result.risk, result.standard_error),
        "held out in folds",
        own,
    )
