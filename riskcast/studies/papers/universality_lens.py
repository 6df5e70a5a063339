"""Feder, Urbanke and Fogel (2025): why even a mixture over very many parameters learns well.

The study tests the Bayesian mixture with log-loss in a case with a closed form:
linear regression with Gaussian prior and noise. Regret is in nats.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy.stats import ncx2

from riskcast.studies import Study, Verdict, judge, mean_and_error
from riskcast.studies.drawing import panels, series
from riskcast.studies.statistics import independent_ratio

study = Study(
    paper="The Universality Lens: Why Even Highly Over-Parametrized Models Learn Well",
    source="M. Feder, R. Urbanke, Y. Fogel, 2025, arXiv:2506.07661.",
    limits="Gaussian linear regression only; networks trained by Langevin dynamics are a study of "
    "their own, universality-lens-networks. The prior mass is that of the average divergence over "
    "the inputs' population. For truths along one parameter it is that of a small ball, by the "
    "prior's density there over its density at zero. That simple truths have the larger mass is "
    "so by construction, by the decay of the prior: what is measured is that they cost less "
    "regret.",
    smoke={"draws": 40, "mass_draws": 20_000},
    full={"draws": 400, "mass_draws": 400_000},
)

SIZES = np.array([4, 16, 64, 256, 1024])  # parameters
SAMPLES, NOISE, SIGNAL = 100, 0.25, 1.0
DECAY = 1.5  # prior variance of parameter i falls as i^-DECAY


@study.experiment
def regret(rng: np.random.Generator, draws: int) -> dict[str, Any]:
    """Cumulative regret of the mixture after 100 samples, over the number of parameters, for
    two priors.
    """
    found = np.empty((2, len(SIZES), draws))
    for kind in range(2):
        for place, size in enumerate(SIZES):
            prior = _prior(kind, size)
            for draw in range(draws):
                X = rng.standard_normal((SAMPLES, size))
                weights = _truth(size)
                noise = np.sqrt(NOISE) * rng.standard_normal(SAMPLES)
                found[kind, place, draw] = _regret(X, weights, noise, prior)
    return {"regret": found}


@study.experiment
def prior_mass(rng: np.random.Generator, mass_draws: int) -> dict[str, Any]:
    """The prior-mass bound: min over ε of n ε minus the log mass of the ball of divergence ε
    around the truth.
    """
    balls = np.geomspace(1e-3, 10.0, 60)
    bounds = np.empty((2, len(SIZES)))
    for kind in range(2):
        for place, size in enumerate(SIZES):
            bounds[kind, place] = np.min(
                SAMPLES * balls
                - _log_mass(rng, _prior(kind, size), _truth(size), balls, mass_draws)
            )
    return {"bounds": bounds}


@study.experiment
def simple_truths(rng: np.random.Generator, draws: int) -> dict[str, Any]:
    """Regret for truths along one parameter, from the first to the last of 256 parameters with a
    decaying prior, and the negative log prior mass near them.
    """
    places, size = np.array([0, 3, 15, 63, 255]), 256
    prior = _prior(1, size)
    found = np.empty((len(places), draws))
    for index, place in enumerate(places):
        weights = np.zeros(size)
        weights[place] = np.sqrt(SIGNAL)
        for draw in range(draws):
            X = rng.standard_normal((SAMPLES, size))
            found[index, draw] = _regret(
                X, weights, np.sqrt(NOISE) * rng.standard_normal(SAMPLES), prior
            )
    mass = [-_log_ball(prior, place) for place in places]
    return {"places": places, "regret": found, "mass": mass}


@study.claim(
    refuted_if="a mean regret is above the bound by prior mass by more than 3 standard errors, or "
    "a bound is infinite",
    figure="growth",
)
def bounded_by_prior_mass(regret: Any, prior_mass: Any) -> Verdict:
    """The mixture's regret is at most n ε less the log of the prior mass within divergence ε
    of the truth.
    """
    mean, error = mean_and_error(regret.regret, axis=2)
    share = mean / prior_mass.bounds
    return judge(
        np.isfinite(prior_mass.bounds).all() and (mean < prior_mass.bounds + 3.0 * error).all(),
        value=share.max(),
        seen="largest share of the bound that the regret takes, over two priors and "
        f"{len(SIZES)} numbers of parameters; the smallest is {share.min():.2f}",
    )


@study.claim(
    refuted_if="under the decaying prior the regret grows by more than a tenth and 2 standard "
    "errors from 64 to 1,024 parameters",
    figure="growth",
)
def small_as_parameters_grow(regret: Any) -> Verdict:
    """With a prior that prefers simple truths the regret stays small however many parameters
    there are.
    """
    mean, error = mean_and_error(regret.regret[1], axis=1)
    growth, spread = independent_ratio(mean[-1], error[-1], mean[2], error[2])
    return judge(
        growth < 1.1 + 2.0 * spread,
        value=growth,
        error=spread,
        seen="regret at 1,024 parameters over that at 64, with 100 samples; in nats a sample it "
        f"is {mean[-1] / SAMPLES:.3f}",
    )


@study.claim(
    refuted_if="under the flat prior of the same total variance the regret at 1,024 parameters "
    "is not above that under the decaying one by half",
    figure="growth",
)
def prior_matters(regret: Any) -> Verdict:
    """It is the prior mass near the truth that counts, not the number of parameters: a flat
    prior pays more.
    """
    (flat, flat_error), (decaying, error) = (mean_and_error(one[-1]) for one in regret.regret)
    ratio, spread = independent_ratio(flat, flat_error, decaying, error)
    return judge(
        ratio > 1.5,
        value=ratio,
        error=spread,
        seen="regret under a flat over that under a decaying prior, both of total variance one, "
        "at 1,024 parameters",
    )


@study.claim(
    refuted_if="the regret does not grow with every later parameter that the truth is along, or "
    "not by 3 standard errors from the first to the last, or minus the log mass does not grow "
    "(which the decaying prior settles beforehand)",
    figure="simple",
)
def simple_truths_cheap(simple_truths: Any) -> Verdict:
    """Simple truths have a large prior mass and are learned at little regret, complex ones not."""
    mean, error = mean_and_error(simple_truths.regret, axis=1)
    ratio, spread = independent_ratio(mean[-1], error[-1], mean[0], error[0])
    grows = (np.diff(mean) > 0.0).all() and (np.diff(simple_truths.mass) > 0.0).all()
    return judge(
        grows and mean[-1] - mean[0] > 3.0 * np.hypot(error[0], error[-1]),
        value=ratio,
        error=spread,
        seen="regret for a truth along the last over that along the first parameter of 256",
    )


@study.figure
def growth(figure: Any, regret: Any, prior_mass: Any) -> None:
    """Cumulative regret after 100 samples (points, one standard error) and its bound by prior
    mass (lines), in nats.
    """
    ax = panels(
        figure, xscale="log", yscale="log", xlabel="parameters", ylabel="cumulative regret / nats"
    )
    for kind, name in enumerate(("flat prior", "decaying prior")):
        mean, error = mean_and_error(regret.regret[kind], axis=1)
        series(ax, kind, SIZES, line=prior_mass.bounds[kind], label=f"bound, {name}")
        series(ax, kind, SIZES, points=mean, errors=error, label=name)
    ax.legend()


@study.figure
def simple(figure: Any, simple_truths: Any) -> None:
    """Regret for a truth along one parameter of a decaying prior (points), and minus the log
    prior mass of a small ball round it, over that of the same ball round zero (line).
    """
    ax = panels(
        figure, xscale="log", yscale="log", xlabel="which parameter is the truth's", ylabel="nats"
    )
    mean, error = mean_and_error(simple_truths.regret, axis=1)
    series(
        ax,
        0,
        simple_truths.places + 1,
        points=mean,
        errors=error,
        joined=True,
        label="regret after 100 samples",
    )
    series(
        ax,
        1,
        simple_truths.places + 1,
        line=simple_truths.mass,
        label="w²/(2 prior variance)",
    )
    ax.legend()


def _prior(kind: int, size: int) -> Any:
    """Prior variances of the parameters, with sum one: flat or decaying."""
    raw = np.ones(size) if kind == 0 else np.arange(1.0, size + 1.0) ** -DECAY
    return raw / raw.sum()


def _truth(size: int) -> Any:
    """A simple truth along the first two parameters."""
    weights = np.zeros(size)
    weights[:2] = np.sqrt(SIGNAL / 2.0)
    return weights


def _regret(X: Any, weights: Any, noise: Any, prior: Any) -> float:
    """Log-loss of the mixture minus that of the truth; both are Gaussian in the targets."""
    y = X @ weights + noise
    covariance = NOISE * np.eye(len(y)) + (X * prior) @ X.T
    factor = np.linalg.cholesky(covariance)
    scaled = np.linalg.solve(factor, y)
    mixture = 0.5 * scaled @ scaled + np.log(np.diag(factor)).sum()
    truth = 0.5 * noise @ noise / NOISE + 0.5 * len(y) * np.log(NOISE)
    return float(mixture - truth)


def _log_mass(rng: np.random.Generator, prior: Any, truth: Any, balls: Any, draws: int) -> Any:
    """Log prior probability of a mean divergence |w - truth|²/(2 NOISE) of at most ε."""
    if np.ptp(prior) == 0.0:  # a noncentral chi squared
        scale = prior[0]
        return ncx2.logcdf(2.0 * NOISE * balls / scale, len(prior), truth @ truth / scale)
    found = np.zeros(len(balls))
    for _ in range(10):
        divergence = np.zeros(draws // 10)
        for variance, wanted in zip(prior, truth, strict=True):
            divergence += (np.sqrt(variance) * rng.standard_normal(draws // 10) - wanted) ** 2
        found += (divergence[:, None] <= 2.0 * NOISE * balls).mean(axis=0) / 10.0
    with np.errstate(divide="ignore"):
        return np.log(found)


def _log_ball(prior: Any, place: int) -> float:
    """Log ratio of the prior density at a truth along one parameter to that at zero. It is the
    ratio of the masses of a small ball there and around zero.
    """
    return float(-0.5 * SIGNAL / prior[place])
