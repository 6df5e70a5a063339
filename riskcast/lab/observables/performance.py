"""Accuracy and error of a network."""

from __future__ import annotations

import numpy as np

from riskcast.lab.snapshots import Snapshot
from riskcast.lab.targets import wrong

from .registry import observable


@observable
def train_accuracy(snapshot: Snapshot) -> float:
    """Share of training rows assigned their given class; NaN for real targets."""
    return _accuracy(snapshot, snapshot.draw.X_train, snapshot.draw.y_train)


@observable
def test_accuracy(snapshot: Snapshot) -> float:
    """Share of test rows assigned their true class; NaN for real targets."""
    return _accuracy(snapshot, snapshot.draw.X_test, snapshot.draw.y_test)


@observable
def oracle_excess(snapshot: Snapshot) -> float:
    """Mean squared distance from the noiseless targets on test rows; NaN if not known."""
    draw = snapshot.draw
    if draw.test_signal is None:
        return float("nan")
    return float(np.mean((snapshot.network(draw.X_test)[:, 0] - draw.test_signal) ** 2))


def _accuracy(snapshot: Snapshot, rows: np.ndarray, labels: np.ndarray) -> float:
    if not snapshot.draw.n_classes:
        return float("nan")
    return float(1.0 - wrong(snapshot.network(rows), labels).mean())
