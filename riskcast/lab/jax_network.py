"""The same network as an Equinox module, for training."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np

from riskcast.lab.activations import ACTIVATIONS
from riskcast.lab.network import Network
from riskcast.lab.normalization import BatchNormalization, Normalization
from riskcast.lab.parametrization import Layer

try:
    import equinox as eqx
    import jax
    import jax.numpy as jnp
    from jax.flatten_util import ravel_pytree
except ImportError as error:  # pragma: no cover - depends on the environment
    raise ImportError(
        f"training in the lab needs {error.name}; install it with: pip install 'riskcast[lab]'"
    ) from error

__all__ = [
    "TrainableNetwork",
    "TrainableNormalization",
    "as_network",
    "eqx",
    "jax",
    "jnp",
    "loss_of",
    "penalty",
    "ravel_pytree",
    "scaled_by_rates",
]


_OF_NORMALIZATION = ("gain", "shift", "mean", "variance")


class TrainableNormalization(eqx.Module):
    """Batch normalization of one hidden layer; see `Normalization` for the fields."""

    gain: Any
    shift: Any
    mean: Any
    variance: Any
    settings: BatchNormalization = eqx.field(static=True)

    def __call__(self, signal: Any) -> Any:
        """Signals (n, m) normalized by the running averages."""
        return self._affine(signal, self.mean, self.variance)

    def by_batch(self, signal: Any) -> tuple[Any, TrainableNormalization]:
        """Signals normalized by their own ghost batches, and the updated running averages."""
        ghosts = signal.reshape(-1, self.settings.ghost_size or len(signal), signal.shape[1])
        means, variances = ghosts.mean(axis=1), ghosts.var(axis=1)
        normalized = self._affine(ghosts, means[:, None], variances[:, None])
        moved = replace(
            self,
            mean=self._moved_on(self.mean, means),
            variance=self._moved_on(self.variance, variances),
        )
        return normalized.reshape(signal.shape), moved

    def _affine(self, signal: Any, mean: Any, variance: Any) -> Any:
        scale = self.gain * jax.lax.rsqrt(variance + self.settings.epsilon)
        return scale * (signal - mean) + self.shift

    def _moved_on(self, average: Any, seen: Any) -> Any:
        """Running average after updates by the ghost batches, one after the other."""
        kept = self.settings.momentum ** np.arange(len(seen), -1, -1)
        weights = np.append(kept[0], (1.0 - self.settings.momentum) * kept[1:])
        return weights.astype(average.dtype) @ jnp.concatenate([average[None], seen])


class TrainableNetwork(eqx.Module):
    """A fully connected network that JAX can train; see `Network` for the fields."""

    weights: tuple[Any, ...]
    biases: tuple[Any, ...]
    multipliers: tuple[float, ...] = eqx.field(static=True)
    activation: str = eqx.field(static=True)
    normalizations: tuple[TrainableNormalization, ...] = ()

    @classmethod
    def of(cls, network: Network, dtype: Any) -> TrainableNetwork:
        """Convert a network to JAX arrays of the given precision."""
        return cls(
            tuple(array.astype(dtype) for array in network.weights),
            tuple(array.astype(dtype) for array in network.biases),
            tuple(layer.multiplier for layer in network.layers),
            network.activation,
            tuple(
                TrainableNormalization(
                    **{name: getattr(each, name).astype(dtype) for name in _OF_NORMALIZATION},
                    settings=each.settings,
                )
                for each in network.normalizations
            ),
        )

    def __call__(self, X: Any) -> Any:
        """Outputs, shape (n, n_outputs)."""
        return self._outputs(X, lambda normalization, signal: normalization(signal))

    def in_training(self, X: Any) -> tuple[Any, TrainableNetwork]:
        """Outputs of a batch, and the `averages` updated by it."""
        moved = []

        def by_batch(normalization: TrainableNormalization, signal: Any) -> Any:
            normalized, after = normalization.by_batch(signal)
            moved.append(after)
            return normalized

        outputs = self._outputs(X, by_batch)
        return outputs, replace(self, normalizations=tuple(moved)).averages()

    def _outputs(self, X: Any, normalized: Callable[[TrainableNormalization, Any], Any]) -> Any:
        phi = ACTIVATIONS[self.activation].jax_function()
        signal = X
        for index, (weights, multiplier) in enumerate(
            zip(self.weights, self.multipliers, strict=True)
        ):
            signal = multiplier * ((phi(signal) if index else signal) @ weights)
            if self.biases:
                signal = signal + self.biases[index]
            if index < len(self.normalizations):
                signal = normalized(self.normalizations[index], signal)
        return signal

    def averages(self) -> TrainableNetwork:
        """Network tree in which only the running averages are kept."""
        return eqx.filter(self, self._marked(range(0), averages=True))

    def split(
        self, trained_layers: range
    ) -> tuple[TrainableNetwork, TrainableNetwork, TrainableNetwork]:
        """Trained arrays, running averages, and the rest; `equinox.combine` joins them."""
        trained, rest = eqx.partition(self, self._marked(trained_layers, averages=False))
        return trained, *eqx.partition(rest, self._marked(range(0), averages=True))

    def _marked(self, layers: range, averages: bool) -> TrainableNetwork:
        """Mask: True for the arrays of `layers`, `averages` for running averages, else False."""
        marks = tuple(index in layers for index in range(len(self.weights)))
        return TrainableNetwork(
            marks,
            marks[: len(self.biases)],
            self.multipliers,
            self.activation,
            tuple(
                TrainableNormalization(mark, mark, averages, averages, each.settings)
                for mark, each in zip(marks, self.normalizations, strict=False)
            ),
        )


def scaled_by_rates(updates: Any, layers: tuple[Layer, ...], adam: bool) -> Any:
    """Multiply every array by its layer's learning rate relative to the common one.

    Coordinates of a subspace mix all layers and learn at the common rate, as do
    gains and shifts.
    """
    if not isinstance(updates, TrainableNetwork):
        return updates
    weight_rates = [layer.adam_rate if adam else layer.rate for layer in layers]
    bias_rates = [1.0 if adam else layer.bias_rate for layer in layers]

    def scaled(arrays: tuple[Any, ...], factors: list[float]) -> tuple[Any, ...]:
        return tuple(
            None if array is None else factor * array
            for array, factor in zip(arrays, factors, strict=False)
        )

    return TrainableNetwork(
        scaled(updates.weights, weight_rates),
        scaled(updates.biases, bias_rates),
        updates.multipliers,
        updates.activation,
        updates.normalizations,
    )


def as_network(trainable: TrainableNetwork, like: Network) -> Network:
    """Convert back to a NumPy network in double precision."""
    return replace(
        like,
        weights=tuple(_double(array) for array in trainable.weights),
        biases=tuple(_double(array) for array in trainable.biases),
        normalizations=tuple(
            Normalization(
                **{name: _double(getattr(each, name)) for name in _OF_NORMALIZATION},
                settings=each.settings,
            )
            for each in trainable.normalizations
        ),
    )


def _double(array: Any) -> Any:
    return np.asarray(array, dtype=np.float64)


def loss_of(outputs: Any, targets: Any, loss: str) -> Any:
    """Mean loss over rows; see `riskcast.lab.targets.losses` for the loss of each row."""
    if loss == "squared":
        return 0.5 * jnp.mean(jnp.sum((outputs - targets) ** 2, axis=-1))
    if loss == "logistic":
        return jnp.mean(jnp.logaddexp(0.0, -targets * outputs))
    return jnp.mean(jax.nn.logsumexp(outputs, axis=-1) - jnp.sum(outputs * targets, axis=-1))


def penalty(trainable: Any, weight_decay: float) -> Any:
    """Weight decay ``μ|w|²/2``, summed over all arrays of a tree."""
    squares = [jnp.sum(leaf**2) for leaf in jax.tree.leaves(trainable)]
    return 0.5 * weight_decay * sum(squares)
