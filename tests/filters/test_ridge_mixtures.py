"""Mixtures of ridges against the exact filter: on random spectra, windows and rules."""

import copy

import mpmath
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import riskcast as rc
from riskcast.filters import Filter
from riskcast.filters._ridge_mixtures import (
    PROMISED_ERROR,
    ResolventMixture,
    Window,
    resolvent_mixture,
)

# A mixture measures its error on a grid; on a much denser one it may be larger by this factor.
GRID_SLACK = 1.5
# Recurrences have rounding errors, and so do comparisons with them.
ROUNDING = 1e-12

THOROUGH = settings(max_examples=80, deadline=None, derandomize=True)


def relative_error(mixture, filter, eigenvalues, n_samples):
    """Largest error at increasing eigenvalues, relative to the running maximum.

    That is the relative error where the fraction learned increases; with momentum it can
    return to zero. Times at which nothing is learned must be exact.
    """
    error = np.abs(mixture.shrinkage(eigenvalues) - filter.shrinkage(eigenvalues, n_samples))
    size = largest_so_far(filter, eigenvalues, n_samples)
    assert (error[size == 0] == 0).all()
    return np.max(error[size > 0] / size[size > 0], initial=0.0)


def largest_so_far(filter, eigenvalues, n_samples):
    """Largest fraction of the way to its end point covered by a mode of smaller curvature."""
    without_decay = copy.copy(filter)
    without_decay.weight_decay = 0.0
    decay = n_samples * filter.weight_decay
    below = np.linspace(0.0, decay, 200)
    gone = without_decay.shrinkage(np.append(below, eigenvalues + decay), n_samples)
    size = np.maximum.accumulate(np.abs(gone), axis=1)[:, len(below) :]
    return size * (eigenvalues / (eigenvalues + decay))


def random_eigenvalues(rng, largest, count=100):
    """In (0, λmax], crowded at both ends."""
    share = np.concatenate(
        [
            10.0 ** rng.uniform(-14, 0, count),
            rng.uniform(0, 1, count),
            1.0 - 10.0 ** rng.uniform(-9, -1, count),
        ]
    )
    return largest * np.append(np.sort(share), 1.0)


@THOROUGH
@given(
    seed=st.integers(0, 2**32 - 1),
    first=st.floats(-8, 8),
    decades=st.floats(0, 14),
    count=st.integers(1, 60),
    decay=st.sampled_from([0.0, 1e-6, 1.0]),
    scale=st.sampled_from([1e-8, 1.0, 1e8]),
)
def test_flow(seed, first, decades, count, decay, scale):
    rng = np.random.default_rng(seed)
    times = np.unique(10.0 ** (first + np.append(0.0, rng.uniform(0, decades, count)))) / scale
    flow = rc.GradientFlow(np.concatenate([[0.0], times, [np.inf]]), decay * scale)
    n_samples = int(rng.integers(1, 10_000))
    largest = scale * n_samples * 10.0 ** rng.uniform(-3, 3)
    mixture = rc.resolvent_mixture(flow, n_samples, largest)
    error = relative_error(mixture, flow, random_eigenvalues(rng, largest), n_samples)
    assert error <= PROMISED_ERROR
    assert error <= GRID_SLACK * mixture.error + ROUNDING
    assert mixture.n_moments == len(flow)


@st.composite
def stepped_rules(draw):
    """Rules up to near their stability limit, with momenta up to 0.99 and 3000 steps."""
    share = draw(st.sampled_from([1e-8, 1e-3, 0.01, 0.3, 0.7, 0.97]))
    steps = draw(
        st.lists(st.integers(0, 3000) | st.integers(0, 40), min_size=1, max_size=12, unique=True)
    )
    momentum = draw(st.sampled_from([0.0, 0.3, 0.9, 0.99]))
    decay = draw(st.sampled_from([0.0, 1e-4, 0.05]))
    kind = draw(st.sampled_from(["descent", "heavy ball", "constant", "schedule"]))
    if kind == "heavy ball" and momentum == 0.99:
        share = min(share, 0.7)  # above, thousands of steps raise an error
    # The largest curvature plus decay is one, so these are the stability limits.
    limit = {
        "descent": 2.0,
        "heavy ball": 2.0 * (1.0 + momentum),
        "constant": 2.0 * (1.0 + momentum) / (1.0 + 2.0 * momentum),
        "schedule": 4.0 / 3.0,
    }[kind]
    rate, steps = share * limit, sorted(steps)
    return {
        "descent": lambda: rc.GradientDescent(rate, steps, decay),
        "heavy ball": lambda: rc.HeavyBall(rate, momentum, steps, decay),
        "constant": lambda: rc.Nesterov(rate, steps, momentum, decay),
        "schedule": lambda: rc.Nesterov(rate, steps, None, decay),
    }[kind]()


@THOROUGH
@given(rule=stepped_rules(), seed=st.integers(0, 2**32 - 1))
def test_rules_that_step(rule, seed):
    rng = np.random.default_rng(seed)
    n_samples = int(rng.integers(1, 1000))
    largest = n_samples * (1.0 - rule.weight_decay)
    mixture = rc.resolvent_mixture(rule, n_samples, largest)
    error = relative_error(mixture, rule, random_eigenvalues(rng, largest), n_samples)
    assert error <= PROMISED_ERROR
    assert error <= GRID_SLACK * mixture.error + ROUNDING


