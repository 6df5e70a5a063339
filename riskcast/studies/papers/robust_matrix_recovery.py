"""Ma and Fattahi (2022): a low-rank matrix from few measurements, by a factorization of any rank.

A positive semidefinite matrix X of rank r is measured by ``y_i = <A_i, X> + s_i``
with Gaussian A_i, and learned as UUᵀ with as many columns in U as X has rows.
The sub-gradient method minimizes the mean absolute residual.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from riskcast.studies import Study, Verdict, judge, mean_and_error
from riskcast.studies.drawing import panels, series

study = Study(
    paper="Global Convergence of Sub-gradient Method for Robust Matrix Recovery: Small "
    "Initialization, Noisy Measurements, and Over-parameterization",
    source="J. Ma, S. Fattahi, 2022, arXiv:2202.08788; the window for early stopping as in Y. Li, "
    "T. Ma, H. Zhang, COLT 2018, arXiv:1712.09203.",
    limits="Matrices of 30 rows and rank 2, of equal eigenvalues, 420 Gaussian measurements. Steps "
    "of the sub-gradient method shrink geometrically, to a ten-thousandth at the end; in a first "
    "try, with steps that ended larger, these and not the start set the last error. That a large "
    "start leaves an error of 0.3 asks too much where there is no noise: among positive "
    "semidefinite matrices hardly another fits so many measurements, and a large start is slow "
    "rather than wrong.",
    smoke={"size": 20, "rank": 1, "measurements": 150, "draws": 3, "steps": 1500},
    full={"size": 30, "rank": 2, "measurements": 420, "draws": 5, "steps": 3000},
)

# Standard deviation of the initial entries, times the root of the size.
STARTS = np.array([1.0, 1e-1, 1e-2, 1e-3, 1e-4, 1e-6])
SMALL = 1e-6
NOISE = 0.5  # size of Gaussian noise relative to a measurement
OUTLIERS = 0.2  # share of grossly wrong measurements; GROSS is the size of their error
GROSS = 10.0


@study.experiment
def starts(
    rng: np.random.Generator, size: int, rank: int, measurements: int, draws: int, steps: int
) -> dict[str, Any]:
    """Error along the sub-gradient method from initial factors of several sizes, without noise."""
    found = []
    for _ in range(draws):
        truth, A, y = _measured(rng, size, rank, measurements)
        first = rng.standard_normal((size, size)) / np.sqrt(size)
        path = _descend(A, y, truth, [start * first for start in STARTS], steps, _signs)
        found.append(path.errors)
    freedom = size * (size + 1) // 2
    return {
        "errors": found,
        "measurements": measurements,
        "freedom": freedom,
        "parameters": size * size,
        "steps": np.arange(steps + 1),
    }


@study.experiment
def ranks(
    rng: np.random.Generator, size: int, rank: int, measurements: int, draws: int, steps: int
) -> dict[str, Any]:
    """Error from small initial factors for several search ranks, on the same measurements."""
    searched = np.unique([rank, 2 * rank, size // 4, size])
    found = []
    for _ in range(draws):
        truth, A, y = _measured(rng, size, rank, measurements)
        first = rng.standard_normal((size, size)) / np.sqrt(size)
        path = _descend(A, y, truth, [SMALL * first[:, :k] for k in searched], steps, _signs)
        found.append(path.errors)
    return {"searched": searched, "errors": found, "steps": np.arange(steps + 1)}


@study.experiment
def outliers(
    rng: np.random.Generator, size: int, rank: int, measurements: int, draws: int, steps: int
) -> dict[str, Any]:
    """Error of absolute and of squared residuals from a small initial factor, when a fifth of the
    measurements are grossly wrong.
    """
    found = []
    for _ in range(draws):
        truth, A, y = _measured(rng, size, rank, measurements)
        wrong = rng.random(measurements) < OUTLIERS
        y = y + wrong * GROSS * np.linalg.norm(truth) * rng.standard_normal(measurements)
        start = [SMALL / np.sqrt(size) * rng.standard_normal((size, size))]
        found.append(
            [_descend(A, y, truth, start, steps, rule).errors[0] for rule in (_signs, _residuals)]
        )
    return {"errors": found, "steps": np.arange(steps + 1)}


@study.experiment
def gaussian_noise(
    rng: np.random.Generator, size: int, rank: int, measurements: int, draws: int, steps: int
) -> dict[str, Any]:
    """Error and loss from a small and a large initial factor when every measurement is noisy, and
    the loss of the true matrix.
    """
    found = []
    for _ in range(draws):
        truth, A, y = _measured(rng, size, rank, measurements)
        noise = NOISE * np.linalg.norm(truth) * rng.standard_normal(measurements)
        first = rng.standard_normal((size, size)) / np.sqrt(size)
        path = _descend(A, y + noise, truth, [SMALL * first, first], steps, _signs)
        found.append([*path.errors[:, -1], *path.losses[:, -1], np.abs(noise).mean()])
    small, large, small_loss, large_loss, true_loss = np.transpose(found)
    return {
        "small": small,
        "large": large,
        "small_loss": small_loss,
        "large_loss": large_loss,
        "true_loss": true_loss,
    }


@study.experiment
def window(
    rng: np.random.Generator, size: int, rank: int, measurements: int, draws: int, steps: int
) -> dict[str, Any]:
    """Error along gradient descent on squared residuals with constant step size, with noise."""
    sizes = np.array([1e-1, 1e-2, 1e-4, 1e-6])
    found = []
    for _ in range(draws):
        truth, A, y = _measured(rng, size, rank, measurements)
        y = y + NOISE * np.linalg.norm(truth) * rng.standard_normal(measurements)
        first = rng.standard_normal((size, size)) / np.sqrt(size)
        found.append(
            _descend(A, y, truth, list(sizes[:, None, None] * first), steps, _residuals).errors
        )
    return {"starts": sizes, "errors": found, "steps": np.arange(steps + 1)}


@study.claim(
    refuted_if="from the smallest start the relative error is not below 0.01, or measurements are "
    "not fewer than the matrix has free entries",
    figure="small_starts",
)
def small_start_recovers(starts: Any) -> Verdict:
    """From a small start the sub-gradient method recovers the matrix from fewer measurements than
    it has free entries, the rank unknown.
    """
    mean, error = mean_and_error(starts.errors[:, -1, -1])
    return judge(
        mean < 0.01 and starts.measurements < starts.freedom,
        value=mean,
        error=error,
        seen=f"relative error with {starts.measurements} measurements for {starts.freedom} free "
        f"entries and {starts.parameters} parameters",
    )


@study.claim(
    refuted_if="from the largest start the relative error is below 0.3, or between starts 0.1 and "
    "1e-4 the error falls more slowly than their root",
    figure="small_starts",
)
def error_falls_with_start(starts: Any) -> Verdict:
    """The error falls as a power of the start's size; from a large start nothing is recovered."""
    final = starts.errors[:, :, -1]
    between = (STARTS <= 0.1) & (STARTS >= 1e-4)
    slopes = [np.polyfit(np.log(STARTS[between]), np.log(one[between]), 1)[0] for one in final]
    slope, error = mean_and_error(slopes)
    return judge(
        [final[:, 0].mean() > 0.3, slope > 0.5],
        value=slope,
        error=error,
        seen="power of the start's size that the error follows; from the largest start it is "
        f"{final[:, 0].mean():.2f}",
    )


