"""Jacot, Gabriel and Hongler (2018): wide networks train like kernel regression."""

from __future__ import annotations

from typing import Any

import numpy as np

from riskcast.features import NTK
from riskcast.lab import FullyConnected, TeacherStudent, train
from riskcast.studies import Study, Verdict, judge, mean_and_error
from riskcast.studies.drawing import panels, series
from riskcast.studies.statistics import power_law
from riskcast.studies.tangent_regression import tangent_regression

study = Study(
    paper="Neural Tangent Kernel: Convergence and Generalization in Neural Networks",
    source="A. Jacot, F. Gabriel, C. Hongler, NeurIPS 2018, arXiv:1806.07572.",
    limits="Two hidden layers, ten inputs, 40 samples of a ReLU teacher, widths up to 512.",
    smoke={"widths": (16, 128), "seeds": 3, "steps": 100},
    full={"widths": (32, 128, 512), "seeds": 6, "steps": 400},
)

INPUTS, SAMPLES, DEPTH = 10, 40, 2
TASK = TeacherStudent(INPUTS, n_train=SAMPLES, n_test=100)


@study.experiment
def at_the_start(widths: Any, seeds: int) -> dict[str, Any]:
    """Kernels of untrained networks of several widths, compared with infinite width."""
    X = TASK.draw(0).X_train
    limit = NTK("relu", DEPTH, weight_variance=1.0)(X)
    distances = []
    for width in widths:
        kernels = [
            FullyConnected(width, DEPTH).network(seed, INPUTS).tangent_kernel(X)
            for seed in range(4 * seeds)
        ]
        scale = np.linalg.norm(limit)
        distances.append([np.linalg.norm(kernel - limit) / scale for kernel in kernels])
        bias = np.linalg.norm(np.mean(kernels, axis=0) - limit) / scale
    return {"widths": widths, "distances": distances, "bias": bias}


@study.experiment
def along_training(widths: Any, seeds: int, steps: int) -> dict[str, Any]:
    """Movement of the kernel, and distance of outputs from kernel regression, after training."""
    movement, departure = [], []
    for width in widths:
        run = train(
            TASK,
            FullyConnected(width, DEPTH),
            seed=range(seeds),
            steps=steps,
            learning_rate=0.5,
            relative=True,
            n_records=2,
        )
        found = [
            _compared(TASK.draw(seed), run.initial[seed], run.final[seed], run.times[seed, -1])
            for seed in range(seeds)
        ]
        movement.append([one[0] for one in found])
        departure.append([one[1] for one in found])
    return {"widths": widths, "movement": movement, "departure": departure}


@study.experiment
def components(widths: Any, steps: int) -> dict[str, Any]:
    """Residual of the widest network along the leading eigenvectors of its initial kernel."""
    draw = TASK.draw(0)
    run = train(
        TASK,
        FullyConnected(widths[-1], DEPTH),
        seed=0,
        steps=5 * steps,
        learning_rate=0.1,
        relative=True,
        n_records=30,
        observables={
            "residual": lambda moment: (
                moment.targets[:, 0] - moment.network(moment.draw.X_train)[:, 0]
            )
        },
    )
    values, vectors = np.linalg.eigh(run.initial[0].tangent_kernel(draw.X_train) / SAMPLES)
    along = run.observables["residual"][0] @ vectors[:, ::-1]
    return {"times": run.times[0], "rates": values[::-1], "along": along}


@study.claim(
    refuted_if="the distance from the infinite kernel falls more slowly than width^(-0.4), or "
    "at the largest width the mean over networks is further from it than half the mean distance of "
    "one",
    figure="distances",
)
def deterministic_at_infinite_width(at_the_start: Any) -> Verdict:
    """At the start the kernel tends to a fixed one as the width grows."""
    slope, error = power_law(at_the_start.widths, at_the_start.distances)
    share = at_the_start.bias / at_the_start.distances[-1].mean()
    return judge(
        slope < -0.4 and share < 0.5,
        value=slope,
        error=error,
        seen="power of the width by which the distance falls; at width "
        f"{at_the_start.widths[-1]} one network is {at_the_start.distances[-1].mean():.3f} off, "
        f"their mean {at_the_start.bias:.3f}",
    )


