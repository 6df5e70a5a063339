"""Kernel recursion of wide fully connected networks: first per input, then per pair.

The network has `depth` hidden layers and a linear read-out. With p inputs,
z¹ = W⁰x + b⁰, zˡ⁺¹ = r zˡ + Wˡ φ(zˡ) + bˡ, f = Wᴸ φ(zᴸ) + bᴸ, the entries of
every W have variance weight_variance/fan-in, those of b bias_variance, and r
is the skip. In the limit of infinite width, every z is Gaussian (Neal, 1996; Lee et
al., 2018; Matthews et al., 2018) and the tangent kernel is constant along training
(Jacot, Gabriel and Hongler, 2018).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ._types import FloatArray
from .activations.base import Activation
from .correlation_gap import Directions, directions, gap_block


@dataclass(frozen=True)
class Network:
    """Parameters of the network.

    Attributes
    ----------
    activation : Activation
    depth : int
        Number of hidden layers.
    weight_variance, bias_variance, skip : float
        Variances of weights (times fan-in) and biases, and the factor r of the skip.
    tangent : bool
        True for the NTK, False for the NNGP kernel.
    width : int or None
        Hidden width for the standard parametrization; None for the NTK
        parametrization.
    """

    activation: Activation
    depth: int
    weight_variance: float
    bias_variance: float
    skip: float
    tangent: bool
    width: int | None

    def weight_gain(self, fan_in: int) -> float:
        """Factor of the mean product of inputs in a layer's weight term of the tangent kernel.

        In the NTK parametrization a weight is σ_w ω/√fan_in, and ω is trained. In the
        standard parametrization the weight itself is trained (Sohl-Dickstein,
        Novak, Schoenholz and Lee, 2020).
        """
        return self.weight_variance if self.width is None else float(fan_in)

    @property
    def bias_gain(self) -> float:
        """Contribution of a layer's bias gradients to the tangent kernel."""
        if self.bias_variance == 0.0:
            return 0.0
        return self.bias_variance if self.width is None else 1.0


@dataclass(frozen=True)
class Layer:
    """Statistics of a set of inputs in one hidden layer.

    Attributes
    ----------
    shares : ndarray of shape (3, n)
        Contributions of weights, bias and skip to the preactivation's standard
        deviation, as a unit vector.
    profile : ndarray of shape (d, n)
        What the activation needs of each preactivation; see `Activation.profile`.
    norm : ndarray of shape (n,)
        Root mean square of the activation.
    """

    shares: FloatArray
    profile: FloatArray
    norm: FloatArray


@dataclass(frozen=True)
class Signals:
    """Statistics of a set of inputs in every layer of the network.

    Attributes
    ----------
    inputs : Directions
        Norms and unit vectors of the inputs.
    input_norm : ndarray of shape (n,)
        Root mean square of the input's entries.
    layers : list of Layer
        Statistics of each hidden layer.
    readout_shares : ndarray of shape (3, n)
        `Layer.shares` of the output.
    readout_scale : ndarray of shape (n,)
        Standard deviation of the output.
    diagonal : ndarray of shape (n,)
        Kernel of each input with itself.
    """

    inputs: Directions
    input_norm: FloatArray
    layers: list[Layer]
    readout_shares: FloatArray
    readout_scale: FloatArray
    diagonal: FloatArray


def propagate(
    network: Network, X: Any, normalize: bool, origin: FloatArray | None = None
) -> Signals:
    """Compute the statistics of each input in every layer.

    Parameters
    ----------
    network : Network
    X : ndarray or sparse array of shape (n, p)
        Inputs.
    normalize : bool
        Project inputs onto the sphere of radius √p first (zero inputs stay zero).
    origin : ndarray of shape (p,), optional
        See :func:`directions`.

    Returns
    -------
    Signals
    """
    inputs, p = directions(X, origin), X.shape[1]
    input_norm = np.where(inputs.zero, 0.0, 1.0) if normalize else inputs.norms / np.sqrt(p)
    shares, scale = _affine(network, input_norm, np.zeros_like(input_norm))
    tangent = network.weight_gain(p) * input_norm**2 + network.bias_gain
    layers = []
    for index in range(network.depth):
        variance = scale**2
        norm = np.sqrt(network.activation.second_moment(variance))
        layers.append(Layer(shares, network.activation.profile(variance), norm))
        last = index == network.depth - 1
        skip = 0.0 if last else network.skip
        slope = network.activation.derivative_second_moment(variance)
        tangent = tangent * (network.weight_variance * slope + skip**2)
        tangent += network.weight_gain(network.width or 0) * norm**2 + network.bias_gain
        shares, scale = _affine(network, norm, skip * scale)
    diagonal = tangent if network.tangent else scale**2
    return Signals(inputs, input_norm, layers, shares, scale, diagonal)


