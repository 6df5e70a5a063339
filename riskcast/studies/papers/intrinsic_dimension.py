"""Li, Farkhoor, Liu and Yosinski (2018): how many random directions suffice to train a network.

Networks are trained in a random d-dimensional subspace through their initial
weights; d90 is the dimension at which their accuracy reaches nine tenths of that
of training all weights.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from riskcast.lab import FullyConnected, GivenData, train
from riskcast.studies import Study, Verdict, judge, mean_and_error
from riskcast.studies.drawing import panels, series
from riskcast.studies.statistics import independent_ratio

study = Study(
    paper="Measuring the Intrinsic Dimension of Objective Landscapes",
    source="C. Li, H. Farkhoor, R. Liu, J. Yosinski, ICLR 2018, arXiv:1804.08838.",
    limits="Digits of 8 by 8 pixels, 1,000 rows, fully connected networks of up to 55,000 weights; "
    "no convolutional networks and no reinforcement learning. Directions are dense and Gaussian; "
    "at most 400 labels are memorized; with 160, in a trial, shuffled labels took 2.8 times the "
    "dimension of true ones, below the 3 of the claim. d90 is interpolated between dimensions.",
    smoke={
        "rows": 200,
        "shapes": ((20, 1), (60, 2)),
        "dimensions": (16, 256),
        "memorized": (60,),
        "memory_dimensions": (8, 64, 256),
        "classes": (2, 10),
        "seeds": 2,
        "steps": 100,
    },
    full={
        "rows": 1000,
        "shapes": ((50, 1), (200, 1), (50, 3), (200, 2)),
        "dimensions": (16, 32, 64, 128, 256, 512),
        "memorized": (40, 400),
        "memory_dimensions": (16, 32, 64, 128, 256, 512, 1024),
        "classes": (2, 10),
        "seeds": 3,
        "steps": 300,
    },
)


@study.experiment
def shapes(rows: int, shapes: Any, dimensions: Any, seeds: int, steps: int) -> dict[str, Any]:
    """Test accuracy on digits by the dimension of the subspace, for networks of several shapes."""
    task = GivenData.digits(rows)
    whole, found, weights = [], [], []
    for width, depth in shapes:
        student = _student(width, depth)
        weights.append(student.n_parameters(task.n_inputs, 10))
        whole.append(_test_accuracy(task, student, None, seeds, steps))
        found.append([_test_accuracy(task, student, d, seeds, steps) for d in dimensions])
    return {
        "shapes": shapes,
        "weights": weights,
        "dimensions": dimensions,
        "whole": whole,
        "accuracy": found,
    }


@study.experiment
def memory(memorized: Any, memory_dimensions: Any, seeds: int, steps: int) -> dict[str, Any]:
    """Training accuracy by the dimension of the subspace, on true and on shuffled labels, for
    several numbers of rows.
    """
    student = _student(100, 1)
    found = [
        [
            [_train_accuracy(_digits(10, rows, shuffled), student, d, seeds, 2 * steps)
             for d in memory_dimensions]
            for rows in memorized
        ]
        for shuffled in (False, True)
    ]  # fmt: skip
    return {"rows": memorized, "dimensions": memory_dimensions, "accuracy": found}


@study.experiment
def difficulty(
    rows: int, shapes: Any, classes: Any, dimensions: Any, seeds: int, steps: int
) -> dict[str, Any]:
    """Test accuracy by the dimension of the subspace, for classification of few or many digits."""
    student, low = _student(*shapes[0]), (1, *dimensions[::2])
    whole, found = [], []
    for count in classes:
        task = _digits(count, min(rows, 200), shuffled=False)
        whole.append(_test_accuracy(task, student, None, seeds, steps))
        found.append([_test_accuracy(task, student, d, seeds, steps) for d in low])
    return {"classes": classes, "dimensions": low, "whole": whole, "accuracy": found}


@study.claim(
    refuted_if="d90 of the largest network is above a twentieth of its weights",
    figure="by_shape",
)
def few_directions_suffice(shapes: Any) -> Verdict:
    """A random subspace of a small share of the weights' dimension suffices."""
    largest = int(np.argmax(shapes.weights))
    values = _d90(shapes.dimensions, shapes.accuracy[largest], shapes.whole[largest])
    mean, error = mean_and_error(values)
    return judge(
        mean < 0.05 * shapes.weights[largest],
        value=mean,
        error=error,
        seen=f"d90 of the largest network, of {shapes.weights[largest]} weights; training all "
        f"gives {shapes.whole[largest].mean():.1%} accuracy",
    )


