"""The exact risk of every moment of training, from data, without a validation set."""

from __future__ import annotations

import warnings
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcast.filters import Filter, GradientFlow
from riskcast.path.door import Kernel, refuse_sample_weight
from riskcast.path.estimate import (
    all_held_out_predictions,
    estimated_risk,
    risk_of,
    train_risk,
)
from riskcast.path.losses import Scoring, check_scoring, class_scores
from riskcast.path.problem import Problem, pose
from riskcast.path.ranges import risk_range
from riskcast.path.selection import best_moment, nested_choice
from riskcast.path.task import Task, task_of
from riskcast.path.threads import threads_for, threads_for_rows
from riskcast.path.time_grid import named_filter

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]


class RiskPath:
    """The risk along training, as `risk_path` returns it.

    Attributes
    ----------
    times : ndarray of shape (T,)
        Training times, in units of gradient flow on ``|y - Xw|²/(2n)``.
    risk : ndarray of shape (T,)
        Leave-one-out risk at each time. For a scikit-learn scorer, minus the score.
    standard_error : ndarray of shape (T,)
        Its standard error. Groups count as one observation; for squared errors
        it counts that models which share rows make correlated errors.
    train_risk : ndarray of shape (T,)
        Risk on the rows trained on.
    degrees_of_freedom : ndarray of shape (T,)
        Trace of the map from targets to fitted values, the intercept counted.
    untrained_risk : float
        Risk of learning nothing: of the mean of the other rows, or of the class priors.
    filter : Filter
        The training rule at these times.
    classes : ndarray or None
        The classes, for classification.
    scoring : str or callable
        What the risk is.
    scoring_reason : str
        Why the targets were taken as classes, or regressed.
    n_samples, n_features : int
        Size of the data. `n_features` is the number of columns of X.
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
        """The smallest risk; chosen on the data, hence optimistic."""
        return float(self.risk[self.best_index])

    @cached_property
    def best_risk_corrected(self) -> float:
        """The smallest risk, corrected for having been chosen.

        The choice is made again on four fifths of the rows and judged on the
        fifth that had no part in it, five times; what it gave there beyond what
        it promised is added to `best_risk` (nothing is ever subtracted). Costs
        about three times the path itself, at the first use. Two rows, or two
        groups, are too few for that: then learning nothing is not beaten.
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
        """Risk at the last time: of training to the end, on the default grid."""
        return float(self.risk[-1])

    @property
    def overtraining(self) -> float:
        """What training to the last time costs, as a share: ``final_risk / best_risk - 1``."""
        with np.errstate(divide="ignore", invalid="ignore"):
            return float(np.float64(self.final_risk - self.best_risk) / abs(self.best_risk))

    @cached_property
    def untrained_risk(self) -> float:
        """Risk of learning nothing: of the mean of the other rows, or of the class priors."""
        predictions = self._problem.untrained_predictions()
        return float(risk_of(predictions, self._problem, self.scoring)[0])

    def loo_predictions(self, time: float | None = None) -> FloatArray:
        """Predictions of every row by the model trained without it, or without its group.

        Parameters
        ----------
        time : float, optional
            Any time of training for gradient flow; for other rules, one of
            `times`. Default `best_time`.

        Returns
        -------
        ndarray of shape (n_samples,) or (n_samples, outputs)
            For classification, one score a class.

        Raises
        ------
        ValueError
            If the rule was not asked for this time.
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
                f"time: {time:g} is none of the {len(self.times)} times of {self.filter!r}; take "
                "one of path.times"
            )
        return self.filter.at(near[:1])

    def plot(self, ax: Axes | None = None) -> Any:
        """Draw risk, its standard error and train risk against time.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure.

        Returns
        -------
        RiskPathDisplay
        """
        from riskcast.report.risk_path_display import RiskPathDisplay

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
    """Exact leave-one-out risk at every moment of training.

    One factorization of the smaller side of the data gives, for linear and
    kernel models, what refitting without each row would, at all times.

    Parameters
    ----------
    X : array_like or sparse matrix of shape (n_samples, n_features)
        Rows; or a Gram matrix for ``kernel="precomputed"``. Numbers only, no dates
        and no masked entries, the largest between 1e-100 and 1e100 in size.
    y : array_like of shape (n_samples,) or (n_samples, outputs)
        Targets, or class labels; `scoring` says which. The largest target lies
        between 1e-70 and 1e70 in size.
    filter : {"gradient_flow", "ridge"} or Filter, default "gradient_flow"
        The training rule, or a filter object with its own moments.
    times : array_like of shape (T,), optional
        Increasing times, ``inf`` allowed. By default some 100, log-spaced from
        nothing learned to fully trained, then ``inf``, computed as a limit.
    kernel : None, str or callable, default None
        None for a linear model; a scikit-learn kernel name; "precomputed"; or a
        callable ``(A, B) -> Gram matrix``. It must be positive semi-definite up to
        rounding, that of single precision where its numbers have no more digits.
    fit_intercept : bool, default True
        Fit an intercept (each fold its own). It is fitted, not trained by flow.
    groups : array_like of shape (n_samples,), optional
        Rows of a group leave together: use it when rows are related or repeated.
        No label may be missing.
    scoring : str or callable, optional
        "squared_error", averaged over outputs; "error_rate" for classes; or a
        scikit-learn scorer or its name, whose score is negated. By default `y`
        decides: the error rate for text, truth values and categories, and for
        integers of two values, or of at most ten that each repeat five times on
        average; else the squared error. Numbers in floating point are always
        regressed. The attribute `scoring_reason` of the result says why.
        A scorer of scikit-learn's metrics is of classes or of regression
        as its metric is. For any other callable, ``(estimator, X, y) -> float``, and for
        scorers of metrics of your own that ask for predictions, `y` decides as by default.
    weight_decay : float, default 0.0
        Weight decay μ in the loss ``|y - Xw|²/(2n) + μ|w|²/2``, for the filter
        named "gradient_flow"; filter objects carry their own.
    sample_weight : None
        Not supported yet; anything but None is refused.

    Returns
    -------
    RiskPath

    Raises
    ------
    ValueError
        If an argument does not fit, with its name and what to do.
    TypeError
        If the filter is not analytic, as `PrincipalComponents` is not, or if
        `sample_weight` is given.

    Warns
    -----
    UserWarning
        If rows repeat exactly outside their group: the risk is then too low. If
        `scoring` leaves the decision to `y`, and its numbers might be meant otherwise.

    Notes
    -----
    Each fold averages its loss over its own rows, so the time t means the same
    everywhere. Classes are regressed as one-hot targets and the largest output
    wins, ties going to the first class; with the intercept, training starts from
    the class priors. Accuracy: the mixture's relative error is at most
    1e-9 (`resolvent_mixture`); predictions agree with refits to 1e-8 of the
    largest of them for condition numbers of X up to 1e6. Beyond that the error
    grows like the rounding of the data, ``1e-16`` times the condition number;
    for a Gram matrix, times its condition number, the square of that of X.
    Sparse rows are as accurate as dense ones; with more columns than rows they
    are never made dense. Constant columns, and columns that are exact combinations
    of others, change nothing, however far from zero their means are.

    The leave-one-out path is consistent at every time, which generalized
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
    """`risk_path` where it is known whether the targets are classes, without its warnings.

    Those who call it pass them on. Catching them would replace the filters of the whole
    process, which concurrent calls would not put back.
    """
    if isinstance(filter, Filter) and (times is not None or weight_decay):
        raise ValueError(
            "times: a filter object carries its own times and weight decay; give them to "
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
