"""Error rates from squared errors."""

import warnings

import numpy as np
import pytest
import scipy.special
from sklearn.datasets import load_digits

import riskcast as rc
from riskcast.learning_curves import ObservedPoints
from riskcast.learning_curves._blend import SPECTRAL
from riskcast.learning_curves._error_rates import ErrorRateForecaster


class Squared:
    """Curves of squared error that are known."""

    density = None

    def draws(self, sizes):
        return np.tile(0.1 + 2.0 / np.asarray(sizes), (50, 1))

    def best_penalty(self, size, width=np.inf):
        return np.full(50, 0.1 + 2.0 / size + 1.0 / width)


def points(sizes, rates):
    rates = np.asarray(rates)
    return ObservedPoints(np.asarray(sizes), rates, np.diag((0.02 * rates) ** 2))


def test_a_line_that_holds_is_found():
    sizes = np.geomspace(20.0, 320.0, 9)
    places = lambda n: np.sqrt(0.25 / Squared().draws(n)[0] - 1.0)  # noqa: E731
    true = lambda n: scipy.special.expit(0.1 - 2.1 * places(n))  # noqa: E731
    found = ErrorRateForecaster(Squared(), points(sizes, true(sizes)), 0.25, 0.5, 0)
    ahead = np.array([320.0, 1280.0, np.inf])
    np.testing.assert_allclose(found.risk(ahead), true(ahead), rtol=0.05)
    lower, upper = found.interval(ahead, 0.9)
    assert ((lower < true(ahead)) & (true(ahead) < upper)).all()
    assert (found.best_penalty(320.0, 20.0) > found.best_penalty(320.0)).all()


def test_gaussian_outputs_err_as_the_formula_says():
    """Two classes whose output is Gaussian: simulated, not derived."""
    random = np.random.default_rng(0)
    labels = random.integers(0, 2, 400_000)
    output = labels + 0.8 * random.standard_normal(len(labels))
    slope = np.cov(output, labels)[0, 1] / output.var()
    fitted = labels.mean() + slope * (output - output.mean())
    squared, wrong = np.mean((fitted - labels) ** 2), np.mean((fitted > 0.5) != labels)
    expected = scipy.special.ndtr(-np.sqrt((0.25 - squared) / squared))
    assert wrong == pytest.approx(expected, rel=0.01)


def test_error_rates_of_digits_are_forecast():
    X, y = load_digits(return_X_y=True)
    order = np.random.default_rng(3).permutation(len(y))
    few = order[:200]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = rc.forecast(X[few] / 16.0, y[few], n_samples=[200, 1000], scoring="error_rate")
        model = rc.GradientFlowClassifier().fit(X[order[:1000]] / 16.0, y[order[:1000]])
    truth = np.mean(model.predict(X[order[1000:]] / 16.0) != y[order[1000:]])
    assert SPECTRAL in {model.name for model in found.models}
    assert found.lower[1] < truth < found.upper[1]
    assert found.risk[1] < 0.85 * found.risk[0]
    assert 0.0 <= found.noise_floor < found.risk[1]
