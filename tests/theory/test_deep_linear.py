"""Deep linear networks against their own equations, integrated on sampled data."""

import numpy as np
import pytest
from scipy.integrate import quad, solve_ivp

import riskcast as rc
from riskcast import theory
from riskcast.theory import _deep_linear as deep_linear

TIMES = np.geomspace(0.05, 100.0, 12)


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_mode_strength_against_stepping_the_matrices(depth):
    # A chain of equal scalar factors is a mode: each factor follows its own gradient.
    rate, drive, start = 0.8, 1.2, 0.01
    factors = np.full(depth, start ** (1 / depth))
    step, found = 1e-3, []
    wanted_times = np.array([1.0, 3.0, 8.0, 20.0])
    for index in range(20_001):
        if np.any(np.isclose(index * step, wanted_times)):
            found.append(factors.prod())
        product = factors.prod()
        factors = factors + step * (drive - rate * product) * product / factors
    strength = theory.mode_strength(wanted_times, [rate], [drive], depth, start)
    np.testing.assert_allclose(strength.ravel(), found, rtol=5e-3)


def test_depth_one_is_exponential_and_two_is_logistic():
    shallow = theory.mode_strength([0.0, 0.7], [2.0], [3.0], 1, 0.1)
    assert shallow[1, 0] == pytest.approx(1.5 + (0.1 - 1.5) * np.exp(-1.4))
    for drive in (2.0, 0.0, -1.5):  # growing, uncorrelated and shrinking modes
        exact = solve_ivp(
            lambda t, u, c=drive: 2 * u * (c - 0.5 * u), (0, 3), [0.3], rtol=1e-11, atol=1e-13
        ).y[0, -1]
        found = theory.mode_strength([3.0], [0.5], [drive], 2, 0.3)[0, 0]
        assert found == pytest.approx(exact, rel=1e-8)
    # Late times do not overflow.
    assert theory.mode_strength([1e6], [0.5], [2.0], 2, 0.3)[0, 0] == pytest.approx(4.0)
    assert theory.mode_strength([1e6], [0.5], [-2.0], 2, 0.3)[0, 0] == 0.0


def test_all_modes_at_once_are_each_for_itself():
    together = theory.mode_strength(TIMES, [1.0, 2.0], [2.0, 0.5], 3, 0.05)
    for column, (rate, drive) in enumerate(((1.0, 2.0), (2.0, 0.5))):
        alone = theory.mode_strength(TIMES, [rate], [drive], 3, 0.05)
        np.testing.assert_allclose(together[:, column], alone[:, 0], rtol=1e-6)


@pytest.mark.parametrize("depth", [1, 2, 3, 4])
def test_learning_time_is_when_the_mode_has_grown(depth):
    time = theory.learning_time(0.7, 1.1, depth, 0.01, share=0.6)
    strength = theory.mode_strength([time], [0.7], [1.1], depth, 0.01)[0, 0]
    assert strength == pytest.approx(0.6 * 1.1 / 0.7, rel=1e-6)


def test_plateaus_grow_as_initial_weights_shrink():
    # log(1/u₀)/(2c) at depth two, u₀^(2/D - 1) beyond.
    logistic = [theory.learning_time(1.0, 1.0, 2, start) for start in (1e-4, 1e-6)]
    assert logistic[1] - logistic[0] == pytest.approx(np.log(100) / 2, rel=1e-3)
    deep = [theory.learning_time(1.0, 1.0, 4, start) for start in (1e-8, 1e-10)]
    assert deep[1] / deep[0] == pytest.approx(10.0, rel=1e-2)
    exact, _ = quad(lambda u: 1 / (4 * u**1.5 * (1 - u)), 1e-4, 0.5, limit=500)
    assert theory.learning_time(1.0, 1.0, 4, 1e-4) == pytest.approx(exact, rel=1e-7)


def test_depth_one_equals_the_shallow_theory():
    curve = theory.deep_linear_risk_curve(0.5, 4.0, TIMES, 1, init_power=0.1)
    shallow = theory.isotropic_risk_curve(1000, 500, 4.0, rc.GradientFlow(TIMES), 1e-4)
    for name in ("risk", "train_risk", "weight_norm", "from_initial_weights"):
        np.testing.assert_allclose(getattr(curve, name), getattr(shallow, name), atol=1e-10)
    # The same for the solver used at larger depths.
    law = rc.spectra.MarchenkoPastur(0.5)
    values, weights = law.nodes(octaves=12, order=10)
    values, weights = np.append(values, 0.0), np.append(weights, law.atom)
    learned, decay = deep_linear._train(values, weights, TIMES, 1, 0.5, 0.1)
    solved = deep_linear._curve(values, weights, TIMES, learned, decay, 0.25, 0.5, 0.1)
    np.testing.assert_allclose(solved.risk, shallow.risk, atol=1e-8)


