"""Batch normalization, against the same networks and steps written out."""

import itertools
from dataclasses import replace

import numpy as np
import pytest

from riskcast import lab
from riskcast.lab import observables, targets
from tests.lab.finite_differences import derivative

TASK = lab.TeacherStudent(3, n_train=12, snr=2.0, n_test=10)
DIGITS = lab.GivenData.digits(n_train=24, n_test=20)
EPSILON = 0.01


class WrittenOut:
    """A normalized network as a dictionary of arrays, its gradients by finite differences."""

    def __init__(self, network, ghost_size, momentum, loss, decay=0.0):
        self.network, self.ghost_size, self.loss, self.decay = network, ghost_size, loss, decay
        self.momentum = momentum
        hidden = [layer.fan_out for layer in network.layers[:-1]]
        self.arrays = {("w", i): w.copy() for i, w in enumerate(network.weights)}
        self.arrays |= {("b", i): b.copy() for i, b in enumerate(network.biases)}
        self.arrays |= {("gain", i): np.ones(width) for i, width in enumerate(hidden)}
        self.arrays |= {("shift", i): np.zeros(width) for i, width in enumerate(hidden)}
        self.averages = [[np.zeros(width), np.ones(width)] for width in hidden]
        trained = network.trained_layers
        self.learned = [name for name in self.arrays if name[1] in trained]

    def outputs(self, X, statistics):
        """Outputs; `statistics` gives mean and variance of the signals of a hidden layer."""
        arrays, depth = self.arrays, len(self.averages)
        for i, layer in enumerate(self.network.layers):
            X = layer.multiplier * X @ arrays["w", i] + arrays.get(("b", i), 0.0)
            if i < depth:
                mean, variance = statistics(i, X)
                X = (X - mean) / np.sqrt(variance + EPSILON)
                X = np.tanh(arrays["gain", i] * X + arrays["shift", i])
        return X

    def evaluated(self, X):
        return self.outputs(X, lambda i, signals: self.averages[i])

    def in_training(self, X, seen=None):
        """Ghost batch after ghost batch, each by itself; their statistics go into `seen`."""

        def own(i, signals):
            found = signals.mean(axis=0), signals.var(axis=0)
            if seen is not None:
                seen.append((i, found))
            return found

        parts = [
            self.outputs(X[first : first + self.ghost_size], own)
            for first in range(0, len(X), self.ghost_size)
        ]
        return np.concatenate(parts)

    def objective(self, X, wanted):
        squares = sum((self.arrays[name] ** 2).sum() for name in self.learned)
        loss = targets.losses(self.in_training(X), wanted, self.loss).mean()
        return loss + 0.5 * self.decay * squares

    def step(self, X, wanted, rate):
        """One step of descent, and of the running averages."""
        seen, moves = [], {}
        self.in_training(X, seen)
        for name in self.learned:
            start = self.arrays[name]

            def moved(array, name=name):
                self.arrays[name] = array
                return self.objective(X, wanted)

            moves[name] = -rate * derivative(moved, start)
            self.arrays[name] = start
        for name, move in moves.items():
            self.arrays[name] = self.arrays[name] + move
        for i, found in seen:
            for kind in (0, 1):
                old = self.averages[i][kind]
                self.averages[i][kind] = self.momentum * old + (1 - self.momentum) * found[kind]

    def distance(self, network):
        """Largest difference from a network of the lab."""
        pairs = [(network.weights[i], self.arrays["w", i]) for i in range(len(network.weights))]
        pairs += [(network.biases[i], self.arrays["b", i]) for i in range(len(network.biases))]
        for i, found in enumerate(network.normalizations):
            pairs += [(found.gain, self.arrays["gain", i]), (found.shift, self.arrays["shift", i])]
            pairs += zip((found.mean, found.variance), self.averages[i], strict=True)
        return max(np.abs(left - right).max() for left, right in pairs)


def normalized(ghost_size=None, momentum=0.7, **settings):
    norm = lab.BatchNormalization(ghost_size, momentum, EPSILON)
    settings = {"width": 3, "activation": "tanh", "parametrization": "standard", **settings}
    return lab.FullyConnected(batch_norm=norm, **settings)


