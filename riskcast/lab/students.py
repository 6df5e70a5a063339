"""Students: models to be trained on a task."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riskcast.lab import _checks
from riskcast.lab.activations import ACTIVATIONS
from riskcast.lab.network import Network
from riskcast.lab.normalization import BatchNormalization, Normalization
from riskcast.lab.parametrization import PARAMETRIZATIONS, Layer, scales
from riskcast.lab.tasks.draws import WEIGHTS, stream

__all__ = ["FullyConnected"]


@dataclass(frozen=True)
class FullyConnected:
    """Architecture and initialization of a fully connected network.

    Parameters
    ----------
    width : int, default 100
        Units in each hidden layer.
    depth : int, default 1
        Number of hidden layers. 0 is a linear model; ``activation="identity"`` is
        a deep linear network.
    activation : str, default "relu"
        One of relu, leaky-relu, tanh, erf, gelu, sin, square, quadratic
        (z + z²/2), identity.
    parametrization : {"ntk", "standard", "mean_field", "maximal_update"}, default "ntk"
        See `riskcast.lab.parametrization`. mean_field is for one hidden layer;
        its extension to more is maximal_update.
    trained : {"all", "readout", "hidden"}, default "all"
        Whether all weights are trained, only those of the last layer, or those
        of all layers but the last.
    init_scale : float, default 1.0
        Factor of the initial weights of all layers.
    readout_scale : float, optional
        Additional factor of the initial weights of the last layer. The default
        is 0 where only the read-out is trained, which then starts from zero as
        in the theory, and 1 otherwise.
    readout_start : {"gaussian", "signs", "ones"}, default "gaussian"
        Whether the initial weights of the last layer are Gaussian, of constant
        size with random signs, or of constant size and positive.
    output_scale : float, default 1.0
        Factor of the output: a large factor makes training lazy, a small one rich
        (Chizat, Oyallon and Bach 2019).
    bias : bool, default False
        Whether every layer has biases.
    bias_scale : float, default 0.0
        Standard deviation of initial biases.
    batch_norm : BatchNormalization, optional
        Normalize the preactivations of hidden units; by default there is no
        normalization. Biases of hidden layers then have no effect; shifts
        replace them. For the parametrizations "standard" and "ntk".

    Examples
    --------
    >>> from riskcast import lab
    >>> student = lab.FullyConnected(width=20, activation="tanh")
    >>> student.n_parameters(n_inputs=15)
    320
    >>> network = student.network(seed=0, n_inputs=15)
    >>> [weights.shape for weights in network.weights]
    [(15, 20), (20, 1)]
    """

    width: int = 100
    depth: int = 1
    activation: str = "relu"
    parametrization: str = "ntk"
    trained: str = "all"
    init_scale: float = 1.0
    readout_scale: float | None = None
    readout_start: str = "gaussian"
    output_scale: float = 1.0
    bias: bool = False
    bias_scale: float = 0.0
    batch_norm: BatchNormalization | None = None

    def __post_init__(self) -> None:
        _checks.count_fields(self, "width")
        _checks.count_fields(self, "depth", least=0)
        _checks.one_of(self.activation, "activation", ACTIVATIONS)
        _checks.one_of(self.parametrization, "parametrization", PARAMETRIZATIONS)
        _checks.one_of(self.trained, "trained", ("all", "readout", "hidden"))
        _checks.one_of(self.readout_start, "readout_start", ("gaussian", "signs", "ones"))
        for name in ("init_scale", "output_scale", "bias_scale"):
            _checks.number(getattr(self, name), name)
        if self.readout_scale is not None:
            _checks.number(self.readout_scale, "readout_scale")
        if self.parametrization == "mean_field" and self.depth > 1:
            raise ValueError(
                f"parametrization: mean_field is for one hidden layer, depth is {self.depth}; "
                "use maximal_update, which extends it to more"
            )
        if self.trained == "hidden" and not self.depth:
            raise ValueError("trained: a linear model has no hidden layer; use 'all'")
        if self.bias_scale and not self.bias:
            raise ValueError("bias_scale: there are no biases; set bias=True")
        if self.batch_norm is not None:
            self._check_batch_norm()

    def _check_batch_norm(self) -> None:
        if not isinstance(self.batch_norm, BatchNormalization):
            raise TypeError(f"batch_norm: got {self.batch_norm!r}; give BatchNormalization(...)")
        if not self.depth:
            raise ValueError("batch_norm: a linear model has no hidden units; use depth >= 1")
        if self.trained == "readout":
            raise ValueError("batch_norm: trained='readout' does not train hidden units; use 'all'")
        if self.parametrization not in ("standard", "ntk"):
            raise ValueError(
                f"batch_norm: no learning rate is known for it under {self.parametrization}; "
                "use parametrization='standard' or 'ntk'"
            )

    @property
    def readout_factor(self) -> float:
        """Factor of the initial weights of the last layer, with the default resolved."""
        if self.readout_scale is not None:
            return self.readout_scale
        return 0.0 if self.trained == "readout" and self.depth > 0 else 1.0

    def layers(self, n_inputs: int, n_outputs: int = 1) -> tuple[Layer, ...]:
        """Sizes and scales of every layer, from the inputs to the output."""
        sizes = [n_inputs, *[self.width] * self.depth, n_outputs]
        return tuple(self._layer(sizes, place) for place in range(self.depth + 1))

    def _layer(self, sizes: list[int], index: int) -> Layer:
        last = index == self.depth
        place = "readout" if last else "input" if index == 0 else "hidden"
        fan_in, fan_out = sizes[index], sizes[index + 1]
        found = scales(self.parametrization, fan_in, fan_out, "only" if not self.depth else place)
        output_scale = self.output_scale if last else 1.0
        return Layer(
            fan_in=fan_in,
            fan_out=fan_out,
            multiplier=found.multiplier * output_scale,
            deviation=found.deviation * self.init_scale * (self.readout_factor if last else 1.0),
            rate=found.rate,
            adam_rate=found.adam_rate,
            has_bias=self.bias,
            bias_deviation=self.bias_scale,
            bias_rate=found.bias_rate,
        )

    def n_parameters(self, n_inputs: int, n_outputs: int = 1) -> int:
        """Number of trained weights, biases, gains and shifts."""
        layers = self.layers(n_inputs, n_outputs)
        trained = {"all": layers, "readout": layers[-1:], "hidden": layers[:-1]}[self.trained]
        normalizing = 2 * self.width * self.depth if self.batch_norm else 0
        return sum(layer.n_parameters for layer in trained) + normalizing

    def network(self, seed: int, n_inputs: int, n_outputs: int = 1) -> Network:
        """The untrained network of a seed, the same on every machine.

        The weights of a seed do not depend on the task, so that students can
        be compared from the same initial weights.
        """
        random = stream(_checks.seed(seed), WEIGHTS)
        layers = self.layers(n_inputs, n_outputs)
        weights, biases = [], []
        for index, layer in enumerate(layers):
            start = random.standard_normal((layer.fan_in, layer.fan_out))
            if index == self.depth and self.readout_start != "gaussian":
                negative = (start < 0.0) & (self.readout_start == "signs")
                start = np.where(negative, -1.0, 1.0)
            weights.append(layer.deviation * start)
            if layer.has_bias:
                biases.append(layer.bias_deviation * random.standard_normal(layer.fan_out))
        return Network(
            layers=layers,
            activation=self.activation,
            weights=tuple(weights),
            biases=tuple(biases),
            trained=self.trained if self.depth else "all",
            normalizations=()
            if self.batch_norm is None
            else (Normalization.untrained(self.width, self.batch_norm),) * self.depth,
        )
