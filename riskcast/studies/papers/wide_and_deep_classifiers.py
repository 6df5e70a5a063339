"""Radhakrishnan, Belkin and Uhler (2023): the limiting classifiers of wide and deep networks.

Depending only on the activation, the classifier tends to the majority vote, to
the nearest neighbour, or to a singular kernel, which can be optimal.
Inputs lie on the sphere, and activations have E φ² = 1.
"""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import numpy as np

from riskcast.features import Polynomial, as_activation
from riskcast.studies import Study, Verdict, judge, mean_and_error
from riskcast.studies.drawing import panels, series

study = Study(
    paper="Wide and Deep Neural Networks Achieve Optimality for Classification",
    source="A. Radhakrishnan, M. Belkin, C. Uhler, PNAS 120 (2023), arXiv:2204.14126.",
    limits="Inputs on a part of the unit sphere in three dimensions, up to 4,000 of them; "
    "optimality is a limit, which singular kernels approach as slowly as one over the logarithm of "
    "the samples.",
    smoke={"points": 60, "draws": 2, "tests": 200, "sizes": (30, 300), "size_draws": 6},
    full={
        "points": 200,
        "draws": 10,
        "tests": 500,
        "sizes": (60, 250, 1000, 4000),
        "size_draws": 20,
    },
)

# Kernels are functions of the correlation of inputs, computed on this grid and interpolated.
GAPS = np.geomspace(1e-14, 0.999, 4000)
CORRELATIONS = 1.0 - GAPS
MOST_LAYERS = 5000  # up to this depth, a kernel is computed layer by layer
FLIPS = 0.25  # share of wrong labels, the same everywhere
FIRST, THIRD = 0.5**0.5, 0.5**0.5 / 6.0**0.5

# Its dual is (ξ + ξ³)/2, so the singular kernel has exponent 2, the dimension of the sphere.
CUBIC = Polynomial((0.0, FIRST - 3.0 * THIRD, 0.0, THIRD))
# A larger linear part gives a weaker singularity.
MILD = Polynomial((0.0, 0.9 - 3.0 * np.sqrt(0.19 / 6.0), 0.0, np.sqrt(0.19 / 6.0)))
# One activation of each kind (E φ and E φ' zero or not), and the depth of its network.
KINDS = {
    "relu": (as_activation("relu"), 2000),  # E φ ≠ 0
    "square": (Polynomial((-1.0, 0.0, 1.0)), 12),  # E φ = E φ' = 0
    "cubic": (CUBIC, 100_000),  # E φ = 0, E φ' ≠ 0
}


@study.experiment
def agreement(rng: np.random.Generator, points: int, draws: int, tests: int) -> dict[str, Any]:
    """Agreement of kernel regression at great depth with each of three simple classifiers, when
    two thirds of the labels are 1.
    """
    rates = np.zeros((draws, 3, 3))
    for draw in range(draws):
        X, Z = _directions(rng, points), _directions(rng, tests)
        y = np.where(rng.random(points) < 2 / 3, 1.0, -1.0)
        between, within = Z @ X.T, X @ X.T
        for row, (activation, depth) in enumerate(KINDS.values()):
            said = np.sign(_network(activation, between, within, depth, y))
            simple = (
                np.sign(y.sum()) * np.ones(tests),
                y[between.argmax(axis=1)],
                np.sign(_singular(activation, between) @ y),
            )
            rates[draw, row] = [_share_of_agreement(said, one) for one in simple]
    return {"rates": rates}


@study.experiment
def exponents() -> dict[str, Any]:
    """The kernel at great depth against distance, and its power-law exponent."""
    distances = np.geomspace(1e-3, 0.3, 25)
    correlations = 1.0 - distances**2 / 2.0
    found, wanted, kernels = [], [], []
    for activation in (as_activation("erf"), CUBIC, MILD):
        kernel = _singular(activation, correlations)
        found.append(np.polyfit(np.log(distances[:13]), np.log(kernel[:13]), 1)[0])
        wanted.append(-_exponent(activation))
        kernels.append(kernel / kernel[-1])
    return {"distances": distances, "found": found, "wanted": wanted, "kernels": kernels}


@study.experiment
def optimality(rng: np.random.Generator, sizes: Any, size_draws: int) -> dict[str, Any]:
    """Error on clean labels of the singular kernel of exponent two and of the nearest neighbour,
    with a quarter of the training labels wrong.
    """
    errors = np.empty((len(sizes), size_draws, 2))
    for place, size in enumerate(sizes):
        for draw in range(size_draws):
            X, Z = _directions(rng, size), _directions(rng, 400)
            y = _truth(X) * np.where(rng.random(size) < FLIPS, -1.0, 1.0)
            between = Z @ X.T
            said = (np.sign(_singular(CUBIC, between) @ y), y[between.argmax(axis=1)])
            errors[place, draw] = [np.mean(one != _truth(Z)) for one in said]
    return {"sizes": sizes, "errors": errors}


