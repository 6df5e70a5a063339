"""Forecasts from few rows: intervals wider than the curves know, that still never rise."""

import warnings

import numpy as np
import pytest

import riskcast as rc
from riskcast.learning_curves._small_samples import WidenedCurves, widened

SIZES = np.array([10.0, 100.0, 200.0, 800.0, np.inf])
HERE = 100.0


def test_curves_of_one_shape_keep_it_and_move_apart():
    levels = np.linspace(-1.0, 1.0, 11)
    found = WidenedCurves(lambda n: levels[:, None] - 0.3 * np.log(n), HERE, 1.5)(SIZES[:4])
    np.testing.assert_allclose(found, 1.5 * levels[:, None] - 0.3 * np.log(SIZES[:4]))


@pytest.mark.parametrize("by", [1.0, 1.2, 2.5])
def test_no_curve_rises(by):
    random = np.random.default_rng(0)
    floors, slopes = np.exp(random.normal(size=200)), random.uniform(0.0, 1.0, 200)
    sizes = np.array([10.0, *np.geomspace(HERE, 1e6, 150), np.inf])

    def curves(sizes):
        return np.log(floors[:, None] + 10.0 * sizes ** -slopes[:, None])

    found = WidenedCurves(curves, HERE, by)(sizes)
    assert np.diff(found, axis=1).max() <= 0.01 * (by - 1.0) + 1e-12  # between sizes of its grid
    if by == 1.0:
        np.testing.assert_allclose(found, curves(sizes), rtol=1e-12)
    else:  # without the rule some would rise
        free = curves(sizes)
        free = np.median(free, axis=0) + by * (free - np.median(free, axis=0))
        assert (free[:, -1] - free[:, 1]).max() > 0.1


def rows_of(n, random):
    X = random.standard_normal((n, 10))
    return X, X @ np.full(10, 10**-0.5) + random.standard_normal(n)


def true_risk(size, fits=150):
    """Of a model that stops itself, over training sets, in closed form over rows."""
    random = np.random.default_rng([7, size])
    model = rc.GradientFlowRegressor()
    risks = []
    for _ in range(fits):
        model.fit(*rows_of(size, random))
        missed = model.predict(np.eye(10)) - model.predict(np.zeros((1, 10))) - 10**-0.5
        risks.append(1.0 + (missed**2).sum() + model.predict(np.zeros((1, 10)))[0] ** 2)
    return float(np.mean(risks))


@pytest.mark.slow
def test_intervals_of_few_rows_hold_the_expected_risk():
    sizes = [32, 64, 256]
    truth = np.array([true_risk(size) for size in sizes])
    held = []
    for seed in range(40):
        X, y = rows_of(32, np.random.default_rng([seed, 32]))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            forecast = rc.forecast(X, y, n_samples=sizes)
        held.append((forecast.lower <= truth) & (truth <= forecast.upper))
    # 84 % without the widening, 78 % at the furthest size.
    assert np.mean(held) >= 0.9
    assert (np.mean(held, axis=0) >= 0.85).all()


def test_groups_are_what_counts_as_a_row():
    X, y = rows_of(200, np.random.default_rng(3))
    beyond = np.array([400.0])
    forecast = rc.forecast(X, y, groups=np.repeat(np.arange(20), 10))
    curves = forecast._forecaster
    wide, own = np.log(curves.draws(beyond)), curves._log_curves(beyond)
    assert np.std(wide) / np.std(own) == pytest.approx(widened(1.0, 20), rel=0.02)
