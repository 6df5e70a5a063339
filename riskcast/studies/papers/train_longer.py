"""Hoffer, Hubara and Soudry (2017): large batches generalize worse because of fewer updates.

Networks are trained on digits by momentum, with a small batch and with one twenty
times as large, for as many epochs or as many updates, at the same learning rate or
at one larger by the root of the ratio of batch sizes. Then the same with batch
normalization, over the whole large batch or over ghost batches of the small size.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from riskcast.lab import BatchNormalization, FullyConnected, GivenData, Training, train
from riskcast.studies import Study, Verdict, judge, mean_and_error
from riskcast.studies.drawing import panels, series

study = Study(
    paper="Train longer, generalize better: closing the generalization gap in large batch "
    "training of neural networks",
    source="E. Hoffer, I. Hubara, D. Soudry, NeurIPS 2017, arXiv:1705.08741.",
    limits="Two hidden layers on the 8 by 8 digits, at one learning rate without a schedule. Only "
    "in the claims on ghost batches have the networks batch normalization, as the paper's have.",
    smoke={"width": 40, "epochs": 5, "seeds": 2, "normalized_seeds": 2},
    full={"width": 100, "epochs": 60, "seeds": 8, "normalized_seeds": 24},
)

ROWS, SMALL, LARGE = 1200, 30, 600
RATE, ROOT = 0.02, np.sqrt(LARGE / SMALL)


class Regime(NamedTuple):
    """Batch size, learning rate, whether the number of updates equals that of the small batch,
    and normalization of hidden units.
    """

    batch: int
    rate: float
    long: bool
    batch_norm: BatchNormalization | None = None


REGIMES = {
    "small batch": Regime(SMALL, RATE, True),
    "large, as many epochs": Regime(LARGE, RATE, False),
    "large, epochs, root rate": Regime(LARGE, RATE * ROOT, False),
    "large, as many updates": Regime(LARGE, RATE, True),
    "large, updates, root rate": Regime(LARGE, RATE * ROOT, True),
}
# Ghost batches update their running averages one by one, so these forget faster than those of the
# whole batch. This does not explain the lower error: with equally slow averages the error was even
# lower, and evaluating the whole batch with the statistics of its last batch did not help.
WHOLE, GHOSTS = BatchNormalization(), BatchNormalization(ghost_size=SMALL)
NORMALIZED = {
    "small batch": Regime(SMALL, RATE, True, WHOLE),
    "large, whole": Regime(LARGE, RATE * ROOT, False, WHOLE),
    "large, ghosts": Regime(LARGE, RATE * ROOT, False, GHOSTS),
    "large, ghosts, updates": Regime(LARGE, RATE * ROOT, True, GHOSTS),
}


@study.experiment
def regimes(width: int, epochs: int, seeds: int) -> dict[str, Any]:
    """Errors and distance of the weights from initialization along training, in five regimes."""
    runs = [_trained(each, width, epochs, seeds, distance=_distance) for each in REGIMES.values()]
    return {
        **{f"updates_{place}": run.steps for place, run in enumerate(runs)},
        **{f"distance_{place}": run.observables["distance"] for place, run in enumerate(runs)},
        **{f"test_error_{place}": run.test_error for place, run in enumerate(runs)},
        "final_error": [run.final_error for run in runs],
        "train_error": [run.train_error[:, -1] for run in runs],
    }


@study.experiment
def normalized(width: int, epochs: int, normalized_seeds: int) -> dict[str, Any]:
    """Errors along training with batch normalization: the small batch, and the large one at the
    root rate, normalized over the whole batch or over ghost batches.
    """
    runs = [_trained(each, width, epochs, normalized_seeds) for each in NORMALIZED.values()]
    return {
        **{f"updates_{place}": run.steps for place, run in enumerate(runs)},
        **{f"test_error_{place}": run.test_error for place, run in enumerate(runs)},
        "final_error": [run.final_error for run in runs],
    }


@study.claim(
    refuted_if="over the last two decades of updates a straight line in log t fits the small "
    "batch's distance with R² below 0.95, or no better than one in √t does",
    figure="distances",
)
def distance_grows_like_log(regimes: Any) -> Verdict:
    """The weights' distance from their start grows like the logarithm of the number of updates:
    ultra-slow diffusion.
    """
    updates, mean = regimes.updates_0, regimes.distance_0.mean(axis=0)
    late = updates >= updates[-1] / 100
    fits = [_fit(law(updates[late]), mean[late])[1] for law in (np.log, np.sqrt)]
    return judge(
        fits[0] > 0.95 and fits[0] > fits[1],
        value=fits[0],
        seen=f"R² of the line in log t; that in √t has {fits[1]:.3f}",
    )


@study.claim(
    refuted_if="after as many updates the growth of the distance with log t of the large batch at "
    "the root rate is further than a quarter from the small batch's, or its ratio to this not "
    "nearer to one (in logarithms) than at the same rate",
    figure="distances",
)
def root_rate_matches_diffusion(regimes: Any) -> Verdict:
    """With a learning rate larger by the root of the batches' ratio large batches diffuse alike."""
    slopes = [_slopes(regimes, place) for place in (0, 3, 4)]
    (same, _), (root, error) = (mean_and_error(slope / slopes[0]) for slope in slopes[1:])
    return judge(
        abs(root - 1.0) < 0.25 and abs(np.log(root)) < abs(np.log(same)),
        value=root,
        error=error,
        seen="growth of the distance with log t of the large batch at the root rate over the "
        f"small batch's; at the same rate {same:.2f}",
    )


