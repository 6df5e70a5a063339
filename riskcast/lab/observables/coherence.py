"""Agreement between the gradients of different rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike

from riskcast.lab.snapshots import Snapshot
from riskcast.lab.targets import pulls

from .registry import observable


@observable
def gradient_coherence(snapshot: Snapshot) -> float:
    """Average number of training rows helped by a small step along one row's gradient.

    ``n |E g|²/E|g|²`` over the gradients g of the n rows' losses: 1 if they
    are orthogonal, n if they are equal (m-coherence; Chatterjee and
    Zielinski 2022, section 4). NaN if all gradients are zero.
    """
    return coherence_of_rows(snapshot, np.arange(snapshot.draw.n_train))


def coherence_of_rows(snapshot: Snapshot, rows: ArrayLike) -> float:
    """`gradient_coherence` within a subset of the training rows.

    Parameters
    ----------
    snapshot : Snapshot
    rows : array_like of int, or of bool of shape (n_train,)
    """
    network = snapshot.network
    kept = np.asarray(rows)
    X, wanted = snapshot.draw.X_train[kept], snapshot.targets[kept]
    pulled = pulls(network(X), wanted, snapshot.loss)
    of_sum, sum_of = 0.0, 0.0
    for index, (left, right) in zip(
        network.trained_layers, network.gradient_factors(X, pulled), strict=True
    ):
        of_sum += float(np.sum((left.T @ right) ** 2))
        sizes = np.sum(left**2, axis=1)
        if network.layers[index].has_bias:
            of_sum += float(np.sum(right.sum(axis=0) ** 2))
            sizes = sizes + 1.0
        sum_of += float(sizes @ np.sum(right**2, axis=1))
    return of_sum / sum_of if sum_of > 0.0 else float("nan")
