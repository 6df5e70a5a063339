"""Forecast of the risk with more data: the public function and its result."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcast._threads import one_thread
from riskcast._validation import numbers, seed
from riskcast.learning_curves._blend import Blend
from riskcast.learning_curves._forecaster import middle_and_ends
from riskcast.learning_curves._from_learner import forecaster_from
from riskcast.learning_curves._goal import SamplesNeeded, samples_needed
from riskcast.learning_curves._limits import Limit, limit_of
from riskcast.learning_curves._validation import check_level, check_n_samples, checked_learner
from riskcast.learning_curves._warnings import Doubt, doubts_about
from riskcast.learning_curves.parametric._curve_average import CurveAverage, CurveWeight
from riskcast.learning_curves.subsampling._exact_learner import ExactLearner
from riskcast.learning_curves.subsampling._learner import Learner
from riskcast.learning_curves.subsampling._measure import measure
from riskcast.learning_curves.subsampling._points import ObservedPoints
from riskcast.path import RiskPath
from riskcast.path._scoring import Scoring
from riskcast.path._validation import Kernel, refuse_sample_weight

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]

_MULTIPLES = (1, 2, 4, 8)


class Forecast:
    """Forecast of a learning curve, as returned by `forecast`.

    Attributes
    ----------
    n_samples : ndarray of shape (S,)
        Training sizes of the forecast.
    risk, lower, upper : ndarray of shape (S,)
        Expected risk of a model trained on each number of rows, and the bounds of its
        interval, with nominal coverage `level`.
    noise_floor : float
        Risk with unlimited data.
    noise_floor_interval : tuple of float
        Interval of `noise_floor`.
    observed : ObservedPoints
        Learning-curve points within the data: `sizes`, `risk`, `standard_error`.
    models : list of CurveWeight
        Curves that are combined, with their weights and held-back errors.
    path : RiskPath or None
        Risk path of all rows, for linear and kernel models.
    warnings : list of str
        Warnings about the forecast, each with its `kind`; may be empty.
    level : float
        Nominal coverage of the intervals.
    scoring : str or callable
        The score that defines the risk.
    scoring_reason : str
        Why the targets were treated as classes or as regression targets.
    n_rows : int
        Number of rows of the data.
    """

    def __init__(
        self,
        forecaster: CurveAverage | Blend,
        observed: ObservedPoints,
        n_samples: FloatArray,
        level: float,
        doubts: list[Doubt],
        learner: Learner,
    ) -> None:
        self._forecaster = forecaster
        self._learner = learner if isinstance(learner, ExactLearner) else None
        self._is_classes = learner.is_classes
        self.observed = observed
        self.n_samples = n_samples
        self.level = level
        self.scoring: Scoring = learner.scoring
        self.scoring_reason = learner.scoring_reason
        self.n_rows = learner.n_rows
        self.path: RiskPath | None = learner.path
        self.warnings = doubts
        self.models: list[CurveWeight] = forecaster.models
        self.risk, self.lower, self.upper = self.at(n_samples)
        floor, lower, upper = self.at([np.inf])
        self.noise_floor = float(floor[0])
        self.noise_floor_interval = (float(lower[0]), float(upper[0]))

    def __repr__(self) -> str:
        last = f"{self.n_samples[-1]:.0f} rows: {self.risk[-1]:.4g}"
        interval = f"{100 * self.level:.0f} % from {self.lower[-1]:.4g} to {self.upper[-1]:.4g}"
        task = "classes" if self._is_classes else "regression"
        return f"Forecast(from {self.n_rows} rows, {task}; at {last}, {interval})"

    def at(
        self,
        n_samples: ArrayLike,
        *,
        width: ArrayLike = np.inf,
        regularized: bool = True,
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Forecast the risk and its interval at other training sizes.

        Parameters
        ----------
        n_samples : array_like of shape (S,)
            Numbers of training rows; ``inf`` gives the noise floor.
        width : array_like of shape (S,), default inf
            Number of random features that approximate the kernel (see
            `riskcast.features.RandomFeatures` for an `NNGP` of depth one), with the best
            penalty; ``inf`` is the kernel itself. Finite widths are available for squared
            errors and error rates of linear and kernel models.
        regularized : bool, default True
            If True, the model is stopped or penalized optimally. If False, it is trained to
            convergence without a penalty, which is available for the same models.

        Returns
        -------
        risk, lower, upper : ndarray of shape (S,)
            Median forecast and bounds of its interval, with nominal coverage `level`.

        Raises
        ------
        ValueError
            If `width` is finite or `regularized` is False and the forecast does not use
            the spectrum, or if a width is below 1.

        Examples
        --------
        Random features of three widths on twice as many rows, with and without
        regularization. Without it, as many features as rows have the largest risk.

        >>> import numpy as np
        >>> import riskcast as rc
        >>> X = np.random.default_rng(0).standard_normal((100, 5))
        >>> fc = rc.forecast(X, np.sin(X).sum(axis=1), kernel=rc.features.NNGP())
        >>> widths = [50, 200, 1000]
        >>> best = fc.at(200, width=widths)[0]
        >>> plain = fc.at(200, width=widths, regularized=False)[0]
        >>> bool(best[0] > best[1] > best[2]), int(plain.argmax())
        (True, 1)
        """
        curves = self.curves(n_samples, width=width, regularized=regularized)
        return middle_and_ends(curves, self.level)

    def curves(
        self,
        n_samples: ArrayLike,
        *,
        width: ArrayLike = np.inf,
        regularized: bool = True,
    ) -> FloatArray:
        """Plausible learning curves, from which the risk and its interval are computed.

        The uncertainty of a curve's level is common to all sizes, so the ratio of
        the risks at two sizes is more certain than either. Compute it curve by curve.

        Parameters
        ----------
        n_samples, width, regularized
            As in `at`.

        Returns
        -------
        ndarray of shape (curves, S)
            Risks. Every call returns the same curves.

        Raises
        ------
        ValueError
            As in `at`.
        """
        sizes, widths = np.broadcast_arrays(
            np.atleast_1d(numbers(n_samples, "n_samples")),
            np.atleast_1d(numbers(width, "width")),
        )
        with one_thread():
            curves = self._forecaster.draws(sizes)
        if regularized and np.isinf(widths).all():
            return curves
        if not isinstance(self._forecaster, Blend):
            raise ValueError(
                "width, regularized: other widths or penalties are available only for squared "
                "errors and error rates of linear and kernel models with at least 40 rows, "
                "without groups and weight decay; leave width=inf and regularized=True"
            )
        if not (widths >= 1).all():
            raise ValueError(f"width: must be at least 1, got {widths.min():g}")
        added = [
            self._forecaster.added(float(size), float(features), regularized)
            for size, features in zip(sizes, widths, strict=True)
        ]
        return np.minimum(curves + np.stack(added, axis=1), self._forecaster.highest)

    @cached_property
    def limit(self) -> Limit:
        """What limits the model: too few rows, noise, or its capacity.

        Returns
        -------
        Limit
            Its `kind`, and the share of the current risk that more rows would remove.
            ``str(limit)`` is a sentence.

        Examples
        --------
        >>> import riskcast as rc
        >>> from sklearn.datasets import load_diabetes
        >>> print(rc.forecast(*load_diabetes(return_X_y=True)).limit.kind)
        noise
        """
        now, floor = self.curves([float(self.n_rows), np.inf]).T
        squared = self.scoring == "squared_error"
        return limit_of(now, floor, self._learner if squared else None, self.observed.lowest)

    def samples_for(self, risk: float) -> SamplesNeeded:
        """Number of training rows needed to reach a risk.

        Parameters
        ----------
        risk : float
            The target risk, in the units of `self.risk`.

        Returns
        -------
        SamplesNeeded
            Median `n_samples` and interval bounds `lower` and `upper`, each ``inf`` if the
            risk is not reached within 1,000 times the current number of rows.
            ``str()`` of it is a sentence.

        Raises
        ------
        ValueError
            If `risk` is not finite.
        """
        if not np.isfinite(risk):
            raise ValueError(f"risk: must be a finite number, got {risk!r}; pass the risk to reach")
        smallest = float(self.observed.sizes[0])
        with one_thread():
            return samples_needed(self._forecaster, float(risk), self.level, self.n_rows, smallest)

    def plot(self, ax: Axes | None = None) -> Any:
        """Plot the observed points, the forecast and its interval.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Axes to plot on. By default a new figure is created.

        Returns
        -------
        ForecastDisplay
        """
        from riskcast.plotting._forecast_display import ForecastDisplay

        return ForecastDisplay(self).plot(ax)


