"""The command ``riskcast theory``: compute risk curves of a population, without sampling."""

from __future__ import annotations

import warnings
from enum import StrEnum
from pathlib import Path
from typing import Annotated, Any

import numpy as np
import typer

from riskcast._printable import printable
from riskcast.filters import GradientFlow
from riskcast.spectra import Population
from riskcast.theory import load_curve, phase_diagram, risk_curve

__all__ = ["app", "theory"]

app = typer.Typer(add_completion=False, rich_markup_mode=None)


class View(StrEnum):
    """What the risk is plotted against."""

    time = "time"
    load = "load"
    phase = "phase"


class Kind(StrEnum):
    """Kinds of population."""

    isotropic = "isotropic"
    power_law = "power-law"
    spiked = "spiked"


_HELP = """Expected risk of gradient flow on a population, without sampling.

Example: riskcast theory --load 0.5 --load 2 --snr 5 --figure curves.pdf
"""


@app.command(help=_HELP)
def theory(
    against: Annotated[
        View, typer.Option(help="Show risk against time, load, or both load and snr (phase).")
    ] = View.time,
    population: Annotated[Kind, typer.Option(help="Kind of covariance.")] = Kind.isotropic,
    load: Annotated[
        list[float] | None, typer.Option(help="Samples per feature; repeatable.")
    ] = None,
    snr: Annotated[float, typer.Option(help="Signal-to-noise ratio.")] = 5.0,
    features: Annotated[int, typer.Option(help="Number of features.")] = 1000,
    capacity: Annotated[
        float, typer.Option(help="Power law: decay exponent of the spectrum.")
    ] = 1.5,
    source: Annotated[float, typer.Option(help="Power law: smoothness of the target.")] = 0.5,
    spike: Annotated[
        list[float] | None, typer.Option(help="Spiked: variance of a spike; repeatable.")
    ] = None,
    weight_decay: Annotated[float, typer.Option(help="Weight decay.")] = 0.0,
    init_variance: Annotated[float, typer.Option(help="Variance of initial weights.")] = 0.0,
    first_time: Annotated[float, typer.Option(help="First training time.")] = 0.01,
    last_time: Annotated[float, typer.Option(help="Last finite training time.")] = 1e4,
    figure: Annotated[Path | None, typer.Option(help="Write a figure: .png, .pdf or .svg.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Compute and print the risk, and write the figure if requested."""
    from riskcast._json import json_text
    from riskcast.cli._aligned_columns import aligned_columns
    from riskcast.cli._figure_files import check_figure
    from riskcast.cli._stray_output import stray_output_on_stderr
    from riskcast.cli._streams import write_out

    check_figure(figure)
    with stray_output_on_stderr(), warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always", UserWarning)
        source_of_data = _population(population, features, snr, capacity, source, spike)
        filter = GradientFlow(_times(first_time, last_time), weight_decay)
        answer, display = _views()[against](source_of_data, load, filter, init_variance)
        if figure is not None:
            _draw(display, figure)
    told = [warning.message for warning in caught if issubclass(warning.category, UserWarning)]
    if told:
        typer.echo(printable(f"warning: {told[-1]}"), err=True)
    write_out((json_text(answer) if as_json else aligned_columns(answer["rows"])) + "\n")


def _population(
    kind: Kind,
    features: int,
    snr: float,
    capacity: float,
    source: float,
    spike: list[float] | None,
) -> Population:
    if kind is Kind.power_law:
        return Population.power_law(features, capacity, source, snr)
    if kind is Kind.spiked:
        return Population.spiked(features, spike or [10.0], snr)
    return Population.isotropic(features, snr)


def _times(first: float, last: float) -> Any:
    if not 0.0 < first < last < np.inf:
        raise ValueError(
            f"--first-time {first:g} and --last-time {last:g}: must be positive and increasing"
        )
    return np.append(np.geomspace(first, last, 121), np.inf)


def _views() -> dict[View, Any]:
    return {View.time: _against_time, View.load: _against_load, View.phase: _phase}


def _against_time(
    population: Population, loads: list[float] | None, filter: GradientFlow, init_variance: float
) -> tuple[dict[str, Any], Any]:
    """One curve per load, and a row with its best and final risk."""
    curves = {}
    for load in loads or [0.5, 1.0, 2.0]:
        if not 0.0 < load < np.inf:
            raise ValueError(f"--load {load:g}: must be a positive number of samples per feature")
        n_samples = max(1, round(load * population.n_features))
        curves[load] = risk_curve(population, n_samples, filter, init_variance)
    rows = [
        {
            "load": load,
            "best_time": curve.best_time,
            "best_risk": curve.best_risk,
            "final_risk": float(curve.risk[-1]),
            "overtraining": curve.overtraining,
        }
        for load, curve in curves.items()
    ]
    details = [
        {"load": load, **{name: getattr(curve, name) for name in _CURVE_FIELDS}}
        for load, curve in curves.items()
    ]

    def display(ax: Any) -> None:
        from riskcast.plotting._risk_curve_display import RiskCurveDisplay

        RiskCurveDisplay.from_curves({f"load {a:g}": c for a, c in curves.items()}, ax)

    return {"rows": rows, "curves": details}, display


_CURVE_FIELDS = ("times", "risk", "bias", "variance", "train_risk", "weight_norm")


def _against_load(
    population: Population, loads: list[float] | None, filter: GradientFlow, init_variance: float
) -> tuple[dict[str, Any], Any]:
    """Best and final risk at many loads (double descent)."""
    curve = load_curve(population, loads or _loads_around_the_peak(), filter, init_variance)
    names = ("best_time", "best_risk", "final_risk")
    rows = [
        {"load": float(load), **{name: float(getattr(curve, name)[i]) for name in names}}
        for i, load in enumerate(curve.loads)
    ]
    return {"rows": rows}, curve.plot


def _phase(
    population: Population, loads: list[float] | None, filter: GradientFlow, init_variance: float
) -> tuple[dict[str, Any], Any]:
    """Best risk and overtraining over load and signal-to-noise ratio."""
    grid = loads or _loads_around_the_peak()
    diagram = phase_diagram(population, grid, np.geomspace(0.1, 100.0, 31), filter, init_variance)
    names = ("best_time", "best_risk", "overtraining")
    rows = [
        {
            "load": float(load),
            "snr": float(snr),
            **{name: float(getattr(diagram, name)[j, i]) for name in names},
        }
        for j, snr in enumerate(diagram.snrs)
        for i, load in enumerate(diagram.loads)
    ]
    return {"rows": rows}, diagram.plot


def _loads_around_the_peak() -> list[float]:
    """Loads from 0.1 to 10, denser near the interpolation threshold."""
    distances = np.geomspace(0.02, np.log(10.0), 24)
    return [*np.exp(-distances[::-1]), 1.0, *np.exp(distances)]


def _draw(display: Any, path: Path) -> None:
    from matplotlib.figure import Figure

    from riskcast.cli._figure_files import write_figure

    sheet = Figure(figsize=(6.4, 4.0), layout="constrained")
    display(sheet.add_subplot())
    write_figure(path, sheet)
