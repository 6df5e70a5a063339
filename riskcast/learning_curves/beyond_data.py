"""What more rows would give: the public function and its result."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcast.checks import numbers, seed
from riskcast.learning_curves.blend import Blend
from riskcast.learning_curves.curve_average import CurveAverage, CurveWeight
from riskcast.learning_curves.door import check_level, check_n_samples, checked_learner
from riskcast.learning_curves.doubts import Doubt, doubts_about
from riskcast.learning_curves.exact_learner import ExactLearner
from riskcast.learning_curves.forecaster import middle_and_ends
from riskcast.learning_curves.from_learner import forecaster_from
from riskcast.learning_curves.goal import SamplesNeeded, samples_needed
from riskcast.learning_curves.learner import Learner
from riskcast.learning_curves.limits import Limit, limit_of
from riskcast.learning_curves.measure import measure
from riskcast.learning_curves.points import ObservedPoints
from riskcast.path import RiskPath
from riskcast.path.door import Kernel, refuse_sample_weight
from riskcast.path.losses import Scoring
from riskcast.path.threads import one_thread

if TYPE_CHECKING:
    from matplotlib.axes import Axes

FloatArray = NDArray[np.float64]

_MULTIPLES = (1, 2, 4, 8)


class Forecast:
    """A forecast learning curve, as `forecast` returns it.

    Attributes
    ----------
    n_samples : ndarray of shape (S,)
        The sizes asked for.
    risk, lower, upper : ndarray of shape (S,)
        Expected risk of a model trained on so many rows, and the interval that
        is meant to hold it with probability `level`.
    noise_floor : float
        Risk with endless rows.
    noise_floor_interval : tuple of float
        Its interval.
    observed : ObservedPoints
        The points inside the data: `sizes`, `risk`, `standard_error`.
    models : list of CurveWeight
        Curves combined, their weights and their held-back errors.
    path : RiskPath or None
        The risk path of all rows, for linear and kernel models.
    warnings : list of str
        Reasons for doubt, each with its `kind`; empty if there are none.
    level : float
        Probability that the intervals are meant to hold.
    scoring : str or callable
        What the risk is.
    scoring_reason : str
        Why the targets were taken as classes, or regressed.
    n_rows : int
        Rows at hand.
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
        """Risk and the ends of its interval at other sizes.

        Parameters
        ----------
        n_samples : array_like of shape (S,)
            Numbers of rows; ``inf`` gives the noise floor.
        width : array_like of shape (S,), default inf
            Random features that stand for the kernel (as `riskcast.features.RandomFeatures`
            for an `NNGP` of depth one), with the best penalty; ``inf`` is the kernel
            itself. For squared errors and error rates of linear and kernel models.
        regularized : bool, default True
            Stopped, or penalized, at its best; else trained to the end. Likewise.

        Returns
        -------
        risk, lower, upper : ndarray of shape (S,)

        Raises
        ------
        ValueError
            If a width or the end of training is asked for and this forecast knows no
            spectrum.

        Examples
        --------
        Random features of three widths on twice the rows, and how they would do
        without any regularization; as many features as rows are the worst then.

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
        """Plausible learning curves: what the risk and its interval are read from.

        What is doubtful about a curve's level is doubtful at all sizes alike, so a
        ratio of two sizes is better known than each: take it curve by curve.

        Parameters
        ----------
        n_samples, width, regularized
            As for `at`.

        Returns
        -------
        ndarray of shape (curves, S)
            The same curves at every call.

        Raises
        ------
        ValueError
            As `at`.
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
                "width, regularized: only squared errors and error rates of linear and kernel "
                "models, from 40 rows on, without groups and weight decay, can be told at other "
                "widths or penalties"
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
        """What limits the model: too few rows, noise, or what it can express.

        Returns
        -------
        Limit
            With its `kind`, the share of today's risk that more rows would remove, and a
            sentence as its text.

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
        """Rows needed for a risk.

        Parameters
        ----------
        risk : float
            The goal, in the units of `self.risk`.

        Returns
        -------
        SamplesNeeded
            With `n_samples`, `lower`, `upper`, each ``inf`` where never reached
            (within 1,000 times the rows at hand), and a sentence as its text.

        Raises
        ------
        ValueError
            If the goal is not a number.
        """
        if not np.isfinite(risk):
            raise ValueError(f"risk: must be a finite number, got {risk!r}; pass the risk to reach")
        smallest = float(self.observed.sizes[0])
        with one_thread():
            return samples_needed(self._forecaster, float(risk), self.level, self.n_rows, smallest)

    def plot(self, ax: Axes | None = None) -> Any:
        """Draw the observed points, the forecast and its interval.

        Parameters
        ----------
        ax : matplotlib Axes, optional
            Where to draw; by default a new figure.

        Returns
        -------
        ForecastDisplay
        """
        from riskcast.report.forecast_display import ForecastDisplay

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
    """Forecast the risk of a model trained on more rows, with intervals.

    Parameters
    ----------
    X : array_like, DataFrame or sparse matrix of shape (n_rows, n_features)
        Rows: numbers, or whatever `estimator` takes, but no dates and no masked
        entries. At least 20.
    y : array_like of shape (n_rows,) or (n_rows, outputs)
        Targets, or class labels.
    n_samples : array_like of shape (S,), optional
        Sizes to forecast. By default the sizes observed inside the data, then
        1, 2, 4 and 8 times the rows at hand.
    kernel : None, str or callable, default None
        As in `risk_path`; for models without `estimator`.
    estimator : scikit-learn estimator, default None
        Any regressor or classifier, a Pipeline among them; it is cloned. None for
        linear and kernel models trained to their best time, which are exact.
    level : float, default 0.9
        Probability that the intervals are meant to hold.
    scoring : str or callable, optional
        As in `risk_path`; by default `estimator` decides whether `y` holds classes,
        and without one `y` does. The attribute `scoring_reason` of the result says
        why. A classifier is scored by "error_rate" also for "squared_error": the squared
        error of classes, right or wrong, is the error rate.
    groups : array_like of shape (n_rows,), optional
        Rows of a group stay together: use it when rows are related or repeated.
    fit_intercept : bool, default True
        Fit an intercept; for models without `estimator`.
    weight_decay : float, default 0.0
        As in `risk_path`; for models without `estimator`.
    random_state : int, RandomState, Generator or None, default 0
        Seed of the subsets and of the curves drawn. None draws other ones at every
        call.
    progress : callable, optional
        Called as ``progress(done, total)`` with numbers of fits.
    sample_weight : None
        Not supported yet; anything but None is refused.

    Returns
    -------
    Forecast

    Raises
    ------
    ValueError
        If an argument does not fit, with its name and what to do.
    TypeError
        If `estimator` is not a scikit-learn estimator, or if `sample_weight` is given.

    Warns
    -----
    UserWarning
        For each reason to doubt the forecast; they are in ``.warnings`` too.

    Notes
    -----
    The points are risks of models trained on subsets of the rows, drawn without
    replacement, and judged on the other rows. Families of curves (POW3, POW4,
    MMF4, WBL4, EXP3, ILOG2; Viering and Loog, "The shape of learning curves: a
    review", 2023) are fitted to them by generalized least squares over a grid
    of their shapes, and averaged, weighted by the probability that each, fitted
    to the smaller sizes, gives to the largest ones. Intervals come from whole
    curves drawn from that average: they count the noise of the points and its
    correlation, the doubt of each fit, and the disagreement of the families. What few
    rows do not know of themselves is added: each curve's distance to the median is
    multiplied by ``sqrt(1 + 50/n)``, n the rows at hand, or the groups.

    For the squared error of linear and kernel models, without groups and weight
    decay and from 40 rows on, each of these curves is averaged with one drawn from
    the spectrum: ``min over κ of E(κ) n/(n - df₂(κ))``, with E, df₁ and df₂
    measured where the data reach and continued as power laws below (`models` gives
    the weights). For their error rate the curve of squared error is carried over by
    how both fall together inside the data.

    The risk forecast is the expected one of a data set of that size: for exact
    models, of the model stopped where its own leave-one-out risk is smallest.

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
