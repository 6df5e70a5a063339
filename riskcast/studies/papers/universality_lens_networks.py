"""Feder, Urbanke and Fogel (2025), second half: the mixture over all weights of a network.

Stochastic gradient Langevin dynamics draws weights from the posterior; the
average of the drawn networks' densities is the mixture's prediction. The task is
regression with Gaussian noise of known variance, so that log-loss has no further
parameter. Regret is in nats.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from riskcast.lab import FullyConnected, SameData, TeacherStudent, train
from riskcast.studies import Study, Verdict, judge, mean_and_error
from riskcast.studies.drawing import panels, series
from riskcast.studies.statistics import paired_ratio

study = Study(
    paper="The Universality Lens: Why Even Highly Over-Parametrized Models Learn Well",
    source="M. Feder, R. Urbanke, Y. Fogel, 2025, arXiv:2506.07661.",
    limits="ReLU networks of one hidden layer, 5 inputs, 64 samples, noise as large as the signal. "
    "Cumulative regret is interpolated between five sample sizes, from above. The prior mass is "
    "that of the average divergence over the inputs' population, by drawing from the prior: "
    "balls lighter than one draw in the whole are out of reach, which makes the bound larger, "
    "never smaller. Langevin steps are finite, about a tenth of the fastest time scale.",
    smoke={
        "widths": (16, 64),
        "sizes": (8,),
        "seeds": 4,
        "chains": 8,
        "steps": 300,
        "prior_draws": 4000,
    },
    full={
        "widths": (4, 16, 64, 256),
        "sizes": (2, 6, 20, 64),
        "seeds": 4,
        "chains": 16,
        "steps": 1000,
        "prior_draws": 20_000,
    },
)

INPUTS, NOISE = 5, 1.0
WIDTH = 64  # width at which truths are compared
BALLS = np.geomspace(0.02, 2.0, 60)
# From simple to complex: kind of teacher, number of hidden units, and their steepness.
TRUTHS = (("linear", 1, 1.0), ("relu", 2, 1.0), ("erf", 4, 3.0), ("erf", 64, 10.0))


@study.experiment
def growth(
    widths: Any, sizes: Any, seeds: int, chains: int, steps: int, prior_draws: int
) -> dict[str, Any]:
    """Regret of the mixture and prior mass around the truth, for networks of growing width."""
    found = [
        [
            _learned(TRUTHS[1], width, seed, sizes, chains, steps, prior_draws)
            for seed in range(seeds)
        ]
        for width in widths
    ]
    return {"widths": widths, "sizes": (0, *sizes), **_stacked(found)}


@study.experiment
def truths(sizes: Any, seeds: int, chains: int, steps: int, prior_draws: int) -> dict[str, Any]:
    """The same for truths of growing complexity, under one prior."""
    found = [
        [_learned(truth, WIDTH, seed, sizes, chains, steps, prior_draws) for seed in range(seeds)]
        for truth in TRUTHS
    ]
    return {"sizes": (0, *sizes), **_stacked(found)}


@study.experiment
def exact(
    rng: np.random.Generator, seeds: int, chains: int, steps: int, prior_draws: int
) -> dict[str, Any]:
    """The mixture after 8 samples, from weighted draws from the prior and from Langevin dynamics
    on batches of 4.
    """
    width, size, found = 16, 8, []
    for seed in range(seeds):
        task = _task(TRUTHS[1], size)
        draw = task.draw(seed)
        rows = np.vstack([draw.X_train, draw.X_test])
        outputs = _prior_outputs(rng, rows, width, 5 * prior_draws)
        misfit = ((outputs[:, :size] - draw.y_train) ** 2).sum(axis=1) / (2.0 * NOISE)
        weights = np.exp(misfit.min() - misfit)
        weights /= weights.sum()
        kept = rng.choice(len(weights), 2000, p=weights)  # a sample of the mixture itself
        true = outputs[kept, size:]
        firsts = range(0, 6 * chains, chains)
        drawn = np.vstack([_posterior(task, width, seed, chains, steps, at) for at in firsts])
        apart = true.mean(axis=0) - drawn.mean(axis=0)
        found.append(
            (
                np.sqrt(np.mean(apart**2)),
                _regret(drawn, draw.test_signal) - _regret(true, draw.test_signal),
                1.0 / np.sum(weights**2),
            )
        )
    distance, excess, effective = np.transpose(found)
    return {"distance": distance, "excess": excess, "effective": effective}


@study.claim(
    refuted_if="at any width the mean regret is above the bound by prior mass by more than 3 "
    "standard errors",
    figure="width",
)
def bounded_by_prior_mass(growth: Any) -> Verdict:
    """The mixture's regret is at most n ε less the log of the prior mass within divergence ε of
    the truth.
    """
    mean, error = mean_and_error(_cumulative(growth), axis=1)
    bound = _bounds(growth).mean(axis=1)
    return judge(
        mean < bound + 3.0 * error,
        value=(mean / bound).max(),
        seen="largest share of the bound that the regret takes, over widths "
        f"{growth.widths[0]} to {growth.widths[-1]}; the bound at the widest is {bound[-1]:.1f} "
        "nats",
    )


@study.claim(
    refuted_if="the regret at the widest network is above that at width 16 by more than a tenth "
    "and 2 standard errors",
    figure="width",
)
def small_as_parameters_grow(growth: Any) -> Verdict:
    """The mixture's regret stays small as parameters grow far beyond the samples."""
    narrow = int(np.flatnonzero(growth.widths == 16)[0])
    regret = _cumulative(growth)
    ratio, error = paired_ratio(regret[-1], regret[narrow])
    return judge(
        ratio < 1.1 + 2.0 * error,
        value=ratio,
        error=error,
        seen=f"regret with {_parameters(growth.widths[-1])} parameters over that with "
        f"{_parameters(16)}, after {growth.sizes[-1]} samples; in nats a sample it is "
        f"{regret[-1].mean() / growth.sizes[-1]:.3f}",
    )


