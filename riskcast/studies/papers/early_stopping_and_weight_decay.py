"""Advani, Saxe and Sompolinsky (2020): stopping or weight decay, initial weights, norms.

The linear students are those of `high_dimensional_dynamics`; the study compares
ways to prevent overtraining.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from riskcast.filters import GradientFlow, Ridge
from riskcast.spectra import Population
from riskcast.studies import Study, Verdict, judge, mean_and_error
from riskcast.studies.drawing import panels, series
from riskcast.studies.simulation import mean_trained, train_linear
from riskcast.theory import (
    early_stopping_cost,
    final_risk,
    optimal_ridge,
    optimal_stopping,
)
from riskcast.theory._risk_curves import unwarned_curve

study = Study(
    paper="High-dimensional dynamics of generalization error in neural networks",
    source="M. S. Advani, A. M. Saxe, H. Sompolinsky, Neural Networks 132 (2020), "
    "arXiv:1710.03667.",
    limits="Gaussian inputs; students of 300 features where the theory is for infinitely many. "
    "Over the grid of loads and snrs stopping and weight decay are compared in theory alone, by "
    "students at one pair of them.",
    smoke={"features": 80, "draws": 30, "grid": 4},
    full={"features": 300, "draws": 100, "grid": 17},
)

TIMES = np.geomspace(0.05, 1000.0, 30)


@study.experiment
def stopping_against_decay(rng: np.random.Generator, features: int, draws: int, grid: int) -> Any:
    """Cost of the best stopping over the best weight decay: theory on a grid, and students where
    the cost is largest.
    """
    loads, snrs = np.geomspace(0.1, 10.0, 2 * grid + 1), np.geomspace(0.5, 5000.0, grid)
    cost = np.array([[early_stopping_cost(load, snr) for load in loads] for snr in snrs])
    load, snr = 1.05, 600.0
    population, n = Population.isotropic(features, snr), round(load * features)
    times = optimal_stopping(n / features, snr).value * np.geomspace(0.5, 2.0, 7)
    decays = optimal_ridge(n / features, snr).value * np.geomspace(2.0, 0.5, 7)
    found = [_both(rng, population, n, times, decays) for _ in range(4 * draws)]
    flow, ridge = np.array(found).mean(axis=0).min(axis=1)
    best = np.array(found).mean(axis=0).argmin(axis=1)
    gaps = np.array([one[0][best[0]] - one[1][best[1]] for one in found]) / ridge
    return {
        "loads": loads,
        "snrs": snrs,
        "cost": cost,
        "measured": mean_and_error(gaps),
        "predicted": early_stopping_cost(load, snr),
        "flow": flow,
    }


@study.experiment
def anisotropic(rng: np.random.Generator, features: int, draws: int) -> dict[str, Any]:
    """The same for a target along one strong direction, over snr, at half a sample per feature."""
    snrs = np.array([1.0, 5.0, 20.0, 100.0])
    theory, measured = [], []
    n = features // 2
    times, decays = np.geomspace(0.01, 30.0, 60), np.geomspace(300.0, 0.003, 100)
    for snr in snrs:
        population = Population.spiked(features, [100.0], snr, 1.0)
        flow = unwarned_curve(population, n, GradientFlow(times), 0.0).risk
        ridge = unwarned_curve(population, n, Ridge(n * decays), 0.0).risk
        theory.append(flow.min() / ridge.min() - 1.0)
        found = np.array(
            [
                np.array(
                    _both(rng, population, n, times[[flow.argmin()]], decays[[ridge.argmin()]])
                )[:, 0]
                for _ in range(draws)
            ]
        )
        gaps = (found[:, 0] - found[:, 1]) / found[:, 1].mean()
        measured.append(mean_and_error(gaps))
    return {"snrs": snrs, "theory": theory, "measured": np.array(measured).T}


@study.experiment
def initial_weights(rng: np.random.Generator, features: int, draws: int) -> dict[str, Any]:
    """Risk along training without noise, from initial weights of several sizes, for α below and
    above 1.
    """
    loads, powers = np.array([0.25, 2.0]), np.array([0.0, 1.0, 4.0])
    population = Population.isotropic(features, np.inf)
    theory, measured = [], []
    for load in loads:
        for power in powers:
            n, flow = round(load * features), GradientFlow(TIMES)
            theory.append(unwarned_curve(population, n, flow, power / features).risk)
            measured.append(mean_trained(rng, population, n, flow, draws, power / features)["risk"])
    shape = (len(loads), len(powers))
    return {
        "loads": loads,
        "powers": powers,
        "theory": np.reshape(theory, (*shape, -1)),
        "measured": np.reshape(measured, (*shape, 2, -1)),
    }


@study.experiment
def norms(rng: np.random.Generator, features: int, draws: int) -> dict[str, Any]:
    """Squared norm of the weights after long training, over loads, at snr 2 and without noise."""
    loads = np.array([0.25, 0.5, 0.8, 1.0, 1.25, 2.0, 4.0])
    flow = GradientFlow([300.0])
    found = {}
    for name, snr in (("noisy", 2.0), ("clean", np.inf)):
        population = Population.isotropic(features, snr)
        curves = [unwarned_curve(population, round(a * features), flow, 0.0) for a in loads]
        found[f"{name}_theory"] = np.array([curve.weight_norm[0] for curve in curves])
        found[name] = np.array(
            [
                mean_trained(rng, population, round(a * features), flow, draws)["squared_norm"][
                    :, 0
                ]
                for a in loads
            ]
        ).T
    return {"loads": loads, **found}


@study.claim(
    refuted_if="in theory stopping loses more than 4 % anywhere on the grid, or students at "
    "α = 1.05 and snr 600 lose more than 4 % and 3 standard errors, or what they lose is further "
    "from theory than 0.01 and 4 standard errors",
    figure="stopping_cost",
)
def stopping_close_to_decay(stopping_against_decay: Any) -> Verdict:
    """With isotropic features early stopping is close to the best weight decay."""
    found = stopping_against_decay
    mean, error = found.measured
    agrees = abs(mean - found.predicted) < 0.01 + 4.0 * error
    return judge(
        (found.cost < 0.04).all() and mean < 0.04 + 3.0 * error and agrees,
        value=mean,
        error=error,
        seen=f"share of the risk lost by students at α = 1.05, snr 600; "
        f"theory says {found.predicted:.3f} there and at most {found.cost.max():.3f} on the "
        "grid",
    )


@study.claim(
    refuted_if="in theory early stopping is better anywhere on the grid", figure="stopping_cost"
)
def decay_never_worse(stopping_against_decay: Any) -> Verdict:
    """With isotropic features the best weight decay is never worse than the best stopping."""
    least = stopping_against_decay.cost.min()
    return judge(least > -1e-9, value=least, seen="least cost of stopping on the grid, as a share")


@study.claim(
    refuted_if="at no snr students that stop do better than with weight decay by 3 standard errors",
    figure="anisotropic_gain",
)
def not_so_for_spiked(anisotropic: Any) -> Verdict:
    """Not so for an aligned, spiked population: there early stopping beats the best weight decay.
    (Beyond the paper.)
    """
    mean, error = anisotropic.measured
    place = mean.argmin()
    return judge(
        (mean < -3.0 * error).any(),
        value=mean[place],
        error=error[place],
        seen=(
            f"share of the risk by which stopping differs from weight decay at snr "
            f"{anisotropic.snrs[place]:g}; theory says {anisotropic.theory[place]:.3f}"
        ),
    )


@study.claim(
    refuted_if="at α = 1/4 the risk at t = 1000 differs from (1 - α)(1 + initial power) by more "
    "than 4 standard errors and 1 %",
    figure="initial",
)
def initial_weights_cost_for_ever(initial_weights: Any) -> Verdict:
    """Below α = 1 large initial weights cost for ever: what is frozen is never forgotten."""
    mean, error = np.moveaxis(initial_weights.measured[0, :, :, -1], 1, 0)
    wanted = [final_risk(0.25, np.inf, power) for power in initial_weights.powers]
    close = np.abs(mean - wanted) < 4.0 * error + 0.01 * np.array(wanted)
    return judge(
        close.all(),
        value=mean[-1] - mean[0],
        error=np.hypot(error[-1], error[0]),
        seen=f"risk added at the end by initial power 4 at α = 1/4; theory says "
        f"{wanted[-1] - wanted[0]:.3g}",
    )


@study.claim(
    refuted_if="at α = 2 initial power 4 adds 0.001 or more to the risk at t = 1000, or 0.1 or "
    "less at the time when the risk without it is a half",
    figure="initial",
)
def initial_weights_forgotten(initial_weights: Any) -> Verdict:
    """Above α = 1 initial weights cost only until they are forgotten."""
    mean = initial_weights.measured[1, :, 0]
    added = mean[-1] - mean[0]
    half = int(np.argmin(np.abs(mean[0] - 0.5)))
    return judge(
        added[-1] < 1e-3 and added[half] > 0.1,
        value=added[-1],
        seen=(
            f"risk added by initial power 4 at t = 1000; at t = {TIMES[half]:.2g} it adds "
            f"{added[half]:.2g}"
        ),
    )


@study.claim(
    refuted_if="the squared norm is not largest at α = 1 with noise, or noise adds 1 or less "
    "there, or with noise theory is off by more than 5 % and 4 standard errors at other loads",
    figure="norm",
)
def norm_grows_at_the_peak(norms: Any) -> Verdict:
    """Noise makes the weights grow, most at α = 1, and complexity by norm with them."""
    (mean, error), clean = norms.noisy, norms.clean[0]
    peak = norms.loads == 1.0
    close = np.abs(mean - norms.noisy_theory) < 0.05 * norms.noisy_theory + 4.0 * error
    added = (mean - clean)[peak][0]
    return judge(
        mean.argmax() == peak.argmax() and added > 1.0 and close[~peak].all(),
        value=added,
        error=error[peak][0],
        seen="squared norm that noise adds at α = 1, t = 300, in "
        f"units of the teacher's; at α = 4 it adds {(mean - clean)[-1]:.2g}",
    )


@study.figure
def stopping_cost(figure: Any, stopping_against_decay: Any) -> None:
    """Share of the risk that the best stopping loses to the best weight decay, isotropic
    features.
    """
    found = stopping_against_decay
    ax = panels(
        figure,
        xscale="log",
        xlabel="load α = samples per weight",
        ylabel="risk stopped / risk decayed - 1",
    )
    for index, place in enumerate(np.linspace(1, len(found.snrs) - 1, 4).astype(int)):
        series(ax, index, found.loads, line=found.cost[place], label=f"snr {found.snrs[place]:.3g}")
    mean, error = found.measured
    series(ax, 4, [1.05], points=[mean], errors=[error], label="students, snr 600")
    ax.legend()


@study.figure
def anisotropic_gain(figure: Any, anisotropic: Any) -> None:
    """Target along one direction of variance 100, half a sample a feature: stopping against
    decay.
    """
    ax = panels(
        figure,
        xscale="log",
        xlabel="signal-to-noise ratio",
        ylabel="risk stopped / risk decayed - 1",
    )
    mean, error = anisotropic.measured
    series(ax, 0, anisotropic.snrs, line=anisotropic.theory, label="theory")
    series(ax, 1, anisotropic.snrs, points=mean, errors=error, label="students")
    ax.axhline(0.0, color="grey", lw=0.8)
    ax.legend()


@study.figure
def initial(figure: Any, initial_weights: Any) -> None:
    """Risk without noise from initial weights of power 0, 1 and 4 times the teacher's."""
    found = initial_weights
    axes = panels(
        figure,
        2,
        xscale="log",
        yscale="log",
        xlabel="training time t",
        ylabel="test error / signal variance",
    )
    for ax, load, theory, measured in zip(
        axes, found.loads, found.theory, found.measured, strict=True
    ):
        for index, power in enumerate(found.powers):
            mean, error = measured[index][:, ::3]
            series(ax, index, TIMES, line=theory[index])
            series(ax, index, TIMES[::3], points=mean, errors=error, label=f"power {power:g}")
        ax.set(title=f"α = {load:g}")
        ax.legend()
    axes[0].set(yscale="linear", ylim=(0, 5.5))
    axes[1].set(ylim=(1e-3, 8))


@study.figure
def norm(figure: Any, norms: Any) -> None:
    """Squared norm of the weights at t = 300 against load, with noise (snr 2) and without."""
    ax = panels(
        figure,
        xscale="log",
        yscale="log",
        xlabel="load α = samples per weight",
        ylabel="|w|² / |teacher|²",
    )
    for index, name in enumerate(("noisy", "clean")):
        mean, error = getattr(norms, name)
        series(ax, index, norms.loads, line=getattr(norms, f"{name}_theory"))
        series(
            ax,
            index,
            norms.loads,
            points=mean,
            errors=error,
            label="snr 2" if name == "noisy" else "no noise",
        )
    ax.set_xticks(norms.loads, [f"{load:g}" for load in norms.loads])
    ax.minorticks_off()
    ax.legend()


def _both(rng: Any, population: Population, n: int, times: Any, decays: Any) -> tuple[Any, Any]:
    """Excess risks of one sample at stopping times and at weight decays."""
    state = rng.bit_generator.state
    flow = train_linear(rng, population, n, GradientFlow(times)).risk
    rng.bit_generator.state = state  # the same sample again
    return flow, train_linear(rng, population, n, Ridge(n * decays)).risk
