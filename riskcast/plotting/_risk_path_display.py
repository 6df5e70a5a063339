"""Plot of a risk path."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from riskcast.path._ranges import risk_range
from riskcast.plotting._axes import bars_within, new_axes, risk_label

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

    from riskcast.path import RiskPath


class RiskPathDisplay:
    """Plot risk, its standard error and train risk against training time.

    Parameters
    ----------
    path : RiskPath
        The path to plot.

    Attributes
    ----------
    ax_ : matplotlib Axes
        Where it was drawn.
    figure_ : matplotlib Figure
        The figure that holds it.
    """

    def __init__(self, path: RiskPath) -> None:
        self.path = path

    def plot(self, ax: Axes | None = None) -> RiskPathDisplay:
        """Draw on `ax`, or on a new figure.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw.

        Returns
        -------
        RiskPathDisplay
            Itself, with `ax_` and `figure_`.
        """
        ax = new_axes() if ax is None else ax
        path, times = self.path, self._finite_times()
        risk, error = path.risk, path.standard_error
        (line,) = ax.plot(times, risk, label="test (leave-one-out)")
        below, above = bars_within(risk, error, *risk_range(path.scoring))
        ax.fill_between(times, risk - below, risk + above, alpha=0.2, color=line.get_color(), lw=0)
        ax.plot(times, path.train_risk, ls="--", label="train")
        ax.axhline(path.untrained_risk, ls=":", color="0.5", label="untrained")
        best = path.best_index
        ax.plot(times[best], risk[best], "o", color=line.get_color(), label="best time")
        ax.set(xscale="log", xlabel="training time t", ylabel=risk_label(path.scoring))
        self._limit_height(ax)
        ax.legend(frameon=False)
        self.ax_: Axes = ax
        self.figure_: Figure | Any = ax.figure
        return self

    def _finite_times(self) -> Any:
        """Return times for a logarithmic axis; infinity is half a decade after the last finite."""
        times = np.array(self.path.times)
        finite = times[np.isfinite(times) & (times > 0)]
        times[np.isinf(times)] = 3.0 * finite[-1] if finite.size else 1.0
        return times

    def _limit_height(self, ax: Axes) -> None:
        """Keep a peak of overtraining from flattening everything else.

        Only if the risk is a nonnegative error, not the negative of a score.
        """
        ceiling = 3.0 * self.path.untrained_risk
        if np.nanmin(self.path.risk) >= 0.0 and 0.0 < ceiling < np.nanmax(self.path.risk):
            ax.set_ylim(0.0, ceiling)
