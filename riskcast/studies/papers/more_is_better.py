"""Simon, Karkada, Ghosh and Belkin (2024): random features and ridge regression.

More features and more data help if the ridge is optimal; on realistic tasks, the
optimal ridge fits the training data.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from riskcast.features import NNGP, RandomFeatures
from riskcast.filters import Ridge
from riskcast.spectra import Population
from riskcast.studies import Study, Verdict, judge, mean_and_error
from riskcast.studies.drawing import panels, series
from riskcast.theory import optimal_random_feature_ridge, random_feature_risk_curve

study = Study(
    paper="More is Better in Modern Machine Learning: when Infinite Overparameterization is "
    "Optimal and Overfitting is Obligatory",
    source="J. B. Simon, D. Karkada, N. Ghosh, M. Belkin, ICLR 2024, arXiv:2311.14646.",
    limits="Gaussian features of up to 1,000 directions, and the 1,797 digits as a whole "
    "population, where the paper has CIFAR-10 and others. That more is better and overfitting "
    "obligatory is looked at in the formula alone.",
    smoke={"features": 300, "samples": 80, "draws": 8, "digit_draws": 4},
    full={"features": 1000, "samples": 200, "draws": 40, "digit_draws": 30},
)

PENALTIES = np.array([3e-1, 3e-2, 1e-3])
SHARES = np.array([0.25, 0.5, 1.0, 2.0, 4.0, 16.0])  # random features per sample
INFINITE = 10**7


@study.experiment
def gaussian(rng: np.random.Generator, features: int, samples: int, draws: int) -> dict[str, Any]:
    """Test error of ridge regression on random features of a power-law task, over widths and
    ridges.
    """
    population = Population.power_law(features, 1.5, 0.2, 20.0)
    theory, measured = [], []
    for share in SHARES:
        width = round(share * samples)
        filter = Ridge(samples * PENALTIES)
        theory.append(random_feature_risk_curve(population, samples, width, filter).risk)
        found = [_gaussian_risks(rng, population, samples, width) for _ in range(draws)]
        measured.append(np.stack(mean_and_error(found)))
    return {"theory": np.array(theory).T, "measured": np.array(measured).transpose(1, 2, 0)}


@study.experiment
def best_ridge(features: int) -> dict[str, Any]:
    """Theoretical risk of the best ridge and of no ridge, over sample sizes and widths."""
    population = Population.power_law(features, 1.5, 0.2, 5.0)
    sizes = np.array([25, 50, 100, 200, 400])
    best = [[optimal_random_feature_ridge(population, n, k).risk for k in sizes] for n in sizes]
    nearly_none = [
        [random_feature_risk_curve(population, n, k, Ridge([1e-9])).risk[0] for k in sizes]
        for n in sizes
    ]
    return {"sizes": sizes, "best": best, "ridgeless": nearly_none}


@study.experiment
def fitting(features: int, samples: int) -> dict[str, Any]:
    """Train over test error as a function of the ridge, at infinite width, for power-law tasks
    with little and much noise.
    """
    penalties = samples * np.geomspace(10.0, 1e-9, 120)
    ratios, risks = [], []
    for snr in (np.inf, 1.0):
        for capacity, decay in ((1.3, 1.15), (1.5, 1.3), (2.0, 1.5)):
            source = (decay - 1.0) / (2.0 * capacity)
            population = Population.power_law(features, capacity, source, snr)
            curve = random_feature_risk_curve(population, samples, INFINITE, Ridge(penalties))
            ratios.append(curve.train_risk / curve.risk)
            risks.append(curve.risk)
    return {"ratios": np.reshape(ratios, (2, 3, -1)), "risks": np.reshape(risks, (2, 3, -1))}


@study.experiment
def digits(rng: np.random.Generator, digit_draws: int) -> dict[str, Any]:
    """Test error of ReLU random features on digits, even against odd: theory from the kernel's
    spectrum, and measurements.
    """
    from sklearn.datasets import load_digits

    X, labels = load_digits(return_X_y=True)
    X = X - X.mean(axis=0)
    X /= np.sqrt(np.mean(X**2))
    y = np.where(labels % 2 == 0, 1.0, -1.0)
    samples, penalties = 150, np.array([1e-1, 1e-2, 1e-4])
    values, vectors = np.linalg.eigh(NNGP("relu")(X) / len(X))
    kept = values > 1e-12 * values[-1]
    powers = (vectors[:, kept].T @ y) ** 2 / len(X)
    population = Population(values[kept], np.sqrt(powers / values[kept]), 0.0)
    theory, measured = [], []
    for share in SHARES:
        width = round(share * samples)
        filter = Ridge(samples * penalties)
        theory.append(random_feature_risk_curve(population, samples, width, filter).risk)
        found = [
            _digit_risks(rng, X, y, samples, width, samples * penalties) for _ in range(digit_draws)
        ]
        measured.append(np.stack(mean_and_error(found)))
    return {
        "theory": np.array(theory).T,
        "measured": np.array(measured).transpose(1, 2, 0),
        "penalties": penalties,
    }


@study.claim(
    refuted_if="a mean test error is further from the formula than 3 % and 4 standard errors",
    figure="curves",
)
def formula_holds(gaussian: Any) -> Verdict:
    """One formula gives the test error of random features at every width, sample size and ridge."""
    mean, error = gaussian.measured
    deviation = np.abs(mean / gaussian.theory - 1.0)
    close = deviation < 0.03 + 4.0 * error / gaussian.theory
    return judge(close.all(), value=deviation.max(), seen="largest relative deviation")


@study.claim(
    refuted_if="a mean test error is further from the formula than 10 % and 4 standard errors",
    figure="curves",
)
def formula_holds_on_digits(digits: Any) -> Verdict:
    """The formula holds for real data and real random features, given the kernel's spectrum."""
    mean, error = digits.measured
    deviation = np.abs(mean / digits.theory - 1.0)
    close = deviation < 0.1 + 4.0 * error / digits.theory
    return judge(
        close,
        value=deviation.max(),
        seen=f"largest relative deviation; the median is {np.median(deviation):.2g}",
    )


