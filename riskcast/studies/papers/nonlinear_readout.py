"""Advani, Saxe and Sompolinsky (2020), section 5: a trained read-out of a random hidden layer.

The study uses exact gradient flow of the read-out of ReLU networks, on a noisy ReLU
teacher and on digits with wrong labels.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import spearmanr

from riskcast.lab import FullyConnected, GivenData, TeacherStudent, train
from riskcast.spectra import MarchenkoPastur
from riskcast.studies import Study, Verdict, judge, mean_and_error
from riskcast.studies.drawing import panels, series
from riskcast.theory import linear_complexity_bound, relu_complexity_bound

study = Study(
    paper="High-dimensional dynamics of generalization error in neural networks",
    source="M. S. Advani, A. M. Saxe, H. Sompolinsky, Neural Networks 132 (2020), "
    "arXiv:1710.03667.",
    limits="A teacher of 30 hidden units and 50 inputs; the 1,797 digits of 8 by 8 pixels; 300 "
    "samples of either. The hidden layer's spectrum is that of one network a width.",
    smoke={"samples": 100, "seeds": 4, "digit_seeds": 2},
    full={"samples": 300, "seeds": 12, "digit_seeds": 6},
)

SHARES = np.array([0.25, 0.5, 0.75, 1.0, 1.25, 2.0, 4.0, 10.0])  # hidden units per sample
INPUTS = 50


@study.experiment
def widths(samples: int, seeds: int) -> dict[str, Any]:
    """Excess test error along training over the teacher's variance, at snr 1, for 1/4 to 10
    hidden units per sample.
    """
    task = TeacherStudent(INPUTS, n_train=samples, snr=1.0)
    curves = []
    for share in SHARES:
        student = FullyConnected(width=round(share * samples), trained="readout")
        run = train(task, student, seed=range(seeds), rule="gradient_flow", last_time=1e5)
        curves.append(mean_and_error(run.excess_error))
        times = run.times[0]
    return {"times": times, "excess": np.array(curves)}


@study.experiment
def hidden_spectrum(samples: int) -> dict[str, Any]:
    """Eigenvalues of the hidden Gram matrix at a third, one and two hidden units per sample."""
    task = TeacherStudent(INPUTS, n_train=samples)
    shares = np.array([1 / 3, 1.0, 2.0])
    smallest, frozen, spectra = [], [], {}
    for index, share in enumerate(shares):
        width = round(share * samples)
        features = FullyConnected(width=width).network(0, INPUTS).features(task.draw(0).X_train)
        values = np.linalg.svd(features, compute_uv=False) ** 2 / samples
        values = values[values > 1e-12 * values[0]]
        frozen.append(1.0 - len(values) / width)
        smallest.append(values[-1] / np.median(values))
        spectra[f"values_{index}"] = values * width
    return {"shares": shares, "smallest": smallest, "frozen": frozen, **spectra}


@study.experiment
def digits(samples: int, digit_seeds: int) -> dict[str, Any]:
    """Error rates on digits: with 20 % wrong labels, over widths; with all labels right or
    random, at the largest width.
    """
    flipped = GivenData.digits(samples, flip_rate=0.2)
    final, best = [], []
    for share in SHARES:
        student = FullyConnected(width=round(share * samples), trained="readout")
        run = train(flipped, student, seed=range(digit_seeds), rule="gradient_flow", last_time=1e8)
        final.append(mean_and_error(run.test_error[:, -1]))
        best.append(mean_and_error(run.test_error.min(axis=1)))
    fitted = []
    for rate in (0.0, 0.9):  # with ten classes, labels with 0.9 wrong carry no information
        task = GivenData.digits(samples, flip_rate=rate)
        run = train(task, student, seed=range(digit_seeds), rule="gradient_flow", last_time=1e7)
        fitted.append([run.train_error[:, -1].mean(), run.test_error[:, -1].mean()])
    return {"final": np.array(final).T, "best": np.array(best).T, "fitted": fitted}


@study.experiment
def bounds(samples: int, seeds: int) -> dict[str, Any]:
    """Complexity of read-outs trained from random weights, from the norms of all weights and from
    the distance moved; and the true excess error.
    """
    task = TeacherStudent(INPUTS, n_train=samples, snr=1.0)
    rows = []
    for share in SHARES:
        student = FullyConnected(width=round(share * samples), trained="readout", readout_scale=1.0)
        run = train(task, student, seed=range(seeds), rule="gradient_flow", last_time=1e5)
        found = [
            _complexities(task.draw(seed), run.initial[seed], run.final[seed], run.times[seed, -1])
            for seed in range(seeds)
        ]
        error = run.excess_error[:, -1][:, None]
        rows.append(np.hstack([np.array(found), error]).mean(axis=0))
    by_weights, by_distance, by_formula, truth = np.array(rows).T
    return {
        "by_weights": by_weights,
        "by_distance": by_distance,
        "by_formula": by_formula,
        "truth": truth,
    }


@study.claim(
    refuted_if="the ratio of final to best error is not largest at one hidden unit per sample, "
    "or is below 2 there, or above 2 at 10 per sample",
    figure="width",
)
def overtraining_peaks(widths: Any) -> Verdict:
    """With a random hidden layer, too, overtraining peaks where the trained weights are as
    many as the samples, and wide networks suffer little.
    """
    mean = widths.excess[:, 0]
    ratio = mean[:, -1] / mean.min(axis=1)
    peak = int(np.flatnonzero(SHARES == 1.0)[0])
    return judge(
        [ratio.argmax() == peak and ratio[peak] > 2.0, ratio[-1] < 2.0],
        value=ratio[peak],
        seen="ratio of final (t = 1e5) to best excess error at the peak; at a quarter of that "
        f"width it is {ratio[0]:.2f}, at ten times {ratio[-1]:.2f}",
    )


@study.claim(
    refuted_if="the widest network's best error is not below the narrowest's by 3 standard errors",
    figure="width",
)
def width_does_not_hurt_when_stopped(widths: Any) -> Verdict:
    """With early stopping wider is better."""
    mean, error = widths.excess[:, 0], widths.excess[:, 1]
    at = mean.argmin(axis=1)
    best, spread = mean.min(axis=1), error[np.arange(len(at)), at]
    drop, spread_of_drop = best[0] - best[-1], np.hypot(spread[0], spread[-1])
    return judge(
        drop > 3.0 * spread_of_drop,
        value=drop,
        error=spread_of_drop,
        seen=f"drop of the best excess error from the narrowest ({best[0]:.2f}) to the widest "
        f"({best[-1]:.2f}) network",
    )


@study.claim(
    refuted_if="the smallest positive eigenvalue at one unit per sample is above 1e-3 of the "
    "median, or those at 1/3 and 2 per sample are below 0.03 of it",
    figure="spectrum",
)
def hidden_spectrum_gap(hidden_spectrum: Any) -> Verdict:
    """The hidden layer's spectrum has a gap, as for linear networks, which closes at one unit
    per sample.
    """
    narrow, peak, wide = hidden_spectrum.smallest
    return judge(
        peak < 1e-3 and min(narrow, wide) > 0.03,
        value=peak,
        seen=f"smallest positive eigenvalue over the median at one unit per sample; {narrow:.2g} "
        f"at 1/3, {wide:.2g} at 2",
    )


@study.claim(
    refuted_if="at any of the three widths the distribution of the small eigenvalues is further "
    "than 0.1 from a Marchenko-Pastur law of fitted scale",
    figure="spectrum",
)
def small_eigenvalues_follow_the_law(hidden_spectrum: Any) -> Verdict:
    """The hidden layer's small eigenvalues follow a Marchenko-Pastur law."""
    spectra = [hidden_spectrum.values_0, hidden_spectrum.values_1, hidden_spectrum.values_2]
    found = np.array(
        [_distance_of_laws(*pair) for pair in zip(spectra, hidden_spectrum.shares, strict=True)]
    )
    return judge(
        found < 0.1,
        value=found.max(),
        seen="largest distance of the distribution functions, over "
        + ", ".join(f"{one:.2g}" for one in found)
        + " at 1/3, 1 and 2 units per sample",
    )


