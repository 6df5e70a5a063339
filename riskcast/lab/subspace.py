"""A network whose weights move only in a random subspace.

The weights are ``w₀ + P z``, where w₀ are the initial weights, P has d random
columns of length one, and the d coordinates z are trained from zero (Li, Farkhoor,
Liu and Yosinski, "Measuring the intrinsic dimension of objective landscapes", 2018).
"""

from __future__ import annotations

from typing import Any

import numpy as np

from riskcast.lab.jax_network import TrainableNetwork, eqx, jax
from riskcast.lab.network import Network
from riskcast.lab.tasks.draws import SUBSPACE, stream

__all__ = ["SubspaceNetwork"]


class SubspaceNetwork(eqx.Module):
    """A trainable network whose parameters are coordinates in a subspace.

    Attributes
    ----------
    coordinates : array of shape (d,)
    weight_directions, bias_directions : tuple of arrays
        Directions in every layer, shape (d, fan_in, fan_out) and (d, fan_out);
        None for layers that are not trained.
    origin : TrainableNetwork
        The initial network.
    """

    coordinates: Any
    weight_directions: tuple[Any, ...]
    bias_directions: tuple[Any, ...]
    origin: TrainableNetwork

    @classmethod
    def of(cls, network: Network, dimension: int, seed: int, dtype: Any) -> SubspaceNetwork:
        """Return the network at the origin of a seed's random subspace.

        Raises
        ------
        ValueError
            If layers have different learning rates, or if the dimension exceeds
            the number of trained weights.
        """
        trained = network.trained_layers
        if any(
            rate != 1.0
            for layer in (network.layers[index] for index in trained)
            for rate in (layer.rate, layer.adam_rate)
        ):
            raise ValueError(
                "subspace: layers of this parametrization have different learning rates; "
                "use parametrization='ntk' or 'standard'"
            )
        shapes = [
            arrays[index].shape
            for arrays in (network.weights, network.biases)
            for index in (trained if arrays else ())
        ]
        parts = [each.astype(dtype) for each in _random_directions(shapes, dimension, seed)]
        layers = range(len(network.layers))
        weights = dict(zip(trained, parts, strict=False))
        biases = dict(zip(trained, parts[len(trained) :], strict=False))
        return cls(
            np.zeros(dimension, dtype),
            tuple(weights.get(index) for index in layers),
            tuple(biases.get(index) for index in layers) if network.biases else (),
            TrainableNetwork.of(network, dtype),
        )

    @property
    def weights(self) -> tuple[Any, ...]:
        """Weights of every layer, as those of a `TrainableNetwork`."""
        return self._moved(self.origin.weights, self.weight_directions)

    @property
    def biases(self) -> tuple[Any, ...]:
        """Biases of every layer; empty without biases."""
        return self._moved(self.origin.biases, self.bias_directions)

    @property
    def normalizations(self) -> tuple[Any, ...]:
        """Empty: batch normalization is not supported in a subspace."""
        return self.origin.normalizations

    def _moved(self, starts: tuple[Any, ...], directions: tuple[Any, ...]) -> tuple[Any, ...]:
        return tuple(
            start
            if along is None
            else start + (self.coordinates @ along.reshape(len(along), -1)).reshape(start.shape)
            for start, along in zip(starts, directions, strict=True)
        )

    def __call__(self, X: Any) -> Any:
        """Outputs, shape (n, n_outputs)."""
        origin = self.origin
        return TrainableNetwork(self.weights, self.biases, origin.multipliers, origin.activation)(X)

    def in_training(self, X: Any) -> tuple[Any, SubspaceNetwork]:
        """Outputs, and an empty tree because there are no running averages."""
        return self(X), eqx.filter(self, False)

    def split(self) -> tuple[SubspaceNetwork, SubspaceNetwork, SubspaceNetwork]:
        """The coordinates, no running averages, and the rest; `equinox.combine` joins them."""
        nothing = jax.tree.map(lambda _: False, self)
        coordinates = eqx.tree_at(lambda tree: tree.coordinates, nothing, True)
        trained, rest = eqx.partition(self, coordinates)
        return trained, eqx.filter(self, False), rest


def _random_directions(shapes: list[tuple[int, ...]], dimension: int, seed: int) -> list[Any]:
    """Random unit directions in the joint space of arrays, split into one part per array."""
    sizes = [int(np.prod(shape)) for shape in shapes]
    if dimension > sum(sizes):
        raise ValueError(f"subspace: got {dimension} of {sum(sizes)} dimensions; give fewer")
    random = stream(seed, SUBSPACE)
    directions = random.standard_normal((dimension, sum(sizes)), dtype=np.float32)
    directions /= np.linalg.norm(directions, axis=1, keepdims=True)
    parts = np.split(directions, np.cumsum(sizes)[:-1], axis=1)
    return [part.reshape(dimension, *shape) for part, shape in zip(parts, shapes, strict=True)]
