"""Kernel recursion of wide convolutional networks, over pairs of pixels of pairs of images.

Source: Arora, Du, Hu, Li, Salakhutdinov and Wang (2019), sections 4 and H.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from ._types import FloatArray
from .activations.base import Activation

# A gap below this is rounding error: the patches are treated as equal.
_EQUAL = 64 * np.finfo(np.float64).eps


@dataclass(frozen=True)
class ConvolutionalNetwork:
    """Parameters of the network; filters have an odd size, and images are zero-padded.

    Attributes
    ----------
    activation : Activation
    depth : int
        Number of convolutional layers.
    filter_size : int
        Side of a filter in pixels, odd.
    weight_variance, bias_variance : float
        Variances of weights (times fan-in) and biases.
    average : bool
        True for global average pooling before the read-out, False to flatten.
    """

    activation: Activation
    depth: int
    filter_size: int
    weight_variance: float
    bias_variance: float
    average: bool

    def convolve(self, array: FloatArray, *axes: tuple[int, ...]) -> FloatArray:
        """Covariance after a convolution: the mean over common shifts of both pixels.

        Parameters
        ----------
        array : ndarray
            Covariances before the convolution.
        *axes : tuples of int
            Axes that shift together: the rows of both images, then the columns.

        Returns
        -------
        ndarray
            In the shape of `array`.
        """
        for together in axes:
            array = _shifted_sum(array, together, self.filter_size // 2)
        array *= self.weight_variance / self.filter_size**2
        array += self.bias_variance
        return array


@dataclass(frozen=True)
class ImageSignals:
    """Per-pixel statistics of a set of images in each layer of the network.

    Attributes
    ----------
    images : ndarray of shape (n, height, width, channels)
        The images.
    scales : list of ndarray of shape (n, height, width)
        Standard deviation of each preactivation, one array per layer.
    profiles : list of ndarray of shape (d, n, height, width)
        What the activation needs of each preactivation; see `Activation.profile`.
    norms : list of ndarray of shape (n, height, width)
        Root mean square of each activation.
    """

    images: FloatArray
    scales: list[FloatArray]
    profiles: list[FloatArray]
    norms: list[FloatArray]


def propagate_images(network: ConvolutionalNetwork, images: FloatArray) -> ImageSignals:
    """Compute the statistics of every image in every layer."""
    variance = network.convolve(np.mean(images**2, axis=3), (1,), (2,))
    scales, profiles, norms = [], [], []
    for _ in range(network.depth):
        scales.append(np.sqrt(variance))
        profiles.append(network.activation.profile(variance))
        moment = network.activation.second_moment(variance)
        norms.append(np.sqrt(moment))
        variance = network.convolve(moment.copy(), (1,), (2,))
    return ImageSignals(images, scales, profiles, norms)


def image_kernel_block(
    network: ConvolutionalNetwork,
    left: ImageSignals,
    rows: slice,
    right: ImageSignals,
    columns: slice,
) -> FloatArray:
    """Convolutional NTK between slices of two sets of images.

    With flattening, only pairs of equal pixels are needed, and arrays have shape
    (rows, columns, height, width). With average pooling all pairs of pixels are
    needed, and the axes height and width occur twice.

    Returns
    -------
    ndarray of shape (rows, columns)
    """
    one, other = left.images[rows], right.images[columns]
    channels = one.shape[3]
    if network.average:
        covariance = np.einsum("ihwc,jklc->ijhwkl", one, other, optimize=True) / channels
        axes: Any = (2, 4), (3, 5)
    else:
        covariance = np.einsum("ihwc,jhwc->ijhw", one, other, optimize=True) / channels
        axes = (2,), (3,)
    covariance = network.convolve(np.ascontiguousarray(covariance), *axes)
    tangent = covariance
    for layer in range(network.depth):
        pair = _pair_of(network, left, rows, right, columns, layer)
        gap = _gap(covariance, *pair(left.scales, right.scales))
        one_profile, other_profile = pair(left.profiles, right.profiles)
        passed, slope = network.activation.transform(gap, one_profile, other_profile, True)
        assert slope is not None
        one_norm, other_norm = pair(left.norms, right.norms)
        covariance = np.subtract(1.0, passed, out=passed)
        covariance *= one_norm
        covariance *= other_norm
        slope *= tangent
        if layer == network.depth - 1:
            return _read_out(network, covariance, slope)
        slope += covariance
        # The convolution is linear up to the bias, which it adds once to the tangent kernel.
        tangent = network.convolve(slope, *axes)
        covariance = network.convolve(covariance, *axes)
    raise AssertionError("a network has at least one layer")


def _read_out(
    network: ConvolutionalNetwork, covariance: FloatArray, tangent: FloatArray
) -> FloatArray:
    """Kernel after the linear read-out: the mean over the pairs of pixels."""
    pixels = tuple(range(2, covariance.ndim))
    mean = covariance.mean(axis=pixels) + tangent.mean(axis=pixels)
    return np.asarray(network.weight_variance * mean + network.bias_variance)


def _pair_of(
    network: ConvolutionalNetwork,
    left: ImageSignals,
    rows: slice,
    right: ImageSignals,
    columns: slice,
    layer: int,
) -> Any:
    """Function that selects the statistics of one layer, in shapes that broadcast to pairs."""

    def pair(ours: list[FloatArray], theirs: list[FloatArray]) -> tuple[FloatArray, FloatArray]:
        one = ours[layer][..., rows, None, :, :]
        other = theirs[layer][..., None, columns, :, :]
        if network.average:
            return one[..., None, None], other[..., None, None, :, :]
        return one, other

    return pair


def _gap(covariance: FloatArray, one: FloatArray, other: FloatArray) -> FloatArray:
    """One minus the correlation; one where a patch is zero, zero where patches are equal."""
    gap = covariance / np.where(one > 0.0, one, 1.0)
    gap /= np.where(other > 0.0, other, 1.0)
    np.subtract(1.0, gap, out=gap)
    gap[gap < _EQUAL] = 0.0
    return np.minimum(gap, 2.0, out=gap)


def _shifted_sum(array: FloatArray, axes: tuple[int, ...], reach: int) -> FloatArray:
    """Sum over all shifts up to `reach`, along all axes together, with zero padding."""
    total = array.copy()
    whole = [slice(None)] * array.ndim
    for shift in range(1, min(reach, array.shape[axes[0]] - 1) + 1):
        low, high = list(whole), list(whole)
        for axis in axes:
            low[axis], high[axis] = slice(None, -shift), slice(shift, None)
        total[tuple(low)] += array[tuple(high)]
        total[tuple(high)] += array[tuple(low)]
    return total
