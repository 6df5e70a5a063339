"""A nonlinear or bigger teacher, seen by a linear student: a linear one with more noise."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.special import roots_hermitenorm

from riskcast.checks import count
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

_REACH = 14.0  # a standard normal lies beyond with probability 1e-44


@dataclass(frozen=True)
class LinearEquivalent:
    """What a linear student sees of ``f(z)``, z standard normal.

    ``f(z) = mean + slope·z + rest``, the rest uncorrelated with z.

    Attributes
    ----------
    mean, slope : float
        The first two Hermite coefficients.
    unlearnable_variance : float
        Variance of the rest, which acts as noise.
    error : float
        Change of that variance when the quadrature is refined.
    """

    mean: float
    slope: float
    unlearnable_variance: float
    error: float


def hermite_coefficients(
    function: Function, degree: int, *, n_nodes: int = 200, kinks: Sequence[float] = ()
) -> FloatArray:
    """``a_m = E[f(z) h_m(z)]`` with normalized Hermite polynomials h_m, z standard normal.

    Parameters
    ----------
    function : callable
        f, which takes an array and returns one of the same shape.
    degree : int
        Highest m, at least zero.
    n_nodes : int, default 200
        Nodes of the Gauss-Hermite rule.
    kinks : sequence of float, optional
        Points where f or its slope jumps. With them the rule is composed of
        Gauss-Legendre panels that end there, which keeps its accuracy.

    Returns
    -------
    ndarray of shape (degree + 1,)

    Raises
    ------
    ValueError
        If the function does not return finite numbers, one for each.

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
    """Split a teacher's nonlinearity into its linear part and noise.

    For Gaussian features and sizes that grow together, the nonlinear part acts
    on a linear student as independent noise of the same variance (Gaussian
    equivalence: Mei and Montanari 2022; Hu and Lu 2023; already in Advani, Saxe
    and Sompolinsky 2020).

    Parameters
    ----------
    function : callable
        f, which takes an array and returns one of the same shape.
    n_nodes : int, default 200
        Nodes of the Gauss-Hermite rule.
    kinks : sequence of float, optional
        Points where f or its slope jumps; see `hermite_coefficients`.

    Returns
    -------
    LinearEquivalent

    Raises
    ------
    TypeError
        If `n_nodes` is not a number.
    ValueError
        If the function does not return finite numbers, one for each, or `n_nodes` is below one.

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
    """The linear population that stands for the teacher ``y = f(β·x/s) + ε``.

    s is the standard deviation of β·x, so that f meets a standard normal.

    Parameters
    ----------
    population : Population
        Features, the direction β of the teacher, and its noise.
    function : callable
        The nonlinearity f.
    fit_intercept : bool, default True
        Whether the student has an intercept to take up the mean of f; without
        one the squared mean is noise too.
    n_nodes, kinks
        As for `hermite_coefficients`.

    Returns
    -------
    Population
        For `risk_curve`.

    Raises
    ------
    TypeError
        If `n_nodes` is not a number.
    ValueError
        If the population has no signal, the function does not return finite numbers, one for
        each, or `n_nodes` is below one.

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
    """The population left when some features are hidden from the student.

    Features are uncorrelated, so that what the hidden ones contribute to the
    target is noise. (Irrelevant features are those with coefficient zero.)

    Parameters
    ----------
    population : Population
        All features.
    observed : array_like of bool, shape (p,)
        Which features the student sees.

    Returns
    -------
    Population

    Raises
    ------
    ValueError
        If `observed` has not one True or False for each feature, or hides all that vary.

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
    """Nodes and weights for the standard normal, weights adding up to one."""
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
            f"function: must return one finite number for each it is given; for {len(nodes)} "
            f"numbers it returned shape {values.shape}"
        )
    return values
