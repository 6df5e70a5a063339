"""Norms of the weights and their distance from initialization."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from riskcast.lab.snapshots import Snapshot

from .registry import observable

FloatArray = NDArray[np.float64]


@observable
def weight_norms(snapshot: Snapshot) -> FloatArray:
    """Frobenius norm of each layer's weights, shape (layers,)."""
    return np.array([np.linalg.norm(weights) for weights in snapshot.network.weights])


@observable
def distance_from_start(snapshot: Snapshot) -> FloatArray:
    """Frobenius norm of the change of each layer's weights in training, shape (layers,)."""
    pairs = zip(snapshot.network.weights, snapshot.initial.weights, strict=True)
    return np.array([np.linalg.norm(now - then) for now, then in pairs])
