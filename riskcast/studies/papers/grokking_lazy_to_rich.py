"""Kumar, Bordelon, Gershman and Pehlevan (2023): grokking as lazy training that turns rich.

The student is (α/N) Σ φ(w_i·x), φ(h) = h + εh²/2. Its N hidden weights w_i start
Gaussian and are trained by full-batch descent on the squared loss, without weight
decay. The target is (β·x)²/2. Training is lazy for large α; for small ε the initial
tangent kernel is poorly aligned with the target. Errors are in units of the
target's variance, times in units of 1/λmax of the initial kernel (over n), which
falls like 1/α²; the learning rate in the paper has the same scaling.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from riskcast.lab import Draw, FullyConnected, Task, train
from riskcast.studies import Study, Verdict, judge, mean_and_error
from riskcast.studies.drawing import panels, series
from riskcast.studies.tangent_regression import tangent_regression

study = Study(
    paper="Grokking as the Transition from Lazy to Rich Training Dynamics",
    source="T. Kumar, B. Bordelon, S. J. Gershman, C. Pehlevan, ICLR 2024, arXiv:2310.06110.",
    limits="The polynomial regression alone, in 40 dimensions with 180 samples and 200 hidden "
    "units; neither the digits, nor transformers, nor modular arithmetic. The first output is not "
    "subtracted. A loss counts as low when it is below a tenth of the target's variance, and one "
    "that never gets low is given the last time. Alignment, and regression with the first kernel, "
    "are of the first seed. A first run went to α = 3 only, with the same verdicts.",
    smoke={
        "inputs": 12, "samples": 50, "width": 60, "steps": 1500, "seeds": 2,
        "scales": (1.0, 10.0), "curvatures": (0.25, 1.0),
    },
    full={
        "inputs": 40, "samples": 180, "width": 200, "steps": 12_000, "seeds": 3,
        "scales": (0.1, 0.3, 1.0, 3.0, 10.0), "curvatures": (0.125, 0.25, 0.5),
    },
)  # fmt: skip

CURVATURE, SCALE, LOW = 0.25, 1.0, 0.1


@dataclass(frozen=True)
class HalfSquare(Task):
    """Task with target ``(β·x)²/2``; inputs x are Gaussian, and x and β·x have variance one."""

    inputs: int
    n_train: int
    n_test: int = 1000

    def draw(self, seed: int) -> Draw:
        random = np.random.default_rng(seed)
        direction = random.standard_normal(self.inputs)
        direction /= np.linalg.norm(direction)
        train_rows, test_rows = (
            random.standard_normal((rows, self.inputs)) for rows in (self.n_train, self.n_test)
        )
        y_train, y_test = (0.5 * (rows @ direction) ** 2 for rows in (train_rows, test_rows))
        return Draw(
            train_rows, y_train, test_rows, y_test,
            test_signal=y_test, noise_variance=0.0, signal_variance=0.5,
        )  # fmt: skip


@study.experiment
def output_scales(
    inputs: int, samples: int, width: int, steps: int, seeds: int, scales: Any
) -> dict[str, Any]:
    """Errors, kernel movement and weight norms along training, for several output scales α."""
    task = HalfSquare(inputs, samples)
    runs = [_trained(task, width, scale, CURVATURE, steps, seeds) for scale in scales]
    first, last = runs[-1].initial[0], runs[-1]
    return {
        "scales": scales,
        "times": [run.relative_times[0] for run in runs],
        "train_error": [run.train_error / 0.5 for run in runs],
        "test_error": [run.test_error / 0.5 for run in runs],
        "movement": [run.observables["tangent_movement"] for run in runs],
        "norms": [run.observables["weight_norms"][..., 0] for run in runs],
        "kernel_error": _kernel_regression(task, first, last.times[0]),
    }


@study.experiment
def alignments(
    inputs: int, samples: int, width: int, steps: int, seeds: int, curvatures: Any
) -> dict[str, Any]:
    """Errors along training for several curvatures ε, and the initial kernel's alignment."""
    task = HalfSquare(inputs, samples)
    runs = [_trained(task, width, SCALE, curvature, steps, seeds) for curvature in curvatures]
    return {
        "curvatures": curvatures,
        "times": [run.relative_times[0] for run in runs],
        "train_error": [run.train_error / 0.5 for run in runs],
        "test_error": [run.test_error / 0.5 for run in runs],
        "alignment": [_centred_alignment(task, run.initial[0]) for run in runs],
    }


@study.claim(
    refuted_if="at the largest α the test loss is low before ten times the time that the train "
    "loss takes, on the mean over seeds, or is not low at the end from every seed",
    figure="losses",
)
def lazy_start_groks(output_scales: Any) -> Verdict:
    """From a lazy start the test loss falls long after the train loss, and falls in the end."""
    train_times, test_times = _low_times(output_scales)
    ratio, error = mean_and_error(test_times[-1] / train_times[-1])
    return judge(
        ratio > 10.0 and (output_scales.test_error[-1, :, -1] < LOW).all(),
        value=ratio,
        error=error,
        seen="time until the test loss is low over that for the train loss, at α = "
        f"{output_scales.scales[-1]:g}; the last test loss is "
        f"{output_scales.test_error[-1, :, -1].mean():.2g}",
    )


