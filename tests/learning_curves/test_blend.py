"""Spectral and parametric curves, averaged."""

import warnings

import numpy as np
import pytest

import riskcast as rc
from riskcast.learning_curves import CurveAverage
from riskcast.learning_curves._blend import SPECTRAL, Blend
from riskcast.learning_curves._forecaster import Forecaster

SIZES = np.array([200.0, 400.0, 1600.0])


class Lines(Forecaster):
    """Power laws of given levels."""

    models = ()

    def __init__(self, levels, exponent):
        self.levels, self.exponent = np.asarray(levels), exponent

    def draws(self, sizes):
        return self.levels[:, None] * np.asarray(sizes) ** -self.exponent


def test_quantiles_are_averaged_on_the_scale_of_logarithms_and_widened():
    random = np.random.default_rng(0)
    one = Lines(np.exp(random.standard_normal(400)), 0.5)
    other = Lines(np.exp(0.2 * random.standard_normal(4000)), 0.3)
    both = Blend(one, other, 0.25, np.nan, 200, risk_now=3.0, error_now=1e-6)
    assert both.risk(SIZES)[0] == pytest.approx(3.0)
    middle = None
    for level in (0.5, 0.05, 0.95):
        expected = 0.25 * np.log(np.quantile(one.draws(SIZES), level, axis=0))
        expected += 0.75 * np.log(np.quantile(other.draws(SIZES), level, axis=0))
        middle = expected if middle is None else middle
        expected = middle - middle[0] + 1.1 * np.sqrt(1 + 50 / 200) * (expected - middle)
        found = np.log(np.quantile(both.draws(SIZES), level, axis=0))
        np.testing.assert_allclose(found, np.log(3.0) + expected, atol=0.02)


@pytest.fixture(scope="module")
def linear():
    random = np.random.default_rng(1)
    X = random.standard_normal((150, 60))
    y = X @ np.full(60, 60**-0.5) + 0.5 * random.standard_normal(150)
    return rc.forecast(X, y, n_samples=[150, 300, 1200])


def test_the_forecast_of_a_linear_model_says_what_was_used(linear):
    weights = {model.name: model.weight for model in linear.models}
    assert sum(weights.values()) == pytest.approx(1.0)
    assert 0.1 <= weights[SPECTRAL] <= 0.85
    assert {"POW3", "POW4", "MMF4"} < set(weights)


def test_it_is_right_where_the_answer_is_known(linear):
    # Least squares with n rows and p columns: noise · n/(n - p), best ridge a little less.
    limit = 0.25 * 1200 / (1200 - 60)
    assert linear.lower[-1] < limit < linear.upper[-1]
    assert linear.risk[-1] == pytest.approx(limit, rel=0.25)
    assert linear.noise_floor_interval[0] < 0.25 < linear.noise_floor_interval[1]


def test_a_peak_inside_the_data_does_not_mislead_the_spectrum():
    """Nearly noiseless, p = 100: the risk falls steeply just beyond the data."""
    random = np.random.default_rng(2)
    X = random.standard_normal((90, 100))
    y = X @ np.full(100, 0.1) + 0.1 * random.standard_normal(90)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = rc.forecast(X, y, n_samples=[90, 360])
    assert found.risk[1] < 0.5 * found.risk[0]
    assert found.lower[1] < 0.01 * 360 / 260 < found.upper[1]


@pytest.mark.parametrize("how", ["groups", "weight_decay", "r2"])
def test_without_ground_for_a_spectrum_the_curves_stand_alone(how):
    random = np.random.default_rng(3)
    X = random.standard_normal((80, 10))
    y = X[:, 0] + random.standard_normal(80)
    options = {
        "groups": {"groups": np.arange(80) // 2},
        "weight_decay": {"weight_decay": 0.1},
        "r2": {"scoring": "r2"},
    }[how]
    found = rc.forecast(X, y, **options)
    assert SPECTRAL not in {model.name for model in found.models}
    for asked in ({"width": 50}, {"regularized": False}):
        with pytest.raises(ValueError, match="only for squared errors and error rates"):
            found.at(160, **asked)


def test_curves_are_those_of_the_interval(linear):
    curves = linear.curves([300, 1200])
    np.testing.assert_allclose(np.median(curves, axis=0), linear.risk[1:])
    assert isinstance(linear._forecaster.parametric, CurveAverage)


def test_few_features_and_no_penalty_add_to_the_risk(linear):
    """Gaussian random projections of a linear model, and least squares, are known."""
    best = linear.at(300, width=[20, 60, 1000])[0]
    assert best[0] > best[1] > best[2] > linear.at(300)[0][0]
    plain, lower, upper = linear.at(150, regularized=False)
    truth = 0.25 * 149 / (149 - 60)
    assert lower[0] < truth < upper[0]
    assert plain[0] == pytest.approx(linear.path.risk[-1], rel=0.2)  # t = ∞, from the data
    # Sixty projections or more of sixty columns can express all that these can.
    np.testing.assert_allclose(linear.at(150, width=[75, 600], regularized=False)[0], plain[0])
    with pytest.raises(ValueError, match="width: must be at least 1"):
        linear.at(300, width=0)
