"""A risk curve: what theory says of a training run."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["FiniteSizeWarning", "RiskCurve"]

FloatArray = NDArray[np.float64]


class FiniteSizeWarning(UserWarning):
    """The numbers of samples and features are too close, or too small, for the theory."""


@dataclass(frozen=True)
class RiskCurve:
    """Expected risk along training, and what it is made of.

    Attributes
    ----------
    times : ndarray of shape (T,)
        Training times (for Ridge, n over the penalty).
    risk : ndarray of shape (T,)
        Expected test error, ``noise_variance + bias + variance``.
    bias : ndarray of shape (T,)
        Part that is there without noise in the targets, initial weights included.
    variance : ndarray of shape (T,)
        Part that noise in the training targets brings.
    train_risk : ndarray of shape (T,)
        Expected training error.
    weight_norm : ndarray of shape (T,)
        Expected squared norm of the weights.
    from_initial_weights : ndarray of shape (T,)
        Part of the bias that initial weights bring.
    noise_variance : float
        The noise floor.
    finite_size_error : float
        Relative error to expect at the last moment because sizes are finite.

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
        """Moment of the lowest risk."""
        return int(np.argmin(self.risk))

    @property
    def best_time(self) -> float:
        """Time of the lowest risk, among `times`."""
        return float(self.times[self.best_index])

    @property
    def best_risk(self) -> float:
        """Lowest risk along training."""
        return float(self.risk[self.best_index])

    @property
    def overtraining(self) -> float:
        """What training to the last moment costs: final risk over best risk, less one."""
        return float(self.risk[-1] / self.best_risk - 1.0)

    def plot(self, ax: Any = None) -> Any:
        """Draw risk, its parts and the train risk against time.

        Parameters
        ----------
        ax : matplotlib axes, optional
            Where to draw; a new figure by default.

        Returns
        -------
        RiskCurveDisplay
        """
        from riskcast.report.risk_curve_display import RiskCurveDisplay

        return RiskCurveDisplay.from_curve(self, ax=ax)
