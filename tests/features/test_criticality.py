import numpy as np
import pytest
from scipy import integrate, special

from riskcast.features import NNGP, LeakyReLU, Quadrature, criticality


def test_scale_free_activations_are_tuned_by_hes_rule():
    # Weight variance 2/(1 + slope²): He, Zhang, Ren and Sun (2015).
    for activation, expected in (("relu", 2.0), (LeakyReLU(0.5), 1.6), ("identity", 1.0)):
        tuned = criticality(activation, input_variance=0.7)
        assert tuned.weight_variance == pytest.approx(expected, rel=1e-12)
        assert tuned.bias_variance == 0.0
        assert tuned.fixed_point == 0.7
        assert tuned.phase == "critical"
        assert tuned.variance_depth == tuned.correlation_depth == np.inf


@pytest.mark.parametrize(
    ("activation", "slope_at_zero"), [("tanh", 1.0), ("erf", 2 / np.sqrt(np.pi)), ("sin", 1.0)]
)
def test_odd_saturating_activations_are_tuned_at_zero(activation, slope_at_zero):
    tuned = criticality(activation)
    assert tuned.weight_variance == pytest.approx(slope_at_zero**-2, rel=1e-10)
    assert tuned.bias_variance == 0.0
    assert tuned.fixed_point == 0.0
    assert tuned.gradient_growth == pytest.approx(1.0, rel=1e-10)


def test_half_stable_activations_are_tuned_at_the_published_points():
    # Roberts, Yaida and Hanin (2022), section 5.3.4: GELU and SWISH.
    gelu = criticality("gelu")
    assert gelu.fixed_point == pytest.approx((3 + np.sqrt(17)) / 2, rel=1e-8)
    assert gelu.weight_variance == pytest.approx(1.98305826, abs=1e-8)
    assert gelu.bias_variance == pytest.approx(0.17292239, abs=1e-8)
    swish = criticality(Quadrature(lambda z: z * special.expit(z), n_nodes=1024))
    assert swish.fixed_point == pytest.approx(14.32017362, rel=1e-5)
    assert swish.weight_variance == pytest.approx(1.98800468, abs=1e-6)
    assert swish.bias_variance == pytest.approx(0.55514317, abs=1e-6)


def gaussian_mean(f, q):
    return integrate.quad(
        lambda z: f(np.sqrt(q) * z) * np.exp(-z * z / 2) / np.sqrt(2 * np.pi), -10, 10, epsabs=1e-13
    )[0]


@pytest.mark.parametrize("bias", [0.01, 0.05, 0.3])
def test_edge_of_chaos_of_tanh_satisfies_its_two_equations(bias):
    edge = criticality("tanh", bias_variance=bias)
    q, w = edge.fixed_point, edge.weight_variance
    assert w * gaussian_mean(lambda u: np.tanh(u) ** 2, q) + bias == pytest.approx(q, rel=1e-9)
    assert w * gaussian_mean(lambda u: np.cosh(u) ** -4.0, q) == pytest.approx(1.0, rel=1e-9)
    assert edge.phase == "critical"


def test_phases_of_erf():
    ordered = criticality("erf", 0.5, 0.1)
    assert ordered.phase == "ordered"
    assert ordered.correlation_fixed_point == 1.0
    assert ordered.correlation_depth == pytest.approx(-1 / np.log(ordered.gradient_growth))
    chaotic = criticality("erf", 3.0, 0.1)
    assert chaotic.phase == "chaotic"
    assert 0 < chaotic.correlation_fixed_point < 1
    assert criticality("erf", 3.0).correlation_fixed_point == 0.0
    assert criticality("erf", 0.5).fixed_point == 0.0
    exploding = criticality("relu", 3.0)
    assert exploding.fixed_point == np.inf
    assert exploding.phase == "chaotic"


@pytest.mark.parametrize(("wv", "bv"), [(1.5, 0.2), (4.0, 0.3)])
def test_deep_kernels_settle_as_foretold(wv, bv):
    # Fixed point of the variance, and convergence rate of correlations, from the kernel.
    X = np.random.default_rng(0).standard_normal((2, 4))
    told = criticality("erf", wv, bv)
    given = {"weight_variance": wv, "bias_variance": bv}
    # The kernel of depth d is the covariance in front of layer d + 1.
    depths = np.array([80, 85]) if wv < 2 else np.array([20, 25])
    distance = []
    for depth in depths:
        K = NNGP("erf", int(depth), **given)(X)
        np.testing.assert_allclose(np.diag(K), told.fixed_point, rtol=1e-4)
        c = K[0, 1] / np.sqrt(K[0, 0] * K[1, 1])
        distance.append(abs(c - told.correlation_fixed_point))
    depth = np.diff(depths)[0] / np.log(distance[0] / distance[1])
    assert depth == pytest.approx(told.correlation_depth, rel=0.02)


def test_impossible_requests_say_what_is_possible():
    with pytest.raises(ValueError, match="no variances keep both"):
        criticality("cos")
    with pytest.raises(ValueError, match="reaches at most"):
        criticality("relu", bias_variance=0.5)
    with pytest.raises(ValueError, match="weight_variance: got -1"):
        criticality("relu", -1)