@study.claim(
    refuted_if="after as many epochs the large batch's test error is not above the small batch's "
    "by 2 standard errors",
    figure="errors",
)
def gap_at_equal_epochs(regimes: Any) -> Verdict:
    """After as many epochs large batches generalize worse."""
    mean, error = mean_and_error(regimes.final_error[1] - regimes.final_error[0])
    return judge(
        mean > 2.0 * error,
        value=100 * mean,
        error=100 * error,
        seen="test error of the large less that of the small batch after as many epochs, in %; "
        f"the small one has {100 * regimes.final_error[0].mean():.2f}, train errors are "
        f"{100 * regimes.train_error[1].mean():.2g} and "
        f"{100 * regimes.train_error[0].mean():.2g}",
    )


@study.claim(
    refuted_if="after as many updates, at the root rate, the large batch's test error is above "
    "the small batch's by 2 standard errors and by a fifth of the gap at equal epochs, or there "
    "is no such gap",
    figure="errors",
)
def closed_by_updates(regimes: Any) -> Verdict:
    """It is the number of updates: after as many, at the root rate, the gap is closed."""
    gap = (regimes.final_error[1] - regimes.final_error[0]).mean()
    mean, error = mean_and_error(regimes.final_error[4] - regimes.final_error[0])
    return judge(
        _closes(gap, mean, error),
        value=100 * mean,
        error=100 * error,
        seen="test error of the large less that of the small batch after as many updates, in %; "
        f"after as many epochs {100 * gap:.2f}, at the root rate "
        f"{100 * (regimes.final_error[2] - regimes.final_error[0]).mean():.2f}",
    )


@study.claim(
    refuted_if="after as many epochs, at the root rate, ghost batches do not lower the large "
    "batch's test error by 2 standard errors and by a tenth of its gap to the small batch, or "
    "there is no such gap of 2 standard errors",
    figure="ghosts",
)
def narrowed_by_ghosts(normalized: Any) -> Verdict:
    """Without more updates, batch normalization over ghost batches as large as the small batch
    narrows the gap.
    """
    small, whole, ghosts, _ = normalized.final_error
    gap, gap_error = mean_and_error(whole - small)
    gain, error = mean_and_error(whole - ghosts)
    return judge(
        gap > 2.0 * gap_error and gain > 2.0 * error and gain > 0.1 * gap,
        value=100 * gain,
        error=100 * error,
        seen="drop of the large batch's test error by ghost batches, in %; its gap to the small "
        f"batch is {100 * gap:.2f} ± {100 * gap_error:.2f}, the small batch's error "
        f"{100 * small.mean():.2f}",
    )


@study.claim(
    refuted_if="after as many updates, at the root rate and with ghost batches, the large batch's "
    "test error is above the small batch's by 2 standard errors and by a fifth of the gap at equal "
    "epochs, or there is no such gap",
    figure="ghosts",
)
def closed_by_ghosts_and_updates(normalized: Any) -> Verdict:
    """With ghost batches and as many updates, at the root rate, the gap is closed."""
    small, whole, _, long = normalized.final_error
    gap = (whole - small).mean()
    mean, error = mean_and_error(long - small)
    return judge(
        _closes(gap, mean, error),
        value=100 * mean,
        error=100 * error,
        seen="test error of the large less that of the small batch after as many updates with "
        f"ghost batches, in %; after as many epochs, normalized whole, {100 * gap:.2f}",
    )


