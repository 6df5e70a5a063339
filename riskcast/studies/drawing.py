"""Figure style of studies: theory as lines, measurements as points, readable in grayscale."""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from riskcast._files import write_whole

__all__ = ["house_style", "new_figure", "panels", "save_figure", "series", "svg_text"]

# From dark to light, to be distinct in grayscale; dashes and markers differ as well.
_COLOURS = ("#10243e", "#0b6e99", "#c2571a", "#4fa36b", "#b58cc9", "#d6a72b")
_DASHES = ("-", "--", "-.", ":", (0, (5, 1, 1, 1, 1, 1)), (0, (1, 1)))
_MARKERS = ("o", "s", "^", "D", "v", "P")
_STYLE = {
    "font.size": 9.5,
    "axes.titlesize": 10,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": "#e4e7eb",
    "grid.linewidth": 0.6,
    "axes.axisbelow": True,
    "legend.frameon": False,
    "legend.fontsize": 8.5,
    "svg.hashsalt": "riskcast",
}


def house_style() -> Any:
    """Return a context manager that applies the style of the studies."""
    import matplotlib as mpl

    return mpl.rc_context(_STYLE)


def new_figure() -> Any:
    """Return an empty figure."""
    from matplotlib.figure import Figure

    return Figure(layout="constrained", dpi=100)


def panels(figure: Any, count: int = 1, **axes: Any) -> Any:
    """Add axes side by side and set the figure width accordingly.

    Parameters
    ----------
    figure : matplotlib figure
    count : int, default 1
    **axes
        Properties of all axes, passed to ``ax.set``.

    Returns
    -------
    axes, or list of axes if `count` is above 1
    """
    from matplotlib.ticker import NullFormatter

    figure.set_size_inches((5.2, 3.5) if count == 1 else (3.9 * count, 3.4))
    made = [figure.add_subplot(1, count, place + 1) for place in range(count)]
    for ax in made:
        ax.set(**axes)
        ax.xaxis.set_minor_formatter(NullFormatter())  # label decades only, to avoid overlap
    return made[0] if count == 1 else made


def series(
    ax: Any,
    index: int,
    x: ArrayLike,
    *,
    line: ArrayLike | None = None,
    points: ArrayLike | None = None,
    errors: ArrayLike | None = None,
    joined: bool = False,
    label: str | None = None,
) -> None:
    """Draw one curve: theory as a line, measurements as points.

    Parameters
    ----------
    ax : matplotlib axes
    index : int
        Number of the curve in the figure, which sets color, dashes and marker.
    x : array_like of shape (N,)
    line, points, errors : array_like of shape (N,), optional
        Theory, measurements, and their standard errors.
    joined : bool, default False
        Whether to join the points by a thin line, for curves without theory.
    label : str, optional
    """
    place = index % len(_COLOURS)
    colour, dashes, marker = _COLOURS[place], _DASHES[place], _MARKERS[place]
    if line is not None:
        own = label if points is None else None
        ax.plot(x, line, color=colour, ls=dashes, lw=1.6, label=own)
    if points is not None:
        bars = None if errors is None else np.asarray(errors)
        ax.errorbar(
            x, points, yerr=bars, fmt=marker, color=colour, ms=4.5, lw=1.0, capsize=2,
            ls=":" if joined else "none", mfc="white" if place % 2 else colour, label=label,
        )  # fmt: skip


def save_figure(figure: Any, path: Any) -> None:
    """Write a figure as a small PNG file, atomically."""
    drawn = io.BytesIO()
    with house_style():
        figure.savefig(drawn, format="png", dpi=100, metadata={"Software": None})
    write_whole(path, drawn.getvalue())


def svg_text(figure: Any) -> str:
    """Return a figure as SVG text to embed in a page."""
    text = io.StringIO()
    with house_style():
        figure.savefig(text, format="svg", metadata={"Date": None})
    return text.getvalue()[text.getvalue().index("<svg") :]
