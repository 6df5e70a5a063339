"""Duals at every variance, against mixtures with closed forms and mpmath.

The logistic distribution is a mixture of Gaussians whose standard deviation is twice a
Kolmogorov variable (Andrews and Mallows, 1974). So tanh is a mixture of error functions,
softplus of smoothed ReLUs and swish of scaled GELUs, all of which have closed duals.
"""

import warnings

import mpmath
import numpy as np
import pytest
from scipy import sparse, special
from sklearn.datasets import load_diabetes, load_wine

from riskcast.features import (
    GELU,
    NNGP,
    NTK,
    ConvolutionalNTK,
    Cosine,
    Erf,
    LeakyReLU,
    Quadrature,
    RandomFeatures,
    ReLU,
    Sine,
    criticality,
)


def kolmogorov():
    """Nodes and weights of the mixing distribution, by the trapezoidal rule in the logarithm."""
    s = np.exp(np.arange(np.log(0.12), np.log(6.5), 0.02))
    j = np.arange(1, 400)[:, None]
    density = np.sum(8 * (-1.0) ** (j + 1) * j**2 * s * np.exp(-2 * j**2 * s**2), axis=0)
    return s, np.maximum(density, 0) * s * 0.02


S, W = kolmogorov()


def gap_of(k, q, r):
    """One minus the correlation of three floats, without rounding."""
    with mpmath.workdps(60):
        return float(max(0, min(2, 1 - mpmath.mpf(k) / mpmath.sqrt(mpmath.mpf(q) * mpmath.mpf(r)))))


def tanh_duals(gap, q, r):
    c = 1 - gap
    a, b = 1 / (np.sqrt(2) * S[:, None]), 1 / (np.sqrt(2) * S)
    rest = np.sqrt(1 + 2 * a**2 * q + 2 * b**2 * r + 4 * a**2 * b**2 * q * r * gap * (2 - gap))
    value = 2 / np.pi * np.arctan2(2 * a * b * c * np.sqrt(q) * np.sqrt(r), rest)
    return W @ value @ W, W @ (4 / np.pi * a * b / rest) @ W


def softplus_duals(gap, q, r):
    q, r, k = q + 4 * S[:, None] ** 2, r + 4 * S**2, (1 - gap) * np.sqrt(q) * np.sqrt(r)
    extra = 16 * (S[:, None] * S) ** 2
    given = (
        q * r - extra - (q - 4 * S[:, None] ** 2) * 4 * S**2 - (r - 4 * S**2) * 4 * S[:, None] ** 2
    )
    apart = np.sqrt(extra + (q - 4 * S[:, None] ** 2) * 4 * S**2
                    + (r - 4 * S**2) * 4 * S[:, None] ** 2 + given * gap * (2 - gap))  # fmt: skip
    angle = np.arctan2(apart, k)
    value = (apart + (np.pi - angle) * k) / (2 * np.pi)
    return W @ value @ W, W @ ((np.pi - angle) / (2 * np.pi)) @ W


def sigmoid_duals(gap, q, r):
    value, slope = tanh_duals(gap, q / 4, r / 4)
    return 0.25 + 0.25 * value, slope / 16


def swish_duals(gap, q, r):
    # In terms of the gap, which scaling by s and t leaves as it is.
    s, t = 2 * S[:, None], 2 * S
    one, other = GELU().profile(q / s**2), GELU().profile(r / t**2)
    passed, slope = GELU().transform(np.full((len(S), len(S)), gap), one, other, True)
    return W @ (s * t * (1 - passed) / (one[1] * other[1])) @ W, W @ slope @ W


ORACLES = {
    "tanh": (Quadrature(np.tanh), tanh_duals),
    "sigmoid": (Quadrature(special.expit), sigmoid_duals),
    "softplus": (Quadrature(lambda z: np.logaddexp(0, z)), softplus_duals),
    "swish": (Quadrature(lambda z: z * special.expit(z)), swish_duals),
}
PAIRS = [
    (1e-16, 1e-16), (1e-16, 1e16), (1e-8, 1e-3), (1e-3, 40.0), (0.5, 0.5), (0.5, 1e8), (3.0, 3.0),
    (4.5, 300.0), (6.0, 6.0), (100.0, 100.0), (1e4, 1e4), (1e6, 1e6), (1e5, 1e7), (1e16, 1e16),
]  # fmt: skip
QUICK = PAIRS[:7:2]  # on small grids; the others of all but tanh take seconds
CORRELATIONS = [1.0, 1 - 1e-12, 1 - 1e-6, 0.98, 0.7, 0.5, 0.2, 1e-6, 0.0, -0.3, -0.7, -0.99, -1.0]


