"""Heat map of a quantity over load and signal-to-noise ratio."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from riskcast.plotting._axes import new_axes

__all__ = ["PhaseDiagramDisplay"]


class PhaseDiagramDisplay:
    """Plot a heat map over (load, snr), both on logarithmic axes.

    Parameters
    ----------
    loads : array_like of shape (L,)
    snrs : array_like of shape (S,)
    values : array_like of shape (S, L)
    label : str
        Label of the colour bar.

    Attributes
    ----------
    ax_ : matplotlib axes
    figure_ : matplotlib figure

    Examples
    --------
    >>> from riskcast.plotting._phase_diagram_display import PhaseDiagramDisplay
    >>> display = PhaseDiagramDisplay([0.5, 2.0], [1.0, 9.0], [[1, 2], [3, 4]], "risk").plot()
    >>> display.ax_.get_ylabel()
    'signal-to-noise ratio'
    """

    def __init__(self, loads: ArrayLike, snrs: ArrayLike, values: ArrayLike, label: str) -> None:
        self.loads = np.asarray(loads, dtype=np.float64)
        self.snrs = np.asarray(snrs, dtype=np.float64)
        self.values = np.asarray(values, dtype=np.float64)
        self.label = label

    def plot(self, ax: Any = None) -> PhaseDiagramDisplay:
        """Draw on `ax`, or on a new figure."""
        ax = new_axes() if ax is None else ax
        shown = np.ma.masked_invalid(self.values)
        mesh = ax.pcolormesh(self.loads, self.snrs, shown, shading="nearest")
        ax.figure.colorbar(mesh, ax=ax, label=self.label)
        ax.set(
            xscale="log",
            yscale="log",
            xlabel="load (samples per feature)",
            ylabel="signal-to-noise ratio",
        )
        self.ax_, self.figure_ = ax, ax.figure
        return self
