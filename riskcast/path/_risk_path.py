"""Exact leave-one-out risk along training, without a validation set."""

from __future__ import annotations

import warnings
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcast._threads import threads_for, threads_for_rows
from riskcast.filters import Filter, GradientFlow
from riskcast.path._estimate import (
    all_held_out_predictions,
    estimated_risk,
    risk_of,
    train_risk,
)
from riskcast.path._problem import Problem, pose
from riskcast.path._ranges import risk_range
from riskcast.path._scoring import Scoring, check_scoring, class_scores
from riskcast.path._selection import best_moment, nested_choice
from riskcast.path._task import Task, task_of
from riskcast.path._time_grid import named_filter
from riskcast.path._validation import Kernel, refuse_sample_weight

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]


class RiskPath:
    """Leave-one-out risk along training, as returned by `risk_path`.

    Attributes
    ----------
    times : ndarray of shape (T,)
        Training times, in units of gradient flow on the loss ``|y - Xw|²/(2n)``.
    risk : ndarray of shape (T,)
        Leave-one-out risk at each time. For a scikit-learn scorer, the negated score.
    standard_error : ndarray of shape (T,)
        Standard error of `risk`. A group counts as one observation. For squared
        errors it accounts for the correlation between models that share rows.
    train_risk : ndarray of shape (T,)
        Risk on the training rows.
    degrees_of_freedom : ndarray of shape (T,)
        Trace of the map from targets to fitted values, including the intercept.
    untrained_risk : float
        Risk of the untrained model, which predicts the mean of the other rows or the
        class priors.
    filter : Filter
        The training rule at these times.
    classes : ndarray or None
        Class labels; None for regression.
    scoring : str or callable
        The score that defines the risk.
    scoring_reason : str
        Why the targets were treated as classes or as regression targets.
    n_samples, n_features : int
        Number of rows and columns of X.
    eigenvalues : ndarray of shape (r,)
        Positive eigenvalues of the (centred) ``XXᵀ`` or Gram matrix, ascending.
    """

    def __init__(self, problem: Problem, filter: Filter, task: Task, n_features: int) -> None:
        scoring = task.scoring
        self._problem = problem
        self.filter = filter
        self.scoring = scoring
        self.scoring_reason = task.reason
        self.n_features = n_features
        self.n_samples = problem.data.n_samples
        self.classes = problem.classes
        self.eigenvalues = problem.data.eigenvalues
        self.times = np.array(filter.times(self.n_samples))  # a copy: the filter is the caller's
        self.risk, self.standard_error = estimated_risk(problem, filter, scoring)
        self.train_risk = train_risk(problem, filter, scoring)
        shares = filter.shrinkage(self.eigenvalues, self.n_samples)
        self.degrees_of_freedom: FloatArray = shares.sum(axis=1) + float(problem.data.centred)

    def __repr__(self) -> str:
        task = "regression" if self.classes is None else f"{len(self.classes)} classes"
        return (
            f"RiskPath({self.n_samples} rows, {task}, {len(self.times)} times: "
            f"best risk {self.best_risk:.4g} at t = {self.best_time:.4g}, "
            f"final risk {self.final_risk:.4g}, untrained {self.untrained_risk:.4g})"
        )

    @property
    def best_index(self) -> int:
        """Index of the smallest risk."""
        return best_moment(self.risk)

    @property
    def best_time(self) -> float:
        """Time of the smallest risk."""
        return float(self.times[self.best_index])

    @property
    def best_risk(self) -> float:
        """The smallest risk. Optimistic, because the time is chosen on the same data."""
        return float(self.risk[self.best_index])

    @cached_property
    def best_risk_corrected(self) -> float:
        """The smallest risk, corrected for the choice of the time.

        Five-fold nested cross-validation: the time is chosen on four fifths of the
        rows and evaluated on the remaining fifth. The excess of the evaluated over
        the estimated risk is added to `best_risk`; nothing is ever subtracted. The
        first access costs about three times as much as the path itself. With only
        two rows or groups this is not possible, and the larger of `best_risk` and
        `untrained_risk` is returned.
        """
        if len(self._problem.units) < 3:
            return max(self.best_risk, self.untrained_risk)
        with threads_for(self._problem.data.vectors.shape):
            choice = nested_choice(self._problem, self.filter, self.scoring)
        corrected = self.best_risk + max(0.0, choice.given - choice.promised)
        classes = self._problem.classes
        return min(
            corrected, risk_range(self.scoring, None if classes is None else len(classes))[1]
        )

    @property
    def final_risk(self) -> float:
        """Risk at the last time; on the default grid, that of the fully trained model."""
        return float(self.risk[-1])

    @property
    def overtraining(self) -> float:
        """Relative cost of training to the last time: ``final_risk / best_risk - 1``."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(np.float64(self.final_risk - self.best_risk) / abs(self.best_risk))

    @cached_property
    def untrained_risk(self) -> float:
        """Risk of predicting the mean of the other rows, or the class priors."""
        predictions = self._problem.untrained_predictions()
        return float(risk_of(predictions, self._problem, self.scoring)[0])

    def loo_predictions(self, time: float | None = None) -> FloatArray:
        """Leave-one-out predictions, or leave-one-group-out predictions with groups.

        Parameters
        ----------
        time : float, optional
            Any training time for gradient flow; for other filters, one of
            `times`. Default `best_time`.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, outputs)
            Predictions of each row by the model trained without it. For
            classification, one score per class.

        Raises
        ------
        ValueError
            If `time` is negative, or is not one of `times` for a filter other than
            gradient flow.
        """
        part = self._at_time(self.best_time if time is None else _checked_time(time))
        with threads_for(self._problem.data.vectors.shape):
            predictions = all_held_out_predictions(self._problem, part)[:, 0]
        if self.classes is not None:
            return class_scores(predictions)
        return predictions[:, 0] if predictions.shape[1] == 1 else predictions

    def _at_time(self, time: float) -> Filter:
        if isinstance(self.filter, GradientFlow):
            return GradientFlow([time], self.filter.weight_decay)
        near = np.flatnonzero(np.isclose(self.times, time, rtol=1e-9, atol=0.0))
        if near.size == 0:
            raise ValueError(
                f"time: {time:g} is not one of the {len(self.times)} times of {self.filter!r}; "
                "use one of path.times"
            )
        return self.filter.at(near[:1])

    def plot(self, ax: Axes | None = None) -> Any:
        """Plot the risk with its standard error, and the training risk, against time.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Axes to plot on. By default a new figure is created.

        Returns
        -------
        RiskPathDisplay
        """
        from riskcast.plotting._risk_path_display import RiskPathDisplay

        return RiskPathDisplay(self).plot(ax)


def _checked_time(time: Any) -> float:
    try:
        value = float(time)
    except (TypeError, ValueError) as error:
        raise type(error)(f"time: must be a number >= 0, got {time!r}") from error
    if not value >= 0.0:
        raise ValueError(f"time: must be a number >= 0, got {time!r}")
    return value


def risk_path(
    X: Any,
    y: Any,
    *,
    filter: str | Filter = "gradient_flow",
    times: ArrayLike | None = None,
    kernel: Kernel = None,
    fit_intercept: bool = True,
    groups: Any = None,
    scoring: Scoring | None = None,
    weight_decay: float = 0.0,
    sample_weight: None = None,
) -> RiskPath:
    """Compute the exact leave-one-out risk along training.

    For linear and kernel models, one factorization of the smaller side of the
    data gives the result of refitting without each row, at all training times.

    Parameters
    ----------
    X : array_like or sparse matrix of shape (n_samples, n_features)
        Training data, or a Gram matrix of shape (n_samples, n_samples) for
        ``kernel="precomputed"``. Numeric, without dates or masked entries. The
        largest absolute value must lie between 1e-100 and 1e100.
    y : array_like of shape (n_samples,) or (n_samples, outputs)
        Targets or class labels, depending on `scoring`. The largest absolute target
        must lie between 1e-70 and 1e70.
    filter : {"gradient_flow", "ridge"} or Filter, default "gradient_flow"
        The training rule, or a filter object with its own times.
    times : array_like of shape (T,), optional
        Increasing training times; ``inf`` is allowed. By default 99 times, log-spaced
        from almost untrained to fully trained, followed by ``inf``, which is computed
        as a limit.
    kernel : None, str or callable, default None
        None for a linear model, the name of a scikit-learn kernel, "precomputed", or a
        callable ``(A, B) -> Gram matrix``. The Gram matrix must be positive
        semi-definite up to rounding, in single precision if its entries are exactly
        representable there.
    fit_intercept : bool, default True
        Whether to fit an intercept, separately in each fold. It is fitted in closed
        form, not trained by gradient flow.
    groups : array_like of shape (n_samples,), optional
        Group label of each row; the rows of a group are held out together. Use it when
        rows are related or duplicated. Missing labels are not allowed.
    scoring : str or callable, optional
        "squared_error", averaged over outputs; "error_rate" for classification; or a
        scikit-learn scorer or its name, whose score is negated. By default it depends
        on `y`: the error rate for text, booleans and categories, and for integers with
        two distinct values, or with at most ten that occur five times each on average;
        the squared error otherwise. Floating-point numbers are always regressed. The
        attribute `scoring_reason` of the result gives the reason.
        Scorers of scikit-learn's metrics imply classification or regression. For any
        other callable ``(estimator, X, y) -> float``, and for scorers of custom metrics
        of predictions, `y` decides as by default.
    weight_decay : float, default 0.0
        Weight decay μ in the loss ``|y - Xw|²/(2n) + μ|w|²/2``, for
        ``filter="gradient_flow"``. Filter objects have their own.
    sample_weight : None
        Not supported yet; must be None.

    Returns
    -------
    RiskPath

    Raises
    ------
    ValueError
        If an argument is invalid.
    TypeError
        If an argument has the wrong type, if the filter is not analytic (such as
        `PrincipalComponents`), or if `sample_weight` is given.

    Warns
    -----
    UserWarning
        If rows are exact duplicates of rows outside their group, so that the risk is
        too low; or if `y` decides between classification and regression and is
        ambiguous.

    Notes
    -----
    Each fold averages its loss over its own rows, so a time t means the same in
    all folds. For classification, one-hot targets are regressed and the class with
    the largest output is predicted; ties go to the first class. With an intercept,
    training starts from the class priors.

    The relative error of the mixture is at most 1e-9 (`resolvent_mixture`). For
    condition numbers of X up to 1e6, predictions agree with refits to 1e-8 of the
    largest prediction. Beyond that the error grows as ``1e-16`` times the condition
    number of X; for a Gram matrix, times its own condition number, which is the square
    of that of X. Sparse data are handled as accurately as dense data, and with more
    columns than rows they are never converted to dense. Constant columns, and columns
    that are exact linear combinations of others, have no effect, however large their
    means are.

    The leave-one-out path is consistent at every time; generalized
    cross-validation is not (Patil, Wu and Tibshirani, AISTATS 2024).

    Examples
    --------
    >>> import riskcast as rc
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True)
    >>> path = rc.risk_path(X, y)
    >>> path.risk.shape == path.times.shape == (100,)
    True
    >>> print(f"stop at t = {path.best_time:.0f}: risk {path.best_risk:.0f}")
    stop at t = ...: risk ...
    """
    refuse_sample_weight(sample_weight)
    if scoring is not None:
        check_scoring(scoring)
    task = task_of(scoring, y)
    path = path_of_task(
        X,
        y,
        task,
        filter=filter,
        times=times,
        kernel=kernel,
        fit_intercept=fit_intercept,
        groups=groups,
        weight_decay=weight_decay,
    )
    for doubt in (*([task.doubt] if task.doubt else []), *path._problem.doubts):
        warnings.warn(doubt, UserWarning, stacklevel=2)
    return path


def path_of_task(
    X: Any,
    y: Any,
    task: Task,
    *,
    filter: str | Filter = "gradient_flow",
    times: ArrayLike | None = None,
    kernel: Kernel,
    fit_intercept: bool,
    groups: Any,
    weight_decay: float,
) -> RiskPath:
    """`risk_path` for a known task (classification or regression), without warnings.

    Callers issue the warnings themselves. Catching warnings would replace the filters of
    the whole process, which is not safe for concurrent calls.
    """
    if isinstance(filter, Filter) and (times is not None or weight_decay):
        raise ValueError(
            "times: a filter object has its own times and weight decay; pass them to "
            f"{type(filter).__name__}(...) instead"
        )
    if not isinstance(filter, (str, Filter)):
        raise TypeError(f"filter: must be a name or a Filter, got {type(filter).__name__}")
    with threads_for_rows(X, kernel):
        problem = pose(X, y, kernel, fit_intercept, groups, task.is_classes)
        if isinstance(filter, str):
            filter = named_filter(
                filter, times, weight_decay, problem.data.eigenvalues, problem.data.n_samples
            )
        with threads_for(problem.data.vectors.shape):
            return RiskPath(problem, filter, task, n_features=np.shape(X)[1])
