"""Contours in the complex plane that turn training rules into sums of ridge regressions.

A rule learns the fraction ``h(u)`` of a mode with pull ``u`` (curvature, times the
learning rate for rules that have one). By Cauchy's theorem

    h(u) = (1/2πi) ∮ f(ζ) · u / (u + ζ) dζ,

and a quadrature rule on the contour approximates the integral by
``h(u) ≈ 2 Re Σ_k c_k u / (u + ζ_k)``, ridge regressions at the complex penalties
ζ_k. Only the upper half of each contour is kept, as the lower half is its mirror
image. Each contour function returns ``nodes`` of shape (N,) and ``weights`` of shape
(T, N), one row per training time.
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
"""Largest allowed relative error of a mixture (`ResolventMixture.error`)."""

AIM = 2e-10  # target accuracy of the contours, with a margin below PROMISED_ERROR


def hyperbola(times: FloatArray, accuracy: float) -> Quadrature:
    """Nodes on one hyperbola for ``h(u) = 1 - exp(-tu)`` at all `times`.

    Weideman and Trefethen, "Parabolic and hyperbolic contours for computing the
    Bromwich integral", Math. Comp. 76 (2007), section 4: the midpoint rule on
    ``ζ = m (1 + sin(iv - a))``, with the angle `a` chosen for the ratio of the
    last time to the first.
    """
    ratio = float(times[-1] / times[0])
    angle, width, rate = _hyperbola_shape(ratio)
    # h is small where tu is small. Empirically, its relative error is about
    # 250 · ratio times the theoretical absolute error exp(-rate · count).
    count = int(np.ceil(np.log(250.0 * ratio / accuracy) / rate))
    step = width / count
    # Nodes in units of 1/last time, so that no time scale overflows.
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
    """Angle, half-width and convergence rate of the optimal hyperbola for a time ratio."""

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
    """Nodes for a rule with constant coefficients after many steps.

    The fraction learned after k steps is
    ``(1/2πi) ∮ x^k / ((x-1) q(x)) · u/(u + ζ(x)) dx`` with x the variable of the
    generating function. With ``x = exp(w)`` this has the form of the integral of
    gradient flow at time k, so the same hyperbola can be used once the contributions
    of complex and negative roots of the recurrence have decayed. `transfer` maps x to
    ``(ζ(x), q(x))``.
    """
    logarithms, weights = hyperbola(steps, accuracy)
    x = np.exp(logarithms)
    penalties, divisor = transfer(x)
    # `weights` contains exp(kw) dw/w; the rule needs exp(kw) dx/((x-1) q).
    return penalties, weights * (logarithms * x / (np.expm1(logarithms) * divisor))


def polynomial_parabola(
    steps: FloatArray, learned: Callable[[ComplexArray], ComplexArray]
) -> Quadrature:
    """Nodes on a parabola for an accelerated rule with varying coefficients, pulls in [0, 1].

    The residual is a polynomial that oscillates like ``cos(k√u)`` and decays like
    ``exp(-ku/2)``. The integral is taken along the parabola ``u = (a + ib)²`` with
    ``b = 10/k``, where the polynomial stays below ``e^10``, until it has decayed.
    `learned` evaluates one minus the polynomial by recurrence.
    """
    first, last = float(steps[0]), float(steps[-1])
    offset = 10.0 / last
    step = 2.0 * np.pi * offset / 34.0
    reach = min(1.0, np.sqrt(70.0 / first))
    along = np.arange(0.5 * step, reach, step)
    pulls = (along + 1j * offset) ** 2
    slopes = 2.0 * (along + 1j * offset)
    residual = 1.0 - learned(pulls)
    # The parabola is traversed from right to left above the axis, hence the sign.
    return -pulls, -residual * (step * slopes / (2j * np.pi * pulls))


def polynomial_ellipse(
    steps: FloatArray,
    learned: Callable[[ComplexArray], ComplexArray],
    largest_pull: float,
    crowding: int = 3,
) -> Quadrature:
    """Nodes on an ellipse around ``[0, largest]`` for any rule that trains in steps.

    The residual after k steps is a polynomial of degree k. The trapezoidal rule on a
    Bernstein ellipse converges geometrically once the number of nodes exceeds the
    degree (Trefethen and Weideman, SIAM Review 56, 2014). This works for every rule,
    but the number of nodes grows with the number of steps: `crowding` nodes per two
    steps. The radius gives a truncation error of ``exp(-32)``. A larger radius
    increases rounding errors; more crowding allows a smaller one.
    """
    degree = int(steps[-1])
    count = 2 * ((crowding * degree + 60) // 2)
    radius = np.exp(32.0 / (count - degree))
    circle = radius * np.exp(2j * np.pi * (np.arange(count // 2) + 0.5) / count)
    half = 0.5 * largest_pull
    pulls = half * (1.0 + 0.5 * (circle + 1.0 / circle))
    slopes = 0.5j * half * (circle - 1.0 / circle)
    # One minus the residual has the same integral, and is small where little is learned.
    return -pulls, -learned(pulls) * (2.0 * np.pi / count * slopes / (2j * np.pi * pulls))


def reconstruct(nodes: ComplexArray, weights: ComplexArray, pulls: FloatArray) -> NDArray[Any]:
    """Evaluate ``2 Re Σ_k c_k u/(u + ζ_k)`` at the pulls u, shape (T, len(pulls))."""
    return 2.0 * np.real(weights @ (pulls / (pulls + nodes[:, None])))


def relative_error(found: FloatArray, exact: FloatArray) -> float:
    """Largest error at increasing pulls, relative to the running maximum of `exact`.

    Fractions learned are small at small pulls, and must be accurate in relative terms
    there. With momentum they oscillate and pass through zero at larger pulls, so the
    running maximum is the reference, not the value itself.
    """
    size = np.maximum.accumulate(np.abs(exact), axis=-1)
    return float(np.max(np.abs(found - exact) / size))


def windows_of(times: FloatArray, widest: float) -> list[NDArray[np.intp]]:
    """Split increasing times into windows whose last time is at most `widest` times the first.

    Return the indices of each window; zero and infinity are in none. Windows have
    equal width in the logarithm of time.
    """
    rows = np.flatnonzero((times > 0) & np.isfinite(times))
    if rows.size < 2:
        return [rows] if rows.size else []
    log_times = np.log(times[rows])
    span = log_times[-1] - log_times[0]
    count = max(1, int(np.ceil(span / np.log(widest) - 1e-9)))
    number = np.minimum((log_times - log_times[0]) * (count / span), count - 1).astype(int)
    return [rows[number == k] for k in range(count) if (number == k).any()]
