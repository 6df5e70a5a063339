"""Filters against training: steps in weight space, an ODE solver, high precision."""

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.integrate import solve_ivp

import riskcast as rc

N_SAMPLES = 7
STEPS = [0, 1, 2, 3, 10, 200]


def small_table():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((N_SAMPLES, 4)) @ np.diag([2.0, 1.0, 0.3, 0.01])
    X[:, 3] = X[:, 0] - X[:, 1]  # a null direction
    return X, rng.standard_normal(N_SAMPLES)


def filter_weights(X, y, filter):
    """Weights by the definition ``g(S) Xᵀy``, with ``λ g(λ)`` the shrinkage, shape (T, p)."""
    eigenvalues, vectors = np.linalg.eigh(X.T @ X)
    eigenvalues = np.where(eigenvalues > 1e-12 * eigenvalues[-1], eigenvalues, 0.0)
    shares = filter.shrinkage(eigenvalues, len(X))
    gains = np.divide(shares, eigenvalues, out=np.zeros_like(shares), where=eigenvalues > 0)
    return (gains * (vectors.T @ (X.T @ y))) @ vectors.T


def slope(X, y, w, weight_decay):
    return X.T @ (X @ w - y) / len(X) + weight_decay * w


@pytest.mark.parametrize("weight_decay", [0.0, 0.2])
def test_flow_is_the_solution_of_its_differential_equation(weight_decay):
    X, y = small_table()
    times = np.array([0.0, 0.1, 1.0, 5.0, 40.0])
    found = filter_weights(X, y, rc.GradientFlow(times, weight_decay))
    solved = solve_ivp(
        lambda _, w: -slope(X, y, w, weight_decay),
        (0, times[-1]),
        np.zeros(4),
        t_eval=times,
        rtol=1e-11,
        atol=1e-13,
    ).y.T
    np.testing.assert_allclose(found, solved, atol=1e-9)


def take_steps(X, y, rule, momentum_of, ahead):
    """The textbook iteration; `ahead` evaluates the gradient at the extrapolated point."""
    now = before = np.zeros(X.shape[1])
    trail = [now]
    for step in range(STEPS[-1]):
        velocity = momentum_of(step) * (now - before)
        here = now + velocity if ahead else now
        move = rule.learning_rate * slope(X, y, here, rule.weight_decay)
        now, before = now + velocity - move, now
        trail.append(now)
    return np.stack(trail)[STEPS]


STEPPED = {
    "descent": (lambda d: rc.GradientDescent(0.5, STEPS, d), lambda k: 0.0, False),
    "heavy ball": (lambda d: rc.HeavyBall(0.5, 0.8, STEPS, d), lambda k: 0.8, False),
    "constant momentum": (lambda d: rc.Nesterov(0.5, STEPS, 0.8, d), lambda k: 0.8, True),
    "schedule": (lambda d: rc.Nesterov(0.5, STEPS, None, d), lambda k: k / (k + 3), True),
}


@pytest.mark.parametrize("weight_decay", [0.0, 0.2])
@pytest.mark.parametrize("name", STEPPED)
def test_rules_that_step_are_their_iteration(name, weight_decay):
    X, y = small_table()
    make, momentum_of, ahead = STEPPED[name]
    rule = make(weight_decay)
    walked = take_steps(X, y, rule, momentum_of, ahead)
    np.testing.assert_allclose(filter_weights(X, y, rule), walked, atol=1e-12)


def test_ridge_solves_the_normal_equations():
    X, y = small_table()
    penalties = [0.01, 3.0, 100.0]
    solved = [np.linalg.solve(X.T @ X + z * np.eye(4), X.T @ y) for z in penalties[::-1]]
    np.testing.assert_allclose(filter_weights(X, y, rc.Ridge(penalties)), solved, atol=1e-12)


def test_principal_components_regress_on_the_leading_ones():
    X, y = small_table()
    found = filter_weights(X, y, rc.PrincipalComponents([0, 1, 2, 3, 4]))
    axes = np.linalg.svd(X)[2]
    for k in range(4):  # the fourth direction is null and never used
        scores = X @ axes[:k].T
        regressed = axes[:k].T @ np.linalg.lstsq(scores, y, rcond=None)[0] if k else np.zeros(4)
        np.testing.assert_allclose(found[k], regressed, atol=1e-11)
    np.testing.assert_array_equal(found[4], found[3])


def test_infinite_time_and_zero_penalty_are_the_least_squares_of_smallest_norm():
    X, y = small_table()
    smallest = np.linalg.pinv(X, rcond=1e-10) @ y
    for filter in [rc.GradientFlow([np.inf]), rc.Ridge([0.0])]:
        np.testing.assert_allclose(filter_weights(X, y, filter)[0], smallest, atol=1e-12)


