"""Risk curves for uncorrelated features, as solved by Advani, Saxe and Sompolinsky (2020).

All quantities are integrals over the Marchenko-Pastur law. Features and signal have
variance one, so the noise variance is ``1/snr``. The load is ``α = n/p``, samples per
feature. Time is that of gradient flow on ``|y - Xw|²/(2n)``.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from riskcast._validation import count, number, positive
from riskcast.filters import Filter
from riskcast.spectra import MarchenkoPastur
from riskcast.theory._landmarks import effective_regularization
from riskcast.theory._result import RiskCurve
from riskcast.theory._risk_curves import warn_of_finite_size

__all__ = ["isotropic_risk_curve"]

FloatArray = NDArray[np.float64]

_NEAR_ZERO = 1e-200  # replaces a zero eigenvalue, to avoid 0/0 in the fraction learned


def isotropic_risk_curve(
    n_features: int, n_samples: int, snr: float, filter: Filter, init_variance: float = 0.0
) -> RiskCurve:
    """Risk along training with uncorrelated features, as Marchenko-Pastur integrals.

    The same result as ``risk_curve(Population.isotropic(n_features, snr), ...)``,
    computed by real integrals over the sample spectrum instead of contours (Advani,
    Saxe and Sompolinsky 2020; weight decay and weight norm by the same method).

    Parameters
    ----------
    n_features, n_samples : int
        Numbers p and n of features and samples, at least one.
    snr : float
        Signal-to-noise ratio, positive; ``inf`` for no noise.
    filter : Filter
        Any training rule that treats each eigenvalue independently.
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
        If the expected finite-size error is above 2 %.

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
    """Integrands to average over the bulk, shape (7, T, N).

    With h the fraction learned, r = 1 - h, and r₀ the remaining fraction of the
    initial weights: r², λr², h², h²/λ, 1 - r², r₀², λr₀². Where the integral of
    h²/λ diverges, the integrand is set to zero.
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
    """Remaining fraction of the initial weights.

    With weight decay μ they also decay in directions that learn nothing. They have
    decayed by the same fraction by which h has approached its end point
    ``λ/(λ + μ)``.
    """
    if filter.weight_decay == 0.0:
        left = filter.residual(n_samples * values, n_samples)
        return np.where(frozen[:, None], 1.0, left)
    learned = filter.shrinkage(n_samples * values, n_samples)
    return 1.0 - learned * (1.0 + filter.weight_decay / values)


def _finite_size_error(n_features: int, n_samples: int, filter: Filter) -> float:
    """Expected relative error ``1/(n - df₂)`` at the last time, as in `risk_curve`."""
    latest = float(np.max(filter.times(n_samples)))
    if latest == 0.0:
        return 0.0
    kappa = effective_regularization(n_samples / n_features, filter.weight_decay + 1.0 / latest)
    return 1.0 / max(1.0, n_samples - n_features / (1.0 + kappa) ** 2)
