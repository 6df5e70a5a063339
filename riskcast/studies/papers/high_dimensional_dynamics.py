"""Advani, Saxe and Sompolinsky (2020), sections 2 and 3: a linear student of a noisy teacher.

Shallow linear networks are trained by gradient flow, from far fewer to far more
samples than weights. Lines are the high-dimensional theory, points are students
trained on sampled data.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from riskcast.filters import GradientFlow
from riskcast.spectra import Population
from riskcast.studies import Study, Verdict, judge, mean_and_error
from riskcast.studies.drawing import panels, series
from riskcast.studies.simulation import mean_trained, train_linear
from riskcast.theory import final_risk, optimal_stopping, spectral_gap
from riskcast.theory._risk_curves import unwarned_curve

study = Study(
    paper="High-dimensional dynamics of generalization error in neural networks",
    source="M. S. Advani, A. M. Saxe, H. Sompolinsky, Neural Networks 132 (2020), "
    "arXiv:1710.03667.",
    limits="Gaussian inputs; 25 to 400 features where the theory is for infinitely many. The "
    "spectrum is that of one sample a load.",
    smoke={"features": 60, "draws": 40, "many_features": 200, "sizes": (20, 40, 80)},
    full={"features": 200, "draws": 80, "many_features": 400, "sizes": (25, 50, 100, 200, 400)},
)

LOADS = np.array([0.25, 0.5, 0.8, 1.0, 1.25, 2.0, 4.0])
SNRS = np.array([1.0, 5.0, 10.0])
TIMES = np.geomspace(0.05, 1000.0, 40)


@study.experiment
def training(rng: np.random.Generator, features: int, draws: int) -> dict[str, Any]:
    """Risk and train risk along training, over loads and signal-to-noise ratios."""
    measured = np.empty((len(SNRS), len(LOADS), 2, 2, len(TIMES)))
    theory = np.empty((len(SNRS), len(LOADS), 2, len(TIMES)))
    stopped = np.empty((len(SNRS), len(LOADS)))
    rise = np.empty((len(SNRS), len(LOADS), 2))
    for i, snr in enumerate(SNRS):
        for j, load in enumerate(LOADS):
            population, n = Population.isotropic(features, snr), round(load * features)
            best = optimal_stopping(n / features, snr).value
            times = np.sort(np.append(TIMES, best))
            place = int(np.searchsorted(times, best))
            students = [train_linear(rng, population, n, GradientFlow(times)) for _ in range(draws)]
            risk = np.array([student.risk for student in students])
            train = np.array([student.train_risk for student in students])
            stopped[i, j] = risk[:, place].mean()
            rise[i, j] = mean_and_error(risk[:, -1] - risk[:, place])
            curve = unwarned_curve(population, n, GradientFlow(TIMES), 0.0)
            for k, (values, expected) in enumerate(((risk, curve.risk), (train, curve.train_risk))):
                measured[i, j, k] = mean_and_error(np.delete(values, place, axis=1))
                theory[i, j, k] = expected
    return {
        "measured": measured,
        "theory": theory,
        "stopped": stopped,
        "rise": rise,
        "features": features,
    }


@study.experiment
def sizes_apart(rng: np.random.Generator, sizes: Any) -> dict[str, Any]:
    """Final excess risk of students of finite size over that of theory, at load 2 and snr 1.

    The mean over label noise is exact, so that a few draws of the inputs suffice.
    """
    limit = final_risk(2.0, 1.0) - 1.0
    found = []
    for size in sizes:
        excess = [
            (
                1.0 / np.linalg.svd(rng.standard_normal((2 * size, size)), compute_uv=False) ** 2
            ).sum()
            for _ in range(120)
        ]
        found.append([float(part) for part in mean_and_error(np.array(excess) / limit - 1.0)])
    return {"sizes": sizes, "deviation": np.array(found).T}


@study.experiment
def spectrum(rng: np.random.Generator, many_features: int) -> dict[str, Any]:
    """Smallest positive eigenvalue and share of zero-eigenvalue directions, over loads."""
    loads = np.array([0.25, 0.5, 0.75, 1.0, 1.5, 2.0, 4.0])
    features = many_features
    smallest, frozen, moved = [], [], []
    for load in loads:
        n = round(load * features)
        X = rng.standard_normal((n, features))
        singular, right = np.linalg.svd(X)[1:]
        smallest.append(singular[-1] ** 2 / n)
        frozen.append(1.0 - np.sum(singular > 1e-10) / features)
        start, y = rng.standard_normal(features), rng.standard_normal(n)
        weights = start + np.linalg.pinv(X) @ (y - X @ start)  # limit of gradient flow
        moved.append(np.linalg.norm(right[n:] @ (weights - start)))
    edge = [spectral_gap(load) for load in loads]
    return {
        "loads": loads,
        "smallest": smallest,
        "edge": edge,
        "frozen": frozen,
        "moved": moved,
        "features": features,
    }


@study.experiment
def aligned_spike(rng: np.random.Generator, features: int, draws: int) -> dict[str, Any]:
    """Excess risk for a target along one strong direction, with 0.3 samples per feature."""
    times = np.append(np.geomspace(0.05, 1e4, 50), np.inf)
    snrs = np.array([20.0, 100.0, 1000.0])
    theory, measured = [], []
    for snr in snrs:
        population = Population.spiked(features, [10.0], snr, 1.0)
        n = round(0.3 * features)
        theory.append(unwarned_curve(population, n, GradientFlow(times), 0.0).risk)
        measured.append(mean_trained(rng, population, n, GradientFlow(times), draws)["risk"])
    return {"times": times, "snrs": snrs, "theory": theory, "measured": measured}


@study.claim(
    refuted_if="at any load and snr the risk at t = 1000 is not above that at the predicted "
    "best time by 3 standard errors",
    figure="curves",
)
def finite_stopping_time(training: Any) -> Verdict:
    """With noise in the labels there is a finite best time to stop training."""
    rise, error = np.moveaxis(training.rise, 2, 0)
    cost = rise / training.stopped
    return judge(
        rise > 3.0 * error,
        value=cost.min(),
        seen=(
            f"least cost of training on, as a share of the best risk, over {rise.size} pairs of "
            "load "
            f"and snr; the largest is {cost.max():.2g}"
        ),
    )


@study.claim(
    refuted_if="at any load and snr stopping at the predicted time costs more than 2 % over the "
    "best of all times measured",
    figure="curves",
)
def stopping_time_predicted(training: Any) -> Verdict:
    """Theory predicts the best stopping time."""
    cost = training.stopped / training.measured[:, :, 0, 0].min(axis=2) - 1.0
    return judge(
        cost < 0.02,
        value=cost.max(),
        seen=("largest cost of stopping when theory says, as a share of the best measured risk"),
    )


@study.claim(
    refuted_if="a measured risk or train risk is further from the theory than 4 standard "
    "errors and the larger of 2 % and 1/|n - p|; α = 1 left out",
    figure="curves",
)
def curves_follow_theory(training: Any) -> Verdict:
    """Test and train error follow the theory of high dimensions at every time, load and snr."""
    away = LOADS != 1.0
    mean, error = np.moveaxis(training.measured[:, away], 3, 0)
    theory = training.theory[:, away]
    deviation = np.abs(mean - theory)
    size = 1.0 / (training.features * np.abs(LOADS[away] - 1.0))
    share = np.maximum(0.02, size)[:, None, None]
    peak = np.abs(training.measured[:, ~away][:, :, 0, 0] / training.theory[:, ~away, 0] - 1.0)
    # Train errors within rounding of zero count as zero.
    follows = deviation <= share * theory + 4.0 * error + 1e-9
    largest = (deviation[:, :, 0] / theory[:, :, 0]).max()
    return judge(
        follows.all(),
        value=largest,
        seen=(f"largest relative deviation of the risk; at α = 1 it is {peak.max():.2g}"),
    )


@study.claim(
    refuted_if="the power of the size that the deviation from theory follows is not below -1/2 by "
    "2 standard errors, or fewer than two deviations are beyond 2 of their own",
    figure="finite_size",
)
def finite_size_deviation(sizes_apart: Any) -> Verdict:
    """The deviation from theory comes from finite size: it falls as networks grow."""
    sizes, (deviation, error) = sizes_apart.sizes, sizes_apart.deviation
    seen = deviation > 2.0 * error
    if seen.sum() < 2:
        return judge(False, value=np.nan, seen="no deviation beyond its error was measured")
    slope, spread = _slope(sizes[seen], deviation[seen], error[seen])
    return judge(
        slope + 2.0 * spread < -0.5,
        value=slope,
        error=spread,
        seen=(
            "power of the number of features by which the deviation of the final excess risk "
            "falls; "
            f"at {sizes[0]} features it is {deviation[0]:.1%}, 1/(n - p) is {1 / sizes[0]:.1%}"
        ),
    )


@study.claim(
    refuted_if="at any load the smallest positive eigenvalue is further from (1 - 1/√α)² than 4 "
    "times its Tracy-Widom width and 4/p²",
    figure="gap",
)
def gap_closes(spectrum: Any) -> Verdict:
    """The slowest time scale is one over the spectrum's gap, (1 - 1/√α)², which closes at α = 1."""
    p, n = spectrum.features, spectrum.loads * spectrum.features
    # Fluctuation scale of the extreme sample eigenvalue, for the lower edge (Johnstone 2001).
    roots, inverses = np.sqrt(n) - np.sqrt(p), 1.0 / np.sqrt(p) - 1.0 / np.sqrt(n)
    width = np.abs(roots) * np.abs(inverses) ** (1.0 / 3.0) / n
    distance = np.abs(spectrum.smallest - spectrum.edge)
    peak = spectrum.smallest[spectrum.loads == 1.0][0]
    return judge(
        (distance < 4.0 * width + 4.0 / p**2).all(),
        value=distance.max(),
        seen="largest distance from (1 - 1/√α)², at α = 1/4 where it is 1; at α = 1 the "
        f"smallest eigenvalue is {peak:.2g}",
    )


