"""Plot of risk against training time."""

from __future__ import annotations

from itertools import cycle
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskcast.plotting._axes import LINES, new_axes

if TYPE_CHECKING:
    from riskcast.theory import RiskCurve

__all__ = ["RiskCurveDisplay"]

FloatArray = NDArray[np.float64]


class RiskCurveDisplay:
    """Plot risk, its parts and train risk against training time.

    Parameters
    ----------
    times : ndarray of shape (T,)
    lines : dict of str to ndarray of shape (T,)
        Curves by label.
    best_time : float, optional
        Best time to mark.

    Attributes
    ----------
    ax_ : matplotlib axes
    figure_ : matplotlib figure
    lines_ : list of matplotlib lines

    Examples
    --------
    >>> import riskcast as rc
    >>> curve = rc.theory.risk_curve(
    ...     rc.Population.isotropic(400, snr=2.0), 600, rc.GradientFlow([0.1, 1.0, 10.0])
    ... )
    >>> curve.plot().ax_.get_xlabel()
    'training time'
    """

    def __init__(
        self, times: FloatArray, lines: dict[str, FloatArray], best_time: float | None = None
    ) -> None:
        self.times = times
        self.lines = lines
        self.best_time = best_time

    @classmethod
    def from_curve(cls, curve: RiskCurve, ax: Any = None) -> RiskCurveDisplay:
        """Plot one risk curve with its parts."""
        lines = {
            "risk": curve.risk,
            "train risk": curve.train_risk,
            "bias": curve.bias,
            "variance": curve.variance,
        }
        return cls(curve.times, lines, curve.best_time).plot(ax)

    @classmethod
    def from_curves(cls, curves: dict[str, RiskCurve], ax: Any = None) -> RiskCurveDisplay:
        """Plot the risks of several curves with the same times."""
        first = next(iter(curves.values()))
        return cls(first.times, {label: curve.risk for label, curve in curves.items()}).plot(ax)

    def plot(self, ax: Any = None) -> RiskCurveDisplay:
        """Draw on `ax`, or on a new figure."""
        ax = new_axes() if ax is None else ax
        drawn = (self.times > 0) & np.isfinite(self.times)
        self.lines_ = []
        for (label, values), style in zip(self.lines.items(), cycle(LINES), strict=False):
            self.lines_ += ax.plot(self.times[drawn], values[drawn], style, label=label)
        if self.best_time is not None and 0.0 < self.best_time < np.inf:
            ax.axvline(self.best_time, color="grey", linestyle=":", label="best time")
        ax.set(xscale="log", xlabel="training time", ylabel="expected squared error")
        ax.set_ylim(0.0, self._ceiling(drawn))
        ax.legend(frameon=False)
        self.ax_, self.figure_ = ax, ax.figure
        return self

    def _ceiling(self, drawn: NDArray[np.bool_]) -> float:
        """Keep a peak of overtraining from flattening everything else."""
        values = np.concatenate([line[drawn] for line in self.lines.values()])
        values = values[np.isfinite(values)]
        start = max((float(line[drawn][0]) for line in self.lines.values()), default=1.0)
        return 1.05 * min(float(values.max(initial=0.0)), 5.0 * start) or 1.0
