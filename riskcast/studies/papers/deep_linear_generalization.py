"""Advani, Saxe and Sompolinsky (2020), section 4: depth and the test error of linear networks.

Depth does not change which functions a linear network can compute, only how it
learns them.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from riskcast.studies import Study, Verdict, judge, mean_and_error
from riskcast.studies.drawing import panels, series
from riskcast.theory import deep_linear_risk_curve

study = Study(
    paper="High-dimensional dynamics of generalization error in neural networks",
    source="M. S. Advani, A. M. Saxe, H. Sompolinsky, Neural Networks 132 (2020), "
    "arXiv:1710.03667.",
    limits="Gaussian inputs, one output, a balanced start; 150 features where the theory is for "
    "infinitely many. How the plateau grows is looked at in the theory alone, at depth two.",
    smoke={"features": 40, "draws": 12},
    full={"features": 150, "draws": 60},
)


@study.experiment
def depth(rng: np.random.Generator, features: int, draws: int) -> dict[str, Any]:
    """Risk along training of linear networks of depth one to three, from small balanced weights;
    and the theory for depth two from smaller weights.
    """
    load, snr, power = 1.5, 4.0, 1e-2
    times = np.geomspace(0.1, 60.0, 40)
    depths = np.array([1, 2, 3])
    theory = [deep_linear_risk_curve(load, snr, times, depth, power).risk for depth in depths]
    small = [deep_linear_risk_curve(load, snr, times, 2, p).risk for p in (1e-2, 1e-4, 1e-6)]
    measured = []
    for layers in depths:
        runs = _deep_students(rng, draws, features, load, snr, power, int(layers), times)
        measured.append(mean_and_error(runs))
    return {
        "depths": depths,
        "times": times,
        "theory": theory,
        "measured": np.array(measured),
        "small": small,
        "small_powers": [1e-2, 1e-4, 1e-6],
    }


@study.claim(
    refuted_if="at any depth and time the mean risk is further from the theory than 8 % and 4 "
    "standard errors",
    figure="deep",
)
def deep_networks_follow_theory(depth: Any) -> Verdict:
    """Deep linear networks follow their own closed equations, plateau and drop included."""
    mean, error = np.moveaxis(depth.measured, 1, 0)
    deviation = np.abs(mean / depth.theory - 1.0)
    close = deviation < 0.08 + 4.0 * error / depth.theory
    return judge(close.all(axis=1), value=deviation.max(), seen="largest relative deviation")


@study.claim(
    refuted_if="at any depth the risk at the last time is not 5 % above the best, or the best "
    "time does not grow at every larger depth",
    figure="deep",
)
def deep_networks_overtrain_too(depth: Any) -> Verdict:
    """Deep linear networks have a finite best stopping time too, later where they are deeper."""
    mean = depth.measured[:, 0]
    best = mean.min(axis=1)
    times = depth.times[mean.argmin(axis=1)]
    cost = mean[:, -1] / best - 1.0
    return judge(
        [(cost > 0.05).all(), (np.diff(times) > 0).all()],
        value=cost.min(),
        seen=(
            "least cost of training on, as a share of the best risk; best times at depths 1, 2, 3: "
            + ", ".join(f"{time:.2g}" for time in times)
        ),
    )


@study.claim(
    refuted_if="in theory at depth two the time at which the risk falls to 0.9 is not later by "
    "more than 0.5 from initial power 1e-4 than from 1e-2, or the further delay from 1e-6 differs "
    "from this one by more than 30 %",
    figure="deep",
)
def small_weights_delay(depth: Any) -> Verdict:
    """The smaller the initial weights, the longer the plateau: its length grows as their
    logarithm.
    """
    times = depth.times
    drops = [np.interp(0.0, -(risk - 0.9), times) for risk in depth.small]
    first, second = np.diff(drops)
    return judge(
        first > 0.5 and abs(second / first - 1.0) < 0.3,
        value=second / first,
        seen=(
            "ratio of two successive delays, each for initial power smaller by 100; the delay is "
            f"{second:.2g}"
        ),
    )


@study.figure
def deep(figure: Any, depth: Any) -> None:
    """Linear networks at α = 1.5, snr 4: left, depth from initial power 0.01; right, depth 2 from
    smaller weights.
    """
    left, right = panels(
        figure, 2, xscale="log", xlabel="training time t", ylabel="test error / signal variance"
    )
    for index, layers in enumerate(depth.depths):
        mean, error = depth.measured[index][:, ::3]
        series(left, index, depth.times, line=depth.theory[index])
        series(left, index, depth.times[::3], points=mean, errors=error, label=f"depth {layers}")
    for index, power in enumerate(depth.small_powers):
        series(right, index, depth.times, line=depth.small[index], label=f"initial power {power:g}")
    for ax in (left, right):
        ax.legend()


def _deep_students(
    rng: np.random.Generator,
    draws: int,
    features: int,
    load: float,
    snr: float,
    power: float,
    layers: int,
    times: Any,
) -> Any:
    """Risks along training of balanced deep linear networks, one per draw, with small steps."""
    n = round(load * features)
    sampled = [_in_own_basis(rng, n, features, snr) for _ in range(draws)]
    eigenvalues, pull, teacher = (np.array(parts) for parts in zip(*sampled, strict=True))
    weights = rng.standard_normal((draws, features))
    weights *= np.sqrt(power) / np.linalg.norm(weights, axis=1, keepdims=True)
    longest = 0.05 / (layers * eigenvalues.max())
    time, risks = 0.0, []
    for moment in times:
        count = max(1, int(np.ceil((moment - time) / longest)))
        for _ in range(count):
            # Flow of a balanced product (Arora, Cohen and Hazan 2018, theorem 1, arXiv:1802.06509).
            gradient = pull - eigenvalues * weights
            square = (weights**2).sum(axis=1, keepdims=True)
            along = (layers - 1) * (weights * gradient).sum(axis=1, keepdims=True) / square
            speed = square ** (1.0 - 1.0 / layers)
            weights = weights + (moment - time) / count * speed * (gradient + along * weights)
        time = moment
        risks.append(1.0 / snr + ((weights - teacher) ** 2).sum(axis=1))
    return np.array(risks).T


def _in_own_basis(rng: np.random.Generator, n: int, features: int, snr: float) -> tuple[Any, ...]:
    """A sample in the eigenbasis of its covariance: eigenvalues, Xᵀy/n, teacher."""
    X = rng.standard_normal((n, features))
    teacher = rng.standard_normal(features)
    teacher /= np.linalg.norm(teacher)
    y = X @ teacher + rng.standard_normal(n) / np.sqrt(snr)
    eigenvalues, basis = np.linalg.eigh(X.T @ X / n)
    return eigenvalues, basis.T @ (X.T @ y) / n, basis.T @ teacher
