"""How good a network is."""

from __future__ import annotations

import numpy as np

from riskcast.lab.snapshots import Snapshot
from riskcast.lab.targets import wrong

from .registry import observable


@observable
def train_accuracy(snapshot: Snapshot) -> float:
    """Share of training rows put into their given class; NaN for real targets."""
    draw = snapshot.draw
    if not draw.n_classes:
        return float("nan")
    return float(1.0 - wrong(snapshot.network(draw.X_train), draw.y_train).mean())


@observable
def test_accuracy(snapshot: Snapshot) -> float:
    """Share of test rows put into their true class; NaN for real targets."""
    draw = snapshot.draw
    if not draw.n_classes:
        return float("nan")
    return float(1.0 - wrong(snapshot.network(draw.X_test), draw.y_test).mean())


@observable
def oracle_excess(snapshot: Snapshot) -> float:
    """Mean squared distance from the targets without noise, on test rows; NaN if not known."""
    draw = snapshot.draw
    if draw.test_signal is None:
        return float("nan")
    return float(np.mean((snapshot.network(draw.X_test)[:, 0] - draw.test_signal) ** 2))
