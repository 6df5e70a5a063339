"""Kernels against finite random networks: correct at width 4096, mean squared error ~ 1/width."""

from functools import cache

import numpy as np
import pytest
from finite_network import empirical_kernels, random_weights
from scipy import special

from riskcast.features import NNGP, NTK, LeakyReLU, Polynomial

X = np.random.default_rng(0).standard_normal((3, 6))
X[1] = 0.6 * X[0] + 0.8 * X[1]
DEPTH = 2
# Number of networks per width.
NETWORKS = {256: 32, 1024: 16, 4096: 10}


def npdf(z):
    return np.exp(-0.5 * z * z) / np.sqrt(2 * np.pi)


CASES = {
    "relu": ("relu", lambda z: np.maximum(z, 0), lambda z: z > 0, {}),
    "relu-residual": (
        "relu",
        lambda z: np.maximum(z, 0),
        lambda z: z > 0,
        {"residual": 0.8, "bias_variance": 0.3, "weight_variance": 1.0},
    ),
    "leaky": (
        LeakyReLU(0.2),
        lambda z: np.where(z > 0, z, 0.2 * z),
        lambda z: np.where(z > 0, 1.0, 0.2),
        {"bias_variance": 0.1},
    ),
    "erf": (
        "erf",
        special.erf,
        lambda z: 2 / np.sqrt(np.pi) * np.exp(-z * z),
        {"weight_variance": 1.5, "bias_variance": 0.2},
    ),
    "gelu": (
        "gelu",
        lambda z: z * special.ndtr(z),
        lambda z: special.ndtr(z) + z * npdf(z),
        {"bias_variance": 0.17},
    ),
    "sin": ("sin", np.sin, np.cos, {"weight_variance": 1.2}),
    "cos": ("cos", np.cos, lambda z: -np.sin(z), {"weight_variance": 1.2}),
    "identity": ("identity", lambda z: z, np.ones_like, {"weight_variance": 1.0}),
    "polynomial": (
        Polynomial((0.1, 0.6, 0.2)),
        lambda z: 0.1 + 0.6 * z + 0.2 * z * z,
        lambda z: 0.6 + 0.4 * z,
        {"weight_variance": 1.0},
    ),
    "tanh": ("tanh", np.tanh, lambda z: 1 / np.cosh(z) ** 2, {"weight_variance": 1.5}),
    "standard": (
        "relu",
        lambda z: np.maximum(z, 0),
        lambda z: z > 0,
        {"parametrization": "standard", "bias_variance": 0.1},
    ),
}


def limits(name, width):
    """The NNGP and NTK kernels of a case."""
    activation, _, _, given = CASES[name]
    tangent = {**given, "width": width} if "parametrization" in given else given
    plain = {k: v for k, v in given.items() if k != "parametrization"}
    return NNGP(activation, DEPTH, **plain)(X), NTK(activation, DEPTH, **tangent)(X)


@cache
def deviations(width):
    """Deviations from the limit for each case and network, in units of the diagonal."""
    rng = np.random.default_rng(width)
    upper = np.triu_indices(len(X))
    exact = {name: limits(name, width) for name in CASES}
    found = {name: [] for name in CASES}
    for _ in range(NETWORKS[width]):
        weights = random_weights(X.shape[1], width, DEPTH, rng)
        for name, (_, phi, dphi, given) in CASES.items():
            variances = given.get("weight_variance", 2.0), given.get("bias_variance", 0.0)
            kernels = empirical_kernels(
                X,
                weights,
                phi,
                dphi,
                *variances,
                skip=given.get("residual", 0.0),
                standard="parametrization" in given,
            )
            scale = [np.sqrt(np.outer(np.diag(K), np.diag(K))) for K in exact[name]]
            found[name].append(
                [((kernels[k] - exact[name][k]) / scale[k])[upper] for k in range(2)]
            )
    return {name: np.array(found[name]) for name in CASES}  # (networks, 2 kernels, pairs)


@pytest.mark.parametrize("width", [1024, pytest.param(4096, marks=pytest.mark.slow)])
@pytest.mark.parametrize("name", CASES)
def test_kernels_are_right_at_large_width(name, width):
    at_width = deviations(width)[name]
    mean = at_width.mean(axis=0)
    error = at_width.std(axis=0, ddof=1) / np.sqrt(len(at_width))
    assert np.all(error < 0.03)
    assert np.all(np.abs(mean) < 4.5 * error)


@pytest.mark.slow
@pytest.mark.parametrize("name", CASES)
def test_squared_deviation_falls_like_one_over_width(name):
    widths = np.array(list(NETWORKS))
    squared = np.array([(deviations(w)[name] ** 2).mean(axis=(0, 2)) for w in widths])
    for kernel in range(2):
        exponent = np.polyfit(np.log(widths), np.log(squared[:, kernel]), 1)[0]
        assert exponent == pytest.approx(-1.0, abs=0.35)