@study.claim(
    refuted_if="the share of frozen directions at 2 units per sample is not one half exactly",
    figure="spectrum",
)
def frozen_half(hidden_spectrum: Any) -> Verdict:
    """Beyond one hidden unit per sample the rest of the read-out is frozen."""
    share = hidden_spectrum.frozen[-1]
    return judge(
        abs(share - 0.5) < 1e-12,
        value=share,
        seen="share of frozen directions at two units per sample",
    )


@study.claim(
    refuted_if="the final error is not highest at one hidden unit per sample, or not above twice "
    "that of the widest network",
    figure="digit_errors",
)
def digits_peak(digits: Any) -> Verdict:
    """On digits with a fifth of the labels wrong the error peaks at one hidden unit per sample."""
    final, error = digits.final
    peak = int(np.flatnonzero(SHARES == 1.0)[0])
    return judge(
        final.argmax() == peak and final[peak] > 2.0 * final[-1],
        value=final[peak],
        error=error[peak],
        seen=f"final error rate at the peak; at the widest {final[-1]:.2f}, at the narrowest "
        f"{final[0]:.2f}",
    )


@study.claim(
    refuted_if="the widest network's train error is above 1 % on true or on random labels, or "
    "its test error on random ones is below 85 %, or on true ones above 15 %",
    figure="digit_errors",
)
def random_labels_fitted(digits: Any) -> Verdict:
    """The same network fits random labels as well as true ones, and generalizes from the true
    ones.
    """
    (true_train, true_test), (random_train, random_test) = digits.fitted
    holds = max(true_train, random_train) <= 0.01 and random_test > 0.85 and true_test < 0.15
    return judge(
        holds,
        value=random_train,
        seen=f"train error rate on random labels; on true ones {true_train:.2g}; test error "
        f"rates {random_test:.2f} and {true_test:.2f}",
    )


