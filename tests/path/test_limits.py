"""Early, late, small and large: what the path must do at its edges."""

import warnings

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.model_selection import LeaveOneOut, cross_val_predict

import riskcast as rc
from tests.path.refits import refit_predictions

RNG = np.random.default_rng(0)
X = RNG.standard_normal((30, 6)) + 3.0
Y = X @ RNG.standard_normal(6) + RNG.standard_normal(30)


def test_the_default_grid_runs_from_nothing_learned_to_the_limit():
    path = rc.risk_path(X, Y)
    assert len(path.times) == 100
    assert np.isinf(path.times[-1])
    np.testing.assert_allclose(path.risk[0], path.untrained_risk, rtol=0.01)
    np.testing.assert_allclose(path.risk[-2], path.risk[-1], rtol=1e-3)
    np.testing.assert_allclose(path.degrees_of_freedom[[0, -1]], [1.0, 7.0], atol=0.01)
    assert (np.diff(path.train_risk) <= 1e-12).all()


def test_the_ridge_path_is_scikit_learns_leave_one_out():
    alphas = [0.1, 3.0, 50.0]
    path = rc.risk_path(X, Y, filter=rc.Ridge(alphas))
    for alpha, risk in zip(path.filter.penalties, path.risk, strict=True):
        held_out = cross_val_predict(Ridge(alpha=alpha), X, Y, cv=LeaveOneOut())
        np.testing.assert_allclose(risk, ((Y - held_out) ** 2).mean(), rtol=1e-9)
    chosen = RidgeCV(alphas=alphas).fit(X, Y)
    assert path.filter.penalties[path.best_index] == chosen.alpha_
    np.testing.assert_allclose(path.best_risk, -chosen.best_score_, rtol=1e-9)


@settings(max_examples=25, deadline=None, derandomize=True)
@given(st.integers(-8, 8), st.integers(-8, 8))
def test_units_change_nothing_but_units(decades_x, decades_y):
    path = rc.risk_path(X, Y)
    scaled = rc.risk_path(X * 10.0**decades_x, Y * 10.0**decades_y)
    np.testing.assert_allclose(scaled.risk, path.risk * 100.0**decades_y, rtol=1e-7)
    np.testing.assert_allclose(scaled.times, path.times / 100.0**decades_x, rtol=1e-7)


@settings(max_examples=15, deadline=None, derandomize=True)
@given(st.integers(0, 2**32 - 1))
def test_rotations_and_orders_change_nothing(seed):
    rng = np.random.default_rng(seed)
    turn = np.linalg.qr(rng.standard_normal((6, 6)))[0]
    order = rng.permutation(30)
    path = rc.risk_path(X, Y)
    turned = rc.risk_path((X @ turn)[order], Y[order], times=path.times)
    np.testing.assert_allclose(turned.risk, path.risk, rtol=1e-7)
    np.testing.assert_allclose(
        turned.loo_predictions(1.0), path.loo_predictions(1.0)[order], rtol=1e-7
    )


def test_a_shift_of_the_targets_moves_predictions_alone():
    path, moved = rc.risk_path(X, Y), rc.risk_path(X, Y + 1e6)
    np.testing.assert_allclose(moved.risk, path.risk, rtol=1e-6)
    np.testing.assert_allclose(
        moved.loo_predictions(1.0) - 1e6, path.loo_predictions(1.0), rtol=1e-6
    )


@pytest.mark.parametrize("shape", [(2, 1), (2, 5), (3, 1), (3, 2), (4, 3)])
def test_the_smallest_data(shape):
    rows = RNG.standard_normal(shape)
    path = rc.risk_path(rows, RNG.standard_normal(shape[0]))
    assert np.isfinite(path.risk).all()
    assert np.isfinite(path.standard_error).all()


def test_any_time_can_be_asked_of_a_flow_and_the_given_ones_of_other_rules():
    path = rc.risk_path(X, Y, filter=rc.GradientDescent(0.01, [1, 10]))
    assert path.loo_predictions(0.1).shape == (30,)
    with pytest.raises(ValueError, match=r"time: 0\.3 is not one of the 2 times"):
        path.loo_predictions(0.3)
    flow = rc.risk_path(X, Y, times=[1.0])
    assert flow.loo_predictions(0.3).shape == (30,)


