"""The spectral forecast of populations whose risk is known."""

import warnings

import numpy as np
import pytest

import riskcast as rc
from riskcast.learning_curves.spectral import SpectralForecaster, observe, spectral_forecaster
from riskcast.learning_curves.spectral._mode_density import ModeDensity, fit_mode_density
from riskcast.learning_curves.spectral._target_power import TargetPower
from riskcast.path._problem import pose

POPULATIONS = {
    "isotropic": (rc.Population.isotropic(80, snr=4.0), 160),
    "more columns than rows": (rc.Population.power_law(400, 1.2, 0.3, snr=5.0), 200),
    "nearly all noise": (rc.Population.isotropic(80, snr=0.2), 300),
    "spiked": (rc.Population.spiked(100, [30.0, 20.0], snr=2.0), 200),
}


def sample(population, n_samples, seed):
    random = np.random.default_rng(seed)
    rows = random.standard_normal((n_samples, population.n_features))
    rows *= np.sqrt(population.eigenvalues)
    noise = np.sqrt(population.noise_variance) * random.standard_normal(n_samples)
    return rows, rows @ population.coefficients + noise


def observed(X, y, rank, kernel=None):
    return observe(pose(X, y, kernel, True, None, False), rank, 0)


def best_ridge(population, size):
    """The population's own curve, by the library's theory, and the intercept's cost."""
    scale = population.eigenvalues.sum()
    penalties = np.geomspace(1e-5, 1e3, 300) * scale
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rc.theory.FiniteSizeWarning)
        curve = rc.theory.risk_curve(population, size - 1, filter=rc.Ridge(penalties))
    return curve.risk.min() * (1.0 + 1.0 / size)


@pytest.mark.parametrize("name", POPULATIONS)
def test_it_forecasts_populations(name):
    population, n_samples = POPULATIONS[name]
    sizes = n_samples * np.array([1.0, 2.0, 4.0, 8.0])
    truth = np.array([best_ridge(population, int(size)) for size in sizes])
    errors, covered = [], []
    for seed in range(100, 112):
        X, y = sample(population, n_samples, seed)
        found = spectral_forecaster(observed(X, y, X.shape[1]), 200, 0)
        lower, upper = found.interval(sizes, 0.9)
        errors.append(np.log(found.risk(sizes) / truth))
        covered.append((lower < truth) & (truth < upper))
    assert np.abs(np.median(errors, axis=0)).max() < 0.15
    assert np.mean(covered) > 0.75  # of 12 draws; their errors at all sizes go together


def test_an_endless_spectrum_is_extrapolated():
    """Degrees of freedom at 8 n, beyond what n rows can see, from a kernel's Gram matrix."""
    random = np.random.default_rng(5)
    X = random.uniform(-1, 1, (1200, 3))
    y = np.sin(X @ np.ones(3)) + 0.1 * random.standard_normal(1200)
    few = observed(X[:150], y[:150], None, "laplacian")
    many = observed(X, y, None, "laplacian").whole
    density = fit_mode_density(few)
    assert density.endless
    within = many.kappa > many.kappa[-1] * 1.5
    freedom, twice = density.freedom(many.kappa)
    assert many.kappa[within].min() < few.whole.kappa.min() / 3
    np.testing.assert_allclose(freedom[within], many.freedom[within], rtol=0.15)
    np.testing.assert_allclose(twice[within], many.twice_freedom[within], rtol=0.25)


def test_a_finite_rank_is_kept():
    X, y = sample(rc.Population.isotropic(60, snr=4.0), 150, 6)
    density = fit_mode_density(observed(X, y, 60))
    assert not density.endless
    assert density.counts.sum() == pytest.approx(60, rel=0.03)


def test_scales_carry_through():
    X, y = sample(*POPULATIONS["isotropic"], 7)
    sizes = np.array([160.0, 1280.0])
    plain = spectral_forecaster(observed(X, y, 80), 100, 0)
    scaled = spectral_forecaster(observed(1e4 * X, 1e-3 * y, 80), 100, 0)
    np.testing.assert_allclose(scaled.risk(sizes), 1e-6 * plain.risk(sizes), rtol=1e-3)


def test_endless_rows_leave_the_noise_and_more_rows_never_hurt():
    X, y = sample(*POPULATIONS["isotropic"], 8)
    found = spectral_forecaster(observed(X, y, 80), 100, 0)
    draws = found.draws(np.array([50.0, 100.0, 1e3, 1e5, np.inf]))
    np.testing.assert_array_equal(draws[:, -1], found.power.noise)
    assert (np.diff(draws, axis=1) < 1e-9 * draws[:, :-1]).all()


@pytest.mark.parametrize("part", [1, 2, 4, 8])
def test_the_cost_of_an_intercept_is_none_of_the_error(part):
    """Nothing to learn: E is the noise, at parts of any size."""
    found = []
    for seed in range(8):
        random = np.random.default_rng(seed)
        X, y = random.standard_normal((200, 400)), 5.0 + random.standard_normal(200)
        seen = observed(X, y, 400)
        first = np.argmax(seen.kappa * (seen.part == part))
        found.append(seen.error[first] / y.var(ddof=1))
    assert np.mean(found) == pytest.approx(1.0, abs=0.015)


def test_a_forecast_counts_the_cost_of_an_intercept():
    density = ModeDensity(np.array([1.0]), np.array([3.0]), endless=False)
    power = TargetPower(density.variances, np.zeros((1, 1)), np.array([2.0]), 0.0)
    with_mean, without = (SpectralForecaster(density, power, centred) for centred in (True, False))
    assert with_mean.best_penalty(10.0)[0] == pytest.approx(2.0 * 1.1, rel=1e-3)
    assert without.best_penalty(10.0)[0] == pytest.approx(2.0, rel=1e-3)


def test_few_features_and_no_penalty_as_the_theory_has_them():
    """Against the library's theory of random features, given the very same population."""
    population = rc.Population.power_law(150, 1.2, 0.4, snr=8.0)
    density = ModeDensity(population.eigenvalues, np.ones(150), endless=False)
    power = TargetPower(
        population.eigenvalues,
        (population.coefficients**2 * population.eigenvalues)[:, None],
        np.array([population.noise_variance]),
        0.0,
    )
    found = SpectralForecaster(density, power, centred=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", rc.theory.FiniteSizeWarning)
        for size, width in ((60, 30), (60, 400), (300, 90), (300, 1000)):
            best = rc.theory.optimal_random_feature_ridge(population, size, width).risk
            assert found.best_penalty(size, width)[0] == pytest.approx(best, rel=2e-3)
            plain = rc.theory.random_feature_risk_curve(population, size, width, rc.Ridge([0.0]))
            assert found.no_penalty(size, width)[0] == pytest.approx(plain.risk[0], rel=1e-3)
        for size in (60, 140, 400):
            plain = rc.theory.risk_curve(population, size, filter=rc.Ridge([0.0])).risk[0]
            assert found.no_penalty(size)[0] == pytest.approx(plain, rel=1e-3)
    assert found.no_penalty(90, 90)[0] > 1e3 * found.no_penalty(90, 300)[0]
