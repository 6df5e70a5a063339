"""The spectral forecast: curves drawn from the posterior of E(κ), read at any size."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from riskcast.learning_curves.forecaster import Forecaster
from riskcast.learning_curves.spectral.mode_density import ModeDensity, fit_mode_density
from riskcast.learning_curves.spectral.observation import Observation
from riskcast.learning_curves.spectral.target_power import TargetPower, fit_target_power

FloatArray = NDArray[np.float64]

_KAPPAS = 240


class SpectralForecaster(Forecaster):
    """Risk of the best ridge penalty at any size, ``min over κ of E(κ) · n/(n - df₂(κ))``.

    Penalties are not negative, so κ has ``df₁(κ) ≤ n``. Stopping early differs
    from the best ridge by a few percent at most in what was seen.

    Parameters
    ----------
    density : ModeDensity
        Directions at each variance.
    power : TargetPower
        Draws of the target's power and the noise floor.
    centred : bool
        Whether an intercept is fitted, which takes one row.
    """

    def __init__(self, density: ModeDensity, power: TargetPower, centred: bool) -> None:
        self.density = density
        self.power = power
        self.centred = centred
        variances = density.variances
        self._kappa = np.geomspace(20.0 * variances[0], variances[-1] / 20.0, _KAPPAS)
        self._freedom, self._twice = density.freedom(self._kappa)
        self._error = power.error(self._kappa)

    def draws(self, sizes: FloatArray) -> FloatArray:
        return np.stack([self._at(float(size)) for size in sizes], axis=1)

    def _at(self, size: float) -> FloatArray:
        """Risk of each draw, shape (D,)."""
        if not np.isfinite(size):
            return self.power.noise
        rows = max(size - self.centred, 1.0)
        allowed = (self._freedom <= rows) & (self._twice < rows)
        allowed[0] = True  # learning nothing is always possible
        gain = rows / (rows - np.minimum(self._twice[allowed], 0.999 * rows))
        return (self._error[allowed] * gain[:, None]).min(axis=0)


def spectral_forecaster(
    observation: Observation, n_draws: int, random_state: int
) -> SpectralForecaster:
    """Fit what was observed."""
    random = np.random.default_rng(random_state)
    density = fit_mode_density(observation)
    power = fit_target_power(observation, density, n_draws, random)
    return SpectralForecaster(density, power, observation.centred)
