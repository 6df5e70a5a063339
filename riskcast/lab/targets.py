"""Encode targets as outputs and compute losses and errors of outputs."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import special

from riskcast.lab.tasks.draws import Draw

FloatArray = NDArray[np.float64]


def n_outputs(n_classes: int, loss: str) -> int:
    """Number of outputs that a student needs under a loss.

    Raises
    ------
    ValueError
        If the loss does not fit the task.
    """
    if loss == "squared":
        return n_classes if n_classes > 2 else 1
    if n_classes == 0:
        raise ValueError(f"loss: {loss} is for classes, the task has real targets; use squared")
    if loss == "logistic":
        if n_classes != 2:
            raise ValueError(
                f"loss: logistic is for 2 classes, the task has {n_classes}; use softmax"
            )
        return 1
    return n_classes


def encode(values: NDArray[Any], n_classes: int, outputs: int) -> FloatArray:
    """Encode targets in shape (n, outputs): real values, ±1 for one output, or one-hot."""
    if n_classes == 0:
        return np.asarray(values, dtype=np.float64)[:, None]
    if outputs == 1:
        return np.where(np.asarray(values) == 1, 1.0, -1.0)[:, None]
    return np.eye(outputs)[np.asarray(values)]


def wrong(outputs: FloatArray, labels: NDArray[Any]) -> NDArray[np.bool_]:
    """Which rows are misclassified; an output of exactly zero is class 0."""
    if outputs.shape[-1] == 1:
        return (outputs[..., 0] > 0.0) != (labels == 1)
    return outputs.argmax(axis=-1) != labels


def losses(outputs: FloatArray, targets: FloatArray, loss: str) -> FloatArray:
    """Loss of each row, without weight decay; squared loss is halved and summed over outputs."""
    if loss == "squared":
        return 0.5 * np.sum((outputs - targets) ** 2, axis=-1)
    if loss == "logistic":
        return np.logaddexp(0.0, -targets * outputs)[..., 0]
    top = outputs.max(axis=-1, keepdims=True)
    partition = np.log(np.exp(outputs - top).sum(axis=-1)) + top[..., 0]
    return partition - (outputs * targets).sum(axis=-1)


def pulls(outputs: FloatArray, targets: FloatArray, loss: str) -> FloatArray:
    """Derivative of each row's loss with respect to its outputs, in their shape."""
    if loss == "squared":
        return outputs - targets
    if loss == "logistic":
        return -targets * special.expit(-targets * outputs)
    return special.softmax(outputs, axis=-1) - targets


def errors(outputs: tuple[FloatArray, FloatArray], draw: Draw) -> tuple[FloatArray, FloatArray]:
    """Train and test error of outputs (..., n, outputs): squared error, or error rate.

    If the noiseless targets are known, the test error is the squared distance
    from them plus the noise variance. This is the expectation over the test
    noise, without its sampling error.
    """
    train, test = outputs
    if draw.n_classes:
        return (
            wrong(train, draw.y_train).mean(axis=-1),
            wrong(test, draw.y_test).mean(axis=-1),
        )
    train_error = ((train[..., 0] - draw.y_train) ** 2).mean(axis=-1)
    if draw.test_signal is None or draw.noise_variance is None:
        return train_error, ((test[..., 0] - draw.y_test) ** 2).mean(axis=-1)
    distance = ((test[..., 0] - draw.test_signal) ** 2).mean(axis=-1)
    return train_error, distance + draw.noise_variance