def test_the_oracles_are_mixtures_of_what_they_say():
    z = np.linspace(-12, 12, 49)
    np.testing.assert_allclose(
        special.erf(z[:, None] / (np.sqrt(2) * S)) @ W, np.tanh(z), atol=1e-13
    )
    np.testing.assert_allclose(special.ndtr(z[:, None] / (2 * S)) @ W, special.expit(z), atol=1e-13)


@pytest.mark.parametrize(
    ("name", "q", "r"),
    [("tanh", *pair) for pair in PAIRS]
    + [
        pytest.param(name, *pair, marks=[] if pair in QUICK else pytest.mark.slow)
        for name in ("sigmoid", "softplus", "swish")
        for pair in PAIRS[::2] + PAIRS[-1:]
    ],
)
def test_smooth_duals_have_ten_digits_at_any_variance_and_correlation(name, q, r):
    activation, duals = ORACLES[name]
    for c in CORRELATIONS:
        k = c * (q if q == r else np.sqrt(q) * np.sqrt(r))
        value, slope = duals(gap_of(k, q, r), q, r)
        # What cancels keeps the digits of what it cancels from.
        whole = np.sqrt(duals(0.0, q, q)[0] * duals(0.0, r, r)[0])
        floor = 0.0 if name == "tanh" and c != 0.0 else 1e-13 * whole
        assert activation.dual(k, q, r) == pytest.approx(value, rel=1e-10, abs=floor)
        assert activation.dual_derivative(k, q, r) == pytest.approx(slope, rel=1e-10)


@pytest.mark.parametrize("q", [1e-16, 1e-4, 0.7, 5.0, 1e3, 1e8, 1e16])
def test_moments_of_tanh_equal_those_of_mpmath(q):
    with mpmath.workdps(40):
        root = mpmath.sqrt(mpmath.mpf(q))
        edges = sorted({0, 1, 3, 12, *(mpmath.mpf(2) ** e / root for e in range(-4, 8))})
        edges = [e for e in edges if e <= 14]

        def mean(f):
            return 2 * mpmath.quad(lambda z: f(root * z) * mpmath.npdf(z), [*edges, 14])

        value = float(mean(lambda u: mpmath.tanh(u) ** 2))
        slope = float(mean(lambda u: mpmath.sech(u) ** 4))
    tanh = Quadrature(np.tanh)
    assert tanh.second_moment(q) == pytest.approx(value, rel=1e-11)
    assert tanh.derivative_second_moment(q) == pytest.approx(slope, rel=1e-10)


@pytest.mark.parametrize("q", [1e-12, 0.3, 2.0, 4.5, 40.0, 1e6])
@pytest.mark.parametrize(
    ("function", "exact"),
    [
        (np.tanh, tanh_duals),
        (special.expit, sigmoid_duals),
        (lambda z: z * special.ndtr(z), None),
        (lambda z: np.maximum(z, 0.0), None),
        (np.abs, None),
    ],
    ids=["tanh", "sigmoid", "gelu", "relu", "abs"],
)
def test_stated_errors_hold_at_any_variance_with_kinks_or_without(function, exact, q):
    closed = {"<lambda>": GELU() if function(-1.0) else ReLU(), "absolute": LeakyReLU(-1.0)}
    activation = Quadrature(function)
    error, slope_error = activation.error(q), activation.derivative_error(q)
    for c in (1.0, 0.999, 0.8, 0.3, -0.6, -1.0):
        if exact is not None:
            value, slope = exact(gap_of(c * q, q, q), q, q)
        else:
            other = closed[function.__name__]
            value, slope = other.dual(c * q, q, q), other.dual_derivative(c * q, q, q)
        assert abs(activation.dual(c * q, q, q) - value) <= error
        assert abs(activation.dual_derivative(c * q, q, q) - slope) <= slope_error


