"""Helpers shared by all displays."""

from __future__ import annotations

from typing import Any

import numpy as np

from riskcast._printable import printable

LINES = ("-", "--", "-.", ":")  # distinguishable in grey


def new_axes() -> Any:
    """Create a figure and return its axes."""
    import matplotlib.pyplot as pyplot

    return pyplot.subplots(figsize=(6.4, 4.0), layout="constrained")[1]


def risk_label(scoring: Any) -> str:
    """Return the axis label for a scoring name or a scorer."""
    names = {"squared_error": "risk (mean squared error)", "error_rate": "error rate"}
    return (
        names.get(scoring, literal(f"minus {scoring}"))
        if isinstance(scoring, str)
        else "minus score"
    )


def literal(text: str) -> str:
    r"""Escape user text for a figure label, so that it is not parsed as a formula.

    Examples
    --------
    >>> print(literal("price in $, or $x^2$"))
    price in \$, or \$x^2\$
    """
    return printable(text).replace("$", r"\$")


def bars_within(middle: Any, error: Any, lowest: float, highest: float) -> Any:
    """Return lengths of error bars below and above, clipped to a range, shape (2, S)."""
    return np.stack([np.minimum(error, middle - lowest), np.minimum(error, highest - middle)])
