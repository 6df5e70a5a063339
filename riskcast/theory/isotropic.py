"""Uncorrelated features: the case solved by Advani, Saxe and Sompolinsky (2020).

Everything is an integral over the Marchenko-Pastur law. Features have variance
one and the signal has variance one, so that the noise variance is ``1/snr``;
load is ``α = n/p``, samples per feature. Time is that of gradient flow on
``|y - Xw|²/(2n)``.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from riskcast.checks import count, number, positive, positive_finite
from riskcast.filters import Filter
from riskcast.spectra import MarchenkoPastur
from riskcast.theory._result import RiskCurve
from riskcast.theory.risk_curves import warn_of_finite_size

__all__ = [
    "Optimum",
    "early_stopping_cost",
    "final_risk",
    "frozen_init_share",
    "frozen_share",
    "gap_time",
    "isotropic_risk_curve",
    "optimal_ridge",
    "optimal_stopping",
    "peak_growth",
    "spectral_gap",
]

FloatArray = NDArray[np.float64]

_NEAR_ZERO = 1e-200  # an eigenvalue as good as zero whose share learned is still a number


class Optimum(NamedTuple):
    """The best value of a knob and the risk there."""

    value: float
    risk: float


def isotropic_risk_curve(
    n_features: int, n_samples: int, snr: float, filter: Filter, init_variance: float = 0.0
) -> RiskCurve:
    """Risk along training with uncorrelated features, as Marchenko-Pastur integrals.

    Equals ``risk_curve(Population.isotropic(n_features, snr), ...)``, by real
    integrals over the sample spectrum instead of contours (Advani, Saxe and
    Sompolinsky 2020; weight decay and weight norm likewise).

    Parameters
    ----------
    n_features, n_samples : int
        Sizes p and n, at least one.
    snr : float
        Signal-to-noise ratio, positive; ``inf`` for no noise.
    filter : Filter
        Any training rule that acts on each eigenvalue alone.
    init_variance : float, default 0.0
        Variance σ₀² of each initial weight.

    Returns
    -------
    RiskCurve

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If an argument is out of its range.

    Warns
    -----
    FiniteSizeWarning
        If the finite-size error to expect is above 2 %.

    Examples
    --------
    >>> import riskcast as rc
    >>> flow = rc.GradientFlow([1.0, float("inf")])
    >>> rc.theory.isotropic_risk_curve(400, 400, 4.0, flow).risk.round(4)
    array([0.7, inf])
    """
    p, n = count(n_features, "n_features"), count(n_samples, "n_samples")
    noise = 1.0 / positive(snr, "snr")
    init = p * number(init_variance, "init_variance")
    law = MarchenkoPastur(n / p)
    ended = np.isinf(filter.times(n)) & (filter.weight_decay == 0.0)
    diverging = ended & (n == p)
    error, error_pulled, shrunk, pulled, unfit, start, start_pulled = law.integrate(
        lambda values: _integrands(filter, values, n, diverging)
    )
    start = start + law.atom * _start_left(filter, np.array([_NEAR_ZERO]), n, ended)[:, 0] ** 2
    pulled = np.where(diverging, np.inf, pulled) if noise else np.zeros_like(pulled)
    bias = error + law.atom + init * start
    variance = noise * (p / n) * pulled
    size_error = _finite_size_error(p, n, filter)
    warn_of_finite_size(size_error, n, p)
    return RiskCurve(
        times=filter.times(n),
        risk=noise + bias + variance,
        bias=bias,
        variance=variance,
        train_risk=error_pulled + noise * (1.0 - p / n * unfit) + init * start_pulled,
        weight_norm=shrunk + variance + init * start,
        from_initial_weights=init * start,
        noise_variance=noise,
        finite_size_error=size_error,
    )


def _integrands(
    filter: Filter, values: FloatArray, n_samples: int, diverging: NDArray[np.bool_]
) -> FloatArray:
    """What has to be averaged over the bulk, shape (7, T, N).

    With h the share learned, r = 1 - h and r₀ the share of initial weights
    left: r², λr², h², h²/λ, 1 - r², r₀², λr₀². Where the integral of h²/λ
    diverges it is left out.
    """
    learned = filter.shrinkage(n_samples * values, n_samples)
    left = filter.residual(n_samples * values, n_samples) ** 2
    start = _start_left(filter, values, n_samples, np.zeros_like(diverging)) ** 2
    squared = learned**2
    pulled = np.where(diverging[:, None], 0.0, squared / values)
    return np.stack([left, values * left, squared, pulled, 1.0 - left, start, values * start])


def _start_left(
    filter: Filter, values: FloatArray, n_samples: int, frozen: NDArray[np.bool_]
) -> FloatArray:
    """Share of the initial weights left, which decay also where no target is learned.

    What the rule has covered of the way to its end point, ``h(λ) = λ/(λ + μ)``,
    it has covered of the way from its start.
    """
    if filter.weight_decay == 0.0:
        left = filter.residual(n_samples * values, n_samples)
        return np.where(frozen[:, None], 1.0, left)
    learned = filter.shrinkage(n_samples * values, n_samples)
    return 1.0 - learned * (1.0 + filter.weight_decay / values)


def final_risk(load: float, snr: float, init_power: float = 0.0) -> float:
    """Risk after training to the end without weight decay.

    ``σ²α/(α - 1)`` above the interpolation threshold, and below it
    ``(1 - α)(1 + init_power) + σ²/(1 - α)``; at the threshold infinite with
    noise (Advani, Saxe and Sompolinsky 2020; Hastie et al. 2022).

    Parameters
    ----------
    load : float
        Samples per feature α, positive.
    snr : float
        Signal-to-noise ratio, positive; ``inf`` for no noise.
    init_power : float, default 0.0
        Expected squared norm of the initial weights, over that of the target.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import riskcast as rc
    >>> rc.theory.final_risk(load=2.0, snr=1.0), rc.theory.final_risk(load=1.0, snr=1.0)
    (2.0, inf)
    """
    load, noise = _checked(load, snr)
    frozen = max(0.0, 1.0 - load) * (1.0 + number(init_power, "init_power"))
    if noise == 0.0:
        return frozen
    if load == 1.0:
        return np.inf
    return frozen + (noise * load / (load - 1.0) if load > 1.0 else noise / (1.0 - load))


def optimal_stopping(load: float, snr: float, init_power: float = 0.0) -> Optimum:
    """The time at which to stop gradient flow, and the risk there.

    The root of the risk's derivative in time (Advani, Saxe and Sompolinsky
    2020).

    Parameters
    ----------
    load : float
        Samples per feature α, positive.
    snr : float
        Signal-to-noise ratio, positive. Without noise training never hurts and
        the time is infinite.
    init_power : float, default 0.0
        Expected squared norm of the initial weights, over that of the target.

    Returns
    -------
    Optimum
        ``value`` is the time.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import riskcast as rc
    >>> best = rc.theory.optimal_stopping(load=1.0, snr=5.0)
    >>> round(best.value, 3), round(best.risk, 3)
    (3.067, 0.568)
    """
    load, noise = _checked(load, snr)
    start = 1.0 + number(init_power, "init_power")
    if noise == 0.0:
        return Optimum(np.inf, final_risk(load, snr, init_power))
    law = MarchenkoPastur(load)

    def slope(log_time: float) -> float:
        # Scaled by the slowest mode's decay, lest late times underflow to zero.
        time = np.exp(log_time)
        terms = law.integrate(
            lambda values: np.stack(
                [
                    values * np.exp(-time * (2.0 * values - law.lower_edge)),
                    -np.expm1(-time * values) * np.exp(-time * (values - law.lower_edge)),
                ]
            )
        )
        return float(noise / load * terms[1] - start * terms[0])

    low, high = -5.0, 1.0
    while slope(low) > 0.0:
        low -= 5.0
    while slope(high) < 0.0:
        high += 2.0
    time = float(np.exp(brentq(slope, low, high, xtol=1e-13)))
    return Optimum(time, _risk_at(time, law, noise, start))


def _risk_at(time: float, law: MarchenkoPastur, noise: float, start: float) -> float:
    left, pulled = law.integrate(
        lambda values: np.stack(
            [np.exp(-2.0 * time * values), np.expm1(-time * values) ** 2 / values]
        )
    )
    return float(noise + start * (left + law.atom) + noise / law.load * pulled)


def optimal_ridge(load: float, snr: float) -> Optimum:
    """The weight decay of the best ridge regression, and its risk.

    The weight decay is ``1/(α·snr)``, the penalty ``p/snr`` (Advani, Saxe and
    Sompolinsky 2020; Dobriban and Wager 2018).

    Parameters
    ----------
    load : float
        Samples per feature α, positive.
    snr : float
        Signal-to-noise ratio, positive; ``inf`` for no noise.

    Returns
    -------
    Optimum
        ``value`` is the weight decay.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import riskcast as rc
    >>> best = rc.theory.optimal_ridge(load=1.0, snr=5.0)
    >>> best.value, round(best.risk, 3)
    (0.2, 0.558)
    """
    load, noise = _checked(load, snr)
    weight_decay = noise / load
    kappa = _effective_regularization(load, weight_decay)
    gap = 1.0 - 1.0 / (load * (1.0 + kappa) ** 2)
    if gap <= 0.0:  # at the threshold without noise, where everything is learned
        return Optimum(weight_decay, 0.0)
    return Optimum(weight_decay, float(((kappa / (1.0 + kappa)) ** 2 + noise) / gap))


def _effective_regularization(load: float, weight_decay: float) -> float:
    """The root of ``μ = κ (1 - 1/(α(1 + κ)))``, a quadratic equation."""
    linear = 1.0 - 1.0 / load - weight_decay
    root = float(np.sqrt(linear**2 + 4.0 * weight_decay))
    return 2.0 * weight_decay / (linear + root) if linear > 0 else 0.5 * (root - linear)


def _finite_size_error(n_features: int, n_samples: int, filter: Filter) -> float:
    """As for `risk_curve`: one over ``n - df₂`` at the last moment."""
    latest = float(np.max(filter.times(n_samples)))
    if latest == 0.0:
        return 0.0
    kappa = _effective_regularization(n_samples / n_features, filter.weight_decay + 1.0 / latest)
    return 1.0 / max(1.0, n_samples - n_features / (1.0 + kappa) ** 2)


def early_stopping_cost(load: float, snr: float) -> float:
    """What early stopping pays over the best ridge: ratio of their best risks, less one.

    At most 3.4 % wherever it was looked for.

    Parameters
    ----------
    load : float
        Samples per feature α, positive.
    snr : float
        Signal-to-noise ratio, positive and finite.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import riskcast as rc
    >>> round(rc.theory.early_stopping_cost(load=1.05, snr=600.0), 3)
    0.034
    """
    best = optimal_ridge(load, snr).risk
    stopped = optimal_stopping(load, snr).risk
    return stopped / best - 1.0 if best else 0.0


def frozen_share(load: float) -> float:
    """Share of directions that no sample reaches, ``max(0, 1 - α)``.

    With an intercept one sample goes into it: the load is ``(n - 1)/p``.

    Parameters
    ----------
    load : float
        Samples per feature α, positive.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import riskcast as rc
    >>> rc.theory.frozen_share(0.25)
    0.75
    """
    return MarchenkoPastur(load).atom


def spectral_gap(load: float) -> float:
    """Smallest positive eigenvalue of ``XᵀX/n``, ``(1 - 1/√α)²``.

    Training is over once time is long against its inverse, `gap_time`; near
    α = 1 that is ``4/(1 - α)²``.

    Parameters
    ----------
    load : float
        Samples per feature α, positive.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import riskcast as rc
    >>> rc.theory.spectral_gap(4.0), rc.theory.gap_time(4.0)
    (0.25, 4.0)
    """
    return MarchenkoPastur(load).lower_edge


def gap_time(load: float) -> float:
    """Time scale on which the slowest direction is learned, ``1/spectral_gap``.

    Parameters
    ----------
    load : float
        Samples per feature α, positive.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import riskcast as rc
    >>> rc.theory.gap_time(1.0)
    inf
    """
    gap = spectral_gap(load)
    return 1.0 / gap if gap else np.inf


def frozen_init_share(load: float, snr: float, init_power: float) -> float:
    """Share of the final risk that comes from initial weights in the frozen subspace.

    They are never trained, hence never forgotten (Advani, Saxe and Sompolinsky
    2020).

    Parameters
    ----------
    load : float
        Samples per feature α, positive.
    snr : float
        Signal-to-noise ratio, positive; ``inf`` for no noise.
    init_power : float
        Expected squared norm of the initial weights, over that of the target.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import riskcast as rc
    >>> rc.theory.frozen_init_share(load=0.5, snr=float("inf"), init_power=1.0)
    0.5
    """
    total = final_risk(load, snr, init_power)
    return frozen_share(load) * init_power / total if total else 0.0


def peak_growth(time: float, snr: float) -> float:
    """Growth of the variance late in training at α = 1, ``σ² · 2(2 - √2)√(t/π)``.

    There the density of eigenvalues is ``1/(π√λ)`` near zero, and
    ``∫ (1 - e^(-λt))² λ^(-3/2) dλ/π`` is the closed form.

    Parameters
    ----------
    time : float
        Training time, long against one.
    snr : float
        Signal-to-noise ratio, positive.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import riskcast as rc
    >>> round(rc.theory.peak_growth(time=1.0, snr=1.0), 3)
    0.661
    """
    noise = 1.0 / positive(snr, "snr")
    growth = 2.0 * (2.0 - np.sqrt(2.0)) * np.sqrt(number(time, "time") / np.pi)
    return float(noise * growth)


def _checked(load: float, snr: float) -> tuple[float, float]:
    """Load and noise variance."""
    return positive_finite(load, "load"), 1.0 / positive(snr, "snr")
