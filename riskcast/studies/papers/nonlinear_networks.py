"""Advani, Saxe and Sompolinsky (2020), section 5: training all weights of nonlinear networks.

Two-layer ReLU networks learn a noisy ReLU teacher by gradient descent, in units of
each network's fastest time scale.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from riskcast.lab import FullyConnected, TeacherStudent, train
from riskcast.studies import Study, Verdict, judge, mean_and_error
from riskcast.studies.drawing import panels, series

study = Study(
    paper="High-dimensional dynamics of generalization error in neural networks",
    source="M. S. Advani, A. M. Saxe, H. Sompolinsky, Neural Networks 132 (2020), "
    "arXiv:1710.03667.",
    limits="A teacher of 30 hidden units; students of at most 300, trained for at most 10,000 "
    "steps, so that narrow ones have not come to their end.",
    smoke={"inputs": 8, "samples": 60, "steps": 1000, "seeds": 4, "widths": (2, 8, 60)},
    full={
        "inputs": 15,
        "samples": 200,
        "steps": 10_000,
        "seeds": 6,
        "widths": (3, 8, 13, 20, 40, 100, 300),
    },
)

SNRS = np.array([1.0, 10.0])


@study.experiment
def widths(inputs: int, samples: int, steps: int, seeds: int, widths: Any) -> dict[str, Any]:
    """Excess test error along training over the teacher's variance, for networks of several
    widths.
    """
    curves = []
    for snr in SNRS:
        task = TeacherStudent(inputs, n_train=samples, snr=float(snr), n_test=1000)
        for width in widths:
            run = train(
                task,
                FullyConnected(int(width)),
                seed=range(seeds),
                steps=steps,
                learning_rate=0.5,
                relative=True,
                n_records=40,
            )
            curves.append(np.stack(mean_and_error(run.excess_error)))
    shape = (len(SNRS), len(widths))
    return {
        "widths": widths,
        "excess": np.reshape(curves, (*shape, 2, -1)),
        "steps": run.steps,
        "parameters": (inputs + 1) * np.asarray(widths) / samples,
    }


@study.claim(
    refuted_if="at snr 1 the ratio of final to best error is not largest between half and four "
    "parameters a sample, or the widest network's is not above one by less than half as much",
    figure="errors",
)
def overtraining_peaks_at_parameters(widths: Any) -> Verdict:
    """Overtraining is worst where parameters, not hidden units, are about as many as samples,
    and less for wide networks.
    """
    ratio, places = _ratios(widths)[0], widths.parameters
    peak = int(ratio.argmax())
    return judge(
        [0.5 <= places[peak] <= 4.0, ratio[-1] - 1.0 < 0.5 * (ratio[peak] - 1.0)],
        value=ratio[peak],
        seen=f"largest ratio of final to best error, at {places[peak]:.2g} parameters a sample; "
        f"the widest network's is {ratio[-1]:.2f}, the narrowest's {ratio[0]:.2f}",
    )


@study.claim(
    refuted_if="at snr 10 the widest network's final error is not the lowest of all",
    figure="errors",
)
def wide_needs_no_stopping(widths: Any) -> Verdict:
    """With little noise wide networks win without early stopping."""
    final, error = widths.excess[1, :, 0, -1], widths.excess[1, :, 1, -1]
    return judge(
        final.argmin() == len(final) - 1,
        value=final[-1],
        error=error[-1],
        seen="final excess error of the widest network at snr 10; the best narrower one has "
        f"{final[:-1].min():.2f}",
    )


@study.claim(
    refuted_if="at snr 1 the narrowest network's final error is not the lowest of all",
    figure="errors",
)
def not_with_much_noise(widths: Any) -> Verdict:
    """With much noise they do not: a tiny network wins without early stopping."""
    final, error = widths.excess[0, :, 0, -1], widths.excess[0, :, 1, -1]
    return judge(
        final.argmin() == 0,
        value=final[0],
        error=error[0],
        seen="final excess error of the narrowest network at snr 1; the best wider one has "
        f"{final[1:].min():.2f}",
    )


@study.claim(
    refuted_if="at an snr the widest network's best error is above that of the best narrower one "
    "by more than 2 standard errors",
    figure="errors",
)
def width_does_not_hurt_when_stopped(widths: Any) -> Verdict:
    """With early stopping very wide networks do as well as any."""
    mean, at = widths.excess[:, :, 0], widths.excess[:, :, 0].argmin(axis=2)
    best = mean.min(axis=2)
    error = np.take_along_axis(widths.excess[:, :, 1], at[:, :, None], axis=2)[:, :, 0]
    gap = best[:, -1] - best[:, :-1].min(axis=1)
    spread = np.hypot(error[:, -1], error[np.arange(2), best[:, :-1].argmin(axis=1)])
    return judge(
        gap < 2.0 * spread,
        value=gap[0],
        error=spread[0],
        seen="best error of the widest less that of the best narrower network at snr 1; at snr "
        f"10 {gap[1]:.2f}",
    )


@study.figure
def errors(figure: Any, widths: Any) -> None:
    """Final and best excess test error against parameters a sample, all weights trained (one
    standard error); the dotted line is one parameter a sample.
    """
    axes = panels(
        figure,
        2,
        xscale="log",
        yscale="log",
        xlabel="parameters per sample",
        ylabel="excess test error / teacher variance",
    )
    at = widths.excess[:, :, 0].argmin(axis=2)
    rows = np.arange(len(widths.widths))
    for ax, snr, excess, best in zip(axes, SNRS, widths.excess, at, strict=True):
        for index, (name, places) in enumerate((("final", np.full(len(rows), -1)), ("best", best))):
            series(
                ax,
                index,
                widths.parameters,
                points=excess[rows, 0, places],
                errors=excess[rows, 1, places],
                joined=True,
                label=name,
            )
        ax.axvline(1.0, color="grey", lw=0.8, ls=":")
        ax.set(title=f"snr {snr:g}")
        ax.legend()


def _ratios(widths: Any) -> Any:
    """Final over best error, shape (snrs, widths)."""
    mean = widths.excess[:, :, 0]
    return mean[..., -1] / mean.min(axis=2)
