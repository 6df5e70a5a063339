"""What centring leaves of columns far from the origin is rounding, not a direction."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import LinearRegression
from sklearn.model_selection import LeaveOneOut, cross_val_score

import riskcast as rc
from riskcast.path._column_rounding import column_means, independent_columns
from riskcast.path._row_factorization import factorize
from riskcast.spectra import Population
from riskcast.tables import Options, Table, prepare
from riskcast.tables._encoding import standardized

pytestmark = pytest.mark.filterwarnings("ignore:X. .* repeat another row:UserWarning")


def table(n_samples=60, n_features=3, seed=0):
    random = np.random.default_rng(seed)
    X = random.normal(size=(n_samples, n_features))
    return X, X[:, 0] + random.normal(size=n_samples)


def leave_one_out(X, y):
    """Scikit-learn's least squares, refitted without each row."""
    scores = cross_val_score(
        LinearRegression(), X, y, cv=LeaveOneOut(), scoring="neg_mean_squared_error"
    )
    return -scores.mean()


def assert_same_path(found, expected, rtol=1e-8):
    np.testing.assert_allclose(found.times, expected.times, rtol=rtol)
    np.testing.assert_allclose(found.risk, expected.risk, rtol=rtol)
    np.testing.assert_allclose(found.train_risk, expected.train_risk, rtol=rtol)
    np.testing.assert_allclose(found.degrees_of_freedom, expected.degrees_of_freedom, rtol=rtol)
    assert len(found.eigenvalues) == len(expected.eigenvalues)
    assert found.overtraining == pytest.approx(expected.overtraining, rel=1e-6, abs=1e-8)


@pytest.mark.parametrize("level", [273.15, 0.1, 1e8 / 3, -14.62])
@pytest.mark.parametrize("seed", range(10))
def test_a_constant_column_changes_nothing(level, seed):
    X, y = table(30, seed=seed)
    longer = np.column_stack([X, np.full(30, level)])
    path = rc.risk_path(longer, y)
    assert path.final_risk == pytest.approx(leave_one_out(X, y), rel=1e-10)
    assert_same_path(path, rc.risk_path(X, y))
    assert_same_path(rc.risk_path(longer, y, kernel="linear"), path)
    assert_same_path(rc.risk_path(scipy.sparse.csr_array(longer), y), path)


@pytest.mark.parametrize("width", [3, 29, 30, 80])
def test_a_constant_column_changes_nothing_whatever_the_shape(width):
    X, y = table(30, width)
    longer = np.column_stack([X, np.full(30, 273.15)])
    assert_same_path(rc.risk_path(longer, y), rc.risk_path(X, y), rtol=1e-7)
    groups = np.arange(30) // 3
    assert_same_path(
        rc.risk_path(longer, y, groups=groups), rc.risk_path(X, y, groups=groups), rtol=1e-7
    )


@pytest.mark.parametrize("offset", [1e3, 1e4, 1e6])
@pytest.mark.parametrize("width", [5, 90])
def test_combinations_with_offsets_have_the_rank_of_what_they_combine(offset, width):
    for seed in range(10):
        random = np.random.default_rng(seed)
        X, y = table(seed=seed)
        combined = X @ random.normal(size=(3, width))
        path = rc.risk_path(offset + combined, y)
        assert len(path.eigenvalues) == 3
        assert path.final_risk == pytest.approx(leave_one_out(X, y), rel=1e-8)


@pytest.mark.parametrize("seed", range(12))
def test_prices_and_their_sum(seed):
    random = np.random.default_rng(seed)
    a, b = np.round(random.normal(5000, 100, (2, 60)), 2)
    y = a - b + random.normal(size=60) * 50
    path = rc.risk_path(np.column_stack([a, b, np.round(a + b, 2)]), y)
    assert len(path.eigenvalues) == 2
    assert path.final_risk == pytest.approx(leave_one_out(np.column_stack([a, b]), y), rel=1e-8)


def test_columns_of_other_units_are_not_taken_for_rounding():
    random = np.random.default_rng(0)
    X = np.column_stack([1e8 + random.normal(size=50), 1e-7 * random.normal(size=50)])
    y = 1e7 * X[:, 1] + 0.1 * random.normal(size=50)
    path = rc.risk_path(X, y)
    assert len(path.eigenvalues) == 2
    centred = X - [1e8, 0.0]
    assert path.final_risk == pytest.approx(leave_one_out(centred * [1, 1e7], y), rel=1e-6)


