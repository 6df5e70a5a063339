import mpmath
import numpy as np
import pytest
from dual_oracle import kinked_expectation, smooth_expectation
from scipy import special

from riskcast.features import (
    GELU,
    Cosine,
    Erf,
    Identity,
    LeakyReLU,
    Polynomial,
    Quadrature,
    ReLU,
    Sine,
    as_activation,
)


def npdf(z):
    return np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)


SMOOTH = [
    (Erf(), special.erf, lambda z: 2 / np.sqrt(np.pi) * np.exp(-z * z)),
    (GELU(), lambda z: z * special.ndtr(z), lambda z: special.ndtr(z) + z * npdf(z)),
    (Sine(), np.sin, np.cos),
    (Cosine(), np.cos, lambda z: -np.sin(z)),
    (Identity(), lambda z: z, np.ones_like),
    (
        Polynomial((1.0, -0.5, 0.3, 0.2)),
        lambda z: 1 - 0.5 * z + 0.3 * z**2 + 0.2 * z**3,
        lambda z: -0.5 + 0.6 * z + 0.6 * z**2,
    ),
    (Quadrature(np.tanh), np.tanh, lambda z: 1 / np.cosh(z) ** 2),
    (Quadrature(lambda z: np.logaddexp(0, z)), lambda z: np.logaddexp(0, z), special.expit),
]
KINKED = [
    (ReLU(), lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0),
    (LeakyReLU(0.2), lambda z: np.where(z > 0, z, 0.2 * z), lambda z: np.where(z > 0, 1, 0.2)),
    (LeakyReLU(-1.0), np.abs, np.sign),
]
PAIRS = [(0.0, 1.0, 1.0), (0.5, 1.0, 1.0), (-0.7, 0.8, 1.1), (0.3, 0.2, 1.7), (0.9, 0.9, 0.9)]
EVERY = [case[0] for case in SMOOTH + KINKED]


@pytest.mark.parametrize(("activation", "phi", "dphi"), SMOOTH, ids=lambda a: repr(a)[:20])
@pytest.mark.parametrize(("k", "q", "r"), PAIRS)
def test_smooth_duals_equal_quadrature(activation, phi, dphi, k, q, r):
    assert activation.dual(k, q, r) == pytest.approx(smooth_expectation(phi, k, q, r), abs=1e-10)
    slope = smooth_expectation(dphi, k, q, r)
    assert activation.dual_derivative(k, q, r) == pytest.approx(slope, abs=1e-10)


@pytest.mark.parametrize(("activation", "phi", "dphi"), KINKED, ids=lambda a: repr(a)[:20])
@pytest.mark.parametrize(("k", "q", "r"), [*PAIRS, (-1.0, 1.0, 1.0)])
def test_kinked_duals_equal_quadrature(activation, phi, dphi, k, q, r):
    value = kinked_expectation(phi, 1, k, q, r)
    slope = kinked_expectation(dphi, 0, k, q, r)
    assert activation.dual(k, q, r) == pytest.approx(value, abs=1e-10)
    assert activation.dual_derivative(k, q, r) == pytest.approx(slope, abs=1e-10)


@pytest.mark.parametrize("activation", EVERY, ids=lambda a: repr(a)[:20])
def test_transform_agrees_with_dual_in_gap_form(activation):
    rng = np.random.default_rng(0)
    q, r = rng.uniform(0.1, 2, 5), rng.uniform(0.1, 2, 4)
    c = rng.uniform(-1, 1, (5, 4))
    k = c * np.sqrt(np.outer(q, r))
    gap = 1 - c
    before = gap.copy()
    left, right = activation.profile(q)[:, :, None], activation.profile(r)[:, None, :]
    passed, slope = activation.transform(gap, left, right, derivative=True)
    norm = np.sqrt(np.outer(activation.second_moment(q), activation.second_moment(r)))
    np.testing.assert_allclose(
        norm * (1 - passed), activation.dual(k, q[:, None], r), rtol=0, atol=1e-13
    )
    np.testing.assert_allclose(
        slope, activation.dual_derivative(k, q[:, None], r), rtol=1e-12, atol=1e-13
    )
    np.testing.assert_array_equal(gap, before)
    assert activation.transform(gap, left, right, derivative=False)[1] is None


@pytest.mark.parametrize("activation", EVERY, ids=lambda a: repr(a)[:20])
def test_moments_are_the_duals_at_correlation_one(activation):
    q = np.array([0.0, 1e-9, 1e-3, 0.7, 3.0])
    np.testing.assert_allclose(
        activation.second_moment(q), activation.dual(q, q, q), rtol=1e-10, atol=1e-14
    )
    positive = q[1:]
    np.testing.assert_allclose(
        activation.derivative_second_moment(positive),
        activation.dual_derivative(positive, positive, positive),
        rtol=1e-9,
    )


@pytest.mark.parametrize("exponent", [-2, -5, -8, -12])
def test_relu_keeps_its_digits_for_near_duplicates(exponent):
    # The gap of a pair at angle θ is 2 sin²(θ/2); the reference is Cho and Saul's formula.
    with mpmath.workdps(60):
        theta = mpmath.mpf(10) ** exponent
        gap = 2 * mpmath.sin(theta / 2) ** 2
        cosine = 1 - gap
        value = (mpmath.sin(theta) + (mpmath.pi - theta) * cosine) / mpmath.pi
        expected_gap, expected_slope = float(1 - value), float((mpmath.pi - theta) / mpmath.pi / 2)
        given = np.array([[float(gap)]])
    empty = np.empty((0, 1, 1))
    passed, slope = ReLU().transform(given, empty, empty, derivative=True)
    assert passed[0, 0] == pytest.approx(expected_gap, rel=1e-12 + 1e-15 / 10.0**exponent)
    assert abs(slope[0, 0] - expected_slope) < 3e-16


