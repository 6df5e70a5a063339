"""Saxe, McClelland and Ganguli (2014): how deep linear networks learn, and why it can be slow."""

from __future__ import annotations

from typing import Any

import numpy as np

from riskcast.features import criticality
from riskcast.studies import Study, Verdict, judge, mean_and_error
from riskcast.studies.drawing import panels, series
from riskcast.studies.statistics import independent_ratio
from riskcast.theory import learning_time, mode_strength

study = Study(
    paper="Exact solutions to the nonlinear dynamics of learning in deep linear neural networks",
    source="A. M. Saxe, J. L. McClelland, S. Ganguli, ICLR 2014, arXiv:1312.6120.",
    limits="Layers of 16 to 300 units; in place of the paper's digits, random tasks with whitened "
    "inputs. The plateau is looked at in the closed form alone. Steps of deep networks are counted "
    "up to 1,000, at the best of 12 learning rates.",
    smoke={"draws": 3, "depths": (2, 4, 8), "width": 100, "layers": 20},
    full={"draws": 10, "depths": (2, 4, 8, 16, 32), "width": 300, "layers": 40},
)

STRENGTHS = np.array([4.0, 2.0, 1.0])  # singular values of the task with whitened inputs
START = 1e-3
TIMES = np.linspace(0.0, 8.0, 81)
UNITS, OUTPUTS = 16, 2
MOST_STEPS = 1000


@study.experiment
def modes(rng: np.random.Generator, draws: int) -> dict[str, Any]:
    """Strength of three modes of a two-layer network along training, from aligned and from small
    random initial weights.
    """
    theory = mode_strength(TIMES, np.ones(3), STRENGTHS, 2, START)
    identity = np.eye(UNITS)[:, :3]
    aligned = _train_modes(np.sqrt(START) * identity, np.sqrt(START) * identity.T)
    random = []
    for _ in range(draws):
        scale = np.sqrt(START) / UNITS**0.25
        first, second = rng.standard_normal((UNITS, 3)), rng.standard_normal((3, UNITS))
        random.append(_train_modes(scale * first, scale * second))
    return {"theory": theory, "aligned": aligned, "random": random}


@study.experiment
def plateaus() -> dict[str, Any]:
    """Time to half the strength, and from a tenth to nine tenths, for smaller and smaller initial
    strengths, from the closed form.
    """
    starts = np.geomspace(1e-8, 1e-2, 7)
    half = [learning_time(1.0, 1.0, 2, start) for start in starts]
    rise = [
        learning_time(1.0, 1.0, 2, start, 0.9) - learning_time(1.0, 1.0, 2, start, 0.1)
        for start in starts
    ]
    by_strength = [learning_time(1.0, s, 2, 1e-6 * s) * s for s in (0.25, 1.0, 4.0)]
    return {"starts": starts, "half": half, "rise": rise, "by_strength": by_strength}


@study.experiment
def depth(rng: np.random.Generator, depths: Any, draws: int) -> dict[str, Any]:
    """Steps that deep linear networks need at their best learning rate, for orthogonal and
    Gaussian initial weights.
    """
    steps = np.array(
        [
            [[_best_steps(rng, int(layers), orthogonal) for _ in range(draws)] for layers in depths]
            for orthogonal in (True, False)
        ]
    )
    middle = [
        [
            np.median([_middle_singular(rng, int(layers), orthogonal) for _ in range(20)])
            for layers in depths
        ]
        for orthogonal in (True, False)
    ]
    return {"depths": depths, "steps": steps, "middle": middle}


@study.experiment
def edge_of_chaos(rng: np.random.Generator, width: int, layers: int) -> dict[str, Any]:
    """Growth per layer of a gradient's squared norm in tanh networks, below, at and above the
    edge.
    """
    variances = np.array([0.6, 0.8, 1.0, 1.5, 2.0])
    theory = [criticality("tanh", v).gradient_growth for v in variances]
    measured = [
        mean_and_error([_gradient_growth(rng, v, width, layers) for _ in range(8)])
        for v in variances
    ]
    return {"variances": variances, "theory": theory, "measured": np.array(measured).T}


