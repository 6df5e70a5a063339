"""Xiong, Ding and Du (2024): a factorization with too many columns learns a matrix slowly.

A positive semidefinite matrix of rank r is learned from near-isotropic Gaussian
measurements by gradient descent on the squared residuals of XXᵀ or FGᵀ.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from riskcast.studies import Study, Verdict, judge, mean_and_error
from riskcast.studies.drawing import panels, series

study = Study(
    paper="How Over-Parameterization Slows Down Gradient Descent in Matrix Sensing: The Curses of "
    "Symmetry and Initialization",
    source="N. Xiong, L. Ding, S. S. Du, ICLR 2024, arXiv:2310.01769.",
    limits="Matrices of 20 rows and rank 2 with eigenvalues one, 4,000 measurements, 4 columns "
    "where 2 suffice. The paper's accelerated method is not tested.",
    smoke={"draws": 2, "steps": 3000},
    full={"draws": 6, "steps": 10_000},
)

SIZE, RANK, COLUMNS, MEASUREMENTS, RATE = 20, 2, 4, 4000, 0.1
LATE = slice(-30, None)  # recorded steps that cover about the last factor of ten
SCALES = np.array([0.5, 0.35, 0.25])  # standard deviation of initial entries, times √SIZE


@study.experiment
def symmetric(rng: np.random.Generator, draws: int, steps: int) -> dict[str, Any]:
    """Squared error of XXᵀ along descent, with as many columns as the rank and with more."""
    at = _moments(steps)
    found = []
    for _ in range(draws):
        truth, gram = _problem(rng)
        start = 0.3 * rng.standard_normal((SIZE, COLUMNS)) / np.sqrt(SIZE)
        found.append([_symmetric(truth, gram, start[:, :k], at) for k in (RANK, COLUMNS)])
    return {"steps": at, "errors": found}


@study.experiment
def asymmetric(rng: np.random.Generator, draws: int, steps: int) -> dict[str, Any]:
    """Squared error of FGᵀ along descent with too many columns, from initial factors of several
    sizes, with G a third of F.
    """
    at = _moments(steps)
    found = []
    for _ in range(draws):
        truth, gram = _problem(rng)
        left, right = rng.standard_normal((2, SIZE, COLUMNS)) / np.sqrt(SIZE)
        found.append([_asymmetric(truth, gram, a * left, a / 3.0 * right, at) for a in SCALES])
    return {"steps": at, "errors": found}


@study.claim(
    refuted_if="with as many columns as the rank the squared error is not below 1e-16 at the last "
    "step",
    figure="errors",
)
def exact_rank_is_fast(symmetric: Any) -> Verdict:
    """With as many columns as the rank descent converges exponentially fast."""
    last = symmetric.errors[:, 0, -1]
    return judge(
        (last < 1e-16).all(),
        value=last.max(),
        seen=f"largest squared error, relative, after {symmetric.steps[-1]} steps",
    )


@study.claim(
    refuted_if="with more columns the squared error falls faster than the power -2.2 of the steps, "
    "over about the last factor of ten, or ends below 1e-16",
    figure="errors",
)
def symmetry_slows(symmetric: Any) -> Verdict:
    """With more columns the squared error of a symmetric factorization falls no faster than one
    over the square of the steps.
    """
    logs = np.log(symmetric.errors[:, 1, LATE])
    slopes = np.polyfit(np.log(symmetric.steps[LATE]), logs.T, 1)[0]
    mean, error = mean_and_error(slopes)
    return judge(
        mean > -2.2 and (symmetric.errors[:, 1, -1] > 1e-16).all(),
        value=mean,
        error=error,
        seen="power of the steps that the squared error follows (theory: at least -2)",
    )


@study.claim(
    refuted_if="from the largest start the squared error of FGᵀ is not below a thousandth of that "
    "of XXᵀ with as many columns at the last step (geometric means over draws)",
    figure="errors",
)
def asymmetry_speeds_up(symmetric: Any, asymmetric: Any) -> Verdict:
    """On the same matrices two different factors, unequally large, converge exponentially fast."""
    shared = np.log10(symmetric.errors[:, 1, -1]) - np.log10(asymmetric.errors[:, 0, -1])
    mean, error = mean_and_error(shared)
    return judge(
        mean > 3.0,
        value=mean,
        error=error,
        seen=f"decades of squared error gained after {symmetric.steps[-1]} steps",
    )


@study.claim(
    refuted_if="the power of the start's size that the rate of FGᵀ follows is not within 0.5 of 2",
    figure="rates",
)
def rate_falls_with_start(asymmetric: Any) -> Verdict:
    """The rate of that convergence falls as the square of the start's size."""
    rates = np.array([_rates(asymmetric.steps, one) for one in asymmetric.errors])
    slopes = np.polyfit(np.log(SCALES), np.log(rates).T, 1)[0]
    mean, error = mean_and_error(slopes)
    return judge(
        abs(mean - 2.0) < 0.5,
        value=mean,
        error=error,
        seen="power of the start's size that the rate follows (theory: 2)",
    )


