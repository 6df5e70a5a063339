"""Deep linear networks: learning dynamics of each mode, and test error along training."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.integrate import quad, solve_ivp

from riskcast._validation import count, increasing, number, numbers, positive, positive_finite
from riskcast.spectra import MarchenkoPastur
from riskcast.theory._result import RiskCurve

__all__ = ["deep_linear_risk_curve", "learning_time", "mode_strength"]

FloatArray = NDArray[np.float64]
Velocity = Callable[[float, FloatArray], FloatArray]

_TOLERANCE = 1e-10
_OCTAVES, _ORDER = 12, 10  # quadrature with 130 eigenvalues for the bulk


def mode_strength(
    times: ArrayLike,
    input_variance: ArrayLike,
    correlation: ArrayLike,
    depth: int,
    initial_strength: float,
) -> FloatArray:
    """End-to-end strength of each mode of a deep linear network along training.

    With aligned, balanced weights the modes decouple, and each obeys
    ``du/dt = D u^(2-2/D) (c - λu)`` (Saxe, McClelland and Ganguli 2014, section
    1.3). Closed form at depths one and two; numerical integration otherwise.

    Parameters
    ----------
    times : array_like of shape (T,)
        Increasing times, finite.
    input_variance : array_like of shape (m,)
        Input variance λ > 0 of each mode.
    correlation : array_like of shape (m,)
        Input-target correlation c of each mode. The final strength is c/λ.
    depth : int
        Number D ≥ 1 of weight matrices.
    initial_strength : float
        Strength u₀ ≥ 0 at time zero; positive if the depth is above one.

    Returns
    -------
    ndarray of shape (T, m)
        Strength u of each mode at each time.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import riskcast as rc
    >>> rc.theory.mode_strength([0.0, 2.0, 6.0], [1.0], [2.0], 2, 1e-4).ravel().round(3)
    array([0.   , 0.259, 2.   ])
    """
    times = increasing(times, "times", finite=True)
    rates = np.atleast_1d(numbers(input_variance, "input_variance"))
    drives = np.atleast_1d(numbers(correlation, "correlation"))
    if not ((rates > 0) & np.isfinite(rates)).all():
        wrong = rates[~((rates > 0) & np.isfinite(rates))][0]
        raise ValueError(f"input_variance: got {wrong:g}; give positive, finite numbers")
    if not np.isfinite(drives).all():
        wrong = drives[~np.isfinite(drives)][0]
        raise ValueError(f"correlation: got {wrong:g}; give finite numbers")
    if len({1, len(rates), len(drives)}) > 2:
        raise ValueError(
            f"correlation: got {len(drives)} for {len(rates)} modes; give one for each, or for all"
        )
    rates, drives = np.broadcast_arrays(rates, drives)
    depth = count(depth, "depth")
    start = number(initial_strength, "initial_strength")
    if depth == 1:
        decay = np.exp(-np.multiply.outer(times, rates))
        return start * decay + (1.0 - decay) * drives / rates
    if start == 0.0:
        raise ValueError("initial_strength: deep networks stay at zero; give a positive number")
    if depth == 2:
        return _two_layer_strength(times, rates, drives, start)
    return _deep_strength(times, rates, drives, depth, start)


def _two_layer_strength(
    times: FloatArray, rates: FloatArray, drives: FloatArray, start: float
) -> FloatArray:
    """The logistic solution, using only decaying exponentials; c = 0 is a limit."""
    exponent = 2.0 * np.multiply.outer(times, drives)
    decay = np.exp(-np.abs(exponent))
    with np.errstate(divide="ignore", invalid="ignore"):
        # λ (e^(2ct) - 1)/c, divided by e^(2ct) where c is positive.
        pulled = rates * np.where(
            drives == 0.0, 2.0 * times[:, None], -np.expm1(-np.abs(exponent)) / np.abs(drives)
        )
    growing = start / (decay + start * pulled)
    waning = start * decay / (1.0 + start * pulled)
    return np.where(drives > 0.0, growing, waning)


def _deep_strength(
    times: FloatArray, rates: FloatArray, drives: FloatArray, depth: int, start: float
) -> FloatArray:
    """Strengths by an implicit ODE solver, in logarithms so that they stay positive."""

    def velocity(_: float, logs: FloatArray) -> FloatArray:
        strength = np.exp(logs)
        return depth * strength ** (1.0 - 2.0 / depth) * (drives - rates * strength)

    logs = _solve(velocity, np.full(len(rates), np.log(start)), times, band=0)
    return np.exp(logs)


def learning_time(
    input_variance: float,
    correlation: float,
    depth: int,
    initial_strength: float,
    share: float = 0.5,
) -> float:
    """Time until a mode has grown to a given fraction of its final strength c/λ.

    The integral ``∫ du / (D u^(2-2/D) (c - λu))`` starting at u₀, from the
    equation of `mode_strength`. This is the length of the plateau before the
    loss drops. It grows like ``log(1/u₀)`` at depth two and like
    ``u₀^(2/D - 1)`` at larger depths.

    Parameters
    ----------
    input_variance, correlation : float
        λ and c of the mode, positive.
    depth : int
        Number D ≥ 1 of weight matrices.
    initial_strength : float
        Strength u₀ at time zero, positive.
    share : float, default 0.5
        Fraction of the final strength, between 0 and 1.

    Returns
    -------
    float
        Training time; zero if the initial strength already exceeds the fraction.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import riskcast as rc
    >>> [round(rc.theory.learning_time(1.0, 1.0, depth, 0.001), 2) for depth in (1, 2, 3)]
    [0.69, 3.45, 9.14]
    """
    rate = positive_finite(input_variance, "input_variance")
    drive = positive_finite(correlation, "correlation")
    start = positive_finite(initial_strength, "initial_strength")
    depth = count(depth, "depth")
    if not 0.0 < number(share, "share") < 1.0:
        raise ValueError(f"share: got {share}; give a number between 0 and 1")
    end = share * drive / rate
    if start >= end:
        return 0.0
    if depth == 1:
        return float(np.log((drive / rate - start) / (drive / rate - end)) / rate)
    if depth == 2:
        return float(
            np.log(end / start * (drive - rate * start) / (drive - rate * end)) / (2 * drive)
        )

    def slowness(log_strength: float) -> float:
        strength = np.exp(log_strength)
        return strength ** (2.0 / depth - 1.0) / (depth * (drive - rate * strength))

    return float(quad(slowness, np.log(start), np.log(end), epsabs=0.0, epsrel=1e-12, limit=400)[0])


def deep_linear_risk_curve(
    load: float, snr: float, times: ArrayLike, depth: int, init_power: float
) -> RiskCurve:
    """Expected risk of a deep linear network with one output, trained on noisy samples.

    From a balanced start the product of the weights obeys
    ``dw/dt = ρ^(2-2/D) [g + (D-1) w (w·g)/ρ²]`` with ``ρ = |w|`` and g the
    negative gradient of the shallow network (Arora, Cohen and Hazan 2018, theorem
    1). In high dimensions ρ and w·g are averages, and each sample mode obeys
    ``w = cφ + w₀ψ`` with ``φ' = A(1 - λφ) + Bφ``, ``ψ' = (B - Aλ)ψ``,
    ``A = ρ^(2-2/D)``, ``B = A(D-1)(w·g)/ρ²``. This closure is specific to
    riskcast; it agrees with simulations within 3 %. Features have variance one,
    and the signal variance is one.

    Parameters
    ----------
    load : float
        Samples per feature α, positive.
    snr : float
        Signal-to-noise ratio, positive; ``inf`` for no noise.
    times : array_like of shape (T,)
        Increasing times, finite.
    depth : int
        Number D ≥ 1 of weight matrices; one gives linear regression.
    init_power : float
        Squared norm of the initial product of the weights, divided by that of the
        target coefficients, ≥ 0; positive if the depth is above one.

    Returns
    -------
    RiskCurve
        `variance` is the direct contribution of noise. Noise also changes the speed of
        training, which affects `bias`.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import riskcast as rc
    >>> curve = rc.theory.deep_linear_risk_curve(2.0, 4.0, [0.1, 3.0, 30.0], 2, 1e-4)
    >>> curve.risk.round(2)  # a plateau, a drop, and the limit σ²α/(α - 1)
    array([1.25, 0.56, 0.5 ])
    """
    times = increasing(times, "times", finite=True)
    noise = 1.0 / positive(snr, "snr")
    depth = count(depth, "depth")
    start = number(init_power, "init_power")
    if depth > 1 and start == 0.0:
        raise ValueError("init_power: deep networks stay at zero; give a positive number")
    law = MarchenkoPastur(load)
    octaves, order = (60, 20) if depth == 1 else (_OCTAVES, _ORDER)
    values, weights = law.nodes(octaves=octaves, order=order)
    # One additional mode represents all frozen directions.
    values, weights = np.append(values, 0.0), np.append(weights, law.atom)
    if depth == 1:
        decay = np.exp(-np.multiply.outer(times, values))
        learned = -np.expm1(-np.multiply.outer(times, values[:-1])) / values[:-1]
        learned = np.column_stack([learned, times])
    else:
        learned, decay = _train(values, weights, times, depth, noise / law.load, start)
    return _curve(values, weights, times, learned, decay, noise, law.load, start)


def _train(
    values: FloatArray,
    weights: FloatArray,
    times: FloatArray,
    depth: int,
    noise_per_load: float,
    start: float,
) -> tuple[FloatArray, FloatArray]:
    """φ and ψ of every mode, each (T, N), by SciPy's ODE solver."""
    count = len(values)
    drive = values**2 + noise_per_load * values  # E c² of a mode, times p

    def velocity(_: float, state: FloatArray) -> FloatArray:
        learned, decay = state[:count], np.exp(state[count:])
        left = 1.0 - values * learned
        kept = start * decay**2
        squared_norm = weights @ (drive * learned**2 + kept)
        along = weights @ (drive * learned * left - values * kept)
        speed = squared_norm ** (1.0 - 1.0 / depth)
        growth = speed * (depth - 1) * along / squared_norm
        return np.concatenate([speed * left + growth * learned, growth - speed * values])

    states = _solve(velocity, np.zeros(2 * count), times)
    return states[:, :count], np.exp(states[:, count:])


