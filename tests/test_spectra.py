"""Populations and spectra: laws, input validation, and estimates from samples."""

import mpmath
import numpy as np
import pytest
from scipy.integrate import quad

import riskcast as rc
from riskcast.spectra import MarchenkoPastur

FLOW = rc.GradientFlow([0.1, 1.0, 10.0])


@pytest.mark.parametrize(
    ("arguments", "name"),
    [
        (([1.0, -1.0], [1.0, 1.0], 0.1), "eigenvalues"),
        (([0.0, 0.0], [1.0, 1.0], 0.1), "eigenvalues"),
        (([], [], 0.1), "eigenvalues"),
        (([np.nan], [1.0], 0.1), "eigenvalues"),
        (([[1.0]], [1.0], 0.1), "eigenvalues"),
        (([1.0, 2.0], [1.0], 0.1), "coefficients"),
        (([1.0, 2.0], [1.0, np.inf], 0.1), "coefficients"),
        (([1.0], [1.0], -0.1), "noise_variance"),
        (([1.0], [1.0], np.nan), "noise_variance"),
    ],
)
def test_impossible_populations_are_named(arguments, name):
    with pytest.raises(ValueError, match=rf"^{name}"):
        rc.Population(*arguments)


@pytest.mark.parametrize("samples", [0, -3, 2.5])
def test_impossible_sample_numbers_are_named(samples):
    with pytest.raises(ValueError, match=r"^n_samples"):
        rc.theory.risk_curve(rc.Population.isotropic(5, 1.0), samples, FLOW)


def test_other_impossible_arguments_are_named():
    population = rc.Population.isotropic(5, 1.0)
    with pytest.raises(ValueError, match=r"^init_variance"):
        rc.theory.risk_curve(population, 9, FLOW, init_variance=-1.0)
    with pytest.raises(TypeError, match="PrincipalComponents"):
        rc.theory.risk_curve(population, 9, rc.PrincipalComponents([1]))
    with pytest.raises(ValueError, match=r"^snr"):
        rc.Population.isotropic(5, 0.0)
    with pytest.raises(ValueError, match=r"^n_features"):
        rc.Population.isotropic(0, 1.0)
    with pytest.raises(ValueError, match=r"^capacity"):
        rc.Population.power_law(5, -1.0, 0.5, 1.0)
    with pytest.raises(ValueError, match=r"^source"):
        rc.Population.power_law(5, 1.0, -0.5, 1.0)
    with pytest.raises(ValueError, match=r"^n_features"):
        rc.Population.spiked(2, [3.0, 4.0], 1.0)
    with pytest.raises(ValueError, match=r"^spikes"):
        rc.Population.spiked(5, [-3.0], 1.0)
    with pytest.raises(ValueError, match=r"^spike_share"):
        rc.Population.spiked(5, [3.0], 1.0, spike_share=1.5)
    with pytest.raises(ValueError, match=r"^variances"):
        rc.Population.block([2, 3], [1.0], 1.0)
    with pytest.raises(ValueError, match=r"^signal_shares"):
        rc.Population.block([2, 3], [1.0, 2.0], 1.0, [0.0, 0.0])
    with pytest.raises(ValueError, match=r"^load"):
        MarchenkoPastur(0.0)


def test_named_populations_have_the_signal_they_say():
    for population in (
        rc.Population.isotropic(30, 4.0),
        rc.Population.power_law(30, 1.3, 0.4, 4.0),
        rc.Population.spiked(30, [8.0, 5.0], 4.0, spike_share=0.3),
        rc.Population.block([10, 20], [3.0, 0.5], 4.0, [0.2, 0.8]),
    ):
        assert population.signal_variance == pytest.approx(1.0)
        assert population.snr == pytest.approx(4.0)
    spiked = rc.Population.spiked(30, [8.0, 5.0], 4.0, spike_share=0.3)
    assert spiked.eigenvalues[:2] @ spiked.coefficients[:2] ** 2 == pytest.approx(0.3)
    decay = rc.Population.power_law(1000, 1.3, 0.4, 4.0)
    power = decay.eigenvalues * decay.coefficients**2
    assert power[9] / power[99] == pytest.approx(10 ** (1 + 2 * 0.4 * 1.3))
    assert decay.eigenvalues[9] / decay.eigenvalues[99] == pytest.approx(10**1.3)
    assert rc.Population.isotropic(3, np.inf).snr == np.inf


def test_grouping_adds_up_what_belongs_together():
    population = rc.Population([2.0, 1.0, 2.0, 0.0], [1.0, 2.0, 3.0, 9.0], 0.0)
    np.testing.assert_array_equal(population.spectrum.values, [1.0, 2.0])
    np.testing.assert_array_equal(population.spectrum.multiplicities, [1.0, 2.0])
    np.testing.assert_array_equal(population.squared_coefficients, [4.0, 10.0])
    assert population.spectrum.trace == 5.0
    assert "3 distinct" not in repr(population.spectrum)
    assert "2 distinct" in repr(population)


