"""Modular arithmetic, the task on which delayed generalization was observed."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riskcast.lab import _checks

from .draws import TRAIN_INPUTS, TRAIN_NOISE, Draw, Task, flip_labels, stream

_OPERATIONS = ("add", "subtract", "multiply")


@dataclass(frozen=True)
class ModularArithmetic(Task):
    """``a ∘ b mod modulus`` from the concatenated one-hot vectors of a and b.

    All pairs are randomly split into training and test (Power, Burda, Edwards,
    Babuschkin and Misra 2022).

    Parameters
    ----------
    modulus : int, default 23
        Numbers run from 0 to ``modulus - 1``; they are the classes.
    train_share : float, default 0.5
        Share of all ``modulus²`` pairs to train on, in (0, 1).
    operation : {"add", "subtract", "multiply"}, default "add"
    flip_rate : float, default 0.0
        Share of training labels that are flipped.

    Examples
    --------
    >>> from riskcast import lab
    >>> draw = lab.ModularArithmetic(7, train_share=0.5).draw(0)
    >>> draw.X_train.shape, draw.X_test.shape, draw.n_classes
    ((24, 14), (25, 14), 7)
    """

    modulus: int = 23
    train_share: float = 0.5
    operation: str = "add"
    flip_rate: float = 0.0

    def __post_init__(self) -> None:
        _checks.count_fields(self, "modulus", least=2)
        _checks.one_of(self.operation, "operation", _OPERATIONS)
        _checks.number(self.flip_rate, "flip_rate", most=1.0)
        _checks.number(self.train_share, "train_share", most=1.0)
        if not 0 < self.n_train < self.modulus**2:
            raise ValueError(
                f"train_share: {self.train_share} leaves {self.n_train} of {self.modulus**2} "
                "pairs to train on; give a share that leaves pairs for training and testing"
            )

    @property
    def n_classes(self) -> int:
        return self.modulus

    @property
    def n_inputs(self) -> int:
        """Number of inputs, twice the modulus."""
        return 2 * self.modulus

    @property
    def n_train(self) -> int:
        """Number of training rows."""
        return int(self.train_share * self.modulus**2)

    @property
    def oracle_error(self) -> float:
        """Zero: the target is deterministic, and test labels are true."""
        return 0.0

    def draw(self, seed: int) -> Draw:
        """Data of one seed; see `Task.draw`."""
        seed = _checks.seed(seed)
        first, second = (side.ravel() for side in np.indices((self.modulus, self.modulus)))
        answer = {
            "add": first + second,
            "subtract": first - second,
            "multiply": first * second,
        }[self.operation] % self.modulus
        one_hot = np.eye(self.modulus)
        X = np.hstack([one_hot[first], one_hot[second]])
        order = stream(seed, TRAIN_INPUTS).permutation(len(X))
        train, test = order[: self.n_train], order[self.n_train :]
        y_train, flipped = flip_labels(
            answer[train], self.modulus, self.flip_rate, stream(seed, TRAIN_NOISE)
        )
        return Draw(
            X[train], y_train, X[test], answer[test], n_classes=self.modulus, flipped=flipped
        )
