"""Special cases in closed form, each by an independent formula or integral."""

import numpy as np
import pytest
from scipy.integrate import quad
from scipy.optimize import brentq

import riskcast as rc

pytestmark = pytest.mark.filterwarnings("ignore::riskcast.theory.FiniteSizeWarning")

TIMES = np.concatenate([[0.0], np.geomspace(1e-3, 1e6, 40), [np.inf]])
FILTERS = {
    "flow": rc.GradientFlow(TIMES),
    "flow with decay": rc.GradientFlow(TIMES, weight_decay=0.1),
    "ridge": rc.Ridge(np.concatenate([[0.0], np.geomspace(1e-4, 1e6, 20)])),
    "descent": rc.GradientDescent(0.1, [0, 1, 3, 10, 100, 10_000]),
    "descent with decay": rc.GradientDescent(0.1, [0, 1, 3, 10, 100, 10_000], weight_decay=0.2),
    "heavy ball": rc.HeavyBall(0.1, 0.5, [0, 1, 3, 10, 100]),
    "Nesterov": rc.Nesterov(0.1, [0, 1, 3, 10, 100]),
}
QUANTITIES = ("risk", "bias", "variance", "train_risk", "weight_norm", "from_initial_weights")


@pytest.mark.parametrize("samples", [40, 190, 200, 210, 1000])
@pytest.mark.parametrize("name", FILTERS)
def test_general_code_on_isotropic_features_equals_marchenko_pastur(name, samples):
    population = rc.Population.isotropic(200, 2.0)
    for init_variance in (0.0, 0.02):
        general = rc.theory.risk_curve(population, samples, FILTERS[name], init_variance)
        special = rc.theory.isotropic_risk_curve(200, samples, 2.0, FILTERS[name], init_variance)
        for quantity in QUANTITIES:
            found, wanted = getattr(general, quantity), getattr(special, quantity)
            np.testing.assert_allclose(found, wanted, rtol=1e-8, atol=1e-8, err_msg=quantity)


@pytest.mark.parametrize("load", [0.3, 0.9, 2.0])
def test_marchenko_pastur_integrals_by_plain_quadrature(load):
    snr, init, samples, time, decay = 3.0, 0.01, round(load * 100), 2.5, 0.07
    law = rc.spectra.MarchenkoPastur(load)

    def mean(function):
        half = 0.5 * (law.upper_edge - law.lower_edge)
        middle = 0.5 * (law.upper_edge + law.lower_edge)

        def integrand(angle):  # the substitution removes the square-root edges
            value = middle - half * np.cos(angle)
            density = load / (2 * np.pi * value) * (half * np.sin(angle)) ** 2
            return density * function(value)

        return quad(integrand, 0.0, np.pi, epsabs=1e-13, epsrel=1e-13, limit=500)[0]

    def learned(value):
        return value / (value + decay) * (1 - np.exp(-time * (value + decay)))

    frozen = max(0.0, 1.0 - load)
    start = mean(lambda v: np.exp(-2 * time * (v + decay))) + frozen * np.exp(-2 * time * decay)
    bias = mean(lambda v: (1 - learned(v)) ** 2) + frozen + 100 * init * start
    variance = mean(lambda v: learned(v) ** 2 / v) / load / snr
    train = mean(lambda v: v * (1 - learned(v)) ** 2)
    train += (1 - mean(lambda v: 1 - (1 - learned(v)) ** 2) / load) / snr
    train += 100 * init * mean(lambda v: v * np.exp(-2 * time * (v + decay)))
    flow = rc.GradientFlow([time], weight_decay=decay)
    curve = rc.theory.isotropic_risk_curve(100, samples, snr, flow, init)
    assert curve.bias[0] == pytest.approx(bias, rel=1e-10)
    assert curve.variance[0] == pytest.approx(variance, rel=1e-10)
    assert curve.train_risk[0] == pytest.approx(train, rel=1e-10)


