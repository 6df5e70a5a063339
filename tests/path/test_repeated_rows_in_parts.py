"""Parts of rows that a kernel sees twice, trained to the end: the copies are one direction."""

import warnings

import numpy as np
import pytest
from sklearn.datasets import load_iris
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.preprocessing import scale

import riskcast as rc
from riskcast.path._estimate import all_held_out_predictions


@pytest.fixture(scope="module")
def with_copies():
    """Iris, which has one row twice; its path; and a part with both copies.

    Of this part the copies differ by more than rounding of the part itself would explain.
    """
    X, labels = load_iris(return_X_y=True)
    order = np.random.default_rng(2).permutation(len(labels))
    X, y = scale(X)[order], (labels == 1).astype(float)[order]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        path = rc.risk_path(X, y, kernel="rbf")
    left_out = np.random.default_rng(0).permutation(len(y))[1::5]
    return X, y, path, np.setdiff1d(np.arange(len(y)), left_out), left_out


def least_squares(X, y, new):
    """Kernel regression of least norm on centred features, copies as one row of their mean."""
    distinct, place, times = np.unique(X, axis=0, return_inverse=True, return_counts=True)
    target = np.bincount(place.ravel(), weights=y) / times
    # Centring by all rows; the fit goes through the mean of each distinct row's targets.
    share = times / times.sum()
    gram, cross = rbf_kernel(distinct, gamma=0.25), rbf_kernel(new, distinct, gamma=0.25)
    means = gram @ share
    centred = gram - means - means[:, None] + share @ means
    cross = cross - means - (cross @ share)[:, None] + share @ means
    return y.mean() + cross @ np.linalg.lstsq(centred, target - y.mean(), rcond=1e-13)[0]


def test_a_part_has_as_many_directions_as_distinct_rows(with_copies):
    X, _, path, part, _ = with_copies
    distinct = len(np.unique(X[part], axis=0))
    assert distinct < len(part)
    assert len(path._problem.fold(part).part.eigenvalues) == distinct - 1


def test_a_part_trained_to_the_end_predicts_as_least_squares(with_copies):
    X, y, path, part, others = with_copies
    end = path.filter.at([len(path.filter) - 1])
    seen = path._problem.fold(part).hold_out(others).predict(end)[:, 0, 0]
    np.testing.assert_allclose(seen, least_squares(X[part], y[part], X[others]), atol=1e-5)


def test_leave_one_out_of_a_part_at_the_end(with_copies):
    X, y, path, part, _ = with_copies
    inside = path._problem.part(part, path._problem.fold(part).part)
    seen = all_held_out_predictions(inside, path.filter)[:, -1, 0]
    X, y = X[part], y[part]
    for row in range(0, len(part), 5):
        rest = np.setdiff1d(np.arange(len(part)), [row])
        expected = least_squares(X[rest], y[rest], X[[row]])
        np.testing.assert_allclose(seen[row], expected[0], atol=1e-4)


def test_the_corrected_risk_of_iris_is_not_thrown_off_by_its_repeated_row():
    """It came out as up to 14 %, where ten folds give 4 to 5 %."""
    X, y = load_iris(return_X_y=True)
    for seed in range(3):
        order = np.random.default_rng(seed).permutation(len(y))
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            path = rc.risk_path(scale(X)[order], y[order], kernel="rbf", scoring="error_rate")
        assert path.best_risk_corrected < 0.07