@study.claim(
    refuted_if="in the formula, at the best ridge, more samples or more features raise the risk "
    "anywhere on the grid",
    figure="more",
)
def more_is_better(best_ridge: Any) -> Verdict:
    """At the best ridge more data and more features never hurt."""
    relative = [np.diff(best_ridge.best, axis=axis) / best_ridge.best.max() for axis in (0, 1)]
    worst = max(step.max() for step in relative)
    return judge(
        worst <= 1e-9, value=worst, seen="largest step, as a share of the risk; negative is better"
    )


@study.claim(
    refuted_if="with 100 samples the ridgeless risk is not largest at 100 features, or there not "
    "above 1.5 times that at 25 features",
    figure="more",
)
def not_without_ridge(best_ridge: Any) -> Verdict:
    """Without a ridge more can hurt: the risk peaks where features are as many as samples."""
    ridgeless, sizes = best_ridge.ridgeless, best_ridge.sizes
    place = len(sizes) // 2
    peak = ridgeless[place].argmax()
    factor = ridgeless[place, place] / ridgeless[place, 0]
    return judge(
        peak == place and factor > 1.5,
        value=factor,
        seen=f"ridgeless risk at {sizes[place]} features and samples over that at {sizes[0]} "
        "features",
    )


@study.claim(
    refuted_if="on a task without noise the best ridge's train error is above a tenth of its "
    "test error, or some ridge that leaves half the test error or more on the training data costs "
    "less than 10 %",
    figure="obligatory",
)
def overfitting_obligatory(fitting: Any) -> Verdict:
    """On power-law tasks with little noise the best ridge fits the training data; one that
    does not is worse.
    """
    ratio, cost = _at_best(fitting, 0)
    return judge(
        (ratio < 0.1) & (cost > 0.1),
        value=ratio.max(),
        seen="train over test error at the best ridge, the largest of three tasks; leaving half "
        f"costs at least {cost.min():.2g} of the risk",
    )


@study.claim(
    refuted_if="on a task with snr 1 the best ridge's train error is below a fifth of its test "
    "error",
    figure="obligatory",
)
def not_with_noise(fitting: Any) -> Verdict:
    """With much noise the best ridge leaves the training data unfitted."""
    ratio, _ = _at_best(fitting, 1)
    return judge(
        ratio > 0.2,
        value=ratio.min(),
        seen="train over test error at the best ridge, the smallest of three tasks at snr 1",
    )