@study.claim(
    refuted_if="at any snr the ratio of final to best risk does not fall at every load further "
    "from α = 1, on both sides",
    figure="overtraining",
)
def overtraining_peaks(training: Any) -> Verdict:
    """Overtraining is worst at α = 1, and less for smaller as for larger models."""
    risk = training.measured[:, :, 0, 0]
    ratio = risk[..., -1] / risk.min(axis=2)
    peak = int(np.flatnonzero(LOADS == 1.0)[0])
    rises = (np.diff(ratio[:, : peak + 1]) > 0).all(axis=1)
    falls = (np.diff(ratio[:, peak:]) < 0).all(axis=1)
    return judge(
        rises & falls,
        value=ratio[1, peak],
        seen=(
            "risk at t = 1000 over the best, at α = 1 and snr 5; at α = 1/4 it is "
            f"{ratio[1, 0]:.2f}, "
            f"at α = 4 {ratio[1, -1]:.2f}"
        ),
    )


@study.claim(
    refuted_if="at any load the measured share is not max(0, 1 - α) to 1e-9, or weights move "
    "within it by 1e-8 or more",
    figure="gap",
)
def frozen_subspace(spectrum: Any) -> Verdict:
    """Below α = 1 a share 1 - α of weight space is frozen: no gradient reaches it."""
    wanted = np.maximum(0.0, 1.0 - spectrum.loads)
    distance = np.abs(spectrum.frozen - wanted).max()
    moved = spectrum.moved.max()
    return judge(
        distance < 1e-9 and moved < 1e-8,
        value=moved,
        seen=(f"largest movement within the frozen subspace; the share is off by {distance:.1g}"),
    )


