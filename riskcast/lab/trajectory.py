"""Records of networks along their training."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast._statistics import standard_error
from riskcast.lab.network import Network

__all__ = ["Trajectory"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Trajectory:
    """Networks of S seeds recorded at T training times each; NaN once a run has diverged.

    Attributes
    ----------
    seeds : ndarray of int, shape (S,)
    steps : ndarray of int, shape (T,), or None
        Steps of the records; None for gradient flow.
    times : ndarray of shape (S, T)
        Training times: learning rate times steps, or the time of the flow.
    learning_rate : ndarray of shape (S,)
        NaN for gradient flow.
    tangent_top : ndarray of shape (S,)
        Largest eigenvalue of the NTK before training, over the sample size;
        its inverse is the shortest time scale. NaN under batch normalization.
    train_error, test_error : ndarray of shape (S, T)
        Mean squared error for real targets, error rate for classes. If the
        noiseless targets are known, the test error is the mean squared distance
        from them plus the noise variance.
    train_loss, test_loss : ndarray of shape (S, T)
        Training loss function on train and test rows, without weight decay.
    observables : dict of str to ndarray of shape (S, T, ...)
        Observables passed to `train`.
    diverged_step : ndarray of int, shape (S,)
        Step at which the loss was not finite or exceeded a million times its
        initial value; -1 for runs that did not diverge.
    converged : ndarray of bool, shape (S,)
        Whether the data were fitted at the end (`Training.fitted_below`).
        A run that did not converge may still overtrain later.
    oracle_error : float or None
        Test error of the best possible predictor.
    signal_variance : float or None
        Variance of the targets without noise.
    initial, final : tuple of Network
        The networks before and after training.
    """

    seeds: NDArray[np.int64]
    steps: NDArray[np.int64] | None
    times: FloatArray
    learning_rate: FloatArray
    tangent_top: FloatArray
    train_error: FloatArray
    test_error: FloatArray
    train_loss: FloatArray
    test_loss: FloatArray
    diverged_step: NDArray[np.int64]
    converged: NDArray[np.bool_]
    oracle_error: float | None
    signal_variance: float | None
    initial: tuple[Network, ...] = field(repr=False)
    final: tuple[Network, ...] = field(repr=False)
    observables: dict[str, FloatArray] = field(default_factory=dict)

    @property
    def diverged(self) -> NDArray[np.bool_]:
        """Which runs diverged, shape (S,)."""
        return self.diverged_step >= 0

    @property
    def relative_times(self) -> FloatArray:
        """Times in units of one over `tangent_top`, comparable across widths, shape (S, T)."""
        return self.times * self.tangent_top[:, None]

    @property
    def excess_error(self) -> FloatArray:
        """Test error minus the oracle's, shape (S, T); over the variance of real targets.

        Raises
        ------
        ValueError
            If the oracle error of the task is not known.
        """
        if self.oracle_error is None:
            raise ValueError(
                "excess_error: the oracle error of this task is not known; use test_error"
            )
        return (self.test_error - self.oracle_error) / (self.signal_variance or 1.0)

    @property
    def best_error(self) -> FloatArray:
        """Smallest test error of each seed along training, shape (S,); NaN if it diverged."""
        return self.test_error.min(axis=1)

    @property
    def final_error(self) -> FloatArray:
        """Test error of each seed at the last record, shape (S,)."""
        return self.test_error[:, -1]

    def mean(self, name: str = "test_error") -> FloatArray:
        """Mean over the seeds that did not diverge, shape (T, ...)."""
        return self._kept(name).mean(axis=0)

    def standard_error(self, name: str = "test_error") -> FloatArray:
        """Standard error of `mean`, shape (T, ...); NaN for a single seed."""
        return standard_error(self._kept(name))

    def _kept(self, name: str) -> FloatArray:
        values = self.observables[name] if name in self.observables else getattr(self, name)
        kept = np.asarray(values)[~self.diverged]
        if len(kept) == 0:
            raise ValueError(
                f"{name}: all {len(self.seeds)} runs diverged, the first at step "
                f"{self.diverged_step.min()}; lower the learning rate"
            )
        return kept

    @property
    def overtraining(self) -> float:
        """Final over best mean test error, minus one; all seeds stop at the same record."""
        mean = self.mean("test_error")
        return float(mean[-1] / mean.min() - 1.0)

    def plot(self, ax: Any = None) -> Any:
        """Draw mean train and test error against time, with standard errors.

        Parameters
        ----------
        ax : matplotlib axes, optional
            Where to draw; by default a new figure.

        Returns
        -------
        matplotlib axes
        """
        from riskcast.lab.figures import draw_trajectory

        return draw_trajectory(self, ax)
