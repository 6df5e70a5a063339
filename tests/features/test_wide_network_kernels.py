import tracemalloc

import mpmath
import numpy as np
import pytest
import threadpoolctl
from dual_oracle import kinked_expectation, oracle_kernels, smooth_expectation
from scipy import sparse, special
from sklearn.base import clone
from sklearn.gaussian_process import GaussianProcessRegressor
from sklearn.gaussian_process.kernels import ConstantKernel, WhiteKernel
from sklearn.kernel_ridge import KernelRidge
from sklearn.svm import SVC

import riskcast.features.gram as gram_module
from riskcast import features
from riskcast.features import NNGP, NTK, LeakyReLU, Polynomial, Quadrature

RNG = np.random.default_rng(0)
X = RNG.standard_normal((4, 5)) * np.array([[0.5], [1.0], [1.1], [1.0]])
Y = RNG.standard_normal((3, 5))


def npdf(z):
    return np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)


def smooth(phi, dphi):
    return phi, dphi, lambda which, k, q, r: smooth_expectation((phi, dphi)[which], k, q, r)


def kinked(phi, dphi):
    return (
        phi,
        dphi,
        lambda which, k, q, r: kinked_expectation((phi, dphi)[which], 1 - which, k, q, r),
    )


ACTIVATIONS = {
    "relu": ("relu", kinked(lambda z: np.maximum(z, 0), lambda z: (z > 0) * 1.0)),
    "leaky": (
        LeakyReLU(0.2),
        kinked(lambda z: np.where(z > 0, z, 0.2 * z), lambda z: np.where(z > 0, 1, 0.2)),
    ),
    "erf": ("erf", smooth(special.erf, lambda z: 2 / np.sqrt(np.pi) * np.exp(-z * z))),
    "gelu": (
        "gelu",
        smooth(lambda z: z * special.ndtr(z), lambda z: special.ndtr(z) + z * npdf(z)),
    ),
    "sin": ("sin", smooth(np.sin, np.cos)),
    "cos": ("cos", smooth(np.cos, lambda z: -np.sin(z))),
    # Variances reach four here, where the stated error of the default nodes exceeds 1e-10.
    "tanh": (Quadrature(np.tanh, 1024), smooth(np.tanh, lambda z: 1 / np.cosh(z) ** 2)),
    "square": (
        Polynomial((0, 0.5, 0.25)),
        smooth(lambda z: z / 2 + z * z / 4, lambda z: (1 + z) / 2),
    ),
}
NETWORKS = [(1, 2.0, 0.0, 0.0), (3, 1.2, 0.3, 0.0), (3, 0.7, 0.2, 0.8), (2, 1.5, 0.0, 1.0)]


