"""An assessment as plain text: in one line, and in full."""

from __future__ import annotations

import textwrap
from pathlib import PurePath

from riskcast._printable import printable
from riskcast.assessment._assessment import Assessment
from riskcast.assessment._judgements import rows_pay
from riskcast.assessment._wording import counted

_WIDTH = 100
_MORE_ROWS = {
    "surely": "more rows will help",
    "probably": "more rows would probably help",
    "probably not": "more rows would probably help little",
    "not": "more rows will not help much",
    "unclear": "whether more rows would help is not clear",
}


def one_line_report(found: Assessment) -> str:
    """The source, the error and whether more rows help."""
    table, scale = found.table, found.scale
    error = scale.text_with_error(found.risk, found.standard_error)
    goodness = f"off by {error}" if scale.task == "regression" else f"{error} wrong"
    return printable(
        f"Assessment({PurePath(table.source).name}, {table.n_samples:,} rows: {goodness}; "
        f"{_MORE_ROWS[rows_pay(found)]})"
    )


def text_report(found: Assessment) -> str:
    """The verdict, the answers with their reasons, and the warnings."""
    table = found.table
    columns = counted(found.model.X.shape[1], "column")
    lines = [
        *_wrapped(
            f"{table.source}: {table.target} from {table.n_samples:,} rows, {columns}; "
            f"{found.model.description}"
        ),
        "",
        *_wrapped(found.verdict),
    ]
    for one in found.answers:
        lines += ["", *_wrapped(f"{one.question}  {one.answer}"), *_wrapped(one.reason, "  ")]
    if found.warnings:
        lines += ["", "Warnings"]
    for warning in found.warnings:
        lines += _wrapped(warning, "- ", "  ")
    return "\n".join(lines)


def _wrapped(text: str, first: str = "", rest: str | None = None) -> list[str]:
    return textwrap.wrap(
        printable(text), _WIDTH, initial_indent=first,
        subsequent_indent=first if rest is None else rest, break_on_hyphens=False,
    )  # fmt: skip
