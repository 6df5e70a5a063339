"""Reasons not to trust a figure."""

from __future__ import annotations

import numpy as np

from riskcast.verdict.assessment import Assessment

_FEW_IN_CLASS = 10
_CORRECTION = 0.05  # a choice that costs more than this share makes the best time doubtful


def doubts_about(found: Assessment) -> list[str]:
    """Everything a reader should beware of, one sentence each."""
    return [
        *found.table.notes,
        *_small_classes(found),
        *_faint_signal(found),
        *_unsure_choice(found),
        *(f"Learning curve: {warning}." for warning in _of_forecast(found)),
        *found.comparison.failed,
    ]


def _of_forecast(found: Assessment) -> list[str]:
    """The forecast's own doubts; repeated rows have a note already."""
    return [warning.rstrip(".") for warning in found.forecast.warnings if "repeat" not in warning]


def _small_classes(found: Assessment) -> list[str]:
    if found.table.task != "classification":
        return []
    classes, counts = np.unique(found.table.y, return_counts=True)
    rare = [
        f"{name} ({count})"
        for name, count in zip(classes, counts, strict=True)
        if count < _FEW_IN_CLASS
    ]
    if not rare:
        return []
    shown = ", ".join(rare[:5]) + (", ..." if len(rare) > 5 else "")
    return [f"Few rows in some classes: {shown}. Little can be said about those."]


def _faint_signal(found: Assessment) -> list[str]:
    untrained = found.comparison.by_role("untrained")
    if untrained is None or untrained.clearly_worse:
        return []
    return [
        f"That this model does better than {untrained.name} may be chance: the difference is "
        "less than two standard errors."
    ]


def _unsure_choice(found: Assessment) -> list[str]:
    stop = found.stopping
    if stop is None or stop.risk <= 0 or stop.risk_corrected / stop.risk - 1 < _CORRECTION:
        return []
    return [
        "Where training is best stopped is not certain from so few rows: chosen on one part of "
        "them, the moment does worse on the other. The figures are corrected for that."
    ]