def started(task, student, loss="squared", decay=0.0, seed=4):
    """The written-out network of a seed, its rows and targets."""
    draw = task.draw(seed)
    outputs = targets.n_outputs(draw.n_classes, loss)
    network = student.network(seed, draw.n_inputs, outputs)
    norm = student.batch_norm
    own = WrittenOut(network, norm.ghost_size or draw.n_train, norm.momentum, loss, decay)
    return own, draw, targets.encode(draw.y_train, draw.n_classes, outputs)


@pytest.mark.parametrize(
    ("task", "loss", "ghost_size", "settings"),
    [
        (TASK, "squared", None, {}),
        (TASK, "squared", 3, {"depth": 2, "parametrization": "ntk"}),
        (TASK, "squared", 4, {"trained": "hidden", "bias": True, "bias_scale": 0.5}),
        (DIGITS, "softmax", 6, {"output_scale": 2.0}),
    ],
)
def test_steps_move_weights_gains_shifts_and_averages(task, loss, ghost_size, settings):
    student = normalized(ghost_size, **settings)
    own, draw, wanted = started(task, student, loss, decay=0.1)
    run = lab.train(
        task, student, seed=4, loss=loss, steps=3, n_records=3, learning_rate=0.2,
        weight_decay=0.1, precision="float64",
    )  # fmt: skip
    for step in range(4):
        found = targets.losses(own.evaluated(draw.X_train), wanted, loss).mean()
        assert run.train_loss[0, step] == pytest.approx(found, rel=1e-8)
        if step < 3:
            own.step(draw.X_train, wanted, 0.2)
    assert own.distance(run.final[0]) < 1e-8
    np.testing.assert_allclose(run.final[0](draw.X_test), own.evaluated(draw.X_test), atol=1e-8)
    learned = run.final[0].normalizations[0]
    assert np.abs(learned.gain - 1.0).max() > 1e-3
    assert np.abs(learned.shift).max() > 1e-4


def test_ghost_batches_are_parts_of_the_batch_that_was_drawn():
    """Of all ways to draw two ghost batches of two rows exactly one explains the step."""
    task = replace(TASK, n_train=6)
    student = normalized(2, width=2)
    run = lab.train(
        task, student, seed=4, steps=1, n_records=1, batch_size=4, learning_rate=0.2,
        precision="float64",
    )  # fmt: skip
    distances = []
    for first in itertools.combinations(range(6), 2):
        for second in itertools.combinations(set(range(6)) - set(first), 2):
            own, draw, wanted = started(task, student)
            rows = [*first, *second]
            own.step(draw.X_train[rows], wanted[rows], 0.2)
            distances.append(own.distance(run.final[0]))
    nearest, next_one = np.sort(distances)[:2]
    assert nearest < 1e-8
    assert next_one > 1e-5


@pytest.mark.slow
def test_a_ghost_batch_of_all_rows_is_batch_normalization():
    options = {"rule": "sgd", "batch_size": 8, "steps": 20, "loss": "softmax", "seed": [0, 1]}
    options |= {"n_records": 3}
    options["precision"] = "float64"
    whole, one_part = (lab.train(DIGITS, normalized(size), **options) for size in (None, 8))
    np.testing.assert_allclose(whole.test_loss, one_part.test_loss, rtol=1e-12)
    assert not np.array_equal(whole.test_loss[:, 0], whole.test_loss[:, -1])


@pytest.mark.slow
def test_all_ways_to_batch_seeds_agree():
    options = {"rule": "adam", "batch_size": 8, "steps": 20, "loss": "softmax", "seed": [0, 1]}
    options |= {"precision": "float64", "learning_rate": 0.01, "n_records": 3}
    runs = [
        lab.train(DIGITS, normalized(4), batching=way, **options)
        for way in ("one_by_one", "map", "vmap")
    ]
    for run in runs[1:]:
        np.testing.assert_allclose(run.test_loss, runs[0].test_loss, rtol=1e-9)
        for mine, other in zip(run.final, runs[0].final, strict=True):
            for left, right in zip(mine.normalizations, other.normalizations, strict=True):
                np.testing.assert_allclose(left.mean, right.mean, rtol=1e-8, atol=1e-10)
                np.testing.assert_allclose(left.gain, right.gain, rtol=1e-8)


