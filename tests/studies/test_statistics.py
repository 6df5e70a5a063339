"""Ratios and powers with their errors, against simulation and by hand."""

import numpy as np
import pytest

from riskcast.studies.statistics import independent_ratio, mean_and_error, paired_ratio, power_law


def test_a_paired_ratio_has_the_error_seen_over_many_repetitions():
    rng = np.random.default_rng(1)
    below = 2.0 + 0.2 * rng.standard_normal((4000, 50))
    above = 1.5 * below + 0.1 * rng.standard_normal(below.shape)  # moves with the other
    found = np.array([paired_ratio(*pair) for pair in zip(above, below, strict=True)])
    np.testing.assert_allclose(found[:, 0].mean(), 1.5, rtol=1e-3)
    np.testing.assert_allclose(found[:, 1].mean(), found[:, 0].std(), rtol=0.05)


def test_an_independent_ratio_has_the_error_seen_over_many_repetitions():
    rng = np.random.default_rng(2)
    above, below = (
        mean + 0.3 * rng.standard_normal((4000, 50)) for mean in (6.0, 2.0)
    )  # means over draws of their own
    found = []
    for top, bottom in zip(above, below, strict=True):
        found.append(independent_ratio(*mean_and_error(top), *mean_and_error(bottom)))
    ratios, errors = np.array(found).T
    np.testing.assert_allclose(ratios.mean(), 3.0, rtol=1e-3)
    np.testing.assert_allclose(errors.mean(), ratios.std(), rtol=0.05)


def test_powers_are_fitted_draw_by_draw():
    sizes = np.array([1.0, 2.0, 8.0])
    values = np.stack([3.0 * sizes**-0.5, 5.0 * sizes**-1.5], axis=1)
    power, error = power_law(sizes, values)
    assert power == pytest.approx(-1.0)
    assert error == pytest.approx(0.5)
