"""The convolutional NTK as a scikit-learn kernel."""

from __future__ import annotations

import hashlib
from typing import Any

import numpy as np
from sklearn.gaussian_process.kernels import Kernel
from sklearn.utils import check_array

from riskcast._validation import count, number, refuse_dates, refuse_masked

from ._types import FloatArray
from .activations.registry import as_activation
from .block_store import BlockStore
from .convolution import (
    ConvolutionalNetwork,
    ImageSignals,
    image_kernel_block,
    propagate_images,
)
from .floating_range import check_entries, check_kernel
from .gram import Block, cross_gram, symmetric_gram
from .kernel_words import in_words

# Pairs of pixels worked on at once, so that their arrays stay in a core's cache.
_CACHED_PAIRS = 1 << 15
_READOUTS = ("flatten", "global_average")


class ConvolutionalNTK(Kernel):
    """Neural tangent kernel of a wide convolutional network on small images.

    `depth` convolutions of stride one with zeros around the image, each
    followed by the activation, then a linear read-out of all pixels, or of
    their average (CNTK-V and CNTK-GAP of Arora et al., 2019; NTK
    parametrization).

    Flattened, an entry costs as many steps a layer as an image has pixels;
    averaged, the square of that. Correlations of patches are good to
    rounding, the angles of near-equal patches therefore to 1e-8.

    Parameters
    ----------
    image_shape : tuple of int
        (height, width) or (height, width, channels) of the images, whose
        pixels come as rows of a table, channels last.
    depth : int, default=3
        Number of convolutional layers.
    activation : str, Activation or callable, default="relu"
        As for :class:`NTK`.
    filter_size : int, default=3
        Side of the filters, odd.
    readout : {"flatten", "global_average"}, default="flatten"
    weight_variance : float, default=2.0
        σ_w².
    bias_variance : float, default=0.0
        σ_b².
    store : path, default=None
        A folder to keep finished blocks in. The same call, made again after
        an interruption, goes on from there; damaged blocks are computed
        again, with a warning. One folder serves one matrix.

    Examples
    --------
    >>> import numpy as np
    >>> from riskcast.features import ConvolutionalNTK
    >>> images = np.eye(4).reshape(1, 16)
    >>> kernel = ConvolutionalNTK((4, 4), depth=1)
    >>> kernel(images).round(4)
    array([[0.7222]])
    """

    def __init__(
        self,
        image_shape: tuple[int, ...],
        depth: int = 3,
        *,
        activation: Any = "relu",
        filter_size: int = 3,
        readout: str = "flatten",
        weight_variance: float = 2.0,
        bias_variance: float = 0.0,
        store: Any = None,
    ) -> None:
        self.image_shape = image_shape
        self.depth = depth
        self.activation = activation
        self.filter_size = filter_size
        self.readout = readout
        self.weight_variance = weight_variance
        self.bias_variance = bias_variance
        self.store = store

    def __call__(self, X: Any, Y: Any = None, eval_gradient: bool = False) -> Any:
        """Return the Gram matrix.

        Parameters
        ----------
        X : array-like of shape (n_samples_X, height * width * channels)
        Y : array-like of shape (n_samples_Y, height * width * channels), default=None
            None stands for `X` itself.
        eval_gradient : bool, default=False
            Return the gradient by hyperparameters too, of which there are
            none.

        Returns
        -------
        K : ndarray of shape (n_samples_X, n_samples_Y)
        K_gradient : ndarray of shape (n_samples_X, n_samples_X, 0)
            Only with `eval_gradient`.

        Raises
        ------
        ValueError
            If a parameter is out of range, rows are not images of this shape or
            too large or small for floating point,
            or the store holds blocks of another computation.
        """
        network = self._network()
        if Y is not None and eval_gradient:
            raise ValueError("eval_gradient=True with Y given: the gradient needs Y=None.")
        one_set = Y is None or Y is X
        X = self._images(X, "X")
        Y = X if one_set else self._images(Y, "Y")
        side = max(1, min(64, max(len(X), len(Y)) // 8))
        store = self._open_store(network, X, None if one_set else Y, side)
        left = self._followed(network, X, "X")
        right = left if one_set else self._followed(network, Y, "Y")
        block = _kept(_in_cache(network, left, right), store)
        if not one_set:
            K = cross_gram(block, len(X), len(Y), side)
            check_kernel(K, "X", self)
            return K
        diagonal = _diagonal(network, left)
        K = symmetric_gram(block, diagonal, side)
        check_kernel(K, "X", self)
        return (K, np.empty((*K.shape, 0))) if eval_gradient else K

    def diag(self, X: Any) -> FloatArray:
        """Return the Gram matrix's diagonal, without the matrix.

        Parameters
        ----------
        X : array-like of shape (n_samples, height * width * channels)

        Returns
        -------
        ndarray of shape (n_samples,)
        """
        network = self._network()
        return _diagonal(network, self._followed(network, self._images(X, "X"), "X"))

    def __repr__(self) -> str:
        return in_words(self, "image_shape", "depth", "activation")

    def is_stationary(self) -> bool:
        """Whether the kernel depends on X - Y alone: no."""
        return False

    def _network(self) -> ConvolutionalNetwork:
        filter_size = count(self.filter_size, "filter_size")
        if filter_size % 2 == 0:
            raise ValueError(f"filter_size: got {filter_size}; give an odd number, such as 3")
        if self.readout not in _READOUTS:
            raise ValueError(f"readout={self.readout!r}: give 'flatten' or 'global_average'.")
        return ConvolutionalNetwork(
            as_activation(self.activation),
            count(self.depth, "depth"),
            filter_size,
            number(self.weight_variance, "weight_variance"),
            number(self.bias_variance, "bias_variance"),
            self.readout == "global_average",
        )

    def _followed(self, network: ConvolutionalNetwork, X: FloatArray, name: str) -> ImageSignals:
        """Images followed through the network one by one, where an overflow shows first."""
        with np.errstate(over="ignore", invalid="ignore"):
            signals = propagate_images(network, X)
        for norm in signals.norms:
            check_kernel(norm, name, self)
        return signals

    def _images(self, X: Any, name: str) -> FloatArray:
        if np.ndim(self.image_shape) != 1 or len(self.image_shape) not in (2, 3):
            raise ValueError(
                f"image_shape={self.image_shape!r}: give (height, width) or "
                "(height, width, channels)."
            )
        shape = tuple(count(length, "image_shape") for length in self.image_shape)
        refuse_masked(X, name)
        refuse_dates(X, name)
        X = check_array(X, dtype=np.float64, input_name=name)
        check_entries(X, name)
        pixels = int(np.prod(shape))
        if X.shape[1] != pixels:
            raise ValueError(
                f"{name} has {X.shape[1]} columns, image_shape={self.image_shape!r} wants {pixels}."
            )
        return X.reshape(len(X), *shape[:2], -1)

    def _open_store(
        self, network: ConvolutionalNetwork, X: FloatArray, Y: FloatArray | None, side: int
    ) -> BlockStore | None:
        if self.store is None:
            return None
        if " at 0x" in repr(network):
            raise ValueError(
                f"store={str(self.store)!r} with activation={self.activation!r}: a function "
                "cannot be recognized in a later run; give an activation by name or object."
            )
        images = {"X": _fingerprint(X), "Y": None if Y is None else _fingerprint(Y)}
        return BlockStore(self.store, {"network": repr(network), "side": side, **images})


def _in_cache(network: ConvolutionalNetwork, left: ImageSignals, right: ImageSignals) -> Block:
    """Blocks computed in parts small enough for the cache."""
    pixels = left.images.shape[1] * left.images.shape[2]
    pairs = max(1, _CACHED_PAIRS // (pixels**2 if network.average else pixels))
    side = max(1, int(np.sqrt(pairs)))

    def block(rows: slice, columns: slice) -> FloatArray:
        part = np.empty((rows.stop - rows.start, columns.stop - columns.start))
        for i in range(rows.start, rows.stop, side):
            some_rows = slice(i, min(i + side, rows.stop))
            for j in range(columns.start, columns.stop, side):
                some = slice(j, min(j + side, columns.stop))
                part[i - rows.start : i - rows.start + side, j - columns.start :][:, :side] = (
                    image_kernel_block(network, left, some_rows, right, some)
                )
        return part

    return block


def _kept(block: Block, store: BlockStore | None) -> Block:
    """Blocks read from the store where it has them, and put there where not."""
    if store is None:
        return block
    return lambda rows, columns: store.get(
        f"block-{rows.start}-{rows.stop}-{columns.start}-{columns.stop}",
        lambda: block(rows, columns),
    )


def _diagonal(network: ConvolutionalNetwork, signals: ImageSignals) -> FloatArray:
    each = (slice(i, i + 1) for i in range(len(signals.images)))
    return np.array([image_kernel_block(network, signals, one, signals, one)[0, 0] for one in each])


def _fingerprint(images: FloatArray) -> str:
    digest = hashlib.sha256(np.ascontiguousarray(images).tobytes())
    return f"{images.shape} {digest.hexdigest()}"
