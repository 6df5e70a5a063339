"""Batch normalization of hidden units, over whole batches or over ghost batches.

What enters each hidden unit's activation is brought to mean zero and variance
one over the rows of a batch, then multiplied by a gain and moved by a shift,
both learned (Ioffe and Szegedy 2015, arXiv:1502.03167). Ghost batches are equal
parts of a batch, each normalized by itself, so that a large batch sees the
statistics of a small one (Hoffer, Hubara and Soudry 2017, arXiv:1705.08741,
algorithm 1). What is looked at is normalized by running averages.
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
    """How the hidden units of a student are normalized.

    Gains start from one, shifts from zero. Weight decay sees both.

    Parameters
    ----------
    ghost_size : int, optional
        Rows of a ghost batch, a divisor of the rows of a step; by default all
        of them, which is ordinary batch normalization.
    momentum : float, default 0.9
        Share of the running averages that each ghost batch leaves, below one;
        the rest is its own mean and (biased) variance. They start from zero and
        one.
    epsilon : float, default 1e-5
        Added to every variance.

    Notes
    -----
    Ghost batches are drawn with the rows of a step; without a `batch_size` they
    are the same at every step. They enter the averages one after the other.
    The algorithm of Hoffer, Hubara and Soudry (2017) writes the weights of that sum
    otherwise, by which a constant would not be its own average; and it averages
    standard deviations.

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
        """Refuse a training that normalization does not go with.

        Parameters
        ----------
        plan : Training
            How it is to be trained.
        n_train : int
            On how many rows.

        Raises
        ------
        ValueError
            If the training needs gradients of one row alone, or its steps cannot be cut
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
                raise ValueError(f"batch_norm: does not go with {setting}; {way_out}")
        rows = plan.batch_size or n_train
        ghost_size = self.ghost_size or rows
        if ghost_size < 2 or rows % ghost_size:
            raise ValueError(
                f"batch_norm: ghost batches of {ghost_size} in steps of {rows} rows; give a "
                "divisor of these, at least 2"
            )


@dataclass(frozen=True, eq=False)
class Normalization:
    """The normalization of one hidden layer of width m, by running averages.

    Attributes
    ----------
    gain, shift : ndarray of shape (m,)
        What is learned.
    mean, variance : ndarray of shape (m,)
        Running averages.
    settings : BatchNormalization
    """

    gain: FloatArray
    shift: FloatArray
    mean: FloatArray
    variance: FloatArray
    settings: BatchNormalization

    @classmethod
    def untrained(cls, width: int, settings: BatchNormalization) -> Normalization:
        """As it is before training: all but the identity."""
        return cls(np.ones(width), np.zeros(width), np.zeros(width), np.ones(width), settings)

    def __call__(self, signal: FloatArray) -> FloatArray:
        """Normalized signals (n, m): an affine map of each unit."""
        scale = self.gain / np.sqrt(self.variance + self.settings.epsilon)
        return scale * (signal - self.mean) + self.shift