@study.claim(
    refuted_if="a ReLU network of great depth agrees with the majority on less than 99 % of points",
    figure="kinds",
)
def majority(agreement: Any) -> Verdict:
    """Where E φ ≠ 0, as for ReLU, the classifier becomes the majority vote."""
    return _agrees(agreement, 0)


@study.claim(
    refuted_if="a network of great depth with φ = z² - 1 agrees with the nearest neighbour on "
    "less than 99 % of points",
    figure="kinds",
)
def nearest_neighbour(agreement: Any) -> Verdict:
    """Where E φ = E φ' = 0 it becomes the nearest neighbour."""
    return _agrees(agreement, 1)


@study.claim(
    refuted_if="a cubic network of great depth agrees with its singular kernel on less than 99 % "
    "of points, or with majority or neighbour on more than 95 %",
    figure="kinds",
)
def singular_kernel(agreement: Any) -> Verdict:
    """Where E φ = 0 and E φ' ≠ 0, as for a cubic, it becomes a singular kernel."""
    mean, error = mean_and_error(agreement.rates[:, 2])
    return judge(
        mean[2] >= 0.99 and np.max(mean[:2]) < 0.95,
        value=mean[2],
        error=error[2],
        seen="share of points on which it agrees with the singular kernel; majority "
        f"{mean[0]:.2f}, nearest neighbour {mean[1]:.2f}",
    )


@study.claim(
    refuted_if="the power of the distance that the deep kernel follows is further than 5 % from "
    "4 log E φ' / log E φ'²",
    figure="powers",
)
def exponent(exponents: Any) -> Verdict:
    """The singular kernel's exponent is -4 log(E φ') / log(E φ'²)."""
    off = exponents.found / exponents.wanted - 1.0
    worst = np.abs(off).argmax()
    return judge(
        np.abs(off) < 0.05,
        value=exponents.found[worst],
        seen=f"power found, the one furthest off; wanted {exponents.wanted[worst]:.3f}; the "
        f"others are {np.delete(exponents.found, worst).round(2)} for "
        f"{np.delete(exponents.wanted, worst).round(2)}",
    )


@study.claim(
    refuted_if="the error of the singular kernel whose exponent is the dimension does not fall by "
    "2 standard errors from the fewest samples to the most, or is not a third below the nearest "
    "neighbour's at the most",
    figure="optimal",
)
def optimal_exponent(optimality: Any) -> Verdict:
    """Where the exponent equals the inputs' dimension the classifier tends to the optimal one."""
    mean, error = mean_and_error(optimality.errors, axis=1)
    falls = mean[-1, 0] + 2.0 * error[-1, 0] < mean[0, 0]
    return judge(
        falls and mean[-1, 0] < 2 / 3 * mean[-1, 1],
        value=mean[-1, 0],
        error=error[-1, 0],
        seen=f"error rate on clean labels at {optimality.sizes[-1]} samples (optimum 0); at "
        f"{optimality.sizes[0]} it is {mean[0, 0]:.3f}, the nearest neighbour stays at "
        f"{mean[-1, 1]:.3f}",
    )


@study.figure
def kinds(figure: Any, agreement: Any) -> None:
    """Share of points on which a network of great depth agrees with three classifiers, for three
    activations (mean over draws); z² - 1 has no singular kernel to agree with.
    """
    ax = panels(figure, xlabel="activation", ylabel="share of points that agree")
    mean, error = mean_and_error(agreement.rates)
    names = ("majority vote", "nearest neighbour", "singular kernel")
    for index, name in enumerate(names):
        series(
            ax,
            index,
            np.arange(3) + 0.12 * (index - 1),
            points=mean[:, index],
            errors=error[:, index],
            label=name,
        )
    ax.set_xticks(range(3), ["ReLU", "z² - 1", "z³ - 0.55 z"])
    ax.set(ylim=(0.3, 1.12), xlim=(-0.5, 2.5))
    ax.legend(loc="lower right")


@study.figure
def powers(figure: Any, exponents: Any) -> None:
    """Kernel of infinite depth against distance (points), and the power that theory gives
    (lines).
    """
    ax = panels(
        figure,
        xscale="log",
        yscale="log",
        xlabel="distance on the sphere",
        ylabel="kernel / kernel at 0.3",
    )
    far = exponents.distances / exponents.distances[-1]
    for index, name in enumerate(("erf", "cubic, exponent 2", "cubic, weak")):
        kernel, power = exponents.kernels[index], exponents.wanted[index]
        series(ax, index, exponents.distances, line=kernel[0] * (far / far[0]) ** power)
        series(
            ax, index, exponents.distances[::3], points=kernel[::3], label=f"{name}: {power:.2f}"
        )
    ax.legend()


