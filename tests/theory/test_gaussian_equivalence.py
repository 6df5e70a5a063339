"""Nonlinear and partly observed teachers: closed-form coefficients and simulations."""

import numpy as np
import pytest
from scipy.special import erf

import riskcast as rc
from riskcast import theory

TEACHERS = {
    "relu": (lambda z: np.maximum(z, 0.0), (0.0,)),
    "tanh": (np.tanh, ()),
    "erf": (erf, ()),
    "quadratic": (lambda z: z + 0.5 * z**2, ()),
}


def test_hermite_coefficients_in_closed_form():
    relu = theory.hermite_coefficients(TEACHERS["relu"][0], 4, kinks=[0.0])
    root = np.sqrt(2 * np.pi)
    wanted = [1 / root, 0.5, 1 / (np.sqrt(2) * root), 0.0, -1 / (np.sqrt(24) * root)]
    np.testing.assert_allclose(relu, wanted, atol=1e-14)
    smooth = theory.hermite_coefficients(erf, 3)
    np.testing.assert_allclose(smooth[:3], [0.0, 2 / np.sqrt(3 * np.pi), 0.0], atol=1e-13)
    square = theory.hermite_coefficients(lambda z: z**2, 3)
    np.testing.assert_allclose(square, [1.0, 0.0, np.sqrt(2), 0.0], atol=1e-12)


def test_coefficients_carry_the_whole_variance():
    # Parseval: the sum of squares is E f²; beyond the linear term, the unlearnable variance.
    coefficients = theory.hermite_coefficients(np.tanh, 60)
    seen = theory.linear_equivalent(np.tanh)
    rest = np.sum(coefficients[2:] ** 2)
    assert seen.unlearnable_variance == pytest.approx(rest, abs=1e-6)
    assert seen.slope == pytest.approx(coefficients[1])
    assert seen.error < 1e-10


def test_closed_forms_of_the_unlearnable_part():
    relu = theory.linear_equivalent(TEACHERS["relu"][0], kinks=[0.0])
    assert relu.unlearnable_variance == pytest.approx(0.25 - 0.5 / np.pi, abs=1e-13)
    smooth = theory.linear_equivalent(erf)
    second_moment = 2 / np.pi * np.arcsin(2 / 3)
    assert smooth.unlearnable_variance == pytest.approx(second_moment - 4 / (3 * np.pi), abs=1e-12)
    # A kink that is not given reduces the accuracy, and `error` shows it.
    careless = theory.linear_equivalent(TEACHERS["relu"][0])
    off = abs(careless.unlearnable_variance - relu.unlearnable_variance)
    assert careless.error > 0.1 * off > 0.0


@pytest.mark.filterwarnings("ignore::riskcast.theory.FiniteSizeWarning")
@pytest.mark.parametrize("name", TEACHERS)
def test_a_linear_student_of_a_nonlinear_teacher(name):
    function, kinks = TEACHERS[name]
    rng = np.random.default_rng(6)
    features, times = 200, np.array([0.3, 1.0, 3.0, 30.0])
    for samples in (100, 400):
        population = rc.Population.isotropic(features, 10.0)
        linear = theory.nonlinear_teacher(population, function, kinks=kinks)
        curve = theory.risk_curve(linear, samples, rc.GradientFlow(times))
        seen = theory.linear_equivalent(function, kinks=kinks)
        risks = []
        for _ in range(40):
            X = rng.standard_normal((samples, features))
            noise = rng.standard_normal(samples) * np.sqrt(population.noise_variance)
            y = function(X @ population.coefficients) + noise - seen.mean
            values, vectors = np.linalg.eigh(X.T @ X)
            values = np.maximum(values, 1e-9)
            learned = -np.expm1(-np.outer(times / samples, values)) / values
            weights = (learned * (vectors.T @ (X.T @ y))) @ vectors.T
            fresh = rng.standard_normal((2000, features))
            truth = function(fresh @ population.coefficients) - seen.mean
            missed = np.mean((truth[:, None] - fresh @ weights.T) ** 2, axis=0)
            risks.append(missed + population.noise_variance)
        mean, error = np.mean(risks, axis=0), np.std(risks, axis=0, ddof=1) / np.sqrt(40)
        allowed = np.maximum(0.02 * mean, 3.5 * error)
        np.testing.assert_array_less(np.abs(curve.risk - mean), allowed)


def test_without_an_intercept_the_mean_is_noise():
    population = rc.Population.isotropic(10, np.inf)
    kept = theory.nonlinear_teacher(population, lambda z: z**2, fit_intercept=False)
    assert kept.noise_variance == pytest.approx(3.0)


@pytest.mark.filterwarnings("ignore::riskcast.theory.FiniteSizeWarning")
def test_hidden_features_act_as_noise():
    rng = np.random.default_rng(7)
    whole = rc.Population.isotropic(200, 5.0)
    observed = np.arange(200) < 120
    seen = theory.observed_part(whole, observed)
    assert seen.noise_variance == pytest.approx(0.2 + 80 / 200)
    times = np.array([1.0, 10.0])
    curve = theory.risk_curve(seen, 240, rc.GradientFlow(times))
    risks = []
    for _ in range(40):
        X = rng.standard_normal((240, 200))
        y = X @ whole.coefficients + rng.standard_normal(240) * np.sqrt(0.2)
        X = X[:, observed]
        values, vectors = np.linalg.eigh(X.T @ X)
        learned = -np.expm1(-np.outer(times / 240, values)) / values
        weights = (learned * (vectors.T @ (X.T @ y))) @ vectors.T
        risks.append(((weights - seen.coefficients) ** 2).sum(axis=1) + seen.noise_variance)
    error = np.std(risks, axis=0, ddof=1) / np.sqrt(40)
    assert (np.abs(curve.risk - np.mean(risks, axis=0)) < np.maximum(3 * error, 0.01)).all()


def test_impossible_arguments_are_named():
    population = rc.Population.isotropic(10, 1.0)
    with pytest.raises(ValueError, match="function"):
        theory.linear_equivalent(lambda z: 1.0)
    with pytest.raises(ValueError, match="function"):
        theory.linear_equivalent(lambda z: np.full_like(z, np.nan))
    with pytest.raises(ValueError, match="observed"):
        theory.observed_part(population, [True, False])
    with pytest.raises(ValueError, match="population"):
        theory.nonlinear_teacher(rc.Population([1.0], [0.0], 1.0), np.tanh)