def test_weights_are_counted_with_gains_and_shifts():
    for trained, expected in (("all", 3 * 5 + 5 * 5 + 5 + 4 * 5), ("hidden", 40 + 4 * 5)):
        student = normalized(width=5, depth=2, trained=trained)
        assert student.n_parameters(3) == expected
        assert student.network(0, 3).n_parameters == expected


def test_what_needs_no_gradients_is_seen_and_the_rest_refused():
    looks = ("effective_rank", "distance_from_start", "oracle_excess")
    run = lab.train(TASK, normalized(), steps=3, n_records=2, observables=looks)
    assert all(np.isfinite(run.observables[name]).all() for name in looks)
    assert run.observables["distance_from_start"][0, 0] == pytest.approx([0.0, 0.0], abs=1e-6)
    assert np.isnan(run.tangent_top).all()
    for name in ("tangent_top", "tangent_spectrum", "gradient_coherence"):
        with pytest.raises(ValueError, match="batch normalization"):
            lab.train(TASK, normalized(), steps=3, observables={name: observables.named(name)})


@pytest.mark.parametrize(
    ("settings", "words"),
    [
        ({"rule": "gradient_flow"}, "gradient flow"),
        ({"relative": True}, "relative"),
        ({"temperature": 0.1}, "temperature"),
        ({"subspace": 2}, "subspace"),
        ({"median_of": 3}, "median_of"),
        ({"batch_size": 6}, "ghost batches of 4 in steps of 6 rows"),
        ({"rule": "sgd", "batch_size": 2}, "ghost batches of 4 in steps of 2 rows"),
    ],
)
def test_trainings_that_do_not_go_with_it_are_refused(settings, words):
    with pytest.raises(ValueError, match=words):
        lab.train(TASK, normalized(4), **settings)


def test_a_row_alone_is_not_normalized():
    with pytest.raises(ValueError, match="at least 2"):
        lab.train(TASK, normalized(), rule="sgd", batch_size=1)


def test_no_kernel_predicts_it():
    with pytest.raises(ValueError, match="no kernel follows batch normalization"):
        lab.predict(TASK, normalized(), steps=3)


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"ghost_size": 1}, "ghost_size"),
        ({"momentum": 1.0}, "momentum"),
        ({"epsilon": 0.0}, "epsilon"),
    ],
)
def test_impossible_normalizations_are_refused(settings, word):
    with pytest.raises(ValueError, match=word):
        lab.BatchNormalization(**settings)


@pytest.mark.parametrize(
    "settings",
    [{"depth": 0}, {"trained": "readout"}, {"parametrization": "maximal_update"}],
)
def test_students_that_it_is_not_for_are_refused(settings):
    with pytest.raises(ValueError, match="batch_norm"):
        normalized(**settings)


def test_settings_are_what_is_given():
    with pytest.raises(TypeError, match="BatchNormalization"):
        lab.FullyConnected(batch_norm=True)


def test_it_is_swept_and_read_from_a_file(tmp_path):
    from riskcast.lab.sweeps.configuration import read

    norms = [None, lab.BatchNormalization(), lab.BatchNormalization(6)]
    axes = {"batch_norm": norms}
    data = lab.sweep(
        TASK, lab.FullyConnected(), axes, seeds=1, steps=5, store=tmp_path / "cells", progress=False
    )
    assert data.n_parameters.values.tolist() == [400, 600, 600]
    again = lab.load(tmp_path / "cells")
    np.testing.assert_array_equal(again.test_error, data.test_error)
    file = tmp_path / "sweep.toml"
    text = '[task]\nkind = "digits"\nn_train = 20\n[student.batch_norm]\nghost_size = {}\n'
    file.write_text(text.format(10))
    assert read(file).plan.student.batch_norm == lab.BatchNormalization(10)
    file.write_text(text.format(1))
    with pytest.raises(ValueError, match=r"\[student\] batch_norm: ghost_size"):
        read(file)
