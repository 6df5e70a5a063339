"""Gaussian equivalence: nonlinear or partly observed teachers as linear ones with more noise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import roots_hermitenorm

from riskcast._validation import count
from riskcast.spectra import Population

__all__ = [
    "LinearEquivalent",
    "hermite_coefficients",
    "linear_equivalent",
    "nonlinear_teacher",
    "observed_part",
]

FloatArray = NDArray[np.float64]
Function = Callable[[FloatArray], FloatArray]

_REACH = 14.0  # |z| exceeds this with probability 1e-44 for standard normal z


@dataclass(frozen=True)
class LinearEquivalent:
    """Linear part and residual variance of ``f(z)`` for standard normal z.

    ``f(z) = mean + slope·z + rest``, where the rest is uncorrelated with z.

    Attributes
    ----------
    mean, slope : float
        The first two Hermite coefficients.
    unlearnable_variance : float
        Variance of the rest, which acts as noise.
    error : float
        Change of `unlearnable_variance` when the number of nodes is doubled.
    """

    mean: float
    slope: float
    unlearnable_variance: float
    error: float


def hermite_coefficients(
    function: Function, degree: int, *, n_nodes: int = 200, kinks: Sequence[float] = ()
) -> FloatArray:
    """Hermite coefficients ``a_m = E[f(z) h_m(z)]`` of a function, z standard normal.

    The h_m are the normalized probabilists' Hermite polynomials.

    Parameters
    ----------
    function : callable
        The function f; maps an array to an array of the same shape.
    degree : int
        Highest m, at least zero.
    n_nodes : int, default 200
        Number of nodes of the Gauss-Hermite rule.
    kinks : sequence of float, optional
        Points where f or its derivative is discontinuous; by default none. If given,
        the quadrature uses Gauss-Legendre panels that end at these points.

    Returns
    -------
    ndarray of shape (degree + 1,)
        Coefficients a_0 to a_degree.

    Raises
    ------
    TypeError
        If `degree` or `n_nodes` is not a number.
    ValueError
        If the function does not return one finite number per input, or `degree` or `n_nodes`
        is out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> import riskcast as rc
    >>> rc.theory.hermite_coefficients(lambda z: z**2, degree=2).round(6) + 0.0
    array([1.      , 0.      , 1.414214])
    """
    degree = count(degree, "degree", least=0)
    nodes, weights = _gaussian_rule(count(n_nodes, "n_nodes"), kinks)
    values = _evaluate(function, nodes)
    return _hermite_values(nodes, degree) @ (weights * values)


def linear_equivalent(
    function: Function, *, n_nodes: int = 200, kinks: Sequence[float] = ()
) -> LinearEquivalent:
    """Split a nonlinear function into its linear part and equivalent noise.

    For Gaussian features and proportionally growing n and p, the nonlinear part of
    a teacher acts on a linear student as independent noise of the same variance
    (Gaussian equivalence: Mei and Montanari 2022; Hu and Lu 2023; see also Advani,
    Saxe and Sompolinsky 2020).

    Parameters
    ----------
    function : callable
        The function f; maps an array to an array of the same shape.
    n_nodes : int, default 200
        Number of nodes of the Gauss-Hermite rule.
    kinks : sequence of float, optional
        Points where f or its derivative is discontinuous; see `hermite_coefficients`.

    Returns
    -------
    LinearEquivalent

    Raises
    ------
    TypeError
        If `n_nodes` is not a number.
    ValueError
        If the function does not return one finite number per input, or `n_nodes` is below one.

    Examples
    --------
    >>> import numpy as np
    >>> import riskcast as rc
    >>> relu = rc.theory.linear_equivalent(lambda z: np.maximum(z, 0.0), kinks=[0.0])
    >>> relu.slope, round(relu.unlearnable_variance, 6)  # 1/2 and 1/4 - 1/(2π)
    (0.5, 0.090845)
    """
    n_nodes = count(n_nodes, "n_nodes")
    mean, slope, rest = _split(function, n_nodes, kinks)
    finer = _split(function, 2 * n_nodes, kinks)
    return LinearEquivalent(round(mean, 15), round(slope, 15), rest, abs(finer[2] - rest))


def nonlinear_teacher(
    population: Population,
    function: Function,
    *,
    fit_intercept: bool = True,
    n_nodes: int = 200,
    kinks: Sequence[float] = (),
) -> Population:
    """Linear population equivalent to the nonlinear teacher ``y = f(β·x/s) + ε``.

    s is the standard deviation of β·x, so that the argument of f is standard normal.
    The nonlinear part of f becomes noise; see `linear_equivalent`.

    Parameters
    ----------
    population : Population
        Features, teacher direction β and noise of the teacher.
    function : callable
        The nonlinearity f.
    fit_intercept : bool, default True
        Whether the student has an intercept, which learns the mean of f. Otherwise
        the squared mean counts as noise, too.
    n_nodes, kinks
        As for `hermite_coefficients`.

    Returns
    -------
    Population
        Use it with `risk_curve`.

    Raises
    ------
    TypeError
        If `n_nodes` is not a number.
    ValueError
        If the population has no signal, the function does not return one finite number per
        input, or `n_nodes` is below one.

    Examples
    --------
    >>> import riskcast as rc
    >>> teacher = rc.Population.isotropic(100, snr=float("inf"))
    >>> square = rc.theory.nonlinear_teacher(teacher, lambda z: z**2)
    >>> round(square.noise_variance, 9), round(square.signal_variance, 9)
    (2.0, 0.0)
    """
    if not population.signal_variance:
        raise ValueError("population: its coefficients are zero; give the teacher a direction")
    seen = linear_equivalent(function, n_nodes=n_nodes, kinks=kinks)
    scale = seen.slope / np.sqrt(population.signal_variance)
    noise = population.noise_variance + seen.unlearnable_variance
    if not fit_intercept:
        noise += seen.mean**2
    return Population(population.eigenvalues, scale * population.coefficients, noise)


def observed_part(population: Population, observed: ArrayLike) -> Population:
    """Population of the observed features when the student does not see all features.

    Features are uncorrelated, so the contribution of hidden features to the target
    acts as noise. (Irrelevant features are those with coefficient zero.)

    Parameters
    ----------
    population : Population
        All features.
    observed : array_like of bool, shape (p,)
        Which features the student sees.

    Returns
    -------
    Population
        The observed features, with the larger noise variance.

    Raises
    ------
    ValueError
        If `observed` does not hold one True or False per feature, or hides every feature of
        positive variance.

    Examples
    --------
    >>> import riskcast as rc
    >>> whole = rc.Population([1.0, 1.0, 4.0], [1.0, 2.0, 1.0], noise_variance=0.5)
    >>> rc.theory.observed_part(whole, [True, True, False]).noise_variance
    4.5
    """
    seen = np.asarray(observed)
    if seen.dtype != bool or seen.shape != population.eigenvalues.shape:
        raise ValueError(
            f"observed: got {seen.dtype} of shape {seen.shape}; give one True or False for each of "
            f"the {population.n_features} features"
        )
    if not population.eigenvalues[seen].any():
        raise ValueError("observed: hides every feature that varies; let the student see one")
    hidden = population.eigenvalues[~seen] @ population.coefficients[~seen] ** 2
    noise = population.noise_variance + float(hidden)
    return Population(population.eigenvalues[seen], population.coefficients[seen], noise)


def _split(function: Function, n_nodes: int, kinks: Sequence[float]) -> tuple[float, float, float]:
    nodes, weights = _gaussian_rule(n_nodes, kinks)
    values = _evaluate(function, nodes)
    mean, slope = float(weights @ values), float(weights @ (values * nodes))
    rest = float(weights @ (values - mean - slope * nodes) ** 2)
    return mean, slope, rest


def _gaussian_rule(n_nodes: int, kinks: Sequence[float]) -> tuple[FloatArray, FloatArray]:
    """Quadrature nodes and weights for the standard normal law; the weights sum to one."""
    if not len(kinks):
        nodes, weights = roots_hermitenorm(n_nodes)
        return nodes, weights / weights.sum()
    edges = np.unique(np.concatenate([np.arange(-_REACH, _REACH + 1.0), kinks]))
    points, masses = np.polynomial.legendre.leggauss(max(16, n_nodes // 8))
    widths = np.diff(edges)
    nodes = (edges[:-1, None] + widths[:, None] * (points + 1.0) / 2.0).ravel()
    weights = np.outer(widths, masses).ravel() * np.exp(-0.5 * nodes**2)
    return nodes, weights / weights.sum()


def _hermite_values(nodes: FloatArray, degree: int) -> FloatArray:
    """Normalized Hermite polynomials at the nodes, shape (degree + 1, N)."""
    values = np.empty((degree + 1, len(nodes)))
    values[0] = 1.0
    if degree:
        values[1] = nodes
    for m in range(1, degree):
        values[m + 1] = (nodes * values[m] - np.sqrt(m) * values[m - 1]) / np.sqrt(m + 1.0)
    return values


def _evaluate(function: Function, nodes: FloatArray) -> FloatArray:
    values = np.asarray(function(nodes), dtype=np.float64)
    if values.shape != nodes.shape or not np.isfinite(values).all():
        raise ValueError(
            f"function: must return one finite number per input; for {len(nodes)} "
            f"numbers it returned shape {values.shape}"
        )
    return values