def _affine(network: Network, norm: FloatArray, carried: FloatArray) -> tuple[FloatArray, ...]:
    """Shares of weights, bias and skip, and standard deviation of a preactivation."""
    parts = np.stack(
        [
            np.sqrt(network.weight_variance) * norm,
            np.full_like(norm, np.sqrt(network.bias_variance)),
            carried,
        ]
    )
    scale = np.sqrt(np.sum(parts**2, axis=0))
    return parts / np.where(scale > 0.0, scale, 1.0), scale


def kernel_block(
    network: Network, left: Signals, rows: slice, right: Signals, columns: slice
) -> FloatArray:
    """Kernel between slices of two sets of inputs.

    Returns
    -------
    ndarray of shape (rows, columns)
    """
    gap = gap_block(left.inputs, rows, right.inputs, columns)
    # Process the block in strips that fit into the cache of a core.
    strip = max(1, _CACHED_PAIRS // max(1, gap.shape[1]))
    for start in range(0, len(gap), strip):
        part = slice(rows.start + start, min(rows.start + start + strip, rows.stop))
        gap[start : start + strip] = _pairs(
            network, gap[start : start + strip], left, part, right, columns
        )
    return gap


# Pairs per strip: 256 KiB per array; three or four arrays fit into the cache of a core.
_CACHED_PAIRS = 1 << 15


def _pairs(
    network: Network,
    gap: FloatArray,
    left: Signals,
    rows: slice,
    right: Signals,
    columns: slice,
) -> FloatArray:
    """Recursion over layers for pairs of inputs, from the gaps of the inputs."""
    p = left.inputs.units.shape[1]
    tangent = None
    if network.tangent:
        tangent = _mean_product(gap, left.input_norm[rows], right.input_norm[columns])
        _scale_and_add(tangent, network.weight_gain(p), network.bias_gain)
    carried = gap
    for index, (one, other) in enumerate(zip(left.layers, right.layers, strict=True)):
        gap = _combine(gap, carried, one.shares[:, rows], other.shares[:, columns])
        skip = network.skip if index < network.depth - 1 else 0.0
        passed, slope = network.activation.transform(
            gap, one.profile[:, rows, None], other.profile[:, None, columns], network.tangent
        )
        if tangent is not None and slope is not None:
            _scale_and_add(slope, network.weight_variance, skip**2)
            tangent *= slope
            gained = _mean_product(passed, one.norm[rows], other.norm[columns])
            _scale_and_add(gained, network.weight_gain(network.width or 0), network.bias_gain)
            tangent += gained
        gap, carried = passed, gap
    if tangent is not None:
        return tangent
    gap = _combine(gap, carried, left.readout_shares[:, rows], right.readout_shares[:, columns])
    return _mean_product(gap, left.readout_scale[rows], right.readout_scale[columns])


def _combine(
    gap: FloatArray, carried: FloatArray, left: FloatArray, right: FloatArray
) -> FloatArray:
    """Gap of the sum of independent contributions of weights, bias and skip.

    With e and f the shares of both sides as unit vectors and g the gap of each
    contribution, the gap of the sum is |e - f|²/2 + Σ e f g, without cancellation.
    """
    if not left[1:].any() and not right[1:].any():
        return gap  # only weights contribute
    total: FloatArray = left[0, :, None] * right[0]
    total *= gap
    if left[2].any() or right[2].any():
        total += (left[2, :, None] * right[2]) * carried
    for one, other in zip(left, right, strict=True):
        if one.any() or other.any():
            difference = one[:, None] - other
            difference *= difference
            difference *= 0.5
            total += difference
    return total


def _mean_product(gap: FloatArray, left: FloatArray, right: FloatArray) -> FloatArray:
    """Covariance from the gap and both standard deviations."""
    product = 1.0 - gap
    product *= left[:, None]
    product *= right
    return product


def _scale_and_add(array: FloatArray, factor: float, constant: float) -> None:
    """Set array to factor·array + constant in place; skip trivial operations."""
    if factor != 1.0:
        array *= factor
    if constant != 0.0:
        array += constant
