"""Snapshot of a network during training, the input of observables."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcast.lab.network import Network
from riskcast.lab.tasks.draws import Draw

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Snapshot:
    """A network at one time of its training.

    Attributes
    ----------
    network, initial : Network
        The network at this time, and before training.
    draw : Draw
        Data of the seed.
    targets : ndarray of shape (n_train, outputs)
        Training targets as outputs.
    time : float
        Training time.
    loss : {"squared", "logistic", "softmax"}, default "squared"
        Training loss.
    """

    network: Network
    initial: Network
    draw: Draw
    targets: FloatArray
    time: float
    loss: str = "squared"


Observable = Callable[[Snapshot], ArrayLike]
