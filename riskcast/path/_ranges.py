"""Ranges of risks, such as 0 to 1 for an error rate."""

from __future__ import annotations

import math

from riskcast.path._scoring import Scoring, scorer_for

_UNIT = (0.0, 1.0)
_AT_MOST_ONE = (-math.inf, 1.0)
_SIGNED = (-1.0, 1.0)

# Ranges of metrics, by the name of scikit-learn's function.
_RANGES: dict[str, tuple[float, float]] = {
    **dict.fromkeys(
        (
            "accuracy_score",
            "average_precision_score",
            "balanced_accuracy_score",
            "completeness_score",
            "f1_score",
            "fbeta_score",
            "fowlkes_mallows_score",
            "hamming_loss",
            "homogeneity_score",
            "jaccard_score",
            "normalized_mutual_info_score",
            "precision_score",
            "rand_score",
            "recall_score",
            "roc_auc_score",
            "top_k_accuracy_score",
            "v_measure_score",
            "zero_one_loss",
        ),
        _UNIT,
    ),
    **dict.fromkeys(
        (
            "d2_absolute_error_score",
            "d2_brier_score",
            "d2_log_loss_score",
            "d2_pinball_score",
            "d2_tweedie_score",
            "explained_variance_score",
            "r2_score",
        ),
        _AT_MOST_ONE,
    ),
    **dict.fromkeys(("adjusted_rand_score", "cohen_kappa_score", "matthews_corrcoef"), _SIGNED),
    "adjusted_mutual_info_score": _AT_MOST_ONE,
    "mutual_info_score": (0.0, math.inf),
}
# Arguments that change the range of a function.
_CHANGE_IT = {"adjusted", "normalize", "scale_by_half", "weights"}


def risk_range(scoring: Scoring, n_classes: int | None = None) -> tuple[float, float]:
    """Return the smallest and the largest possible value of a risk.

    Parameters
    ----------
    scoring : str or callable
        As in `riskcast.risk_path`. The risk of a score is its negative.
    n_classes : int, optional
        Number of classes, if known.

    Returns
    -------
    lowest, highest : float
        Infinite where no bound is known, for example for a plain callable.

    Examples
    --------
    >>> from riskcast.path._ranges import risk_range
    >>> risk_range("error_rate"), risk_range("roc_auc"), risk_range("r2")
    ((0.0, 1.0), (-1.0, 0.0), (-1.0, inf))
    """
    if scoring == "squared_error":
        return 0.0, math.inf
    if scoring == "error_rate":
        return _UNIT
    scorer = scorer_for(scoring)
    # scikit-learn has no public API for these properties of a scorer.
    is_loss = getattr(scorer, "_sign", 1) < 0
    name = getattr(getattr(scorer, "_score_func", None), "__name__", "")
    changed = bool(_CHANGE_IT & set(getattr(scorer, "_kwargs", {})))
    unknown = (0.0 if is_loss else -math.inf, math.inf)
    low, high = unknown if changed else _RANGES.get(name, unknown)
    if name == "brier_score_loss" and not changed:
        high = 1.0 if n_classes == 2 else 2.0
    return (low, high) if is_loss else (0.0 - high, 0.0 - low)