@study.figure
def distances(figure: Any, regimes: Any) -> None:
    """Distance of the weights from their start against the number of updates (mean over seeds,
    one standard error); lines are straight in log t over the last two decades.
    """
    ax = panels(figure, xscale="log", xlabel="updates", ylabel="distance from the start")
    names = list(REGIMES)
    for index, place in enumerate((0, 3, 4)):
        updates = getattr(regimes, f"updates_{place}")
        mean, error = mean_and_error(getattr(regimes, f"distance_{place}"))
        late = updates >= updates[-1] / 100
        (slope, start), _ = _fit(np.log(updates[late]), mean[late])
        series(ax, index, updates[late], line=start + slope * np.log(updates[late]))
        series(ax, index, updates[1:], points=mean[1:], errors=error[1:], label=names[place])
    ax.legend()


@study.figure
def errors(figure: Any, regimes: Any) -> None:
    """Test error along training, and at its end, in the five regimes (mean over seeds, one
    standard error).
    """
    _draw_errors(figure, regimes, REGIMES)


@study.figure
def ghosts(figure: Any, normalized: Any) -> None:
    """Test error along training, and at its end, with batch normalization, the large batch at the
    root rate (mean over seeds, one standard error).
    """
    _draw_errors(figure, normalized, NORMALIZED)


def _draw_errors(figure: Any, measured: Any, names: Any) -> None:
    """Test error of each regime along training and at its end."""
    left, right = panels(figure, 2, ylabel="test error rate")
    for place, name in enumerate(names):
        mean, error = mean_and_error(getattr(measured, f"test_error_{place}")[:, 1:])
        updates = getattr(measured, f"updates_{place}")[1:]
        series(left, place, updates, points=mean, errors=error, joined=True, label=name)
        mean, error = mean_and_error(measured.final_error[place])
        series(right, place, [place], points=[mean], errors=[error])
    left.set(xscale="log", yscale="log", xlabel="updates")
    left.legend(fontsize=7)
    right.set(xlabel="regime, in the order of the legend", xticks=range(len(names)))
    right.set_xticklabels(range(1, len(names) + 1))


def _trained(regime: Regime, width: int, epochs: int, seeds: int, **watched: Any) -> Any:
    """Networks of all seeds in one regime, with their observables."""
    return train(
        GivenData.digits(ROWS),
        FullyConnected(width, depth=2, parametrization="standard", batch_norm=regime.batch_norm),
        Training("momentum", loss="softmax", batch_size=regime.batch, learning_rate=regime.rate),
        seed=range(seeds),
        steps=epochs * ROWS // (SMALL if regime.long else regime.batch),
        n_records=30,
        observables=watched,
    )


def _closes(gap: float, mean: float, error: float) -> bool:
    """Whether the remaining gap is within 2 standard errors of zero, or below a fifth of `gap`."""
    return gap > 0.0 and (mean < 2.0 * error or mean < 0.2 * gap)


def _distance(seen: Any) -> float:
    """Euclidean distance of all weights from initialization."""
    pairs = zip(seen.network.weights, seen.initial.weights, strict=True)
    return float(np.sqrt(sum(np.sum((now - then) ** 2) for now, then in pairs)))


def _fit(x: Any, y: Any) -> tuple[Any, float]:
    """Straight line fitted to points, and the share of the variance that it explains."""
    if len(x) < 3:
        return np.full(2, np.nan), np.nan
    line = np.polyfit(x, y, 1)
    return line, float(1.0 - np.var(y - np.polyval(line, x)) / np.var(y))


def _slopes(regimes: Any, place: int) -> Any:
    """Growth of each seed's distance with log t over the last two decades of updates."""
    updates, distance = getattr(regimes, f"updates_{place}"), getattr(regimes, f"distance_{place}")
    late = updates >= updates[-1] / 100
    return np.array([_fit(np.log(updates[late]), each[late])[0][0] for each in distance])
