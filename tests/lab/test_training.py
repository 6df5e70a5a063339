"""Training by every rule, against the same rule written out."""

from dataclasses import replace

import numpy as np
import pytest

from riskcast import lab
from riskcast.lab import targets
from tests.lab.finite_differences import derivative

TASK = lab.TeacherStudent(4, n_train=20, snr=2.0, n_test=30)
CLASSES = lab.GivenData.digits(n_train=30, flip_rate=0.1, n_test=40)


def written_out(student, task, seed, steps, rule, rate, loss="squared", decay=0.0, momentum=0.9):
    """Weights after some steps: gradients by finite differences in flat weights, no library."""
    draw = task.draw(seed)
    outputs = targets.n_outputs(draw.n_classes, loss)
    network = student.network(seed, draw.n_inputs, outputs)
    wanted = targets.encode(draw.y_train, draw.n_classes, outputs)
    trained = list(network.trained_layers)
    weights = list(network.weights)
    first = [np.zeros_like(w) for w in weights]
    second = [np.zeros_like(w) for w in weights]

    def objective(arrays):
        f = network.with_weights(tuple(arrays))(draw.X_train)
        value = targets.losses(f, wanted, loss).mean()
        return value + 0.5 * decay * sum((arrays[i] ** 2).sum() for i in trained)

    for step in range(1, steps + 1):
        gradients = {}
        for i in trained:

            def moved(array, i=i):
                return objective([*weights[:i], array, *weights[i + 1 :]])

            gradients[i] = derivative(moved, weights[i])
        for i in trained:
            layer, g = network.layers[i], gradients[i]
            if rule == "adam":
                first[i] = 0.9 * first[i] + 0.1 * g
                second[i] = 0.999 * second[i] + 0.001 * g**2
                size = np.sqrt(second[i] / (1 - 0.999**step)) + 1e-8
                move = layer.adam_rate * first[i] / (1 - 0.9**step) / size
            else:
                first[i] = g + (momentum if rule == "momentum" else 0.0) * first[i]
                move = layer.rate * first[i]
            weights[i] = weights[i] - rate * move
    return network.with_weights(tuple(weights))


@pytest.mark.parametrize(
    ("rule", "loss", "task", "settings"),
    [
        ("gradient_descent", "squared", TASK, {}),
        ("gradient_descent", "squared", CLASSES, {"trained": "all"}),
        ("momentum", "softmax", CLASSES, {}),
        ("adam", "squared", TASK, {"parametrization": "maximal_update", "depth": 2}),
        ("gradient_descent", "squared", TASK, {"parametrization": "mean_field"}),
        ("gradient_descent", "logistic", lab.XORClusters(4, 20, 2.0), {"trained": "readout"}),
        ("gradient_descent", "logistic", lab.XORClusters(4, 20, 2.0), {"trained": "hidden"}),
    ],
)
def test_rules_move_weights_as_they_say(rule, loss, task, settings):
    student = lab.FullyConnected(width=3, activation="tanh", **settings)
    decay = 0.3 if rule != "adam" else 0.0
    if settings == {"trained": "all"}:
        decay = 0.0
    run = lab.train(
        task, student, seed=4, rule=rule, loss=loss, steps=3, n_records=3,
        learning_rate=0.05, weight_decay=decay, precision="float64",
    )  # fmt: skip
    expected = written_out(student, task, 4, 3, rule, 0.05, loss, decay)
    for found, wanted in zip(run.final[0].weights, expected.weights, strict=True):
        np.testing.assert_allclose(found, wanted, rtol=1e-6, atol=1e-8)
    np.testing.assert_array_equal(run.steps, [0, 1, 2, 3])


