"""Small eigenvalues of a Gram matrix, recomputed from the data to full accuracy."""

from __future__ import annotations

from typing import Any

import numpy as np
import scipy.linalg
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

# Eigenvalues of a Gram matrix are accurate to the rounding error of the largest one.
# Those below this share of it are recomputed from the data.
_TRUSTED_SHARE = 1e-5


def accurate_eigh(gram: FloatArray, data: Any) -> tuple[FloatArray, FloatArray]:
    """Eigenvalues and eigenvectors of ``gram = dataᵀ data``, as accurate as those of an SVD.

    The Gram matrix squares the condition number, so its small eigenvalues are
    lost in the rounding error of the large ones. They are recomputed from the data
    in their invariant subspace, after one step of block Jacobi has removed the
    components along the large directions.
    """
    # The matrix is symmetric; its transpose has LAPACK's memory order, which saves a copy.
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
    """Re-orthonormalize the vectors of small eigenvalues in place.

    Dividing by a small singular value magnifies rounding errors, so each vector is
    orthogonalized against those of all larger eigenvalues.
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
    """Triangular factor with the singular values and right singular vectors of ``data @ right``.

    Operators are processed in blocks of rows, because the whole product may not fit in memory.
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
    """Extend the rows of right singular vectors to an orthogonal matrix, as its columns."""
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
    """Drop directions that are null up to rounding.

    Eigenvalues are squared singular values, accurate to the rounding error of the largest
    singular value. The threshold is based on the largest eigenvalue plus `more`, and is at
    least `noise`.
    """
    threshold = rounding_share(shape) ** 2 * max(eigenvalues[-1] + more, 0.0)
    keep = eigenvalues > max(threshold, noise)
    if keep.all():
        return eigenvalues, vectors
    return eigenvalues[keep], vectors[:, keep]


def rounding_share(shape: tuple[int, ...]) -> float:
    """Rounding error of the eigenvalues of ``XXᵀ``, or singular values of X, over the largest."""
    return float(8.0 * max(shape) * np.finfo(float).eps)
