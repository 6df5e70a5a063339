"""The empirical neural tangent kernel on the training rows."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from riskcast.lab.network import Network
from riskcast.lab.snapshots import Snapshot

from .registry import observable

FloatArray = NDArray[np.float64]

_NOTHING = 1e-11  # share of the largest eigenvalue below which eigenvalues are rounding errors


@observable
def tangent_spectrum(snapshot: Snapshot) -> FloatArray:
    """Eigenvalues of the NTK over the sample size, ascending, shape (n·outputs,)."""
    return np.maximum(np.linalg.eigvalsh(_kernel(snapshot.network, snapshot)), 0.0)


@observable
def tangent_top(snapshot: Snapshot) -> float:
    """Largest eigenvalue of the NTK over the sample size."""
    return snapshot.network.tangent_top(snapshot.draw.X_train)


@observable
def tangent_movement(snapshot: Snapshot) -> float:
    """Frobenius distance of the NTK from the initial NTK, over the norm of the latter."""
    before = _kernel(snapshot.initial, snapshot)
    moved = np.linalg.norm(_kernel(snapshot.network, snapshot) - before)
    return float(moved / np.linalg.norm(before))


@observable
def tangent_alignment(snapshot: Snapshot) -> float:
    """Alignment ``yᵀΘy/(‖Θ‖_F |y|²)`` with the targets (Cristianini et al. 2001)."""
    kernel, wanted = _kernel(snapshot.network, snapshot), snapshot.targets.ravel()
    size = np.linalg.norm(kernel) * (wanted @ wanted)
    return float(wanted @ kernel @ wanted / size) if size > 0.0 else 0.0


@observable
def frozen_share(snapshot: Snapshot) -> float:
    """Share of weight-space directions orthogonal to the gradients of all training rows.

    One minus the rank of the NTK over the number of trained weights: ``1 - n/p``
    for a linear model with more inputs than rows.
    """
    values = tangent_spectrum(snapshot)
    rank = int(np.sum(values > _NOTHING * values[-1]))
    return 1.0 - rank / snapshot.network.n_parameters


def _kernel(network: Network, snapshot: Snapshot) -> FloatArray:
    rows = snapshot.draw.X_train
    return network.tangent_kernel(rows) / len(rows)
