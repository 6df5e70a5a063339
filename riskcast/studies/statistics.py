"""Means over draws with their standard errors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["mean_and_error"]


def mean_and_error(draws: ArrayLike, axis: int = 0) -> tuple[Any, Any]:
    """Mean over draws and its standard error.

    Parameters
    ----------
    draws : array_like of shape (..., draws, ...)
        At least two draws.
    axis : int, default 0
        Axis of the draws.

    Returns
    -------
    mean, error : ndarray

    Examples
    --------
    >>> from riskcast.studies import mean_and_error
    >>> mean, error = mean_and_error([1.0, 3.0])
    >>> float(mean), float(error)
    (2.0, 1.0)
    """
    values = np.asarray(draws, dtype=np.float64)
    count = values.shape[axis]
    if count < 2:
        raise ValueError(f"draws: got {count} along axis {axis}; an error needs at least two")
    return values.mean(axis=axis), values.std(axis=axis, ddof=1) / np.sqrt(count)