@study.figure
def optimal(figure: Any, optimality: Any) -> None:
    """Error on clean labels, a quarter of the training labels wrong: singular kernel of
    exponent two and nearest neighbour (one standard error); the optimum is 0.
    """
    ax = panels(figure, xscale="log", xlabel="samples", ylabel="error rate on clean labels")
    mean, error = mean_and_error(optimality.errors, axis=1)
    for index, name in enumerate(("singular kernel, exponent 2", "nearest neighbour")):
        series(
            ax,
            index,
            optimality.sizes,
            points=mean[:, index],
            errors=error[:, index],
            joined=True,
            label=name,
        )
    ax.set(ylim=(0, None))
    ax.legend()


def _agrees(agreement: Any, kind: int) -> Verdict:
    mean, error = mean_and_error(agreement.rates[:, kind])
    names = ("majority", "nearest neighbour", "singular kernel")
    others = ", ".join(
        f"{names[i]} {mean[i]:.2f}" if np.isfinite(mean[i]) else f"there is no {names[i]}"
        for i in range(3)
        if i != kind
    )
    return judge(
        mean[kind] >= 0.99,
        value=mean[kind],
        error=error[kind],
        seen=f"share of points on which it agrees with the {names[kind]}; {others}",
    )


def _share_of_agreement(said: Any, other: Any) -> float:
    """Share of points on which both agree; NaN if one of them gives no answer."""
    if np.isnan(said).any() or np.isnan(other).any():
        return float("nan")
    return float(np.mean(said == other))


def _directions(rng: np.random.Generator, count: int) -> Any:
    """Points of the unit sphere with positive coordinates."""
    drawn = np.abs(rng.standard_normal((count, 3)))
    return drawn / np.linalg.norm(drawn, axis=1, keepdims=True)


def _truth(X: Any) -> Any:
    """True labels: a wavy border across the octant."""
    return np.where(X[:, 0] - X[:, 1] > 0.3 * np.sin(4.0 * X[:, 2]), 1.0, -1.0)


def _network(activation: Any, between: Any, within: Any, depth: int, y: Any) -> Any:
    """Outputs of the infinitely wide network after training: kernel regression without ridge."""
    if depth > MOST_LAYERS:  # the diagonal dominates: the normalized kernel is ≈ identity
        return np.exp(_of_correlations(_log_deep_tangent(activation, depth), between)) @ y
    table = _log_tangent(activation, depth)
    gram = np.exp(_of_correlations(table, within))
    np.fill_diagonal(gram, 1.0)
    return np.exp(_of_correlations(table, between)) @ np.linalg.solve(gram, y)


def _singular(activation: Any, correlations: Any) -> Any:
    """The kernel of infinite depth, over depth times its slope at zero to the power of depth."""
    return np.exp(_of_correlations(_log_singular(activation), correlations))


@lru_cache(maxsize=8)
def _log_tangent(activation: Any, depth: int) -> Any:
    """Logarithm of the NTK of a deep network with E φ² = 1, over its diagonal, at CORRELATIONS."""
    now = tangent = np.append(CORRELATIONS, 1.0)
    for _ in range(depth):
        slope, now = _slope(activation, now), _dual(activation, now)
        tangent = tangent * slope + now
    return np.log(np.maximum(tangent[:-1] / tangent[-1], 1e-300))


@lru_cache(maxsize=8)
def _log_deep_tangent(activation: Any, depth: int) -> Any:
    """The same for E φ = 0, over slope^depth; the increment per layer is constant after 300."""
    now = tangent = CORRELATIONS
    for _ in range(300):
        slope, now = _slope(activation, now), _dual(activation, now)
        tangent = tangent * slope + now
    scale = _slope(activation, np.zeros(1)) ** 300
    return np.log((tangent + (depth - 300) * now) / scale)


def _log_singular(activation: Any) -> Any:
    """Limiting increment per layer: the limit of the correlation over slope^depth."""
    return _log_deep_tangent(activation, 10**15)


def _of_correlations(table: Any, correlations: Any) -> Any:
    """Interpolate a tabulated function of correlation."""
    gaps = np.clip(1.0 - correlations, GAPS[0], GAPS[-1])
    return np.interp(np.log(gaps), np.log(GAPS), table)


def _dual(activation: Any, correlations: Any) -> Any:
    one = np.ones(1)
    return np.minimum(activation.dual(correlations, one, one) / activation.second_moment(one), 1.0)


def _slope(activation: Any, correlations: Any) -> Any:
    one = np.ones(1)
    return activation.dual_derivative(correlations, one, one) / activation.second_moment(one)


def _exponent(activation: Any) -> float:
    """Exponent from the slopes of the dual at zero, (E φ')², and at one, E φ'²."""
    at_zero, at_one = (float(_slope(activation, np.array([x]))[0]) for x in (0.0, 1.0))
    return -2.0 * np.log(at_zero) / np.log(at_one)
