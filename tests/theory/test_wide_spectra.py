"""Eigenvalues so far apart that their squares leave the range of floating point."""

import numpy as np
import pytest

import riskcast as rc
from riskcast import theory

pytestmark = pytest.mark.filterwarnings("ignore::riskcast.theory.FiniteSizeWarning")

SMALLEST = (1e-3, 1e-100, 1e-160, 1e-250, 1e-300)
NOISE = 0.1


def population(smallest):
    """Two directions of equal power."""
    return rc.Population([1.0, smallest], [1.0, smallest**-0.5], NOISE)


def ends(filter_name):
    return {"flow": rc.GradientFlow([1.0, np.inf]), "ridge": rc.Ridge([1.0, 0.0])}[filter_name]


@pytest.mark.parametrize("filter_name", ["flow", "ridge"])
@pytest.mark.parametrize("init_variance", [0.0, 0.1])
@pytest.mark.parametrize("smallest", SMALLEST)
def test_with_enough_samples_the_end_is_least_squares(smallest, init_variance, filter_name):
    n, p = 5, 2
    curve = theory.risk_curve(population(smallest), n, ends(filter_name), init_variance)
    inverse_trace = 1.0 + 1.0 / smallest
    np.testing.assert_allclose(curve.bias[1], 0.0, atol=1e-15)
    np.testing.assert_allclose(curve.variance[1], NOISE * p / (n - p), rtol=1e-12)
    np.testing.assert_allclose(curve.train_risk[1], NOISE * (n - p) / n, rtol=1e-12)
    norm = inverse_trace + NOISE * inverse_trace / (n - p)
    np.testing.assert_allclose(curve.weight_norm[1], norm, rtol=1e-12)
    assert np.isfinite(curve.risk).all()


@pytest.mark.parametrize("smallest", SMALLEST)
def test_one_sample_of_two_directions(smallest):
    # κ/(1 + κ) + κ/(s + κ) = 1 where κ² = s; every digit of n - df₂ lies in κ.
    kappa = np.sqrt(smallest)
    gap = 2.0 * kappa / (1.0 + kappa) ** 2
    left = (1.0 + kappa**2) / (1.0 + kappa) ** 2  # of a signal of power one in each
    curve = theory.risk_curve(population(smallest), 1, ends("flow"))
    np.testing.assert_allclose(curve.bias[1], left / gap, rtol=1e-12)
    np.testing.assert_allclose(curve.variance[1], NOISE * (1.0 - gap) / gap, rtol=1e-12)
    np.testing.assert_allclose(curve.train_risk[1], 0.0, atol=1e-15)


@pytest.mark.parametrize("smallest", SMALLEST)
def test_random_features_learn_every_direction(smallest):
    n, p, width = 20, 2, 9
    curve = theory.random_feature_risk_curve(population(smallest), n, width, ends("flow"))
    np.testing.assert_allclose(curve.bias[1], 0.0, atol=1e-15)
    np.testing.assert_allclose(curve.variance[1], NOISE * p / (n - p), rtol=1e-12)
    np.testing.assert_allclose(curve.train_risk[1], NOISE * (n - p) / n, rtol=1e-12)


@pytest.mark.parametrize("smallest", SMALLEST)
def test_one_random_feature_of_two_directions(smallest):
    # Of a power of one in each direction it explains Σλ/(λ + γ), which is its width, one. The
    # other one acts as noise on a regression with a single weight.
    n = 20
    curve = theory.random_feature_risk_curve(population(smallest), n, 1, ends("flow"))
    np.testing.assert_allclose(curve.variance[1], NOISE / (n - 1), rtol=1e-12)
    np.testing.assert_allclose(curve.bias[1], n / (n - 1), rtol=1e-12)


def test_output_weights_of_a_square_layer_have_no_mean_square():
    curve = theory.random_feature_risk_curve(population(0.5), 100, 2, ends("flow"))
    assert np.isfinite(curve.risk).all()
    assert curve.weight_norm[1] == np.inf


def test_kappa_of_tiny_eigenvalues_at_tiny_penalties():
    # All eigenvalues equal: a quadratic equation, here in units of the eigenvalue.
    size, n, penalty = 1e-200, 3, 2.0
    found = rc.Spectrum([size] * 4).effective_regularization([penalty * size], n)[0].real
    linear = n - 4 - penalty
    exact = (-linear + np.sqrt(linear**2 + 4.0 * n * penalty)) / (2.0 * n)
    np.testing.assert_allclose(found / size, exact, rtol=1e-12)


@pytest.mark.parametrize(
    ("call", "name"),
    [
        (lambda: rc.Population([1.0], [1e200], 0.1), "coefficients"),
        (lambda: theory.linear_complexity(1e200 * np.eye(3), 1.0), "X"),
        (lambda: theory.relu_complexity_bound(1e-200 * np.eye(3), 1.0, 1.0), "X"),
    ],
)
def test_what_would_overflow_is_refused(call, name):
    with pytest.raises(ValueError, match=f"^{name}: .*range of floating point; rescale"):
        call()
