"""Risk of random feature models as a function of sample size, width and training time.

Two effective regularizations describe the model: γ, the ridge at which the
infinite-width kernel learns as much, and ``κ = γ(1 - r/k)``, the ridge at which
regression on the population of k features learns as much.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import minimize_scalar

from riskcast._validation import count
from riskcast.filters import Filter
from riskcast.filters._ridge_mixtures import Window, resolvent_mixture
from riskcast.spectra import Population, Spectrum
from riskcast.spectra._newton import solve_from_afar
from riskcast.theory._landmarks import Optimum
from riskcast.theory._result import RiskCurve
from riskcast.theory._risk_curves import warn_of_finite_size
from riskcast.theory._two_point import Kernel, at_second, mix, sum_of_products, times_both

__all__ = ["optimal_random_feature_ridge", "random_feature_risk_curve"]

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]


def random_feature_risk_curve(
    population: Population, n_samples: int, width: int, filter: Filter
) -> RiskCurve:
    """Expected risk along training of the output weights of k random features.

    The population describes the infinite-width kernel: its eigenvalues λ and the
    target coefficients in its eigenfunctions. The features are scaled by ``1/√k``, so
    that their Gram matrix converges to that of the kernel; ridge penalties and
    training times refer to that matrix.

    Parameters
    ----------
    population : Population
        Kernel eigenvalues, target and noise.
    n_samples : int
        Number of training samples n ≥ 1.
    width : int
        Number k ≥ 1 of random features.
    filter : Filter
        Any analytic training rule, started from zero weights.

    Returns
    -------
    RiskCurve
        `weight_norm` is that of the output weights. `bias` includes the effect of the
        random draw of the features.

    Raises
    ------
    TypeError
        If the filter is not analytic, or a size is not a number.
    ValueError
        If a size is below one, or the training rule diverges.

    Warns
    -----
    FiniteSizeWarning
        If the expected finite-size error is above 2 %.

    Notes
    -----
    At a single penalty this is the formula of Simon, Karkada, Ghosh and Belkin,
    "More is better in modern machine learning" (2024). Training needs its extension
    to two penalties z and z'. With γ and γ' from ``z = γ(k - r)(n - r)/k``,
    ``r = Σλ/(λ + γ)``, ``q = Σλ²/((λ + γ)(λ + γ'))``, ``τ = Σλ/((λ + γ)(λ + γ'))``
    and the target power v² = λβ² of each eigenfunction::

        B   = Σ v²γγ'/((λ + γ)(λ + γ')) · (1 + λτ/(k - q))
        df₂ = (q(k - r - r') + rr')/(k - q)
        R   = (B + σ²) n/(n - df₂)

    Simulations confirm the extension (``tests/theory/test_random_features.py``).

    Examples
    --------
    >>> import riskcast as rc
    >>> population = rc.Population.power_law(2000, capacity=1.5, source=0.5, snr=10.0)
    >>> flow = rc.GradientFlow([10.0, 1000.0])
    >>> narrow = rc.theory.random_feature_risk_curve(population, 600, 100, flow)
    >>> wide = rc.theory.random_feature_risk_curve(population, 600, 10_000, flow)
    >>> bool((wide.risk < narrow.risk).all())
    True
    """
    n, k = count(n_samples, "n_samples"), count(width, "width")
    mixture = resolvent_mixture(filter, n, _largest_eigenvalue(population.spectrum, n, k))
    noise, signal = population.noise_variance, population.signal_variance
    curve = {
        "bias": np.full(len(filter), signal),
        "variance": np.zeros(len(filter)),
        "train_risk": np.full(len(filter), signal + noise),
        "weight_norm": np.zeros(len(filter)),
    }
    for window in mixture.windows:
        for name, kernel in _kernels(
            _Layer.at(population.spectrum, n, k, window), population
        ).items():
            curve[name][window.rows] = mix(window.weights, kernel)
    ended = np.isinf(filter.times(n)) & (filter.weight_decay == 0.0)
    _set_peak(curve, ended, population, n, k)
    error = _finite_size_error(population, n, k, filter)
    np.maximum(curve["train_risk"], 0.0, out=curve["train_risk"])  # rounding can make it negative
    warn_of_finite_size(error, n, min(k, population.spectrum.rank))
    return RiskCurve(
        times=filter.times(n),
        risk=noise + curve["bias"] + curve["variance"],
        from_initial_weights=np.zeros(len(filter)),
        noise_variance=noise,
        finite_size_error=error,
        **curve,
    )


def optimal_random_feature_ridge(population: Population, n_samples: int, width: int) -> Optimum:
    """Optimal ridge penalty for k random features, and the risk at that penalty.

    At the optimal penalty more samples and more features never increase the risk
    (Simon et al. 2024, theorem 1).

    Parameters
    ----------
    population : Population
        Kernel eigenvalues, target and noise.
    n_samples, width : int
        Numbers n and k of samples and random features, at least one.

    Returns
    -------
    Optimum
        ``value`` is the penalty z in ``|y - f|² + z|w|²``; zero if the
        ridgeless solution is best.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import riskcast as rc
    >>> population = rc.Population.power_law(2000, capacity=1.5, source=0.5, snr=10.0)
    >>> best = rc.theory.optimal_random_feature_ridge(population, n_samples=300, width=200)
    >>> ridgeless = rc.theory.random_feature_risk_curve(population, 300, 200, rc.Ridge([0.0]))
    >>> bool(best.risk < ridgeless.risk[0])
    True
    """
    n, k = count(n_samples, "n_samples"), count(width, "width")

    def risk(log_penalty: float) -> float:
        return float(_ridge_risks(population, n, k, np.exp([log_penalty]))[0])

    coarse = np.log(population.spectrum.trace) + np.linspace(-40.0, 20.0, 61)
    start = coarse[_ridge_risks(population, n, k, np.exp(coarse)).argmin()]
    best = minimize_scalar(
        risk, bounds=(start - 1.0, start + 1.0), method="bounded", options={"xatol": 1e-6}
    )
    ridgeless = float(_ridge_risks(population, n, k, np.zeros(1))[0])
    if ridgeless <= best.fun:
        return Optimum(0.0, ridgeless)
    return Optimum(float(np.exp(best.x)), float(best.fun))


def _ridge_risks(
    population: Population, n_samples: int, width: int, penalties: FloatArray
) -> FloatArray:
    """Risk of ridge regression at real penalties, from the diagonal of the kernels."""
    count = len(penalties)
    halves = 0.5 * np.eye(count, dtype=np.complex128)
    window = Window(np.arange(count), penalties.astype(np.complex128), halves)
    kernels = _kernels(_Layer.at(population.spectrum, n_samples, width, window), population)
    curve = {name: mix(halves, kernels[name]) for name in ("bias", "variance")}
    _set_peak(curve, penalties == 0.0, population, n_samples, width)
    return population.noise_variance + curve["bias"] + curve["variance"]


@dataclass(frozen=True)
class _Layer:
    """One- and two-point sums of a random layer at the nodes of a window.

    ``r = Σλ/(λ+γ)``, ``q = Σλ²/((λ+γ)(λ+γ'))``, ``τ = Σλ/((λ+γ)(λ+γ'))``; γ solves
    ``ζ = γ(k - r)(n - r)/k``.
    """

    gamma: ComplexArray  # (N,)
    inverses: ComplexArray  # 1/(λ+γ), (N, m)
    samples_left: ComplexArray  # n - r, (N,)
    features_left: ComplexArray  # k - r, (N,)
    tau: ComplexArray  # (2, N, N)
    tau_share: ComplexArray  # τ/(k - q), (2, N, N)
    gap: ComplexArray  # n - df₂, (2, N, N)
    n_samples: int
    width: int

    @classmethod
    def at(cls, spectrum: Spectrum, n_samples: int, width: int, window: Window) -> _Layer:
        gamma = _kernel_ridge(spectrum, n_samples, width, window.nodes)
        inverses = 1.0 / (spectrum.values + gamma[:, None])
        tau = sum_of_products(inverses * np.sqrt(spectrum.values), spectrum.multiplicities)
        unlearned = gamma * (inverses @ spectrum.multiplicities)
        samples_left = (n_samples - spectrum.rank) + unlearned
        features_left = (width - spectrum.rank) + unlearned
        # The smaller of the two cancels below the rank: compute it from ζ and the other.
        if n_samples < min(width, spectrum.rank):
            samples_left = width * window.nodes / (gamma * features_left)
        elif width < min(n_samples, spectrum.rank):
            features_left = width * window.nodes / (gamma * samples_left)
        # r - q = γ'τ = γτ + r - r'; these sums avoid cancellation.
        width_gap = at_second(features_left) + gamma[:, None] * tau
        ended = width_gap == 0  # as many features as directions, and all are learned
        tau_share = np.where(ended, 0.0, tau / np.where(ended, 1.0, width_gap))
        # n - df₂ = (n - q) - (r - q)(r' - q)/(k - q)
        gap = at_second(samples_left) + (gamma * features_left)[:, None] * tau_share
        return cls(
            gamma=gamma,
            inverses=inverses,
            samples_left=samples_left,
            features_left=features_left,
            tau=tau,
            tau_share=tau_share,
            gap=gap,
            n_samples=n_samples,
            width=width,
        )


def _kernels(layer: _Layer, population: Population) -> dict[str, Kernel]:
    """Kernels of bias, variance, training risk and weight norm."""
    n, noise = layer.n_samples, population.noise_variance
    values = population.spectrum.values
    powers = population.squared_coefficients * values
    halves = layer.inverses * np.sqrt(values)
    weighted = sum_of_products(halves, powers)
    root = np.sqrt(layer.gamma)
    power = sum_of_products(root[:, None] * halves, population.squared_coefficients)
    gamma, others = layer.gamma[:, None], at_second(layer.gamma)
    seen = times_both(root, power) + gamma * (others * layer.tau_share * weighted)
    alone = layer.gamma * (layer.inverses @ powers)
    left = layer.samples_left / n
    nothing = np.zeros_like(alone)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        bias = _finite(seen * n / layer.gap)
        variance = _finite(noise * (n - layer.gap) / layer.gap)
        train = _finite(times_both(left, seen + noise) * n / layer.gap)
        norm = _finite(_norm_pairs(layer, weighted, alone + noise))
    total = population.signal_variance
    return {
        "bias": Kernel(bias, alone, total),
        "variance": Kernel(variance, nothing, 0.0),
        "train_risk": Kernel(train, left * (alone + noise), total + noise),
        "weight_norm": Kernel(norm, nothing, 0.0),
    }


def _finite(pairs: ComplexArray) -> ComplexArray:
    """Replace non-finite entries by zero; `_set_peak` fills in the limits at the peak."""
    return np.where(np.isfinite(pairs), pairs, 0.0)


def _norm_pairs(layer: _Layer, weighted: ComplexArray, unexplained: ComplexArray) -> ComplexArray:
    """``E yᵀ(K+ζ)⁻¹ K (K+ζ')⁻¹ y``, the difference quotient of ``(n - r)(Σv²γ/(λ+γ) + σ²)``.

    Numerator and denominator are divided by γ' - γ, to avoid cancellation.
    """
    k = layer.width
    others, others_features = at_second(layer.samples_left), at_second(layer.features_left)
    gamma, mine = layer.gamma[:, None], layer.features_left[:, None]
    numerator = others * weighted + unexplained[:, None] * layer.tau
    denominator = others_features * others + gamma * layer.tau * (others + mine)
    return k * numerator / denominator


def _kernel_ridge(
    spectrum: Spectrum, n_samples: int, width: int, penalties: ComplexArray
) -> ComplexArray:
    """Solve ``ζ = γ(k - r)(n - r)/k`` for γ."""

    def equation(gamma: ComplexArray) -> tuple[ComplexArray, ComplexArray]:
        inverse = 1.0 / (spectrum.values + gamma[:, None])
        first = gamma * (inverse @ spectrum.multiplicities)
        second = first - (gamma[:, None] * inverse) ** 2 @ spectrum.multiplicities
        samples, features = n_samples - spectrum.rank + first, width - spectrum.rank + first
        value = gamma * samples * features / width
        return value, (samples * features + second * (samples + features)) / width

    smaller = min(n_samples, width)
    gamma = np.empty_like(penalties)
    ended = penalties == 0
    limit = spectrum.effective_regularization(0.0, smaller)[0].real
    gamma[ended] = limit
    gamma[~ended] = solve_from_afar(
        equation,
        penalties[~ended],
        lambda target: target / n_samples + spectrum.trace * (1.0 / n_samples + 1.0 / width),
    )
    return gamma


def _set_peak(
    curve: dict[str, FloatArray],
    ended: NDArray[np.bool_],
    population: Population,
    n_samples: int,
    width: int,
) -> None:
    """Set the diverging errors at the interpolation threshold after full training."""
    rank = population.spectrum.rank
    if width == rank < n_samples and "weight_norm" in curve:
        # The inverse of a square feature matrix has an infinite mean square.
        known = population.signal_variance + population.noise_variance
        curve["weight_norm"][ended] = np.inf if known else 0.0
    if n_samples != min(width, rank) or not ended.any():
        return
    # With too few features, the part that they cannot learn acts as noise.
    diverging = ["bias", "weight_norm"] if width < rank else []
    diverging += ["variance", "weight_norm"] if population.noise_variance else []
    for name in diverging:
        if name in curve:
            curve[name][ended] = np.inf
    if "variance" not in diverging:
        curve["variance"][ended] = 0.0
    if "train_risk" in curve:
        curve["train_risk"][ended] = 0.0


def _largest_eigenvalue(spectrum: Spectrum, n_samples: int, width: int) -> float:
    """Upper bound on the largest eigenvalue of the Gram matrix of n samples of k features.

    Chevet's bound for Gaussian samples, applied to the covariance of the features.
    """
    top = spectrum.largest_sample_eigenvalue(width) / width
    return float((np.sqrt(n_samples * top) + np.sqrt(spectrum.trace)) ** 2)


def _finite_size_error(population: Population, n_samples: int, width: int, filter: Filter) -> float:
    """Expected relative error ``1/(n - df₂)`` at the last time, as in `risk_curve`."""
    latest = float(np.max(filter.times(n_samples)))
    if latest == 0.0:
        return 0.0
    penalty = n_samples * (filter.weight_decay + 1.0 / latest)
    window = Window(np.arange(1), np.array([penalty + 0j]), np.ones((1, 1), dtype=np.complex128))
    layer = _Layer.at(population.spectrum, n_samples, width, window)
    return float(1.0 / max(1.0, layer.gap[0, 0, 0].real))
