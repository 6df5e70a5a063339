"""Tasks, and draws of data from them."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast.lab import _checks

FloatArray = NDArray[np.float64]

# Each purpose has its own random stream, so that changing one leaves the others unchanged.
TEACHER, TRAIN_INPUTS, TRAIN_NOISE, TEST_INPUTS, TEST_NOISE, WEIGHTS, BATCHES, SUBSPACE = range(8)


def stream(seed: int, purpose: int) -> np.random.Generator:
    """Random generator of a seed for one purpose, the same on every machine."""
    return np.random.default_rng([seed, purpose])


@dataclass(frozen=True, eq=False)
class Draw:
    """Training and test data of one seed.

    Attributes
    ----------
    X_train : ndarray of shape (n_train, n_inputs)
    y_train : ndarray of shape (n_train,)
        Noisy targets; for classes the labels 0, 1, ..., including flipped ones.
    X_test : ndarray of shape (n_test, n_inputs)
    y_test : ndarray of shape (n_test,)
        Noisy targets for regression; true labels for classes.
    n_classes : int
        0 for regression.
    test_signal : ndarray of shape (n_test,) or None
        Noiseless targets, if known.
    noise_variance : float or None
        Variance of the noise in the targets, which is the oracle error in
        regression; None if it is not known.
    signal_variance : float or None
        Population variance of the noiseless targets (the teacher's variance).
    flipped : ndarray of bool, shape (n_train,), or None
        Which training labels are wrong.
    """

    X_train: FloatArray
    y_train: NDArray[Any]
    X_test: FloatArray
    y_test: NDArray[Any]
    n_classes: int = 0
    test_signal: FloatArray | None = None
    noise_variance: float | None = None
    signal_variance: float | None = None
    flipped: NDArray[np.bool_] | None = None

    @property
    def n_train(self) -> int:
        """Number of training rows."""
        return len(self.X_train)

    @property
    def n_inputs(self) -> int:
        """Number of inputs."""
        return self.X_train.shape[1]


class Task(ABC):
    """Source of data; `draw` returns the data of a seed, the same on every machine.

    Random numbers are identical across machines; matrix products may differ in
    the last digit. Tasks are frozen dataclasses, so that a sweep can vary any
    field and a store can record the settings.
    """

    @abstractmethod
    def draw(self, seed: int) -> Draw:
        """Data of one seed.

        Parameters
        ----------
        seed : int
            Non-negative integer.
        """

    @property
    def n_classes(self) -> int:
        """Number of classes; 0 for regression."""
        return 0

    @property
    def oracle_error(self) -> float | None:
        """Test error of the best possible predictor, None if it is not known.

        Mean squared error for regression, error rate for classes. On test sets
        with true labels, label noise in training does not affect it.
        """
        return None


class TwoClasses(Task):
    """Base class of tasks with two classes, where a share of training labels is flipped.

    Subclasses have the fields `n_train`, `n_test` and `flip_rate`.
    """

    n_train: int
    n_test: int
    flip_rate: float

    def __post_init__(self) -> None:
        _checks.count_fields(self, "n_train", "n_test")
        _checks.number(self.flip_rate, "flip_rate", most=1.0)

    @abstractmethod
    def _rows(self, number: int, random: np.random.Generator) -> tuple[FloatArray, NDArray[Any]]:
        """Draw this number of rows with their true labels."""

    @property
    def n_classes(self) -> int:
        return 2

    def draw(self, seed: int) -> Draw:
        """Data of one seed; see `Task.draw`."""
        seed = _checks.seed(seed)
        X_train, clean = self._rows(self.n_train, stream(seed, TRAIN_INPUTS))
        X_test, y_test = self._rows(self.n_test, stream(seed, TEST_INPUTS))
        y_train, flipped = flip_labels(clean, 2, self.flip_rate, stream(seed, TRAIN_NOISE))
        return Draw(X_train, y_train, X_test, y_test, n_classes=2, flipped=flipped)


def flip_labels(
    labels: NDArray[Any], n_classes: int, flip_rate: float, random: np.random.Generator
) -> tuple[NDArray[Any], NDArray[np.bool_]]:
    """Replace each label, with probability `flip_rate`, by another class drawn uniformly."""
    flipped = random.random(len(labels)) < flip_rate
    shift = random.integers(1, n_classes, len(labels))
    return np.where(flipped, (labels + shift) % n_classes, labels), flipped
