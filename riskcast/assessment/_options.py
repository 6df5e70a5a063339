"""What can be done, and the risk that each would give."""

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
    """Something that can be done.

    Attributes
    ----------
    name : str
    risk, lower, upper : float
        What it would give, and an interval: one standard error for what was
        measured, the forecast's interval for what was forecast. Neither leaves the values
        that a risk can have.
    measured : str
        "held out one by one", "held out in folds" or "forecast".
    best : bool
        Whether it is the model as advised, which the others are set against.
    """

    name: str
    risk: float
    lower: float
    upper: float
    measured: str
    best: bool = False


def options(found: Assessment) -> list[Option]:
    """What each thing that can be done would give, by how it was measured."""
    scale = found.scale
    listed = [] if found.stopping is None else _along_training(found.stopping, scale)
    listed += [_contender(result, scale) for result in found.comparison.results]
    more = found.more_rows
    rows = f"{2 * found.table.n_samples:,} rows instead of {found.table.n_samples:,}"
    listed.append(Option(f"this model, {rows}", more.risk, more.lower, more.upper, "forecast"))
    listed.append(
        Option(
            "this model, endless rows",
            more.noise_floor,
            more.noise_floor_lower,
            more.noise_floor_upper,
            "forecast",
        )
    )
    return listed


def _along_training(stop: Stopping, scale: Scale) -> list[Option]:
    measured = partial(_measured, scale)
    error, endless = stop.standard_error, math.isinf(stop.time)
    early = measured(f"stop {moment(stop.epochs)}", stop.risk_corrected, error, best=True)
    end = measured("train to the end", stop.end_risk, stop.end_standard_error, best=endless)
    ridge = f"best ridge (alpha = {number(stop.ridge_penalty)})"
    others = [end, measured(ridge, stop.ridge_risk_corrected, stop.ridge_standard_error)]
    return others if endless else [early, *others]


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