def classical_ridge(population, samples, penalty):
    """Risk, train risk by the one-point formulas, κ by bracketing."""
    values, squares = population.eigenvalues, population.coefficients**2

    def equation(log_kappa):
        kappa = np.exp(log_kappa)
        return kappa * (samples - np.sum(values / (values + kappa))) - penalty

    kappa = np.exp(brentq(equation, -40.0, 40.0, xtol=1e-14, rtol=1e-14))
    df2 = np.sum((values / (values + kappa)) ** 2)
    bias = kappa**2 * np.sum(squares * values / (values + kappa) ** 2)
    risk = (bias + population.noise_variance) / (1.0 - df2 / samples)
    return risk, risk * (penalty / (samples * kappa)) ** 2


@pytest.mark.parametrize("samples", [30, 100, 300])
def test_ridge_equals_the_classical_formulas(samples):
    population = rc.Population.power_law(100, 1.1, 0.3, 2.0)
    penalties = np.geomspace(1e-3, 1e3, 7)
    curve = rc.theory.risk_curve(population, samples, rc.Ridge(penalties))
    for row, penalty in enumerate(penalties[::-1]):
        risk, train = classical_ridge(population, samples, penalty)
        assert curve.risk[row] == pytest.approx(risk, rel=1e-8)
        assert curve.train_risk[row] == pytest.approx(train, rel=1e-8)


def least_norm_risk(population, samples):
    """Risk of the least-squares solution of smallest norm (Hastie et al. 2022)."""
    values, noise = population.eigenvalues, population.noise_variance
    if samples > len(values):
        return noise * samples / (samples - len(values))
    kappa = brentq(lambda k: np.sum(values / (values + k)) - samples, 1e-12, 1e6, xtol=1e-18)
    shares = values / (values + kappa)
    bias = np.sum(population.coefficients**2 * values * (1 - shares) ** 2)
    return (bias + noise) * samples / (samples - np.sum(shares**2))


@pytest.mark.parametrize("samples", [30, 99, 101, 300])
def test_the_end_of_training_is_ridgeless(samples):
    population = rc.Population.power_law(100, 1.1, 0.3, 2.0)
    ended = rc.theory.risk_curve(population, samples, rc.GradientFlow([np.inf]))
    late = rc.theory.risk_curve(population, samples, rc.GradientFlow([1e16]))
    ridgeless = rc.theory.risk_curve(population, samples, rc.Ridge([0.0]))
    assert ended.risk[0] == pytest.approx(ridgeless.risk[0], rel=1e-12)
    assert ended.risk[0] == pytest.approx(least_norm_risk(population, samples), rel=1e-10)
    assert ended.risk[0] == pytest.approx(late.risk[0], rel=1e-8)
    assert ended.weight_norm[0] == pytest.approx(late.weight_norm[0], rel=1e-8)
    if samples > 100:  # E tr (S⁻¹Σ) = p/(n - p)
        assert ended.variance[0] == pytest.approx(
            population.noise_variance * 100 / (samples - 100), rel=1e-12
        )
        assert ended.bias[0] == pytest.approx(0.0, abs=1e-14)


def test_the_start_of_training_has_learned_nothing():
    population = rc.Population.spiked(50, [9.0], 4.0)
    curve = rc.theory.risk_curve(population, 80, rc.GradientFlow([0.0]), init_variance=0.1)
    assert curve.bias[0] == pytest.approx(1.0 + 0.1 * (9.0 + 49.0))
    assert curve.variance[0] == 0.0
    assert curve.train_risk[0] == pytest.approx(curve.risk[0])
    assert curve.weight_norm[0] == pytest.approx(5.0)


def test_descent_with_small_steps_is_flow():
    population = rc.Population.power_law(80, 1.0, 0.5, 3.0)
    steps = np.array([1000, 10_000])
    descent = rc.theory.risk_curve(population, 120, rc.GradientDescent(1e-3, steps), 0.01)
    flow = rc.theory.risk_curve(population, 120, rc.GradientFlow(1e-3 * steps), 0.01)
    np.testing.assert_allclose(descent.risk, flow.risk, rtol=1e-3)