def forecast(
    X: Any,
    y: Any,
    *,
    n_samples: ArrayLike | None = None,
    kernel: Kernel = None,
    estimator: Any = None,
    level: float = 0.9,
    scoring: Scoring | None = None,
    groups: Any = None,
    fit_intercept: bool = True,
    weight_decay: float = 0.0,
    random_state: int | np.random.RandomState | np.random.Generator | None = 0,
    progress: Callable[[int, int], None] | None = None,
    sample_weight: None = None,
) -> Forecast:
    """Forecast the risk of a model trained on more data, with intervals.

    Parameters
    ----------
    X : array_like, DataFrame or sparse matrix of shape (n_rows, n_features)
        Training data with at least 20 rows: numeric, or any input that `estimator`
        accepts, but without dates or masked entries.
    y : array_like of shape (n_rows,) or (n_rows, outputs)
        Targets or class labels.
    n_samples : array_like of shape (S,), optional
        Training sizes to forecast, in rows. By default the sizes observed within the
        data, and 1, 2, 4 and 8 times `n_rows`.
    kernel : None, str or callable, default None
        As in `risk_path`. Only without `estimator`.
    estimator : scikit-learn estimator, default None
        Any regressor or classifier, including a Pipeline; it is cloned. None for
        linear and kernel models stopped at their best time, which are computed exactly.
    level : float, default 0.9
        Nominal coverage of the intervals.
    scoring : str or callable, optional
        As in `risk_path`. By default `estimator`, or `y` if there is none, decides
        between classification and regression; the attribute `scoring_reason` of the
        result gives the reason. For a classifier, "squared_error" means "error_rate",
        because the squared error of right-or-wrong predictions is the error rate.
    groups : array_like of shape (n_rows,), optional
        Group labels; the rows of a group stay together. Use it when rows are related
        or duplicated.
    fit_intercept : bool, default True
        Whether to fit an intercept. Only without `estimator`.
    weight_decay : float, default 0.0
        As in `risk_path`. Only without `estimator`.
    random_state : int, RandomState, Generator or None, default 0
        Seed for the subsets and the drawn curves. With None, the result differs at
        every call.
    progress : callable, optional
        Called as ``progress(done, total)`` with the numbers of fits.
    sample_weight : None
        Not supported yet; must be None.

    Returns
    -------
    Forecast

    Raises
    ------
    ValueError
        If an argument is invalid.
    TypeError
        If an argument has the wrong type, if `estimator` is not a scikit-learn
        estimator, or if `sample_weight` is given.

    Warns
    -----
    UserWarning
        One for each warning about the forecast; they are also in ``.warnings``.

    Notes
    -----
    The learning-curve points are risks of models trained on subsets of the rows,
    drawn without replacement, and evaluated on the other rows. Families of curves
    (POW3, POW4, MMF4, WBL4, EXP3, ILOG2; Viering and Loog, "The shape of learning
    curves: a review", 2023) are fitted to them by generalized least squares over a
    grid of shape parameters. Their average is weighted by the probability density
    that each family, fitted to the smaller sizes, assigns to the points at the largest
    sizes. Intervals are quantiles of curves drawn from this average. They account for
    the noise of the points and its correlation, the uncertainty of each fit, and the
    disagreement between families. To correct intervals from small samples, the distance
    of each curve to the median is multiplied by ``sqrt(1 + 50/n)``, with n the number of
    rows, or of groups.

    For the squared error of linear and kernel models with at least 40 rows, without
    groups and weight decay, each of these curves is averaged with one drawn from
    the spectrum: ``min over κ of E(κ) n/(n - df₂(κ))``. E, df₁ and df₂ are
    measured over the range of κ covered by the data and extrapolated as power laws
    (`models` gives the weights). For the error rate of these models, curves of the
    squared error are mapped to error rates, using how the two decrease together within
    the data.

    The forecast risk is the expectation over data sets of the given size. For exact
    models it is that of the model stopped where its own leave-one-out risk is smallest.

    Examples
    --------
    >>> import riskcast as rc
    >>> from sklearn.datasets import load_diabetes
    >>> X, y = load_diabetes(return_X_y=True)
    >>> fc = rc.forecast(X, y, n_samples=[442, 884])
    >>> bool((fc.lower < fc.risk).all() and (fc.risk < fc.upper).all())
    True
    >>> print(fc.samples_for(1.0))
    No number of rows is likely to reach a risk of 1 with this model.
    """
    refuse_sample_weight(sample_weight)
    check_level(level)
    chosen_seed = seed(random_state)
    asked = None if n_samples is None else check_n_samples(n_samples)
    learner, doubts = checked_learner(
        X, y, kernel, estimator, scoring, groups, fit_intercept, weight_decay
    )
    measurement = measure(learner, chosen_seed, progress)
    doubts += doubts_about(measurement, learner.n_rows, learner.is_classes)
    for doubt in doubts:
        warnings.warn(f"forecast: {doubt}", UserWarning, stacklevel=2)
    observed = measurement.points
    return Forecast(
        forecaster_from(learner, measurement, chosen_seed),
        observed,
        _default_sizes(observed, learner) if asked is None else asked,
        level,
        doubts,
        learner,
    )


def _default_sizes(observed: ObservedPoints, learner: Learner) -> FloatArray:
    beyond = [float(times * learner.n_rows) for times in _MULTIPLES]
    return np.unique(np.concatenate([np.rint(observed.sizes), beyond]))
