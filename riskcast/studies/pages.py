"""Write reports of studies as HTML and JSON, and the ledger as Markdown with figures."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from riskcast._files import write_whole
from riskcast.studies.claims import Verdict
from riskcast.studies.ledger import LedgerRow, as_json, rows_of
from riskcast.studies.running import StudyRun

__all__ = ["html_page", "json_page", "ledger_markdown", "write_ledger"]


def html_page(run: StudyRun) -> str:
    """Return the report of a study as a self-contained HTML page."""
    from riskcast.studies.drawing import svg_text

    figures = [
        {"caption": figure.caption, "svg": svg_text(run.draw(name)), "name": name}
        for name, figure in run.study.figures.items()
    ]
    return _template("study.html.j2").render(run=run, rows=rows_of(run), figures=figures)


def json_page(run: StudyRun) -> str:
    """Return the ledger rows of a study as JSON."""
    return as_json(rows_of(run))


def ledger_markdown(runs: Iterable[StudyRun]) -> str:
    """Return the ledger of many studies as one Markdown page that links to ``figures/``."""
    reports = [(run, rows_of(run)) for run in runs]
    return _template("ledger.md.j2").render(
        reports=reports,
        outcomes=_count(row for _, rows in reports for row in rows),
        image=_image,
        cell=_cell,
    )


def write_ledger(runs: list[StudyRun], folder: Path) -> None:
    """Write ``ledger.md``, ``ledger.json`` and the figures into an existing folder."""
    from riskcast.studies.drawing import save_figure

    (folder / "figures").mkdir(exist_ok=True)
    for run in runs:
        for name in run.study.figures:
            save_figure(run.draw(name), folder / _image(run.study.name, name))
    write_whole(folder / "ledger.json", as_json(row for run in runs for row in rows_of(run)))
    write_whole(folder / "ledger.md", ledger_markdown(runs))


def _template(name: str) -> Any:
    from jinja2 import Environment, PackageLoader

    from riskcast.assessment._page import shown

    environment = Environment(
        loader=PackageLoader("riskcast.studies"), autoescape=name.endswith(".html.j2"),
        trim_blocks=True, lstrip_blocks=True, keep_trailing_newline=True,
        finalize=shown if name.endswith(".html.j2") else None,
    )  # fmt: skip
    environment.filters["number"] = _number
    return environment.get_template(name)


def _number(row: LedgerRow) -> str:
    return Verdict("not", row.value, row.error, "").number


def _count(rows: Iterable[LedgerRow]) -> dict[str, int]:
    outcomes = [row.outcome for row in rows]
    return {name: outcomes.count(name) for name in ("reproduced", "partly", "not")}


def _image(study: str, figure: str) -> str:
    return f"figures/{study}-{figure.replace('_', '-')}.png"


def _cell(text: str) -> str:
    """Escape text for a cell of a Markdown table."""
    return text.replace("|", "\\|").replace("\n", " ")
