"""Kernels whose rows are orthogonal up to rounding, such as "rbf" on columns in large units."""

import warnings

import numpy as np
import pytest

import riskcast as rc


def regression(n_rows, n_columns, seed):
    random = np.random.default_rng(seed)
    X = random.standard_normal((n_rows, n_columns))
    return X, X[:, 0] + random.standard_normal(n_rows)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("unit", [30.0, 60.0, 1e3, 1e5])
@pytest.mark.parametrize("kernel", ["rbf", "laplacian"])
@pytest.mark.parametrize(("n_rows", "n_columns"), [(60, 3), (45, 20)])
def test_large_units_leave_the_risk_of_the_mean(n_rows, n_columns, kernel, unit, fit_intercept):
    X, y = regression(n_rows, n_columns, seed=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the model is no better than the untrained one
        found = rc.forecast(unit * X, y, kernel=kernel, fit_intercept=fit_intercept)
    assert np.isfinite([found.risk, found.lower, found.upper]).all()
    assert (found.lower <= found.risk).all()
    assert (found.risk <= found.upper).all()
    # Nothing is learned from rows of which none is near another, at any size.
    level = np.mean((y - y.mean()) ** 2) if fit_intercept else np.mean(y**2)
    assert found.risk[-1] == pytest.approx(level, rel=0.2)
    wide, lower, upper = found.at([n_rows, 4 * n_rows], width=100)
    assert (lower <= wide).all()
    assert (wide <= upper).all()


@pytest.mark.parametrize("classes", [False, True])
def test_a_precomputed_identity(classes):
    _, y = regression(60, 3, seed=2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = rc.forecast(3.0 * np.eye(60), y > 0 if classes else y, kernel="precomputed")
    assert np.isfinite([found.risk, found.lower, found.upper]).all()


@pytest.mark.parametrize("kernel", ["rbf", "laplacian"])
def test_a_few_columns_in_large_units(kernel):
    X, y = regression(60, 3, seed=3)
    X[:, 1] *= 1e5  # a price among scaled columns
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        found = rc.forecast(X, y, kernel=kernel)
    assert np.isfinite([found.risk, found.lower, found.upper]).all()
