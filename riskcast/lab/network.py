"""NumPy networks: outputs, gradients and tangent kernels.

Training runs elsewhere; networks are measured here, in double precision.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse.linalg import LinearOperator, eigsh

from riskcast.lab.activations import ACTIVATIONS, Activation
from riskcast.lab.normalization import Normalization
from riskcast.lab.parametrization import Layer

__all__ = ["Network"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True, eq=False)
class Network:
    """A fully connected network with its weights.

    Attributes
    ----------
    layers : tuple of Layer
        Sizes and scales, from the inputs to the output.
    activation : str
    weights : tuple of ndarray
        Each of shape (fan_in, fan_out).
    biases : tuple of ndarray
        Each of shape (fan_out,); empty without biases.
    trained : {"all", "readout", "hidden"}
        Whether every layer is trained, only the last, or all but the last.
    normalizations : tuple of Normalization
        Batch normalization of each hidden layer; empty if there is none.
        Gradients of a normalized network are not available, because the
        gradient of a row depends on its batch.

    Examples
    --------
    >>> import numpy as np
    >>> from riskcast import lab
    >>> network = lab.FullyConnected(width=4).network(seed=0, n_inputs=3)
    >>> X = np.eye(3)
    >>> network(X).shape, network.features(X).shape, network.tangent_kernel(X).shape
    ((3, 1), (3, 4), (3, 3))
    """

    layers: tuple[Layer, ...]
    activation: str
    weights: tuple[FloatArray, ...]
    biases: tuple[FloatArray, ...] = ()
    trained: str = "all"
    normalizations: tuple[Normalization, ...] = ()

    @cached_property
    def _phi(self) -> Activation:
        return ACTIVATIONS[self.activation]

    @property
    def n_outputs(self) -> int:
        """Number of outputs."""
        return self.layers[-1].fan_out

    @property
    def trained_layers(self) -> range:
        """Indices of the layers that are trained."""
        count = len(self.layers)
        first = count - 1 if self.trained == "readout" else 0
        return range(first, count - 1 if self.trained == "hidden" else count)

    @property
    def trains_readout_alone(self) -> bool:
        """Whether only the last layer is trained, so that the model is linear in its weights."""
        return list(self.trained_layers) == [len(self.layers) - 1]

    @property
    def n_parameters(self) -> int:
        """Number of trained weights, biases, gains and shifts."""
        trained = self.trained_layers
        learned = self.normalizations[trained.start : trained.stop]
        return sum(self.layers[index].n_parameters for index in trained) + sum(
            len(normalization.gain) + len(normalization.shift) for normalization in learned
        )

    def with_weights(
        self, weights: tuple[FloatArray, ...], biases: tuple[FloatArray, ...] = ()
    ) -> Network:
        """The same network with other weights."""
        return replace(self, weights=weights, biases=biases)

    def __call__(self, X: ArrayLike) -> FloatArray:
        """Outputs, shape (n, n_outputs)."""
        return self._before_activation(len(self.layers) - 1, self.hidden(X))

    def hidden(self, X: ArrayLike) -> FloatArray:
        """Activity of the last hidden layer, shape (n, width); for a linear model, the inputs."""
        return self._forward(X)[0][-1]

    def features(self, X: ArrayLike) -> FloatArray:
        """Features seen by the read-out weights: hidden activity times the layer's multiplier."""
        return self.layers[-1].multiplier * self.hidden(X)

    def _before_activation(self, index: int, activity: FloatArray) -> FloatArray:
        signal = self.layers[index].multiplier * (activity @ self.weights[index])
        if self.biases:
            signal = signal + self.biases[index]
        if index < len(self.normalizations):
            signal = self.normalizations[index](signal)
        return signal

    def _refuse_gradients_of_batches(self) -> None:
        if self.normalizations:
            raise ValueError(
                "network: under batch normalization a row's gradient depends on its batch; use "
                "quantities that need no gradients, or train with batch_norm=None"
            )

    def _forward(self, X: ArrayLike) -> tuple[list[FloatArray], list[FloatArray]]:
        """Inputs of every layer, and φ' of every hidden unit."""
        activity = np.asarray(X, dtype=np.float64)
        inputs, slopes = [activity], []
        for index in range(len(self.layers) - 1):
            signal = self._before_activation(index, activity)
            activity = self._phi.apply(signal)
            inputs.append(activity)
            slopes.append(self._phi.derivative(signal))
        return inputs, slopes

    def _backward(self, slopes: list[FloatArray]) -> list[FloatArray]:
        """Derivatives of outputs with respect to layer outputs, (outputs, n or 1, fan_out)."""
        self._refuse_gradients_of_batches()
        signal = np.eye(self.n_outputs)[:, None, :]
        signals = [signal]
        for index in range(len(self.layers) - 1, self.trained_layers[0], -1):
            layer = self.layers[index]
            signal = layer.multiplier * (signal @ self.weights[index].T) * slopes[index - 1]
            signals.append(signal)
        return [*([signals[-1]] * self.trained_layers[0]), *signals[::-1]]

    def gradient_factors(
        self, X: ArrayLike, pulls: ArrayLike
    ) -> list[tuple[FloatArray, FloatArray]]:
        """Gradient of each row's loss in the weights of every trained layer, as two factors.

        Parameters
        ----------
        X : array_like of shape (n, p)
        pulls : array_like of shape (n, n_outputs)
            Derivative of each row's loss with respect to its outputs.

        Returns
        -------
        list of (ndarray of shape (n, fan_in), ndarray of shape (n, fan_out))
            The gradient for row i in a layer's weights is the outer product of
            row i of both factors; the second factor alone is the gradient in its
            biases.
        """
        self._refuse_gradients_of_batches()
        inputs, slopes = self._forward(X)
        signal = np.asarray(pulls, dtype=np.float64)
        factors = []
        for index in range(len(self.layers) - 1, self.trained_layers[0] - 1, -1):
            multiplier = self.layers[index].multiplier
            if index in self.trained_layers:
                factors.append((multiplier * inputs[index], signal))
            if index:
                signal = multiplier * (signal @ self.weights[index].T) * slopes[index - 1]
        return factors[::-1]

    def tangent_kernel(self, X: ArrayLike, Z: ArrayLike | None = None) -> FloatArray:
        """Empirical NTK: inner products of output gradients in the trained weights.

        Each layer is weighted by its learning rate relative to the common one,
        so that ``df/dt = -Θ (f - y)/n`` under gradient flow.

        Parameters
        ----------
        X, Z : array_like of shape (n, p), (m, p)
            Inputs; Z defaults to X.

        Returns
        -------
        ndarray of shape (n, m), or (n·outputs, m·outputs) with the outputs of
        one row adjacent
        """
        inputs, slopes = self._forward(X)
        signals = self._backward(slopes)
        others = (inputs, signals)
        if Z is not None:
            other_inputs, other_slopes = self._forward(Z)
            others = other_inputs, self._backward(other_slopes)
        rows, columns, outputs = len(inputs[0]), len(others[0][0]), self.n_outputs
        kernel = np.zeros((rows, outputs, columns, outputs))
        for index in self.trained_layers:
            kernel += self._kernel_of_layer(
                index, inputs[index], signals[index], others[0][index], others[1][index]
            )
        return kernel.reshape(rows * outputs, columns * outputs)

    def _kernel_of_layer(
        self,
        index: int,
        left: FloatArray,
        left_signal: FloatArray,
        right: FloatArray,
        right_signal: FloatArray,
    ) -> FloatArray:
        layer = self.layers[index]
        shared = layer.rate * layer.multiplier**2 * (left @ right.T)
        if layer.has_bias:
            shared = shared + layer.bias_rate
        # Signals of the last layer are the same for all rows.
        shape = (self.n_outputs, len(left), layer.fan_out)
        left_full = np.broadcast_to(left_signal, shape)
        right_full = np.broadcast_to(right_signal, (shape[0], len(right), shape[2]))
        signals = np.tensordot(left_full, right_full, axes=(2, 2))  # (o, n, o, m)
        return signals.transpose(1, 0, 3, 2) * shared[:, None, :, None]

    def tangent_top(self, X: ArrayLike) -> float:
        """Largest eigenvalue of the NTK over the sample size: the fastest rate of the flow.

        Computed by Lanczos iteration from products with the kernel, which is
        never formed. At the start of training, gradient descent on the squared
        loss is stable if its learning rate is below two over this value.
        """
        inputs, slopes = self._forward(X)
        signals = self._backward(slopes)
        rows = len(inputs[0])
        size = rows * self.n_outputs
        if size < 3:
            return float(np.linalg.eigvalsh(self.tangent_kernel(X))[-1] / rows)

        operator = LinearOperator(
            (size, size),
            matvec=lambda vector: self._kernel_times(vector, inputs, signals),
            dtype=np.float64,
        )
        start = np.ones(size) + np.arange(size) / size
        top = eigsh(operator, k=1, which="LA", v0=start, tol=1e-8, return_eigenvectors=False)
        return float(top[0] / rows)

    def _kernel_times(
        self, vector: FloatArray, inputs: list[FloatArray], signals: list[FloatArray]
    ) -> FloatArray:
        """Product of the NTK with a vector of shape (n·outputs,)."""
        rows = len(inputs[0])
        pulls = vector.reshape(rows, self.n_outputs)
        moved = np.zeros((rows, self.n_outputs))
        for index in self.trained_layers:
            layer, activity = self.layers[index], inputs[index]
            signal = np.broadcast_to(signals[index], (self.n_outputs, rows, layer.fan_out))
            pulled = np.einsum("onh,no->nh", signal, pulls)
            change = layer.rate * layer.multiplier**2 * (activity @ (activity.T @ pulled))
            if layer.has_bias:
                change = change + layer.bias_rate * pulled.sum(axis=0)
            moved += np.einsum("onh,nh->no", signal, change)
        return moved.ravel()
