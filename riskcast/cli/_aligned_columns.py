"""Plain-text tables with aligned columns."""

from __future__ import annotations

from typing import Any

from riskcast._printable import printable


def aligned_columns(rows: list[dict[str, Any]]) -> str:
    """Format rows with the same keys, with a header line and four significant digits.

    None becomes a dash. Text is made safe to print.

    Examples
    --------
    >>> rows = [{"best_risk": 0.123456, "width": 10}, {"best_risk": 2.0, "width": None}]
    >>> print(aligned_columns(rows))
    best risk  width
       0.1235     10
            2      -
    """
    cells = [[printable(name.replace("_", " ")) for name in rows[0]]]
    cells += [[_word(value) for value in row.values()] for row in rows]
    widths = [max(map(len, column)) for column in zip(*cells, strict=True)]
    return "\n".join(
        "  ".join(cell.rjust(width) for cell, width in zip(line, widths, strict=True))
        for line in cells
    )


def _word(value: Any) -> str:
    if value is None:
        return "-"
    return f"{value:.4g}" if isinstance(value, float) else printable(str(value))
