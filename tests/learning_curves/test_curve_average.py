"""Curves fitted to points, against exact curves, least squares and simulated coverage."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from riskcast.learning_curves import FAMILIES, CurveAverage, ObservedPoints
from riskcast.learning_curves.parametric._curve_average import CURVE_MISFIT
from riskcast.learning_curves.parametric._curves import PowerLaw
from riskcast.learning_curves.subsampling._grid import Grid

SIZES = np.rint(np.geomspace(20, 320, 9))
BEYOND = np.array([40.0, 320.0, 640.0, 2560.0])
TRUE_CURVES = {
    "POW3": lambda n: 1.0 + 8.0 * n**-0.7,
    "POW4": lambda n: 0.5 + 30.0 / (n - 10.0),
    "MMF4": lambda n: 0.3 + 1.7 / (1 + (n / 60.0) ** 1.5),
    "WBL4": lambda n: 0.4 + 1.5 * np.exp(-((n / 50.0) ** 0.6)),
    "EXP3": lambda n: 0.4 + 2.0 * np.exp(-n / 70.0),
    "ILOG2": lambda n: 0.2 + 3.0 / np.log(n),
}


def noisy_points(curve, random, shared=0.08, own=0.02):
    """Points with an error common to all of them and one of their own, both relative."""
    risk = curve(SIZES)
    error = shared * random.standard_normal() + own * random.standard_normal(len(SIZES))
    covariance = shared**2 * np.ones((9, 9)) + own**2 * np.eye(9)
    seen = risk * np.exp(error)
    return ObservedPoints(SIZES, seen, covariance * np.outer(seen, seen))


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_shapes_decrease_to_zero(family):
    sizes = np.geomspace(10, 1e9, 60)
    parameters = Grid([np.zeros(1), *family.axes(SIZES)]).nodes()[:, 1:]
    shape = family.log_shape(sizes, parameters)
    assert (np.diff(shape, axis=1) <= 1e-12).all()
    assert (shape[:, -1] < shape[:, 0]).all()


@pytest.mark.parametrize("family", FAMILIES, ids=lambda family: family.name)
def test_each_family_holds_its_own_curve(family):
    """Points from a family's formula are met inside the data, and held by the interval beyond."""
    risk = TRUE_CURVES[family.name](SIZES)
    points = ObservedPoints(SIZES, risk, np.diag((0.002 * risk) ** 2))
    fitted = CurveAverage(points, (family,))
    truth = TRUE_CURVES[family.name](BEYOND)
    np.testing.assert_allclose(fitted.risk(BEYOND)[:2], truth[:2], rtol=0.03)
    lower, upper = fitted.interval(BEYOND, 0.95)
    assert ((lower < truth) & (truth < upper)).all()


@pytest.mark.parametrize("share_exponent", [1.0, 0.2])
@pytest.mark.parametrize("own", [0.06, 0.002], ids=["noisy", "precise"])
def test_posterior_is_that_of_direct_integration(own, share_exponent):
    """A power law's posterior, against all its parameters on one plain, dense grid."""
    points = noisy_points(TRUE_CURVES["POW3"], np.random.default_rng(4), 0.01, own)
    values, covariance = points.log_risk()
    precision = np.linalg.inv(covariance + CURVE_MISFIT**2 * np.eye(9))
    exponent = np.exp(np.linspace(np.log(0.05), np.log(2.0), 150))[:, None]
    # Places that are equally likely beforehand at the largest size.
    prior = stats.beta(share_exponent, share_exponent)
    share = prior.ppf((np.arange(150) + 0.5) / 150)[None, :]

    def log_curve(size):
        return np.log(1 - share + share * (size / SIZES[-1]) ** -exponent)

    bends = np.stack([log_curve(size) for size in SIZES], axis=-1)
    levels = np.linspace(values[-1] - 0.6, values[-1] + 0.6, 81)
    ahead, weights = [], []
    for level in levels:
        miss = values - level - bends
        weights.append(np.exp(-0.5 * np.einsum("ijk,kl,ijl->ij", miss, precision, miss)))
        ahead.append(level + log_curve(2560.0))
    order = np.argsort(np.ravel(ahead))
    passed = np.cumsum(np.ravel(weights)[order])
    passed /= passed[-1]
    wanted = np.exp(np.interp([0.05, 0.5, 0.95], passed, np.ravel(ahead)[order]))
    fitted = CurveAverage(points, (PowerLaw(),), share_exponent=share_exponent)
    draws = fitted.draws(np.array([2560.0]))
    np.testing.assert_allclose(np.quantile(draws, [0.05, 0.5, 0.95]), wanted, rtol=0.03)


@pytest.mark.parametrize("name", sorted(TRUE_CURVES))
def test_intervals_cover_simulated_curves(name):
    random = np.random.default_rng(0)
    truth = TRUE_CURVES[name](BEYOND)
    covered = []
    for _ in range(12):
        lower, upper = CurveAverage(noisy_points(TRUE_CURVES[name], random)).interval(BEYOND, 0.9)
        covered.append((lower <= truth) & (truth <= upper))
    assert 0.8 <= np.mean(covered) <= 1.0


def test_held_back_sizes_choose_the_family():
    """Precise points of a plain exponential leave next to nothing to power laws."""
    random = np.random.default_rng(0)
    points = noisy_points(TRUE_CURVES["EXP3"], random, shared=0.02, own=0.003)
    models = {model.name: model for model in CurveAverage(points).models}
    assert models["EXP3"].weight > 10 * models["POW3"].weight


def test_infinite_size_is_the_floor():
    points = noisy_points(TRUE_CURVES["EXP3"], np.random.default_rng(0))
    draws = CurveAverage(points).draws(np.array([1e12, np.inf]))
    assert (draws[:, 1] <= draws[:, 0] * (1 + 1e-9)).all()
    assert (draws[:, 1] > 0).all()


def test_intervals_widen_beyond_the_data():
    points = noisy_points(TRUE_CURVES["POW3"], np.random.default_rng(0))
    lower, upper = CurveAverage(points).interval(np.array([320.0, 640.0, 2560.0]), 0.9)
    assert (np.diff(np.log(upper / lower)) > 0).all()


def test_scores_below_zero_are_measured_from_the_best_one():
    """Risks of a score (minus accuracy) are those of its error, moved by one."""
    error = noisy_points(lambda n: 0.1 + n**-0.5, np.random.default_rng(0))
    score = ObservedPoints(SIZES, error.risk - 1.0, error.covariance, lowest=-1.0)
    np.testing.assert_allclose(
        CurveAverage(score).draws(BEYOND), CurveAverage(error).draws(BEYOND) - 1.0
    )


def test_no_errors_seen_is_not_certainty():
    """Zero errors in a hundred rows leave room for a percent or so."""
    covariance = np.diag([1e-3, 3e-4, 1e-4, 0.0, 0.0])
    risk = np.array([0.2, 0.08, 0.02, 0.0, 0.0])
    points = ObservedPoints(np.geomspace(10, 100, 5), risk, covariance, resolution=0.005)
    lower, upper = CurveAverage(points).interval(np.array([100.0]), 0.9)
    assert 0.0 < lower[0] < 0.005 < upper[0] < 0.1
