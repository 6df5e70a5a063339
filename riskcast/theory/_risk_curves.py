"""Expected risk along training for any population, without sampling."""

from __future__ import annotations

import warnings

import numpy as np
from numpy.typing import NDArray

from riskcast._validation import count, number
from riskcast.filters import Filter
from riskcast.filters._ridge_mixtures import Window, resolvent_mixture
from riskcast.spectra import Population
from riskcast.theory._result import FiniteSizeWarning, RiskCurve
from riskcast.theory._two_point import Kernel, TwoPoint, at_second, mix, times_both

__all__ = ["risk_curve"]

FloatArray = NDArray[np.float64]
Parts = dict[str, FloatArray]

_LONG = 200  # distinct eigenvalues above which a compressed spectrum is faster
_WIDEST_ANGLE = 0.82 * np.pi  # largest angle of κ at which compression is exact to rounding
_WORTH_A_WARNING = 0.02  # expected relative finite-size error above which to warn


def risk_curve(
    population: Population, n_samples: int, filter: Filter, init_variance: float = 0.0
) -> RiskCurve:
    """Expected risk along training on `n_samples` samples from a population.

    This is the deterministic equivalent, exact in the limit of proportionally
    growing n and p, for Gaussian and more general features (Hastie, Montanari,
    Rosset and Tibshirani 2022; for isotropic features Advani, Saxe and Sompolinsky
    2020). At finite size the relative error late in training is about
    ``1/|n - p|``.

    Parameters
    ----------
    population : Population
        Spectrum, target and noise.
    n_samples : int
        Number of training samples n ≥ 1. The model has no intercept; with an intercept,
        use n - 1.
    filter : Filter
        Any analytic training rule: GradientFlow, GradientDescent, HeavyBall,
        Nesterov or Ridge. It also sets the weight decay.
    init_variance : float, default 0.0
        Variance σ₀² of each initial weight, drawn independently of the data.
        With Ridge, weights are shrunk towards the initial weights.

    Returns
    -------
    RiskCurve
        ``risk = noise_variance + bias + variance`` and other quantities, of shape (T,).

    Raises
    ------
    TypeError
        If the filter is not analytic, or an argument is not a number.
    ValueError
        If `n_samples` is below one, `init_variance` is negative, or the training rule
        diverges.

    Warns
    -----
    FiniteSizeWarning
        If the expected finite-size error is above 2 %.

    Examples
    --------
    >>> import riskcast as rc
    >>> population = rc.Population.isotropic(400, snr=4.0)
    >>> flow = rc.GradientFlow([0.0, 1.0, float("inf")])
    >>> curve = rc.theory.risk_curve(population, n_samples=800, filter=flow)
    >>> curve.risk.round(4)  # the last is σ²α/(α - 1)
    array([1.25  , 0.5579, 0.5   ])
    """
    curve = unwarned_curve(population, n_samples, filter, init_variance)
    warn_of_finite_size(curve.finite_size_error, n_samples, population.spectrum.rank)
    return curve


def unwarned_curve(
    population: Population, n_samples: int, filter: Filter, init_variance: float
) -> RiskCurve:
    """`risk_curve` without the warning, for callers that compute many and warn once."""
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
    np.maximum(curve["train_risk"], 0.0, out=curve["train_risk"])  # rounding can make it negative
    noise = population.noise_variance
    return RiskCurve(
        times=filter.times(n_samples),
        risk=noise + curve["bias"] + curve["variance"],
        noise_variance=noise,
        finite_size_error=error,
        **curve,
    )


def _untrained(population: Population, n_moments: int, init_variance: float) -> Parts:
    """All components of the curve before training."""
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
    """Components of the risk in one window: sum the signal, noise and initial kernels."""
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
    """Add a multiple of a kernel. Mixing is linear and the costliest step, so add first."""
    before = kernels.get(name, Kernel(0.0 * kernel.pairs, 0.0 * kernel.single, 0.0))
    kernels[name] = Kernel(
        before.pairs + factor * kernel.pairs,
        before.single + factor * kernel.single,
        before.none + factor * kernel.none,
    )


def _solved(population: Population, n_samples: int, window: Window) -> tuple[Population, TwoPoint]:
    """Two-point sums of a window, over a compressed spectrum where that is exact."""
    if len(population.spectrum.values) > _LONG and len(window.nodes) > 1:
        short = population.compressed
        two_point = TwoPoint.at(short, n_samples, window)
        # For κ close to the negative axis the summand is not smooth.
        if (np.abs(np.angle(two_point.kappa)) <= _WIDEST_ANGLE).all():
            return short, two_point
    return population, TwoPoint.at(population, n_samples, window)


def _signal_kernels(two_point: TwoPoint, population: Population) -> dict[str, Kernel]:
    """Contribution of β to the kernels of bias, training risk and squared weight norm.

    Bias: the formula in the guide's theory page; at equal penalties it is Hastie et
    al. (2022), theorem 5. Training risk: the bias times ``ζζ'/(n²κκ')``. Weight norm:
    ``E w_ζᵀ w_ζ'``, where ``(ζ - ζ')/(κ - κ') = n - df₂`` replaces a difference
    quotient.
    """
    values, squares = population.spectrum.values, population.squared_coefficients
    n, kappa, spare = two_point.n_samples, two_point.kappa, two_point.spare
    inverses = two_point.inverses
    root = np.sqrt(kappa)
    bias = times_both(root, two_point.power) * (n / two_point.gap)
    shares = inverses @ (squares * values)
    alone = kappa * shares
    total = population.signal_variance
    ended = kappa == 0  # here ζ is zero, too
    over_root = np.where(ended, 0.0, 1.0 / np.where(ended, 1.0, root))[:, None]
    # ζ' = κ'(n - df₁'); `power` already contains a factor √κ'.
    norm = shares[:, None] - (
        over_root * at_second(root) * at_second(spare) * two_point.power / two_point.gap
    )
    return {
        "bias": Kernel(bias, alone, total),
        "train_risk": Kernel(times_both(spare / n, bias), spare / n * alone, total),
        "weight_norm": Kernel(norm, np.zeros_like(kappa), 0.0),
    }


def _noise_kernels(two_point: TwoPoint) -> dict[str, Kernel]:
    """Contribution of noise of variance one to the kernels."""
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
    """Contribution of initial weights of variance one, which decay by ``z/(S + ζ)``."""
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
    """Components of the risk with as many samples as directions, after full training.

    Limits of the kernels as κ → 0 with ``n - df₂ → 0``: contributions of noise
    (variance and weight norm) are infinite, and all other errors are zero.
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
    """Expected relative error at the last time, ``1/(n - df₂)``, at most one.

    Late in training this is ``1/|n - p|``, the relative difference between the exact
    mean of an inverse Wishart matrix and its limit. At earlier times t, gradient flow
    is treated as ridge with penalty n/t.
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
    """Warn the caller of the public function if the theory may be inaccurate."""
    if error <= _WORTH_A_WARNING:
        return
    warnings.warn(
        f"{n_samples} samples of {n_directions} directions: the theory is accurate where the two "
        f"differ strongly; late in training expect a relative error of about {error:.0%} in bias "
        "and variance. Simulate if that is too large",
        FiniteSizeWarning,
        stacklevel=3,
    )
