"""Contours in the complex plane on which training becomes a sum of ridges.

Each rule has learned the share ``h(u)`` of a mode with pull ``u`` (curvature,
times the learning rate where there is one). By Cauchy's theorem

    h(u) = (1/2πi) ∮ f(ζ) · u / (u + ζ) dζ,

and a quadrature rule on the contour turns the integral into
``h(u) ≈ 2 Re Σ_k c_k u / (u + ζ_k)``: ridge regressions at the complex
penalties ζ_k. Only the upper half of each contour is kept, the lower half
being its mirror image. A function here returns ``nodes`` of shape (N,) and
``weights`` of shape (T, N), one row a moment of training.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

ComplexArray = NDArray[np.complex128]
FloatArray = NDArray[np.float64]
Quadrature = tuple[ComplexArray, ComplexArray]

PROMISED_ERROR = 1e-9
"""Largest relative error of a share learned that a mixture may have (`ResolventMixture.error`)."""

AIM = 2e-10  # what the contours are built for: a margin below the promise


def hyperbola(times: FloatArray, accuracy: float) -> Quadrature:
    """Nodes for ``h(u) = 1 - exp(-tu)`` at all `times` at once, on one hyperbola.

    Weideman and Trefethen, "Parabolic and hyperbolic contours for computing the
    Bromwich integral", Math. Comp. 76 (2007), section 4: the midpoint rule on
    ``ζ = m (1 + sin(iv - a))``, its angle `a` chosen for the ratio of the last
    time to the first.
    """
    ratio = float(times[-1] / times[0])
    angle, width, rate = _hyperbola_shape(ratio)
    # The share itself is small where tu is; measured, its relative error is
    # some 250 · ratio times the absolute error exp(-rate · count) of the theory.
    count = int(np.ceil(np.log(250.0 * ratio / accuracy) / rate))
    step = width / count
    # Nodes in units of 1/last time, so that no scale of time can overflow.
    scale = (4.0 * np.pi * angle - np.pi**2) / width * count
    position = 1j * step * (np.arange(count) + 0.5) - angle
    nodes = scale * (1.0 + np.sin(position))
    slopes = 1j * scale * np.cos(position)
    relative_times = times / times[-1]
    weights = np.exp(np.multiply.outer(relative_times, nodes)) * (
        step * slopes / (2j * np.pi * nodes)
    )
    return nodes / times[-1], weights


@lru_cache(maxsize=256)
def _hyperbola_shape(ratio: float) -> tuple[float, float, float]:
    """Angle, half-width and convergence rate of the best hyperbola for a time ratio."""

    def half_width(angle: float) -> float:
        spread = (np.pi - 2.0 * angle) * ratio + 4.0 * angle - np.pi
        return float(np.arccosh(spread / ((4.0 * angle - np.pi) * np.sin(angle))))

    def rate(angle: float) -> float:
        return (np.pi**2 - 2.0 * np.pi * angle) / half_width(angle)

    edge = 1e-6
    best = minimize_scalar(
        lambda angle: -rate(angle),
        bounds=(np.pi / 4 + edge, np.pi / 2 - edge),
        method="bounded",
        options={"xatol": 1e-10},
    )
    return float(best.x), half_width(best.x), rate(best.x)


def generating_hyperbola(
    steps: FloatArray,
    transfer: Callable[[ComplexArray], tuple[ComplexArray, ComplexArray]],
    accuracy: float,
) -> Quadrature:
    """Nodes for a rule of constant coefficients after many steps.

    The share after k steps is ``(1/2πi) ∮ x^k / ((x-1) q(x)) · u/(u + ζ(x)) dx``
    with x the variable of the generating function; with ``x = exp(w)`` this is
    the integral of gradient flow at time k, so the same hyperbola serves, as
    long as all roots of the recurrence that are complex or negative have died
    out. `transfer` maps x to ``(ζ(x), q(x))``.
    """
    logarithms, weights = hyperbola(steps, accuracy)
    x = np.exp(logarithms)
    penalties, divisor = transfer(x)
    # `weights` holds exp(kw) dw/w; the rule wants exp(kw) dx/((x-1) q).
    return penalties, weights * (logarithms * x / (np.expm1(logarithms) * divisor))


def polynomial_parabola(
    steps: FloatArray, learned: Callable[[ComplexArray], ComplexArray]
) -> Quadrature:
    """Nodes for an accelerated rule of varying coefficients, pulls in [0, 1].

    Its residual is a polynomial that oscillates like ``cos(k√u)`` and dies out
    like ``exp(-ku/2)``, so the integral runs on the parabola ``u = (a + ib)²``
    with ``b = 10/k``, where the polynomial stays below ``e^10``, until it has
    died out. `learned` evaluates one minus the polynomial, by recurrence.
    """
    first, last = float(steps[0]), float(steps[-1])
    offset = 10.0 / last
    step = 2.0 * np.pi * offset / 34.0
    reach = min(1.0, np.sqrt(70.0 / first))
    along = np.arange(0.5 * step, reach, step)
    pulls = (along + 1j * offset) ** 2
    slopes = 2.0 * (along + 1j * offset)
    residual = 1.0 - learned(pulls)
    # The parabola is run from right to left above the axis, hence the sign.
    return -pulls, -residual * (step * slopes / (2j * np.pi * pulls))


def polynomial_ellipse(
    steps: FloatArray,
    learned: Callable[[ComplexArray], ComplexArray],
    largest_pull: float,
    crowding: int = 3,
) -> Quadrature:
    """Nodes for any rule that moves in steps, on an ellipse around ``[0, largest]``.

    The residual after k steps is a polynomial of degree k: the trapezoidal rule
    on a Bernstein ellipse converges geometrically once there are more nodes than
    degrees (Trefethen and Weideman, SIAM Review 56, 2014). Reliable for every
    rule, at a number of nodes that grows with the number of steps: `crowding`
    for every two steps. The radius leaves ``exp(-32)`` of truncation; a larger one
    costs more digits to rounding, and more crowding allows a smaller one.
    """
    degree = int(steps[-1])
    count = 2 * ((crowding * degree + 60) // 2)
    radius = np.exp(32.0 / (count - degree))
    circle = radius * np.exp(2j * np.pi * (np.arange(count // 2) + 0.5) / count)
    half = 0.5 * largest_pull
    pulls = half * (1.0 + 0.5 * (circle + 1.0 / circle))
    slopes = 0.5j * half * (circle - 1.0 / circle)
    # One less the residual integrates to the same, and is small where little is learned.
    return -pulls, -learned(pulls) * (2.0 * np.pi / count * slopes / (2j * np.pi * pulls))


def reconstruct(nodes: ComplexArray, weights: ComplexArray, pulls: FloatArray) -> NDArray[Any]:
    """The share ``2 Re Σ_k c_k u/(u + ζ_k)`` that a quadrature gives, shape (T, len(pulls))."""
    return 2.0 * np.real(weights @ (pulls / (pulls + nodes[:, None])))


def relative_error(found: FloatArray, exact: FloatArray) -> float:
    """Largest error of shares at increasing pulls, relative to the largest share so far.

    Shares are small where the pull is small, and there digits are kept. Momentum
    swings: where a share passes through zero later on, nothing is relative to it.
    """
    size = np.maximum.accumulate(np.abs(exact), axis=-1)
    return float(np.max(np.abs(found - exact) / size))


def windows_of(times: FloatArray, widest: float) -> list[NDArray[np.intp]]:
    """Cut increasing times into runs whose last is at most `widest` times the first.

    Zero and infinity are in none. The cuts are even on the scale of logarithms,
    so that windows resemble each other.
    """
    rows = np.flatnonzero((times > 0) & np.isfinite(times))
    if rows.size < 2:
        return [rows] if rows.size else []
    log_times = np.log(times[rows])
    span = log_times[-1] - log_times[0]
    count = max(1, int(np.ceil(span / np.log(widest) - 1e-9)))
    number = np.minimum((log_times - log_times[0]) * (count / span), count - 1).astype(int)
    return [rows[number == k] for k in range(count) if (number == k).any()]
