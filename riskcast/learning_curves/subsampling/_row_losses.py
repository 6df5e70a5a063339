"""Diagnostics of the losses of individual rows: heavy tails and drift."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import skew, spearmanr

FloatArray = NDArray[np.float64]

_FEW = 0.02  # share of the rows with the largest losses
_LARGE_SHARE = 0.35  # their share of the squared error; normal errors: 0.14, Laplace: 0.25
_LOPSIDED = 0.2  # bound on the skewness of the mean, skewness over √n (Berry and Esseen)
_CLEAR_DRIFT = 4.0  # standard errors


class HeavyTails(NamedTuple):
    """Number of rows with the largest losses, and their share of the total loss."""

    rows: int
    share: float


def heavy_tails(losses: FloatArray) -> HeavyTails | None:
    """Detect heavy tails: few rows dominate the mean, so its standard error is unreliable.

    The mean would be approximately normal only for a much larger sample. Returns None if
    the tails are not heavy.
    """
    ordered = np.sort(losses)
    few = int(_FEW * len(ordered))
    if few == 0 or ordered[-few:].sum() <= _LARGE_SHARE * ordered.sum():
        return None
    if skew(ordered) < _LOPSIDED * math.sqrt(len(ordered)):
        return None  # the sample is large enough for the mean to be nearly normal
    return HeavyTails(few, float(ordered[-few:].sum() / ordered.sum()))


def drift(losses: FloatArray) -> float:
    """Rank correlation of losses with row position; zero if not clearly significant."""
    if len(losses) < 3 or np.ptp(losses) == 0.0:
        return 0.0
    correlation = float(spearmanr(losses, np.arange(len(losses))).statistic)
    return correlation if abs(correlation) * math.sqrt(len(losses) - 1) > _CLEAR_DRIFT else 0.0
