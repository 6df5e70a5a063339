"""Leave-one-out estimates of κ, its degrees of freedom and the amplification of noise.

The textbook estimate ``κ = 1/tr(K + z)⁻¹`` holds for rows of similar norm. Real data
contain outliers, and near interpolation that estimate is then wrong by tens of percent.
Leave-one-out estimates do not need this assumption. With ``A = (K + z)⁻¹``, the held-out
row i has

- the unexplained variance ``1/A_ii - z``, with mean κ · df₁(κ),
- a prediction variance of ``(A²)_ii/A_ii² - 1`` times the noise variance, due to the noise
  of the other rows, with mean df₂/(n - df₂) for the factor.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcast.path._factorization import Factorization

FloatArray = NDArray[np.float64]

_WEAKEST = 1e-2  # times the smallest eigenvalue: smaller penalties have no effect


@dataclass(frozen=True)
class Equivalents:
    """Leave-one-out estimates of deterministic equivalents at Z ridge penalties.

    Attributes
    ----------
    penalties : ndarray of shape (Z,)
        Ridge penalties, decreasing.
    kappa : ndarray of shape (Z,)
        Effective regularization.
    freedom : ndarray of shape (Z,)
        Degrees of freedom df₁.
    gain : ndarray of shape (Z,)
        ``n/(n - df₂)``: the factor by which noise is amplified.
    n_trained : float
        Number of training rows of each fold, minus one for an intercept.
    """

    penalties: FloatArray
    kappa: FloatArray
    freedom: FloatArray
    gain: FloatArray
    n_trained: float

    @property
    def twice_freedom(self) -> FloatArray:
        """Degrees of freedom df₂, shape (Z,)."""
        return self.n_trained * (1.0 - 1.0 / self.gain)


def equivalents(data: Factorization, penalties: FloatArray) -> Equivalents:
    """Compute the equivalents of a factorization at given penalties."""
    scale = data.eigenvalues[-1]  # scaled to avoid overflow and underflow of squares
    eigenvalues, weights, outside = (
        data.eigenvalues / scale,
        penalties / scale,
        data.leverage_outside,
    )
    squares = data.vectors**2
    bare = eigenvalues[:, None] + weights
    once = squares @ (1.0 / bare) + outside[:, None] / weights
    twice = squares @ (1.0 / bare**2) + outside[:, None] / weights**2
    n_kept = data.n_samples - int(data.centred)
    diagonal = n_kept / data.n_samples  # mean diagonal of the projector orthogonal to constants
    # Trace of a fold, for K + z without one row and column.
    trace = once.sum(axis=0) - (twice / once).mean(axis=0)
    n_trained = n_kept - 1.0
    freedom = n_trained - weights * trace
    unexplained = (diagonal / once).mean(axis=0) - weights
    gain = diagonal * (twice / once**2).mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        kappa = scale * unexplained / freedom
    return Equivalents(penalties, kappa, freedom, gain, n_trained)


def cost_of_mean(rows: float, centred: bool) -> float:
    """Factor of the risk due to an intercept estimated as the mean of the training rows."""
    return 1.0 + centred / rows


def informative_penalties(data: Factorization, count: int, most_gain: float) -> FloatArray:
    """Decreasing penalties for which κ is evenly spaced on a log scale.

    They range from almost nothing learned to where the penalty has no effect or noise
    is amplified more than `most_gain` times. There may be fewer than `count`.
    """
    eigenvalues = data.eigenvalues
    weakest = max(eigenvalues[0], eigenvalues[-1] * 1e-12) * _WEAKEST
    penalties = np.geomspace(10.0 * eigenvalues[-1], weakest, 3 * count)
    seen = equivalents(data, penalties)
    falling = np.diff(seen.kappa, prepend=np.inf) < 0
    usable = falling & (seen.kappa > 0) & (seen.freedom > 1e-3) & (seen.gain < most_gain)
    last = len(usable) if usable.all() else int(np.argmin(usable))
    if last < 2:
        return penalties[:last]
    kappa = np.log(seen.kappa[:last])
    wanted = np.linspace(kappa[0], kappa[-1], count)
    return np.exp(np.interp(-wanted, -kappa, np.log(penalties[:last])))
