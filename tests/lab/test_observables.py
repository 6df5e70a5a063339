"""Observables on networks whose numbers are known."""

from dataclasses import replace

import numpy as np
import pytest

from riskcast import lab
from riskcast.lab import observables, targets
from tests.lab.finite_differences import by_trained_arrays

TASK = lab.TeacherStudent(5, n_train=8, snr=1.0, n_test=50)


def snapshot(student, task=TASK, seed=0, moved=0.0):
    draw = task.draw(seed)
    outputs = targets.n_outputs(draw.n_classes, "squared")
    start = student.network(seed, draw.n_inputs, outputs)
    random = np.random.default_rng(1)
    now = start.with_weights(
        tuple(w + moved * random.standard_normal(w.shape) for w in start.weights), start.biases
    )
    wanted = targets.encode(draw.y_train, draw.n_classes, outputs)
    return observables.Snapshot(now, start, draw, wanted, time=1.0)


def test_weights_and_distances():
    seen = snapshot(lab.FullyConnected(width=6), moved=0.5)
    expected = [np.sqrt((w**2).sum()) for w in seen.network.weights]
    np.testing.assert_allclose(observables.weight_norms(seen), expected)
    pairs = zip(seen.network.weights, seen.initial.weights, strict=True)
    expected = [np.sqrt(((now - then) ** 2).sum()) for now, then in pairs]
    np.testing.assert_allclose(observables.distance_from_start(seen), expected)


@pytest.mark.parametrize("width", [3, 20])
def test_hidden_spectrum_and_effective_rank(width):
    seen = snapshot(lab.FullyConnected(width=width, activation="tanh"))
    hidden = np.tanh(seen.draw.X_train @ seen.network.weights[0] / np.sqrt(5)) / np.sqrt(width)
    dense = np.linalg.eigvalsh(hidden.T @ hidden / 8)
    found = observables.hidden_spectrum(seen)
    np.testing.assert_allclose(found, np.maximum(dense, 0.0), atol=1e-12)
    assert (found == 0.0).sum() == max(0, width - 8)
    shares = dense[dense > 1e-12] / dense[dense > 1e-12].sum()
    assert observables.effective_rank(seen) == pytest.approx(np.exp(-shares @ np.log(shares)))


def test_the_tangent_kernel_moves_and_aligns():
    seen = snapshot(lab.FullyConnected(width=6, activation="tanh"), moved=0.3)
    rows = seen.draw.X_train
    now, before = seen.network.tangent_kernel(rows), seen.initial.tangent_kernel(rows)
    moved = np.sqrt(((now - before) ** 2).sum() / (before**2).sum())
    assert observables.tangent_movement(seen) == pytest.approx(moved)
    assert moved > 0.1
    spectrum = observables.tangent_spectrum(seen)
    assert spectrum.sum() == pytest.approx(np.trace(now) / 8)
    assert observables.tangent_top(seen) == pytest.approx(spectrum[-1])
    y = seen.draw.y_train
    aligned = np.sum(now * np.outer(y, y)) / (np.linalg.norm(now) * np.linalg.norm(np.outer(y, y)))
    assert observables.tangent_alignment(seen) == pytest.approx(aligned)


def test_a_still_kernel_does_not_move():
    still = snapshot(lab.FullyConnected(width=6, trained="readout"), moved=0.0)
    assert observables.tangent_movement(still) == 0.0


@pytest.mark.parametrize("n_train", [2, 5, 9])
def test_the_frozen_share_of_a_linear_model_is_exact(n_train):
    task = lab.TeacherStudent(5, n_train=n_train, teacher="linear")
    seen = snapshot(lab.FullyConnected(depth=0, parametrization="standard"), task)
    assert observables.frozen_share(seen) == max(0.0, 1.0 - n_train / 5)


def test_the_frozen_share_is_what_training_leaves_unmoved():
    """Directions that no gradient reaches, seen from where long training has gone."""
    student = lab.FullyConnected(width=30, trained="readout", readout_scale=1.0)
    run = lab.train(
        TASK, student, rule="gradient_flow", last_time=1e9, observables=["frozen_share"]
    )
    seen = snapshot(student)
    assert (run.observables["frozen_share"] == 1.0 - 8 / 30).all()
    moved = run.final[0].weights[-1] - run.initial[0].weights[-1]
    features = seen.network.features(seen.draw.X_train)
    outside = moved - np.linalg.pinv(features) @ (features @ moved)
    assert np.abs(outside).max() < 1e-8 * np.abs(moved).max()