def test_no_gap_ever_becomes_negative_or_nan():
    gap = np.concatenate([10.0 ** np.arange(-320, 0), 2 - 10.0 ** np.arange(-16, 0), [0.0, 2.0]])
    empty = np.empty((0, 1))
    for activation in (ReLU(), LeakyReLU(0.3), LeakyReLU(-1.0)):
        passed = gap
        for _ in range(5):
            passed, slope = activation.transform(passed, empty, empty, derivative=True)
            assert np.all(passed >= 0)
            assert np.all(passed <= 2)
            assert np.all(np.isfinite(slope))


def test_huge_and_zero_variances_stay_finite():
    for activation in (Erf(), GELU(), Sine(), Cosine(), ReLU()):
        for q in (0.0, 1e-300, 1e-12, 1e8):
            for c in (-1.0, 0.0, 1.0):
                assert np.isfinite(activation.dual(c * q, q, q))
                assert np.isfinite(activation.dual_derivative(c * q, q, q))


@pytest.mark.parametrize("c", [-0.5, 0.3, 1.0])
def test_gelu_of_huge_signals_is_relu(c):
    for q in (1e6, 1e10, 1e16):
        ratio = GELU().dual(c * q, q, q) / q
        assert ratio == pytest.approx(float(ReLU().dual(c, 1, 1)), abs=1 / np.sqrt(q) + 1e-12)
        slope = float(ReLU().dual_derivative(c, 1, 1))
        assert GELU().dual_derivative(c * q, q, q) == pytest.approx(slope, abs=1 / np.sqrt(q))


def test_leaky_relu_contains_its_relatives():
    c = np.linspace(-1, 1, 11)
    np.testing.assert_allclose(LeakyReLU(1.0).dual(c, 1, 1), c, atol=1e-15)
    np.testing.assert_allclose(LeakyReLU(0.0).dual(c, 1, 1), ReLU().dual(c, 1, 1), atol=0)


@pytest.mark.parametrize("q", [0.3, 1.0, 4.0])
@pytest.mark.parametrize(
    "phi",
    [np.tanh, special.expit, lambda z: np.clip(z, -1, 1), lambda z: np.maximum(z, 0), np.sign],
)
def test_quadrature_states_an_error_that_holds(phi, q):
    activation = Quadrature(phi)
    # Composite Gauss-Legendre between all kinks, in one dimension conditional on the other.
    edges = np.unique(np.r_[np.linspace(-40, 40, 321), 0, -1, 1] / np.sqrt(q))
    edges = edges[np.abs(edges) <= 12]
    x, w = np.polynomial.legendre.leggauss(12)
    half = np.diff(edges) / 2
    z = (edges[:-1] + half)[:, None] + half[:, None] * x
    exact = np.sum(half[:, None] * w * npdf(z) * phi(np.sqrt(q) * z) ** 2)
    assert abs(activation.second_moment(q) - exact) <= activation.error(q)
    if phi in (np.tanh, special.expit) and q <= 1.0:
        assert activation.error(q) < 1e-10


def test_relu_by_quadrature_is_within_its_stated_error_at_any_correlation():
    by_quadrature, c = Quadrature(lambda z: np.maximum(z, 0.0)), np.linspace(-1, 1, 41)
    difference = by_quadrature.dual(c, 1.0, 1.0) - ReLU().dual(c, 1.0, 1.0)
    assert np.max(np.abs(difference)) <= by_quadrature.error(1.0)
    slope = by_quadrature.dual_derivative(c, 1.0, 1.0) - ReLU().dual_derivative(c, 1.0, 1.0)
    assert np.max(np.abs(slope)) <= by_quadrature.derivative_error(1.0)


def test_polynomial_slope_at_zero_variance_is_exact():
    cubic = Polynomial((0.5, 2.0, 0.0, 1.0))
    assert cubic.dual_derivative(0.0, 0.0, 0.0) == pytest.approx(4.0, abs=1e-15)
    assert Quadrature(np.tanh).derivative_second_moment(0.0) == pytest.approx(1.0, abs=1e-11)


def test_names_and_callables_become_activations():
    assert as_activation("relu") == ReLU()
    assert as_activation(np.tanh) == Quadrature(np.tanh)
    with pytest.raises(ValueError, match="'swish' is not known: give one of 'relu'"):
        as_activation("swish")
    with pytest.raises(TypeError, match="activation=3: give a name"):
        as_activation(3)
    with pytest.raises(ValueError, match="finite numbers of the shape"):
        Quadrature(lambda z: z.sum())
    with pytest.raises(TypeError, match="not callable"):
        Quadrature(3)
    with pytest.raises(ValueError, match="n_nodes: got 2; give a whole number >= 8"):
        Quadrature(np.tanh, n_nodes=2)
    with pytest.raises(ValueError, match="at least one finite number"):
        Polynomial(())