@pytest.mark.parametrize("name", ACTIVATIONS)
@pytest.mark.parametrize(("depth", "wv", "bv", "skip"), NETWORKS)
def test_kernels_equal_the_recursion_with_quadrature(name, depth, wv, bv, skip):
    activation, (phi, dphi, expectation) = ACTIVATIONS[name]
    both = np.vstack([X[:3], Y[:1]])
    K, T = oracle_kernels(both, phi, dphi, depth, wv, bv, skip, expectation)
    given = {"weight_variance": wv, "bias_variance": bv, "residual": skip}
    for kernel, expected in ((NNGP, K), (NTK, T)):
        kernel = kernel(activation, depth, **given)
        np.testing.assert_allclose(kernel(both), expected, rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(kernel(X[:3], Y[:1]), expected[:3, 3:], rtol=1e-10, atol=1e-10)
        np.testing.assert_allclose(kernel.diag(both), np.diag(expected), rtol=1e-10)


LINEAR = {"weight_variance": 1.0}


def test_depth_one_identity_is_the_linear_kernel():
    linear = X @ X.T / X.shape[1]
    np.testing.assert_allclose(NNGP("identity", 1, **LINEAR)(X), linear, rtol=0, atol=1e-12)
    for depth in (1, 2, 7):
        ntk = NTK("identity", depth, **LINEAR)(X)
        np.testing.assert_allclose(ntk, (depth + 1) * linear, rtol=0, atol=1e-12)


def test_depths_compose():
    # A network of depth two is a network of depth one applied to the kernel of depth one.
    for activation in ("relu", "erf", "gelu", "sin"):
        one = NNGP(activation, 1, weight_variance=1.3, bias_variance=0.2)
        root = np.linalg.cholesky(one(X))
        # Inputs with the first kernel as Gram matrix, as inputs of the second network.
        lifted = np.sqrt(len(X)) * root
        two = NNGP(activation, 1, weight_variance=1.0, bias_variance=0.0)(lifted)
        whole = NNGP(activation, 2, weight_variance=1.3, bias_variance=0.2)(X)
        np.testing.assert_allclose(whole, 1.3 * two + 0.2, rtol=0, atol=1e-12)


def test_scale_free_networks_obey_eulers_law():
    # f is homogeneous of degree one in each of its depth + 1 layers: f = Σ w ∂f/∂w, layer by layer.
    for depth in (1, 3, 5):
        for activation in ("relu", LeakyReLU(0.3), "abs"):
            nngp, ntk = NNGP(activation, depth).diag(X), NTK(activation, depth).diag(X)
            np.testing.assert_allclose(ntk, (depth + 1) * nngp, rtol=1e-12)
        np.testing.assert_allclose(
            NTK("relu", depth)(3.0 * X), 9.0 * NTK("relu", depth)(X), rtol=1e-12, atol=1e-12
        )


def test_relatives_agree():
    for kernel in (NNGP, NTK):
        given = {"depth": 3, "bias_variance": 0.4, "residual": 0.5}
        np.testing.assert_allclose(
            kernel(LeakyReLU(1.0), **given)(X), kernel("identity", **given)(X), atol=1e-12
        )
        np.testing.assert_allclose(
            kernel(Polynomial((0.0, 1.0)), **given)(X), kernel("identity", **given)(X), atol=1e-12
        )
        np.testing.assert_allclose(
            kernel(special.erf, **given)(X), kernel("erf", **given)(X), rtol=1e-9
        )


def test_residual_linear_network_is_linear():
    # z ← r z + W z: the variance of each of the two hidden-to-hidden steps is r² + σ_w².
    kernel = NNGP("identity", 3, weight_variance=0.5, residual=0.7)
    expected = 0.5 * (0.49 + 0.5) ** 2 * 0.5 * (X @ X.T) / X.shape[1]
    np.testing.assert_allclose(kernel(X), expected, rtol=0, atol=1e-12)


def test_normalization_moves_inputs_to_the_sphere():
    on_sphere = np.sqrt(X.shape[1]) * X / np.linalg.norm(X, axis=1, keepdims=True)
    for kernel in (NNGP, NTK):
        given = {"activation": "erf", "depth": 2, "bias_variance": 0.1}
        np.testing.assert_allclose(
            kernel(**given, normalize=True)(X), kernel(**given)(on_sphere), rtol=1e-13
        )


def test_zero_inputs_are_handled():
    data = np.vstack([np.zeros(5), X])
    for activation in ("relu", "erf", "cos", "tanh"):
        for normalize in (False, True):
            for bias in (0.0, 0.3):
                kernel = NTK(activation, 2, bias_variance=bias, normalize=normalize)
                K = kernel(data)
                assert np.all(np.isfinite(K))
                np.testing.assert_array_equal(np.diag(K), kernel.diag(data))
    np.testing.assert_array_equal(NTK("relu", 2)(data)[0], 0.0)


@pytest.mark.parametrize("kernel", [NNGP("relu", 3), NTK("relu", 3), NTK("erf", 2), NTK("tanh", 2)])
def test_gram_is_symmetric_to_the_bit_and_positive_semidefinite(kernel, monkeypatch):
    monkeypatch.setattr(gram_module, "_SIDE", 32)
    data = np.random.default_rng(1).standard_normal((150, 8)) + 3.0
    data = np.vstack([data, data[:10], data[:10] + 1e-9, -data[:10]])
    for K in (kernel(data), kernel.clone_with_theta(kernel.theta)(data, data)):
        np.testing.assert_array_equal(K, K.T)
        np.testing.assert_array_equal(np.diag(K), kernel.diag(data))
        values = np.linalg.eigvalsh(K)
        assert values[0] > -50 * np.finfo(float).eps * values[-1]


@pytest.mark.parametrize("threads", [1, 3])
def test_blocks_and_threads_change_nothing(threads, monkeypatch):
    data = np.random.default_rng(1).standard_normal((70, 6))
    other = np.random.default_rng(2).standard_normal((41, 6))
    kernel = NTK("relu", 2, bias_variance=0.2, residual=0.5)
    whole, cross = kernel(data), kernel(data, other)
    monkeypatch.setattr(gram_module, "_SIDE", 16)
    with threadpoolctl.threadpool_limits(threads):
        np.testing.assert_allclose(kernel(data), whole, rtol=1e-12)
        np.testing.assert_allclose(kernel(data, other), cross, rtol=1e-12)
        np.testing.assert_allclose(kernel(other, data).T, cross, rtol=1e-12)


def test_memory_is_the_matrix_and_a_few_blocks():
    data = np.random.default_rng(1).standard_normal((2000, 10))
    kernel = NTK("relu", 2, bias_variance=0.1)
    with threadpoolctl.threadpool_limits(1):
        tracemalloc.start()
        K = kernel(data)
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert peak < K.nbytes + 12 * 2**20


def exact_relu_ntk(x, y, depth):
    """The ReLU NTK of two inputs in sixty digits, from Cho and Saul's formulas."""
    with mpmath.workdps(60):
        x, y = [mpmath.mpf(float(a)) for a in x], [mpmath.mpf(float(a)) for a in y]
        dot = lambda a, b: mpmath.fsum(s * t for s, t in zip(a, b, strict=True))  # noqa: E731
        scale = mpmath.sqrt(dot(x, x) * dot(y, y))
        c = dot(x, y) / scale
        scale *= mpmath.mpf(2) / len(x)
        ntk = c
        for _ in range(depth):
            theta = mpmath.acos(max(min(c, mpmath.mpf(1)), mpmath.mpf(-1)))
            c = (mpmath.sin(theta) + (mpmath.pi - theta) * c) / mpmath.pi
            ntk = c + ntk * (mpmath.pi - theta) / mpmath.pi
        return float(scale * ntk)


@pytest.mark.parametrize("offset", [0.0, 1.0, 1e3])
def test_near_duplicates_and_near_opposites_keep_their_digits(offset):
    rng = np.random.default_rng(3)
    base = rng.standard_normal(20) + offset
    shifts = [base + 10.0**e * rng.standard_normal(20) for e in (-12, -9, -7, -5, -3, -1)]
    data = np.array([base, *shifts, -base, -shifts[3], -shifts[4]])
    K = NTK("relu", 3)(data)
    for i in range(len(data)):
        for j in range(len(data)):
            exact = exact_relu_ntk(data[i], data[j], 3)
            # A gap near two cannot resolve nearly opposite pairs; exact opposites are fine.
            opposite = data[i] @ data[j] < 0 and not np.array_equal(data[i], -data[j])
            tolerance = 1e-8 if opposite else 2e-13
            assert abs(K[i, j] - exact) <= tolerance * np.sqrt(K[i, i] * K[j, j])


def test_sparse_input_gives_the_dense_kernel():
    data = sparse.random(30, 12, density=0.3, random_state=0, format="lil")
    data[3] = data[7]
    data = data.tocsr()
    kernel = NTK("relu", 2, bias_variance=0.1)
    dense = kernel(data.toarray())
    np.testing.assert_allclose(kernel(data), dense, rtol=1e-12)
    np.testing.assert_allclose(kernel(sparse.csr_array(data), data[:5]), dense[:, :5], rtol=1e-12)
    np.testing.assert_allclose(kernel(data[:5], data.toarray()), dense[:5], rtol=1e-12)


def test_scale_of_inputs_does_not_overflow():
    for scale in (1e-150, 1e150):
        K = NNGP("relu", 2)(X * scale)
        np.testing.assert_allclose(K / scale**2, NNGP("relu", 2)(X), rtol=1e-13)


def test_standard_parametrization_weighs_layers_by_fan_in():
    # A linear network of one hidden layer: ∂f/∂W¹ gives width·|x|²σ_w²/p, ∂f/∂W⁰ gives σ_w²|x|².
    kernel = NTK("identity", 1, weight_variance=1.5, parametrization="standard", width=64)
    products = X @ X.T
    expected = 64 * 1.5 * products / 5 + 1.5 * products
    np.testing.assert_allclose(kernel(X), expected, rtol=0, atol=1e-11)
    biased = NTK(
        "identity", 1, weight_variance=1.5, bias_variance=0.2, parametrization="standard", width=64
    )
    expected = 64 * (1.5 * products / 5 + 0.2) + 1 + 1.5 * (products + 1)
    np.testing.assert_allclose(biased(X), expected, rtol=0, atol=1e-11)


@pytest.mark.parametrize(
    "kernel",
    [
        NNGP("erf", 2, weight_variance=1.3, bias_variance=0.2),
        NTK("gelu", 2, bias_variance=0.3, residual=0.5),
        NTK("relu", 2),
        NTK("relu", 2, weight_variance_bounds="fixed", bias_variance=0.1),
    ],
)
def test_gradient_equals_finite_differences_of_another_order(kernel):
    K, gradient = kernel(X, eval_gradient=True)
    np.testing.assert_array_equal(K, kernel(X))
    assert gradient.shape == (len(X), len(X), kernel.n_dims)
    step = 1e-2
    for i, direction in enumerate(np.eye(kernel.n_dims)):
        values = {
            k: kernel.clone_with_theta(kernel.theta + k * step * direction)(X)
            for k in (-3, -2, -1, 1, 2, 3)
        }
        slope = sum(
            w * (values[k] - values[-k]) for k, w in zip((1, 2, 3), (45, -9, 1), strict=True)
        ) / (60 * step)
        np.testing.assert_allclose(gradient[:, :, i], slope, rtol=1e-8, atol=1e-9)


def test_gaussian_process_with_and_without_optimizer():
    rng = np.random.default_rng(5)
    data = rng.standard_normal((40, 3))
    y = np.sin(data[:, 0]) + 0.1 * rng.standard_normal(40)
    kernel = NNGP("erf", 2, bias_variance=0.1) + WhiteKernel(0.1)
    plain = GaussianProcessRegressor(kernel, optimizer=None).fit(data, y)
    K = NNGP("erf", 2, bias_variance=0.1)(data)
    expected = K @ np.linalg.solve(K + 0.1 * np.eye(40), y)
    np.testing.assert_allclose(plain.predict(data), expected, atol=1e-8)
    tuned = GaussianProcessRegressor(kernel).fit(data, y)
    assert tuned.log_marginal_likelihood_value_ > plain.log_marginal_likelihood_value_ + 0.5
    scaled = GaussianProcessRegressor(ConstantKernel() * NTK("relu", 2)).fit(data, y)
    assert np.isfinite(scaled.predict(data, return_std=True)[1]).all()


def test_kernels_are_good_scikit_learn_citizens():
    kernel = NTK("erf", 3, bias_variance=0.1, residual=0.2)
    assert clone(kernel) == kernel
    assert kernel.get_params()["depth"] == 3
    assert kernel.set_params(depth=2).depth == 2
    assert not kernel.is_stationary()
    assert kernel != NTK("erf", 3)
    np.testing.assert_allclose(np.exp(kernel.theta), [0.1, 2.0])
    np.testing.assert_allclose(kernel.clone_with_theta(np.log([0.3, 1.1])).bias_variance, 0.3)
    assert NTK("relu", 2).n_dims == 1
    assert "NTK" in repr(kernel)
    y = np.array([0, 1, 0, 1])
    for estimator in (SVC(kernel=kernel), KernelRidge(kernel=kernel)):
        assert estimator.fit(X, y).predict(Y).shape == (3,)


def test_bad_arguments_are_refused():
    for given, message in [
        ({"depth": 0}, "depth: got 0; give a whole number >= 1"),
        ({"depth": 1.5}, "depth: got 1.5; give a whole number"),
        ({"weight_variance": -1}, "weight_variance: got -1; give a finite number >= 0"),
        ({"bias_variance": np.nan}, "bias_variance: got nan"),
        ({"residual": -0.1}, "residual: got -0.1"),
        ({"activation": "swish"}, "'swish' is not known"),
        ({"parametrization": "mup"}, "give 'ntk' or 'standard'"),
        ({"parametrization": "standard"}, "needs the hidden width"),
    ]:
        with pytest.raises(ValueError, match=message):
            NTK(**given)(X)
    with pytest.raises(ValueError, match="X has 5 features and Y has 4"):
        NTK()(X, Y[:, :4])
    with pytest.raises(ValueError, match="gradient needs Y=None"):
        NTK()(X, Y, eval_gradient=True)
    with pytest.raises(ValueError, match="NaN"):
        NTK()(np.where(X > 0, np.nan, X))


@pytest.mark.parametrize(
    "text",
    [
        "NTK(activation='relu', depth=3)",
        "NNGP(activation=LeakyReLU(slope=0.2), depth=1, bias_variance=0.5, normalize=True)",
        "ConvolutionalNTK(image_shape=(2, 2), depth=3, activation='relu', bias_variance=0.1)",
    ],
)
def test_a_kernel_in_words_is_the_call_that_makes_it(text):
    kernel = eval(text, vars(features))
    assert repr(kernel) == text
    assert repr(kernel + kernel) == f"{text} + {text}"
