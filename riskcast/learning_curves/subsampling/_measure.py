"""Learning-curve points, and the covariance of their errors, from losses on subsets.

Two kinds of noise are distinguished. The test rows are the same at all sizes, so
their noise is common to all points; it is estimated by the covariance of the rows'
losses. The training rows differ between windows; the resulting variance is estimated
at sizes with many windows and extrapolated to sizes with few.

Neither covers the dependence that arises because test rows of one model are training
rows of others. No unbiased estimate of it exists (Bengio and Grandvalet, "No unbiased
estimator of the variance of K-fold cross-validation", JMLR 5, 2004).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from riskcast.learning_curves.subsampling._learner import Learner
from riskcast.learning_curves.subsampling._points import ObservedPoints
from riskcast.learning_curves.subsampling._subsets import mixed_order, windows

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]
Progress = Callable[[int, int], None]

# Without this factor, standard errors of points are 1.14 times too small (root mean
# square of the standardized errors of 256 synthetic samples, benchmarks/intervals.py).
_DEPENDENCE = 1.15

FEWEST_SIZES = 4


class _Size(NamedTuple):
    rows: float  # mean number of training rows
    losses: FloatArray  # (n_rows,), mean over the windows that evaluated a row
    gain: FloatArray  # (n_rows,), loss of the untrained model minus that of the model
    train_variance: float  # of one window's risk; NaN if there are too few windows
    windows: int


class Measurement(NamedTuple):
    """Learning-curve points and related measurements from subsets."""

    points: ObservedPoints
    gain: FloatArray
    """Risk of the untrained model minus that of the model, (S,); NaN where unknown."""
    gain_error: FloatArray
    """Standard error of `gain`, (S,)."""
    failed: tuple[str, ...] = ()
    """Sizes at which training failed, and why."""
    losses: FloatArray = np.empty(0)
    """Losses of rows at the largest size, (n_rows,); empty if the score is no mean over rows."""


def measure(learner: Learner, random_state: int, progress: Progress | None = None) -> Measurement:
    """Train on subsets of several sizes and compute the learning-curve points.

    Parameters
    ----------
    learner : Learner
        The model and its data.
    random_state : int
        Seed of the subsets.
    progress : callable, optional
        Called with the number of fits done and their total.

    Returns
    -------
    Measurement
    """
    asked = [int(size) for size in learner.sizes() if size < learner.n_rows]
    plans = []
    for number, size in enumerate(asked):
        order = mixed_order(learner.labels, learner.groups, learner.n_rows, [random_state, number])
        plans.append(windows(order, size, learner.window_count(size)))
    report = _Counter(progress, sum(len(plan) for plan in plans))
    seen: list[_Size] = []
    failures: list[tuple[int, Exception]] = []
    for size, plan in zip(asked, plans, strict=True):
        try:
            seen += [_measure_size(learner, plan, report)] if plan else []
        except (ValueError, np.linalg.LinAlgError) as error:
            failures.append((size, error))
            report.skip_to(sum(len(plan) for plan in plans[: asked.index(size) + 1]))
    whole = learner.whole()
    if whole is not None:
        gain = whole.untrained - whole.model
        seen.append(_Size(float(learner.n_rows), whole.model, gain, np.nan, 1))
    if len(seen) < FEWEST_SIZES:
        raise _too_few(len(seen), failures)
    seen.sort(key=lambda size: size.rows)
    failed = tuple(f"{size} rows ({_first_line(error)})" for size, error in failures)
    return _gather(learner, seen, failed)


def _too_few(count: int, failures: Sequence[tuple[int, Exception]]) -> Exception:
    if failures:
        size, error = failures[-1]
        return ValueError(
            f"estimator: training or scoring failed at {len(failures)} sizes, the last time on "
            f"{size} rows: {_first_line(error)}; check that it can be fitted to parts of these rows"
        )
    return ValueError(
        f"groups: only {count} sizes can be made of whole groups; a learning curve needs "
        f"{FEWEST_SIZES}; use finer groups or risk_path"
    )


def _first_line(error: Exception) -> str:
    return (str(error).splitlines() or [type(error).__name__])[0]


class _Counter:
    """Counts fits and reports progress."""

    def __init__(self, progress: Progress | None, total: int) -> None:
        self.progress, self.total, self.done = progress, total, 0
        self._tell()

    def step(self) -> None:
        self.done += 1
        self._tell()

    def skip_to(self, done: int) -> None:
        self.done = max(self.done, done)
        self._tell()

    def _tell(self) -> None:
        if self.progress is not None:
            self.progress(self.done, self.total)


def _measure_size(learner: Learner, subsets: list[IndexArray], report: _Counter) -> _Size:
    model = np.full((len(subsets), learner.n_rows), np.nan)
    untrained = np.full_like(model, np.nan)
    for window, train in enumerate(subsets):
        model[window], untrained[window] = learner.losses(train)
        report.step()
    tested = ~np.isnan(model)
    times = np.maximum(tested.sum(axis=0), 1)
    mean = np.nansum(model, axis=0) / times
    mean[~tested.any(axis=0)] = np.nan
    # NaN where a score of the untrained model is not known.
    gain = np.where(tested, untrained, 0.0).sum(axis=0) / times - mean
    rows = float(np.mean([len(train) for train in subsets]))
    return _Size(rows, mean, gain, _train_variance(model, mean), len(subsets))


def _train_variance(losses: FloatArray, mean: FloatArray) -> float:
    """Variance of the risk over training sets, from windows with common test rows."""
    tests_a_row = float((~np.isnan(losses)).sum(axis=0).mean())
    if tests_a_row < 2.0 or len(losses) < 3:
        return float("nan")
    effects = np.nanmean(losses - mean, axis=1)
    return float(np.var(effects, ddof=1))


def _gather(learner: Learner, seen: list[_Size], failed: tuple[str, ...]) -> Measurement:
    clusters = learner.clusters
    sizes = np.array([size.rows for size in seen])
    risk, covariance = _means(np.stack([size.losses for size in seen], axis=1), clusters)
    covariance += np.diag(_training_noise(seen, risk - learner.lowest, learner.n_rows))
    covariance *= _DEPENDENCE**2
    gain, gain_covariance = _means(np.stack([size.gain for size in seen], axis=1), clusters)
    low, high = learner.range
    # The jackknife corrects the bias of a score, which may move it beyond its best value.
    points = ObservedPoints(
        sizes, np.clip(risk, low, high), covariance, learner.lowest, learner.resolution, high
    )
    gain_error = _DEPENDENCE * np.sqrt(np.diag(gain_covariance))
    losses = seen[-1].losses if learner.blocks is None else np.empty(0)
    return Measurement(points, gain, gain_error, failed, losses)


def _means(values: FloatArray, clusters: list[IndexArray] | None) -> tuple[FloatArray, FloatArray]:
    """Means over rows, shape (S,), and their covariance (S, S); NaN if there are no values.

    Rows of a cluster count as one observation.
    """
    known = ~np.isnan(values)
    counts = np.where(known.any(axis=0), known.sum(axis=0), np.nan)
    mean = np.where(known, values, 0.0).sum(axis=0) / counts
    away = np.where(known, values - mean, 0.0) / counts
    if clusters is not None:
        away = np.stack([away[rows].sum(axis=0) for rows in clusters])
    return mean, away.T @ away * (len(away) / max(len(away) - 1, 1))


def _training_noise(seen: list[_Size], above: FloatArray, n_rows: int) -> FloatArray:
    """Variance of each point due to the choice of training rows, shape (S,).

    At sizes with too few windows to estimate it, the relative variance is
    extrapolated as a power law of the size, with an exponent between -3 and 0.
    """
    sizes = np.array([size.rows for size in seen])
    variance = np.array([size.train_variance for size in seen])
    known = np.isfinite(variance) & (variance > 0) & (above > 0)
    relative = np.zeros(len(seen))
    if known.any():
        x, y = np.log(sizes[known]), np.log(variance[known] / above[known] ** 2)
        slope = float(np.polyfit(x, y, 1)[0]) if known.sum() >= 3 else -1.0
        slope = float(np.clip(slope, -3.0, 0.0))
        relative = np.exp(y.mean() + slope * (np.log(sizes) - x.mean()))
    independent = np.array([max(1.0 / size.windows, size.rows / n_rows) for size in seen])
    return relative * above**2 * independent
