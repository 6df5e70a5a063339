"""Sampled data, decomposed: the oracle that knows nothing of the theory's formulas."""

from dataclasses import dataclass

import numpy as np
from scipy import linalg


@dataclass
class Draw:
    """One sampled design: singular values and right singular vectors of X, and the truth."""

    eigenvalues: np.ndarray  # of XᵀX, positive ones only, (r,)
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
        """What gradient flow has done: share of targets learned, share of the start left."""
        n, values = self.n_samples, self.eigenvalues
        rate = np.outer(times, values / n + weight_decay)
        learned = -np.expm1(-rate) * values / (values + n * weight_decay)
        return learned, np.exp(-rate), np.exp(-np.asarray(times) * weight_decay)

    def parts(self, filtered, coefficients, noise_variance=1.0, init_variance=0.0):
        """Averages over noise and initial weights for this design, each (T,)."""
        learned, start_left, frozen_left = filtered
        values, V, n = self.eigenvalues, self.directions, self.n_samples
        seen = V.T @ coefficients
        error = coefficients[:, None] - V @ (learned * seen).T
        stretch = self.variances @ V**2
        frozen = self.variances.sum() - stretch.sum()
        residual = 1.0 - learned
        left = start_left**2
        initial = init_variance * (left @ stretch + frozen_left**2 * frozen)
        rank = len(values)
        return {
            "bias": self.variances @ error**2 + initial,
            "variance": noise_variance * learned**2 @ (stretch / values),
            "train_risk": (
                residual**2 @ (values * seen**2)
                + noise_variance * ((residual**2).sum(axis=1) + n - rank)
                + init_variance * left @ values
            )
            / n,
            "weight_norm": learned**2 @ seen**2
            + noise_variance * learned**2 @ (1.0 / values)
            + init_variance * (left.sum(axis=1) + frozen_left**2 * (len(self.variances) - rank)),
        }


def means_and_errors(results):
    """Mean and standard error over draws of every part."""
    names = results[0]
    stacked = {name: np.array([result[name] for result in results]) for name in names}
    return {
        name: (values.mean(axis=0), values.std(axis=0, ddof=1) / np.sqrt(len(values)))
        for name, values in stacked.items()
    }