@pytest.mark.parametrize("penalties", [[0.0], [1e-12, 1.0, 1e12], [0.0, 5.0]])
def test_ridge_is_its_own_mixture(penalties):
    ridge = rc.Ridge(penalties)
    mixture = rc.resolvent_mixture(ridge, 10, 100.0)
    eigenvalues = np.append(0.0, np.logspace(-12, 2, 50))
    np.testing.assert_allclose(
        mixture.shrinkage(eigenvalues), ridge.shrinkage(eigenvalues, 10), rtol=1e-14
    )
    assert mixture.n_nodes == len(ridge)


def test_the_mixture_is_one_over_all_spectra_up_to_the_largest_eigenvalue():
    """In high precision: the comparison has no rounding errors."""
    flow = rc.GradientFlow(np.logspace(-3, 4, 8), weight_decay=1e-3)
    mixture = rc.resolvent_mixture(flow, n_samples=20, largest_eigenvalue=300.0)
    for eigenvalue in [1e-10, 0.3, 300.0]:
        found = mixture.shrinkage([eigenvalue])[:, 0]
        with mpmath.workdps(40):
            rate = mpmath.mpf(eigenvalue) / 20 + mpmath.mpf(flow.weight_decay)
            for row, time in enumerate(flow.times(20)):
                share = mpmath.mpf(eigenvalue) / 20 / rate
                exact = share * (1 - mpmath.exp(-mpmath.mpf(time) * rate))
                assert abs(found[row] / exact - 1) < PROMISED_ERROR


def test_accelerated_rule_by_many_digits():
    rule = rc.Nesterov(0.9, [5, 100, 700])
    mixture = rc.resolvent_mixture(rule, n_samples=1, largest_eigenvalue=1.0)
    for eigenvalue in [1e-9, 1e-4, 0.77]:
        with mpmath.workdps(40):
            now = before = mpmath.mpf(0)
            pull, trail = mpmath.mpf(rule.learning_rate) * mpmath.mpf(eigenvalue), []
            for step in range(700):
                ahead = now + mpmath.mpf(step) / (step + 3) * (now - before)
                now, before = ahead + pull * (1 - ahead), now
                trail.append(now)
            found = mixture.shrinkage([eigenvalue])[:, 0]
            for row, step in enumerate(rule.steps):
                assert abs(found[row] / trail[step - 1] - 1) < PROMISED_ERROR


def test_nodes_and_weights_mean_what_they_say():
    """``h(λ) = 2 Re Σ c λ/(λ+z)``, summed here by hand from the windows."""
    flow = rc.GradientFlow([0.1, 1.0, 500.0])
    mixture = rc.resolvent_mixture(flow, 10, 50.0)
    share = np.zeros(3)
    for window in mixture.windows:
        for row, weights in zip(window.rows, window.weights, strict=True):
            share[row] = 2.0 * sum((weights * 7.0 / (7.0 + window.nodes)).real)
    np.testing.assert_allclose(share, 1 - np.exp(-np.array([0.1, 1.0, 500.0]) * 0.7), rtol=1e-9)


def test_weight_decay_shifts_nodes_and_leaves_weights():
    times = np.logspace(-2, 5, 30)
    plain = rc.resolvent_mixture(rc.GradientFlow(times), 40, 100.0)
    decayed = rc.resolvent_mixture(rc.GradientFlow(times, 0.25), 40, 100.0)
    assert decayed.shift == 10.0
    for one, other in zip(plain.windows, decayed.windows, strict=True):
        np.testing.assert_allclose(other.nodes, one.nodes + 10.0, rtol=1e-15)
        np.testing.assert_array_equal(other.weights, one.weights)


def test_no_moment_is_in_two_windows_and_only_the_first_is_in_none():
    flow = rc.GradientFlow(np.concatenate([[0.0], np.logspace(-4, 9, 77), [np.inf]]))
    rows = np.concatenate([w.rows for w in rc.resolvent_mixture(flow, 5, 1.0).windows])
    np.testing.assert_array_equal(np.sort(rows), np.arange(1, len(flow)))


@pytest.mark.parametrize(
    ("filter", "most"),
    [
        (rc.GradientFlow([1.0]), 20),
        (rc.GradientFlow(np.logspace(0, 8, 100)), 250),
        (rc.GradientFlow(np.append(np.logspace(-4, 10, 100), np.inf)), 420),
        (rc.GradientDescent(0.9, np.unique(np.logspace(0, 3.4, 60).astype(int))), 250),
        (rc.HeavyBall(1.0, 0.5, np.unique(np.logspace(0, 3.4, 60).astype(int))), 300),
        (rc.Nesterov(0.9, np.unique(np.logspace(0, 3.4, 60).astype(int))), 1100),
    ],
    ids=repr,
)
def test_few_nodes_are_enough(filter, most):
    """Each node costs one ridge regression; more nodes mean slower paths."""
    assert rc.resolvent_mixture(filter, 1, 1.0).n_nodes <= most


