"""The model whose risk is asked for."""

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
    """A model, and the rows as it sees them.

    Attributes
    ----------
    name : str
        As the user gave it.
    description : str
        In words.
    X : ndarray of shape (n_samples, n_features)
        The rows, after a feature map if there is one.
    kernel : None or callable
        For models with an exact risk path; None is linear.
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
        """Whether its risk path is computed, not cross-validated."""
        return self.estimator is None

    @property
    def linear(self) -> bool:
        """Whether it is linear in the columns of the matrix."""
        return self.exact and self.kernel is None


def choose_model(
    text: str, X: NDArray[np.float64], task: Task, features: str | None = None
) -> Model:
    """The model that ``--model`` and ``--features`` describe.

    Parameters
    ----------
    text : str
        "linear"; a kernel, also with parameters, as "rbf(gamma=0.1)"; or a
        scikit-learn estimator, as "Lasso(alpha=0.1)".
    X : ndarray of shape (n_samples, n_features)
    task : {"regression", "classification"}
    features : str, optional
        A name that `riskcast.features.from_name` knows, as "ntk:3".

    Raises
    ------
    InputError
        If the text does not parse, names nothing known, or does not fit the task.
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
        raise InputError(
            f"--features {features} makes a model of its own; leave out --model {text}"
        )
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
    except Exception as error:  # a tag of something that is no estimator
        raise InputError(
            f"model {name!r}: cannot be made; something else stands where an estimator belongs"
        ) from error
    wanted = "Regressor" if task == "regression" else "Classifier"
    if kinds[wanted]:
        return
    remedy = _namesake(name, wanted) or "name another"
    if any(kinds.values()):
        remedy += ", or overrule the task with --task"
    raise InputError(f"model {name!r}: is no {wanted.lower()}, but the task is {task}; {remedy}")


def _namesake(name: str, wanted: str) -> str:
    """Advice to use the estimator of the same name and the wanted kind, if there is one."""
    instead = name.replace("Classifier", wanted).replace("Regressor", wanted)
    known = instead != name and instead in known_estimators()
    return f"use {instead}" if known else ""