@study.claim(
    refuted_if="minus the log prior mass within divergence 1/4 of the truth is at the widest "
    "network more than a tenth above that at width 16",
    figure="width",
)
def mass_settles(growth: Any) -> Verdict:
    """The prior mass near a simple truth does not shrink as parameters are added."""
    narrow = int(np.flatnonzero(growth.widths == 16)[0])
    cost = -_log_mass_at(growth.mass, 0.25)
    ratio, error = paired_ratio(cost[-1], cost[narrow])
    return judge(
        ratio < 1.1,
        value=ratio,
        error=error,
        seen=f"minus log mass at width {growth.widths[-1]} over that at 16, which is "
        f"{cost[narrow].mean():.1f} nats",
    )


@study.claim(
    refuted_if="regret and the bound by prior mass do not put the truths in the same order, or the "
    "smallest regret is not below the largest by 3 standard errors",
    figure="simplicity",
)
def simple_truths_heavy(truths: Any) -> Verdict:
    """Simple truths have a large prior mass and need few samples; complex ones have little and
    need more.
    """
    mean, error = mean_and_error(_cumulative(truths), axis=1)
    bound = _bounds(truths).mean(axis=1)
    same = (np.argsort(mean) == np.argsort(bound)).all()
    light, heavy = mean.argmax(), mean.argmin()
    ratio, spread = paired_ratio(_cumulative(truths)[light], _cumulative(truths)[heavy])
    clear = mean[light] - mean[heavy] > 3.0 * np.hypot(error[light], error[heavy])
    return judge(
        same and clear,
        value=ratio,
        error=spread,
        seen="regret of the lightest over that of the heaviest truth; their bounds by prior mass "
        f"are {bound.max():.1f} and {bound.min():.1f} nats",
    )


@study.claim(
    refuted_if="the ensemble's mean prediction is further from the mixture's than a tenth of the "
    "noise's deviation, or its regret by more than 0.02 nats a sample",
    figure="simplicity",
)
def langevin_samples_the_mixture(exact: Any) -> Verdict:
    """Langevin dynamics with ensembling is the mixture, as far as predictions go."""
    distance, error = mean_and_error(exact.distance)
    excess = np.abs(exact.excess.mean())
    return judge(
        [distance < 0.1 * np.sqrt(NOISE), excess < 0.02],
        value=distance,
        error=error,
        seen="distance of mean predictions in deviations of the noise; regrets differ by "
        f"{excess:.4f} nats a sample; the prior's draws weigh as {exact.effective.min():.0f} at "
        "least",
    )


