"""Leave-one-out predictions are those of training again: 1e-8, at every moment."""

import warnings

import numpy as np
import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

import riskcast as rc
from tests.path.refits import fold_conditions, refit_predictions

TOLERANCE = 1e-8


@st.composite
def tables(draw):
    """Rows of any shape and rank, condition number up to 1e6, scales of 1e±8."""
    rng = np.random.default_rng(draw(st.integers(0, 2**32 - 1)))
    n_samples = draw(st.integers(4, 14))
    n_features = draw(st.integers(1, 18))
    rank = draw(st.integers(1, min(n_samples, n_features)))
    decades = draw(st.floats(0, 6))
    left = np.linalg.qr(rng.standard_normal((n_samples, rank)))[0]
    right = np.linalg.qr(rng.standard_normal((n_features, rank)))[0]
    X = (left * np.logspace(0, -decades, rank)) @ right.T
    X *= draw(st.sampled_from([1e-8, 1.0, 1e8]))
    if draw(st.booleans()):  # a constant column
        X = np.column_stack([X, np.full(n_samples, np.abs(X).max())])
    if draw(st.booleans()):  # a column that one row has to itself: leverage one
        alone = np.zeros(n_samples)
        alone[draw(st.integers(0, n_samples - 1))] = np.abs(X).max()
        X = np.column_stack([X, alone])
    outputs = draw(st.sampled_from([1, 3]))
    y = rng.standard_normal((n_samples, outputs)) * draw(st.sampled_from([1e-8, 1.0, 1e8]))
    return X, (y[:, 0] if outputs == 1 else y), rng


def rules(rng, X, fit_intercept, smallest_fold):
    """Every analytic rule, at moments suited to the data and stable on every fold."""
    rows = X - X.mean(axis=0) if fit_intercept else X
    largest = np.linalg.norm(rows, 2) ** 2
    n_samples = len(X)
    curvature = largest / n_samples
    decay = float(rng.choice([0.0, 1e-3, 0.3])) * curvature
    steps = [0, 1, 2, 5, 17, 60, 300]
    rate = 1.0 / (largest / smallest_fold + decay)
    times = np.append(0.0, np.append(np.logspace(-3, 13, 17), np.inf)) / curvature
    return [
        rc.GradientFlow(times, decay),
        rc.Ridge(np.append(np.logspace(2, -13, 16), 0.0) * largest),
        rc.GradientDescent(rate, steps, decay),
        rc.HeavyBall(rate, 0.7, steps, decay),
        rc.Nesterov(rate, steps, 0.8, decay),
        rc.Nesterov(rate, steps, None, decay),
    ]


def assert_refits_agree(X, y, filter, fit_intercept, groups=None):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of rows that repeat
        path = rc.risk_path(X, y, filter=filter, fit_intercept=fit_intercept, groups=groups)
    refits = refit_predictions(X, y, filter, fit_intercept, groups)
    shape = refits[:, 0].shape if y.ndim == 2 else (len(y),)
    moments = range(len(filter)) if isinstance(filter, rc.GradientFlow) else _distinct(path.times)
    for moment in moments:
        predictions = path.loo_predictions(path.times[moment])
        assert predictions.shape == shape
        error = np.abs(predictions.reshape(refits[:, moment].shape) - refits[:, moment]).max()
        assert error <= TOLERANCE * max(np.abs(refits[:, moment]).max(), np.abs(y).max())
    Y = y.reshape(len(y), -1)
    risk = ((refits - Y[:, None]) ** 2).mean(axis=(0, 2))
    np.testing.assert_allclose(
        path.risk,
        risk,
        rtol=2e-8 * max(1.0, np.abs(refits).max() / max(np.sqrt(risk.min()), np.abs(y).max())),
    )


def _distinct(times):
    return [k for k in range(len(times)) if np.isclose(times, times[k], rtol=1e-9).sum() == 1]


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(tables(), st.booleans(), st.integers(0, 5))
def test_rows(table, fit_intercept, rule):
    X, y, rng = table
    assume(np.ptp(X, axis=0).max() > 0)
    assume(fold_conditions(X, fit_intercept) <= 1e6)
    assert_refits_agree(X, y, rules(rng, X, fit_intercept, len(X) - 1)[rule], fit_intercept)