@study.claim(
    refuted_if="at the smallest α the test loss takes more than three times the time of the "
    "train loss to be low",
    figure="losses",
)
def rich_start_does_not(output_scales: Any) -> Verdict:
    """From a rich start both losses fall together."""
    train_times, test_times = _low_times(output_scales)
    ratio, error = mean_and_error(test_times[0] / train_times[0])
    return judge(
        ratio < 3.0,
        value=ratio,
        error=error,
        seen="time until the test loss is low over that for the train loss, at α = "
        f"{output_scales.scales[0]:g}",
    )


@study.claim(
    refuted_if="the time between the falls of the two losses does not grow at every larger α",
    figure="delays",
)
def delay_grows_with_laziness(output_scales: Any) -> Verdict:
    """The larger the output scale, the longer generalization is delayed."""
    train_times, test_times = _low_times(output_scales)
    delays = (test_times - train_times).mean(axis=1)
    return judge(
        (np.diff(delays) > 0.0).all(),
        value=delays[-1] / delays[0],
        seen="delay at the largest over that at the smallest α; the delays are "
        + ", ".join(f"{delay:.0f}" for delay in delays),
    )


@study.claim(
    refuted_if="the alignment of the first kernel with the target does not grow with ε, or the "
    "time of the test loss over that of the train loss does not fall with it",
    figure="delays",
)
def misalignment_delays(alignments: Any) -> Verdict:
    """The worse the first kernel is aligned with the target (small ε), the longer the delay."""
    train_times, test_times = _low_times(alignments)
    ratios = (test_times / train_times).mean(axis=1)
    return judge(
        (np.diff(alignments.alignment) > 0.0).all() and (np.diff(ratios) < 0.0).all(),
        value=ratios[0] / ratios[-1],
        seen="ratio of times at the smallest ε over that at the largest; the ratios are "
        + ", ".join(f"{ratio:.1f}" for ratio in ratios)
        + ", the alignments "
        + ", ".join(f"{value:.3f}" for value in alignments.alignment),
    )


@study.claim(
    refuted_if="when the train loss gets low at the largest α, the first seed's test loss is "
    "further than 0.1 from that of regression with its first kernel, or the latter ever gets below "
    "a half",
    figure="losses",
)
def kernel_regression_first(output_scales: Any) -> Verdict:
    """Until then the network is regression with its first tangent kernel, which alone would never
    generalize.
    """
    low = int(np.argmax(output_scales.train_error[-1, 0] < LOW))
    gap = abs(output_scales.test_error[-1, 0, low] - output_scales.kernel_error[low])
    return judge(
        gap < 0.1 and output_scales.kernel_error.min() > 0.5,
        value=gap,
        seen="distance of the two test losses when the train loss gets low (first seed); the "
        f"kernel's lowest is {output_scales.kernel_error.min():.2f}",
    )


@study.claim(
    refuted_if="at the largest α more than half of the kernel's movement is made when the train "
    "loss gets low",
    figure="kernel",
)
def kernel_moves_when_test_loss_falls(output_scales: Any) -> Verdict:
    """The tangent kernel moves while the test loss falls, not while the train loss does."""
    movement = output_scales.movement[-1]
    low = np.argmax(output_scales.train_error[-1] < LOW, axis=1)
    shares = movement[np.arange(len(low)), low] / movement[:, -1]
    mean, error = mean_and_error(shares)
    return judge(
        mean < 0.5,
        value=mean,
        error=error,
        seen="share of the kernel's movement made when the train loss gets low; in all it moves "
        f"by {movement[:, -1].mean():.2g} of its norm",
    )


@study.claim(
    refuted_if="at the largest α the norm of the weights falls by more than 1 % after the train "
    "loss got low",
    figure="kernel",
)
def weight_norm_need_not_fall(output_scales: Any) -> Verdict:
    """Neither weight decay nor a falling norm of the weights is needed."""
    norms = output_scales.norms[-1]
    low = np.argmax(output_scales.train_error[-1] < LOW, axis=1)
    mean, error = mean_and_error(norms[:, -1] / norms[np.arange(len(low)), low])
    return judge(
        mean > 0.99,
        value=mean,
        error=error,
        seen="norm of the weights at the end over that when the train loss gets low",
    )


