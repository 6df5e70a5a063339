"""Figures of the HTML report, as SVG."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from typing import Any

import numpy as np

from riskcast._wording import level_text
from riskcast.assessment import Assessment
from riskcast.assessment._more_rows import curve_from_here
from riskcast.assessment._scale import Scale
from riskcast.plotting._axes import bars_within

INK, QUIET, GRID = "#1f2933", "#7b8794", "#e4e7eb"
TEST, TRAIN = "#0b6e99", "#d9822b"

_WIDTH, _HEIGHT = 5.2, 3.5  # inches: small, so that text stays readable on a phone
_STYLE = {
    "font.family": "sans-serif",
    "font.sans-serif": ["DejaVu Sans"],
    "font.size": 10.5,
    "svg.fonttype": "path",
    "svg.hashsalt": "riskcast",
    "axes.edgecolor": GRID,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "axes.grid": True,
    "grid.color": GRID,
    "grid.linewidth": 0.7,
    "axes.axisbelow": True,
    "text.color": INK,
    "xtick.color": QUIET,
    "ytick.color": QUIET,
}


def risk_path_figure(found: Assessment) -> str:
    """Figure of risk against epochs; an empty string for models without a path."""
    if found.path is None or found.stopping is None:
        return ""
    return _drawn(lambda ax: _draw_path(ax, found))


def learning_curve_figure(found: Assessment) -> str:
    """Figure of risk against the number of rows, with its interval."""
    return _drawn(lambda ax: _draw_curve(ax, found))


def _drawn(draw: Callable[[Any], None]) -> str:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    with mpl.rc_context(_STYLE):
        figure = Figure(figsize=(_WIDTH, _HEIGHT), layout="constrained")
        draw(figure.add_subplot())
        text = io.StringIO()
        figure.savefig(text, format="svg", transparent=True, metadata={"Date": None})
    return _inline(text.getvalue())


def _inline(svg: str) -> str:
    """Make an SVG inline: full width, no prologue."""
    svg = svg[svg.index("<svg") :]
    return re.sub(r'<svg ([^>]*?)width="[^"]*"', r'<svg \1width="100%"', svg, count=1).replace(
        f'height="{_height_of(svg)}"', "", 1
    )


def _height_of(svg: str) -> str:
    match = re.search(r'<svg [^>]*?height="([^"]*)"', svg)
    return match.group(1) if match else ""


def _draw_path(ax: Any, found: Assessment) -> None:
    path, stop, scale = found.path, found.stopping, found.scale
    assert path is not None
    assert stop is not None
    finite = np.isfinite(path.times)
    epochs = path.times[finite] / stop.learning_rate
    shown = np.vectorize(scale.shown)
    risk, error = path.risk[finite], path.standard_error[finite]
    ax.fill_between(epochs, shown(risk - error), shown(risk + error), color=TEST, alpha=0.15, lw=0)
    ax.plot(epochs, shown(risk), color=TEST, lw=2, label="test (leave-one-out)")
    ax.plot(epochs, shown(path.train_risk[finite]), color=TRAIN, lw=1.5, ls="--",
            label="train")  # fmt: skip
    ax.axhline(scale.shown(path.untrained_risk), color=QUIET, lw=1, ls=":", label="untrained")
    best = min(stop.time, float(path.times[finite][-1])) / stop.learning_rate
    ax.plot([best], [scale.shown(stop.risk)], "o", color=TEST, ms=7, label="best time")
    ceiling = 1.6 * scale.shown(path.untrained_risk)
    highest = float(np.nanmax(shown(risk + error)))
    ax.set(xscale="log", xlabel="epochs of full-batch gradient descent")
    ax.set_ylim(0.0, min(ceiling, 1.08 * highest) if ceiling > 0 else None)
    _finish(ax, scale)


def _draw_curve(ax: Any, found: Assessment) -> None:
    forecast, scale = found.forecast, found.scale
    observed = forecast.observed
    now = found.table.n_samples
    sizes = np.unique(np.append(np.geomspace(observed.sizes[0], 8.0 * now, 80), now))
    curve = curve_from_here(forecast, sizes, found.risk, found.standard_error)
    shown = np.vectorize(scale.shown)
    ahead = sizes >= now
    band = f"{level_text(forecast.level)} interval"
    ax.fill_between(sizes[ahead], shown(curve.lower[ahead]), shown(curve.upper[ahead]),
                    color=TEST, alpha=0.15, lw=0, label=band)  # fmt: skip
    ax.plot(sizes[ahead], shown(curve.risk[ahead]), color=TEST, lw=2, label="forecast")
    ax.plot(sizes[~ahead], shown(curve.risk[~ahead]), color=TEST, lw=1, ls="--")
    errors = [scale.shown_error(*pair) for pair in zip(observed.risk, observed.standard_error,
                                                       strict=True)]  # fmt: skip
    bars = bars_within(shown(observed.risk), np.nan_to_num(errors), 0.0, scale.shown(np.inf))
    ax.errorbar(observed.sizes, shown(observed.risk), yerr=bars, fmt="o",
                color=INK, ms=4, lw=1, label="measured on subsets")  # fmt: skip
    ax.axvline(now, color=QUIET, lw=1, ls=":")
    ax.set(xscale="log", xlabel="training rows")
    _show_curve_whole(ax, shown(curve.lower[ahead]), shown(observed.risk))
    _name_sizes(ax, sizes[0], now)
    _finish(ax, scale)


def _show_curve_whole(ax: Any, lower: Any, points: Any) -> None:
    """Set limits that show the interval and all points except the first."""
    low = float(min(lower.min(), points.min()))
    high = float(points[min(1, len(points) - 1) :].max())
    ax.set_ylim(max(0.0, low - 0.15 * (high - low)), high + 0.25 * (high - low))


def _name_sizes(ax: Any, first: float, now: int) -> None:
    from matplotlib.ticker import FixedFormatter, FixedLocator, NullLocator

    ticks = [now / 2**power for power in (6, 4, 2) if now / 2**power > 0.9 * first] + [now, 2 * now]
    ticks += [8 * now]
    ax.xaxis.set_major_locator(FixedLocator(ticks))
    names = [f"{round(tick):,}" for tick in ticks]
    ax.xaxis.set_major_formatter(FixedFormatter(names))
    ax.xaxis.set_minor_locator(NullLocator())


def _finish(ax: Any, scale: Scale) -> None:
    ax.set_ylabel(scale.full_name)
    _as_percent(ax.yaxis, scale)
    ax.legend(frameon=False, fontsize=9, loc="best")


def _as_percent(axis: Any, scale: Scale) -> None:
    if scale.task == "classification":
        from matplotlib.ticker import PercentFormatter

        axis.set_major_formatter(PercentFormatter(1.0, decimals=None))
