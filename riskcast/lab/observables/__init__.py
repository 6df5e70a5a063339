"""Observables recorded along training: small pure functions of a `Snapshot`.

A new observable is a function of a snapshot that returns a number or an array.
Register it with `@observable` to use it as `train(..., observables=["name"])`, or
pass it directly as ``observables={"name": function}``.
"""

from __future__ import annotations

from riskcast.lab.snapshots import Observable, Snapshot

from .coherence import coherence_of_rows, gradient_coherence
from .hidden_layer import MarchenkoPasturFit, effective_rank, hidden_spectrum, marchenko_pastur_fit
from .performance import oracle_excess, test_accuracy, train_accuracy
from .registry import known, named, observable
from .tangent import (
    frozen_share,
    tangent_alignment,
    tangent_movement,
    tangent_spectrum,
    tangent_top,
)
from .weights import distance_from_start, weight_norms

__all__ = [
    "MarchenkoPasturFit",
    "Observable",
    "Snapshot",
    "coherence_of_rows",
    "distance_from_start",
    "effective_rank",
    "frozen_share",
    "gradient_coherence",
    "hidden_spectrum",
    "known",
    "marchenko_pastur_fit",
    "named",
    "observable",
    "oracle_excess",
    "tangent_alignment",
    "tangent_movement",
    "tangent_spectrum",
    "tangent_top",
    "test_accuracy",
    "train_accuracy",
    "weight_norms",
]