@study.claim(
    refuted_if="at snr 1000 the measured risk ends above its lowest by 3 standard errors, or in "
    "theory its lowest is not at the end, or at snr 20 the measured risk does not end 1 % above "
    "its lowest",
    figure="spike",
)
def no_stopping_time(aligned_spike: Any) -> Verdict:
    """Not so everywhere: an aligned, spiked population with little noise has no best time but the
    last. (Beyond the paper, whose features are isotropic.)
    """
    risk, error = aligned_spike.measured[:, 0], aligned_spike.measured[:, 1]
    rise = (risk[:, -1] - risk.min(axis=1)) / error[:, -1]
    theory = aligned_spike.theory[-1]
    last = theory.argmin() >= len(theory) - 2 or theory[-1] <= theory.min() * (1 + 1e-9)
    cost = risk[:, -1] / risk.min(axis=1) - 1.0
    return judge(
        rise[-1] < 3.0 and last and cost[0] > 0.01,
        value=cost[-1],
        seen=(
            "cost of training to the end at snr 1000, as a share of the best risk; at snr 20 it "
            "is "
            f"{cost[0]:.2g}"
        ),
    )


@study.figure
def curves(figure: Any, training: Any) -> None:
    """Risk along training at snr 5: theory (lines) and mean of students (points, one standard
    error).
    """
    left, right = panels(figure, 2, xscale="log", xlabel="training time t = rate × steps")
    every = slice(0, None, 3)
    for k, ax in enumerate((left, right)):
        for index, j in enumerate((1, 3, 5, 6)):
            theory, (mean, error) = training.theory[1, j, k], training.measured[1, j, k]
            series(ax, index, TIMES, line=theory)
            series(
                ax,
                index,
                TIMES[every],
                points=mean[every],
                errors=error[every],
                label=f"α = {LOADS[j]:g}",
            )
    left.set(ylim=(0, 2.6), ylabel="test error / signal variance")
    right.set(ylabel="train error / signal variance")
    left.legend()