@study.claim(
    refuted_if="over the networks d90 differs by more than a factor of 1.5, or their numbers of "
    "weights by less than a factor of ten",
    figure="by_shape",
)
def width_and_depth_do_not_matter(shapes: Any) -> Verdict:
    """The intrinsic dimension is about the same for networks of very different size."""
    values = np.array(
        [
            _d90(shapes.dimensions, accuracy, whole)
            for accuracy, whole in zip(shapes.accuracy, shapes.whole, strict=True)
        ]
    )
    mean, error = mean_and_error(values, axis=1)
    high, low = mean.argmax(), mean.argmin()
    ratio, spread = independent_ratio(mean[high], error[high], mean[low], error[low])
    more = max(shapes.weights) / min(shapes.weights)
    return judge(
        ratio < 1.5 and more > 10.0,
        value=ratio,
        error=spread,
        seen=f"largest over smallest d90, {mean[high]:.0f} and {mean[low]:.0f}, where the number "
        f"of weights differs by {more:.0f}",
    )


@study.claim(
    refuted_if="at the most rows fitting nine tenths of shuffled labels takes less than 3 times "
    "the dimension that true labels take",
    figure="by_labels",
)
def random_labels_need_more(memory: Any) -> Verdict:
    """Shuffled labels need far more dimensions than true ones."""
    true, shuffled = (_d90(memory.dimensions, one[-1], 1.0) for one in memory.accuracy)
    ratio, error = mean_and_error(shuffled / true)
    return judge(
        ratio > 3.0,
        value=ratio,
        error=error,
        seen=f"dimension to fit {memory.rows[-1]} shuffled labels over that for true ones, "
        f"{shuffled.mean():.0f} and {true.mean():.0f}",
    )


@study.claim(
    refuted_if="the dimension per memorized label does not fall from the fewest to the most rows "
    "by 2 standard errors",
    figure="by_labels",
)
def each_label_costs_less(memory: Any) -> Verdict:
    """The more random labels are memorized, the fewer dimensions each takes."""
    each = np.array(
        [
            _d90(memory.dimensions, accuracy, 1.0) / rows
            for rows, accuracy in zip(memory.rows, memory.accuracy[1], strict=True)
        ]
    )
    ratio, error = mean_and_error(each[-1] / each[0])
    return judge(
        ratio < 1.0 - 2.0 * error,
        value=ratio,
        error=error,
        seen=f"dimension per label with {memory.rows[-1]} over that with {memory.rows[0]} shuffled "
        f"labels, {each[-1].mean():.2f} and {each[0].mean():.2f}",
    )


@study.claim(
    refuted_if="d90 does not grow at every larger number of digits to tell apart",
    figure="by_difficulty",
)
def harder_tasks_need_more(difficulty: Any) -> Verdict:
    """Harder tasks have a larger intrinsic dimension."""
    values = [
        _d90(difficulty.dimensions, accuracy, whole)
        for accuracy, whole in zip(difficulty.accuracy, difficulty.whole, strict=True)
    ]
    means = np.mean(values, axis=1)
    ratio, error = mean_and_error(values[-1] / values[0])
    return judge(
        (np.diff(means) > 0.0).all(),
        value=ratio,
        error=error,
        seen=f"d90 of {difficulty.classes[-1]} digits over that of {difficulty.classes[0]}: "
        + ", ".join(f"{mean:.1f}" for mean in means),
    )


@study.figure
def by_shape(figure: Any, shapes: Any) -> None:
    """Left, test accuracy over that of training all weights, against the dimension of the subspace
    (mean over seeds, one standard error; line: nine tenths). Right, d90 against the number of
    weights.
    """
    left, right = panels(figure, 2, xscale="log")
    for index, (width, depth) in enumerate(shapes.shapes):
        share = shapes.accuracy[index] / shapes.whole[index].mean()
        mean, error = mean_and_error(share, axis=1)
        label = f"{depth} × {width}"
        series(left, index, shapes.dimensions, points=mean, errors=error, joined=True, label=label)
        values = _d90(shapes.dimensions, shapes.accuracy[index], shapes.whole[index])
        mean, error = mean_and_error(values)
        series(right, index, shapes.weights[[index]], points=[mean], errors=[error])
    left.axhline(0.9, color="grey", lw=0.8)
    left.set(xlabel="dimension of the subspace", ylabel="accuracy / that of all weights")
    left.legend(title="layers × width", loc="lower right")
    right.set(xlabel="weights", ylabel="d90", ylim=(0, None))