@settings(
    max_examples=40,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
)
@given(tables(), st.booleans(), st.integers(0, 5), st.integers(2, 5))
def test_groups(table, fit_intercept, rule, n_groups):
    X, y, rng = table
    groups = rng.integers(0, n_groups, len(X))
    assume(len(np.unique(groups)) > 1 and np.bincount(groups).max() <= len(X) - 4)
    assume(np.ptp(X, axis=0).max() > 0)
    assume(fold_conditions(X, fit_intercept, groups) <= 1e6)
    smallest_fold = len(X) - np.bincount(groups).max()
    rule = rules(rng, X, fit_intercept, smallest_fold)[rule]
    assert_refits_agree(X, y, rule, fit_intercept, groups)


@pytest.mark.parametrize("fit_intercept", [True, False])
@pytest.mark.parametrize("kernel", ["rbf", "precomputed", "callable"])
def test_kernels(kernel, fit_intercept):
    """Refits of a kernel model are refits of a linear one on a square root of its Gram."""
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((30, 3)), rng.standard_normal(30)
    gram = np.exp(-((X[:, None] - X) ** 2).sum(axis=2) / 3)
    values, vectors = np.linalg.eigh(gram)
    rows = vectors * np.sqrt(values)
    given = {
        "rbf": (X, "rbf"),
        "precomputed": (gram, "precomputed"),
        "callable": (X, lambda a, b: np.exp(-((a[:, None] - b) ** 2).sum(axis=2) / 3)),
    }[kernel]
    path = rc.risk_path(given[0], y, kernel=given[1], fit_intercept=fit_intercept)
    refits = refit_predictions(rows, y, path.filter, fit_intercept)[:, :, 0]
    risk = ((refits - y[:, None]) ** 2).mean(axis=0)
    np.testing.assert_allclose(path.risk, risk, rtol=1e-8)
    for moment in [0, 40, 98, 99]:
        np.testing.assert_allclose(
            path.loo_predictions(path.times[moment]), refits[:, moment], atol=1e-8
        )


def test_large_groups_and_small_ones_agree_with_refits():
    """Groups of 2 take the block form, groups of 30 a factorization of the others."""
    rng = np.random.default_rng(1)
    X, y = rng.standard_normal((100, 20)), rng.standard_normal((100, 2))
    groups = np.repeat([0, 1, 2, *range(3, 8)], [30, 30, 30, 2, 2, 2, 2, 2])
    path = rc.risk_path(X, y, groups=groups)
    refits = refit_predictions(X, y, path.filter, groups=groups)
    np.testing.assert_allclose(path.risk, ((refits - y[:, None]) ** 2).mean((0, 2)), rtol=1e-9)


def test_groups_of_one_row_are_rows():
    rng = np.random.default_rng(2)
    X, y = rng.standard_normal((25, 10)), rng.standard_normal(25)
    alone = rc.risk_path(X, y, groups=np.arange(25))
    np.testing.assert_allclose(alone.risk, rc.risk_path(X, y).risk, rtol=1e-10)


def test_sparse_rows_are_dense_rows():
    import scipy.sparse

    rng = np.random.default_rng(3)
    for shape in [(60, 20), (20, 60)]:
        X = scipy.sparse.random(*shape, density=0.3, rng=rng, format="csr")
        y = rng.standard_normal(shape[0])
        dense = rc.risk_path(X.toarray(), y)
        sparse = rc.risk_path(X, y, times=dense.times)
        np.testing.assert_allclose(sparse.risk, dense.risk, rtol=1e-7)


def test_train_risk_and_degrees_of_freedom_are_those_of_the_fitted_model():
    rng = np.random.default_rng(4)
    X, y = rng.standard_normal((30, 12)), rng.standard_normal(30)
    flow = rc.GradientFlow([0.1, 3.0, np.inf], weight_decay=0.05)
    path = rc.risk_path(X, y, filter=flow)
    centred = X - X.mean(axis=0)
    for moment, time in enumerate([0.1, 3.0, np.inf]):
        hessian = centred.T @ centred / 30 + 0.05 * np.eye(12)
        values, vectors = np.linalg.eigh(hessian)
        step = vectors @ np.diag(-np.expm1(-time * values) / values) @ vectors.T
        hat = centred @ step @ centred.T / 30 + np.full((30, 30), 1 / 30)
        np.testing.assert_allclose(path.train_risk[moment], ((y - hat @ y) ** 2).mean())
        np.testing.assert_allclose(path.degrees_of_freedom[moment], np.trace(hat))