@pytest.mark.parametrize(
    ("rule", "settings"),
    [
        ("gradient_descent", {}),
        ("gradient_descent", {"weight_decay": 0.2, "readout_scale": 1.0, "width": 30}),
        ("momentum", {"bias": True, "bias_scale": 0.5}),
        ("gradient_descent", {"parametrization": "maximal_update", "readout_scale": 2.0}),
    ],
)
def test_exact_readouts_are_what_steps_give(rule, settings):
    settings = {**settings}
    decay = settings.pop("weight_decay", 0.0)
    student = lab.FullyConnected(**{"width": 12, "trained": "readout", **settings})
    options = {
        "rule": rule,
        "steps": 300,
        "learning_rate": 0.1,
        "weight_decay": decay,
        "seed": [0, 1],
    }
    exact = lab.train(TASK, student, **options)
    # As many rows a batch as there are is full-batch descent, in another order.
    stepped = lab.train(TASK, student, **options, batch_size=20, precision="float64")
    np.testing.assert_allclose(exact.test_error, stepped.test_error, rtol=1e-9)
    np.testing.assert_allclose(exact.train_loss, stepped.train_loss, rtol=1e-9)
    np.testing.assert_allclose(exact.times, stepped.times)
    np.testing.assert_allclose(exact.tangent_top, stepped.tangent_top, rtol=1e-7)
    for left, right in zip(exact.final, stepped.final, strict=True):
        np.testing.assert_allclose(left.weights[-1], right.weights[-1], rtol=1e-7, atol=1e-10)
        if student.bias:
            np.testing.assert_allclose(left.biases[-1], right.biases[-1], rtol=1e-7)


def test_exact_flow_is_the_general_flow():
    student = lab.FullyConnected(width=8, trained="readout", readout_scale=1.0)
    options = {"rule": "gradient_flow", "last_time": 200.0, "n_records": 7, "weight_decay": 0.02}
    exact = lab.train(TASK, student, **options)
    from riskcast.lab.gradient_flow import flow_records
    from riskcast.lab.records import prepare

    plan = lab.Training(**options)
    general = flow_records(prepare(TASK, student, plan, 0), plan, {})
    np.testing.assert_allclose(general.errors_and_losses[1], exact.test_error[0], rtol=1e-5)
    np.testing.assert_allclose(general.final.weights[-1], exact.final[0].weights[-1], rtol=1e-4)


def test_flow_of_whole_networks_is_the_limit_of_small_steps():
    student = lab.FullyConnected(width=6, activation="tanh")
    options = {"relative": True, "n_records": 6, "seed": 1}
    flow = lab.train(
        TASK, student, rule="gradient_flow", first_time=1.0, last_time=100.0, **options
    )
    errors = []
    for rate in (0.02, 0.01):
        steps = round(100 / rate)
        run = lab.train(
            TASK, student, steps=steps, learning_rate=rate, precision="float64", **options
        )
        assert run.relative_times[0, -1] == pytest.approx(100.0)
        errors.append(run.test_error[0, -1])
    limit = 2.0 * errors[1] - errors[0]
    assert flow.test_error[0, -1] == pytest.approx(limit, rel=1e-4)
    assert abs(errors[0] - limit) > 3 * abs(flow.test_error[0, -1] - limit)


def test_flow_moves_the_trained_layers_alone():
    student = lab.FullyConnected(width=6, activation="tanh", trained="hidden")
    run = lab.train(TASK, student, rule="gradient_flow", last_time=10.0, n_records=2)
    before, after = run.initial[0].weights, run.final[0].weights
    assert np.abs(after[0] - before[0]).max() > 0.1
    np.testing.assert_array_equal(after[1], before[1])


@pytest.mark.parametrize(("parts", "batch_size"), [(3, None), (4, None), (2, 10)])
def test_medians_of_gradients_are_taken_weight_by_weight(parts, batch_size):
    student = lab.FullyConnected(width=3, activation="tanh")
    options = {"steps": 1, "n_records": 1, "learning_rate": 0.1, "precision": "float64"}
    task = replace(TASK, n_train=24) if batch_size is None else TASK
    run = lab.train(task, student, seed=4, median_of=parts, batch_size=batch_size, **options)
    start, draw = run.initial[0], task.draw(4)
    moved = [old - new for old, new in zip(start.weights, run.final[0].weights, strict=True)]
    pulls = start(draw.X_train) - draw.y_train[:, None]
    factors = start.gradient_factors(draw.X_train, pulls)
    for (left, right), change in zip(factors, moved, strict=True):
        each = (left[:, :, None] * right[:, None, :]).reshape(parts, -1, *change.shape).mean(axis=1)
        if batch_size is None:
            np.testing.assert_allclose(change, 0.1 * np.median(each, axis=0), rtol=1e-6, atol=1e-12)
            assert np.abs(change - 0.1 * each.mean(axis=0)).max() > 1e-3
        else:  # the median of two parts is their mean
            plain = lab.train(TASK, student, seed=4, batch_size=batch_size, **options)
            for mine, other in zip(run.final[0].weights, plain.final[0].weights, strict=True):
                np.testing.assert_allclose(mine, other, rtol=1e-9)