def test_infinite_time_with_weight_decay_is_ridge():
    eigenvalues = np.array([0.0, 1e-9, 1.0, 50.0])
    flow = rc.GradientFlow([np.inf], weight_decay=0.3).shrinkage(eigenvalues, n_samples=10)
    np.testing.assert_allclose(flow, rc.Ridge([3.0]).shrinkage(eigenvalues, 10), rtol=1e-15)


ALL_RULES = [
    rc.GradientFlow([0.0, 1.0, np.inf]),
    rc.GradientFlow([0.0, 1.0, np.inf], 0.1),
    *(make(decay) for make, _, _ in STEPPED.values() for decay in (0.0, 0.1)),
    rc.Ridge([0.0, 1.0, 10.0]),
    rc.PrincipalComponents([0, 1, 2]),
]


@pytest.mark.parametrize("rule", ALL_RULES, ids=repr)
def test_a_null_direction_learns_nothing_and_the_first_moment_neither(rule):
    shares = rule.shrinkage([0.0, 3.0], n_samples=5)
    assert shares.shape == (len(rule), 2)
    np.testing.assert_array_equal(shares[:, 0], 0.0)
    if not isinstance(rule, rc.Ridge):
        np.testing.assert_array_equal(shares[0], 0.0)
    np.testing.assert_allclose(rule.residual([0.0, 3.0], 5), 1.0 - shares, atol=1e-15)


@pytest.mark.parametrize("rule", ALL_RULES, ids=repr)
def test_at_is_the_same_rule_at_some_moments(rule):
    some = rule.at([0, 2])
    assert len(some) == 2
    assert type(some) is type(rule)
    eigenvalues = [0.1, 2.0]
    np.testing.assert_array_equal(
        some.shrinkage(eigenvalues, 5), rule.shrinkage(eigenvalues, 5)[[0, 2]]
    )
    np.testing.assert_array_equal(some.times(5), rule.times(5)[[0, 2]])
    assert len(rule.at(1)) == 1
    assert len(rule) == len(rule.times(5)) != 2


def test_times():
    np.testing.assert_array_equal(rc.GradientFlow([1, np.inf]).times(9), [1, np.inf])
    np.testing.assert_array_equal(rc.GradientDescent(0.5, [0, 4]).times(9), [0, 2])
    np.testing.assert_array_equal(rc.Ridge([0.0, 3.0]).times(9), [3.0, np.inf])
    np.testing.assert_array_equal(rc.PrincipalComponents([1, 5]).times(9), [1, 5])


def many_digits(rule, row, eigenvalue, n_samples):
    """The fraction learned, by mpmath from the definition of the rule."""
    decay = mpmath.mpf(rule.weight_decay)
    curvature = mpmath.mpf(eigenvalue) / n_samples
    end = curvature / (curvature + decay)
    if isinstance(rule, rc.GradientFlow):
        return end * (1 - mpmath.exp(-mpmath.mpf(rule.times(n_samples)[row]) * (curvature + decay)))
    now = before = mpmath.mpf(0)
    for step in range(int(rule.steps[row])):
        momentum = mpmath.mpf(rule.momentum_at(step))
        ahead = now + momentum * (now - before)
        here = ahead if isinstance(rule, rc.Nesterov) else now
        pull = mpmath.mpf(rule.learning_rate) * (curvature + decay)
        now, before = ahead + pull * (1 - here), now
    return end * now


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    st.floats(-16, 0),
    st.sampled_from([0.0, 1e-12, 1e-3]),
    st.integers(0, 4),
    st.sampled_from([1e-8, 1.0, 1e8]),
)
def test_relative_accuracy_where_the_share_is_tiny(decade, decay, which, scale):
    """Relative accuracy of 1e-12 at any scale of the data."""
    eigenvalue, rate = 10.0**decade * scale, 0.7 / scale
    rule = [
        rc.GradientFlow(np.array([1e-9, 1.0, 1e6]) / scale, decay * scale),
        rc.GradientDescent(rate, [1, 30, 250], decay * scale),
        rc.HeavyBall(rate, 0.9, [1, 30, 250], decay * scale),
        rc.Nesterov(rate, [1, 30, 250], 0.9, decay * scale),
        rc.Nesterov(rate, [1, 30, 250], None, decay * scale),
    ][which]
    shares = rule.shrinkage([eigenvalue], n_samples=1)[:, 0]
    with mpmath.workdps(60):
        for row in range(3):
            exact = many_digits(rule, row, eigenvalue, 1)
            assert abs(shares[row] / exact - 1) < 1e-12


