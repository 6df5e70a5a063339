"""Two classes without an intercept: one-hot regression, and the largest output wins."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge
from sklearn.metrics import roc_auc_score
from sklearn.metrics.pairwise import rbf_kernel

import riskcast as rc

RNG = np.random.default_rng(5)


def classes_off_the_origin(seed, n=30, p=4):
    """Classes whose outputs do not sum to one: rows are shifted, there is no intercept."""
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.arange(n) % 3 == 0)
    return rng.standard_normal((n, p)) + 0.7 + labels[:, None] * 0.5, labels


def one_hot(labels):
    return (np.asarray(labels)[:, None] == np.unique(labels)).astype(float)


def held_out_ridge(X, labels, penalty, fit_intercept, groups=None):
    """One-hot outputs of every row by scikit-learn's ridge, trained without it."""
    groups = np.arange(len(X)) if groups is None else groups
    outputs = np.empty((len(X), 2))
    for group in np.unique(groups):
        inside = groups != group
        model = Ridge(alpha=penalty, fit_intercept=fit_intercept, solver="svd")
        outputs[~inside] = model.fit(X[inside], one_hot(labels)[inside]).predict(X[~inside])
    return outputs


@settings(max_examples=25, deadline=None)
@given(seed=st.integers(0, 10**6), fit_intercept=st.booleans(), decade=st.integers(-1, 2))
def test_the_error_rate_is_that_of_one_hot_ridge_refits(seed, fit_intercept, decade):
    X, labels = classes_off_the_origin(seed)
    penalty = 10.0**decade
    path = rc.risk_path(
        X, labels, filter=rc.Ridge([penalty]), fit_intercept=fit_intercept, scoring="error_rate"
    )
    outputs = held_out_ridge(X, labels, penalty, fit_intercept)
    wrong = outputs.argmax(axis=1) != labels
    assert path.risk[0] == pytest.approx(wrong.mean())
    np.testing.assert_allclose(path.loo_predictions(path.times[0]), outputs, atol=1e-8)


def test_groups_scores_and_the_train_risk_are_those_of_both_outputs():
    X, labels = classes_off_the_origin(1)
    groups = np.arange(30) // 3
    settings = {"filter": rc.Ridge([2.0]), "fit_intercept": False}
    outputs = held_out_ridge(X, labels, 2.0, False, groups)
    path = rc.risk_path(X, labels, groups=groups, scoring="error_rate", **settings)
    assert path.risk[0] == pytest.approx((outputs.argmax(axis=1) != labels).mean())
    fitted = Ridge(2.0, fit_intercept=False, solver="svd").fit(X, one_hot(labels)).predict(X)
    assert path.train_risk[0] == pytest.approx((fitted.argmax(axis=1) != labels).mean())
    score = rc.risk_path(X, labels, groups=groups, scoring="roc_auc", **settings)
    assert score.risk[0] == pytest.approx(-roc_auc_score(labels, outputs @ [-1.0, 1.0]))


@pytest.mark.parametrize("kernel", [None, "rbf", "precomputed"])
def test_the_classifier_predicts_the_largest_output(kernel):
    """Oracle: kernel gradient flow in closed form on both one-hot columns."""
    X, labels = classes_off_the_origin(2, n=40)
    fresh = RNG.standard_normal((50, 4)) + 0.5
    gram, cross = (
        (X @ X.T, fresh @ X.T)
        if kernel is None
        else (rbf_kernel(X, gamma=0.25), rbf_kernel(fresh, X, gamma=0.25))
    )
    model = rc.GradientFlowClassifier(
        time=1.5,
        fit_intercept=False,
        kernel=(lambda a, b: rbf_kernel(a, b, gamma=0.25)) if kernel == "rbf" else kernel,
    )
    given = (gram, cross) if kernel == "precomputed" else (X, fresh)
    model.fit(given[0], np.where(labels, "b", "a"))
    values, vectors = np.linalg.eigh(gram)
    kept = values > 1e-10 * values.max()
    values, vectors = values[kept], vectors[:, kept]
    shares = -np.expm1(-1.5 * values / 40) / values
    outputs = cross @ (vectors * shares) @ vectors.T @ one_hot(labels)
    expected = np.array(["a", "b"])[outputs.argmax(axis=1)]
    np.testing.assert_array_equal(model.predict(given[1]), expected)
    np.testing.assert_allclose(
        model.decision_function(given[1]), 0.5 * (outputs[:, 1] - outputs[:, 0]), atol=1e-9
    )
    if kernel is None:
        linear = fresh @ model.coef_.T + model.intercept_
        assert model.coef_.shape == (1, 4)
        np.testing.assert_allclose(model.decision_function(fresh), linear[:, 0], atol=1e-12)


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_forecast_starts_from_the_same_path():
    X, labels = classes_off_the_origin(3, n=120)
    fc = rc.forecast(X, labels, fit_intercept=False, scoring="error_rate")
    outputs = fc.path.loo_predictions()
    wrong = outputs.argmax(axis=1) != labels
    assert outputs.shape == (120, 2)
    assert not np.allclose(outputs.sum(axis=1), 1.0)
    assert fc.path.best_risk == pytest.approx(wrong.mean())
