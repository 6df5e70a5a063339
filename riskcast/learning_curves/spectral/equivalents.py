"""What rows that are left out tell of κ, its degrees of freedom and the gain of noise.

The textbook estimate ``κ = 1/tr(K + z)⁻¹`` holds for rows that are alike. Rows of
real data are not: some lie far out, and near interpolation that estimate then
errs by tens of percent. Asking each row what the others make of it needs no such
assumption. With ``A = (K + z)⁻¹``, row i, left out,

- keeps the unexplained variance ``1/A_ii - z``, in the mean κ · df₁(κ),
- gets from the noise of the others the variance ``(A²)_ii/A_ii² - 1`` times the noise's,
  in the mean df₂/(n - df₂).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcast.path.factorization import Factorization

FloatArray = NDArray[np.float64]

_WEAKEST = 1e-2  # of the smallest eigenvalue: there the penalty has no effect any more


@dataclass(frozen=True)
class Equivalents:
    """Deterministic equivalents at Z ridge penalties, as seen by rows left out.

    Attributes
    ----------
    penalties : ndarray of shape (Z,)
        Decreasing.
    kappa : ndarray of shape (Z,)
        Effective regularization.
    freedom : ndarray of shape (Z,)
        Degrees of freedom df₁.
    gain : ndarray of shape (Z,)
        ``n/(n - df₂)``: the factor by which noise is amplified.
    n_trained : float
        Rows that each fold trains on, less one for an intercept.
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
    """Measure the equivalents of a factorization at given penalties."""
    scale = data.eigenvalues[-1]  # squares of very large or small numbers would not be numbers
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
    diagonal = n_kept / data.n_samples  # of the projector off the constant, in the mean
    # A fold's own trace: one row and one column of K + z are taken out.
    trace = once.sum(axis=0) - (twice / once).mean(axis=0)
    n_trained = n_kept - 1.0
    freedom = n_trained - weights * trace
    unexplained = (diagonal / once).mean(axis=0) - weights
    gain = diagonal * (twice / once**2).mean(axis=0)
    with np.errstate(divide="ignore", invalid="ignore"):
        kappa = scale * unexplained / freedom
    return Equivalents(penalties, kappa, freedom, gain, n_trained)


def cost_of_mean(rows: float, centred: bool) -> float:
    """Factor of the risk for an intercept that is the mean of the rows trained on."""
    return 1.0 + centred / rows


def informative_penalties(data: Factorization, count: int, most_gain: float) -> FloatArray:
    """Penalties, decreasing, that spread κ evenly on the scale of logarithms.

    From where next to nothing is learned to where the penalty has no effect, or
    noise is amplified more than `most_gain` times. May be fewer than `count`.
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
