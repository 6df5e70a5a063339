"""Random features against sampled layers, and against limits."""

import numpy as np
import pytest

import riskcast as rc
from riskcast import theory

pytestmark = pytest.mark.filterwarnings("ignore::riskcast.theory.FiniteSizeWarning")

TIMES = np.append(np.geomspace(0.1, 1e4, 6), np.inf)


def sampled_layer(population, samples, width, rng):
    """Bias, variance, train risk and weight norm of one drawn layer, by an SVD."""
    scale = np.sqrt(population.eigenvalues)
    inputs = rng.standard_normal((samples, len(scale))) * scale
    layer = rng.standard_normal((len(scale), width)) / np.sqrt(width)
    left, singular, right = np.linalg.svd(inputs @ layer, full_matrices=False)
    signal = left.T @ (inputs @ population.coefficients)
    learned = -np.expm1(-np.outer(TIMES, singular**2 / samples))
    readout = (scale[:, None] * layer) @ right.T
    noise = population.noise_variance
    outside = np.sum((inputs @ population.coefficients) ** 2) - np.sum(signal**2)
    parts = []
    for h in learned:
        gain = h / singular
        error = scale * population.coefficients - readout @ (gain * signal)
        residual = np.sum(((1 - h) * signal) ** 2) + outside
        residual += noise * (np.sum((1 - h) ** 2) + samples - len(singular))
        parts.append(
            (
                error @ error,
                noise * np.sum((readout * gain) ** 2),
                residual / samples,
                np.sum((gain * signal) ** 2) + noise * np.sum(gain**2),
            )
        )
    return np.array(parts).T


@pytest.mark.parametrize("sizes", [(200, 60), (150, 400), (60, 300)])
@pytest.mark.parametrize("capacity", [0.0, 0.8])
def test_risk_along_training_is_that_of_sampled_layers(capacity, sizes):
    samples, width = sizes
    rng = np.random.default_rng(samples + width)
    population = rc.Population.power_law(400, capacity, 0.3, 4.0)
    drawn = np.array([sampled_layer(population, samples, width, rng) for _ in range(24)])
    mean, error = drawn.mean(axis=0), drawn.std(axis=0, ddof=1) / np.sqrt(len(drawn))
    curve = theory.random_feature_risk_curve(population, samples, width, rc.GradientFlow(TIMES))
    total = mean[0] + mean[1] + population.noise_variance
    for row, name in enumerate(("bias", "variance", "train_risk")):
        allowed = np.maximum(0.015 * total, 3.0 * error[row])
        np.testing.assert_array_less(np.abs(getattr(curve, name) - mean[row]), allowed, name)
    allowed = np.maximum(0.03 * mean[3], 3.0 * error[3])
    np.testing.assert_array_less(np.abs(curve.weight_norm - mean[3]), allowed)


@pytest.mark.parametrize(
    "filter",
    [
        rc.GradientFlow(np.append(0.0, TIMES)),
        rc.GradientFlow(TIMES, weight_decay=0.01),
        rc.Ridge([0.0, 0.1, 10.0]),
        rc.HeavyBall(0.1, 0.9, [1, 10, 100]),
    ],
    ids=repr,
)
def test_infinite_width_is_the_kernel(filter):
    population = rc.Population.power_law(500, 1.5, 0.3, 4.0)
    kernel = theory.risk_curve(population, 200, filter)
    wide = theory.random_feature_risk_curve(population, 200, 10**13, filter)
    for name in ("risk", "bias", "variance", "train_risk"):
        np.testing.assert_allclose(getattr(wide, name), getattr(kernel, name), rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(wide.weight_norm, kernel.weight_norm, rtol=1e-7)


def test_at_the_best_ridge_more_never_hurts():
    population = rc.Population.power_law(1000, 1.2, 0.4, 5.0)
    sizes = (20, 50, 100, 101, 250, 2000)
    best = np.array(
        [[theory.optimal_random_feature_ridge(population, n, k).risk for k in sizes] for n in sizes]
    )
    assert (np.diff(best, axis=0) < 1e-9).all()
    assert (np.diff(best, axis=1) < 1e-9).all()


def test_the_peak_at_width_equal_to_samples():
    population = rc.Population.power_law(600, 1.2, 0.4, 5.0)
    ended = rc.GradientFlow([np.inf])
    risks = {
        width: theory.random_feature_risk_curve(population, 100, width, ended).risk[0]
        for width in (30, 60, 90, 100, 110, 200, 1000)
    }
    assert risks[100] == np.inf
    assert risks[90] > risks[60]
    assert risks[110] > risks[200] > risks[1000]
    # Early in training there is no peak.
    early = [
        theory.random_feature_risk_curve(population, 100, k, rc.GradientFlow([1.0])).risk[0]
        for k in (90, 100, 110)
    ]
    assert early[0] > early[1] > early[2]


def test_enough_features_for_every_direction_are_linear_regression():
    population = rc.Population.power_law(50, 1.0, 0.4, 5.0)
    ended = rc.GradientFlow([np.inf])
    for width in (50, 80):
        curve = theory.random_feature_risk_curve(population, 120, width, ended)
        assert curve.risk[0] == pytest.approx(population.noise_variance * 120 / 70)


def test_impossible_sizes_are_named():
    population = rc.Population.isotropic(10, 1.0)
    with pytest.raises(ValueError, match="width"):
        theory.random_feature_risk_curve(population, 10, 0, rc.GradientFlow([1.0]))
    with pytest.raises(ValueError, match="n_samples"):
        theory.optimal_random_feature_ridge(population, 0, 10)