@study.claim(
    refuted_if="the bound by all weights does not grow, or the error does not fall, from one to "
    "ten units per sample, and from four to ten",
    figure="complexity",
)
def naive_bound_grows(bounds: Any) -> Verdict:
    """A Rademacher bound by the norms of all weights grows with width where the true error
    falls.
    """
    first = [int(np.flatnonzero(share == SHARES)[0]) for share in (1.0, 4.0)]
    grows = bounds.by_weights[-1] / bounds.by_weights[first]
    falls = bounds.truth[-1] / bounds.truth[first]
    return judge(
        (grows > 1.0) & (falls < 1.0),
        value=grows[1],
        seen="factor by which the bound grows from four to ten units per sample, the error "
        f"changing by {falls[1]:.2g}; from one to ten {grows[0]:.2g}, and {falls[0]:.2g}",
    )


@study.claim(
    refuted_if="the rank correlation over widths of error and the complexity by initial residual "
    "and spectrum is below 0.8, or not above that by all weights",
    figure="complexity",
)
def frozen_aware_bound_follows(bounds: Any) -> Verdict:
    """A complexity that knows the frozen subspace and the spectrum follows the true error's
    shape.
    """
    rank = float(spearmanr(bounds.by_formula, bounds.truth).statistic)
    naive = float(spearmanr(bounds.by_weights, bounds.truth).statistic)
    return judge(
        rank > 0.8 and rank > naive,
        value=rank,
        seen=f"rank correlation over widths; by the norms of all weights it is {naive:.2f}",
    )


@study.figure
def width(figure: Any, widths: Any) -> None:
    """Left, excess test error along training for three widths; right, final and best against
    width (points joined, one standard error).
    """
    left, right = panels(
        figure, 2, xscale="log", yscale="log", ylabel="excess test error / teacher variance"
    )
    for index, place in enumerate((0, 3, 7)):
        mean, error = widths.excess[place][:, 1::3]
        series(
            left,
            index,
            widths.times[1::3],
            points=mean,
            errors=error,
            joined=True,
            label=f"{SHARES[place]:g} units per sample",
        )
    at = widths.excess[:, 0].argmin(axis=1)
    rows = np.arange(len(at))
    for index, (name, places) in enumerate((("final", -1), ("best", at))):
        series(
            right,
            index,
            SHARES,
            points=widths.excess[rows, 0, places],
            errors=widths.excess[rows, 1, places],
            joined=True,
            label=name,
        )
    left.set(xlabel="training time t")
    right.set(xlabel="hidden units per sample")
    for ax in (left, right):
        ax.legend()


