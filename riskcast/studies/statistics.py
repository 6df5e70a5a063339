"""Means over draws, ratios of means and power-law exponents, with standard errors."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import ArrayLike

from riskcast._statistics import standard_error

__all__ = ["independent_ratio", "mean_and_error", "paired_ratio", "power_law"]


def mean_and_error(draws: ArrayLike, axis: int = 0) -> tuple[Any, Any]:
    """Return the mean over draws and its standard error.

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
    return values.mean(axis=axis), standard_error(values, axis=axis)


def paired_ratio(above: ArrayLike, below: ArrayLike) -> tuple[float, float]:
    """Return the ratio of two means over the same draws, and its standard error.

    Parameters
    ----------
    above, below : array_like of shape (draws,)

    Returns
    -------
    ratio, error : float

    Examples
    --------
    >>> from riskcast.studies.statistics import paired_ratio
    >>> paired_ratio([2.0, 4.0], [1.0, 2.0])
    (2.0, 0.0)
    """
    top, bottom = np.asarray(above, dtype=np.float64), np.asarray(below, dtype=np.float64)
    ratio = top.mean() / bottom.mean()
    error = mean_and_error(top - ratio * bottom)[1] / bottom.mean()
    return float(ratio), float(error)


def independent_ratio(
    above: float, above_error: float, below: float, below_error: float
) -> tuple[float, float]:
    """Return the ratio of two means over different draws, and its standard error.

    Parameters
    ----------
    above, above_error : float
        Numerator and its standard error.
    below, below_error : float
        Denominator and its standard error.

    Returns
    -------
    ratio, error : float

    Examples
    --------
    >>> from riskcast.studies.statistics import independent_ratio
    >>> independent_ratio(2.0, 0.06, 1.0, 0.04)
    (2.0, 0.1)
    """
    ratio = above / below
    return float(ratio), float(ratio * np.hypot(above_error / above, below_error / below))


def power_law(sizes: ArrayLike, values: ArrayLike) -> tuple[float, float]:
    """Return the exponent of a power law in the size, mean over draws, and its standard error.

    Parameters
    ----------
    sizes : array_like of shape (S,)
    values : array_like of shape (S, draws)
        Positive values.

    Returns
    -------
    power, error : float

    Examples
    --------
    >>> from riskcast.studies.statistics import power_law
    >>> [round(number, 12) for number in power_law([1, 10], [[1.0, 2.0], [0.1, 0.2]])]
    [-1.0, 0.0]
    """
    logs = np.log(values)
    slopes = [np.polyfit(np.log(sizes), logs[:, draw], 1)[0] for draw in range(logs.shape[1])]
    mean, error = mean_and_error(slopes)
    return float(mean), float(error)
