"""E[φ(u)φ(v)] and whole kernels, by numerical integration."""

from itertools import pairwise

import numpy as np
from scipy import integrate

NODES = np.arange(-9.0, 9.0 + 1e-9, 0.1)
DENSITY = 0.1 * np.exp(-0.5 * NODES**2) / np.sqrt(2 * np.pi)


def smooth_expectation(f, k, q, r):
    """E[f(u)f(v)] by the trapezoidal rule in two dimensions, exact to rounding for analytic f."""
    c = k / np.sqrt(q * r)
    x, y = NODES[:, None], NODES[None, :]
    u = np.sqrt(q) * x
    v = np.sqrt(r) * (c * x + np.sqrt(max(0.0, 1 - c * c)) * y)
    return DENSITY @ (f(u) * f(v)) @ DENSITY


def kinked_expectation(f, degree, k, q, r):
    """The same in polar coordinates, for f homogeneous of a degree, with a kink at zero."""
    theta = np.arccos(np.clip(k / np.sqrt(q * r), -1, 1))
    kinks = sorted(
        {a % (2 * np.pi) for a in (np.pi / 2, 3 * np.pi / 2, theta + np.pi / 2, theta - np.pi / 2)}
    )
    edges = [0.0, *kinks, 2 * np.pi]
    total = sum(
        integrate.quad(lambda a: f(np.cos(a)) * f(np.cos(a - theta)), lo, hi, epsabs=1e-14)[0]
        for lo, hi in pairwise(edges)
    )
    radius = {0: 1.0, 1: 2.0}[degree]  # E[ρ^(2·degree)] of a Rayleigh radius
    return (q * r) ** (degree / 2) * radius * total / (2 * np.pi)


def oracle_kernels(X, phi, dphi, depth, wv, bv, skip, expectation):
    """NNGP and NTK (NTK parametrization) of inputs X, entry by entry from the definition.

    `expectation(which, k, q, r)` integrates φ (0) or φ' (1).
    """
    n = len(X)
    K = wv * X @ X.T / X.shape[1] + bv
    T = K.copy()
    for layer in range(depth):
        new, slope = np.empty((n, n)), np.empty((n, n))
        for i in range(n):
            for j in range(n):
                new[i, j] = expectation(0, K[i, j], K[i, i], K[j, j])
                slope[i, j] = expectation(1, K[i, j], K[i, i], K[j, j])
        s = skip if layer < depth - 1 else 0.0
        branch = wv * new + bv
        T = branch + (wv * slope + s**2) * T
        K = branch + s**2 * K
    return K, T