@study.figure
def by_labels(figure: Any, memory: Any) -> None:
    """Left, training accuracy with the most rows against the dimension (mean over seeds, one
    standard error; line: nine tenths). Right, the dimension to fit nine tenths against the rows.
    """
    left, right = panels(figure, 2, xscale="log")
    for index, name in enumerate(("true labels", "shuffled labels")):
        mean, error = mean_and_error(memory.accuracy[index][-1], axis=1)
        series(left, index, memory.dimensions, points=mean, errors=error, joined=True, label=name)
        values = [_d90(memory.dimensions, accuracy, 1.0) for accuracy in memory.accuracy[index]]
        mean, error = mean_and_error(values, axis=1)
        series(right, index, memory.rows, points=mean, errors=error, joined=True, label=name)
    left.axhline(0.9, color="grey", lw=0.8)
    left.set(
        xlabel="dimension of the subspace", ylabel=f"training accuracy, {memory.rows[-1]} rows"
    )
    right.set(xlabel="rows", ylabel="dimension to fit nine tenths", yscale="log")
    for ax in (left, right):
        ax.legend()


@study.figure
def by_difficulty(figure: Any, difficulty: Any) -> None:
    """Test accuracy over that of training all weights, against the dimension of the subspace, for
    numbers of digits to tell apart (mean over seeds, one standard error; line: nine tenths).
    """
    ax = panels(
        figure,
        xscale="log",
        xlabel="dimension of the subspace",
        ylabel="accuracy / that of all weights",
    )
    for index, count in enumerate(difficulty.classes):
        share = difficulty.accuracy[index] / difficulty.whole[index].mean()
        mean, error = mean_and_error(share, axis=1)
        label = f"{count} digits"
        series(
            ax, index, difficulty.dimensions, points=mean, errors=error, joined=True, label=label
        )
    ax.axhline(0.9, color="grey", lw=0.8)
    ax.legend(loc="lower right")


def _student(width: int, depth: int) -> FullyConnected:
    return FullyConnected(int(width), int(depth), parametrization="standard")


def _digits(classes: int, rows: int, shuffled: bool) -> GivenData:
    """The first `classes` digits; shuffled labels keep their frequencies."""
    whole = GivenData.digits(10)
    X, y = np.asarray(whole.X), np.asarray(whole.y)
    kept = y < classes
    labels = np.random.default_rng(0).permutation(y[kept]) if shuffled else y[kept]
    return GivenData(X[kept], labels, int(rows), classify=True)


def _trained(
    task: GivenData, student: FullyConnected, d: int | None, seeds: int, steps: int
) -> Any:
    """Train with full-batch Adam on the coordinates or on all weights."""
    return train(
        task,
        student,
        seed=range(seeds),
        rule="adam",
        learning_rate=0.003 if d is None else 0.1,
        subspace=None if d is None else int(d),
        steps=steps,
        loss="softmax",
        n_records=10,
    )


def _test_accuracy(task: Any, student: Any, d: int | None, seeds: int, steps: int) -> Any:
    """Best along training, of each seed."""
    return 1.0 - _trained(task, student, d, seeds, steps).best_error


def _train_accuracy(task: Any, student: Any, d: int | None, seeds: int, steps: int) -> Any:
    """Best along training, of each seed."""
    return 1.0 - _trained(task, student, d, seeds, steps).train_error.min(axis=1)


def _d90(dimensions: Any, accuracy: Any, whole: Any) -> Any:
    """Dimension at which each seed's accuracy, of shape (dimensions, seeds), reaches nine tenths
    of the whole network's; NaN if none does.
    """
    goal = 0.9 * np.mean(whole)
    logs, found = np.log(dimensions), []
    for curve in np.transpose(accuracy):
        reached = np.flatnonzero(curve >= goal)
        if not len(reached):
            found.append(np.nan)
        elif reached[0] == 0:
            found.append(float(dimensions[0]))
        else:
            ends = slice(reached[0] - 1, reached[0] + 1)
            found.append(float(np.exp(np.interp(goal, curve[ends], logs[ends]))))
    return np.array(found)
