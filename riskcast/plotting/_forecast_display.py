"""Plot of a forecast learning curve."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from riskcast._wording import level_text
from riskcast.path._ranges import risk_range
from riskcast.plotting._axes import bars_within, new_axes, risk_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from riskcast.learning_curves import Forecast

_CURVE_POINTS = 120
_MANY_DECADES = 3000.0  # ratio of sizes above which ticks at 2 and 5 are omitted


class ForecastDisplay:
    """Plot observed points, the forecast curve and its interval against sample size.

    Parameters
    ----------
    forecast : Forecast
        The forecast to plot.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was drawn.
    figure_ : matplotlib Figure
        The figure that holds it.
    """

    def __init__(self, forecast: Forecast) -> None:
        self.forecast = forecast

    def plot(self, ax: Axes | None = None) -> ForecastDisplay:
        """Draw on `ax`, or on a new figure.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw.

        Returns
        -------
        ForecastDisplay
            Itself, with `ax_` and `figure_`.
        """
        ax = new_axes() if ax is None else ax
        forecast, observed = self.forecast, self.forecast.observed
        ends = [*observed.sizes, *forecast.n_samples]
        low = risk_range(forecast.scoring)[0]
        sizes = np.geomspace(min(ends), max(ends), _CURVE_POINTS)
        risk, lower, upper = forecast.at(sizes)
        (line,) = ax.plot(sizes, risk, label="forecast")
        ax.fill_between(
            sizes,
            lower,
            upper,
            alpha=0.2,
            color=line.get_color(),
            lw=0,
            label=f"{level_text(forecast.level)} interval",
        )
        ax.errorbar(
            observed.sizes,
            observed.risk,
            yerr=bars_within(observed.risk, observed.standard_error, low, observed.highest),
            fmt="o",
            ms=4,
            color="0.25",
            label="observed (± standard error)",
        )
        ax.axvline(forecast.n_rows, ls=":", color="0.5", label="current sample size")
        ax.set(xscale="log", xlabel="sample size", ylabel=risk_label(forecast.scoring))
        _number_rows(ax, max(ends) / min(ends))
        ax.legend(frameon=False)
        self.ax_: Axes = ax
        self.figure_: Figure | Any = ax.figure
        return self


def _number_rows(ax: Axes, ratio: float) -> None:
    """Set ticks at 10, 20, 50, 100, ...; only at powers of ten over many decades."""
    from matplotlib.ticker import FuncFormatter, LogLocator, NullFormatter

    steps = (1.0, 2.0, 5.0) if ratio < _MANY_DECADES else (1.0,)
    ax.xaxis.set_major_locator(LogLocator(subs=steps))
    ax.xaxis.set_major_formatter(FuncFormatter(lambda rows, _: f"{rows:,.0f}"))
    ax.xaxis.set_minor_formatter(NullFormatter())
