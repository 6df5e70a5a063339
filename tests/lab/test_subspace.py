"""Training in a random subspace, against the same steps written out."""

import numpy as np
import pytest

from riskcast import lab
from riskcast.lab.subspace import SubspaceNetwork

TASK = lab.TeacherStudent(6, n_train=15, snr=2.0, n_test=30)


def directions_of(network, dimension, seed):
    """Columns of the projection, over all weights in a row."""
    subspace = SubspaceNetwork.of(network, dimension, seed, np.float64)
    parts = [*subspace.weight_directions, *subspace.bias_directions]
    return np.hstack([part.reshape(dimension, -1) for part in parts])


def test_descent_of_a_linear_model_is_descent_in_coordinates():
    student = lab.FullyConnected(depth=0, bias=True)
    run = lab.train(
        TASK, student, seed=3, subspace=2, steps=7, learning_rate=0.3, precision="float64"
    )
    draw, start = TASK.draw(3), run.initial[0]
    P = directions_of(start, 2, 3)
    np.testing.assert_allclose(np.linalg.norm(P, axis=1), 1.0, rtol=1e-6)
    rows = np.hstack([draw.X_train / np.sqrt(6), np.ones((15, 1))])
    weights = np.append(start.weights[0], start.biases[0])
    coordinates = np.zeros(2)
    for _ in range(7):
        residual = rows @ (weights + coordinates @ P) - draw.y_train
        coordinates -= 0.3 * P @ (rows.T @ residual) / 15
    found = np.append(run.final[0].weights[0], run.final[0].biases[0])
    np.testing.assert_allclose(found, weights + coordinates @ P, rtol=1e-10)


@pytest.mark.parametrize("rule", ["gradient_descent", "adam"])
def test_networks_stay_in_their_subspace(rule):
    student = lab.FullyConnected(width=10, depth=2, bias=True)
    run = lab.train(TASK, student, seed=[0, 1], subspace=5, steps=40, rule=rule, n_records=3)
    for seed in (0, 1):
        start, end = run.initial[seed], run.final[seed]
        change = np.concatenate(
            [
                (after - before).ravel()
                for before, after in zip(
                    (*start.weights, *start.biases), (*end.weights, *end.biases), strict=True
                )
            ]
        )
        P = directions_of(start, 5, seed)
        coordinates, *_ = np.linalg.lstsq(P.T, change, rcond=None)
        assert np.linalg.norm(change) > 0.01
        assert np.linalg.norm(change - coordinates @ P) < 1e-5 * np.linalg.norm(change)
    assert (run.train_loss[:, -1] < run.train_loss[:, 0]).all()


def test_what_is_not_trained_stays():
    student = lab.FullyConnected(width=10, trained="readout", readout_scale=1.0)
    run = lab.train(TASK, student, seed=0, subspace=3, steps=5, n_records=1)
    np.testing.assert_array_equal(run.final[0].weights[0], run.initial[0].weights[0].astype("f4"))
    assert np.abs(run.final[0].weights[1] - run.initial[0].weights[1]).max() > 1e-4


@pytest.mark.parametrize(
    ("student", "settings", "word"),
    [
        (lab.FullyConnected(width=2), {"subspace": 1000}, "1000 of 14 dimensions"),
        (
            lab.FullyConnected(parametrization="maximal_update"),
            {"subspace": 3},
            "different learning rates",
        ),
        (lab.FullyConnected(), {"subspace": 3, "rule": "gradient_flow"}, "by steps"),
        (lab.FullyConnected(), {"subspace": 0}, "subspace"),
    ],
)
def test_impossible_subspaces_are_refused(student, settings, word):
    with pytest.raises(ValueError, match=word):
        lab.train(TASK, student, **settings)