@pytest.mark.parametrize("n_samples", [4, 30, 1000])
@pytest.mark.parametrize("level", [14.62, 0.1, 1e8 / 3])
def test_a_single_constant_column_is_refused(n_samples, level):
    y = np.arange(n_samples, dtype=float)
    column = np.full((n_samples, 1), level)
    for X, kernel in [
        (column, None),
        (column, "linear"),
        (column, "rbf"),
        (column, "poly"),
        (column @ column.T, "precomputed"),
        (scipy.sparse.csr_array(column), None),
    ]:
        with pytest.raises(ValueError, match="nothing to learn from"):
            rc.risk_path(X, y, kernel=kernel)


@pytest.mark.parametrize("kernel", [None, "linear", "rbf", "laplacian", "poly", "cosine"])
def test_identical_rows_are_refused(kernel):
    for seed in range(50):
        random = np.random.default_rng(seed)
        n_samples, n_features = random.integers(4, 40), random.integers(1, 60)
        row = random.normal(size=n_features) * 10.0 ** random.uniform(-3, 3)
        with pytest.raises(ValueError, match="nothing to learn from"):
            rc.risk_path(np.tile(row, (n_samples, 1)), random.normal(size=n_samples), kernel=kernel)


@pytest.mark.parametrize("offset", [10.0, 1e3, 1e4])
def test_a_gram_matrix_of_rows_far_from_the_origin_has_their_rank(offset):
    for seed in range(10):
        X, y = table(30, seed=seed)
        gram = (X + offset) @ (X + offset).T
        if offset > 1e3:
            with pytest.warns(UserWarning, match="centre the columns"):
                path = rc.risk_path(gram, y, kernel="precomputed")
        else:
            path = rc.risk_path(gram, y, kernel="precomputed")
        assert len(path.eigenvalues) == 3
        assert path.final_risk == pytest.approx(leave_one_out(X, y), rel=1e-12 * offset**2)


def test_an_rbf_kernel_sees_no_offset():
    X, y = table()
    path, moved = (rc.risk_path(rows, y, kernel="rbf") for rows in (X, X + 1e5))
    np.testing.assert_allclose(moved.risk[:60], path.risk[:60], rtol=1e-7)
    model = rc.GradientFlowRegressor(kernel="rbf").fit(X, y)
    moved = rc.GradientFlowRegressor(kernel="rbf").fit(X + 1e5, y)
    np.testing.assert_allclose(moved.predict(X[:5] + 1e5), model.predict(X[:5]), rtol=1e-7)


@pytest.mark.parametrize("offset", [1e4, 1e6])
def test_an_rbf_kernel_of_sparse_rows_sees_no_offset(offset):
    X, y = table()
    X = np.column_stack([X, X[:, 0] > 1])
    moved = X + np.array([offset, 0.0, -offset, 0.0])
    path, found = (
        rc.risk_path(rows, y, kernel="rbf") for rows in (X, scipy.sparse.csr_array(moved))
    )
    np.testing.assert_allclose(found.risk[:60], path.risk[:60], rtol=1e-7)
    model = rc.GradientFlowRegressor(kernel="rbf").fit(X, y)
    other = rc.GradientFlowRegressor(kernel="rbf").fit(scipy.sparse.csr_array(moved), y)
    predicted = other.predict(scipy.sparse.csr_array(moved[:5]))
    np.testing.assert_allclose(predicted, model.predict(X[:5]), rtol=1e-7)


@pytest.mark.parametrize("scale", [1e4, 1e6, 1e8])
@pytest.mark.parametrize("width", [4, 40])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_sparse_rows_with_an_outlier_are_as_dense_ones(scale, width, fit_intercept):
    X, y = table(30, width)
    X[0] *= scale
    paths = [
        rc.risk_path(rows, y, filter=rc.Ridge([1.0, 1e-3]), fit_intercept=fit_intercept)
        for rows in (X, scipy.sparse.csr_array(X))
    ]
    for time in paths[0].times:
        dense, sparse = (path.loo_predictions(time) for path in paths)
        np.testing.assert_allclose(sparse, dense, rtol=1e-7, atol=1e-8 * np.abs(y).max())


def test_the_end_of_ridge_is_least_squares():
    X, y = table()
    longer = np.column_stack([X, np.full(60, 273.15), 50.0 + X[:, 0] - X[:, 1]])
    path = rc.risk_path(longer, y, filter=rc.Ridge([0.0]))
    assert path.final_risk == pytest.approx(leave_one_out(X, y), rel=1e-10)


@pytest.mark.parametrize("width", [3, 100])
def test_forecasts_do_not_change(width):
    X, y = table(n_features=width)
    forecast = rc.forecast(X, y, n_samples=[60, 240])
    for rows in (np.column_stack([X, np.full(60, 273.15)]), X + 1e4):
        again = rc.forecast(rows, y, n_samples=[60, 240])
        np.testing.assert_allclose(again.risk, forecast.risk, rtol=1e-7)
        np.testing.assert_allclose(again.upper, forecast.upper, rtol=1e-7)


