"""Networks in NumPy against automatic differentiation; parametrizations against their meaning."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from riskcast import lab
from riskcast.lab.activations import ACTIVATIONS
from riskcast.lab.jax_network import TrainableNetwork, as_network
from tests.lab.finite_differences import by_trained_arrays

ROWS = np.random.default_rng(0).standard_normal((6, 3))


def jacobian(network, X):
    """Gradients of all outputs by trained weights, each times the root of its rate, by steps."""
    columns = []
    for name, index, found in by_trained_arrays(network, lambda moved: moved(X).ravel()):
        layer = network.layers[index]
        rate = layer.rate if name == "weights" else layer.bias_rate
        columns.append(np.sqrt(rate) * found.reshape(-1, found.shape[-1]).T)
    return np.hstack(columns)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_agree_with_jax_and_their_derivatives(name):
    z = np.linspace(-2.9, 3.1, 41)
    with jax.enable_x64(True):
        function = ACTIVATIONS[name].jax_function()
        values = function(jnp.asarray(z))
        slopes = jax.vmap(jax.grad(function))(jnp.asarray(z))
    np.testing.assert_allclose(ACTIVATIONS[name].apply(z), values, rtol=1e-6, atol=1e-12)
    np.testing.assert_allclose(ACTIVATIONS[name].derivative(z), slopes, rtol=1e-6, atol=1e-12)


@pytest.mark.parametrize("trained", ["all", "readout", "hidden"])
@pytest.mark.parametrize("parametrization", ["standard", "ntk", "mean_field", "maximal_update"])
@pytest.mark.parametrize(("depth", "outputs", "bias"), [(0, 1, True), (1, 2, True), (3, 2, False)])
def test_the_tangent_kernel_is_that_of_the_jacobian(trained, parametrization, depth, outputs, bias):
    depth = min(depth, 1) if parametrization == "mean_field" else depth
    depth = max(depth, 1) if trained == "hidden" else depth
    student = lab.FullyConnected(
        width=5, depth=depth, activation="tanh", parametrization=parametrization,
        trained=trained, readout_scale=1.3, bias=bias, bias_scale=0.4 * bias, output_scale=1.7,
    )  # fmt: skip
    network = student.network(2, n_inputs=3, n_outputs=outputs)
    X, Z = ROWS[:4], ROWS[3:]
    left, right = jacobian(network, X), jacobian(network, Z)
    np.testing.assert_allclose(network.tangent_kernel(X), left @ left.T, rtol=1e-6, atol=1e-8)
    np.testing.assert_allclose(network.tangent_kernel(X, Z), left @ right.T, rtol=1e-6, atol=1e-8)
    top = np.linalg.eigvalsh(left @ left.T)[-1] / len(X)
    assert network.tangent_top(X) == pytest.approx(top, rel=1e-6)
    assert left.shape[1] == student.n_parameters(3, outputs)


def test_training_computes_the_same_function():
    student = lab.FullyConnected(width=5, depth=2, bias=True, bias_scale=0.5, output_scale=2.0)
    network = student.network(0, n_inputs=3, n_outputs=2)
    with jax.enable_x64(True):
        there = TrainableNetwork.of(network, np.float64)
        np.testing.assert_allclose(network(ROWS), there(jnp.asarray(ROWS)), rtol=1e-12)
        back = as_network(there, network)
    np.testing.assert_array_equal(back(ROWS), network(ROWS))


def test_the_ntk_of_a_wide_network_is_the_infinite_one():
    from riskcast.features import NTK

    network = lab.FullyConnected(width=40_000, depth=1).network(0, n_inputs=3)
    expected = NTK("relu", depth=1, weight_variance=1.0)(ROWS, ROWS)
    found = network.tangent_kernel(ROWS)
    assert np.abs(found - expected).max() < 0.03 * np.abs(expected).max()


def test_standard_and_ntk_parametrization_compute_the_same_function():
    networks = [
        lab.FullyConnected(width=7, depth=2, parametrization=name).network(0, n_inputs=3)
        for name in ("standard", "ntk")
    ]
    np.testing.assert_allclose(networks[0](ROWS), networks[1](ROWS), rtol=1e-12)


@pytest.mark.parametrize(
    ("name", "output", "movement"),
    [("ntk", 0.0, -0.5), ("mean_field", -0.5, 0.0), ("maximal_update", -0.5, 0.0)],
)
def test_how_output_and_learning_of_features_scale_with_width(name, output, movement):
    """Initial output ~ width^output; hidden signal moved by one step ~ width^movement."""
    widths = np.array([64, 4096])
    start, moved = [], []
    for width in widths:
        student = lab.FullyConnected(width=int(width), activation="tanh", parametrization=name)
        networks = [student.network(seed, n_inputs=3) for seed in range(60)]
        start.append(np.sqrt(np.mean([network(ROWS) ** 2 for network in networks])))
        moved.append(np.sqrt(np.mean([_signal_moved(each) ** 2 for each in networks])))
    slopes = np.diff(np.log([start, moved]), axis=1) / np.log(widths[1] / widths[0])
    assert slopes[0, 0] == pytest.approx(output, abs=0.08)
    assert slopes[1, 0] == pytest.approx(movement, abs=0.08)


def _signal_moved(network):
    """Change of the hidden units' inputs after one small step on targets of one, (n, width)."""
    layer, X = network.layers[0], ROWS
    signal = layer.multiplier * (X @ network.weights[0])
    readout = network.layers[1].multiplier * network.weights[1][:, 0]
    back = (1.0 - np.tanh(signal) ** 2) * readout
    change = layer.rate * layer.multiplier * X.T @ back / len(X)
    return layer.multiplier * X @ change


def test_one_start_whatever_the_task_and_readouts_start_from_zero():
    narrow = lab.FullyConnected(width=4, trained="readout")
    assert (narrow.network(0, 3).weights[-1] == 0.0).all()
    assert (lab.FullyConnected(width=4).network(0, 3).weights[-1] != 0.0).all()
    assert lab.FullyConnected(depth=0, trained="readout").readout_factor == 1.0
    first, second = (narrow.network(seed, 3).weights[0] for seed in (0, 1))
    np.testing.assert_array_equal(first, lab.FullyConnected(width=4).network(0, 3).weights[0])
    assert not np.array_equal(first, second)


def test_readouts_may_start_as_signs_of_the_gaussian_ones():
    signs = lab.FullyConnected(width=50, readout_start="signs", readout_scale=3.0).network(0, 3)
    gaussian = lab.FullyConnected(width=50).network(0, 3)
    np.testing.assert_array_equal(signs.weights[-1], 3.0 * np.sign(gaussian.weights[-1]))
    np.testing.assert_array_equal(signs.weights[0], gaussian.weights[0])
    ones = lab.FullyConnected(width=50, readout_start="ones").network(0, 3)
    assert (ones.weights[-1] == 1.0).all()


@pytest.mark.parametrize(
    ("settings", "word"),
    [
        ({"width": 0}, "width"),
        ({"depth": 0, "trained": "hidden"}, "trained"),
        ({"readout_start": "zeros"}, "readout_start"),
        ({"depth": -1}, "depth"),
        ({"activation": "step"}, "activation"),
        ({"parametrization": "other"}, "parametrization"),
        ({"trained": "none"}, "trained"),
        ({"init_scale": -1.0}, "init_scale"),
        ({"parametrization": "mean_field", "depth": 2}, "maximal_update"),
        ({"bias_scale": 1.0}, "bias=True"),
    ],
)
def test_impossible_students_are_refused(settings, word):
    with pytest.raises(ValueError, match=word):
        lab.FullyConnected(**settings)