@study.claim(
    refuted_if="at any search rank the error is above 0.01, or from the true rank to the full one "
    "the steps to an error of 0.01 grow by more than a half",
    figure="search_ranks",
)
def search_rank_does_not_matter(ranks: Any) -> Verdict:
    """How far the search rank is above the true one matters neither for the measurements needed
    nor for the speed.
    """
    final = ranks.errors[:, :, -1].mean(axis=0)
    steps = _steps_to(ranks.errors, 0.01)
    ratio = steps[:, -1] / steps[:, 0]
    mean, error = mean_and_error(ratio)
    return judge(
        [(final < 0.01).all(), mean < 1.5],
        value=mean,
        error=error,
        seen=f"steps at search rank {ranks.searched[-1]} over those at the true rank "
        f"{ranks.searched[0]}; the largest error is {final.max():.1e}",
    )


@study.claim(
    refuted_if="with a fifth of the measurements grossly wrong the error under absolute residuals "
    "is not below 0.02, or that under squared ones is ever below 0.1",
    figure="wrong_measurements",
)
def gross_errors_do_no_harm(outliers: Any) -> Verdict:
    """Grossly wrong measurements do no harm to absolute residuals, where squared ones fail."""
    mean, error = mean_and_error(outliers.errors[:, 0, -1])
    squared = outliers.errors[:, 1].mean(axis=0).min()
    return judge(
        [mean < 0.02, squared > 0.1],
        value=mean,
        error=error,
        seen="relative error under absolute residuals; under squared ones it is never below "
        f"{squared:.2f}",
    )


