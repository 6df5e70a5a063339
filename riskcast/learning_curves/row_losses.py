"""What the losses of single rows tell against their mean."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.stats import skew, spearmanr

FloatArray = NDArray[np.float64]

_FEW = 0.02  # of the rows
_LARGE_SHARE = 0.35  # of the squared error in those few; normal errors: 0.14, Laplace: 0.25
_LOPSIDED = 0.2  # skewness over √n, which is that of the mean (Berry and Esseen)
_CLEAR_DRIFT = 4.0  # standard errors


class HeavyTails(NamedTuple):
    """So few rows make up so large a share of all loss."""

    rows: int
    share: float


def heavy_tails(losses: FloatArray) -> HeavyTails | None:
    """Whether so few rows make up so much of the mean that its error is not to be trusted.

    Means of losses are normal only for far more rows then.
    """
    ordered = np.sort(losses)
    few = int(_FEW * len(ordered))
    if few == 0 or ordered[-few:].sum() <= _LARGE_SHARE * ordered.sum():
        return None
    if skew(ordered) < _LOPSIDED * math.sqrt(len(ordered)):
        return None  # rows enough for the mean to settle
    return HeavyTails(few, float(ordered[-few:].sum() / ordered.sum()))


def drift(losses: FloatArray) -> float:
    """Rank correlation of losses with their place in the table; zero where it may be chance."""
    if len(losses) < 3 or np.ptp(losses) == 0.0:
        return 0.0
    correlation = float(spearmanr(losses, np.arange(len(losses))).statistic)
    return correlation if abs(correlation) * math.sqrt(len(losses) - 1) > _CLEAR_DRIFT else 0.0
