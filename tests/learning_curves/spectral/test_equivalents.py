"""What rows left out tell, against models trained without them."""

import numpy as np
import pytest

import riskcast as rc
from riskcast.learning_curves.spectral._equivalents import equivalents, informative_penalties
from riskcast.path._row_factorization import factorize


def left_out(rows, row, penalty, centred):
    """Unexplained variance of a row and the noise it gets, from ridge on the others."""
    others = np.delete(rows, row, axis=0)
    origin = others.mean(axis=0) if centred else 0.0
    kept, new = others - origin, rows[row] - origin
    weights = np.linalg.solve(kept @ kept.T + penalty * np.eye(len(kept)), kept @ new)
    unexplained = new @ new - (kept @ new) @ weights
    # With an intercept the mean of the others' noise comes on top.
    noise = weights + (1.0 - weights.sum()) / len(kept) if centred else weights
    return unexplained, 1.0 + noise @ noise


@pytest.mark.parametrize("shape", [(12, 4), (12, 30)])
@pytest.mark.parametrize("penalty", [0.3, 5.0])
def test_they_are_means_over_rows_left_out(shape, penalty):
    rows = np.random.default_rng(0).standard_normal(shape)
    seen = equivalents(factorize(rows, centred=False), np.array([penalty]))
    unexplained, gain = np.mean(
        [left_out(rows, row, penalty, False) for row in range(len(rows))], axis=0
    )
    np.testing.assert_allclose(seen.kappa * seen.freedom, unexplained, rtol=1e-10)
    np.testing.assert_allclose(seen.gain, gain, rtol=1e-10)
    gram = rows @ rows.T
    folds = [np.delete(np.delete(gram, row, 0), row, 1) for row in range(len(rows))]
    traces = [np.trace(fold @ np.linalg.inv(fold + penalty * np.eye(11))) for fold in folds]
    np.testing.assert_allclose(seen.freedom, np.mean(traces), rtol=1e-10)


def test_with_an_intercept_the_gain_is_that_of_rows_left_out():
    rows = np.random.default_rng(1).standard_normal((15, 5)) + 3.0
    seen = equivalents(factorize(rows, centred=True), np.array([2.0]))
    gain = np.mean([left_out(rows, row, 2.0, True)[1] for row in range(len(rows))])
    # One row in n - 1 goes to the intercept, which the gain does not count.
    np.testing.assert_allclose(seen.gain * 15 / 14, gain, rtol=1e-10)


@pytest.mark.parametrize("n_samples", [200, 800])
def test_they_are_those_of_the_population(n_samples):
    population = rc.Population.power_law(400, capacity=1.0, source=0.2, snr=2.0)
    random = np.random.default_rng(2)
    rows = random.standard_normal((n_samples, 400)) * np.sqrt(population.eigenvalues)
    penalties = np.geomspace(1e3, 1e-1, 9) * population.eigenvalues.mean()
    seen = equivalents(factorize(rows, centred=False), penalties)
    shares = population.eigenvalues / (population.eigenvalues + seen.kappa[:, None])
    np.testing.assert_allclose(seen.freedom, shares.sum(axis=1), rtol=0.03)
    np.testing.assert_allclose(seen.twice_freedom, (shares**2).sum(axis=1), rtol=0.08)


def test_rows_far_out_do_not_mislead_them():
    """The textbook estimate 1/tr(K + z)^-1 is a third too small here."""
    population = rc.Population.power_law(300, capacity=0.5, source=0.2, snr=2.0)
    random = np.random.default_rng(3)
    lengths = np.exp(0.7 * random.standard_normal((250, 1)))
    lengths /= np.sqrt(np.mean(lengths**2))
    rows = random.standard_normal((250, 300)) * np.sqrt(population.eigenvalues) * lengths
    penalty = 0.02 * np.trace(rows @ rows.T) / 250
    seen = equivalents(factorize(rows, centred=False), np.array([penalty]))
    shares = population.eigenvalues / (population.eigenvalues + seen.kappa[0])
    textbook = 1.0 / np.trace(np.linalg.inv(rows @ rows.T + penalty * np.eye(250)))
    shares_textbook = population.eigenvalues / (population.eigenvalues + textbook)
    ours = abs(np.log(seen.freedom[0] / shares.sum()))
    assert ours < 0.05
    assert abs(np.log(seen.freedom[0] / shares_textbook.sum())) > 2 * ours


def test_penalties_spread_kappa_evenly_and_stop_before_noise_drowns_all():
    rows = np.random.default_rng(4).standard_normal((80, 80))
    data = factorize(rows, centred=True)
    penalties = informative_penalties(data, 20, most_gain=5.0)
    seen = equivalents(data, penalties)
    steps = np.diff(np.log(seen.kappa))
    assert len(penalties) == 20
    assert (steps < 0).all()
    np.testing.assert_allclose(steps, steps.mean(), rtol=0.2)
    assert seen.gain.max() < 5.5