def test_repeated_eigenvalues_cost_once_and_change_nothing():
    jitter = 1.0 + 1e-9 * np.arange(60)
    repeated = rc.Population(np.repeat([1.0, 3.0], 30), np.full(60, 0.2), 0.5)
    distinct = rc.Population(np.repeat([1.0, 3.0], 30) * jitter, np.full(60, 0.2), 0.5)
    assert len(repeated.spectrum.values) == 2
    assert len(distinct.spectrum.values) == 60
    flow = rc.GradientFlow(np.geomspace(0.01, 100, 9))
    first = rc.theory.risk_curve(repeated, 40, flow, 0.01)
    second = rc.theory.risk_curve(distinct, 40, flow, 0.01)
    np.testing.assert_allclose(first.risk, second.risk, rtol=1e-6)


def test_directions_without_variance_hold_weights_and_nothing_else():
    flow = rc.GradientFlow([1.0, 100.0, np.inf], weight_decay=0.05)
    lean = rc.theory.risk_curve(rc.Population([1.0] * 30, [0.1] * 30, 0.2), 50, flow, 0.1)
    padded = rc.Population([1.0] * 30 + [0.0] * 10, [0.1] * 40, 0.2)
    wide = rc.theory.risk_curve(padded, 50, flow, 0.1)
    np.testing.assert_allclose(wide.risk, lean.risk, rtol=1e-12)
    extra = wide.weight_norm - lean.weight_norm
    np.testing.assert_allclose(extra, [np.exp(-0.1), np.exp(-10.0), 0.0], atol=1e-8)


@pytest.mark.parametrize("samples", [100, 400])
def test_initial_weights_without_decay_are_a_wider_target(samples):
    # Training from w₀ equals learning β - w₀ from zero: σ₀² adds to β² in every direction.
    population = rc.Population.power_law(200, 1.0, 0.5, 4.0)
    flow = rc.GradientFlow(np.geomspace(0.1, 1e4, 12))
    moved = rc.theory.risk_curve(population, samples, flow, init_variance=0.03)
    squares = population.coefficients**2 + 0.03
    shifted = rc.Population(population.eigenvalues, np.sqrt(squares), population.noise_variance)
    wanted = rc.theory.risk_curve(shifted, samples, flow)
    np.testing.assert_allclose(moved.risk, wanted.risk, rtol=1e-9)
    np.testing.assert_allclose(moved.train_risk, wanted.train_risk, rtol=1e-9, atol=1e-10)


@pytest.mark.filterwarnings("ignore::riskcast.theory.FiniteSizeWarning")
def test_noise_free_threshold_is_finite_at_the_end():
    population = rc.Population.isotropic(50, np.inf)
    curve = rc.theory.risk_curve(population, 50, rc.GradientFlow([1.0, np.inf]), 0.1)
    assert curve.risk[1] == 0.0
    assert curve.weight_norm[1] == pytest.approx(1.0)
    special = rc.theory.isotropic_risk_curve(50, 50, np.inf, rc.GradientFlow([1.0, np.inf]), 0.1)
    np.testing.assert_allclose(curve.risk, special.risk, atol=1e-10)


def test_no_overflow_over_forty_decades_of_time():
    population = rc.Population.power_law(100, 2.0, 0.5, 1.0)
    times = np.geomspace(1e-20, 1e20, 41)
    curve = rc.theory.risk_curve(population, 60, rc.GradientFlow(times))
    assert np.isfinite(curve.risk).all()
    assert curve.risk[0] == pytest.approx(2.0)
    ended = rc.theory.risk_curve(population, 60, rc.GradientFlow([np.inf]))
    assert curve.risk[-1] == pytest.approx(ended.risk[0], rel=1e-6)
