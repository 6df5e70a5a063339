"""Theory against simulations at sizes about 1000, over the whole range of settings."""

import warnings

import numpy as np
import pytest

import riskcast as rc

from .simulation import Draw, combine, mean_and_error

TIMES = np.geomspace(1e-3, 1e5, 25)
SNRS = (0.1, 1.0, 10.0, 100.0)
# (features, samples) for load 0.2, 0.5, 0.8, 1.25, 2, 5, and the number of draws: standard
# errors need enough of them.
SIZES = {
    (1000, 200): 24,
    (1000, 500): 12,
    (1000, 800): 8,
    (800, 1000): 8,
    (500, 1000): 12,
    (200, 1000): 24,
}
POPULATIONS = {
    "isotropic": lambda p, snr: rc.Population.isotropic(p, snr),
    "power law": lambda p, snr: rc.Population.power_law(p, 1.2, 0.4, snr),
    "spiked": lambda p, snr: rc.Population.spiked(p, [30.0, 20.0, 10.0], snr),
}


def excess_over_allowance(curve, components, noise_variance, init_variance):
    """Largest deviation in units of the tolerance, and where it occurs."""
    drawn = [combine(parts, noise_variance, init_variance) for parts in components]
    worst = (0.0, "")
    for name in ("bias", "variance", "train_risk"):
        mean, error = mean_and_error(drawn, name)
        allowed = np.maximum(0.01 * curve.risk, 3.0 * error)
        deviation = np.abs(getattr(curve, name) - mean) / allowed
        worst = max(worst, (float(deviation.max()), f"{name} at t={TIMES[deviation.argmax()]:.2g}"))
    return worst


@pytest.mark.parametrize("sizes", SIZES, ids=lambda s: f"load {s[1] / s[0]:g}")
@pytest.mark.parametrize("kind", POPULATIONS)
def test_bias_variance_and_train_risk_are_those_of_sampled_data(kind, sizes):
    features, samples = sizes
    rng = np.random.default_rng([list(POPULATIONS).index(kind), samples, features])
    unit = POPULATIONS[kind](features, 1.0)
    draws = [Draw.sample(unit.eigenvalues, samples, rng) for _ in range(SIZES[sizes])]
    for weight_decay in (0.0, 0.03):
        components = [d.components(d.flow(TIMES, weight_decay), unit.coefficients) for d in draws]
        flow = rc.GradientFlow(TIMES, weight_decay=weight_decay)
        for snr in SNRS:
            population = POPULATIONS[kind](features, snr)
            for init_variance in (0.0, 0.5 / unit.spectrum.trace):
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", rc.theory.FiniteSizeWarning)
                    curve = rc.theory.risk_curve(population, samples, flow, init_variance)
                excess, where = excess_over_allowance(
                    curve, components, population.noise_variance, init_variance
                )
                assert excess <= 1.0, (snr, init_variance, weight_decay, where, excess)


def test_weight_norm_is_that_of_sampled_data():
    rng = np.random.default_rng(5)
    for samples in (120, 500):
        population = rc.Population.power_law(300, 1.0, 0.5, 2.0)
        draws = [Draw.sample(population.eigenvalues, samples, rng) for _ in range(20)]
        for weight_decay, init_variance in ((0.0, 0.0), (0.02, 0.01)):
            drawn = [
                combine(
                    d.components(d.flow(TIMES, weight_decay), population.coefficients),
                    population.noise_variance,
                    init_variance,
                )
                for d in draws
            ]
            mean, error = mean_and_error(drawn, "weight_norm")
            flow = rc.GradientFlow(TIMES, weight_decay=weight_decay)
            curve = rc.theory.risk_curve(population, samples, flow, init_variance)
            np.testing.assert_array_less(
                np.abs(curve.weight_norm - mean), np.maximum(0.01 * mean.max(), 3.5 * error)
            )


def test_plain_gradient_descent_on_sampled_noise_and_weights():
    # No decomposition and no closed-form average: training steps on drawn data and weights.
    rng = np.random.default_rng(8)
    population, samples, rate = rc.Population.isotropic(150, 2.0), 300, 0.2
    steps = [0, 1, 3, 10, 30, 100]
    test_risks, train_risks = [], []
    for _ in range(120):
        X = rng.standard_normal((samples, 150))
        noise = rng.standard_normal(samples) * np.sqrt(population.noise_variance)
        y = X @ population.coefficients + noise
        w = rng.standard_normal(150) * 0.05
        path = []
        for step in range(101):
            if step in steps:
                error = w - population.coefficients
                path.append((error @ error + population.noise_variance, np.mean((y - X @ w) ** 2)))
            w = w + rate * X.T @ (y - X @ w) / samples
        test_risks.append([test for test, _ in path])
        train_risks.append([train for _, train in path])
    rule = rc.GradientDescent(rate, steps)
    curve = rc.theory.risk_curve(population, samples, rule, init_variance=0.0025)
    for found, sampled in ((curve.risk, test_risks), (curve.train_risk, train_risks)):
        mean = np.mean(sampled, axis=0)
        error = np.std(sampled, axis=0, ddof=1) / np.sqrt(len(sampled))
        np.testing.assert_array_less(np.abs(found - mean), np.maximum(0.01 * mean, 3.0 * error))


def test_growth_at_the_interpolation_threshold():
    # Averages diverge at α = 1; simulations must show the same growth with √t.
    rng = np.random.default_rng(9)
    population = rc.Population.isotropic(1000, 1.0)
    times = np.array([30.0, 100.0, 300.0, 1000.0])
    sampled = []
    for _ in range(3):
        X = rng.standard_normal((1000, 1000))
        values = np.linalg.eigvalsh(X @ X.T / 1000.0)
        sampled.append(np.mean(np.expm1(-np.outer(times, values)) ** 2 / values, axis=1))
    sampled = np.mean(sampled, axis=0)
    curve = rc.theory.risk_curve(population, 1000, rc.GradientFlow(times))
    np.testing.assert_allclose(curve.variance, sampled, rtol=0.05)
    slope = np.polyfit(np.log(times), np.log(sampled), 1)[0]
    assert abs(slope - 0.5) < 0.05


@pytest.mark.filterwarnings("ignore::riskcast.theory.FiniteSizeWarning")
@pytest.mark.parametrize("kind", POPULATIONS)
def test_late_growth_law_of_every_population(kind):
    # √t at the threshold whatever the covariance; for isotropic features 0.66 σ² √t.
    population = POPULATIONS[kind](400, 2.0)
    curve = rc.theory.risk_curve(population, 400, rc.GradientFlow([1e10, 1e12, np.inf]))
    assert curve.variance[1] / curve.variance[0] == pytest.approx(10.0, rel=1e-2)
    assert np.isposinf(curve.variance[2])
    assert np.isposinf(curve.risk[2])
    assert curve.bias[2] == 0.0
    assert curve.train_risk[2] == 0.0
    if kind == "isotropic":
        assert curve.variance[0] == pytest.approx(rc.theory.peak_growth(1e10, 2.0), rel=1e-4)