@study.figure
def curves(figure: Any, gaussian: Any, digits: Any) -> None:
    """Test error against width for three ridges: theory (lines) and random features (points,
    one standard error).
    """
    left, right = panels(
        figure,
        2,
        xscale="log",
        xlabel="random features per sample",
        ylabel="test error / target variance",
    )
    for index in range(3):
        for ax, found, penalties in (
            (left, gaussian, PENALTIES),
            (right, digits, digits.penalties),
        ):
            mean, error = found.measured[:, index]
            series(ax, index, SHARES, line=found.theory[index])
            series(
                ax, index, SHARES, points=mean, errors=error, label=f"ridge {penalties[index]:g} n"
            )
    left.set(title="power-law task, Gaussian features")
    right.set(title="digits, even against odd, ReLU features")
    for ax in (left, right):
        ax.set(ylim=(0, None))
        ax.legend()


@study.figure
def more(figure: Any, best_ridge: Any) -> None:
    """Risk by theory against width for several sample sizes: at the best ridge, and without one."""
    left, right = panels(
        figure,
        2,
        xscale="log",
        yscale="log",
        xlabel="random features k",
        ylabel="risk / signal variance",
    )
    for index, place in enumerate((0, 2, 4)):
        label = f"{best_ridge.sizes[place]} samples"
        series(left, index, best_ridge.sizes, line=best_ridge.best[place], label=label)
        series(right, index, best_ridge.sizes, line=best_ridge.ridgeless[place], label=label)
    left.set(title="best ridge")
    right.set(title="ridge 1e-9")
    left.legend()


@study.figure
def obligatory(figure: Any, fitting: Any) -> None:
    """Risk over the best against train over test error, along the ridge, for three power-law
    tasks of infinite width.
    """
    axes = panels(
        figure, 2, xlabel="train error / test error", ylabel="risk / risk at the best ridge"
    )
    names = ("λ ~ i^-1.3, v² ~ i^-1.15", "i^-1.5, i^-1.3", "i^-2, i^-1.5")
    for ax, ratios, risks, title in zip(
        axes, fitting.ratios, fitting.risks, ("no noise", "snr 1"), strict=True
    ):
        for index, name in enumerate(names):
            series(ax, index, ratios[index], line=risks[index] / risks[index].min(), label=name)
        ax.set(title=title, xlim=(0, 1), ylim=(0.98, 1.6))
        ax.legend()


def _at_best(fitting: Any, noise: int) -> tuple[Any, Any]:
    """For each task, train over test error at the best ridge, and the cost of a ratio >= 0.5."""
    ratios, risks = fitting.ratios[noise], fitting.risks[noise]
    best = risks.argmin(axis=1)
    unfitted = np.where(ratios >= 0.5, risks, np.inf).min(axis=1)
    return ratios[np.arange(len(best)), best], unfitted / risks.min(axis=1) - 1.0


def _gaussian_risks(rng: np.random.Generator, population: Population, n: int, k: int) -> Any:
    """Risks at each ridge for one draw of Gaussian data and features."""
    p, roots = population.n_features, np.sqrt(population.eigenvalues)
    layer = rng.standard_normal((p, k)) * roots[:, None] / np.sqrt(k)
    X = rng.standard_normal((n, p))
    y = X @ (roots * population.coefficients)
    y = y + np.sqrt(population.noise_variance) * rng.standard_normal(n)
    weights = _ridge(X @ layer, y, n * PENALTIES)
    errors = layer @ weights - (roots * population.coefficients)[:, None]
    return (errors**2).sum(axis=0) + population.noise_variance


def _digit_risks(rng: np.random.Generator, X: Any, y: Any, n: int, k: int, penalties: Any) -> Any:
    """Test errors at each ridge for one choice of rows and features."""
    features = RandomFeatures(k, random_state=int(rng.integers(2**31))).fit_transform(X)
    rows = rng.permutation(len(X))
    weights = _ridge(features[rows[:n]], y[rows[:n]], penalties)
    return ((features[rows[n:]] @ weights - y[rows[n:], None]) ** 2).mean(axis=0)


def _ridge(features: Any, y: Any, penalties: Any) -> Any:
    """Ridge regression weights, with one column per penalty."""
    left, singular, right = np.linalg.svd(features, full_matrices=False)
    shrunk = singular[:, None] / (singular[:, None] ** 2 + penalties)
    return right.T @ (shrunk * (left.T @ y)[:, None])