def test_flow_residual_keeps_its_digits_near_the_end():
    residual = rc.GradientFlow([1.0]).residual([60.0, 700.0], n_samples=1)[0]
    with mpmath.workdps(40):
        for found, eigenvalue in zip(residual, [60, 700], strict=True):
            assert abs(found / mpmath.exp(-eigenvalue) - 1) < 1e-13


def test_complex_pulls_are_taken_as_polynomials():
    """The contours evaluate the rules off the real axis."""
    pull = np.array([0.3 + 0.2j, -0.1 + 0.9j, 1e-12 + 1e-12j])
    twice = pull * (2.0 - pull)  # of gradient descent, 1 - (1 - u)²
    found = rc.GradientDescent(1.0, [1, 2]).learned(pull)
    np.testing.assert_allclose(found, [pull, twice], rtol=1e-14)


BAD_ARGUMENTS = [
    (lambda: rc.GradientFlow([1.0, 0.5]), "times"),
    (lambda: rc.GradientFlow([1.0, 1.0]), "times"),
    (lambda: rc.GradientFlow([-1.0]), "times"),
    (lambda: rc.GradientFlow([np.nan]), "times"),
    (lambda: rc.GradientFlow([]), "times"),
    (lambda: rc.GradientFlow([[1.0]]), "times"),
    (lambda: rc.GradientFlow([np.inf, np.inf]), "times"),
    (lambda: rc.GradientFlow("soon"), "times"),
    (lambda: rc.GradientFlow([1.0], -0.1), "weight_decay"),
    (lambda: rc.GradientFlow([1.0], np.inf), "weight_decay"),
    (lambda: rc.GradientFlow([1.0], None), "weight_decay"),
    (lambda: rc.GradientDescent(0.0, [1]), "learning_rate"),
    (lambda: rc.GradientDescent(-1.0, [1]), "learning_rate"),
    (lambda: rc.GradientDescent(np.nan, [1]), "learning_rate"),
    (lambda: rc.GradientDescent(None, [1]), "learning_rate"),
    (lambda: rc.GradientDescent(0.1, [1.5]), "steps"),
    (lambda: rc.GradientDescent(0.1, [-1]), "steps"),
    (lambda: rc.GradientDescent(0.1, [2, 1]), "steps"),
    (lambda: rc.GradientDescent(0.1, [np.inf]), "steps"),
    (lambda: rc.GradientDescent(0.1, []), "steps"),
    (lambda: rc.GradientDescent(0.1, [1], -1.0), "weight_decay"),
    (lambda: rc.HeavyBall(0.1, 1.0, [1]), "momentum"),
    (lambda: rc.HeavyBall(0.1, -0.1, [1]), "momentum"),
    (lambda: rc.HeavyBall(0.1, np.nan, [1]), "momentum"),
    (lambda: rc.HeavyBall(0.1, "much", [1]), "momentum"),
    (lambda: rc.HeavyBall(0.1, 0.5, [0.5]), "steps"),
    (lambda: rc.HeavyBall(-0.1, 0.5, [1]), "learning_rate"),
    (lambda: rc.Nesterov(0.1, [1], 1.0), "momentum"),
    (lambda: rc.Nesterov(0.1, [1], None, np.nan), "weight_decay"),
    (lambda: rc.Nesterov(0.0, [1]), "learning_rate"),
    (lambda: rc.Nesterov(0.1, ["one"]), "steps"),
    (lambda: rc.Ridge([-1.0, 1.0]), "penalties"),
    (lambda: rc.Ridge([1.0, 1.0]), "penalties"),
    (lambda: rc.Ridge([np.inf]), "penalties"),
    (lambda: rc.Ridge([np.nan, 1.0]), "penalties"),
    (lambda: rc.Ridge([]), "penalties"),
    (lambda: rc.Ridge([[1.0, 2.0]]), "penalties"),
    (lambda: rc.Ridge([1e300]), "penalties"),
    (lambda: rc.GradientDescent(0.1, [10**30]), "steps"),
    (lambda: rc.PrincipalComponents([1.5]), "components"),
    (lambda: rc.PrincipalComponents([-1]), "components"),
    (lambda: rc.PrincipalComponents([3, 1]), "components"),
]


@pytest.mark.parametrize(("make", "name"), BAD_ARGUMENTS)
def test_a_bad_argument_is_named(make, name):
    with pytest.raises((ValueError, TypeError), match=name):
        make()


def test_ridge_penalties_run_from_large_to_small():
    np.testing.assert_array_equal(rc.Ridge([1.0, 9.0, 3.0]).penalties, [9.0, 3.0, 1.0])


@pytest.mark.parametrize("rule", ALL_RULES, ids=repr)
def test_repr_says_what_it_holds(rule):
    assert repr(rule).startswith(f"{type(rule).__name__}({len(rule)} ")
    assert ("weight_decay" in repr(rule)) == bool(rule.weight_decay)
