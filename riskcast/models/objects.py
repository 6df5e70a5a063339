"""Models given as Python objects: scikit-learn estimators and kernel functions."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast.exceptions import InputError, near_misses, one_line
from riskcast.models.estimator_strings import parse_call
from riskcast.models.kernels import KERNEL_NAMES
from riskcast.models.selection import Model, check_kind, choose_model
from riskcast.tables._target import Task

_LONGEST = 100  # characters of an estimator's description


def model_from(
    estimator: Any,
    kernel: Any,
    X: NDArray[np.float64],
    task: Task,
    features: str | None = None,
) -> Model:
    """Return the model that an estimator, a kernel or neither describes.

    Parameters
    ----------
    estimator : estimator, str or None
        A scikit-learn estimator, or a text as for `choose_model`; None is the linear model.
    kernel : callable, str or None
        A function of two matrices, or the name of a kernel.
    X : ndarray of shape (n_samples, n_features)
    task : {"regression", "classification"}
    features : str, optional
        As for `choose_model`.

    Raises
    ------
    InputError
        If two models are given, or one that does not exist or does not suit the task.

    Examples
    --------
    >>> from sklearn.linear_model import Lasso
    >>> model_from(Lasso(alpha=0.5), None, np.eye(3), "regression").description
    'Lasso(alpha=0.5)'
    """
    if kernel is not None:
        return _kernel_model(estimator, kernel, X, task, features)
    if estimator is None or isinstance(estimator, str):
        return choose_model("linear" if estimator is None else estimator, X, task, features)
    if features is not None:
        raise InputError("features: makes a model of its own; leave out estimator")
    return _estimator_model(estimator, X, task)


def _kernel_model(
    estimator: Any, kernel: Any, X: NDArray[np.float64], task: Task, features: str | None
) -> Model:
    for name, other in (("estimator", estimator), ("features", features)):
        if other is not None:
            raise InputError(f"kernel: makes a model of its own; leave out {name}")
    if isinstance(kernel, str):
        name, _ = parse_call(kernel)
        if name not in ("linear", *KERNEL_NAMES):
            known = near_misses(name, ["linear", *KERNEL_NAMES])
            raise InputError(f"kernel: there is no kernel {name!r}; {known}")
        return choose_model(kernel, X, task)
    if not callable(kernel) or isinstance(kernel, type):
        raise InputError(
            "kernel: must be a name or a function of two matrices that returns their kernel "
            f"matrix, got {kernel!r}"
        )
    _try_kernel(kernel, X)
    function = getattr(kernel, "func", kernel)  # of functools.partial
    name = getattr(function, "__name__", type(function).__name__)
    return Model(name, f"{name} kernel", X, kernel=kernel)


def _try_kernel(kernel: Any, X: NDArray[np.float64]) -> None:
    """Call a kernel with a few rows, so that a wrong one is refused before the work."""
    few = X[:3]
    try:
        shape = np.asarray(kernel(few, few[:2]), dtype=np.float64).shape
    except Exception as error:  # whatever a user's function raises
        raise InputError(f"kernel: fails on the first rows ({one_line(error)})") from error
    if shape != (len(few), 2):
        raise InputError(
            f"kernel: must return a matrix of shape ({len(few)}, 2) for {len(few)} and 2 rows, got "
            f"{shape}; it is called with two matrices, not with two rows"
        )


def _estimator_model(estimator: Any, X: NDArray[np.float64], task: Task) -> Model:
    from sklearn.base import clone

    if isinstance(estimator, type):
        raise InputError(f"estimator: is a class; give an instance: {estimator.__name__}()")
    if not all(hasattr(estimator, method) for method in ("fit", "predict", "get_params")):
        raise InputError(
            "estimator: must be a scikit-learn estimator with fit, predict and get_params, got "
            f"{_shortened(estimator)}"
        )
    check_kind(estimator, type(estimator).__name__, task)
    try:
        unfitted = clone(estimator)
    except Exception as error:  # of an estimator that breaks scikit-learn's rules
        raise InputError(f"estimator: cannot be cloned ({one_line(error)})") from error
    text = _shortened(unfitted)
    return Model(text, text, X, estimator=unfitted)


def _shortened(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= _LONGEST else text[: _LONGEST - 3] + "..."
