"""Axes of a new figure; the one place that loads the drawing library."""

from __future__ import annotations

from typing import Any

LINES = ("-", "--", "-.", ":")  # told apart in grey, too


def new_axes() -> Any:
    """Axes of a new figure."""
    try:
        import matplotlib.pyplot as pyplot
    except ImportError as error:  # pragma: no cover - depends on the environment
        raise ImportError(
            "drawing needs matplotlib; install it with: pip install 'riskcast[plot]'"
        ) from error
    return pyplot.subplots(figsize=(6.4, 4.0), layout="constrained")[1]