@study.claim(
    refuted_if="from an aligned start a mode is ever further from the closed form than 0.01 of its "
    "end",
    figure="transitions",
)
def closed_form(modes: Any) -> Verdict:
    """A two-layer network learns each mode independently, along a closed-form sigmoid."""
    distance = np.abs(modes.aligned - modes.theory) / STRENGTHS
    return judge(
        distance.max() < 0.01,
        value=distance.max(),
        seen="largest distance from the closed form, over the mode's end",
    )


@study.claim(
    refuted_if="from small random weights a mode's mean half time differs from that of an aligned "
    "start by a third or more, or in any draw a stronger mode is not earlier than a weaker one",
    figure="transitions",
)
def random_start_alike(modes: Any) -> Verdict:
    """From small random weights the same stages appear: plateaus and sudden drops, strong
    modes first.
    """
    wanted = np.array([_half_time(modes.theory[:, mode], mode) for mode in range(3)])
    found = np.array(
        [[_half_time(run[:, mode], mode) for mode in range(3)] for run in modes.random]
    )
    ordered = (np.diff(found, axis=1) > 0).all()
    ratio = found.mean(axis=0) / wanted
    return judge(
        (np.abs(ratio - 1.0) < 1 / 3) & ordered,
        value=ratio[np.abs(ratio - 1.0).argmax()],
        seen="mean half time over that of an aligned start, of the mode furthest off; strong "
        "modes came first " + ("always" if ordered else "not always"),
    )


@study.claim(
    refuted_if="half time times strength differs by more than 1 % between modes that start at "
    "the same share of their end",
    figure="plateau",
)
def time_inverse_to_strength(plateaus: Any) -> Verdict:
    """The time to learn a mode is inversely proportional to its strength."""
    products = plateaus.by_strength
    spread = np.ptp(products) / products.mean()
    return judge(
        spread < 0.01,
        value=spread,
        seen="relative spread of half time times strength over 1/4, 1 and 4",
    )


@study.claim(
    refuted_if="over the starts the time from a tenth to nine tenths changes by more than 10 %, or "
    "from the smallest start it is more than a third of the half time",
    figure="plateau",
)
def sudden_transitions(plateaus: Any) -> Verdict:
    """The smaller the start, the longer the plateau beside the transition, which stays as it is."""
    share = plateaus.rise / plateaus.half
    same = np.ptp(plateaus.rise) / plateaus.rise.mean() < 0.1
    return judge(
        share[0] < 1 / 3 and same,
        value=plateaus.half[0] / plateaus.half[-1],
        seen=f"half time from 1e-8 over that from 1e-2; the rise takes {share[0]:.2f} and "
        f"{share[-1]:.2f} of it",
    )


@study.claim(
    refuted_if="from orthogonal weights the deepest network needs more than twice the steps of "
    "the shallowest",
    figure="deep",
)
def orthogonal_independent_of_depth(depth: Any) -> Verdict:
    """From orthogonal weights training takes as many steps however deep the network is."""
    mean, error = mean_and_error(depth.steps[0], axis=1)
    ratio, spread = independent_ratio(mean[-1], error[-1], mean[0], error[0])
    return judge(
        ratio < 2.0,
        value=ratio,
        error=spread,
        seen=f"steps at depth {depth.depths[-1]} over those at {depth.depths[0]}",
    )


@study.claim(
    refuted_if="from Gaussian weights the deepest network needs less than twice the steps it "
    "needs from orthogonal ones, or the middle singular value of its product is above 0.1",
    figure="deep",
)
def gaussian_slow(depth: Any) -> Verdict:
    """From Gaussian weights deep networks learn slowly: the product's singular values spread
    out, most near zero.
    """
    (orthogonal, _), (gaussian, error) = (mean_and_error(steps[-1]) for steps in depth.steps)
    ratio = gaussian / orthogonal
    return judge(
        [ratio > 2.0, depth.middle[1, -1] < 0.1],
        value=ratio,
        error=error / orthogonal,
        seen="steps from Gaussian over those from orthogonal weights at depth "
        f"{depth.depths[-1]}; middle singular value of the product {depth.middle[1, -1]:.2g}, "
        f"orthogonal {depth.middle[0, -1]:.2g}",
    )


