"""Depth as a limit: where signals settle, and the variances at which they neither die nor explode.

Source of the maps: Poole, Lahiri, Raghu, Sohl-Dickstein and Ganguli (2016);
Schoenholz, Gilmer, Ganguli and Sohl-Dickstein (2017). Of the tuned point of
activations that are neither scale-free nor odd: Roberts, Yaida and Hanin, The
Principles of Deep Learning Theory (2022), section 5.3.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise
from typing import Any

import numpy as np
from scipy import optimize

from riskcast._validation import number

from .activations.base import Activation
from .activations.registry import as_activation

# Fixed points are searched between these; a signal that leaves them dies or explodes.
_SMALLEST, _LARGEST = 1e-8, 1e12
# Largest variance that is taken: squares of larger ones leave the range of floating point.
_MOST = 1e100
# A slope this close to one is one: the bound on what quadrature and differences leave.
_TOLERANCE = 1e-8


@dataclass(frozen=True)
class Criticality:
    """What becomes of signals in a deep network.

    Attributes
    ----------
    weight_variance, bias_variance : float
        The variances this is about.
    fixed_point : float
        Variance q* the preactivations settle at with depth; 0 if they die,
        inf if they explode. Where every variance stays as it is, the input's.
    variance_slope : float
        χ∥, the factor per layer of a small change of that variance.
    gradient_growth : float
        χ⊥ = σ_w² E[φ'(√q* z)²], the factor per layer of a gradient's squared
        norm, and of the squared distance of two close inputs.
    correlation_fixed_point : float
        Correlation c* that two different inputs settle at.
    variance_depth, correlation_depth : float
        Layers over which variances and correlations settle by a factor e;
        inf where they settle slower than exponentially, or not at all.
    phase : {"ordered", "critical", "chaotic"}
        χ⊥ below one, one, above one.
    """

    weight_variance: float
    bias_variance: float
    fixed_point: float
    variance_slope: float
    gradient_growth: float
    correlation_fixed_point: float
    variance_depth: float
    correlation_depth: float
    phase: str


def criticality(
    activation: Any = "relu",
    weight_variance: float | None = None,
    bias_variance: float | None = None,
    *,
    input_variance: float = 1.0,
) -> Criticality:
    """Fixed point, correlation depth, and the tuned variances of an activation.

    Parameters
    ----------
    activation : str, Activation or callable, default="relu"
        As for :class:`NTK`.
    weight_variance : float, default=None
        σ_w². None tunes it to the edge of chaos, χ⊥ = 1.
    bias_variance : float, default=None
        σ_b². None stands for zero when `weight_variance` is given; else both
        are tuned, so that χ⊥ = χ∥ = 1: gradients and variances both keep
        their size.
    input_variance : float, default=1.0
        Variance of the first preactivation, from which the fixed point is
        sought.

    Returns
    -------
    Criticality

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If a variance is negative or above 1e100, or no variances tune this
        activation as asked.

    Examples
    --------
    >>> from riskcast.features import criticality
    >>> tuned = criticality("relu")
    >>> tuned.weight_variance, tuned.bias_variance
    (2.0, 0.0)
    >>> erf = criticality("erf", weight_variance=1.0, bias_variance=0.1)
    >>> erf.phase, round(erf.correlation_depth, 1)
    ('ordered', 4.4)
    """
    given = {"weight_variance": weight_variance, "bias_variance": bias_variance}
    for name, value in {**given, "input_variance": input_variance}.items():
        if value is not None:
            number(value, name, most=_MOST)
    phi = as_activation(activation)
    if weight_variance is not None:
        bias = bias_variance or 0.0
        fixed_point = _fixed_point(phi, weight_variance, bias, input_variance)
        return _describe(phi, weight_variance, bias, fixed_point)
    if bias_variance is None:
        fixed_point = _tuned_point(phi, input_variance)
    else:
        fixed_point = _edge_of_chaos(phi, bias_variance, input_variance)
    weight_variance = 1.0 / _slope_moment(phi, fixed_point)
    if bias_variance is None:
        bias_variance = max(0.0, _bias_on_edge(phi, fixed_point))
        if bias_variance < 1e-14 * fixed_point:
            bias_variance = 0.0
    return _describe(phi, weight_variance, bias_variance, fixed_point)


def _moment(phi: Activation, q: float) -> float:
    """E[φ²] at variance q."""
    return float(phi.second_moment(np.array([q]))[0])


def _slope_moment(phi: Activation, q: float) -> float:
    """E[φ'²] at variance q."""
    return float(phi.derivative_second_moment(np.array([q]))[0])


def _moment_derivative(phi: Activation, q: float) -> float:
    """Derivative of E[φ²] by the variance, by differences of fourth order in log q."""
    step = 2e-3
    weights = zip((-2, -1, 1, 2), (1.0, -8.0, 8.0, -1.0), strict=True)
    total = sum(w * _moment(phi, q * float(np.exp(k * step))) for k, w in weights)
    return total / (12.0 * step * q)


def _bias_on_edge(phi: Activation, q: float) -> float:
    """The bias variance that goes with fixed point q when χ⊥ = 1."""
    return q - _moment(phi, q) / _slope_moment(phi, q)


def _first_root(function: Callable[[float], float], grid: Any) -> float | None:
    """Root at the first change of sign along the grid."""
    before = function(grid[0])
    for low, high in pairwise(grid):
        after = function(high)
        if before * after <= 0.0 and after != before:
            return float(optimize.brentq(function, low, high, xtol=1e-300, rtol=1e-14))
        before = after
    return None


def _grid(start: float, stop: float) -> Any:
    return np.geomspace(start, stop, 2 + int(8 * abs(np.log2(stop / start))))


def _fixed_point(phi: Activation, weight: float, bias: float, start: float) -> float:
    """Where q → σ_w² E[φ²](q) + σ_b² leads from the start."""

    def change(q: float) -> float:
        return weight * _moment(phi, q) + bias - q

    start = max(start, _SMALLEST)
    first = change(start)
    if abs(first) <= 1e-13 * start:
        return start
    # A bounded activation settles below its bound times the weight variance.
    end = _LARGEST * max(1.0, weight + bias, start) if first > 0 else _SMALLEST
    root = _first_root(change, _grid(start, end))
    if root is not None:
        return root
    return float(np.inf) if first > 0 else 0.0


def _edge_of_chaos(phi: Activation, bias: float, start: float) -> float:
    """The fixed point on the edge of chaos with this bias variance."""

    def excess(q: float) -> float:
        return _bias_on_edge(phi, q) - bias

    grid = _grid(_SMALLEST, 1e4)
    if bias == 0.0:
        if _scale_free(phi):
            return start
        if _moment(phi, 0.0) == 0.0:
            return 0.0
    root = _first_root(excess, grid)
    if root is None:
        reach = max(_bias_on_edge(phi, q) for q in grid)
        raise ValueError(
            f"bias_variance={bias}: {phi!r} has no edge of chaos there; its bias variance on the "
            f"edge reaches at most {reach:.4g}. Give a smaller one, or a weight_variance."
        )
    return root


def _tuned_point(phi: Activation, start: float) -> float:
    """The fixed point at which χ⊥ and χ∥ are both one."""
    if _scale_free(phi):
        return start
    at_zero = _slope_moment(phi, 0.0)
    # Near zero E[φ²]/q falls with q exactly if zero is approached and not left.
    if _moment(phi, 0.0) < 1e-20 and at_zero > 0.0 and _moment(phi, 1e-2) <= 1e-2 * at_zero:
        return 0.0
    root = _first_root(
        lambda q: _moment_derivative(phi, q) - _slope_moment(phi, q), _grid(1e-2, 1e4)
    )
    if root is None or _bias_on_edge(phi, root) < 0.0:
        raise ValueError(
            f"no variances keep both signals and gradients of {phi!r} at their size: give a "
            "bias_variance to get the edge of chaos there, or both variances to describe them."
        )
    return root


def _scale_free(phi: Activation) -> bool:
    """Whether E[φ²] is proportional to the variance, as for ReLU."""
    q = np.array([0.1, 1.0, 10.0])
    ratio = phi.second_moment(q) / q
    slope = phi.derivative_second_moment(q)
    return bool(np.ptp(ratio) <= 1e-13 * ratio[0] and np.allclose(ratio, slope, rtol=1e-13))


def _describe(phi: Activation, weight: float, bias: float, fixed_point: float) -> Criticality:
    q = max(fixed_point, _SMALLEST) if np.isfinite(fixed_point) else _LARGEST
    growth = weight * _slope_moment(phi, fixed_point if np.isfinite(fixed_point) else q)
    # Signals that die do so where φ is linear, and there the two slopes are one.
    variance_slope = weight * _moment_derivative(phi, q) if fixed_point > 0.0 else growth
    correlation, correlation_slope = _correlation_fixed_point(phi, weight, bias, q)
    if abs(growth - 1.0) <= _TOLERANCE:
        phase = "critical"
    else:
        phase = "ordered" if growth < 1.0 else "chaotic"
    return Criticality(
        weight,
        bias,
        fixed_point,
        variance_slope,
        growth,
        correlation,
        _depth(variance_slope),
        _depth(correlation_slope),
        phase,
    )


def _correlation_fixed_point(
    phi: Activation, weight: float, bias: float, q: float
) -> tuple[float, float]:
    """The stable correlation at variance q, and the slope of the correlation's map there."""
    total = weight * _moment(phi, q) + bias
    if total == 0.0:
        return 1.0, 1.0

    def slope(c: float) -> float:
        return weight * q * float(phi.dual_derivative(c * q, q, q)) / total

    def change(c: float) -> float:
        return (weight * float(phi.dual(c * q, q, q)) + bias) / total - c

    at_one = slope(1.0)
    if at_one <= 1.0 + _TOLERANCE or change(0.0) < 0.0:
        return 1.0, at_one
    if change(0.0) <= 1e-15:
        return 0.0, slope(0.0)
    # The map is convex on [0, 1]: one root below one, which closes in on one at the edge.
    root = float(optimize.brentq(change, 0.0, 1.0 - 1e-3 * min(1.0, at_one - 1.0), xtol=1e-14))
    return root, slope(root)


def _depth(slope: float) -> float:
    """Layers in which a deviation shrinks by e."""
    size = abs(slope)
    if size >= 1.0 - _TOLERANCE:
        return float(np.inf)
    return 0.0 if size == 0.0 else float(-1.0 / np.log(size))
