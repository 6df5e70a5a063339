"""Gram matrices square the condition number: what rounding leaves there, against refits."""

import numpy as np
import pytest
import scipy.sparse
from sklearn.datasets import load_diabetes
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.preprocessing import StandardScaler

import riskcast as rc
from riskcast.path._gram_factorization import factorize_gram


def smooth_rows():
    X, y = load_diabetes(return_X_y=True)
    return StandardScaler().fit_transform(X[:150, [2, 3, 8]]), y[:150]


def test_weak_directions_do_not_mix_with_the_constant():
    X, _ = smooth_rows()
    found = factorize_gram(rbf_kernel(X, gamma=0.01), centred=True)
    assert np.abs(found.vectors.sum(axis=0)).max() < 1e-12
    inner = found.vectors.T @ found.vectors
    np.testing.assert_allclose(inner, np.eye(len(inner)), atol=1e-12)


def test_a_smooth_kernel_predicts_as_its_refits_do():
    X, y = smooth_rows()
    gram = rbf_kernel(X, gamma=0.01)
    path = rc.risk_path(gram, y, kernel="precomputed")
    time = path.best_time
    predicted = path.loo_predictions(time)
    for row in range(0, 150, 15):
        rest = np.delete(np.arange(150), row)
        means = gram[np.ix_(rest, rest)].mean(axis=0)
        centred = gram[np.ix_(rest, rest)] - means - means[:, None] + means.mean()
        seen = gram[row, rest] - gram[row, rest].mean() - means + means.mean()
        values, vectors = np.linalg.eigh(centred)
        values = np.maximum(values, 0.0)
        # Flow to a time: (1 - exp(-λ t/n)) / λ, and t/n where λ vanishes.
        rates = values * time / 149
        shrunk = np.where(rates > 0, -np.expm1(-rates) / np.where(values > 0, values, 1.0), 0.0)
        shrunk = np.where(rates > 1e-12, shrunk, time / 149)
        expected = y[rest].mean() + seen @ vectors @ (shrunk * (vectors.T @ (y[rest])))
        assert predicted[row] == pytest.approx(expected, abs=1e-8 * np.abs(y).max())


@pytest.mark.parametrize("seed", range(6))
def test_wide_sparse_rows_that_repeat_are_as_dense_ones_at_the_end(seed):
    random = np.random.default_rng(seed)
    X = random.standard_normal((20, 40)) * 10.0 ** random.uniform(-3, 2, 40)
    X[1], X[3] = X[0], X[2]
    y = random.standard_normal(20)
    path = rc.risk_path(scipy.sparse.csr_array(X), y)
    expected = np.empty(20)
    for row in range(20):
        rest = np.delete(np.arange(20), row)
        means = X[rest].mean(axis=0)
        weights = np.linalg.pinv(X[rest] - means, rcond=1e-12) @ (y[rest] - y[rest].mean())
        expected[row] = y[rest].mean() + (X[row] - means) @ weights
    assert path.final_risk == pytest.approx(np.mean((expected - y) ** 2), rel=1e-4)


def test_results_do_not_change_with_the_callers_arrays():
    random = np.random.default_rng(0)
    X, y = random.standard_normal((40, 3)), 5.0 + random.standard_normal(40)
    times = np.geomspace(0.1, 100.0, 20)
    path = rc.risk_path(X, y, times=times)
    corrected, means, first = path.best_risk_corrected, path.loo_predictions().mean(), path.times[0]
    y -= y.mean()
    times *= 2.0
    X *= 3.0
    assert path.best_risk_corrected == corrected
    assert path.loo_predictions().mean() == means
    assert path.times[0] == first