@study.claim(
    refuted_if="at any weight variance the measured growth per layer is further from theory than "
    "3 % and 4 standard errors, or the edge's is not within 5 % of one, or that at 0.6 is not "
    "below 0.95, or that at 2 not above 1.05",
    figure="edge",
)
def faithful_at_the_edge(edge_of_chaos: Any) -> Verdict:
    """In nonlinear networks gradients vanish on one side of the edge of chaos, explode on the
    other, and are kept at it.
    """
    mean, error = edge_of_chaos.measured
    close = np.abs(mean - edge_of_chaos.theory) < 0.03 * edge_of_chaos.theory + 4.0 * error
    edge = mean[edge_of_chaos.variances == 1.0][0]
    sides = mean[0] < 0.95 and mean[-1] > 1.05
    return judge(
        [close.all(), sides and abs(edge - 1.0) < 0.05],
        value=edge,
        error=error[2],
        seen=f"growth per layer at the edge; {mean[0]:.2f} at weight variance 0.6, "
        f"{mean[-1]:.2f} at 2",
    )


@study.figure
def transitions(figure: Any, modes: Any) -> None:
    """Strength of each mode along training: closed form (lines), one network from an aligned
    start (points), and three from small random weights (thin).
    """
    left, right = panels(figure, 2, xlabel="training time t", ylabel="strength of a mode")
    for mode in range(3):
        series(left, mode, TIMES, line=modes.theory[:, mode])
        series(
            left,
            mode,
            TIMES[::4],
            points=modes.aligned[::4, mode],
            label=f"s = {STRENGTHS[mode]:g}",
        )
        series(right, mode, TIMES, line=modes.theory[:, mode])
        for run in modes.random[:3]:
            right.plot(TIMES, run[:, mode], color="grey", lw=0.7)
    left.legend()
    left.set(title="aligned start")
    right.set(title="small random weights (grey)")


@study.figure
def plateau(figure: Any, plateaus: Any) -> None:
    """Time to half of a mode's strength, and from a tenth to nine tenths, against the
    strength it starts from: theory.
    """
    ax = panels(
        figure, xscale="log", xlabel="initial strength u₀ (end: 1)", ylabel="training time t"
    )
    series(ax, 0, plateaus.starts, line=plateaus.half, label="to a half")
    series(ax, 1, plateaus.starts, line=plateaus.rise, label="from 1/10 to 9/10")
    ax.set(ylim=(0, None))
    ax.legend()


@study.figure
def deep(figure: Any, depth: Any) -> None:
    """Left, steps at the best learning rate until 1 % of the loss is left (one standard
    error); right, middle singular value of the untrained product.
    """
    left, right = panels(figure, 2, xscale="log", yscale="log", xlabel="weight matrices")
    for index, name in enumerate(("orthogonal", "Gaussian")):
        mean, error = mean_and_error(depth.steps[index], axis=1)
        series(left, index, depth.depths, points=mean, errors=error, joined=True, label=name)
        series(right, index, depth.depths, points=depth.middle[index], joined=True, label=name)
    for ax in (left, right):
        ax.set_xticks(depth.depths, [f"{layers:g}" for layers in depth.depths])
        ax.minorticks_off()
    left.set(ylabel="steps")
    right.set(ylabel="middle singular value")
    left.legend()


