"""The standard error of a mean."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]


def standard_error(values: ArrayLike, axis: int = 0, omit_nan: bool = False) -> FloatArray:
    """Standard error of the mean of independent values: s/√n, s² with divisor n - 1.

    Parameters
    ----------
    values : array_like
        Runs, seeds, folds or rows along `axis`.
    axis : int, default=0
    omit_nan : bool, default=False
        Leave out values that are NaN, each place on its own. Otherwise NaN is passed on.

    Returns
    -------
    ndarray
        Without that axis; NaN where there are fewer than two values, for one value says
        nothing about its spread.
    """
    array = np.asarray(values, dtype=np.float64)
    there = ~np.isnan(array) if omit_nan else np.ones_like(array, dtype=bool)
    count = there.sum(axis=axis, keepdims=True)
    kept = np.where(there, array, 0.0)
    mean = kept.sum(axis=axis, keepdims=True) / np.maximum(count, 1)
    squares = (np.where(there, array - mean, 0.0) ** 2).sum(axis=axis)
    return error_of_mean(squares, count.squeeze(axis))


def error_of_mean(squares: ArrayLike, count: ArrayLike) -> FloatArray:
    """The same, from the sum of squared deviations of `count` values from their mean."""
    several = np.maximum(count, 2)
    error = np.sqrt(np.asarray(squares, dtype=np.float64) / (several - 1) / several)
    return np.asarray(np.where(np.asarray(count) > 1, error, np.nan))
