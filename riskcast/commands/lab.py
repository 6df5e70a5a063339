"""The command ``riskcast lab``: networks trained in bulk, with the theory beside them."""

from __future__ import annotations

import contextlib
import io
import json
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

app = typer.Typer(
    name="lab",
    help="Networks trained in bulk, with the theory beside them."
    "\n\nExample: riskcast lab run sweep.toml --figure sweep.pdf",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

_KINDS = ("png", "pdf", "svg")

Figure = Annotated[
    Path | None,
    typer.Option(help="Draw error against time and against the axis: .png, .pdf or .svg."),
]
Axis = Annotated[str, typer.Option(help="Axis to compare along; by default width or the first.")]
Json = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@app.command("run")
def run(
    config: Annotated[Path, typer.Argument(metavar="CONFIG.toml", help="What to train.")],
    store: Annotated[Path | None, typer.Option(help="Folder for finished cells.")] = None,
    jobs: Annotated[int | None, typer.Option(help="Cells at a time; -1 for all cores.")] = None,
    axis: Axis = "",
    figure: Figure = None,
    as_json: Json = False,
) -> None:
    """Run a sweep, or go on with it, and show it.

    Example: riskcast lab run sweep.toml --store results/width --jobs -1
    """
    from riskcast.lab.sweeps import configuration, run_plan
    from riskcast.report.progress import ShownProgress

    with _spoken():
        _check_figure(figure)
        asked = configuration.read(config)
        folder = store or asked.store
        with ShownProgress() as shown:
            data = run_plan(asked.plan, folder, asked.n_jobs if jobs is None else jobs, shown)
        _show(data, axis, figure, as_json)


@app.command("show")
def show(
    store: Annotated[Path, typer.Argument(metavar="STORE", help="Folder of a sweep.")],
    axis: Axis = "",
    figure: Figure = None,
    as_json: Json = False,
) -> None:
    """Show what is finished of a sweep: best and final error, by table or figure.

    Example: riskcast lab show results/width --figure width.pdf
    """
    from riskcast.lab.sweeps import load

    with _spoken():
        _check_figure(figure)
        _show(load(store), axis, figure, as_json)


@contextlib.contextmanager
def _spoken() -> Iterator[None]:
    """What is wrong with the input is one line on stderr, status 2."""
    try:
        yield
    except (ValueError, TypeError, OSError, ImportError, RuntimeError) as error:
        typer.echo(f"riskcast lab: {' '.join(str(error).split())}", err=True)
        raise typer.Exit(2) from error


def _show(data: Any, axis: str, figure: Path | None, as_json: bool) -> None:
    from riskcast.lab.sweeps.summary import axis_of, summary

    along = axis_of(data, axis)
    rows = summary(data)
    if figure is not None:
        _draw(data, along, figure)
    typer.echo(json.dumps(rows, indent=1) if as_json else _table(rows))


def _table(rows: list[dict[str, Any]]) -> str:
    cells = [[name.replace("_", " ") for name in rows[0]]]
    cells += [[_word(value) for value in row.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in cells
    )


def _word(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else str(value)


def _check_figure(path: Path | None) -> None:
    """Refuse a place for the figure before the work is done."""
    if path is None:
        return
    if path.suffix.lower().lstrip(".") not in _KINDS:
        raise ValueError(f"--figure {path}: the name must end in .png, .pdf or .svg")
    if not path.parent.is_dir():
        raise ValueError(f"--figure {path}: there is no folder {path.parent}; make it first")


def _draw(data: Any, axis: str, path: Path) -> None:
    """Both figures side by side, in a file that appears whole or not at all."""
    from matplotlib.figure import Figure as Sheet

    from riskcast.lab.figures import draw_best_and_final, draw_error_against_time
    from riskcast.lab.sweeps.summary import along

    sheet = Sheet(figsize=(10.0, 4.0), layout="constrained")
    left, right = sheet.subplots(1, 2)
    line = along(data, axis)
    draw_error_against_time(line, axis, left)
    draw_best_and_final(line, axis, right)
    drawn = io.BytesIO()
    sheet.savefig(drawn, format=path.suffix.lower().lstrip("."))
    handle, unfinished = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(drawn.getvalue())
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(unfinished, 0o666 & ~mask)
        os.replace(unfinished, path)
    except BaseException:
        os.unlink(unfinished)
        raise
