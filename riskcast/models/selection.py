"""Select the model to assess."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast.exceptions import InputError
from riskcast.models.estimator_strings import (
    known_estimators,
    literal_arguments,
    parse_call,
    parse_estimator,
)
from riskcast.models.kernels import KERNEL_NAMES, named_kernel
from riskcast.tables._target import Task


@dataclass(frozen=True)
class Model:
    """A model and its input features.

    Attributes
    ----------
    name : str
        As given by the user.
    description : str
        Description for the report.
    X : ndarray of shape (n_samples, n_features)
        The features, after a feature map if there is one.
    kernel : None or callable
        Kernel of models with an exact risk path; None for linear models.
    estimator : estimator or None
        Any other scikit-learn model, unfitted.
    """

    name: str
    description: str
    X: NDArray[np.float64]
    kernel: Any = None
    estimator: Any = None

    @property
    def exact(self) -> bool:
        """Whether its risk path is exact, not cross-validated."""
        return self.estimator is None

    @property
    def linear(self) -> bool:
        """Whether it is linear in the features."""
        return self.exact and self.kernel is None


def choose_model(
    text: str, X: NDArray[np.float64], task: Task, features: str | None = None
) -> Model:
    """Return the model that ``--model`` and ``--features`` describe.

    Parameters
    ----------
    text : str
        "linear"; a kernel, such as "rbf" or "rbf(gamma=0.1)"; or a scikit-learn estimator, such
        as "Lasso(alpha=0.1)".
    X : ndarray of shape (n_samples, n_features)
    task : {"regression", "classification"}
    features : str, optional
        A name for `riskcast.features.from_name`, such as "ntk:3".

    Raises
    ------
    InputError
        If the string is invalid, names an unknown model, or does not fit the task.
    """
    if features is not None:
        return _with_features(text, X, features)
    name, keywords = parse_call(text)
    if name == "linear":
        if keywords:
            raise InputError("model 'linear': takes no parameters")
        return Model(text, "linear model", X)
    if name in KERNEL_NAMES:
        kernel = named_kernel(name, literal_arguments(keywords), X)
        return Model(text, kernel.description, X, kernel=kernel.function)
    estimator = parse_estimator(text)
    check_kind(estimator, name, task)
    return Model(text, text, X, estimator=estimator)


def _with_features(text: str, X: NDArray[np.float64], features: str) -> Model:
    from riskcast.features import from_name

    if text != "linear":
        raise InputError(f"--features {features}: defines the model, so leave out --model {text}")
    try:
        made = from_name(features, random_state=0)
    except ValueError as error:
        raise InputError(f"--{error}") from error
    if hasattr(made, "fit_transform"):
        mapped = np.asarray(made.fit_transform(X), dtype=np.float64)
        return Model(features, f"linear model on {features} features", mapped)
    return Model(features, f"{features} kernel", X, kernel=made)


def check_kind(estimator: Any, name: str, task: Task) -> None:
    """Refuse an estimator that does not predict what the task needs."""
    from sklearn.base import is_classifier, is_regressor

    try:
        kinds = {"Regressor": is_regressor(estimator), "Classifier": is_classifier(estimator)}
    except Exception as error:  # something that is not an estimator
        raise InputError(
            f"model {name!r}: cannot be created; an argument that must be an estimator is not one"
        ) from error
    wanted = "Regressor" if task == "regression" else "Classifier"
    if kinds[wanted]:
        return
    remedy = _namesake(name, wanted) or "choose another model"
    if any(kinds.values()):
        remedy += ", or set the task with --task"
    raise InputError(f"model {name!r}: is not a {wanted.lower()}, but the task is {task}; {remedy}")


def _namesake(name: str, wanted: str) -> str:
    """Advise the estimator of the same name and the right kind, if there is one."""
    instead = name.replace("Classifier", wanted).replace("Regressor", wanted)
    known = instead != name and instead in known_estimators()
    return f"use {instead}" if known else ""
