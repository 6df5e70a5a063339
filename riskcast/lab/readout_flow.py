"""Exact training of a read-out from one eigendecomposition.

With features F, each scaled by the square root of its learning rate, the weights
obey ``dw/dt = Fᵀ(y - Fw)/n - μw``. Along an eigenvector of ``FᵀF`` with
eigenvalue λ, the initial weights decay at the rate ``λ/n + μ`` and the target is
learned with the filter of the rule (`riskcast.filters`).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcast.filters import GradientDescent, GradientFlow, HeavyBall
from riskcast.lab.network import Network
from riskcast.lab.settings import Training
from riskcast.path._factorization import Factorization
from riskcast.path._row_factorization import factorize

FloatArray = NDArray[np.float64]

_SOLVABLE = ("gradient_flow", "gradient_descent", "momentum", "sgd")


def is_exact(network: Network, training: Training) -> bool:
    """Whether training has a closed form: one linear layer, squared loss, full batch."""
    layer = network.layers[-1]
    one_rate = not layer.has_bias or layer.rate == layer.bias_rate
    return (
        network.trains_readout_alone
        and training.loss == "squared"
        and training.rule in _SOLVABLE
        and training.batch_size is None
        and training.median_of == 1
        and not training.temperature
        and training.subspace is None
        and (one_rate or not training.weight_decay)
    )


@dataclass(frozen=True, eq=False)
class ReadoutFlow:
    """The read-out of one network at all recorded times.

    Attributes
    ----------
    network : Network
        Before training.
    data : Factorization
        Spectrum of the scaled features.
    directions : ndarray of shape (m, r)
        Right singular vectors of the scaled features.
    along : ndarray of shape (T, r, outputs)
        Change of the scaled weights along `directions`.
    null_left : ndarray of shape (T,)
        Remaining share of the initial weights orthogonal to `directions`.
    """

    network: Network
    data: Factorization
    directions: FloatArray
    along: FloatArray
    null_left: FloatArray
    times: FloatArray
    learning_rate: float
    tangent_top: float

    @classmethod
    def solve(
        cls, network: Network, X: FloatArray, targets: FloatArray, training: Training
    ) -> ReadoutFlow:
        """Train the read-out on inputs X and targets of shape (n, outputs)."""
        rows = scaled_features(network, X)
        start = scaled_weights(network)
        n_samples = len(rows)
        data = factorize(rows, centred=False)
        top = float(data.eigenvalues[-1]) / n_samples
        unit = 1.0 / top if training.relative else 1.0
        decay = training.weight_decay * network.layers[-1].rate
        learned, null_learned, times = _learned(training, data.eigenvalues / n_samples, decay, unit)
        directions = data.directions(rows)
        lost = data.eigenvalues / (data.eigenvalues + n_samples * decay)
        goal = lost[:, None] * data.coefficients(targets) / np.sqrt(data.eigenvalues)[:, None]
        along = learned[:, :, None] * (goal - directions.T @ start)
        rate = np.nan if training.flow else training.learning_rate * unit
        return cls(network, data, directions, along, 1.0 - null_learned, times, rate, top)

    def outputs(self, X: FloatArray) -> FloatArray:
        """Outputs at all recorded times, shape (T, n, outputs)."""
        rows = scaled_features(self.network, X)
        start = scaled_weights(self.network)
        moved = np.tensordot(rows @ self.directions, self.along, axes=(1, 1))
        result = moved.transpose(1, 0, 2)
        if start.any():
            result = result + rows @ start
            if (self.null_left != 1.0).any():
                outside = start - self.directions @ (self.directions.T @ start)
                result = result - (1.0 - self.null_left)[:, None, None] * (rows @ outside)
        return result

    def network_at(self, index: int) -> Network:
        """The network at one recorded time."""
        start = scaled_weights(self.network)
        outside = start - self.directions @ (self.directions.T @ start)
        moved = self.directions @ self.along[index] - (1.0 - self.null_left[index]) * outside
        layer = self.network.layers[-1]
        change = moved[: layer.fan_in] * np.sqrt(layer.rate)
        weights = (*self.network.weights[:-1], self.network.weights[-1] + change)
        biases = self.network.biases
        if layer.has_bias:
            biases = (*biases[:-1], biases[-1] + moved[-1] * np.sqrt(layer.bias_rate))
        return self.network.with_weights(weights, biases)


def scaled_features(network: Network, X: FloatArray) -> FloatArray:
    """Features, with a constant for the bias, each times the root of its learning rate."""
    layer = network.layers[-1]
    rows = np.sqrt(layer.rate) * network.features(X)
    if not layer.has_bias:
        return rows
    return np.hstack([rows, np.full((len(rows), 1), np.sqrt(layer.bias_rate))])


def scaled_weights(network: Network) -> FloatArray:
    """Read-out weights and bias that map `scaled_features` to the outputs."""
    layer = network.layers[-1]
    weights = network.weights[-1] / np.sqrt(layer.rate)
    if not layer.has_bias:
        return weights
    return np.vstack([weights, network.biases[-1][None, :] / np.sqrt(layer.bias_rate)])


def _learned(
    training: Training, curvatures: FloatArray, decay: float, unit: float
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Learned share of each direction (T, r) and of null directions (T,), and times (T,)."""
    pulls = np.append(curvatures + decay, decay)
    if training.flow:
        flow = GradientFlow(unit * training.record_times())
        times = flow.times(1)
        shares = -np.expm1(-np.outer(times, pulls))
    else:
        rate, steps = training.learning_rate * unit, training.record_steps()
        rule = (
            HeavyBall(rate, training.momentum, steps)
            if training.rule == "momentum"
            else GradientDescent(rate, steps)
        )
        times = rule.times(1)
        shares = rule.learned(rate * pulls)
    return shares[:, :-1], shares[:, -1], times
