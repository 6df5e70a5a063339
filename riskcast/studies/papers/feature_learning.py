"""Yang and Hu (2021): which parametrizations learn features as the width grows.

Networks with two hidden layers are trained by gradient descent in the standard,
the NTK and the maximal-update parametrization.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from riskcast.lab import FullyConnected, Snapshot, TeacherStudent, train
from riskcast.lab.observables import tangent_movement
from riskcast.studies import Study, Verdict, judge, mean_and_error
from riskcast.studies.drawing import panels, series
from riskcast.studies.statistics import paired_ratio, power_law

study = Study(
    paper="Feature Learning in Infinite-Width Neural Networks",
    source="G. Yang, E. J. Hu, ICML 2021 (Tensor Programs IV), arXiv:2011.14522; the learning "
    "rates as in Tensor Programs V, 2022, arXiv:2203.03466.",
    limits="ReLU networks of two hidden layers up to width 512 on 100 samples of a teacher of "
    "two hidden units; the paper's Word2Vec and few-shot tasks are not run. The limit of infinite "
    "width is a trend over three widths. The best learning rate is that of the lowest train loss "
    "after 100 steps.",
    smoke={"widths": (16, 128), "seeds": 2, "steps": 100, "rate_steps": 40},
    full={"widths": (32, 128, 512), "seeds": 4, "steps": 1000, "rate_steps": 100},
)

PARAMETRIZATIONS = ("standard", "ntk", "maximal_update")
NAMES = ("standard", "NTK", "maximal update")
TASK = TeacherStudent(20, n_train=100, teacher="relu", teacher_width=2, n_test=500)
DEPTH = 2
STEP = 2.0  # factor between consecutive learning rates


@study.experiment
def movement(widths: Any, seeds: int, steps: int) -> dict[str, Any]:
    """Movement of hidden features and of the tangent kernel, and the test error, over widths and
    parametrizations, at a learning rate that is a common share of the fastest time scale.
    """
    features, kernel, errors = [], [], []
    for parametrization in PARAMETRIZATIONS:
        for width in widths:
            run = train(
                TASK,
                FullyConnected(int(width), DEPTH, parametrization=parametrization),
                seed=range(seeds),
                steps=steps,
                learning_rate=0.5,
                relative=True,
                n_records=20,
            )
            places = range(seeds)
            features.append([_moved(run, place) for place in places])
            kernel.append([_kernel_moved(run, place) for place in places])
            errors.append(run.best_error)
    shape = (len(PARAMETRIZATIONS), len(widths), seeds)
    return {
        "widths": widths,
        "features": np.reshape(features, shape),
        "kernel": np.reshape(kernel, shape),
        "errors": np.reshape(errors, shape),
    }


@study.experiment
def rates(widths: Any, seeds: int, rate_steps: int) -> dict[str, Any]:
    """Train loss after a fixed number of steps over learning rates, widths and
    parametrizations.
    """
    tried, losses = [], []
    for parametrization in PARAMETRIZATIONS:
        for width in widths:
            student = FullyConnected(int(width), DEPTH, parametrization=parametrization)
            found, rate_found = [], []
            centre = _stable_rate(student)
            for exponent in range(-6, 4):
                rate = 2.0 ** np.round(np.log2(centre)) * STEP**exponent
                run = train(
                    TASK,
                    student,
                    seed=range(seeds),
                    steps=rate_steps,
                    learning_rate=float(rate),
                    n_records=1,
                )
                found.append(run.train_loss[:, -1])
                rate_found.append(rate)
            losses.append(found)
            tried.append(rate_found)
    shape = (len(PARAMETRIZATIONS), len(widths), -1)
    return {
        "widths": widths,
        "rates": np.reshape(tried, shape),
        "losses": np.reshape(losses, (*shape, seeds)),
    }


@study.claim(
    refuted_if="under the NTK or the standard parametrization the relative movement of the last "
    "hidden layer falls more slowly than width^(-0.35)",
    figure="moved",
)
def kernel_limits_learn_no_features(movement: Any) -> Verdict:
    """Under the NTK parametrization, and under the standard one at a stable learning rate, hidden
    features stop moving as the width grows.
    """
    slopes = [power_law(movement.widths, movement.features[place]) for place in range(2)]
    slow, error = max(slopes)
    return judge(
        [slope < -0.35 for slope, _ in slopes],
        value=slow,
        error=error,
        seen="power of the width by which features move less, the slower of the two (theory: "
        f"-1/2); at width {movement.widths[-1]} NTK features move by "
        f"{movement.features[1, -1].mean():.3f} of their norm",
    )


@study.claim(
    refuted_if="under the maximal-update parametrization the relative movement of the last hidden "
    "layer, or of the tangent kernel, falls faster than width^(-0.15)",
    figure="moved",
)
def maximal_update_learns_features(movement: Any) -> Verdict:
    """Under the maximal-update parametrization features and kernel move as much at any width."""
    slope, error = power_law(movement.widths, movement.features[2])
    kernel_slope, _ = power_law(movement.widths, movement.kernel[2])
    return judge(
        [slope > -0.15, kernel_slope > -0.15],
        value=slope,
        error=error,
        seen="power of the width that the features' movement follows (theory: 0); the kernel's "
        f"is {kernel_slope:.2f}, and at width {movement.widths[-1]} features move by "
        f"{movement.features[2, -1].mean():.2f} of their norm",
    )


@study.claim(
    refuted_if="at the largest width the best test error under maximal update is not below that "
    "under NTK by a tenth and 2 standard errors",
    figure="errors",
)
def features_generalize_better(movement: Any) -> Verdict:
    """Wide networks that learn features generalize better than the kernel limit, where the target
    has few directions.
    """
    ntk, features = movement.errors[1, -1], movement.errors[2, -1]
    ratio, error = paired_ratio(features, ntk)
    return judge(
        ratio < 0.9 - 2.0 * error,
        value=ratio,
        error=error,
        seen=f"best test error of maximal update over that of NTK at width {movement.widths[-1]}",
    )


@study.claim(
    refuted_if="under maximal update the best test error grows by more than a tenth from the "
    "smallest to the largest width",
    figure="errors",
)
def wider_is_no_worse(movement: Any) -> Verdict:
    """Networks that learn features approach their limit from above: wider ones do no worse."""
    narrow, wide = movement.errors[2, 0], movement.errors[2, -1]
    ratio, error = paired_ratio(wide, narrow)
    return judge(
        ratio < 1.1,
        value=ratio,
        error=error,
        seen=f"best test error at width {movement.widths[-1]} over that at {movement.widths[0]}",
    )


@study.claim(
    refuted_if="under the standard parametrization the best learning rate falls more slowly than "
    "width^(-0.7)",
    figure="best_rates",
)
def standard_rate_moves(rates: Any) -> Verdict:
    """Under the standard parametrization the best learning rate falls like one over the width."""
    slope, error = _slope_of_best_rate(rates, 0)
    return judge(
        slope < -0.7,
        value=slope,
        error=error,
        seen="power of the width that the best learning rate follows (theory: -1)",
    )


@study.claim(
    refuted_if="under maximal update, or under NTK, the power of the width that the best learning "
    "rate follows is further than 0.2 from zero",
    figure="best_rates",
)
def maximal_update_rate_stays(rates: Any) -> Verdict:
    """Under maximal update the best learning rate is the same at every width; under NTK as well,
    there without features.
    """
    slope, error = _slope_of_best_rate(rates, 2)
    other, _ = _slope_of_best_rate(rates, 1)
    return judge(
        [abs(slope) < 0.2, abs(other) < 0.2],
        value=slope,
        error=error,
        seen="power of the width that the best learning rate follows under maximal update "
        f"(theory: 0); under NTK {other:.2f}",
    )


@study.figure
def moved(figure: Any, movement: Any) -> None:
    """Relative movement of the last hidden layer (left) and of the tangent kernel (right) in
    training, against width (mean over seeds, one standard error); lines are width^(-1/2) and
    width^0.
    """
    axes = panels(figure, 2, xscale="log", yscale="log", xlabel="width")
    widths = movement.widths
    for ax, name in zip(axes, ("features", "kernel"), strict=True):
        values = getattr(movement, name)
        for index, label in enumerate(NAMES):
            mean, error = mean_and_error(values[index], axis=1)
            power = 0.0 if index == 2 else -0.5
            series(ax, index, widths, line=mean[0] * (widths / widths[0]) ** power)
            series(ax, index, widths, points=mean, errors=error, label=label)
    axes[0].set(ylabel="movement of hidden features / their norm")
    axes[1].set(ylabel="movement of tangent kernel / its norm")
    axes[0].legend()


@study.figure
def errors(figure: Any, movement: Any) -> None:
    """Best test error along training over the teacher's variance, against width (mean over seeds,
    one standard error).
    """
    ax = panels(
        figure, xscale="log", yscale="log", xlabel="width", ylabel="best test error / variance"
    )
    for index, label in enumerate(NAMES):
        mean, error = mean_and_error(movement.errors[index], axis=1)
        series(ax, index, movement.widths, points=mean, errors=error, joined=True, label=label)
    ax.legend()


@study.figure
def best_rates(figure: Any, rates: Any) -> None:
    """Train loss after a fixed number of steps against the learning rate, one curve a width
    (mean over seeds); curves end where training diverges.
    """
    axes = panels(
        figure, 3, xscale="log", yscale="log", xlabel="learning rate", ylabel="train loss"
    )
    for index, (ax, name) in enumerate(zip(axes, NAMES, strict=True)):
        for place, width in enumerate(rates.widths):
            series(
                ax,
                place,
                rates.rates[index, place],
                points=rates.losses[index, place].mean(axis=-1),
                joined=True,
                label=f"width {width}",
            )
        ax.set(title=name)
    axes[0].legend()


def _moved(run: Any, place: int) -> float:
    """Distance of the last hidden layer from its initial value, over the norm of that value."""
    rows = TASK.draw(place).X_train
    before = run.initial[place].hidden(rows)
    moved = np.linalg.norm(run.final[place].hidden(rows) - before)
    return float(moved / np.linalg.norm(before))


def _kernel_moved(run: Any, place: int) -> float:
    draw = TASK.draw(place)
    moment = Snapshot(run.final[place], run.initial[place], draw, draw.y_train[:, None], 0.0)
    return tangent_movement(moment)


def _stable_rate(student: FullyConnected) -> float:
    """Largest learning rate at which gradient descent is stable at the start of training."""
    return 2.0 / student.network(0, TASK.n_inputs).tangent_top(TASK.draw(0).X_train)


def _slope_of_best_rate(rates: Any, index: int) -> tuple[float, float]:
    """Exponent of the width in the learning rate with the lowest train loss."""
    best = [
        [_best_rate(tried, losses[:, seed]) for seed in range(losses.shape[1])]
        for tried, losses in zip(rates.rates[index], rates.losses[index], strict=True)
    ]
    return power_law(rates.widths, np.array(best))


def _best_rate(tried: Any, losses: Any) -> float:
    """Minimum of a parabola through the lowest log loss and its neighbours, if it has both."""
    with np.errstate(divide="ignore"):
        logs = np.log(losses)
    if not np.isfinite(logs).any():
        return float("nan")
    best = int(np.nanargmin(logs))
    around = logs[best - 1 : best + 2] if best else logs[:0]
    if len(around) < 3 or not np.isfinite(around).all():
        return float(tried[best])
    low, middle, high = around
    shift = 0.5 * (low - high) / (low - 2.0 * middle + high)
    return float(tried[best] * STEP**shift)
