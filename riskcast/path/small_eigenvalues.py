"""Eigenvalues of a Gram matrix that its rounding hides, found again from the data."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# Eigenvalues of a Gram matrix are accurate to rounding of the largest one.
# Those below this share of it are computed again, from the data.
_TRUSTED_SHARE = 1e-5


def accurate_eigh(gram: FloatArray, data: Any) -> tuple[FloatArray, FloatArray]:
    """Eigenvalues and vectors of ``gram = dataᵀ data``, the small ones as accurate as an SVD's.

    The Gram matrix squares the condition number, so its small eigenvalues are
    lost in the rounding of the large ones. They are found again from the data
    in the subspace that belongs to them, after one step of block Jacobi has
    cleaned that subspace of the large directions.
    """
    # The matrix is symmetric; its transpose has LAPACK's order of memory, which saves a copy.
    eigenvalues, vectors = scipy.linalg.eigh(
        gram.T, driver="evd", overwrite_a=True, check_finite=False
    )
    del gram
    small = int(np.searchsorted(eigenvalues, _TRUSTED_SHARE * eigenvalues[-1]))
    if small == 0 or eigenvalues[-1] <= 0.0:
        return eigenvalues, vectors
    weak, strong = vectors[:, :small], vectors[:, small:]
    twice = data.T @ (data @ weak) if isinstance(data, np.ndarray) else data.gram_times(weak)
    mixing = strong.T @ twice / eigenvalues[small:, None]
    weak_clean = weak - strong @ mixing
    vectors[:, small:] += weak @ mixing.T
    _, singular_values, rotation = scipy.linalg.svd(
        _triangular_factor(data, weak_clean), full_matrices=False, check_finite=False
    )
    values = np.zeros(small)
    values[: len(singular_values)] = singular_values**2
    turned = weak_clean @ _completed(rotation, small)
    vectors[:, :small] = turned[:, ::-1]
    eigenvalues[:small] = values[::-1]
    return eigenvalues, vectors


def orthonormalize_weak(vectors: FloatArray, eigenvalues: FloatArray) -> None:
    """Make the vectors of small eigenvalues orthogonal again, in place.

    Dividing by a small singular value has magnified their rounding, the more
    the smaller it is, so each is cleaned of all that are larger.
    """
    largest = eigenvalues[-1] if eigenvalues.size else 0.0
    small = int(np.searchsorted(eigenvalues, _TRUSTED_SHARE * largest))
    if small == 0:
        return
    weak, strong = vectors[:, :small], vectors[:, small:]
    for _ in range(2):
        weak -= strong @ (strong.T @ weak)
    orthogonal, triangle = scipy.linalg.qr(weak[:, ::-1], mode="economic", check_finite=False)
    weak[:] = (orthogonal * np.sign(np.diag(triangle)))[:, ::-1]


def _triangular_factor(data: Any, right: FloatArray) -> FloatArray:
    """A triangular factor of ``data @ right``: its singular values and right vectors.

    Rows of an operator come in blocks, for all together may not fit in memory.
    """
    size = right.shape[1]
    if isinstance(data, np.ndarray):
        return _reduced(data @ right, size)
    factor = np.empty((0, size))
    for block in data.blocks(right):
        factor = _reduced(np.vstack([factor, block]), size)
    return factor


def _reduced(block: FloatArray, size: int) -> FloatArray:
    if block.shape[0] <= size:
        return block
    return scipy.linalg.qr(block, mode="r", check_finite=False)[0][:size]


def _completed(rotation: FloatArray, size: int) -> FloatArray:
    """Rows of right singular vectors as columns of a whole orthogonal matrix."""
    if len(rotation) == size:
        return rotation.T
    whole, _ = scipy.linalg.qr(rotation.T, check_finite=False)
    whole[:, : len(rotation)] = rotation.T
    return whole


def drop_null(
    eigenvalues: FloatArray,
    vectors: FloatArray,
    shape: tuple[int, ...],
    more: float = 0.0,
    noise: float = 0.0,
) -> tuple[FloatArray, FloatArray]:
    """Drop directions that are null to rounding; eigenvalues are an SVD's squares.

    Rounding is that of the largest eigenvalue and of `more`, and at least `noise`, as a
    Gram matrix has it.
    """
    threshold = rounding_share(shape) ** 2 * max(eigenvalues[-1] + more, 0.0)
    keep = eigenvalues > max(threshold, noise)
    if keep.all():
        return eigenvalues, vectors
    return eigenvalues[keep], vectors[:, keep]


def rounding_share(shape: tuple[int, ...]) -> float:
    """Rounding of the eigenvalues of ``XXᵀ`` over the largest; of X's singular values alike."""
    return float(8.0 * max(shape) * np.finfo(float).eps)