@study.figure
def edge(figure: Any, edge_of_chaos: Any) -> None:
    """Growth per layer of a gradient's squared norm in tanh networks: mean field (line) and
    sampled networks (points, one standard error).
    """
    ax = panels(figure, xlabel="weight variance σ_w²", ylabel="growth per layer")
    mean, error = edge_of_chaos.measured
    series(ax, 0, edge_of_chaos.variances, line=edge_of_chaos.theory, label="theory")
    series(ax, 1, edge_of_chaos.variances, points=mean, errors=error, label="networks")
    ax.axhline(1.0, color="grey", lw=0.8)
    ax.legend()


def _train_modes(first: Any, second: Any) -> Any:
    """Strength of each mode at TIMES under gradient descent with small steps on whitened inputs."""
    target, step, found = np.diag(STRENGTHS), 0.001, []
    now = 0.0
    for moment in TIMES:
        for _ in range(round((moment - now) / step)):
            error = target - second @ first
            first, second = first + step * second.T @ error, second + step * error @ first.T
        now = moment
        found.append(np.diag(second @ first))
    return np.array(found)


def _half_time(strength: Any, mode: int) -> float:
    """Time at which a mode has half its strength; NaN if never."""
    above = np.flatnonzero(strength >= 0.5 * STRENGTHS[mode])
    return float(TIMES[above[0]]) if len(above) else np.nan


def _weights(
    rng: np.random.Generator, layers: int, orthogonal: bool, outputs: int = UNITS
) -> list[Any]:
    drawn = [rng.standard_normal((UNITS, UNITS)) for _ in range(layers)]
    scaled = [np.linalg.qr(one)[0] if orthogonal else one / np.sqrt(UNITS) for one in drawn]
    return [*scaled[:-1], scaled[-1][:outputs]]


def _middle_singular(rng: np.random.Generator, layers: int, orthogonal: bool) -> float:
    """Median singular value of the untrained network."""
    product = np.eye(UNITS)
    for one in _weights(rng, layers, orthogonal):
        product = one @ product
    return float(np.median(np.linalg.svd(product, compute_uv=False)))


def _best_steps(rng: np.random.Generator, layers: int, orthogonal: bool) -> float:
    """Steps to a hundredth of the initial loss, at the best of several learning rates."""
    start = _weights(rng, layers, orthogonal, OUTPUTS)
    target = np.linalg.qr(rng.standard_normal((UNITS, UNITS)))[0][:OUTPUTS]
    best = MOST_STEPS
    for rate in np.geomspace(2.0, 0.02, 12) / layers:
        best = min(best, _steps(start, target, float(rate), best))
    return float(best)


def _steps(weights: list[Any], target: Any, rate: float, most: int) -> int:
    """Steps of gradient descent to a hundredth of the initial loss; `most` if it takes longer."""
    goal = None
    for step in range(most):
        below = [np.eye(UNITS)]
        for one in weights:
            below.append(one @ below[-1])
        error = below[-1] - target
        loss = float(np.sum(error**2))
        goal = 0.01 * loss if goal is None else goal
        if loss <= goal:
            return step
        if not loss < 1e6:
            return most
        moved, above = [], error
        for place in reversed(range(len(weights))):
            moved.append(weights[place] - rate * above @ below[place].T)
            above = weights[place].T @ above
        weights = moved[::-1]
    return most


def _gradient_growth(rng: np.random.Generator, variance: float, width: int, layers: int) -> float:
    """Growth per layer of a back-propagated squared norm, for signals at their fixed point."""
    signal, slopes, matrices = rng.standard_normal(width), [], []
    settle = layers
    for _ in range(settle + layers):
        matrix = np.sqrt(variance / width) * rng.standard_normal((width, width))
        before = matrix @ signal
        signal = np.tanh(before)
        matrices.append(matrix)
        slopes.append(1.0 - signal**2)
    gradient = rng.standard_normal(width)
    first = gradient @ gradient
    for matrix, slope in zip(matrices[: settle - 1 : -1], slopes[: settle - 1 : -1], strict=True):
        gradient = matrix.T @ (slope * gradient)
    return float((gradient @ gradient / first) ** (1.0 / layers))
