"""Observed points of a learning curve, with the covariance of their errors."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_LARGEST_LOG_ERROR = 1.0  # standard errors of logarithms are capped at this value


@dataclass(frozen=True)
class ObservedPoints:
    """Learning-curve points at training sizes within the data.

    Attributes
    ----------
    sizes : ndarray of shape (S,)
        Numbers of training rows, increasing.
    risk : ndarray of shape (S,)
        Estimated risk at each size.
    standard_error : ndarray of shape (S,)
        Standard error of `risk`.
    covariance : ndarray of shape (S, S)
        Covariance of the estimates. All sizes are evaluated on the same rows, so
        most of their error is common to all.
    lowest : float
        Best possible value of the risk: zero for an error, minus one for a score
        whose best value is one.
    resolution : float
        Smallest risk above `lowest` that can be observed with this number of rows.
    highest : float
        Worst possible value of the risk: one for an error rate, zero for an accuracy,
        infinite for a squared error.
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

        The logarithm is used because errors are relative to the risk. The mean of the
        logarithm is below the logarithm of the mean by half its variance; this bias is
        corrected.
        """
        above = self._above()
        covariance = self.covariance / np.outer(above, above)
        error = np.sqrt(np.diag(covariance))
        shrink = np.minimum(1.0, _LARGEST_LOG_ERROR / np.maximum(error, 1e-300))
        covariance = covariance * np.outer(shrink, shrink)
        return np.log(above) + 0.5 * np.diag(covariance), covariance

    def _above(self) -> FloatArray:
        """Risk above `lowest`, at least `resolution`."""
        return np.maximum(self.risk - self.lowest, self.resolution)

    def with_common_noise(self, own: float | None = None) -> ObservedPoints:
        """Return the points with their covariance replaced by a one-factor model.

        The same rows are used for evaluation at all sizes, so the points are highly
        correlated. A covariance estimated from a few hundred rows then has, by chance,
        directions of almost no noise, and curves fitted with it deviate from the points
        (docs/forecast.md). A single common factor plus independent noise has no such
        directions.

        Parameters
        ----------
        own : float, optional
            Relative standard deviation of the independent noise of each size, if known in
            advance. By default it is the part of the variance beyond the common factor.

        Returns
        -------
        ObservedPoints
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
        """The points selected by a boolean mask of shape (S,)."""
        return replace(
            self,
            sizes=self.sizes[which],
            risk=self.risk[which],
            covariance=self.covariance[np.ix_(which, which)],
        )