def test_weight_decay_at_the_end_is_ridge():
    decay = 0.2
    path = rc.risk_path(X, Y, times=[np.inf], weight_decay=decay)
    held_out = cross_val_predict(Ridge(alpha=29 * decay), X, Y, cv=LeaveOneOut())
    np.testing.assert_allclose(path.loo_predictions(np.inf), held_out, rtol=1e-9)


@pytest.mark.parametrize(
    "filter",
    [
        rc.GradientFlow([0.0]),
        rc.GradientFlow([1.0]),
        rc.GradientFlow([np.inf]),
        rc.Ridge([0.0]),
        rc.Ridge([2.0]),
        rc.GradientDescent(0.01, [0]),
        rc.Nesterov(0.01, [7]),
    ],
    ids=repr,
)
def test_a_single_moment(filter):
    path = rc.risk_path(X, Y, filter=filter)
    refits = refit_predictions(X, Y, filter)
    np.testing.assert_allclose(path.loo_predictions(), refits[:, 0, 0], rtol=1e-9)
    assert path.best_index == 0
    assert path.overtraining == 0.0


def test_time_zero_is_untrained():
    path = rc.risk_path(X, Y, times=[0.0, 1.0])
    np.testing.assert_allclose(path.risk[0], path.untrained_risk, rtol=1e-13)
    np.testing.assert_allclose(path.train_risk[0], Y.var(), rtol=1e-12)
    assert path.degrees_of_freedom[0] == 1.0


def test_one_eigenvalue_has_a_closed_form():
    """All directions alike: leave-one-out of p = 1 without intercept, by hand."""
    x, y = X[:, :1], Y
    path = rc.risk_path(x, y, fit_intercept=False, times=[0.01, 0.3, np.inf])
    assert len(path.eigenvalues) == 1
    for time, risk in zip(path.times, path.risk, strict=True):
        energy, overlap = (x**2).sum() - x[:, 0] ** 2, x[:, 0] @ y - x[:, 0] * y
        slope = -np.expm1(-time * energy / 29) * overlap / energy
        np.testing.assert_allclose(risk, ((y - slope * x[:, 0]) ** 2).mean(), rtol=1e-10)


def test_two_rows_predict_each_other():
    path = rc.risk_path([[0.0], [1.0]], [3.0, 5.0])
    np.testing.assert_allclose(path.loo_predictions(), [5.0, 3.0])
    np.testing.assert_allclose(path.risk, 4.0)


def test_ridge_by_name_has_the_penalties_that_stand_for_its_times():
    times = [0.5, 10.0, np.inf]
    path = rc.risk_path(X, Y, filter="ridge", times=times)
    np.testing.assert_array_equal(path.times, times)
    given = rc.risk_path(X, Y, filter=rc.Ridge([60.0, 3.0, 0.0]))
    np.testing.assert_array_equal(path.risk, given.risk)
    grid = rc.risk_path(X, Y, filter="ridge")
    assert len(grid.times) == 100
    assert np.isinf(grid.times[-1])


@pytest.mark.parametrize("grouped", [False, True])
@pytest.mark.parametrize("shape", [(20, 4), (20, 19), (20, 30)])
def test_a_penalty_next_to_nothing_is_none(shape, grouped):
    """Down to 1e-280, where squares of what it leaves underflow, with a row of leverage one."""
    rng = np.random.default_rng(5)
    X, y = rng.standard_normal(shape), rng.standard_normal(20)
    X = np.column_stack([X, np.eye(20)[0]])
    groups = np.arange(20) // 2 if grouped else None
    ridge = rc.Ridge([1e-30, 1e-150, 1e-200, 1e-280, 0.0])
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path = rc.risk_path(X, y, filter=ridge, groups=groups)
        decayed = rc.risk_path(X, y, times=[1.0, np.inf], weight_decay=1e-200, groups=groups)
    np.testing.assert_allclose(path.risk, path.risk[-1], rtol=1e-10)
    np.testing.assert_allclose(path.standard_error, path.standard_error[-1], rtol=1e-10)
    np.testing.assert_allclose(decayed.risk[-1], path.risk[-1], rtol=1e-10)