@pytest.mark.parametrize("time", [None, np.inf])
def test_estimators_predict_the_same(time):
    X, y = table()
    mixing = np.random.default_rng(1).normal(size=(3, 2))
    model = rc.GradientFlowRegressor(time=time).fit(np.column_stack([X, X @ mixing]), y)
    combined = np.column_stack([X, X @ mixing]) + 1e4
    moved = rc.GradientFlowRegressor(time=time).fit(
        np.column_stack([combined, np.full(60, 273.15)]), y
    )
    new = np.random.default_rng(2).normal(size=(10, 3))
    expected = model.predict(np.column_stack([new, new @ mixing]))
    found = moved.predict(
        np.column_stack([np.column_stack([new, new @ mixing]) + 1e4, np.full(10, 273.15)])
    )
    np.testing.assert_allclose(found, expected, atol=1e-9)


def test_an_estimated_population_does_not_change():
    X, y = table(200, 5)
    found = Population.from_data(np.column_stack([X, np.full(200, 273.15)]) + 1e5, y)
    expected = Population.from_data(X, y)
    assert found.noise_variance == pytest.approx(expected.noise_variance, rel=1e-6)


@settings(max_examples=60, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    n_samples=st.integers(8, 40),
    n_features=st.integers(1, 60),
    shift=st.floats(0.0, 6.0),
    sparse=st.booleans(),
)
def test_shifts_constants_and_exact_combinations_change_nothing(
    seed, n_samples, n_features, shift, sparse
):
    random = np.random.default_rng(seed)
    # On a grid, so that sums are exact: what differs is what centring does.
    X = np.rint(random.normal(size=(n_samples, n_features)) * 2**10) / 2**10
    y = random.normal(size=n_samples)
    whole = random.integers(-2, 3, (n_features, 2)).astype(float)
    combined = np.column_stack([X, X @ whole])
    means = np.rint(10.0**shift * random.uniform(-1, 1, n_features + 2) * 2**10) / 2**10
    moved = np.column_stack([combined + means, np.full(n_samples, random.normal() * 1e3)])
    moved = moved[:, random.permutation(moved.shape[1])]
    path = rc.risk_path(combined, y)
    found = rc.risk_path(scipy.sparse.csr_array(moved) if sparse else moved, y)
    assert len(found.eigenvalues) == len(path.eigenvalues)
    condition = np.sqrt(path.eigenvalues[-1] / path.eigenvalues[0])
    np.testing.assert_allclose(found.risk, path.risk, rtol=1e-8 * max(1.0, condition / 1e3))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 10_000), scale=st.floats(-8, 8), offset=st.floats(0, 6))
def test_each_column_is_known_to_its_own_rounding(seed, scale, offset):
    random = np.random.default_rng(seed)
    core = random.normal(size=(25, 4)) * 10.0 ** random.uniform(-abs(scale), abs(scale), 4)
    X = np.column_stack([core, core @ np.diag([1.0, 2.0, 0.5, 3.0])])
    X = X + 10.0**offset * X.std(axis=0)
    rounding = np.finfo(float).eps * np.linalg.norm(X, axis=0)
    data = X - column_means(X)
    basis, weights = independent_columns(data, rounding, 24)
    assert basis.shape == (25, 4)
    left = np.linalg.norm(data - basis @ weights, axis=0)
    assert (left <= 200.0 * rounding).all()


def test_means_are_accurate_where_a_running_sum_is_not():
    column = np.full((100_000, 1), 0.1)
    assert column_means(column)[0] == 0.1
    assert factorize(column, centred=True).eigenvalues.size == 0


@pytest.mark.parametrize("offset", [5e3, 5e6, 5e8])
@pytest.mark.parametrize("n_samples", [30, 300])
def test_standardized_columns_keep_the_rank_of_those_given(offset, n_samples):
    random = np.random.default_rng(0)
    a, b = np.round(random.normal(offset, 1, (2, n_samples)), 2)
    columns = np.column_stack([a, b, np.round(a + b, 2), np.round(b - a, 2)])
    found = standardized(columns)
    np.testing.assert_allclose(found.std(axis=0), 1.0, rtol=1e-6)
    assert len(factorize(found, centred=True).eigenvalues) == 2


def test_a_column_of_one_value_rounded_in_two_ways_is_dropped():
    random = np.random.default_rng(0)
    sums = np.where(random.random(60) < 0.5, 0.1 + 0.2, 0.3)
    frame = pd.DataFrame({"x": random.normal(size=60), "same": sums, "y": random.normal(size=60)})
    assert prepare(Table("t.csv", frame), Options(target="y")).X.shape[1] == 1