@pytest.mark.parametrize("samples", [3, 6, 20])
def test_effective_regularization_against_high_precision(samples):
    values = [1e-6, 1e-3, 0.2, 1.0, 5.0, 40.0]
    spectrum = rc.Spectrum(values)
    penalties = np.array([1e-9, 1.0, 1e6, 3 + 4j, -20 + 0.5j, -100 + 3j, 1e-3j])
    found = spectrum.effective_regularization(penalties, samples)
    with mpmath.workdps(40):
        for penalty, kappa in zip(penalties, found, strict=True):
            target = mpmath.mpc(complex(penalty))
            exact = mpmath.findroot(
                lambda k, z=target: k * (samples - mpmath.fsum(v / (v + k) for v in values)) - z,
                mpmath.mpc(complex(kappa)),
            )
            assert abs(complex(exact) - kappa) < 1e-12 * abs(kappa)
            # The right branch maps the upper half plane to itself.
            assert kappa.imag >= 0 if penalty.imag > 0 else kappa.real > 0
    mirrored = spectrum.effective_regularization(penalties.conj()[3:], samples)
    np.testing.assert_allclose(mirrored, found[3:].conj(), rtol=1e-13)


def test_sample_spectrum_lies_between_its_edges():
    rng = np.random.default_rng(0)
    for variances, samples in (
        (np.ones(400), 800),
        (np.repeat([1.0, 9.0], 200), 200),
        (np.arange(1, 401) ** -0.5, 1200),
    ):
        spectrum = rc.Spectrum(variances)
        X = rng.standard_normal((samples, 400)) * np.sqrt(variances)
        gram = X.T @ X if samples > 400 else X @ X.T
        sampled = np.linalg.eigvalsh(gram)
        assert sampled[-1] == pytest.approx(spectrum.largest_sample_eigenvalue(samples), rel=0.1)
        assert sampled[0] == pytest.approx(spectrum.smallest_sample_eigenvalue(samples), rel=0.1)
    isotropic = rc.Spectrum(np.ones(100))
    law = MarchenkoPastur(3.0)
    assert isotropic.largest_sample_eigenvalue(300) == pytest.approx(300 * law.upper_edge)
    assert isotropic.smallest_sample_eigenvalue(300) == pytest.approx(300 * law.lower_edge)
    assert isotropic.smallest_sample_eigenvalue(100) == 0.0


@pytest.mark.parametrize("load", [0.1, 0.9, 1.0, 1.1, 10.0])
def test_marchenko_pastur_moments(load):
    law = MarchenkoPastur(load)
    ratio = 1 / load
    assert law.integrate(np.ones_like) == pytest.approx(min(1.0, load), rel=1e-12)
    assert law.integrate(lambda v: v) == pytest.approx(1.0, rel=1e-12)
    assert law.integrate(lambda v: v**2) == pytest.approx(1 + ratio, rel=1e-12)
    mass = quad(law.density, law.lower_edge, law.upper_edge, limit=500)[0]
    assert mass + law.atom == pytest.approx(1.0, abs=1e-6)
    if load > 1:
        assert law.integrate(lambda v: 1 / v) == pytest.approx(1 / (1 - ratio), rel=1e-11)


# Estimates from data.


def sample(population, samples, rng):
    X = rng.standard_normal((samples, population.n_features)) * np.sqrt(population.eigenvalues)
    signs = rng.choice([-1.0, 1.0], population.n_features)
    noise = rng.standard_normal(samples) * np.sqrt(population.noise_variance)
    return X, X @ (signs * population.coefficients) + noise


@pytest.mark.filterwarnings("ignore::riskcast.theory.FiniteSizeWarning")
@pytest.mark.parametrize(
    "population",
    [
        rc.Population.isotropic(120, 2.0),
        rc.Population.power_law(120, 1.2, 0.5, 2.0),
        rc.Population.spiked(120, [40.0, 20.0], 2.0),
    ],
    ids=("isotropic", "power law", "spiked"),
)
def test_an_estimate_knows_how_sure_it_is(population):
    rng = np.random.default_rng(1)
    flow = rc.GradientFlow(np.geomspace(0.1, 1e3, 8))
    truth = rc.theory.risk_curve(population, 300, flow).risk
    scores, deviations = [], []
    for _ in range(6):
        X, y = sample(population, 300, rng)
        estimate = rc.Population.from_data(X, y)
        found = rc.theory.risk_curve(estimate, 300, flow).risk
        error = estimate.standard_error(lambda p: rc.theory.risk_curve(p, 300, flow).risk)
        scores.append((found - truth) / error)
        deviations.append(found / truth - 1)
        noise_off = abs(estimate.noise_variance - population.noise_variance)
        assert noise_off < 4.5 * estimate.noise_standard_error
        assert estimate.n_features == 120
    assert np.median(np.abs(scores)) < 2.0
    assert np.abs(np.mean(deviations, axis=0)).max() < 0.12


