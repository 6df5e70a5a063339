"""Warnings about the results."""

from __future__ import annotations

import numpy as np
from scipy.stats import beta

from riskcast.assessment._assessment import Assessment
from riskcast.assessment._judgements import dates_alike, neighbours_alike
from riskcast.assessment._wording import percent, two_decimals
from riskcast.learning_curves._warnings import DoubtKind
from riskcast.learning_curves.subsampling._row_losses import drift, heavy_tails

# Duplicate rows are among the table's notes; heavy tails are detected in the comparison.
_TOLD_ALREADY: tuple[DoubtKind, ...] = ("warned by the path", "heavy tails")
_FEW_IN_CLASS = 10
_CORRECTION = 0.05  # a relative correction above this makes the best time uncertain
_FEW_WRONG = 5  # misclassified rows; below, their number is far from normal
_SURE = 0.95


def doubts_about(found: Assessment) -> list[str]:
    """Return all warnings, one sentence or more each."""
    return [
        *found.table.notes,
        *(said for said in found.left_out if said not in found.table.notes),
        *_small_classes(found),
        *_faint_signal(found),
        *_few_errors(found),
        *_heavy_tails(found),
        *_neighbours_alike(found),
        *_dates_alike(found),
        *_drift_in_time(found),
        *_unsure_choice(found),
        *(f"Learning curve: {warning}." for warning in _of_forecast(found)),
        *found.comparison.failed,
    ]


def _of_forecast(found: Assessment) -> list[str]:
    """Warnings of the forecast, except those that are reported here in other words."""
    return [
        warning.rstrip(".")
        for warning in found.forecast.warnings
        if warning.kind not in _TOLD_ALREADY
    ]


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
    return [f"Some classes have few rows: {shown}. Results for these classes are unreliable."]


def _faint_signal(found: Assessment) -> list[str]:
    untrained = found.comparison.by_role("untrained")
    if untrained is None or untrained.clearly_worse:
        return []
    return [
        f"This model may be no better than {untrained.name}: the difference is less than two "
        "standard errors."
    ]


def _few_errors(found: Assessment) -> list[str]:
    """With few misclassified rows, the standard error of the error rate is too small."""
    count = found.table.n_samples
    wrong = round(found.risk * count)
    if found.scale.task == "regression" or wrong >= _FEW_WRONG:
        return []
    most = percent(float(beta.ppf(_SURE, wrong + 1, count - wrong)))  # Clopper and Pearson, 1934
    few = f"Only {wrong}" if wrong else "None"
    return [
        f"{few} of {count:,} rows {'was' if wrong < 2 else 'were'} misclassified, too few for the "
        f"standard error to be reliable. The error rate may be up to {most} ({percent(_SURE)} "
        "confidence)."
    ]


def _heavy_tails(found: Assessment) -> list[str]:
    """Warn if a few rows make up most of the squared error."""
    if found.scale.task == "classification":
        return []
    tails = heavy_tails(found.comparison.residuals**2)
    if tails is None:
        return []
    few = tails.rows
    rows = "the largest error makes" if few == 1 else f"the {few} largest errors make"
    share = percent(tails.share)
    remedy = " Consider predicting the logarithm of the target." if found.table.y.min() > 0 else ""
    return [
        f"Heavy tails: {rows} up {share} of the squared error. Another sample may give very "
        f"different figures; standard errors and intervals are probably too narrow.{remedy}"
    ]


def _neighbours_alike(found: Assessment) -> list[str]:
    """Warn if neighbouring rows are related but not grouped."""
    correlation = neighbours_alike(found)
    if not correlation or dates_alike(found):  # the warning on dates is more specific
        return []
    return [
        f"Errors of neighbouring rows are correlated ({two_decimals(correlation)}). Unless this is "
        "due to the sorting of the table, these rows belong together, like rows of one person or "
        "one day, and every figure here is too optimistic. Name the column that they share with "
        "--groups."
    ]


def _dates_alike(found: Assessment) -> list[str]:
    """Warn if errors are correlated in time."""
    correlation = dates_alike(found)
    if not correlation:
        return []
    return [
        f"Errors are correlated in time (column {found.table.date}; correlation "
        f"{two_decimals(correlation)}). Rows held out at random are predicted from rows of nearby "
        "dates, which future rows do not have, so every error here is too low for future dates. "
        "To see by how much, use --groups with a column of months or another period."
    ]


def _drift_in_time(found: Assessment) -> list[str]:
    """Warn if errors change with the date; once if rows are in that order."""
    order = found.table.in_time
    if order is None or any(doubt.kind == "order" for doubt in found.forecast.warnings):
        return []
    correlation = drift(found.comparison.residuals[order] ** 2)
    if not correlation:
        return []
    more = "larger" if correlation > 0.0 else "smaller"
    return [
        f"Errors are {more} on later dates (column {found.table.date}; rank correlation "
        f"{two_decimals(correlation)}): the data drift. Every figure here is for rows like all of "
        "these, not like the latest ones."
    ]


def _unsure_choice(found: Assessment) -> list[str]:
    stop = found.stopping
    if stop is None or stop.risk <= 0 or stop.risk_corrected / stop.risk - 1 < _CORRECTION:
        return []
    return [
        "The best stopping time is uncertain: the time chosen on some of the rows does worse on "
        "the others. The figures are corrected for this."
    ]
