"""Axes of a new figure, and what all figures have in common."""

from __future__ import annotations

from typing import Any

import numpy as np

from riskcast._printable import printable

LINES = ("-", "--", "-.", ":")  # told apart in grey, too


def new_axes() -> Any:
    """Axes of a new figure."""
    import matplotlib.pyplot as pyplot

    return pyplot.subplots(figsize=(6.4, 4.0), layout="constrained")[1]


def risk_label(scoring: Any) -> str:
    """What an axis of risks is called, by how they were scored: a name, or a scorer."""
    names = {"squared_error": "risk (mean squared error)", "error_rate": "error rate"}
    return (
        names.get(scoring, literal(f"minus {scoring}"))
        if isinstance(scoring, str)
        else "minus score"
    )


def literal(text: str) -> str:
    r"""A user's text as a figure's label: not read as a formula, nothing in it obeyed.

    Examples
    --------
    >>> print(literal("price in $, or $x^2$"))
    price in \$, or \$x^2\$
    """
    return printable(text).replace("$", r"\$")


def bars_within(middle: Any, error: Any, lowest: float, highest: float) -> Any:
    """Lengths of error bars below and above, shape (2, S), that stay within a range."""
    return np.stack([np.minimum(error, middle - lowest), np.minimum(error, highest - middle)])
