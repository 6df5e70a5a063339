"""Input validation for `forecast`."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray
from sklearn.base import is_classifier, is_regressor
from sklearn.utils.validation import _num_samples

from riskcast.learning_curves._warnings import Doubt
from riskcast.learning_curves.subsampling._cross_validated_learner import CrossValidatedLearner
from riskcast.learning_curves.subsampling._exact_learner import ExactLearner
from riskcast.learning_curves.subsampling._learner import Learner
from riskcast.path._risk_path import path_of_task
from riskcast.path._scoring import Scoring, check_scoring
from riskcast.path._task import task_of
from riskcast.path._validation import (
    Kernel,
    check_classes,
    check_groups,
    check_labels,
    check_targets,
    group_codes,
    refuse_what_is_no_number,
)

FloatArray = NDArray[np.float64]

FEWEST_ROWS = 20
_FEWEST_GROUPS = 10


def check_level(level: Any) -> None:
    """Raise unless the level is a number between 0 and 1."""
    if isinstance(level, bool) or not isinstance(level, (int, float)) or not 0.0 < level < 1.0:
        raise ValueError(f"level: must lie between 0 and 1, got {level!r}; 0.9 is usual")


def check_n_samples(n_samples: ArrayLike) -> FloatArray:
    """Sizes as an increasing array of floats, shape (S,)."""
    refuse_what_is_no_number(n_samples, "n_samples")
    try:
        sizes = np.atleast_1d(np.array(n_samples, dtype=np.float64))
    except (TypeError, ValueError):
        raise ValueError(
            f"n_samples: must be numbers of rows, got {n_samples!r}; for example [1000, 2000]"
        ) from None
    if sizes.ndim != 1 or sizes.size == 0:
        raise ValueError(
            f"n_samples: must be a list of sizes, got shape {sizes.shape}; for example [1000, 2000]"
        )
    wrong = sizes[~(np.isfinite(sizes) & (sizes >= 2))]
    if wrong.size:
        raise ValueError(
            f"n_samples: every size must be finite and at least 2, got {wrong[0]:g}; for "
            "unlimited data use noise_floor"
        )
    return sizes


def checked_learner(
    X: Any,
    y: Any,
    kernel: Kernel,
    estimator: Any,
    scoring: Scoring | None,
    groups: Any,
    fit_intercept: bool,
    weight_decay: float,
) -> tuple[Learner, list[Doubt]]:
    """Return the learner to train on subsets, and the warnings from its input validation."""
    refuse_what_is_no_number(X, "X")
    _enough_rows(X, groups)
    if estimator is not None:
        if kernel is not None or weight_decay or not fit_intercept:
            raise ValueError(
                "estimator: kernel, weight_decay and fit_intercept apply only without an "
                "estimator; set them in the estimator itself"
            )
        return _estimator_learner(X, y, estimator, scoring, groups), []
    if scoring is not None:
        check_scoring(scoring)
    task = task_of(scoring, y)
    path = path_of_task(
        X,
        y,
        task,
        kernel=kernel,
        fit_intercept=fit_intercept,
        groups=groups,
        weight_decay=weight_decay,
    )
    told = [*([task.doubt] if task.doubt else []), *path._problem.doubts]
    return ExactLearner(path), [Doubt(doubt, "warned by the path") for doubt in told]


def _enough_rows(X: Any, groups: Any) -> None:
    count = _num_samples(X)
    if count < FEWEST_ROWS:
        raise ValueError(
            f"X: got {count} rows; a learning curve needs at least {FEWEST_ROWS}, because a "
            "forecast from fewer would be a guess; use risk_path for the current risk"
        )
    if groups is not None:
        distinct = len(np.unique(group_codes(groups)))
        if distinct < _FEWEST_GROUPS:
            raise ValueError(
                f"groups: got {distinct} distinct groups; a learning curve needs at least "
                f"{_FEWEST_GROUPS}, because groups are not split; use finer groups or risk_path"
            )


def _estimator_learner(
    X: Any, y: Any, estimator: Any, scoring: Scoring | None, groups: Any
) -> CrossValidatedLearner:
    _check_estimator(estimator)
    if scoring is not None:
        check_scoring(scoring)
    if is_classifier(estimator):
        if scoring is None or scoring == "squared_error":
            scoring = "error_rate"
        classes, is_classes = check_classes(y)[1], True
        values: NDArray[Any] = check_labels(y, "y").reshape(-1)
        if len(classes) > len(values) // 4:
            raise ValueError(
                f"y: has {len(classes)} classes in {len(values)} rows; a learning curve needs at "
                "least four rows per class; merge classes or use a regressor"
            )
    elif scoring == "error_rate":
        raise ValueError(
            f"scoring: 'error_rate' needs a classifier, got {type(estimator).__name__}; use "
            "'squared_error' or a classifier"
        )
    else:
        scoring = "squared_error" if scoring is None else scoring
        targets, is_classes = check_targets(y), False
        values = targets[:, 0] if targets.shape[1] == 1 else targets
    if len(values) != _num_samples(X):
        raise ValueError(
            f"y: has {len(values)} entries but X has {_num_samples(X)} rows; pass one entry per row"
        )
    members = check_groups(groups, len(values))
    X = np.asarray(X) if isinstance(X, (list, tuple)) else X
    return CrossValidatedLearner(estimator, X, values, scoring, members, is_classes)


def _check_estimator(estimator: Any) -> None:
    if inspect.isclass(estimator):
        raise TypeError(
            f"estimator: got the class {estimator.__name__}; pass an instance, "
            f"{estimator.__name__}()"
        )
    missing = [name for name in ("fit", "get_params", "predict") if not hasattr(estimator, name)]
    if missing == ["predict"] and (is_classifier(estimator) or is_regressor(estimator)):
        return  # some estimators, such as stacks, have it only once fitted
    if missing:
        raise TypeError(
            f"estimator: must be a scikit-learn regressor or classifier, got "
            f"{type(estimator).__name__}, which has no {missing[0]}; pass for example "
            "HistGradientBoostingRegressor()"
        )