def test_principal_components_refuse():
    with pytest.raises(TypeError, match=r"filter: PrincipalComponents.*not analytic"):
        rc.resolvent_mixture(rc.PrincipalComponents([1, 2]), 10, 1.0)


@pytest.mark.parametrize(
    "rule",
    [
        rc.GradientDescent(2.2, [100]),
        rc.HeavyBall(4.2, 0.9, [300]),
        rc.Nesterov(1.5, [500], 0.95),
        rc.Nesterov(1.5, [500]),
        rc.GradientDescent(1e5, [3000]),
    ],
    ids=repr,
)
def test_a_diverging_learning_rate_is_named(rule):
    with pytest.raises(ValueError, match=r"learning_rate: .* diverge"):
        rc.resolvent_mixture(rule, 1, 1.0)


@pytest.mark.parametrize(
    "rule",
    [
        rc.GradientDescent(1.9999, [100_000]),
        rc.HeavyBall(1.0, 0.9999, [50_000]),
        rc.Nesterov(1.3, [30_000]),
    ],
    ids=repr,
)
def test_too_many_steps_raise(rule):
    with pytest.raises(ValueError, match=r"filter: .*(over 6000 ridge|above the promised)"):
        rc.resolvent_mixture(rule, 1, 1.0)


@pytest.mark.parametrize(
    "rule", [rc.GradientFlow([1.0, 20.0]), rc.GradientDescent(0.5, [100, 300])], ids=repr
)
def test_what_misses_the_promised_accuracy_raises(rule, monkeypatch):
    """With contours for three digits, and no more nodes allowed."""
    monkeypatch.setattr("riskcast.filters._contours.AIM", 1e-3)
    monkeypatch.setattr("riskcast.filters._step_contours._MOST_NODES", 0)
    with pytest.raises(ValueError, match="above the promised 1e-09"):
        rc.resolvent_mixture(rule, 1, 1.0)


class IteratedRidge(Filter):
    """A custom rule: ridge regression twice, on the residual, ``h = 1 - (z/(λ+z))²``."""

    def __init__(self, penalty):
        self.penalty = penalty

    def __len__(self):
        return 1

    def times(self, n_samples):
        return np.array([n_samples / self.penalty])

    def at(self, rows):
        return self

    def shrinkage(self, eigenvalues, n_samples):
        return 1.0 - (self.penalty / (np.asarray(eigenvalues)[None] + self.penalty)) ** 2


@resolvent_mixture.register
def _(filter: IteratedRidge, n_samples: int, largest_eigenvalue: float) -> ResolventMixture:
    # With R(z) = λ/(λ+z), h is R - z R', by Cauchy's formula on a circle around z.
    count = 100
    around = 0.5 * filter.penalty * np.exp(2j * np.pi * (np.arange(count // 2) + 0.5) / count)
    weights = (1.0 - filter.penalty / around)[None] / count
    window = Window(np.array([0]), filter.penalty + around, weights)
    return ResolventMixture(1, (window,), 0.0, 1e-11)


def test_a_registered_filter_has_a_mixture_and_a_leave_one_out_path():
    rng = np.random.default_rng(0)
    X, y = rng.standard_normal((20, 6)), rng.standard_normal(20)
    rule = IteratedRidge(3.0)
    mixture = rc.resolvent_mixture(rule, 20, 100.0)
    spectrum = random_eigenvalues(rng, 100.0)
    assert relative_error(mixture, rule, spectrum[spectrum > 1e-4], 20) < 1e-10
    held_out = rc.risk_path(X, y, filter=rule, fit_intercept=False).loo_predictions()
    for row in range(20):
        others = np.arange(20) != row
        gram = X[others].T @ X[others] + 3.0 * np.eye(6)
        first = np.linalg.solve(gram, X[others].T @ y[others])
        left = y[others] - X[others] @ first
        weights = first + np.linalg.solve(gram, X[others].T @ left)
        assert abs(held_out[row] - X[row] @ weights) < 1e-10


def test_an_unregistered_filter_is_told_how_to_register():
    class Unknown(Filter):
        __len__ = times = at = shrinkage = None

    with pytest.raises(TypeError, match=r"Unknown.*resolvent_mixture\.register"):
        rc.resolvent_mixture(Unknown(), 10, 1.0)


@pytest.mark.parametrize("rule", [rc.GradientFlow([1.0]), rc.Ridge([1.0]), rc.Nesterov(0.1, [3])])
@pytest.mark.parametrize(
    ("n_samples", "largest", "name"),
    [
        (10, 0.0, "largest_eigenvalue"),
        (10, -1.0, "largest_eigenvalue"),
        (10, np.nan, "largest_eigenvalue"),
        (10, np.inf, "largest_eigenvalue"),
        (0, 1.0, "n_samples"),
        (2.5, 1.0, "n_samples"),
    ],
)
def test_sizes_that_cannot_be_are_named(rule, n_samples, largest, name):
    with pytest.raises(ValueError, match=f"^{name}: got "):
        rc.resolvent_mixture(rule, n_samples, largest)
