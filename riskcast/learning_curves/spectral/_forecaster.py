"""The spectral forecast: curves from posterior draws of E(κ), evaluated at any size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import brentq

from riskcast.learning_curves._forecaster import Forecaster
from riskcast.learning_curves.spectral._equivalents import cost_of_mean
from riskcast.learning_curves.spectral._mode_density import ModeDensity, fit_mode_density
from riskcast.learning_curves.spectral._observation import Observation
from riskcast.learning_curves.spectral._target_power import TargetPower, fit_target_power

FloatArray = NDArray[np.float64]

_KAPPAS = 240
_NOTHING_LEFT = 1e-8  # times the smallest variance: κ at which everything has been learned


class SpectralForecaster(Forecaster):
    """Risk of the best ridge penalty at any size, ``min over κ of E(κ) · n/(n - df₂(κ))``.

    Penalties are non-negative, so ``df₁(κ) ≤ n``. In experiments the risk of early stopping
    differs from that of the best ridge penalty by a few percent at most.

    Parameters
    ----------
    density : ModeDensity
        Number of directions at each variance.
    power : TargetPower
        Draws of the target's power and the noise floor.
    centred : bool
        Whether an intercept is fitted, which uses up one row.
    """

    def __init__(self, density: ModeDensity, power: TargetPower, centred: bool) -> None:
        self.density = density
        self.power = power
        self.centred = centred
        variances = density.variances
        self._kappa = np.geomspace(20.0 * variances[0], variances[-1] / 20.0, _KAPPAS)
        self._freedom = density.freedom(self._kappa)
        self._error = power.error(self._kappa)  # the same at any size

    def draws(self, sizes: FloatArray) -> FloatArray:
        return np.stack([self.best_penalty(float(size)) for size in sizes], axis=1)

    def best_penalty(self, size: float, width: float = np.inf) -> FloatArray:
        """Risk of each draw with the best penalty, shape (D,).

        Parameters
        ----------
        size : float
            Number of training rows.
        width : float, default inf
            Number of random features that approximate the kernel.
        """
        if np.isinf(size) and np.isinf(width):
            return self.power.noise
        rows = self._rows(size)
        usable, kept, gain = _over_features(*self._freedom, rows, width)
        usable[0] = True  # the largest κ, almost untrained, is always possible
        if np.isinf(width):
            error = self._error[usable]
        else:
            error = self.power.error(self._kappa[usable], kept[usable])
        return (error * gain[usable, None]).min(axis=0) * cost_of_mean(size, self.centred)

    def no_penalty(self, size: float, width: float = np.inf) -> FloatArray:
        """Risk of each draw trained to convergence, shape (D,); infinite at interpolation."""
        rows = self._rows(size)
        limit = min(rows, width)

        def excess(log_kappa: float) -> float:
            return float(self.density.freedom(np.exp([log_kappa]))[0][0]) - limit

        ends = np.log([_NOTHING_LEFT * self.density.variances[-1], self._kappa[0]])
        log_kappa = ends[0] if excess(ends[0]) <= 0.0 else brentq(excess, *ends)
        kappa = np.exp([log_kappa])
        freedom = self.density.freedom(kappa)
        _, kept, gain = _over_features(*freedom, rows, width)
        return (self.power.error(kappa, kept) * gain[:, None])[0] * cost_of_mean(size, self.centred)

    def _rows(self, size: float) -> float:
        return max(size - self.centred, 1.0)


def _over_features(
    once: FloatArray, twice: FloatArray, rows: float, width: float
) -> tuple[NDArray[np.bool_], FloatArray, FloatArray]:
    """Attainable κ with random features, and their effect on E and on the noise.

    From Simon, Karkada, Ghosh and Belkin, "More is better in modern machine
    learning" (2024), whose γ is κ here. In the limit of infinite width, the kernel
    itself, E is unchanged and the gain is ``n/(n - df₂)``.

    Parameters
    ----------
    once, twice : ndarray of shape (K,)
        df₁ and df₂ at each κ.
    rows, width : float
        Numbers of training rows and of features.

    Returns
    -------
    usable : ndarray of bool, shape (K,)
        Whether a non-negative penalty gives this κ.
    kept : ndarray of shape (K,)
        Argument of `TargetPower.error`.
    gain : ndarray of shape (K,)
        Factor of the risk; infinite at interpolation.
    """
    narrow = 1.0 / width  # zero for the kernel itself
    limit = min(rows, width)
    usable = (once <= limit) & (twice < limit)
    left = np.maximum(1.0 - twice * narrow, 1e-12)
    kept = np.maximum(1.0 - once * narrow, 0.0) / left
    spent = (twice * (1.0 - 2.0 * once * narrow) + once**2 * narrow) / left / rows
    gain = 1.0 / np.maximum(1.0 - spent, 1e-12)
    return usable, kept, gain


def spectral_forecaster(
    observation: Observation, n_draws: int, random_state: int
) -> SpectralForecaster:
    """Fit the spectral forecast to an observation."""
    random = np.random.default_rng(random_state)
    density = fit_mode_density(observation)
    power = fit_target_power(observation, density, n_draws, random)
    return SpectralForecaster(density, power, observation.centred)
