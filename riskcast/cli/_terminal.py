"""The report for a terminal."""

from __future__ import annotations

import textwrap

from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.table import Table
from rich.text import Text

from riskcast._console import new_console
from riskcast._printable import printable
from riskcast._wording import level_text
from riskcast.assessment import Assessment, Verdict
from riskcast.assessment._account import account, unit_held_out
from riskcast.assessment._advice import Advice, Option
from riskcast.assessment._scale import Scale
from riskcast.assessment._wording import counted, two_decimals
from riskcast.cli._streams import encodable, writing_out

_WIDEST = 100  # longer lines are hard to read


def print_report(found: Assessment, verdict: Verdict) -> None:
    """Print the verdict, the options, the answers, the warnings, and the data and methods."""
    console = new_console()
    width = min(console.width, _WIDEST)
    parts: list[RenderableType] = [
        Text(""),
        _title(found),
        Panel(
            _wrapped(verdict.headline, width - 4),
            title="Verdict", title_align="left", border_style="cyan",
        ),
        _options(found, verdict),
        Text(""),
        *(_answer(advice, width) for advice in verdict.advice),
        *_list("Warnings", verdict.doubts, "yellow", width),
        *_list("Data and methods", account(found), "dim", width),
    ]  # fmt: skip
    with writing_out():
        console.print(Group(*parts), width=width)


def _safe(text: str) -> str:
    return encodable(printable(text))


def _wrapped(text: str, width: int) -> Text:
    """Wrap a text and make it safe to print; Rich would separate a number from its unit."""
    return Text(textwrap.fill(_safe(text), max(width, 20), break_on_hyphens=False))


def _title(found: Assessment) -> Text:
    table = found.table
    return Text.assemble(
        ("riskcast forecast", "bold"),
        _safe(
            f"  {table.source}: {table.target} from {table.n_samples:,} rows, "
            f"{counted(found.model.X.shape[1], 'column')}; {found.model.description}"
        ),
    )


def _options(found: Assessment, verdict: Verdict) -> Table:
    scale, regression = found.scale, found.scale.task == "regression"
    table = Table(
        title="Options compared", title_justify="left", title_style="bold", box=None,
        padding=(0, 1), header_style="dim",
    )  # fmt: skip
    table.add_column("")
    table.add_column(scale.full_name, justify="right")
    table.add_column("from", justify="right", style="dim")
    table.add_column("to", justify="right", style="dim")
    if regression:
        table.add_column("R²", justify="right")
    previous = ""
    for option in verdict.options:
        if option.measured != previous:
            title = _GROUPS[option.measured].format(
                unit=unit_held_out(found),
                folds=found.comparison.folds,
                level=level_text(found.more_rows.level),
            )
            table.add_row(Text(title, style="cyan"))
            previous = option.measured
        table.add_row(*_cells(option, scale), style="bold" if option.best else "")
    return table


_GROUPS = {
    "held out one by one": "exact leave-one-{unit}-out; ± one standard error",
    "held out in folds": "{folds}; ± one standard error",
    "forecast": "forecast; {level} interval",
}


def _cells(option: Option, scale: Scale) -> list[Text]:
    cells = [f"  {option.name}"]
    cells += [scale.text(value) for value in (option.risk, option.lower, option.upper)]
    if scale.task == "regression":
        cells.append(two_decimals(scale.r2(option.risk)))
    return [Text(_safe(cell)) for cell in cells]


def _answer(advice: Advice, width: int) -> RenderableType:
    question, answer = _safe(advice.question), _safe(advice.answer)
    line = Text.assemble((question, "bold"), "  ", (answer, "bold cyan"))
    return Group(line, Padding(_wrapped(advice.reason, width - 2), (0, 0, 1, 2)))


def _list(title: str, sentences: list[str], style: str, width: int) -> list[RenderableType]:
    if not sentences:
        return []
    table = Table(box=None, show_header=False, padding=(0, 1))
    table.add_column(width=1)
    table.add_column(style=style)
    for sentence in sentences:
        table.add_row("-", _wrapped(sentence, width - 5))
    return [Text(title, style="bold"), table, Text("")]
