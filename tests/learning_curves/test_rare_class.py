"""Which of two classes comes first must not matter, however rare it is."""

import numpy as np
import pytest

import riskcast as rc


@pytest.mark.filterwarnings("ignore:forecast")
def test_a_forecast_of_two_classes_is_that_of_their_names_swapped():
    random = np.random.default_rng(0)
    X = random.normal(size=(150, 4))
    rare = X[:, 0] + 0.7 * random.normal(size=150) > 0.9
    sizes = [150, 600]
    one = rc.forecast(X, rare.astype(int), n_samples=sizes, scoring="error_rate")
    other = rc.forecast(X, 1 - rare.astype(int), n_samples=sizes, scoring="error_rate")
    for name in ("risk", "lower", "upper"):
        np.testing.assert_allclose(getattr(one, name), getattr(other, name), rtol=1e-6)
