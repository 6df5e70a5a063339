"""Rules that train in steps: stability limits, and the choice of contours."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast.filters import _contours as contours
from riskcast.filters._rules import GradientDescent, HeavyBall, Nesterov, SteppedFilter

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]

_WIDEST_STEP_WINDOW = 4.0  # last over first step once settled; empirically the fewest nodes
_WIDEST_EARLY_WINDOW = 12.0  # before that: on an ellipse, rounding grows with the ratio
_FIRST_STEPS = 24.0  # steps below this share one ellipse
_MOST_NODES = 6000  # an ellipse for about 4,000 steps


def step_windows(steps: FloatArray, settled: float) -> list[NDArray[np.intp]]:
    """Split step numbers into windows: the first few, before and after a rule has settled."""
    phases = [
        ((steps > 0) & (steps < _FIRST_STEPS), np.inf),
        ((steps >= _FIRST_STEPS) & (steps < settled), _WIDEST_EARLY_WINDOW),
        (steps >= settled, _WIDEST_STEP_WINDOW),
    ]
    windows = []
    for phase, widest in phases:
        rows = np.flatnonzero(phase)
        windows += [rows[part] for part in contours.windows_of(steps[rows], widest)]
    return windows


def best_quadrature(
    filter: SteppedFilter,
    rows: NDArray[np.intp],
    largest_pull: float,
    pulls: FloatArray,
    shares: FloatArray,
    settled: bool,
) -> tuple[ComplexArray, ComplexArray, float]:
    """Nodes, weights and error of the first contour within PROMISED_ERROR, else of the best."""
    best: tuple[ComplexArray, ComplexArray, float] | None = None
    for nodes, weights in _candidate_quadratures(filter, rows, largest_pull, settled):
        found = contours.reconstruct(nodes, weights, pulls)
        error = contours.relative_error(found, shares[rows])
        if best is None or error < best[2]:
            best = (nodes, weights, error)
        if error <= contours.PROMISED_ERROR:
            break
    if best is None:
        raise ValueError(
            f"filter: {filter!r} would need over {_MOST_NODES} ridge regressions; use fewer "
            "steps at a larger learning rate, or GradientFlow, which is similar"
        )
    return best


def _candidate_quadratures(
    filter: SteppedFilter, rows: NDArray[np.intp], largest_pull: float, settled: bool
) -> Iterator[contours.Quadrature]:
    """Candidate contours, in the order of increasing number of nodes."""
    moments = filter.at(rows)
    steps = moments.steps.astype(np.float64)
    transfer = _transfer(filter)
    if settled and transfer is not None:
        yield contours.generating_hyperbola(steps, transfer, contours.AIM)
    elif settled and largest_pull <= 1.0:
        yield contours.polynomial_parabola(steps, moments.learned)
    for crowding in (3, 5):
        if 0.5 * crowding * steps[-1] + 30 <= _MOST_NODES:
            yield contours.polynomial_ellipse(steps, moments.learned, largest_pull, crowding)


def _transfer(filter: SteppedFilter) -> Any:
    """Function that maps x to (ζ, q) for rules with constant coefficients, else None.

    With momentum β: ζ = x - 1 for gradient descent; (x-1)(x-β)/x for heavy ball; the
    same divided by q = 1 + β - β/x for Nesterov's rule.
    """
    if isinstance(filter, GradientDescent):
        return lambda x: (x - 1.0, np.ones_like(x))
    if isinstance(filter, HeavyBall):
        beta = filter.momentum
        return lambda x: ((x - 1.0) * (x - beta) / x, np.ones_like(x))
    if isinstance(filter, Nesterov) and filter.momentum is not None:
        beta = filter.momentum
        return lambda x: (
            (x - 1.0) * (x - beta) / (x * (1.0 + beta - beta / x)),
            1.0 + beta - beta / x,
        )
    return None


def settled_after(filter: SteppedFilter, largest_pull: float) -> float:
    """Number of steps after which roots outside a short contour have decayed.

    Complex roots have modulus √β; the negative root of gradient descent is 1 - u.
    """
    root = 0.0
    if isinstance(filter, GradientDescent) and largest_pull > 1.0:
        root = largest_pull - 1.0
    momentum = getattr(filter, "momentum", None)
    if momentum:
        root = np.sqrt(momentum)
    earliest = 80.0 if _transfer(filter) is None else _FIRST_STEPS
    if root >= 1.0:
        return np.inf
    return max(earliest, -25.0 / np.log(root)) if root > 0.0 else earliest


def check_stability(shares: FloatArray, filter: SteppedFilter, largest_pull: float) -> None:
    """Raise ValueError if the fractions learned (`shares`) show that the rule diverges."""
    limit = _stable_below(filter)
    # A few steps beyond the limit are harmless; with momentum, fractions exceed one below it.
    if largest_pull > limit and not (np.abs(shares) < 4.0).all():
        raise ValueError(
            f"learning_rate: {filter.learning_rate:g} makes {type(filter).__name__} diverge: times "
            f"the largest curvature it is {largest_pull:.3g}, and must be below {limit:.3g}; "
            f"choose a learning rate below {limit * filter.learning_rate / largest_pull:.3g}"
        )


def _stable_below(filter: SteppedFilter) -> float:
    """Largest stable learning rate times curvature.

    At the limit a root of the recurrence leaves the unit circle at x = -1.
    """
    momentum = getattr(filter, "momentum", 0.0)
    momentum = 1.0 if momentum is None else float(momentum)  # the schedule converges to one
    if isinstance(filter, Nesterov):
        return 2.0 * (1.0 + momentum) / (1.0 + 2.0 * momentum)
    return 2.0 * (1.0 + momentum)


def trial_pulls(largest: float) -> FloatArray:
    """Pulls at which to compare a mixture with its rule, evenly spaced in u, √u and log u."""
    grid = np.linspace(0.0, 1.0, 301)[1:]
    return largest * np.unique(np.concatenate([grid, grid**2, np.logspace(-12, 0, 200)]))