@pytest.mark.parametrize(
    ("loss", "task", "trained"),
    [
        ("squared", TASK, "all"),
        ("logistic", lab.XORClusters(5, 8, 1.0), "hidden"),
        ("softmax", lab.GivenData.digits(n_train=9), "all"),
        ("squared", lab.GivenData.digits(n_train=9), "readout"),
    ],
)
def test_coherence_is_that_of_gradients_by_steps(loss, task, trained):
    student = lab.FullyConnected(
        width=4, depth=2, activation="tanh", trained=trained, bias=True, bias_scale=0.5,
        readout_scale=1.0,
    )  # fmt: skip
    run = lab.train(
        task, student, loss=loss, steps=1, n_records=1, precision="float64",
        observables={
            "all": observables.gradient_coherence,
            "some": lambda seen: observables.coherence_of_rows(seen, [0, 2, 5]),
        },
    )  # fmt: skip
    network, draw = run.initial[0], task.draw(0)
    outputs = targets.n_outputs(draw.n_classes, loss)
    wanted = targets.encode(draw.y_train, draw.n_classes, outputs)

    def losses(moved):
        return targets.losses(moved(draw.X_train), wanted, loss)

    found = [each for _, _, each in by_trained_arrays(network, losses)]
    gradients = np.hstack([each.reshape(-1, draw.n_train).T for each in found])  # a row each
    for name, rows in (("all", slice(None)), ("some", [0, 2, 5])):
        kept = gradients[rows]
        expected = len(kept) * (kept.mean(axis=0) ** 2).sum() / (kept**2).sum(axis=1).mean()
        assert run.observables[name][0, 0] == pytest.approx(expected, rel=1e-6)


def test_equal_gradients_are_as_coherent_as_there_are_rows():
    seen = snapshot(lab.FullyConnected(width=6))
    same = replace(seen.draw, X_train=np.ones((8, 5)))
    equal = replace(seen, draw=same, targets=np.ones((8, 1)))
    assert observables.gradient_coherence(equal) == pytest.approx(8.0)
    fitted = replace(equal, targets=equal.network(same.X_train))
    assert np.isnan(observables.gradient_coherence(fitted))


def test_accuracies_and_excess():
    task = lab.GivenData.digits(n_train=50, n_test=100)
    seen = snapshot(lab.FullyConnected(width=10), task)
    guess = seen.network(seen.draw.X_test).argmax(axis=1)
    assert observables.test_accuracy(seen) == pytest.approx(np.mean(guess == seen.draw.y_test))
    guess = seen.network(seen.draw.X_train).argmax(axis=1)
    assert observables.train_accuracy(seen) == pytest.approx(np.mean(guess == seen.draw.y_train))
    assert np.isnan(observables.oracle_excess(seen))
    real = snapshot(lab.FullyConnected(width=6))
    distance = real.network(real.draw.X_test)[:, 0] - real.draw.test_signal
    assert observables.oracle_excess(real) == np.mean(distance**2)
    assert np.isnan(observables.test_accuracy(real))


def test_all_are_known_by_name_and_new_ones_are_easily_added():
    student = lab.FullyConnected(width=6)
    run = lab.train(TASK, student, steps=3, n_records=2, observables=observables.known())
    assert set(run.observables) == set(observables.known())
    assert all(values.shape[:2] == (1, 3) for values in run.observables.values())
    own = lab.train(
        TASK, student, steps=3, n_records=2, observables={"outputs": lambda s: s.network(np.eye(5))}
    )
    assert own.observables["outputs"].shape == (1, 3, 5, 1)


def test_a_marchenko_pastur_law_is_found_under_a_few_large_eigenvalues():
    random = np.random.default_rng(0)
    for n_samples, width in ((900, 300), (300, 900)):
        noise = 0.5 * random.standard_normal((n_samples, width))
        signal = 40.0 * random.standard_normal((n_samples, 9)) @ random.standard_normal((9, width))
        values = np.linalg.eigvalsh((noise + signal).T @ (noise + signal) / n_samples)
        values[: max(0, width - n_samples)] = 0.0
        fit = observables.marchenko_pastur_fit(values, n_samples, n_large=9)
        assert fit.scale == pytest.approx(0.25, rel=0.02)
        assert fit.distance < 0.01
    uniform = observables.marchenko_pastur_fit(np.linspace(0.1, 5.0, 300), 900)
    assert uniform.distance > 0.05
