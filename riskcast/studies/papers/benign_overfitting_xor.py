"""Xu, Wang, Frei, Vardi and Hu (2023): networks fit noisy labels first and generalize later.

In two-layer ReLU networks, only the hidden weights are trained, from a tiny
initialization, by gradient descent on the logistic loss. A tenth of the training
labels is flipped; errors are on true labels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from riskcast.lab import FullyConnected, XORClusters, train
from riskcast.studies import Study, Verdict, judge, mean_and_error
from riskcast.studies.drawing import panels, series

study = Study(
    paper="Benign Overfitting and Grokking in ReLU Networks for XOR Cluster Data",
    source="Z. Xu, Y. Wang, S. Frei, G. Vardi, W. Hu, ICLR 2024, arXiv:2310.02541.",
    limits="400 samples and 200 hidden units; data are drawn in the span of the training rows, "
    "which is exact for so small a start. The paper's conditions on distance and dimension, "
    "|μ|² ≥ C n^0.51 √p and p ≥ C n² |μ|², hold with C of 0.95 and 0.3 only; so few samples do "
    "not make the two clusters of a class nearly equal.",
    smoke={
        "samples": 100,
        "inputs": 1e10,
        "distance": 1000.0,
        "width": 60,
        "steps": 40,
        "seeds": 3,
    },
    full={
        "samples": 400,
        "inputs": 1e12,
        "distance": 4500.0,
        "width": 200,
        "steps": 1000,
        "seeds": 5,
    },
)

FLIPPED = 0.1
TINY = 1e-6  # initial preactivation of a unit for an input of typical size, |x|² ≈ p
RATE = 0.1  # the first step changes margins by about an eighth of it


@study.experiment
def along_training(
    samples: int, inputs: float, distance: float, width: int, steps: int, seeds: int
) -> dict[str, Any]:
    """Errors, agreement with the linear classifier of the first step, and hidden weights."""
    task = XORClusters(int(inputs), samples, distance, flip_rate=FLIPPED, n_test=1000, in_span=True)
    start = TINY * np.sqrt(samples / inputs)
    student = FullyConnected(
        width,
        parametrization="standard",
        trained="hidden",
        init_scale=start,
        readout_scale=1.0 / start,
        readout_start="signs",
    )
    run = train(
        task,
        student,
        seed=range(seeds),
        rule="gradient_descent",
        loss="logistic",
        steps=steps,
        learning_rate=RATE * samples / inputs,
        n_records=14,
        precision="float64",
        observables={"agreement": _agreement, "cosines": _cosines, "flipped": _flipped_error},
    )
    seen = run.observables
    return {
        "steps": run.steps,
        "train_error": run.train_error,
        "flipped_error": seen["flipped"],
        "test_error": run.test_error,
        "agreement": seen["agreement"],
        "cosines": seen["cosines"][:, [1, -1]],  # after one step, and at the end
        "signs": [network.weights[1][:, 0] > 0.0 for network in run.initial],
        "oracle": run.oracle_error,
    }


@study.claim(
    refuted_if="after one step more than 1 % of the training labels are missed, or the test error "
    "is outside 0.4 to 0.6",
    figure="errors",
)
def catastrophic_after_one_step(along_training: Any) -> Verdict:
    """One step fits all training labels, the flipped ones too, and learns nothing: the test
    error is that of chance.
    """
    mean, error = mean_and_error(along_training.test_error[:, 1])
    missed = along_training.train_error[:, 1].mean()
    return judge(
        missed < 0.01 and 0.4 < mean < 0.6,
        value=mean,
        error=error,
        seen=f"test error after one step, with {100 * missed:.2g} % of the training labels missed",
    )


@study.claim(
    refuted_if="after one step the network and the classifier sign Σ y_i x_i·x agree on less than "
    "90 % of test points, or at the end on more than 60 %",
    figure="errors",
)
def linear_after_one_step(along_training: Any) -> Verdict:
    """After one step the network is a linear classifier, the sum of the samples times their
    labels; at the end it is not.
    """
    mean, error = mean_and_error(along_training.agreement[:, 1])
    last = along_training.agreement[:, -1].mean()
    return judge(
        mean > 0.9 and last < 0.6,
        value=mean,
        error=error,
        seen=f"share of test points on which both agree after one step; {last:.2f} at the end",
    )


@study.claim(
    refuted_if="at the end the test error is above 2 %, or more than 1 % of the training labels "
    "are missed",
    figure="errors",
)
def benign_in_the_end(along_training: Any) -> Verdict:
    """Later the same network is nearly optimal on the test, and still fits every flipped label."""
    last = along_training.test_error[:, -1]
    (mean, error), good = mean_and_error(last), int(np.sum(last < 0.02))
    missed = along_training.train_error[:, -1].mean()
    flipped = along_training.flipped_error[:, -1].mean()
    return judge(
        mean < 0.02 and missed < 0.01,
        value=mean,
        error=error,
        seen=f"test error at the end, with {100 * missed:.2g} % of the training labels missed, "
        f"{100 * flipped:.2g} % of the flipped ones; {good} of {len(last)} draws end below 2 %, "
        f"the worst at {last.max():.2f}: of a class's two clusters the smaller may be lost",
    )


@study.claim(
    refuted_if="the share of hidden units nearer to the centres of their own class (that of their "
    "read-out's sign) than to the others is outside 0.4 to 0.6 after one step, or below 0.95 at "
    "the end",
    figure="units",
)
def features_come_late(along_training: Any) -> Verdict:
    """After one step hidden units point nowhere in particular; later to the centres of the class
    they vote for.
    """
    (first, _), (last, error) = (mean_and_error(own) for own in _own_share(along_training).T)
    return judge(
        0.4 <= first <= 0.6 and last > 0.95,
        value=last,
        error=error,
        seen=f"share of units nearer to their own class's centres at the end; {first:.2f} after "
        "one step",
    )


@study.figure
def errors(figure: Any, along_training: Any) -> None:
    """Errors along training (mean over seeds, one standard error); lines are chance and the best
    possible error. On the right the agreement with the linear classifier Σ y_i x_i·x.
    """
    left, right = panels(figure, 2, xscale="log", xlabel="steps of descent + 1")
    steps = along_training.steps + 1
    found = (
        ("test, true labels", along_training.test_error),
        ("training labels", along_training.train_error),
        ("flipped training labels", along_training.flipped_error),
    )
    for index, (name, values) in enumerate(found):
        mean, error = mean_and_error(values)
        series(left, index, steps, points=mean, errors=error, joined=True, label=name)
    left.axhline(0.5, color="grey", lw=0.8, ls="--")
    left.axhline(along_training.oracle, color="grey", lw=0.8, ls="-")
    left.set(ylabel="error rate", ylim=(-0.03, 1.0))
    left.legend()
    mean, error = mean_and_error(along_training.agreement)
    series(right, 3, steps, points=mean, errors=error, joined=True)
    right.axhline(0.5, color="grey", lw=0.8, ls="--")
    right.set(ylabel="agreement with the linear classifier", ylim=(0.4, 1.02))


@study.figure
def units(figure: Any, along_training: Any) -> None:
    """Cosines of every hidden unit's weights with the two centres, of the first seed, after one
    step and at the end.
    """
    axes = panels(figure, 2, xlabel="cosine with μ₁ (class 1)", ylabel="cosine with μ₂ (class 0)")
    size = 1.1 * np.abs(along_training.cosines[0]).max()
    for place, ax in enumerate(axes):
        for index, (name, chosen) in enumerate(
            (
                ("votes for class 1", along_training.signs[0]),
                ("votes for class 0", ~along_training.signs[0]),
            )
        ):
            x, y = along_training.cosines[0, place][:, chosen]
            series(ax, index, x, points=y, label=name)
        ax.set(
            title=("after one step", "at the end")[place], xlim=(-size, size), ylim=(-size, size)
        )
    axes[0].legend()


def _agreement(seen: Any) -> float:
    """Share of test points on which the network agrees with the classifier Σ y_i x_i."""
    linear = seen.draw.X_test @ (seen.draw.X_train.T @ seen.targets[:, 0])
    return float(np.mean((seen.network(seen.draw.X_test)[:, 0] > 0.0) == (linear > 0.0)))


def _cosines(seen: Any) -> Any:
    """Cosines of each hidden unit with both centres, which lie along the first two inputs."""
    weights = seen.network.weights[0]
    return weights[:2] / np.linalg.norm(weights, axis=0)


def _flipped_error(seen: Any) -> float:
    """Error rate on the flipped training rows with respect to their wrong labels."""
    flipped = seen.draw.flipped
    missed = seen.network(seen.draw.X_train[flipped])[:, 0] * seen.targets[flipped, 0] <= 0.0
    return float(missed.mean())


def _own_share(along_training: Any) -> Any:
    """Share of units nearer to the centres of their own class, shape (seeds, times)."""
    first, second = np.abs(np.moveaxis(along_training.cosines, 2, 0))
    nearer_to_first = first > second
    return (nearer_to_first == along_training.signs[:, None, :]).mean(axis=2)
