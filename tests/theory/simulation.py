"""Simulation oracle: errors on sampled data, without any formula of the theory."""

from dataclasses import dataclass

import numpy as np
from scipy import linalg

QUANTITIES = ("bias", "variance", "train_risk", "weight_norm")


@dataclass
class Draw:
    """One sampled design: eigenvalues and eigenvectors of XᵀX, and the population."""

    eigenvalues: np.ndarray  # positive ones only, (r,)
    directions: np.ndarray  # (p, r)
    variances: np.ndarray  # population variances, (p,)
    n_samples: int

    @classmethod
    def sample(cls, variances, n_samples, rng):
        variances = np.asarray(variances, dtype=float)
        X = rng.standard_normal((n_samples, len(variances))) * np.sqrt(variances)
        if n_samples < len(variances):
            values, left = linalg.eigh(X @ X.T)
            directions = (X.T @ left) / np.sqrt(values)
        else:
            values, directions = linalg.eigh(X.T @ X)
        return cls(values, directions, variances, n_samples)

    def flow(self, times, weight_decay=0.0):
        """Gradient flow: fractions learned, of initial weights left, and of frozen ones left."""
        n, values = self.n_samples, self.eigenvalues
        rate = np.outer(times, values / n + weight_decay)
        learned = -np.expm1(-rate) * values / (values + n * weight_decay)
        return learned, np.exp(-rate), np.exp(-np.asarray(times) * weight_decay)

    def components(self, filtered, coefficients):
        """Each quantity as (from the signal, per noise variance, per initial variance).

        Averages over noise and initial weights for this design, each of shape (T,).
        """
        learned, start_left, frozen_left = filtered
        values, V, n, rank = (
            self.eigenvalues,
            self.directions,
            self.n_samples,
            len(self.eigenvalues),
        )
        seen = V.T @ coefficients
        error = coefficients[:, None] - V @ (learned * seen).T
        stretch = self.variances @ V**2
        residual, left, frozen = (1.0 - learned) ** 2, start_left**2, frozen_left**2
        nothing = np.zeros(len(learned))
        return {
            "bias": (
                self.variances @ error**2,
                nothing,
                left @ stretch + frozen * (self.variances.sum() - stretch.sum()),
            ),
            "variance": (nothing, learned**2 @ (stretch / values), nothing),
            "train_risk": (
                residual @ (values * seen**2) / n,
                (residual.sum(axis=1) + n - rank) / n,
                left @ values / n,
            ),
            "weight_norm": (
                learned**2 @ seen**2,
                learned**2 @ (1.0 / values),
                left.sum(axis=1) + frozen * (len(self.variances) - rank),
            ),
        }


def combine(components, noise_variance, init_variance):
    """Add up signal, noise and initial weights."""
    return {
        name: signal + noise_variance * noise + init_variance * initial
        for name, (signal, noise, initial) in components.items()
    }


def mean_and_error(results, name):
    """Mean and standard error of one quantity over draws."""
    values = np.array([result[name] for result in results])
    return values.mean(axis=0), values.std(axis=0, ddof=1) / np.sqrt(len(values))
