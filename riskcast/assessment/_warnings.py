"""Reasons not to trust a figure."""

from __future__ import annotations

import numpy as np
from scipy.stats import beta

from riskcast.assessment._assessment import Assessment
from riskcast.assessment._judgements import dates_alike, neighbours_alike
from riskcast.assessment._wording import percent, two_decimals
from riskcast.learning_curves._warnings import DoubtKind
from riskcast.learning_curves.subsampling._row_losses import drift, heavy_tails

# Rows that repeat are among a table's notes; heavy tails are looked for in the comparison.
_TOLD_ALREADY: tuple[DoubtKind, ...] = ("warned by the path", "heavy tails")
_FEW_IN_CLASS = 10
_CORRECTION = 0.05  # a choice that costs more than this share makes the best time doubtful
_FEW_WRONG = 5  # rows missed; below, their number is far from normal
_SURE = 0.95


def doubts_about(found: Assessment) -> list[str]:
    """Everything a reader should beware of, one sentence each."""
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
    """The forecast's own doubts, less those that the verdict tells of in its own words."""
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
    return [f"Few rows in some classes: {shown}. Little can be said about those."]


def _faint_signal(found: Assessment) -> list[str]:
    untrained = found.comparison.by_role("untrained")
    if untrained is None or untrained.clearly_worse:
        return []
    return [
        f"That this model does better than {untrained.name} may be chance: the difference is "
        "less than two standard errors."
    ]


def _few_errors(found: Assessment) -> list[str]:
    """The standard error of an error rate that next to no row speaks for is too small."""
    count = found.table.n_samples
    wrong = round(found.risk * count)
    if found.scale.task == "regression" or wrong >= _FEW_WRONG:
        return []
    most = percent(float(beta.ppf(_SURE, wrong + 1, count - wrong)))  # Clopper and Pearson, 1934
    missed = f"only {wrong}" if wrong else "none"
    return [
        f"Of {count:,} rows {missed} {'was' if wrong < 2 else 'were'} missed: that is too few for "
        f"± to hold. The error rate may be up to {most} ({percent(_SURE)} sure)."
    ]


def _heavy_tails(found: Assessment) -> list[str]:
    """Means of squared errors are normal only for far more rows where few of them are most."""
    if found.scale.task == "classification":
        return []
    tails = heavy_tails(found.comparison.residuals**2)
    if tails is None:
        return []
    few = tails.rows
    rows = "the row missed most makes" if few == 1 else f"the {few} rows missed most make"
    share = percent(tails.share)
    remedy = ", or predict the logarithm of the target" if found.table.y.min() > 0 else ""
    return [
        f"Heavy tails: {rows} up {share} of the squared error. Other rows of the same kind "
        f"may give quite another figure: read ± and intervals as too narrow{remedy}."
    ]


def _neighbours_alike(found: Assessment) -> list[str]:
    """Whether rows that stand next to each other are related, though no groups say so."""
    correlation = neighbours_alike(found)
    if not correlation or dates_alike(found):  # dates say more
        return []
    return [
        f"Rows next to each other are missed alike (correlation {two_decimals(correlation)}). "
        "Unless that is only how the table was sorted, they belong together, as rows of one person "
        "or one day do, and every figure here is too good: name what they share with --groups."
    ]


def _dates_alike(found: Assessment) -> list[str]:
    """Whether what moves the target goes on for a while and is in no column."""
    correlation = dates_alike(found)
    if not correlation:
        return []
    return [
        f"Rows of neighbouring dates ({found.table.date}) are missed alike (correlation "
        f"{two_decimals(correlation)}). Rows held out at random learn from the days around them "
        "what later ones cannot: on dates to come every error here is too good. --groups by month, "
        "or another stretch of time, shows by how much."
    ]


def _drift_in_time(found: Assessment) -> list[str]:
    """Whether later dates are missed more, or less; told once where rows are in that order."""
    order = found.table.in_time
    if order is None or any(doubt.kind == "order" for doubt in found.forecast.warnings):
        return []
    correlation = drift(found.comparison.residuals[order] ** 2)
    if not correlation:
        return []
    more = "more" if correlation > 0.0 else "less"
    return [
        f"Rows of later dates ({found.table.date}) are missed {more} (rank correlation "
        f"{two_decimals(correlation)}): they drift, and every figure here is of more rows like all "
        "of these, not like the last ones."
    ]


def _unsure_choice(found: Assessment) -> list[str]:
    stop = found.stopping
    if stop is None or stop.risk <= 0 or stop.risk_corrected / stop.risk - 1 < _CORRECTION:
        return []
    return [
        "Where training is best stopped is not certain from so few rows: chosen on one part of "
        "them, the moment does worse on the other. The figures are corrected for that."
    ]
