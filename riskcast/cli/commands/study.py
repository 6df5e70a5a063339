"""The command ``riskcast study``: re-test published claims."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from riskcast._printable import printable

app = typer.Typer(
    name="study",
    help="Re-test published claims.\n\nExample: riskcast study run high-dimensional-dynamics",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
)

_WIDEST = 110
_STYLES = {"reproduced": "green", "partly": "yellow", "not": "red", "stale": "dim"}


@app.command("list")
def list_papers(
    search: Annotated[
        str, typer.Option(help="Show only papers that contain all these words.")
    ] = "",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """List papers with their state.

    Example: riskcast study list --search grokking
    """
    from riskcast._json import json_text
    from riskcast.cli._streams import write_out
    from riskcast.studies import search as find
    from riskcast.studies.ledger import outcomes_of

    papers = find(search)
    if as_json:
        rows = [
            {**vars(paper), "state": paper.state, "verdicts": outcomes_of(paper.studies)}
            for paper in papers
        ]
        write_out(json_text(rows) + "\n")
        return
    table = _table("paper", "year", "ring", "state", "study, or reason")
    for paper in papers:
        found = ", ".join(f"{n} {name}" for name, n in outcomes_of(paper.studies).items())
        told = f"{found}: {', '.join(paper.studies)}" if paper.studies else paper.why
        _add_row(table, paper.title, str(paper.year), str(paper.ring), paper.state, told)
    _show(table, f"{len(papers)} papers")


@app.command("run")
def run(
    name: Annotated[
        str, typer.Argument(metavar="NAME", help="A study, a .py file that defines one, or all.")
    ],
    scale: Annotated[str, typer.Option(help="smoke (seconds) or full (minutes).")] = "smoke",
    html: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write an HTML page with the figures.")
    ] = None,
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Run a study and evaluate its claims; stored results are reused.

    Example: riskcast study run high-dimensional-dynamics --scale full --html study.html
    """
    from riskcast.cli._figure_files import check_writable
    from riskcast.cli._streams import write_out
    from riskcast.studies import pages, study_names

    if html is not None:
        check_writable(html)
        if name == "all":
            raise ValueError("--html: a page shows one study; name one instead of all")
    runs = [_run_one(one, scale) for one in (study_names() if name == "all" else [name])]
    if html is not None:
        from riskcast._files import write_whole
        from riskcast.cli._stray_output import stray_output_on_stderr

        with stray_output_on_stderr():  # figures run code of the study
            page = pages.html_page(runs[0])
        write_whole(html, page)
    if as_json:
        from riskcast.studies.ledger import as_json as text_of
        from riskcast.studies.ledger import rows_of

        write_out(text_of(row for one in runs for row in rows_of(one)))
        return
    for one in runs:
        _print_run(one)
    if html is not None:
        write_out(f"Report with figures: {printable(str(html))}\n")


@app.command("ledger")
def ledger(
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
    write: Annotated[
        Path | None,
        typer.Option(
            metavar="FOLDER", help="Run all studies at full scale; write ledger and figures."
        ),
    ] = None,
) -> None:
    """Show every claim with its verdict and whether the result is stale.

    Example: riskcast study ledger
    """
    from riskcast._json import json_text
    from riskcast.cli._figure_files import check_writable
    from riskcast.cli._streams import write_out
    from riskcast.studies import pages, study_names
    from riskcast.studies.ledger import is_stale, read_ledger
    from riskcast.studies.store import Store

    if write is not None:
        check_writable(write / "ledger.md")  # before minutes of work
        pages.write_ledger([_run_one(name, "full") for name in study_names()], write)
    rows = read_ledger(Store())
    if as_json:
        write_out(json_text([{**vars(row), "stale": is_stale(row)} for row in rows]) + "\n")
        return
    table = _table("verdict", "number", "claim")
    previous = ""
    for row in rows:
        if row.study != previous:
            previous = row.study
            _add_row(
                table, "", "", f"{row.study}, {row.scale} scale, {row.measured} UTC", style="bold"
            )
        shown = "stale" if is_stale(row) else row.outcome
        _add_row(table, shown, row.verdict.number, row.statement)
    _show(table, f"{len(rows)} claims")


def _run_one(name: str, scale: str) -> Any:
    """Run a study, reuse stored results, and store its verdicts."""
    from riskcast._progress import ShownProgress
    from riskcast.cli._stray_output import stray_output_on_stderr
    from riskcast.studies import find_study, run_study
    from riskcast.studies.ledger import keep_rows
    from riskcast.studies.store import Store

    store = Store()
    with stray_output_on_stderr(), ShownProgress() as progress:
        study = find_study(name)
        store.check_writable()
        done = run_study(study, scale, store, progress=progress)
    if scale == "full" and not name.endswith(".py"):
        keep_rows(done, store)
    return done


def _print_run(done: Any) -> None:
    study = done.study
    table = _table("verdict", "number", "claim")
    for name, claim in study.claims.items():
        verdict = done.verdicts[name]
        _add_row(table, verdict.outcome, verdict.number, claim.statement)
        _add_row(table, "", "", verdict.seen, style="dim")
    limits = f" Limits: {study.limits}" if study.limits else ""
    _show(table, f"{study.name}: {study.source} Scale {done.scale}, {done.seconds:.1f} s.{limits}")


def _add_row(table: Any, *cells: str, style: str = "") -> None:
    """Add a row of plain text cells; verdicts are coloured."""
    from rich.text import Text

    from riskcast.cli._streams import encodable

    first, *rest = (Text(encodable(printable(cell)), style=_STYLES.get(cell, "")) for cell in cells)
    table.add_row(first, *rest, style=style)


def _table(*columns: str) -> Any:
    from rich.table import Table

    table = Table(box=None, padding=(0, 1), header_style="dim")
    for column in columns:
        wide = column in ("paper", "claim", "study, or reason")
        table.add_column(column, ratio=1 if wide else None, no_wrap=not wide)
    return table


def _show(table: Any, caption: str) -> None:
    from rich.text import Text

    from riskcast._console import new_console
    from riskcast.cli._streams import encodable, writing_out

    console = new_console()
    with writing_out():
        title = Text(encodable(printable(caption)), style="bold")
        console.print(title, table, width=min(console.width, _WIDEST))