def test_a_bias_alone_learns_the_mean_by_descent():
    student = lab.FullyConnected(depth=0, parametrization="standard", init_scale=0.0, bias=True)
    run = lab.train(TASK, student, rule="gradient_flow", last_time=1e6)
    draw = TASK.draw(0)
    design = np.hstack([draw.X_train, np.ones((20, 1))])
    fit = np.linalg.lstsq(design, draw.y_train, rcond=None)[0]
    np.testing.assert_allclose(run.final[0].weights[0][:, 0], fit[:-1], rtol=1e-8)
    np.testing.assert_allclose(run.final[0].biases[0], fit[-1], rtol=1e-8)


def test_every_epoch_sees_every_row_once():
    """In small steps an epoch moves the weights as its number of full-batch steps does."""
    student = lab.FullyConnected(width=5)
    options = {"learning_rate": 1e-5, "n_records": 1, "precision": "float64"}
    batches = lab.train(TASK, student, rule="sgd", batch_size=5, steps=4, **options)
    whole = lab.train(TASK, student, steps=4, **options)
    moved = [run.final[0].weights[0] - run.initial[0].weights[0] for run in (batches, whole)]
    np.testing.assert_allclose(moved[0], moved[1], rtol=1e-3, atol=1e-8)
    # Not in the order they came in: half an epoch is not the first half of the rows.
    half = lab.train(TASK, student, rule="sgd", batch_size=5, steps=2, **options)
    draw = TASK.draw(0)
    network = half.initial[0]
    hidden = draw.X_train[:10] @ network.weights[0] * network.layers[0].multiplier
    error = network(draw.X_train[:10])[:, 0] - draw.y_train[:10]
    back = error[:, None] * (hidden > 0) * network.weights[1][:, 0] * network.layers[1].multiplier
    first_rows = -2e-5 * network.layers[0].multiplier * draw.X_train[:10].T @ back / 10
    moved = half.final[0].weights[0] - network.weights[0]
    assert np.abs(moved - first_rows).max() > 0.1 * np.abs(moved).max()


def test_batches_differ_between_seeds_and_repeat_with_them():
    student = lab.FullyConnected(width=5)
    options = {"rule": "sgd", "batch_size": 5, "steps": 40, "n_records": 4}
    options["precision"] = "float64"
    both = lab.train(TASK, student, seed=[3, 8], **options)
    alone = lab.train(TASK, student, seed=8, **options)
    np.testing.assert_allclose(both.test_error[1], alone.test_error[0], rtol=1e-5)


@pytest.mark.parametrize("batching", ["map", "vmap"])
def test_a_diverging_run_is_recorded_and_spares_its_batch(batching):
    """One seed's targets are so large that only its run diverges."""

    class Uneven(lab.TeacherStudent):
        def draw(self, seed):
            draw = super().draw(seed)
            return lab.Draw(draw.X_train * (30.0 if seed == 1 else 1.0), draw.y_train,
                            draw.X_test, draw.y_test)  # fmt: skip

    task = Uneven(4, n_train=20, n_test=10)
    student = lab.FullyConnected(width=6)
    options = {"steps": 50, "n_records": 8, "learning_rate": 0.3, "batching": batching}
    run = lab.train(task, student, seed=[0, 1, 2], observables=["weight_norms"], **options)
    np.testing.assert_array_equal(run.diverged, [False, True, False])
    stop = run.diverged_step[1]
    assert 0 < stop < 50
    assert run.learning_rate[1] == 0.3
    gone = run.steps >= stop
    for values in (run.test_error, run.train_loss, run.observables["weight_norms"][..., 0]):
        assert np.isnan(values[1, gone]).all()
        assert np.isfinite(values[1, ~gone]).all()
        assert np.isfinite(values[[0, 2]]).all()
    assert not run.converged[1]
    alone = lab.train(task, student, seed=2, **options)
    np.testing.assert_allclose(run.test_error[2], alone.test_error[0], rtol=1e-4)
    assert np.isfinite(run.mean()).all()


