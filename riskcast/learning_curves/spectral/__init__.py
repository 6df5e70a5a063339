"""Learning curves of linear and kernel models from the spectrum of one data set.

A model with ridge penalty z on n rows acts like ridge regression on the population
with an effective regularization κ. Its risk is

    R = E(κ) · n / (n - df₂(κ)),

where E, df₁ and df₂ are functions of κ alone, the same at every n (Simon, Dickens,
Karkada and DeWeese, "The Eigenlearning Framework", 2023; Patil, Wu and Tibshirani
2024). They are measured over the range of κ covered by the data, fitted by a density
of variances (`mode_density`) and the power of the target (`target_power`), and
evaluated at other n (`forecaster`).
"""

from riskcast.learning_curves.spectral._forecaster import SpectralForecaster, spectral_forecaster
from riskcast.learning_curves.spectral._observation import MANY_ROWS, Observation, observe

__all__ = ["MANY_ROWS", "Observation", "SpectralForecaster", "observe", "spectral_forecaster"]