@study.figure
def errors(figure: Any, symmetric: Any, asymmetric: Any) -> None:
    """Relative squared error along descent (geometric mean over draws); the grey line falls as one
    over the squared steps.
    """
    ax = panels(
        figure, xscale="log", yscale="log", xlabel="steps", ylabel="squared error / squared norm"
    )
    curves = [
        (symmetric.errors[:, 0], f"XXᵀ, {RANK} columns"),
        (symmetric.errors[:, 1], f"XXᵀ, {COLUMNS} columns"),
        (asymmetric.errors[:, 0], f"FGᵀ, {COLUMNS} columns"),
    ]
    steps = symmetric.steps
    for index, (values, label) in enumerate(curves):
        series(ax, index, steps, line=_geometric(values), label=label)
    late = steps >= steps[-1] / 30
    anchor = 3.0 * _geometric(symmetric.errors[:, 1])[late][0]
    ax.plot(steps[late], anchor * (steps[late] / steps[late][0]) ** -2.0, color="grey", lw=0.8)
    ax.set(ylim=(1e-28, 10))
    ax.legend(loc="lower left")


@study.figure
def rates(figure: Any, asymmetric: Any) -> None:
    """Rate at which the squared error of FGᵀ falls against the size of its start (points: mean over
    draws, one standard error; line: its square).
    """
    ax = panels(
        figure, xscale="log", yscale="log", xlabel="size of the start", ylabel="rate per step"
    )
    mean, error = mean_and_error([_rates(asymmetric.steps, one) for one in asymmetric.errors])
    series(ax, 0, SCALES, line=mean[0] * (SCALES / SCALES[0]) ** 2)
    series(ax, 0, SCALES, points=mean, errors=error)
    ax.set_xticks(SCALES, [f"{scale:g}" for scale in SCALES])


def _moments(steps: int) -> Any:
    return np.unique(np.round(np.geomspace(1, steps, 120))).astype(int)


def _problem(rng: np.random.Generator) -> tuple[Any, Any]:
    """A matrix with nonzero eigenvalues one, and the Gram matrix AᵀA of the measurements over
    their number.
    """
    basis = np.linalg.qr(rng.standard_normal((SIZE, RANK)))[0]
    A = rng.standard_normal((MEASUREMENTS, SIZE * SIZE))
    return basis @ basis.T, A.T @ A / MEASUREMENTS


def _pull(gram: Any, apart: Any) -> Any:
    """Gradient of half the mean squared residual with respect to the learned matrix."""
    return (gram @ apart.ravel()).reshape(SIZE, SIZE)


def _symmetric(truth: Any, gram: Any, factor: Any, at: Any) -> Any:
    """Squared errors of XXᵀ at some steps of descent."""
    found, step = [], 0
    for moment in at:
        for _ in range(moment - step):
            pull = _pull(gram, factor @ factor.T - truth)
            factor = factor - RATE * (pull + pull.T) @ factor / 2.0
        step = moment
        found.append(np.sum((factor @ factor.T - truth) ** 2) / RANK)
    return np.array(found)


def _asymmetric(truth: Any, gram: Any, left: Any, right: Any, at: Any) -> Any:
    """Squared errors of FGᵀ at some steps of descent."""
    found, step = [], 0
    for moment in at:
        for _ in range(moment - step):
            pull = _pull(gram, left @ right.T - truth)
            left, right = left - RATE * pull @ right, right - RATE * pull.T @ left
        step = moment
        found.append(np.sum((left @ right.T - truth) ** 2) / RANK)
    return np.array(found)


def _rates(steps: Any, errors: Any) -> Any:
    """Rates of exponential decay from a squared error of 1e-4 to 1e-10 of every curve."""
    found = []
    for curve in errors:
        kept = (curve < 1e-4) & (curve > 1e-10)
        found.append(
            -np.polyfit(steps[kept], np.log(curve[kept]), 1)[0] if kept.sum() > 2 else np.nan
        )
    return np.array(found)


def _geometric(values: Any) -> Any:
    return np.exp(np.log(np.maximum(values, 1e-40)).mean(axis=0))