@study.claim(
    refuted_if="at the widest network and the most samples one draw from the posterior pays "
    "less than 1.25 times the mixture's regret",
    figure="width",
)
def mixing_pays(growth: Any) -> Verdict:
    """It is the mixture that learns well: one network drawn from the same posterior pays more."""
    ratio, error = paired_ratio(growth.single[-1, :, -1], growth.regret[-1, :, -1])
    return judge(
        ratio > 1.25,
        value=ratio,
        error=error,
        seen="regret a sample of one network drawn over that of the mixture, after "
        f"{growth.sizes[-1]} samples",
    )


@study.figure
def width(figure: Any, growth: Any) -> None:
    """Left, cumulative regret of the mixture against width (points, one standard error) and its
    bound by prior mass (line); right, regret a sample as samples come in.
    """
    left, right = panels(figure, 2, xscale="log", yscale="log")
    mean, error = mean_and_error(_cumulative(growth), axis=1)
    series(left, 0, growth.widths, line=_bounds(growth).mean(axis=1), label="bound by prior mass")
    series(left, 0, growth.widths, points=mean, errors=error, label="mixture")
    left.set(xlabel="width", ylabel=f"regret after {growth.sizes[-1]} samples / nats")
    left.set(ylim=(0.4 * mean.min(), 2.0 * _bounds(growth).mean(axis=1).max()))
    for index, place in enumerate((0, len(growth.widths) - 1)):
        for offset, (name, values) in enumerate(
            (("mixture", growth.regret), ("one draw", growth.single))
        ):
            mean, error = mean_and_error(values[place, :, 1:], axis=0)
            series(
                right,
                2 * index + offset,
                growth.sizes[1:],
                points=mean,
                errors=error,
                joined=True,
                label=f"{name}, width {growth.widths[place]}",
            )
    right.set(xlabel="samples", ylabel="regret per sample / nats")
    for ax in (left, right):
        ax.legend()


@study.figure
def simplicity(figure: Any, truths: Any, exact: Any) -> None:
    """Left, regret of the mixture for four truths against their bound by prior mass (line: equal);
    right, what Langevin dynamics predicts beside the mixture by weighted draws from the prior.
    """
    left, right = panels(figure, 2)
    mean, error = mean_and_error(_cumulative(truths), axis=1)
    bound = _bounds(truths).mean(axis=1)
    for index, (kind, units, scale) in enumerate(TRUTHS):
        name = "linear" if kind == "linear" else f"{kind}, {units} units, scale {scale:g}"
        series(left, index, bound[[index]], points=mean[[index]], errors=error[[index]], label=name)
    left.plot([0, bound.max()], [0, bound.max()], color="grey", lw=0.8)
    left.set(xlabel="bound by prior mass / nats", ylabel="regret of the mixture / nats")
    left.legend()
    places = np.arange(len(exact.distance))
    series(
        right, 0, places, points=exact.distance, label="mean prediction / deviation of the noise"
    )
    series(right, 1, places, points=np.abs(exact.excess), label="regret per sample / nats")
    right.set(
        xlabel="sample of data", ylabel="distance from the mixture", ylim=(0, 0.12), xticks=places
    )
    right.legend()


def _task(truth: tuple[str, int, float], samples: int) -> TeacherStudent:
    kind, units, scale = truth
    return TeacherStudent(
        INPUTS,
        n_train=samples,
        teacher=kind,
        teacher_width=units,
        teacher_scale=scale,
        snr=1.0 / NOISE,
        n_test=150,
    )


def _student(width: int) -> FullyConnected:
    """A student whose outputs have variance one at any width, for weights of variance one."""
    return FullyConnected(int(width), output_scale=2.0**0.5)


def _parameters(width: int) -> int:
    return _student(width).n_parameters(INPUTS)