def _curve(
    values: FloatArray,
    weights: FloatArray,
    times: FloatArray,
    learned: FloatArray,
    decay: FloatArray,
    noise: float,
    load: float,
    start: float,
) -> RiskCurve:
    """Risk curve from φ and ψ of each mode, averaged over the sample spectrum."""
    left = 1.0 - values * learned
    from_start = start * decay**2 @ weights
    bias = left**2 @ weights + from_start
    variance = noise / load * (values * learned**2) @ weights
    unfit = (1.0 - left**2) @ weights
    train = left**2 @ (weights * values) + start * decay**2 @ (weights * values)
    return RiskCurve(
        times=times,
        risk=noise + bias + variance,
        bias=bias,
        variance=variance,
        train_risk=train + noise * (1.0 - unfit / load),
        weight_norm=(values * learned) ** 2 @ weights + variance + from_start,
        from_initial_weights=from_start,
        noise_variance=noise,
        finite_size_error=0.0,
    )


def _solve(
    velocity: Velocity, state: FloatArray, times: FloatArray, band: int | None = None
) -> FloatArray:
    """Solve the ODE from time zero; return the states at `times`, shape (T, N)."""
    if times[-1] == 0.0:
        return state[None, :]
    solution = solve_ivp(
        velocity,
        (0.0, float(times[-1])),
        state,
        method="LSODA",
        t_eval=times,
        rtol=_TOLERANCE,
        atol=1e-12,
        lband=band,
        uband=band,
    )
    if not solution.success:
        raise ArithmeticError(f"the equations of training could not be solved: {solution.message}")
    return np.asarray(solution.y.T)
