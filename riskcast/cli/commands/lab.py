"""The command ``riskcast lab``: train many networks and compare them with theory."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    name="lab",
    help="Train many networks and compare them with theory."
    "\n\nExample: riskcast lab run sweep.toml --figure sweep.pdf",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

Figure = Annotated[
    Path | None,
    typer.Option(help="Plot error against time and against the axis: .png, .pdf or .svg."),
]
Axis = Annotated[str, typer.Option(help="Axis to compare (default: width, or the first).")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("run")
def run(
    config: Annotated[
        Path, typer.Argument(metavar="CONFIG.toml", help="Configuration of the sweep.")
    ],
    store: Annotated[Path | None, typer.Option(help="Folder for finished cells.")] = None,
    jobs: Annotated[
        int | None, typer.Option(help="Cells to run in parallel; -1 for all cores.")
    ] = None,
    axis: Axis = "",
    figure: Figure = None,
    as_json: Json = False,
) -> None:
    """Run or resume a sweep and show its results.

    Example: riskcast lab run sweep.toml --store results/width --jobs -1
    """
    from riskcast._progress import ShownProgress
    from riskcast.cli._figure_files import check_figure
    from riskcast.cli._interrupts import keep_workers_quiet
    from riskcast.cli._stray_output import stray_output_on_stderr
    from riskcast.lab.sweeps import configuration, run_plan
    from riskcast.lab.sweeps.summary import chosen_axis

    check_figure(figure)
    asked = configuration.read(config)
    chosen_axis(list(asked.plan.axes), axis)  # a wrong axis is reported before the work
    folder = store or asked.store
    n_jobs = asked.n_jobs if jobs is None else jobs
    if n_jobs != 1:
        keep_workers_quiet()
    with stray_output_on_stderr(), ShownProgress() as shown:
        data = run_plan(asked.plan, folder, n_jobs, shown)
    _show(data, axis, figure, as_json)


@app.command("show")
def show(
    store: Annotated[Path, typer.Argument(metavar="STORE", help="Folder of a sweep.")],
    axis: Axis = "",
    figure: Figure = None,
    as_json: Json = False,
) -> None:
    """Show the finished cells of a sweep: best and final error.

    Example: riskcast lab show results/width --figure width.pdf
    """
    from riskcast.cli._figure_files import check_figure
    from riskcast.lab.sweeps import load

    check_figure(figure)
    _show(load(store), axis, figure, as_json)


def _show(data: Any, axis: str, figure: Path | None, as_json: bool) -> None:
    from riskcast._json import json_text
    from riskcast.cli._aligned_columns import aligned_columns
    from riskcast.cli._streams import write_out
    from riskcast.lab.sweeps.summary import axis_of, summary

    along = axis_of(data, axis)
    rows = summary(data)
    if figure is not None:
        _draw(data, along, figure)
    write_out((json_text(rows) if as_json else aligned_columns(rows)) + "\n")


def _draw(data: Any, axis: str, path: Path) -> None:
    """Draw both figures side by side."""
    from matplotlib.figure import Figure as Sheet

    from riskcast.cli._figure_files import write_figure
    from riskcast.lab.figures import draw_best_and_final, draw_error_against_time
    from riskcast.lab.sweeps.summary import along

    sheet = Sheet(figsize=(10.0, 4.0), layout="constrained")
    left, right = sheet.subplots(1, 2)
    line = along(data, axis)
    draw_error_against_time(line, axis, left)
    draw_best_and_final(line, axis, right)
    write_figure(path, sheet)