def _learned(
    truth: Any, width: int, seed: int, sizes: Any, chains: int, steps: int, prior_draws: int
) -> dict[str, Any]:
    """Regret of the mixture and of one draw at every size from zero, and the log prior mass."""
    draw = _task(truth, 1).draw(seed)
    signal = draw.test_signal
    rng = np.random.default_rng([seed, width])
    outputs = _prior_outputs(rng, draw.X_test, width, prior_draws)
    divergence = ((outputs - signal) ** 2).mean(axis=1) / (2.0 * NOISE)
    members = [outputs[:1000]]
    for size in sizes:
        members.append(_posterior(_task(truth, int(size)), width, seed, chains, steps))
    with np.errstate(divide="ignore"):
        mass = np.log((divergence[:, None] <= BALLS).mean(axis=0))
    return {
        "regret": [_regret(some, signal) for some in members],
        "single": [((some - signal) ** 2).mean() / (2.0 * NOISE) for some in members],
        "mass": mass,
    }


def _posterior(
    task: TeacherStudent, width: int, seed: int, chains: int, steps: int, first: int = 0
) -> Any:
    """Test outputs of networks drawn by Langevin dynamics on half of the rows at a time."""
    draw = task.draw(seed)
    # Initial weights follow the prior, so directions orthogonal to all samples need no burn-in.
    run = train(
        SameData(task, seed),
        _student(width),
        seed=range(first, first + chains),
        rule="sgd",
        batch_size=max(1, task.n_train // 2),
        steps=steps,
        learning_rate=0.1,  # absolute: relative rates diverge for narrow networks
        temperature=NOISE / task.n_train,
        weight_decay=NOISE / task.n_train,
        n_records=25,
        observables={"outputs": lambda moment: moment.network(draw.X_test)[:, 0]},
    )
    assert run.steps is not None
    kept = run.observables["outputs"][:, run.steps > steps / 4]
    return kept.reshape(-1, kept.shape[-1])


def _prior_outputs(rng: np.random.Generator, rows: Any, width: int, draws: int) -> Any:
    """Outputs on rows of networks drawn from the prior, shape (draws, rows)."""
    inputs, found = rows.shape[1], np.empty((draws, len(rows)))
    batch = max(1, 1_000_000 // (width * len(rows)))
    scaled = (rows * np.sqrt(2.0 / (inputs * width))).astype(np.float32)
    for first in range(0, draws, batch):
        count = min(batch, draws - first)
        hidden = scaled @ rng.standard_normal((count, inputs, width), dtype=np.float32)
        np.maximum(hidden, 0.0, out=hidden)
        readout = rng.standard_normal((count, width, 1), dtype=np.float32)
        found[first : first + count] = (hidden @ readout)[..., 0]
    return found


def _regret(outputs: Any, signal: Any) -> float:
    """Mean log-loss of the members' mixture minus that of the truth, by quadrature over noise."""
    nodes, weights = np.polynomial.hermite.hermgauss(20)
    total = 0.0
    for node, weight in zip(nodes, weights, strict=True):
        noise = np.sqrt(2.0 * NOISE) * node
        exponents = -((signal + noise - outputs) ** 2) / (2.0 * NOISE)
        top = exponents.max(axis=0)
        mixture = top + np.log(np.exp(exponents - top).mean(axis=0))
        total += weight * np.mean(-(noise**2) / (2.0 * NOISE) - mixture)
    return float(total / np.sqrt(np.pi))


def _stacked(found: list[list[dict[str, Any]]]) -> dict[str, Any]:
    """Stack results to arrays of shape (cases, seeds, ...)."""
    return {name: np.array([[one[name] for one in case] for case in found]) for name in found[0][0]}


def _cumulative(found: Any) -> Any:
    """Regret summed over samples, shape (cases, seeds), interpolated linearly in log samples.
    The interpolation is an upper bound if the curve is convex.
    """
    places = np.log1p(np.arange(found.sizes[-1]))
    flat = found.regret.reshape(-1, found.regret.shape[-1])
    sums = [np.interp(places, np.log1p(found.sizes), curve).sum() for curve in flat]
    return np.reshape(sums, found.regret.shape[:-1])


def _bounds(found: Any) -> Any:
    """Minimum over ε of n ε minus the log mass, shape (cases, seeds)."""
    return (found.sizes[-1] * BALLS - found.mass).min(axis=-1)


def _log_mass_at(mass: Any, ball: float) -> Any:
    return mass[..., int(np.abs(BALLS - ball).argmin())]