@pytest.mark.parametrize(
    "function",
    [
        lambda z: np.clip(z - 1.0, 0, 1),
        np.sign,
        pytest.param(np.sin, marks=pytest.mark.slow),
        lambda z: np.tanh(z - 100.0),
    ],
)
def test_a_kernel_warns_of_an_activation_that_no_grid_resolves(function):
    X = 50.0 * np.random.default_rng(0).standard_normal((3, 4))
    with pytest.warns(UserWarning, match=r"activation=.*is not smooth.*may be off by"):
        NTK(function, 1)(X)


def test_smooth_activations_do_not_warn():
    X = 1e3 * np.random.default_rng(0).standard_normal((3, 4))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for activation, _ in ORACLES.values():
            NTK(activation, 2)(X)


def with_mpmath(which, k, q, r):
    """Closed duals of the error function, GELU, sine and cosine, in sixty digits."""
    with mpmath.workdps(60):
        q, r = mpmath.mpf(q), mpmath.mpf(r)
        k = max(-mpmath.sqrt(q * r), min(mpmath.sqrt(q * r), mpmath.mpf(k)))
        if which is Erf:
            d = (1 + 2 * q) * (1 + 2 * r)
            value = 2 / mpmath.pi * mpmath.asin(2 * k / mpmath.sqrt(d))
            return float(value), float(4 / mpmath.pi / mpmath.sqrt(d - 4 * k**2))
        if which is GELU:
            both = (1 + q) * (1 + r)

            def dual(k):
                n = q * r + k**2 - k**2 * (q / (1 + q) + r / (1 + r))
                angle = mpmath.asin(k / mpmath.sqrt(both)) / (2 * mpmath.pi)
                return k * (mpmath.mpf(1) / 4 + angle) + n / (
                    2 * mpmath.pi * mpmath.sqrt(both - k**2)
                )

            return float(dual(k)), float(
                mpmath.diff(dual, k, h=(1 + mpmath.sqrt(q * r)) * mpmath.mpf(10) ** -30)
            )
        odd, even = (
            mpmath.exp(k - (q + r) / 2) / 2 + sign * mpmath.exp(-k - (q + r) / 2) / 2
            for sign in (-1, 1)
        )
        return (float(odd), float(even)) if which is Sine else (float(even), float(odd))


@pytest.mark.parametrize("which", [Erf, GELU, Sine, Cosine])
@pytest.mark.parametrize(("q", "r"), [*PAIRS, (3e7, 3e7), (1e12, 1e12)])
def test_closed_duals_keep_their_digits_where_signals_nearly_agree(which, q, r):
    for c in CORRELATIONS:
        k = c * (q if q == r else np.sqrt(q) * np.sqrt(r))
        value, slope = with_mpmath(which, k, q, r)
        floor = (
            1e-14
            * np.sqrt(with_mpmath(which, q, q, q)[0])
            * np.sqrt(with_mpmath(which, r, r, r)[0])
        )
        assert which().dual(k, q, r) == pytest.approx(value, rel=1e-11, abs=floor)
        assert which().dual_derivative(k, q, r) == pytest.approx(slope, rel=1e-11, abs=1e-17)


def tanh_ntk(X, i, j, depth, wv=2.0):
    """The recursion from its definition, one pair, with the mixture's duals."""
    q, r = (wv * x @ x / X.shape[1] for x in (X[i], X[j]))
    u, v = X[i] / np.linalg.norm(X[i]), X[j] / np.linalg.norm(X[j])
    gap = 0.5 * np.sum((u - v) ** 2)
    tangent = (1 - gap) * np.sqrt(q * r)
    for _ in range(depth):
        value, slope = tanh_duals(gap, q, r)
        tangent = wv * value + wv * slope * tangent
        q, r = (wv * tanh_duals(0.0, one, one)[0] for one in (q, r))
        gap = 1 - wv * value / np.sqrt(q * r)
    return tangent