@study.claim(
    refuted_if="with Gaussian noise a large start does not end at a lower loss than the truth's, "
    "or the error from a small start is not below a third of that from the large one",
    figure="noise",
)
def truth_beats_the_optimum(gaussian_noise: Any) -> Verdict:
    """With noise the truth is no optimum of the loss, yet from a small start it is nearly found."""
    ratio = gaussian_noise.small / gaussian_noise.large
    mean, error = mean_and_error(ratio)
    overfit = (gaussian_noise.large_loss < gaussian_noise.true_loss).all()
    return judge(
        [overfit, mean < 1.0 / 3.0],
        value=mean,
        error=error,
        seen="error from the small over that from the large start; losses are "
        f"{gaussian_noise.small_loss.mean():.2f} and {gaussian_noise.large_loss.mean():.2f}, the "
        f"truth's {gaussian_noise.true_loss.mean():.2f}",
    )


@study.claim(
    refuted_if="from a start of 1e-4 the window in which the error is below 1.5 times its least is "
    "not longer, in steps, than from 0.1, or from any start the error at the end is not above 1.5 "
    "times its least",
    figure="stopping",
)
def window_to_stop(window: Any) -> Verdict:
    """With noise descent on squared residuals is to be stopped in a window, which is longer the
    smaller the start.
    """
    mean = window.errors.mean(axis=0)
    inside = (mean < 1.5 * mean.min(axis=1, keepdims=True)).sum(axis=1)
    large, small = inside[0], inside[list(window.starts).index(1e-4)]
    overfit = mean[:, -1] / mean.min(axis=1)
    return judge(
        [small > large, (overfit > 1.5).all()],
        value=small / large,
        seen=f"steps in the window from 1e-4 over those from 0.1, {large}; the error at the end is "
        f"{overfit.min():.1f} to {overfit.max():.1f} times its least",
    )


@study.figure
def small_starts(figure: Any, starts: Any) -> None:
    """Left, error along the sub-gradient method for starts of several sizes (one draw); right,
    error at its end (mean over draws, one standard error).
    """
    left, right = panels(figure, 2, yscale="log", ylabel="relative error of the matrix")
    for index, place in enumerate((0, 1, 3, 5)):
        label = f"start {STARTS[place]:g}"
        series(left, index, starts.steps[::25], line=starts.errors[0, place, ::25], label=label)
    left.set(xlabel="steps")
    left.legend()
    mean, error = mean_and_error(starts.errors[:, :, -1])
    series(right, 0, STARTS, points=mean, errors=error, joined=True)
    right.set(xscale="log", xlabel="size of the start")


@study.figure
def search_ranks(figure: Any, ranks: Any) -> None:
    """Error along the sub-gradient method from a small start, one curve a search rank (mean over
    draws).
    """
    ax = panels(figure, yscale="log", xlabel="steps", ylabel="relative error of the matrix")
    for index, rank in enumerate(ranks.searched):
        mean = ranks.errors[:, index].mean(axis=0)
        series(ax, index, ranks.steps[::25], line=mean[::25], label=f"search rank {rank}")
    ax.set(ylim=(1e-6, 3))
    ax.legend()


