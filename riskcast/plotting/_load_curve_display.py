"""Plot of risk against load, at the best time and at the end of training."""

from __future__ import annotations

from itertools import cycle
from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from riskcast.plotting._axes import LINES, new_axes

__all__ = ["LoadCurveDisplay"]


class LoadCurveDisplay:
    """Plot risk against load; the final risk peaks at the interpolation threshold.

    Parameters
    ----------
    loads : array_like of shape (L,)
        Samples per feature.
    risks : dict of str to array_like of shape (L,)
        Curves by label.

    Attributes
    ----------
    ax_ : matplotlib axes
    figure_ : matplotlib figure

    Examples
    --------
    >>> from riskcast.plotting._load_curve_display import LoadCurveDisplay
    >>> display = LoadCurveDisplay([0.5, 2.0], {"end": [3.0, 2.0]}).plot()
    >>> display.ax_.get_xlabel()
    'load (samples per feature)'
    """

    def __init__(self, loads: ArrayLike, risks: dict[str, ArrayLike]) -> None:
        self.loads = np.asarray(loads, dtype=np.float64)
        self.risks = {label: np.asarray(risk, dtype=np.float64) for label, risk in risks.items()}

    def plot(self, ax: Any = None) -> LoadCurveDisplay:
        """Draw on `ax`, or on a new figure."""
        ax = new_axes() if ax is None else ax
        ceiling = 0.0
        lines = cycle(LINES[:3])  # the dotted line marks the threshold
        for (label, risk), style in zip(self.risks.items(), lines, strict=False):
            finite = np.isfinite(risk)
            # An infinite peak leaves a gap: both branches rise towards it.
            ax.plot(self.loads, np.where(finite, risk, np.nan), style, label=label)
            ceiling = max(ceiling, float(np.median(risk[finite])) if finite.any() else 0.0)
        ax.axvline(1.0, color="0.5", lw=0.8, ls=":")
        ax.set(xscale="log", xlabel="load (samples per feature)", ylabel="expected squared error")
        ax.set_ylim(0.0, 5.0 * ceiling if ceiling else 1.0)
        ax.legend(frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self
