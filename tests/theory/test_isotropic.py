"""Optimal stopping, optimal ridge, frozen directions: against brute force and simulations."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

import riskcast as rc
from riskcast import theory

from .simulation import Draw

pytestmark = pytest.mark.filterwarnings("ignore::riskcast.theory.FiniteSizeWarning")


@pytest.mark.parametrize("snr", [0.2, 3.0, 100.0])
@pytest.mark.parametrize("load", [0.2, 0.9, 1.0, 1.5, 4.0])
def test_optimal_stopping_by_brute_force(load, snr):
    features = 1000
    samples = round(load * features)

    def risk(log_time):
        flow = rc.GradientFlow([np.exp(log_time)])
        return theory.isotropic_risk_curve(features, samples, snr, flow, 0.3 / features).risk[0]

    grid = np.linspace(-6, 8, 29)
    start = grid[np.argmin([risk(x) for x in grid])]
    brute = minimize_scalar(risk, bounds=(start - 0.6, start + 0.6), method="bounded")
    best = theory.optimal_stopping(load, snr, init_power=0.3)
    assert best.risk == pytest.approx(brute.fun, rel=1e-9)
    assert best.value == pytest.approx(np.exp(brute.x), rel=1e-3)


@pytest.mark.parametrize("snr", [0.2, 3.0, 100.0])
@pytest.mark.parametrize("load", [0.2, 1.0, 4.0])
def test_optimal_ridge_by_brute_force(load, snr):
    samples = round(load * 1000)
    best = theory.optimal_ridge(load, snr)
    penalties = samples * best.value * np.array([0.7, 0.97, 1.0, 1.03, 1.4])
    curve = theory.isotropic_risk_curve(1000, samples, snr, rc.Ridge(penalties))
    assert curve.best_index == 2
    assert best.risk == pytest.approx(curve.best_risk, rel=1e-9)
    assert samples * best.value == pytest.approx(1000 / snr)  # the penalty p/snr


def test_without_noise_training_never_hurts():
    assert theory.optimal_stopping(0.5, np.inf) == (np.inf, 0.5)
    assert theory.optimal_ridge(1.0, np.inf) == (0.0, 0.0)


def test_early_stopping_pays_little_over_the_best_ridge():
    grid = [
        theory.early_stopping_cost(load, snr)
        for load in (0.3, 1.0, 1.05, 3.0)
        for snr in (0.3, 30.0, 600.0)
    ]
    assert min(grid) >= 0.0
    assert max(grid) == pytest.approx(0.034, abs=0.001)


def test_final_risk_and_frozen_share_of_sampled_data():
    rng = np.random.default_rng(3)
    for features, samples in ((400, 160), (160, 400)):
        load, snr, power = samples / features, 2.0, 0.8
        found = []
        for _ in range(12):
            draw = Draw.sample(np.ones(features), samples, rng)
            ended = np.ones((1, len(draw.eigenvalues)))
            target = np.full(features, features**-0.5)
            parts = draw.components((ended, 1.0 - ended, np.ones(1)), target)
            found.append(
                parts["bias"][0][0]
                + parts["variance"][1][0] / snr
                + parts["bias"][2][0] * power / features
                + 1.0 / snr
            )
            frozen = 1.0 - np.linalg.matrix_rank(draw.directions) / features
            assert theory.frozen_share(load) == pytest.approx(frozen, abs=1e-12)
        error = 3 * np.std(found) / np.sqrt(len(found))
        wanted = theory.final_risk(load, snr, power)
        assert abs(np.mean(found) - wanted) < max(error, 0.01 * wanted)
        share = theory.frozen_init_share(load, snr, power)
        assert share == pytest.approx(max(0, 1 - load) * power / wanted)


def test_an_intercept_takes_one_sample():
    X = np.random.default_rng(0).standard_normal((30, 50))
    rank = np.linalg.matrix_rank(X - X.mean(axis=0))
    assert theory.frozen_share((30 - 1) / 50) == pytest.approx(1 - rank / 50)


def test_the_spectral_gap_sets_the_time_scale():
    rng = np.random.default_rng(4)
    values = Draw.sample(np.ones(500), 1000, rng).eigenvalues / 1000
    assert values.min() == pytest.approx(theory.spectral_gap(2.0), rel=0.1)
    # The error of learnable directions decays like exp(-2 gap t), up to a power of t.
    gap = theory.spectral_gap(2.0)
    times = np.array([30.0, 40.0]) * theory.gap_time(2.0)
    bias = theory.isotropic_risk_curve(500, 1000, np.inf, rc.GradientFlow(times)).bias
    rate = -np.log(bias[1] / bias[0]) / np.diff(times)[0]
    assert rate == pytest.approx(2 * gap, rel=0.1)
    # Near α = 1 the scale is 4/(1 - α)².
    assert theory.gap_time(1.001) == pytest.approx(4 / 0.001**2, rel=1e-2)


def test_growth_law_at_the_threshold():
    flow = rc.GradientFlow([1e4, 1e8])
    curve = theory.isotropic_risk_curve(100, 100, 2.0, flow)
    assert curve.variance[1] == pytest.approx(theory.peak_growth(1e8, 2.0), rel=1e-3)
    assert theory.final_risk(1.0, 2.0) == np.inf
    assert theory.final_risk(1.0, np.inf) == 0.0


@pytest.mark.parametrize("load", [0.0, -1.0, np.inf, np.nan])
def test_impossible_loads_are_named(load):
    for function in (theory.final_risk, theory.optimal_stopping, theory.optimal_ridge):
        with pytest.raises(ValueError, match="load"):
            function(load, 1.0)
    with pytest.raises(ValueError, match="load"):
        theory.frozen_share(load)


def test_impossible_arguments_are_named():
    flow = rc.GradientFlow([1.0])
    with pytest.raises(ValueError, match="snr"):
        theory.optimal_stopping(1.0, 0.0)
    with pytest.raises(ValueError, match="init_power"):
        theory.final_risk(1.0, 1.0, -0.1)
    with pytest.raises(ValueError, match="n_samples"):
        theory.isotropic_risk_curve(10, 0, 1.0, flow)
    with pytest.raises(ValueError, match="n_features"):
        theory.isotropic_risk_curve(0, 10, 1.0, flow)