@pytest.mark.parametrize("load", [load_wine, lambda: load_diabetes(scaled=False)])
@pytest.mark.parametrize("depth", [1, 3])
def test_kernels_of_raw_tables_are_those_of_the_recursion(load, depth):
    X = load().data[::20]
    K = NTK("tanh", depth)(X)
    for i, j in ((0, 0), (0, 1), (2, 7), (3, 5)):
        assert K[i, j] == pytest.approx(tanh_ntk(X, i, j, depth), rel=1e-9)
        assert NTK("tanh", depth)(X[[i]], X[[j]])[0, 0] == pytest.approx(K[i, j], rel=1e-9)


def test_one_gram_matrix_may_hold_very_different_scales():
    scales = np.array([1e-8, 1e-2, 1.0, 1e2, 1e4, 1e8])[:, None]
    X = scales * np.random.default_rng(0).standard_normal((6, 5))
    K = NTK("tanh", 1)(X)
    for i in range(6):
        for j in range(i, 6):
            assert K[i, j] == pytest.approx(tanh_ntk(X, i, j, 1), rel=1e-9)


KERNELS = [NNGP, NTK, lambda name, depth: ConvolutionalNTK((2, 2), depth, activation=name)]


@pytest.mark.parametrize(
    "name",
    [
        "relu",
        "gelu",
        pytest.param("tanh", marks=pytest.mark.slow),  # by quadrature
        "erf",
        "sin",
        "abs",
        "identity",
    ],
)
@pytest.mark.parametrize("make", KERNELS)
def test_kernels_of_any_scale_are_finite_or_an_error_that_names_the_argument(make, name):
    X = np.random.default_rng(0).standard_normal((3, 4))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        for scale in (1e-150, 1e-30, 1e20, 1e51):
            kernel = make(name, 2)
            assert np.all(np.isfinite(kernel(scale * X)))
            assert np.all(kernel.diag(scale * X) > 0)
        for scale in (1e-200, 1e-160, 1e160, 1e300):
            with pytest.raises(ValueError, match=r"^X: its largest entry is"):
                make(name, 2)(scale * X)
            with pytest.raises(ValueError, match=r"^X: its largest entry is"):
                make(name, 2).diag(scale * X)
            with pytest.raises(ValueError, match=r"^Y: its largest entry is"):
                make(name, 2)(X, scale * X)


def test_normalized_inputs_may_have_any_scale_sparse_ones_too():
    X = np.random.default_rng(0).standard_normal((3, 4))
    kernel = NTK("tanh", 2, normalize=True)
    for scale in (1e-300, 1e-160, 1e160, 1e300):
        np.testing.assert_allclose(kernel(scale * X), kernel(X), rtol=1e-12)
        np.testing.assert_allclose(kernel(sparse.csr_array(scale * X)), kernel(X), rtol=1e-12)


def test_an_overflow_inside_the_network_names_the_inputs():
    X = np.random.default_rng(0).standard_normal((3, 4))
    with pytest.raises(ValueError, match=r"^X: NNGP.*overflows"):
        NNGP("relu", 3, weight_variance=1e150)(X)
    with pytest.raises(ValueError, match=r"^X: RandomFeatures.*overflows"):
        RandomFeatures(5, weight_variance=1e10, random_state=0).fit(X).transform(1e307 * X)
    narrow = X.astype(np.float32)
    with pytest.raises(ValueError, match=r"^X: RandomFeatures.*overflows"):
        RandomFeatures(5, weight_variance=1e9, random_state=0).fit(narrow).transform(narrow * 1e37)
    with pytest.raises(ValueError, match=r"^weight_variance: got 1e\+200"):
        criticality("tanh", 1e200)
    with pytest.raises(ValueError, match=r"^input_variance: got 1e\+200"):
        criticality("relu", input_variance=1e200)


def test_a_bounded_activation_never_explodes():
    # E[tanh²] is below one: the variance settles below the weight variance, at any size.
    found = criticality("tanh", 1e14)
    assert found.fixed_point == pytest.approx(1e14 * tanh_duals(0.0, 1e14, 1e14)[0], rel=1e-6)
