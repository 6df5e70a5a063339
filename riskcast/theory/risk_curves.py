"""The risk of any population at any moment of training, without sampling."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from riskcast.checks import count, number
from riskcast.filters import Filter
from riskcast.resolvents import Window, resolvent_mixture
from riskcast.spectra import Population
from riskcast.theory._result import FiniteSizeWarning, RiskCurve
from riskcast.theory._two_point import Kernel, TwoPoint, at_second, mix, times_both

__all__ = ["risk_curve"]

FloatArray = NDArray[np.float64]
Parts = dict[str, FloatArray]

_LONG = 200  # distinct eigenvalues from which a compressed spectrum pays
_WIDEST_ANGLE = 0.82 * np.pi  # of κ, up to which the compression is exact to rounding
_WORTH_A_WARNING = 0.02  # expected finite-size error, relative, above which to speak up


def risk_curve(
    population: Population, n_samples: int, filter: Filter, init_variance: float = 0.0
) -> RiskCurve:
    """Expected risk along training on `n_samples` fresh samples of a population.

    The deterministic equivalent: exact as n and p grow together, for Gaussian
    features and beyond (Hastie, Montanari, Rosset and Tibshirani 2022; for
    isotropic features Advani, Saxe and Sompolinsky 2020). At finite size the
    relative error is some ``1/|n - p|`` late in training.

    Parameters
    ----------
    population : Population
        Spectrum, target and noise.
    n_samples : int
        Number of training samples n ≥ 1. There is no intercept; with one, n
        samples act like n - 1.
    filter : Filter
        Any analytic training rule: GradientFlow, GradientDescent, HeavyBall,
        Nesterov or Ridge. Weight decay is the filter's.
    init_variance : float, default 0.0
        Variance σ₀² of each initial weight, drawn independently of the data.
        With Ridge, the weights are shrunk towards these.

    Returns
    -------
    RiskCurve
        ``risk = noise_variance + bias + variance`` and more, each of shape (T,).

    Raises
    ------
    TypeError
        If the filter is not analytic.
    ValueError
        If `n_samples` is below one or `init_variance` negative.

    Warns
    -----
    FiniteSizeWarning
        If the finite-size error to expect is above 2 %.

    Examples
    --------
    >>> import riskcast as rc
    >>> population = rc.Population.isotropic(400, snr=4.0)
    >>> flow = rc.GradientFlow([0.0, 1.0, float("inf")])
    >>> curve = rc.theory.risk_curve(population, n_samples=800, filter=flow)
    >>> curve.risk.round(4)  # at the end σ²α/(α - 1)
    array([1.25  , 0.5579, 0.5   ])
    """
    curve = unwarned_curve(population, n_samples, filter, init_variance)
    warn_of_finite_size(curve.finite_size_error, n_samples, population.spectrum.rank)
    return curve


def unwarned_curve(
    population: Population, n_samples: int, filter: Filter, init_variance: float
) -> RiskCurve:
    """`risk_curve` for callers that compute many and warn once."""
    n_samples = count(n_samples, "n_samples")
    init_variance = number(init_variance, "init_variance")
    edge = population.spectrum.largest_sample_eigenvalue(n_samples)
    mixture = resolvent_mixture(filter, n_samples, edge)
    curve = _untrained(population, len(filter), init_variance)
    for window in mixture.windows:
        parts = _parts_of_window(population, n_samples, window, mixture.shift, init_variance)
        for name, values in parts.items():
            curve[name][window.rows] = values
    error = _finite_size_error(population, n_samples, filter)
    np.maximum(curve["train_risk"], 0.0, out=curve["train_risk"])  # rounding goes below zero
    noise = population.noise_variance
    return RiskCurve(
        times=filter.times(n_samples),
        risk=noise + curve["bias"] + curve["variance"],
        noise_variance=noise,
        finite_size_error=error,
        **curve,
    )


def _untrained(population: Population, n_moments: int, init_variance: float) -> Parts:
    """Every part of the curve before anything is learned."""
    bias = population.signal_variance + init_variance * population.spectrum.trace
    constants = {
        "bias": bias,
        "variance": 0.0,
        "train_risk": bias + population.noise_variance,
        "weight_norm": init_variance * population.n_features,
        "from_initial_weights": init_variance * population.spectrum.trace,
    }
    return {name: np.full(n_moments, value) for name, value in constants.items()}


def _parts_of_window(
    population: Population, n_samples: int, window: Window, shift: float, init_variance: float
) -> Parts:
    """Mix the kernels of the signal, of the noise and of the initial weights."""
    zero = window.nodes == 0
    if zero.any() and n_samples == population.spectrum.rank:
        return _parts_at_the_peak(population, window, zero, n_samples, shift, init_variance)
    population, two_point = _solved(population, n_samples, window)
    kernels = _signal_kernels(two_point, population)
    for name, kernel in _noise_kernels(two_point).items():
        _add(kernels, name, kernel, population.noise_variance)
    if init_variance:
        initial = _initial_kernels(two_point, population, shift)
        _add(kernels, "from_initial_weights", initial.pop("bias"), init_variance)
        for name, kernel in initial.items():
            _add(kernels, name, kernel, init_variance)
    parts = {name: mix(window.weights, kernel) for name, kernel in kernels.items()}
    parts.setdefault("from_initial_weights", np.zeros(len(window.rows)))
    parts["bias"] = parts["bias"] + parts["from_initial_weights"]
    return parts


def _add(kernels: dict[str, Kernel], name: str, kernel: Kernel, factor: float) -> None:
    """Add a multiple of a kernel: mixing is linear and costs the most, so add first."""
    before = kernels.get(name, Kernel(0.0 * kernel.pairs, 0.0 * kernel.single, 0.0))
    kernels[name] = Kernel(
        before.pairs + factor * kernel.pairs,
        before.single + factor * kernel.single,
        before.none + factor * kernel.none,
    )


def _solved(population: Population, n_samples: int, window: Window) -> tuple[Population, TwoPoint]:
    """The two-point sums of a window, over a compressed spectrum where that is exact."""
    if len(population.spectrum.values) > _LONG and len(window.nodes) > 1:
        short = population.compressed
        two_point = TwoPoint.at(short, n_samples, window)
        # A κ close to the negative axis would see single eigenvalues.
        if (np.abs(np.angle(two_point.kappa)) <= _WIDEST_ANGLE).all():
            return short, two_point
    return population, TwoPoint.at(population, n_samples, window)


def _signal_kernels(two_point: TwoPoint, population: Population) -> dict[str, Kernel]:
    """Kernels of bias, train risk and squared weight norm that β brings.

    Risk: the formula of the guide's page on the theory, which at equal penalties
    is Hastie et al. (2022), theorem 5; train risk: that times ``ζζ'/(n²κκ')``.
    The norm: with ``E w_ζᵀ w_ζ'`` from ``(ζ - ζ')/(κ - κ') = n - df₂``, which
    spares a difference quotient.
    """
    values, squares = population.spectrum.values, population.squared_coefficients
    n, kappa, spare = two_point.n_samples, two_point.kappa, two_point.spare
    inverses = two_point.inverses
    root = np.sqrt(kappa)
    bias = times_both(root, two_point.power) * (n / two_point.gap)
    shares = inverses @ (squares * values)
    alone = kappa * shares
    total = population.signal_variance
    ended = kappa == 0  # where ζ is zero, too
    over_root = np.where(ended, 0.0, 1.0 / np.where(ended, 1.0, root))[:, None]
    # ζ' = κ'(n - df₁'), of which the power holds √κ' already.
    norm = shares[:, None] - (
        over_root * at_second(root) * at_second(spare) * two_point.power / two_point.gap
    )
    return {
        "bias": Kernel(bias, alone, total),
        "train_risk": Kernel(times_both(spare / n, bias), spare / n * alone, total),
        "weight_norm": Kernel(norm, np.zeros_like(kappa), 0.0),
    }


def _noise_kernels(two_point: TwoPoint) -> dict[str, Kernel]:
    """The same for noise of variance one."""
    n, spare, gap = two_point.n_samples, two_point.spare, two_point.gap
    nothing = np.zeros_like(two_point.kappa)
    return {
        "variance": Kernel((n - gap) / gap, nothing, 0.0),
        "train_risk": Kernel(times_both(spare, 1.0 / (n * gap)), spare / n, 1.0),
        "weight_norm": Kernel(two_point.directions / gap, nothing, 0.0),
    }


def _initial_kernels(
    two_point: TwoPoint, population: Population, shift: float
) -> dict[str, Kernel]:
    """The same for initial weights of variance one, which decay by ``z/(S + ζ)``."""
    spectrum, n, kappa = population.spectrum, two_point.n_samples, two_point.kappa
    left = two_point.start_left(shift)
    kept = left * kappa
    first = two_point.directions
    counted = two_point.inverses @ spectrum.multiplicities
    lost = times_both(kept, first) / two_point.gap
    null = spectrum.n_features - spectrum.rank
    moved = times_both(
        left, (kappa * counted + null)[:, None] - two_point.nodes[:, None] * first / two_point.gap
    )
    trace = spectrum.trace
    alone = kept * (two_point.inverses @ (spectrum.values * spectrum.multiplicities))
    spare = two_point.spare / n
    return {
        "bias": Kernel(n * lost, alone, trace),
        "train_risk": Kernel(n * times_both(spare, lost), spare * alone, trace),
        "weight_norm": Kernel(moved, left * (kappa * counted + null), float(spectrum.n_features)),
    }


def _parts_at_the_peak(
    population: Population,
    window: Window,
    zero: NDArray[np.bool_],
    n_samples: int,
    shift: float,
    init_variance: float,
) -> Parts:
    """As many samples as directions, trained to the end: everything fits, noise diverges.

    Limits of the kernels as κ → 0 with ``n - df₂ → 0``: what comes from noise
    is infinite, all other errors vanish.
    """
    ended = (window.weights[:, zero] != 0).any(axis=1)
    parts = _untrained(population, len(window.rows), init_variance)
    if not ended.all():
        others = Window(window.rows[~ended], window.nodes[~zero], window.weights[~ended][:, ~zero])
        open_parts = _parts_of_window(population, n_samples, others, shift, init_variance)
        for name, values in open_parts.items():
            parts[name][~ended] = values
    diverged = np.inf if population.noise_variance else 0.0
    null = population.n_features - population.spectrum.rank
    kept = init_variance * null + float(population.squared_coefficients.sum())
    limits = {"variance": diverged, "weight_norm": diverged + kept}
    for name in parts:
        parts[name][ended] = limits.get(name, 0.0)
    return parts


def _finite_size_error(population: Population, n_samples: int, filter: Filter) -> float:
    """Relative error to expect at the last moment, ``1/(n - df₂)``, at most one.

    Late in training this is the ``1/|n - p|`` by which the exact mean of an
    inverse Wishart matrix differs from its limit. Earlier, gradient flow at t
    is taken as ridge at n/t.
    """
    latest = float(np.max(filter.times(n_samples)))
    penalty = n_samples * filter.weight_decay + (n_samples / latest if latest > 0 else np.inf)
    if np.isinf(penalty):
        return 0.0
    spectrum = population.spectrum
    kappa = spectrum.effective_regularization(penalty, n_samples).real[0]
    shares = spectrum.values / (spectrum.values + kappa)
    return float(1.0 / max(1.0, n_samples - shares**2 @ spectrum.multiplicities))


def warn_of_finite_size(error: float, n_samples: int, n_directions: int) -> None:
    """Say once, to whoever called the public function, how far off the theory may be."""
    if error <= _WORTH_A_WARNING:
        return
    warnings.warn(
        f"{n_samples} samples of {n_directions} directions: the theory holds where the two differ "
        f"by much; late in training expect a relative error of some {error:.0%} in bias and "
        "variance. Simulate if that is too much",
        FiniteSizeWarning,
        stacklevel=3,
    )
