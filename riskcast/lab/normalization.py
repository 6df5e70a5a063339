"""Batch normalization of hidden units, over whole batches or ghost batches.

The preactivation of each hidden unit is standardized over the rows of a batch,
then multiplied by a learned gain and moved by a learned shift (Ioffe and
Szegedy 2015, arXiv:1502.03167). Ghost batches are equal parts of a batch, each
normalized separately, so that a large batch has the statistics of a small one
(Hoffer, Hubara and Soudry 2017, arXiv:1705.08741, algorithm 1). Evaluation uses
running averages.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcast.lab import _checks
from riskcast.lab.settings import Training

__all__ = ["BatchNormalization"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class BatchNormalization:
    """Batch normalization of the hidden units of a student.

    Gains start from one, shifts from zero. Weight decay applies to both.

    Parameters
    ----------
    ghost_size : int, optional
        Rows per ghost batch, a divisor of the rows per step; by default all
        rows of a step, which is ordinary batch normalization.
    momentum : float, default 0.9
        Weight of the old running averages in each update, below one; the rest
        is the mean and (biased) variance of the ghost batch. The averages start
        from zero and one.
    epsilon : float, default 1e-5
        Added to every variance.

    Notes
    -----
    Ghost batches are drawn with the rows of a step; without a `batch_size` they
    are the same at every step. They update the averages one after the other.
    The algorithm of Hoffer, Hubara and Soudry (2017) differs in two ways: it uses
    other weights, under which the average of a constant is not that constant, and
    it averages standard deviations.

    Examples
    --------
    >>> from riskcast import lab
    >>> student = lab.FullyConnected(20, batch_norm=lab.BatchNormalization(ghost_size=10))
    >>> task = lab.GivenData.digits(n_train=100)
    >>> run = lab.train(task, student, loss="softmax", steps=100, batch_size=50)
    >>> run.final[0].normalizations[0].mean.shape
    (20,)
    """

    ghost_size: int | None = None
    momentum: float = 0.9
    epsilon: float = 1e-5

    def __post_init__(self) -> None:
        if self.ghost_size is not None:
            _checks.count_fields(self, "ghost_size", least=2)
        _checks.below_one(self.momentum, "momentum")
        _checks.positive(_checks.number(self.epsilon, "epsilon"), "epsilon")

    def check(self, plan: Training, n_train: int) -> None:
        """Raise an error if a training is incompatible with batch normalization.

        Parameters
        ----------
        plan : Training
            Settings of the training.
        n_train : int
            Number of training rows.

        Raises
        ------
        ValueError
            If the training needs gradients of single rows, or its steps cannot be divided
            into ghost batches.
        """
        for asked, setting, way_out in (
            (plan.flow, "gradient flow", "train by steps"),
            (plan.relative, "relative=True", "give the learning rate itself"),
            (plan.temperature, "a temperature", "drop it"),
            (plan.subspace, "a subspace", "drop it"),
            (plan.median_of > 1, "median_of", "drop it"),
        ):
            if asked:
                raise ValueError(f"batch_norm: incompatible with {setting}; {way_out}")
        rows = plan.batch_size or n_train
        ghost_size = self.ghost_size or rows
        if ghost_size < 2 or rows % ghost_size:
            raise ValueError(
                f"batch_norm: ghost batches of {ghost_size} in steps of {rows} rows; give a "
                "divisor of these, at least 2"
            )


@dataclass(frozen=True, eq=False)
class Normalization:
    """Normalization of one hidden layer of width m by running averages.

    Attributes
    ----------
    gain, shift : ndarray of shape (m,)
        Learned gain and shift of each unit.
    mean, variance : ndarray of shape (m,)
        Running averages of each unit's mean and variance.
    settings : BatchNormalization
    """

    gain: FloatArray
    shift: FloatArray
    mean: FloatArray
    variance: FloatArray
    settings: BatchNormalization

    @classmethod
    def untrained(cls, width: int, settings: BatchNormalization) -> Normalization:
        """Normalization before training: the identity up to epsilon."""
        return cls(np.ones(width), np.zeros(width), np.zeros(width), np.ones(width), settings)

    def __call__(self, signal: FloatArray) -> FloatArray:
        """Normalized signals (n, m): an affine map of each unit."""
        scale = self.gain / np.sqrt(self.variance + self.settings.epsilon)
        return scale * (signal - self.mean) + self.shift