@study.figure
def overtraining(figure: Any, training: Any) -> None:
    """Final over best risk against load: theory (lines) and students (points)."""
    ax = panels(
        figure,
        xscale="log",
        yscale="log",
        xlabel="load α = samples per weight",
        ylabel="risk at t = 1000 / best risk",
    )
    for i, snr in enumerate(SNRS):
        theory, (mean, error) = (
            training.theory[i, :, 0],
            np.moveaxis(training.measured[i, :, 0], 1, 0),
        )
        best = mean.min(axis=1)
        series(ax, i, LOADS, line=theory[:, -1] / theory.min(axis=1))
        series(
            ax,
            i,
            LOADS,
            points=mean[:, -1] / best,
            errors=error[:, -1] / best,
            label=f"snr {snr:g}",
        )
    ax.set_xticks(LOADS, [f"{load:g}" for load in LOADS])
    ax.minorticks_off()
    ax.legend()


@study.figure
def finite_size(figure: Any, sizes_apart: Any) -> None:
    """Deviation of the final excess risk from theory at load 2, against size; the line is 1/(n -
    p).
    """
    ax = panels(
        figure,
        xscale="log",
        yscale="log",
        xlabel="features p",
        ylabel="relative deviation of excess risk",
    )
    mean, error = sizes_apart.deviation
    series(ax, 0, sizes_apart.sizes, line=1.0 / sizes_apart.sizes, label="1/(n - p)")
    series(ax, 1, sizes_apart.sizes, points=mean, errors=error, label="students")
    ax.legend()


@study.figure
def gap(figure: Any, spectrum: Any) -> None:
    """Left, smallest positive eigenvalue of XᵀX/n; right, share of frozen directions: theory and
    one sample.
    """
    left, right = panels(figure, 2, xscale="log", xlabel="load α = samples per weight")
    grid = np.geomspace(0.25, 4.0, 200)
    series(left, 0, grid, line=[spectral_gap(load) for load in grid], label="(1 - 1/√α)²")
    series(left, 1, spectrum.loads, points=spectrum.smallest, label="sample")
    series(right, 0, grid, line=np.maximum(0.0, 1.0 - grid), label="1 - α")
    series(right, 1, spectrum.loads, points=spectrum.frozen, label="sample")
    left.set(ylabel="smallest positive eigenvalue")
    right.set(ylabel="share of weight space frozen")
    for ax in (left, right):
        ax.set_xticks([0.25, 0.5, 1, 2, 4], ["1/4", "1/2", "1", "2", "4"])
        ax.minorticks_off()
        ax.legend()


@study.figure
def spike(figure: Any, aligned_spike: Any) -> None:
    """Excess risk in units of the noise, target along a spike of variance 10: less noise, later
    best time, then none.
    """
    ax = panels(
        figure,
        xscale="log",
        yscale="log",
        xlabel="training time t = rate × steps",
        ylabel="excess test error / noise variance",
    )
    for i, snr in enumerate(aligned_spike.snrs):
        mean, error = aligned_spike.measured[i]
        series(ax, i, aligned_spike.times[:-1], line=aligned_spike.theory[i][:-1] * snr - 1.0)
        series(
            ax,
            i,
            aligned_spike.times[:-1:4],
            points=mean[:-1:4] * snr - 1.0,
            errors=error[:-1:4] * snr,
            label=f"snr {snr:g}",
        )
    ax.legend()


def _slope(x: Any, y: Any, error: Any) -> tuple[float, float]:
    """Slope of log y against log x with its standard error, weighted by the relative errors
    of y.
    """
    weights = (y / error) ** 2
    u, v = np.log(x), np.log(y)
    centred = u - np.average(u, weights=weights)
    total = (weights * centred**2).sum()
    return float((weights * centred * v).sum() / total), float(total**-0.5)
