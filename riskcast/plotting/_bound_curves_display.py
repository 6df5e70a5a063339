"""Plot of bounds on the risk and the true risk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from riskcast.plotting._axes import new_axes

if TYPE_CHECKING:
    from riskcast.theory import BoundCurves

__all__ = ["BoundCurvesDisplay"]


class BoundCurvesDisplay:
    """Plot bounds, true risk and train risk against training time, on logarithmic axes.

    Parameters
    ----------
    bounds : BoundCurves

    Attributes
    ----------
    ax_ : matplotlib axes
    figure_ : matplotlib figure
    """

    def __init__(self, bounds: BoundCurves) -> None:
        self.bounds = bounds

    def plot(self, ax: Any = None) -> BoundCurvesDisplay:
        """Draw on `ax`, or on a new figure."""
        ax = new_axes() if ax is None else ax
        curve = self.bounds.curve
        drawn = (curve.times > 0) & np.isfinite(curve.times)
        lines = {
            "bound: norm of all weights": (self.bounds.classical, "--"),
            "bound: distance from the start": (self.bounds.active, "-."),
            "bound: conditioning": (self.bounds.conditioned, ":"),
            "risk": (curve.risk, "-"),
            "train risk": (curve.train_risk, "-"),
        }
        for label, (values, style) in lines.items():
            shown = drawn & np.isfinite(values)
            ax.plot(curve.times[shown], values[shown], style, label=label)
        ax.set(xscale="log", yscale="log", xlabel="training time", ylabel="expected squared error")
        ax.legend(frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self
