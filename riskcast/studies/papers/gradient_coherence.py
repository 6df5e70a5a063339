"""Chatterjee and Zielinski (2022): networks generalize if gradients of examples agree.

Coherence means m-coherence, n|E g|²/E|g|² over the gradients g of n training
rows: one if they are orthogonal, n if they are equal. For a share of the rows,
digit labels are replaced by random ones.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from riskcast.lab import FullyConnected, GivenData, Training, train
from riskcast.lab.observables import coherence_of_rows, gradient_coherence
from riskcast.studies import Study, Verdict, judge, mean_and_error
from riskcast.studies.drawing import panels, series

study = Study(
    paper="On the Generalization Mystery in Deep Learning",
    source="S. Chatterjee, P. Zielinski, 2022, arXiv:2203.10036.",
    limits="One hidden layer on the 8 by 8 digits instead of deep convolutional networks on "
    "ImageNet. Of the changes to descent only the median of three batches' gradients (M3) is "
    "tested, not winsorization. The paper's bound on the gap by coherence is not tested.",
    smoke={"width": 60, "steps": 200, "seeds": 2, "shares": (0.0, 0.5, 1.0)},
    full={"width": 200, "steps": 4000, "seeds": 5, "shares": (0.0, 0.25, 0.5, 0.75, 1.0)},
)

ROWS, BATCH = 1200, 60  # 20 steps per epoch
CLASSES, HALF = 10, 0.5
TRAINING = Training("sgd", loss="softmax", batch_size=BATCH, learning_rate=3.0)


@study.experiment
def along_training(width: int, steps: int, seeds: int, shares: Any) -> dict[str, Any]:
    """Coherence and errors along training, for several shares of random labels."""
    runs = [
        _trained(share, width, steps, seeds, observables={"coherence": gradient_coherence})
        for share in shares
    ]
    return {
        "shares": shares,
        "steps": runs[0].steps,
        "coherence": [run.observables["coherence"] for run in runs],
        "train_error": [run.train_error for run in runs],
        "test_error": [run.test_error for run in runs],
    }


@study.experiment
def right_and_wrong(width: int, steps: int, seeds: int) -> dict[str, Any]:
    """Rows with right and with wrong labels separately, when half of the labels are random, for
    steps along mean gradients and along the median of three.
    """
    watched = {"coherence": _coherence_apart, "fitted": _fitted_apart}
    runs = [
        _trained(HALF, width, steps, seeds, observables=watched, median_of=parts)
        for parts in (1, 3)
    ]
    return {
        "steps": runs[0].steps,
        "coherence": runs[0].observables["coherence"],
        "fitted": [run.observables["fitted"] for run in runs],
        "test_error": [run.test_error for run in runs],
    }


@study.claim(
    refuted_if="over the first epoch the coherence on true labels is not above 5 times that on "
    "random ones",
    figure="coherence",
)
def true_labels_more_coherent(along_training: Any) -> Verdict:
    """Early in training gradients agree far more on true labels than on random ones."""
    early = _early(along_training)
    ratio, error = mean_and_error(early[0] / early[-1])
    return judge(
        ratio > 5.0,
        value=ratio,
        error=error,
        seen=f"ratio of coherences over the first epoch: {early[0].mean():.3g} of {ROWS} rows on "
        f"true labels, {early[-1].mean():.3g} on random ones",
    )


@study.claim(
    refuted_if="over the first epoch the coherence is not lower at every larger share of random "
    "labels",
    figure="coherence",
)
def noise_lowers_coherence(along_training: Any) -> Verdict:
    """The more labels are random, the lower the coherence early in training."""
    early = _early(along_training).mean(axis=1)
    ratio = early[1:] / early[:-1]
    return judge(
        (ratio < 1.0).all(),
        value=ratio.max(),
        seen="largest ratio of coherences between neighbouring shares of random labels; they are "
        + ", ".join(f"{value:.3g}" for value in early),
    )


@study.claim(
    refuted_if="on random labels the coherence never reaches 5, or twice what it is before "
    "training",
    figure="coherence",
)
def random_labels_cohere_too(along_training: Any) -> Verdict:
    """Even on random labels examples are not fitted one by one: their gradients come to agree."""
    random = along_training.coherence[-1]
    mean, error = mean_and_error(np.nanmax(random, axis=1))
    growth = mean / random[:, 0].mean()
    return judge(
        mean > 5.0 and growth > 2.0,
        value=mean,
        error=error,
        seen=f"largest coherence on random labels, {growth:.2g} times that before training",
    )


@study.claim(
    refuted_if="when half of the rows with right labels are fitted, a fifth of those with wrong "
    "ones are, or the former's coherence over the first epoch is not above 3 times the latter's",
    figure="wrong_labels",
)
def right_labels_first(right_and_wrong: Any) -> Verdict:
    """Of noisy data the rows with right labels, whose gradients agree more, are learned first."""
    right, wrong = np.moveaxis(right_and_wrong.fitted[0].mean(axis=0), 1, 0)
    share = float(np.interp(0.5, np.maximum.accumulate(right), wrong))
    early = right_and_wrong.steps <= ROWS // BATCH
    apart = right_and_wrong.coherence[:, early].mean(axis=(0, 1))
    ratio = apart[0] / apart[1]
    return judge(
        share < 0.2 and ratio > 3.0,
        value=share,
        seen="share of wrong labels fitted when half of the right ones are; the coherence of the "
        f"right ones is {ratio:.3g} times the others' over the first epoch",
    )


@study.claim(
    refuted_if="with the median the share of wrong labels fitted at the end is not below half of "
    "that with the mean, or the test error is not lower by 2 standard errors",
    figure="wrong_labels",
)
def median_memorizes_less(right_and_wrong: Any) -> Verdict:
    """Steps along the median of three batches' gradients, which drops what few examples want,
    memorize less and generalize better.
    """
    mean, median = right_and_wrong.fitted[:, :, -1, 1].mean(axis=1)
    last = right_and_wrong.test_error[..., -1]
    gain, error = mean_and_error(last[0] - last[1])
    return judge(
        [median < 0.5 * mean, gain > 2.0 * error],
        value=gain,
        error=error,
        seen=f"drop of the final test error from {last[0].mean():.2f}; of the wrong labels "
        f"{median:.2f} are fitted instead of {mean:.2f}",
    )


@study.figure
def coherence(figure: Any, along_training: Any) -> None:
    """Coherence and training error along training for several shares of random labels (mean over
    seeds, one standard error); the line is the coherence of orthogonal gradients.
    """
    left, right = panels(figure, 2, xscale="log", xlabel="steps of descent + 1")
    steps = along_training.steps + 1
    for index, share in enumerate(along_training.shares):
        for ax, values in (
            (left, along_training.coherence[index]),
            (right, along_training.train_error[index]),
        ):
            mean, error = mean_and_error(values)
            name = f"{100 * share:.0f} % random"
            series(ax, index, steps, points=mean, errors=error, joined=True, label=name)
    left.axhline(1.0, color="grey", lw=0.8)
    left.set(yscale="log", ylabel="coherence, in rows")
    right.set(ylabel="error rate on training labels")
    right.legend()


@study.figure
def wrong_labels(figure: Any, right_and_wrong: Any) -> None:
    """Half of the labels random: share of rows fitted, coherence, and test error, with the mean
    of gradients and with the median of three (mean over seeds, one standard error).
    """
    left, middle, right = panels(figure, 3, xscale="log", xlabel="steps of descent + 1")
    steps, index = right_and_wrong.steps + 1, 0
    for rule, name in enumerate(("mean", "median")):
        for kind, label in enumerate(("right", "wrong")):
            mean, error = mean_and_error(right_and_wrong.fitted[rule, :, :, kind])
            words = f"{label} labels, {name}"
            series(left, index, steps, points=mean, errors=error, joined=True, label=words)
            index += 1
        mean, error = mean_and_error(right_and_wrong.test_error[rule])
        series(right, 2 * rule, steps, points=mean, errors=error, joined=True, label=name)
    for kind, label in enumerate(("right labels", "wrong labels")):
        mean, error = mean_and_error(right_and_wrong.coherence[:, :, kind])
        series(middle, kind, steps, points=mean, errors=error, joined=True, label=label)
    left.set(ylabel="share of rows fitted")
    middle.set(yscale="log", ylabel="coherence, in rows")
    right.set(ylabel="test error rate")
    left.legend(loc="upper left", fontsize=7.5)
    middle.legend()
    right.legend()


def _trained(share: float, width: int, steps: int, seeds: int, **settings: Any) -> Any:
    """Networks of all seeds on digits, with a share of labels drawn uniformly from all classes."""
    digits = GivenData.digits(ROWS, flip_rate=share * (1.0 - 1.0 / CLASSES))
    student = FullyConnected(width)
    return train(
        digits, student, TRAINING, seed=range(seeds), steps=steps, n_records=25, **settings
    )


def _early(along_training: Any) -> Any:
    """Coherence over the first epoch, shape (shares, seeds)."""
    early = along_training.steps <= ROWS // BATCH
    return along_training.coherence[:, :, early].mean(axis=2)


def _coherence_apart(seen: Any) -> Any:
    """Coherence within the rows with right labels and within those with wrong labels."""
    wrong = seen.draw.flipped
    return [coherence_of_rows(seen, rows) for rows in (~wrong, wrong)]


def _fitted_apart(seen: Any) -> Any:
    """Share of rows classified as labelled, for right and for wrong labels."""
    given = seen.network(seen.draw.X_train).argmax(axis=1) == seen.draw.y_train
    return [given[rows].mean() for rows in (~seen.draw.flipped, seen.draw.flipped)]