@study.figure
def wrong_measurements(figure: Any, outliers: Any) -> None:
    """Error from a small start with a fifth of the measurements grossly wrong (mean over draws)."""
    ax = panels(figure, yscale="log", xlabel="steps", ylabel="relative error of the matrix")
    for index, name in enumerate(("absolute residuals", "squared residuals")):
        series(ax, index, outliers.steps, line=outliers.errors[:, index].mean(axis=0), label=name)
    ax.legend()


@study.figure
def noise(figure: Any, gaussian_noise: Any) -> None:
    """Error and loss at the end with Gaussian noise, one point a draw: from a small and from a
    large start, and the truth.
    """
    ax = panels(figure, xlabel="mean absolute residual", ylabel="relative error of the matrix")
    found = gaussian_noise
    series(ax, 0, found.small_loss, points=found.small, label="small start")
    series(ax, 1, found.large_loss, points=found.large, label="large start")
    series(ax, 2, found.true_loss, points=np.zeros_like(found.small), label="truth")
    ax.legend()


@study.figure
def stopping(figure: Any, window: Any) -> None:
    """Error along gradient descent on squared residuals with Gaussian noise, for starts of several
    sizes (mean over draws).
    """
    ax = panels(
        figure, xscale="log", yscale="log", xlabel="steps", ylabel="relative error of the matrix"
    )
    for index, start in enumerate(window.starts):
        mean = window.errors[:, index].mean(axis=0)
        series(ax, index, window.steps[1:], line=mean[1:], label=f"start {start:g}")
    ax.legend()


class _Path:
    """Relative errors and mean absolute residuals along descent, shape (runs, steps + 1)."""

    def __init__(self, errors: Any, losses: Any) -> None:
        self.errors, self.losses = np.transpose(errors), np.transpose(losses)


def _measured(rng: np.random.Generator, size: int, rank: int, count: int) -> tuple[Any, Any, Any]:
    """A low-rank matrix with eigenvalues one, symmetric Gaussian measurements, and their values."""
    basis = np.linalg.qr(rng.standard_normal((size, rank)))[0]
    A = rng.standard_normal((count, size, size))
    A = ((A + A.transpose(0, 2, 1)) / 2.0).reshape(count, -1)
    truth = basis @ basis.T
    return truth, A, A @ truth.ravel()


def _signs(residuals: Any, share: float) -> Any:
    """Sub-gradient of the absolute residuals, with geometrically shrinking steps."""
    return 0.25 * 1e-4**share * np.sign(residuals)


def _residuals(residuals: Any, share: float) -> Any:
    """Gradient of half the squared residuals, with constant step size."""
    return 0.1 * residuals


def _descend(A: Any, y: Any, truth: Any, starts: Any, steps: int, rule: Any) -> _Path:
    """Run the descent from several initial factors at once."""
    factors = [np.array(start) for start in starts]
    size, count = len(truth), len(y)
    errors, losses = [], []
    for step in range(steps + 1):
        matrices = np.stack([factor @ factor.T for factor in factors], axis=-1)
        errors.append(np.linalg.norm(matrices - truth[..., None], axis=(0, 1)))
        residuals = A @ matrices.reshape(size * size, -1) - y[:, None]
        losses.append(np.abs(residuals).mean(axis=0))
        moves = (A.T @ rule(residuals, step / steps) / count).reshape(size, size, -1)
        factors = [factor - moves[..., k] @ factor for k, factor in enumerate(factors)]
    return _Path(np.array(errors) / np.linalg.norm(truth), losses)


def _steps_to(errors: Any, level: float) -> Any:
    """First step at which an error is below a level, along the last axis; NaN if never."""
    below = errors < level
    return np.where(below.any(axis=-1), below.argmax(axis=-1), np.nan)