@study.figure
def losses(figure: Any, output_scales: Any) -> None:
    """Train and test loss at the smallest and largest α (mean over seeds, one standard error);
    the line is the test loss of regression with the first kernel, of the first seed.
    """
    axes = panels(
        figure, 2, xscale="log", yscale="log", xlabel="training time λmax·t",
        ylabel="squared error / target variance",
    )  # fmt: skip
    for place, ax in zip((0, -1), axes, strict=True):
        times = output_scales.times[place][1:]
        for index, (name, values) in enumerate(
            (
                ("train", output_scales.train_error[place][:, 1:]),
                ("test", output_scales.test_error[place][:, 1:]),
            )
        ):
            mean, error = mean_and_error(values)
            series(ax, index, times, points=mean, errors=error, joined=True, label=name)
        if place == -1:
            label = "test, first kernel"
            series(ax, 2, times, line=output_scales.kernel_error[1:], label=label)
        ax.axhline(LOW, color="grey", lw=0.8, ls=":")
        ax.set(title=f"α = {output_scales.scales[place]:g}", ylim=(1e-3, 4.0))
        ax.legend()


@study.figure
def delays(figure: Any, output_scales: Any, alignments: Any) -> None:
    """Time until the losses are low, against the output scale and against the curvature of the
    units (mean over seeds, one standard error).
    """
    axes = panels(
        figure, 2, xscale="log", yscale="log", ylabel="time until the loss is low, λmax·t"
    )
    found = (
        ("output scale α", output_scales.scales, output_scales),
        ("curvature ε", alignments.curvatures, alignments),
    )
    for ax, (name, places, measured) in zip(axes, found, strict=True):
        for index, (loss, low) in enumerate(
            zip(("train", "test"), _low_times(measured), strict=True)
        ):
            mean, error = mean_and_error(low, axis=1)
            series(ax, index, places, points=mean, errors=error, joined=True, label=loss)
        ax.set(xlabel=name, xticks=places, xticklabels=[f"{place:g}" for place in places])
        ax.set(ylim=(1.0, 2e4))
        ax.minorticks_off()
        ax.legend()


@study.figure
def kernel(figure: Any, output_scales: Any) -> None:
    """At the largest α: share of the kernel's movement, and norm of the weights over the first
    (mean over seeds, one standard error); the dotted line is when the train loss gets low.
    """
    axes = panels(figure, 2, xscale="log", xlabel="training time λmax·t")
    movement, norms = output_scales.movement[-1], output_scales.norms[-1]
    low = np.exp(np.log(_low_times(output_scales)[0][-1]).mean())
    for ax, values, name in (
        (axes[0], movement / movement[:, -1:], "movement of the kernel / its last"),
        (axes[1], norms / norms[:, :1], "norm of the weights / its first"),
    ):
        mean, error = mean_and_error(values[:, 1:])
        series(ax, 0, output_scales.times[-1][1:], points=mean, errors=error, joined=True)
        ax.axvline(low, color="grey", lw=0.8, ls=":")
        ax.set(ylabel=name)


def _trained(
    task: HalfSquare, width: int, scale: float, curvature: float, steps: int, seeds: int
) -> Any:
    """Networks of one output scale and curvature along training.

    Units z + z²/2 with weights εw, divided by ε, are units of curvature ε.
    """
    student = FullyConnected(
        width,
        activation="quadratic",
        parametrization="mean_field",
        trained="hidden",
        init_scale=curvature,
        readout_scale=curvature**-2,
        readout_start="ones",
        output_scale=scale,
    )
    return train(
        task,
        student,
        seed=range(seeds),
        steps=steps,
        learning_rate=0.2 if scale < 1.0 else 1.0,  # rich kernels grow and need smaller steps
        relative=True,
        n_records=45,
        observables=["tangent_movement", "weight_norms"],
    )


def _low_times(measured: Any) -> Any:
    """First times of low train and of low test loss, each (settings, seeds); the last if never."""
    found = []
    for errors in (measured.train_error, measured.test_error):
        below = errors < LOW
        times = np.take_along_axis(measured.times, below.argmax(axis=-1), axis=1)
        found.append(np.where(below.any(axis=-1), times, measured.times[:, -1:]))
    return found


def _kernel_regression(task: HalfSquare, network: Any, times: Any) -> Any:
    """Test loss of the first seed's network, linearized around its initial weights."""
    draw = task.draw(0)
    outputs = network(draw.X_test)[:, 0] + tangent_regression(draw, network, times)
    return np.mean((outputs - draw.y_test) ** 2, axis=1) / 0.5


def _centred_alignment(task: HalfSquare, network: Any) -> float:
    """Centered alignment of kernel and targets (Cortes, Mohri and Rostamizadeh 2012)."""
    draw = task.draw(0)
    gram = network.tangent_kernel(draw.X_train)
    gram = gram - gram.mean(axis=0) - gram.mean(axis=1)[:, None] + gram.mean()
    wanted = draw.y_train - draw.y_train.mean()
    return float(wanted @ gram @ wanted / (np.linalg.norm(gram) * (wanted @ wanted)))
