"""The observed points of a learning curve, with the noise that they share."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_LARGEST_LOG_ERROR = 1.0  # of one point: beyond it a logarithm says nothing more


@dataclass(frozen=True)
class ObservedPoints:
    """Estimated risks at sizes inside the data.

    Attributes
    ----------
    sizes : ndarray of shape (S,)
        Numbers of rows trained on, increasing.
    risk : ndarray of shape (S,)
        Estimated risk at each.
    standard_error : ndarray of shape (S,)
        Its standard error.
    covariance : ndarray of shape (S, S)
        Covariance of the estimates. All sizes are judged on the same rows, so
        most of their error is common to them.
    lowest : float
        The best value that the risk could have: zero for an error, minus one for
        a score whose best value is one.
    resolution : float
        The smallest risk above `lowest` that the rows can show.
    highest : float
        The worst value that the risk could have: one for an error rate, zero for an
        accuracy, infinite for a squared error.
    """

    sizes: FloatArray
    risk: FloatArray
    covariance: FloatArray
    lowest: float = 0.0
    resolution: float = 0.0
    highest: float = np.inf

    @property
    def standard_error(self) -> FloatArray:
        return np.sqrt(np.diag(self.covariance))

    def __len__(self) -> int:
        return len(self.sizes)

    def log_risk(self) -> tuple[FloatArray, FloatArray]:
        """Logarithm of the risk above `lowest`, shape (S,), and its covariance (S, S).

        A relative error is what a risk has, large or small. The mean of a
        logarithm is below the logarithm of the mean by half its variance.
        """
        above = self._above()
        covariance = self.covariance / np.outer(above, above)
        error = np.sqrt(np.diag(covariance))
        shrink = np.minimum(1.0, _LARGEST_LOG_ERROR / np.maximum(error, 1e-300))
        covariance = covariance * np.outer(shrink, shrink)
        return np.log(above) + 0.5 * np.diag(covariance), covariance

    def _above(self) -> FloatArray:
        """Risk above `lowest`, as far as the rows can show it."""
        return np.maximum(self.risk - self.lowest, self.resolution)

    def with_common_noise(self, own: float | None = None) -> ObservedPoints:
        """The same points; what their noise shares becomes one factor of all sizes.

        The same rows judge all sizes. Estimated from some hundred rows, the covariance of
        points so alike has directions with next to no noise by chance, and curves
        fitted to it run beside the points (docs/forecast.md). One common factor has no
        such directions.

        Parameters
        ----------
        own : float, optional
            Relative standard deviation of what each size has by itself, where it is known
            beforehand; by default what its variance has beyond the common part.
        """
        above = self._above()
        scale = np.outer(above, above)
        relative = self.covariance / np.maximum(scale, np.finfo(float).tiny)
        variance, count = np.diag(relative), len(above)
        if own is not None:
            shared, rest = float(variance[-1]), np.full(count, own**2)
        else:
            mean = (relative.sum() - variance.sum()) / (count * (count - 1.0))
            shared = float(np.clip(mean, 0.0, variance.min()))
            rest = variance - shared
        return replace(self, covariance=(shared + np.diag(rest)) * scale)

    def kept(self, which: NDArray[np.bool_]) -> ObservedPoints:
        """The same for some of the sizes."""
        return replace(
            self,
            sizes=self.sizes[which],
            risk=self.risk[which],
            covariance=self.covariance[np.ix_(which, which)],
        )