def trained_product(X, y, w, depth, times):
    """The exact equation of balanced depth on one data set."""
    gram, pull = X.T @ X / len(y), X.T @ y / len(y)

    def velocity(_, w):
        gradient, norm = pull - gram @ w, np.linalg.norm(w)
        along = (depth - 1) * (w @ gradient) / norm**2
        return norm ** (2 - 2 / depth) * (gradient + along * w)

    return solve_ivp(velocity, (0, times[-1]), w, t_eval=times, rtol=1e-6, atol=1e-9).y.T


@pytest.mark.parametrize(("load", "snr", "power"), [(0.5, 4.0, 0.01), (2.0, 1.0, 0.2)])
@pytest.mark.parametrize("depth", [2, 3])
def test_risk_of_deep_networks_on_sampled_data(depth, load, snr, power):
    features = 300
    samples = round(load * features)
    tests, trains, norms = [], [], []
    for seed in range(8):
        rng = np.random.default_rng(seed)
        X = rng.standard_normal((samples, features))
        target = rng.standard_normal(features) / np.sqrt(features)
        y = X @ target + rng.standard_normal(samples) / np.sqrt(snr)
        w = rng.standard_normal(features)
        W = trained_product(X, y, w * np.sqrt(power) / np.linalg.norm(w), depth, TIMES)
        tests.append(np.sum((W - target) ** 2, axis=1) + 1 / snr)
        trains.append(np.mean((y - W @ X.T) ** 2, axis=1))
        norms.append(np.sum(W**2, axis=1))
    curve = theory.deep_linear_risk_curve(load, snr, TIMES, depth, power)
    for found, drawn in ((curve.risk, tests), (curve.train_risk, trains)):
        mean, error = np.mean(drawn, axis=0), np.std(drawn, axis=0, ddof=1) / np.sqrt(8)
        allowed = np.maximum(0.03 * np.mean(tests, axis=0), 3.5 * error)
        np.testing.assert_array_less(np.abs(found - mean), allowed)
    np.testing.assert_allclose(curve.weight_norm, np.mean(norms, axis=0), rtol=0.1)


def test_the_reduced_equation_is_that_of_the_matrices():
    # Gradient descent on two weight matrices from a balanced start; w is their product.
    rng = np.random.default_rng(2)
    X, y = rng.standard_normal((30, 6)), rng.standard_normal(30)
    direction = rng.standard_normal(6)
    direction /= np.linalg.norm(direction)
    hidden = np.outer([0.6, 0.0, 0.0], direction)
    output = np.array([0.6, 0.0, 0.0])
    step = 1e-4
    for _ in range(20_000):
        pull = X.T @ (y - X @ hidden.T @ output) / 30
        hidden, output = (
            hidden + step * np.outer(output, pull),
            output + step * hidden @ pull,
        )
    reduced = trained_product(X, y, 0.36 * direction, 2, np.array([2.0]))[0]
    np.testing.assert_allclose(hidden.T @ output, reduced, atol=2e-4)


def test_impossible_arguments_are_named():
    with pytest.raises(ValueError, match="init_power"):
        theory.deep_linear_risk_curve(1.0, 1.0, [1.0], 2, 0.0)
    with pytest.raises(ValueError, match="times"):
        theory.deep_linear_risk_curve(1.0, 1.0, [1.0, np.inf], 2, 0.1)
    with pytest.raises(ValueError, match="depth"):
        theory.mode_strength([1.0], [1.0], [1.0], 0, 0.1)
    with pytest.raises(ValueError, match="initial_strength"):
        theory.mode_strength([1.0], [1.0], [1.0], 2, 0.0)
    with pytest.raises(ValueError, match="input_variance"):
        theory.mode_strength([1.0], [0.0], [1.0], 2, 0.1)
    with pytest.raises(ValueError, match="share"):
        theory.learning_time(1.0, 1.0, 2, 0.1, share=1.0)