@study.figure
def spectrum(figure: Any, hidden_spectrum: Any) -> None:
    """Small eigenvalues of the hidden Gram matrix (steps) and Marchenko-Pastur laws of fitted
    scale (lines).
    """
    axes = panels(figure, 3, xlabel="eigenvalue × width", ylabel="density")
    for index, (ax, share) in enumerate(zip(axes, hidden_spectrum.shares, strict=True)):
        values = getattr(hidden_spectrum, f"values_{index}")
        bulk, law = _bulk(values, share)
        grid = np.linspace(law.lower_edge, law.upper_edge, 400)[1:-1]
        scale = bulk.mean() / _mean(law)
        density = law.density(grid) / (1.0 - law.atom)
        ax.hist(bulk, bins=30, density=True, histtype="step", color="#10243e")
        ax.plot(grid * scale, density / scale, color="#c2571a", ls="--")
        ax.set(title=f"{share:.2g} units per sample", ylim=(0, None))


@study.figure
def digit_errors(figure: Any, digits: Any) -> None:
    """Digits with 20 % of the labels wrong, read-out trained: error rate on true test labels
    (one standard error).
    """
    ax = panels(figure, xscale="log", xlabel="hidden units per sample", ylabel="test error rate")
    for index, name in enumerate(("final", "best")):
        mean, error = getattr(digits, name)
        series(ax, index, SHARES, points=mean, errors=error, joined=True, label=name)
    ax.set(ylim=(0, None))
    ax.legend()


@study.figure
def complexity(figure: Any, bounds: Any) -> None:
    """Complexities of the trained read-out, and its true excess error, each over its value at
    one unit per sample.
    """
    ax = panels(
        figure,
        xscale="log",
        yscale="log",
        xlabel="hidden units per sample",
        ylabel="relative to one unit per sample",
    )
    peak = int(np.flatnonzero(SHARES == 1.0)[0])
    names = {
        "truth": "true excess error",
        "by_weights": "norms of all weights",
        "by_formula": "initial residual and spectrum",
        "by_distance": "distance trained",
    }
    for index, (name, label) in enumerate(names.items()):
        values = getattr(bounds, name)
        series(ax, index, SHARES, points=values / values[peak], joined=True, label=label)
    ax.legend()


def _bulk(values: Any, share: float) -> tuple[Any, MarchenkoPastur]:
    """Eigenvalues below the leading ones (those of the mean and of each input), and their law."""
    leading = INPUTS + 1 if len(values) > INPUTS + 10 else 1
    samples = len(values) / min(share, 1.0)
    law = MarchenkoPastur((samples - leading) / (share * samples - leading))
    return np.sort(values)[: len(values) - leading], law


def _mean(law: MarchenkoPastur) -> float:
    """Mean of the positive eigenvalues."""
    return float(law.integrate(lambda values: values[None])[0]) / (1.0 - law.atom)


def _distance_of_laws(values: Any, share: float) -> float:
    """Largest distance between the distribution functions of the bulk and of its fitted law."""
    bulk, law = _bulk(values, share)
    grid = np.linspace(law.lower_edge, law.upper_edge, 4001)
    mass = np.cumsum(np.nan_to_num(law.density(grid[1:])))
    below = np.interp(bulk / bulk.mean() * _mean(law), grid[1:], mass / mass[-1])
    return float(np.abs(below - (np.arange(len(bulk)) + 0.5) / len(bulk)).max())


def _complexities(draw: Any, initial: Any, final: Any, time: float) -> list[float]:
    """Rademacher complexities from all weights, from the distance moved, and from R₀ and the
    spectrum.
    """
    features = initial.features(draw.X_train)
    count = len(features)
    root = np.sqrt(INPUTS)
    by_weights = relu_complexity_bound(
        draw.X_train,
        np.linalg.norm(final.weights[-1]) / np.sqrt(features.shape[1]),
        np.linalg.norm(final.weights[0]) / root,
    )
    moved = np.linalg.norm(final.weights[-1] - initial.weights[-1])
    values = np.linalg.svd(features, compute_uv=False) ** 2 / count
    values = values[values > 1e-14 * values[0]]
    residual = draw.y_train - initial(draw.X_train)[:, 0]
    spread = np.sqrt(np.sum(np.expm1(-values * time) ** 2 / values) / count)
    # Expected size of a linear student's weights, if the residual is spread evenly over all modes.
    expected = np.sqrt(np.mean(residual**2)) * spread * np.sqrt(values.sum() / count)
    return [by_weights, linear_complexity_bound(features, float(moved)), float(expected)]