def test_estimates_get_surer_with_more_rows():
    rng = np.random.default_rng(2)
    population = rc.Population.power_law(60, 1.0, 0.5, 2.0)
    few = rc.Population.from_data(*sample(population, 100, rng))
    many = rc.Population.from_data(*sample(population, 3000, rng))
    assert many.noise_standard_error < 0.5 * few.noise_standard_error
    assert many.signal_standard_error < few.signal_standard_error
    assert many.noise_variance == pytest.approx(0.5, rel=0.1)
    assert many.spectrum.trace == pytest.approx(population.spectrum.trace, rel=0.1)
    assert "3000 samples" in repr(many)


def test_an_intercept_does_not_disturb_the_estimate():
    rng = np.random.default_rng(3)
    X, y = sample(rc.Population.isotropic(30, 2.0), 500, rng)
    plain = rc.Population.from_data(X, y)
    moved = rc.Population.from_data(X + 5.0, y - 100.0)
    assert moved.noise_variance == pytest.approx(plain.noise_variance, rel=1e-6)


def test_impossible_samples_are_named():
    rng = np.random.default_rng(4)
    X, y = rng.standard_normal((50, 3)), rng.standard_normal(50)
    with pytest.raises(ValueError, match=r"^y"):
        rc.Population.from_data(X, y[:-1])
    with pytest.raises(ValueError, match=r"^X"):
        rc.Population.from_data(X[:, 0], y)
    with pytest.raises(ValueError, match=r"^X"):
        rc.Population.from_data(X[:10], y[:10])
    with pytest.raises(ValueError, match=r"^X"):
        rc.Population.from_data(np.ones((50, 3)), y)
    with pytest.raises(ValueError, match="X, y"):
        rc.Population.from_data(X, np.full(50, np.nan))
    with pytest.raises(ValueError, match=r"^n_blocks"):
        rc.Population.from_data(X, y, n_blocks=1)


@pytest.mark.filterwarnings("ignore::riskcast.theory.FiniteSizeWarning")
@pytest.mark.parametrize("capacity", [0.3, 1.5, 4.0])
def test_a_compressed_spectrum_changes_nothing(capacity, monkeypatch):
    population = rc.Population.power_law(1500, capacity, 0.5, 2.0)
    flow = rc.GradientFlow(np.geomspace(1e-2, 1e8, 60), weight_decay=1e-5)
    assert len(population.compressed.spectrum.values) < 800
    short = rc.theory.risk_curve(population, 700, flow, 0.01)
    monkeypatch.setattr("riskcast.theory._risk_curves._LONG", 10**9)
    whole = rc.theory.risk_curve(population, 700, flow, 0.01)
    for name in ("risk", "bias", "variance", "train_risk", "weight_norm"):
        np.testing.assert_allclose(
            getattr(short, name), getattr(whole, name), rtol=1e-10, atol=1e-12
        )


def test_compression_keeps_sums_of_resolvents():
    values = np.sort(np.random.default_rng(5).pareto(1.0, 3000) + 0.01)
    population = rc.Population(values, np.ones(3000), 1.0)
    short = population.compressed
    for kappa in (1e-4, 0.3 + 0.4j, 5.0 * np.exp(0.8j * np.pi)):
        exact = np.sum(values / (values + kappa) ** 2)
        few = short.spectrum
        found = np.sum(few.multiplicities * few.values / (few.values + kappa) ** 2)
        assert abs(found - exact) < 1e-9 * np.sum(values / np.abs(values + kappa) ** 2)
    assert short.squared_coefficients.sum() == pytest.approx(3000, rel=1e-12)


@pytest.mark.parametrize(
    "load", [1e-300, 1e-100, 1e-20, 1e-3, 0.7, 1.0, 1.3, 1e3, 1e20, 1e100, 1e300]
)
def test_the_law_keeps_its_mass_and_mean_at_any_load(load):
    mass, mean = MarchenkoPastur(load).integrate(lambda values: np.stack([values**0, values]))
    np.testing.assert_allclose(mass, min(1.0, load), rtol=1e-9)
    np.testing.assert_allclose(mean, 1.0, rtol=1e-9)


@pytest.mark.parametrize("load", [1e-300, 1e-100, 1e-20])
def test_one_sample_of_very_many_directions_is_learned_to_a_half(load):
    # All eigenvalues are 1/α: with snr one it is best to learn a fraction of one half.
    assert rc.theory.optimal_stopping(load, 1.0).value == pytest.approx(load * np.log(2.0))