def test_a_share_of_the_stable_rate_is_stable_up_to_two():
    student = lab.FullyConnected(width=400, trained="readout")
    for share, grows in ((1.95, False), (2.05, True)):
        run = lab.train(TASK, student, learning_rate=share, relative=True, steps=400)
        assert (run.train_loss[0, -1] > run.train_loss[0, 0]) == grows
        assert run.learning_rate[0] * run.tangent_top[0] == pytest.approx(share)
        assert run.relative_times[0, -1] == pytest.approx(400 * share)


def test_runs_that_did_not_fit_are_marked():
    student = lab.FullyConnected(width=30, trained="readout")
    short = lab.train(TASK, student, seed=range(3), steps=3)
    long = lab.train(TASK, student, seed=range(3), rule="gradient_flow", last_time=1e8)
    assert not short.converged.any()
    assert long.converged.all()
    narrow = lab.FullyConnected(width=3, trained="readout")
    assert not lab.train(TASK, narrow, rule="gradient_flow", last_time=1e8).converged.any()


def test_means_leave_diverged_runs_out_and_say_if_none_is_left():
    student = lab.FullyConnected(width=5)
    run = lab.train(TASK, student, steps=30, learning_rate=1e3, seed=[0, 1])
    assert run.diverged.all()
    with pytest.raises(ValueError, match="lower the learning rate"):
        run.mean()


def test_errors_are_expectations_over_the_test_noise():
    student = lab.FullyConnected(width=5, trained="readout")
    run = lab.train(TASK, student, rule="gradient_flow")
    draw = TASK.draw(0)
    np.testing.assert_allclose(run.test_error[0, 0], np.mean(draw.test_signal**2) + 0.5)
    np.testing.assert_allclose(run.excess_error[0, 0], np.mean(draw.test_signal**2))
    prediction = run.final[0](draw.X_train)[:, 0]
    np.testing.assert_allclose(run.train_error[0, -1], np.mean((prediction - draw.y_train) ** 2))
    np.testing.assert_allclose(run.train_loss, 0.5 * run.train_error)
    noisy = np.mean((run.final[0](draw.X_test)[:, 0] - draw.y_test) ** 2)
    np.testing.assert_allclose(run.test_loss[0, -1], 0.5 * noisy)


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"rule": "newton"}, "rule"),
        ({"loss": "hinge"}, "loss"),
        ({"loss": "softmax"}, "real targets"),
        ({"steps": 0}, "steps"),
        ({"learning_rate": 0.0}, "learning_rate"),
        ({"rule": "sgd"}, "batch_size"),
        ({"batch_size": 21}, "batch_size"),
        ({"median_of": 3}, "divisor"),
        ({"median_of": 3, "batch_size": 10}, "divisor"),
        ({"median_of": 2, "rule": "gradient_flow"}, "median_of"),
        ({"rule": "gradient_flow", "first_time": 5.0, "last_time": 1.0}, "first_time"),
        ({"rule": "gradient_flow", "batch_size": 2}, "batch_size"),
        ({"seed": []}, "seed"),
        ({"seed": [1, 1]}, "seed"),
        ({"observables": ["speed"]}, "observables"),
        ({"batching": "pile"}, "batching"),
    ],
)
def test_impossible_trainings_are_refused(settings, word):
    with pytest.raises(ValueError, match=word):
        lab.train(TASK, lab.FullyConnected(width=3), **settings)


def test_wrong_kinds_of_arguments_are_named():
    student = lab.FullyConnected(width=3)
    with pytest.raises(TypeError, match="task"):
        lab.train(student, student)
    with pytest.raises(TypeError, match="student"):
        lab.train(TASK, TASK)
    with pytest.raises(TypeError, match="training"):
        lab.train(TASK, student, 3)
    with pytest.raises(TypeError, match="stepps"):
        lab.train(TASK, student, stepps=3)