@study.claim(
    refuted_if="the relative movement of the kernel in training falls more slowly than "
    "width^(-0.4)",
    figure="distances",
)
def constant_in_training(along_training: Any) -> Verdict:
    """In training the kernel of a wide network stays as it is."""
    slope, error = power_law(along_training.widths, along_training.movement)
    return judge(
        slope < -0.4,
        value=slope,
        error=error,
        seen="power of the width by which the kernel's relative movement falls; it is "
        f"{along_training.movement[-1].mean():.3f} at width {along_training.widths[-1]}",
    )


@study.claim(
    refuted_if="the distance of test outputs from kernel regression falls more slowly than "
    "width^(-0.4)",
    figure="distances",
)
def linear_dynamics(along_training: Any) -> Verdict:
    """Outputs of a wide network follow linear equations: kernel regression, stopped at the
    same time.
    """
    slope, error = power_law(along_training.widths, along_training.departure)
    return judge(
        slope < -0.4,
        value=slope,
        error=error,
        seen="power of the width by which the distance falls; it is "
        f"{along_training.departure[-1].mean():.3f} of what training changes at width "
        f"{along_training.widths[-1]}",
    )


@study.claim(
    refuted_if="of the leading eight components of the residual one decays at a rate further "
    "than 15 % from its eigenvalue, or the first eigenvalue is not 1.5 times the eighth",
    figure="residuals",
)
def top_components_first(components: Any) -> Verdict:
    """Training learns the kernel's leading components first, each at the rate of its eigenvalue."""
    off = np.array([_rate(components, mode) / components.rates[mode] - 1.0 for mode in range(8)])
    ordered = components.rates[0] > 1.5 * components.rates[7]
    return judge(
        (np.abs(off) < 0.15).all() and ordered,
        value=np.abs(off).max(),
        seen="largest relative deviation of a component's rate from its eigenvalue, over the "
        "leading eight",
    )


@study.figure
def distances(figure: Any, at_the_start: Any, along_training: Any) -> None:
    """Relative distances against width (mean over seeds, one standard error); the line is
    width^(-1/2).
    """
    ax = panels(figure, xscale="log", yscale="log", xlabel="width", ylabel="relative distance")
    widths = at_the_start.widths
    found = (
        ("kernel at the start, from the limit", at_the_start.distances),
        ("kernel trained, from its start", along_training.movement),
        ("outputs, from kernel regression", along_training.departure),
    )
    for index, (name, values) in enumerate(found):
        mean, error = mean_and_error(values, axis=1)
        series(ax, index, widths, points=mean, errors=error, label=name)
    start = at_the_start.distances.mean(axis=1)[0]
    series(ax, 0, widths, line=start * (widths / widths[0]) ** -0.5, label="width^(-1/2)")
    ax.legend()


@study.figure
def residuals(figure: Any, components: Any) -> None:
    """Residual along four eigenvectors of the first kernel: exponentials of their eigenvalues
    (lines) and one wide network (points).
    """
    ax = panels(
        figure,
        xscale="log",
        yscale="log",
        xlabel="training time t",
        ylabel="residual / residual at the start",
    )
    times = components.times
    for index, mode in enumerate((0, 2, 5, 12)):
        share = np.abs(components.along[:, mode] / components.along[0, mode])
        series(ax, index, times[1:], line=np.exp(-components.rates[mode] * times[1:]))
        series(ax, index, times[1:], points=share[1:], label=f"component {mode + 1}")
    ax.set(ylim=(1e-3, 2))
    ax.legend()


def _compared(draw: Any, initial: Any, final: Any, time: float) -> tuple[float, float]:
    """Relative movement of the kernel, and relative distance of outputs from kernel regression."""
    before = initial.tangent_kernel(draw.X_train)
    moved = np.linalg.norm(final.tangent_kernel(draw.X_train) - before) / np.linalg.norm(before)
    change = tangent_regression(draw, initial, [time])[0]
    real = final(draw.X_test)[:, 0] - initial(draw.X_test)[:, 0]
    return float(moved), float(np.linalg.norm(real - change) / np.linalg.norm(change))


def _rate(components: Any, mode: int) -> float:
    """Decay rate of a component, from the times at which a fifth to nine tenths of it remains."""
    share = components.along[:, mode] / components.along[0, mode]
    kept = (share > 0.2) & (share < 0.9)
    if kept.sum() < 2:
        return np.nan
    return float(-np.polyfit(components.times[kept], np.log(share[kept]), 1)[0])
