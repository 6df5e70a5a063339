"""Named kernels with default parameters chosen from the data."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast.exceptions import InputError, near_misses

_ROWS_FOR_MEDIAN = 1000
_PARAMETERS: dict[str, tuple[str, ...]] = {
    "rbf": ("gamma",),
    "laplacian": ("gamma",),
    "polynomial": ("degree", "gamma", "coef0"),
    "cosine": (),
}

_WANTED: dict[str, tuple[float, str]] = {
    "gamma": (sys.float_info.min, "a positive, finite number"),
    "degree": (1, "an integer >= 1"),
    "coef0": (0, "a finite number >= 0"),
}

KERNEL_NAMES = tuple(_PARAMETERS)


@dataclass(frozen=True)
class NamedKernel:
    """A kernel function and its description."""

    function: Any
    description: str


def named_kernel(name: str, arguments: dict[str, Any], X: NDArray[np.float64]) -> NamedKernel:
    """Return a kernel; parameters that are not given are chosen from the data.

    Parameters
    ----------
    name : {"rbf", "laplacian", "polynomial", "cosine"}
    arguments : dict
        Parameters by name: gamma positive, degree an integer, coef0 nonnegative.
    X : ndarray of shape (n_samples, n_features)
        Data from which gamma is chosen: one over the median (squared, for "rbf") distance
        between rows (the median heuristic); one over the number of columns for
        "polynomial", as in scikit-learn.
    """
    from sklearn.metrics.pairwise import pairwise_kernels

    _check(name, arguments)
    chosen: dict[str, Any] = {}
    if name == "polynomial":
        chosen = {"degree": 3, "gamma": 1.0 / X.shape[1], "coef0": 1.0}
    elif name in ("rbf", "laplacian") and "gamma" not in arguments:
        chosen = {"gamma": _median_width(X, name)}
    chosen.update(arguments)
    function = partial(pairwise_kernels, metric=name, **chosen)
    shown = ", ".join(f"{key}={value:.3g}" for key, value in chosen.items())
    source = "" if arguments or name in ("polynomial", "cosine") else ", from the median distance"
    return NamedKernel(function, f"{name} kernel" + (f" ({shown}{source})" if shown else ""))


def _check(name: str, arguments: dict[str, Any]) -> None:
    for key, value in arguments.items():
        if key not in _PARAMETERS[name]:
            hint = near_misses(key, _PARAMETERS[name]) if _PARAMETERS[name] else "it has none"
            raise InputError(f"model {name!r}: has no parameter {key!r}; {hint}")
        is_number = isinstance(value, (int, float)) and not isinstance(value, bool)
        least, wanted = _WANTED[key]
        if not (is_number and least <= value <= sys.float_info.max) or (
            key == "degree" and value != int(value)
        ):
            raise InputError(f"model {name!r}: {key} must be {wanted}, got {value!r}")


def _median_width(X: NDArray[np.float64], name: str) -> float:
    from scipy.spatial.distance import pdist

    rows = X
    if len(X) > _ROWS_FOR_MEDIAN:
        rows = X[np.random.default_rng(0).permutation(len(X))[:_ROWS_FOR_MEDIAN]]
    distances = pdist(rows, "sqeuclidean" if name == "rbf" else "cityblock")
    positive = distances[distances > 0]
    return float(1.0 / np.median(positive)) if positive.size else 1.0
