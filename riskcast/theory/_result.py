"""The risk curve that the theory predicts for a training run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["FiniteSizeWarning", "RiskCurve"]

FloatArray = NDArray[np.float64]


class FiniteSizeWarning(UserWarning):
    """The theory is inaccurate here: n and p are too close to each other or too small."""


@dataclass(frozen=True)
class RiskCurve:
    """Expected risk along training, and its components.

    Attributes
    ----------
    times : ndarray of shape (T,)
        Training times (for Ridge, n divided by the penalty).
    risk : ndarray of shape (T,)
        Expected test error, ``noise_variance + bias + variance``.
    bias : ndarray of shape (T,)
        Error without noise in the targets, including the effect of the initial weights.
    variance : ndarray of shape (T,)
        Error caused by noise in the training targets.
    train_risk : ndarray of shape (T,)
        Expected training error.
    weight_norm : ndarray of shape (T,)
        Expected squared norm of the weights.
    from_initial_weights : ndarray of shape (T,)
        Part of the bias caused by the initial weights.
    noise_variance : float
        Noise variance of the targets, the irreducible error.
    finite_size_error : float
        Expected relative error at the last time, due to finite n and p.

    Examples
    --------
    >>> import riskcast as rc
    >>> population = rc.Population.isotropic(200, snr=1.0)
    >>> flow = rc.GradientFlow([0.1, 1.0, 10.0])
    >>> curve = rc.theory.risk_curve(population, n_samples=400, filter=flow)
    >>> curve.best_time, round(curve.best_risk, 3)
    (1.0, 1.429)
    """

    times: FloatArray
    risk: FloatArray
    bias: FloatArray
    variance: FloatArray
    train_risk: FloatArray
    weight_norm: FloatArray
    from_initial_weights: FloatArray
    noise_variance: float
    finite_size_error: float

    @property
    def best_index(self) -> int:
        """Index of the lowest risk."""
        return int(np.argmin(self.risk))

    @property
    def best_time(self) -> float:
        """Time in `times` at which the risk is lowest."""
        return float(self.times[self.best_index])

    @property
    def best_risk(self) -> float:
        """Lowest risk along training."""
        return float(self.risk[self.best_index])

    @property
    def overtraining(self) -> float:
        """Relative cost of training to the last time: final risk / best risk - 1."""
        return float(self.risk[-1] / self.best_risk - 1.0)

    def plot(self, ax: Any = None) -> Any:
        """Plot the risk, its components and the training risk against time.

        Parameters
        ----------
        ax : matplotlib axes, optional
            Axes to draw on; by default a new figure.

        Returns
        -------
        RiskCurveDisplay
        """
        from riskcast.plotting._risk_curve_display import RiskCurveDisplay

        return RiskCurveDisplay.from_curve(self, ax=ax)
