"""One factorization of the data, from which every moment of training follows.

With ``K = XXᵀ`` (centred when there is an intercept) and ``K = U Λ Uᵀ``, null
directions dropped, all that a linear rule does to the rows is a function of
the eigenvalues Λ and the coordinates U. The smaller side is factorized: ``XᵀX``
when there are more rows than columns, ``XXᵀ`` otherwise.
"""

from __future__ import annotations

import warnings
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import scipy.linalg
import scipy.sparse
from numpy.typing import NDArray

from riskcast.path.column_rounding import (
    centred_columns,
    column_rounding,
    independent_columns,
    largest_rounding,
    rounding_along,
)
from riskcast.path.sparse_rows import (
    CentredRows,
    far_columns,
    sparse_means,
    with_far_columns_centred,
)
from riskcast.path.threads import threads_for

FloatArray = NDArray[np.float64]

# Eigenvalues of a Gram matrix are accurate to rounding of the largest one.
# Those below this share of it are computed again, from the data.
_TRUSTED_SHARE = 1e-5
_NEGATIVE_SHARE = 1e-8  # of the largest eigenvalue, that kernels in double precision stay within
_LONGEST_NOISE = 1e-6
_LOST = 1e-8  # of the largest eigenvalue: rounding of a centred Gram matrix that is worth a warning
_FAR = 4.0  # times the rounding that is dropped anyway: columns without a mean stay below it
_NOISE = 2.0  # times the most negative eigenvalue: what rounding gives to the positive ones


@dataclass(frozen=True)
class Factorization:
    """Rows in the coordinates of their own spectrum.

    Attributes
    ----------
    vectors : ndarray of shape (n_samples, r)
        U: orthonormal, orthogonal to the constant when `centred`.
    eigenvalues : ndarray of shape (r,)
        The positive eigenvalues of ``XXᵀ``, ascending.
    centred : bool
        Whether an intercept is fitted.
    floor : float, default 0.0
        Eigenvalues up to here are rounding of the Gram matrix that was factorized. They
        were dropped, and parts of the rows, in these coordinates, must drop theirs: there
        a row that repeats another differs from it by rounding of the coordinates.
    rounding : ndarray of shape (r,) or None
        Length of the data's own rounding along each direction, where the means that were
        subtracted make it larger than that of the largest eigenvalue. Parts of the rows drop
        what it explains.
    """

    vectors: FloatArray
    eigenvalues: FloatArray
    centred: bool
    floor: float = 0.0
    rounding: FloatArray | None = None

    @property
    def n_samples(self) -> int:
        """Number of rows."""
        return len(self.vectors)

    @property
    def full_rank(self) -> bool:
        """Whether U and the constant span all of row space."""
        return len(self.eigenvalues) == self.n_samples - int(self.centred)

    @cached_property
    def condition(self) -> float:
        """Condition number of the (centred) rows, null directions aside; one if none vary."""
        if self.eigenvalues.size == 0:
            return 1.0
        return float(np.sqrt(self.eigenvalues[-1] / self.eigenvalues[0]))

    @property
    def remainder_noise(self) -> float:
        """Length that rounding gives to what should be nothing outside the span.

        It grows with the condition number, and of a Gram matrix, which squares it, with
        that of the matrix; but what is longer than a millionth is believed.
        """
        base = float(20.0 * np.finfo(float).eps * np.sqrt(self.n_samples))
        exact = base * self.condition
        if self.rounding is not None and self.eigenvalues.size:
            share = float((self.rounding / np.sqrt(self.eigenvalues)).max())
            exact = max(exact, min(20.0 * share, _LONGEST_NOISE))
        if self.floor == 0.0:
            return exact
        return max(exact, min(base * self.condition**2, _LONGEST_NOISE))

    @cached_property
    def leverage_outside(self) -> FloatArray:
        """Diagonal of the projector orthogonal to U and the constant, shape (n,).

        Exactly zero at full rank and for rows of leverage one, because later
        it is divided by numbers as small as the penalty.
        """
        if self.full_rank:
            return np.zeros(self.n_samples)
        leverage = np.einsum("ij,ij->i", self.vectors, self.vectors)
        outside = 1.0 - leverage - (1.0 / self.n_samples if self.centred else 0.0)
        for row in np.flatnonzero(outside < 1e-4):
            remainder = self._outside_of(int(row))
            outside[row] = remainder @ remainder
        return outside

    def residual_outside(self, targets: FloatArray, coefficients: FloatArray) -> FloatArray:
        """What of the targets lies outside U and the constant, shape (n, outputs).

        `coefficients` are the targets' coordinates ``Uᵀy``, shape (r, outputs).
        """
        if self.full_rank:
            return np.zeros_like(targets)
        centred = self.centre(targets)
        residual = centred - self.vectors @ coefficients
        for row in np.flatnonzero(self.leverage_outside < 1e-4):
            residual[row] = self._outside_of(int(row)) @ centred
        return residual

    def _outside_of(self, row: int) -> FloatArray:
        """Unit vector of a row less its projection, twice, for its small remainder."""
        remainder = np.zeros(self.n_samples)
        remainder[row] = 1.0
        for _ in range(2):
            remainder = self.centre(remainder)
            remainder -= self.vectors @ (self.vectors.T @ remainder)
        # What rounding of an ill-conditioned factorization leaves is no remainder.
        negligible = np.linalg.norm(remainder) <= self.remainder_noise
        return np.zeros(self.n_samples) if negligible else remainder

    def outside_block(self, rows: NDArray[np.intp]) -> tuple[FloatArray, FloatArray]:
        """Eigenvectors and eigenvalues of a group's block of the projector outside.

        Directions of the group that no other row can miss have eigenvalue zero,
        exactly, so that they are not drowned by rounding when the penalty is small.
        """
        size = len(rows)
        if self.full_rank:
            return np.eye(size), np.zeros(size)
        remainders = np.zeros((self.n_samples, size))
        remainders[rows, np.arange(size)] = 1.0
        for _ in range(2):
            remainders = self.centre(remainders)
            remainders -= self.vectors @ (self.vectors.T @ remainders)
        _, lengths, directions = scipy.linalg.svd(remainders, full_matrices=False)
        return directions.T, np.where(lengths > self.remainder_noise, lengths**2, 0.0)

    def directions(self, rows: Any) -> FloatArray:
        """Right singular vectors of the (centred) rows or their operator, (n_features, r)."""
        directions = rows.T @ (self.vectors / np.sqrt(self.eigenvalues))
        _orthonormalize_weak(directions, self.eigenvalues)
        return directions

    def centre(self, values: FloatArray) -> FloatArray:
        """Remove column means, if there is an intercept."""
        return values - values.mean(axis=0) if self.centred else values.copy()

    def coefficients(self, targets: FloatArray) -> FloatArray:
        """Coordinates ``Uᵀy`` of the targets, shape (r, outputs)."""
        return self.vectors.T @ self.centre(targets)

    @cached_property
    def coordinates(self) -> FloatArray:
        """Rows ``U Λ^½`` with the inner products of the data, shape (n, r)."""
        return self.vectors * np.sqrt(self.eigenvalues)


def factorize(
    X: Any, centred: bool, floor: float = 0.0, rounding: FloatArray | None = None
) -> Factorization:
    """Factorize rows X, dense or sparse, of shape (n_samples, n_features).

    Those in the coordinates of another factorization with its `floor` and `rounding`.
    """
    n_samples, n_features = X.shape
    tall = n_samples - int(centred) >= n_features
    if scipy.sparse.issparse(X):
        far = far_columns(X) if centred else np.zeros(n_features, dtype=bool)
        if not tall:
            return _factorize_wide_sparse(X, far, centred)
        if not far.any():
            return _factorize_tall_sparse(X, centred)
        X = X.toarray()  # no larger than U; products of sparse columns would lose the means' digits
    own = column_rounding(X)
    data = centred_columns(X) if centred else X
    with threads_for(X.shape):
        found = _factorize_dense(data, centred, tall, floor)
        return _without_rounding(
            found, data, own if rounding is None else np.maximum(own, rounding), rounding is None
        )


def _without_rounding(
    found: Factorization, data: FloatArray, rounding: FloatArray, explained: bool
) -> Factorization:
    """Drop directions that the rounding of the columns explains, and remember that of the rest.

    Columns whose means are no larger than a few hundred times their spread need nothing of it:
    their rounding is below that of the largest eigenvalue, which is dropped already. Then it
    is `explained`, unless the rows are coordinates, whose rounding they do not show.
    """
    largest = np.sqrt(found.eigenvalues[-1]) if found.eigenvalues.size else 0.0
    worst = largest_rounding(rounding, data.shape)
    if explained and worst <= _FAR * _rounding_share(data.shape) * largest:
        return found
    if not found.eigenvalues.size or found.eigenvalues[0] > worst**2:
        directions = data.T @ (found.vectors / np.sqrt(found.eigenvalues))
        return replace(found, rounding=rounding_along(directions, rounding))
    limit = found.n_samples - int(found.centred)
    basis, weights = independent_columns(data, rounding, limit)
    if not basis.shape[1]:
        return Factorization(basis, np.empty(0), found.centred, found.floor)
    eigenvalues, turn = _accurate_eigh(weights @ weights.T, weights.T)
    eigenvalues, turn = _drop_null(eigenvalues, turn, data.shape, noise=found.floor)
    vectors = basis @ turn
    if found.centred:
        vectors -= vectors.mean(axis=0)
    _orthonormalize_weak(vectors, eigenvalues)
    directions = weights.T @ (turn / np.sqrt(eigenvalues))
    along = rounding_along(directions, rounding)
    return Factorization(vectors, eigenvalues, found.centred, found.floor, along)


def _factorize_dense(data: FloatArray, centred: bool, tall: bool, floor: float) -> Factorization:
    """Factorize rows that are centred already, by their smaller side."""
    if tall:
        return _factorize_tall(data.T @ data, data, centred, means_energy=0.0, floor=floor)
    eigenvalues, vectors = _accurate_eigh(data @ data.T, data.T)
    limit = len(data) - int(centred)
    eigenvalues, vectors = _drop_null(
        eigenvalues[-limit:], vectors[:, -limit:], data.shape, noise=floor
    )
    return Factorization(vectors, eigenvalues, centred, floor)


def _factorize_tall_sparse(X: Any, centred: bool) -> Factorization:
    """Factorize sparse rows with at least as many rows as columns."""
    rows = CentredRows(X, sparse_means(X, centred))
    gram = np.asarray((X.T @ X).todense()) - X.shape[0] * np.outer(rows.means, rows.means)
    with threads_for(X.shape):
        return _factorize_tall(gram, rows, centred, rows.means_energy)


def _factorize_wide_sparse(X: Any, far: NDArray[np.bool_], centred: bool) -> Factorization:
    """Factorize sparse rows with more columns than rows, without making them dense."""
    rounding = column_rounding(X[:, far].toarray())
    noise = largest_rounding(rounding, X.shape) ** 2
    X = with_far_columns_centred(X, far)
    rows = CentredRows(X, sparse_means(X, centred))
    limit = X.shape[0] - int(centred)
    with threads_for((X.shape[0],)):
        gram = rows.gram()
        eigenvalues, vectors = _accurate_eigh(gram, rows.T)
        eigenvalues, vectors = _drop_null(
            eigenvalues[-limit:], vectors[:, -limit:], X.shape, rows.means_energy, noise
        )
        if centred:
            vectors = vectors - vectors.mean(axis=0)
            _orthonormalize_weak(vectors, eigenvalues)
    # Directions of so many columns would fill memory: any may have the rounding of all.
    longest = np.full(len(eigenvalues), np.linalg.norm(rounding)) if far.any() else None
    return Factorization(vectors, eigenvalues, centred, rounding=longest)


def _factorize_tall(
    gram: FloatArray, data: Any, centred: bool, means_energy: float, floor: float = 0.0
) -> Factorization:
    """Factorize centred rows, an array or an operator, from ``dataᵀ data``.

    `means_energy` is the squared size of what centring took away as the rows
    were multiplied, whose rounding is left; zero where they were centred before.
    """
    eigenvalues, directions = _accurate_eigh(gram, data)
    eigenvalues, directions = _drop_null(
        eigenvalues, directions, data.shape, more=means_energy, noise=floor
    )
    vectors = data @ (directions / np.sqrt(eigenvalues))
    _orthonormalize_weak(vectors, eigenvalues)
    return Factorization(vectors, eigenvalues, centred, floor)


def factorize_gram(gram: FloatArray, centred: bool) -> Factorization:
    """Factorize a Gram matrix of shape (n_samples, n_samples).

    Its entries are all there is, so eigenvalues below rounding of the largest
    one carry no information and are dropped; so are negative ones that rounding
    of the entries explains (`gram_rounding`), and positive ones of their size.
    """
    rounding = gram_rounding(gram)
    if (gram != gram.T).any():  # in rounding
        gram = 0.5 * (gram + gram.T)
    subtracted = 0.0  # rounding of what centring takes away
    if centred:
        subtracted = _rounding_share(gram.shape) * float(np.abs(gram).max())
        for _ in range(2):  # the means err by rounding too, alike in all rows
            means = gram.mean(axis=0)
            gram = gram - means - means[:, None] + means.mean()
    with threads_for(gram.shape):
        eigenvalues, vectors = scipy.linalg.eigh(gram, driver="evd", check_finite=False)
    if eigenvalues[0] < -max(_NEGATIVE_SHARE * eigenvalues[-1], rounding, subtracted):
        raise ValueError(
            f"kernel: the Gram matrix must be positive semi-definite, got an eigenvalue of "
            f"{eigenvalues[0]:.3g} beside a largest one of {eigenvalues[-1]:.3g}, more than "
            "rounding explains; pass a positive semi-definite kernel, computed in double precision"
        )
    limit = len(gram) - int(centred)
    noise = -_NOISE * float(eigenvalues[0])  # spread evenly about zero
    floor = max(_rounding_share(gram.shape) * max(float(eigenvalues[-1]), 0.0), noise, subtracted)
    eigenvalues, vectors = _drop_null(
        eigenvalues[-limit:], vectors[:, -limit:], gram.shape, noise=floor
    )
    if eigenvalues.size and subtracted > _LOST * eigenvalues[-1]:
        warnings.warn(
            "kernel: the entries of the Gram matrix are far larger than what centring leaves of "
            "them, so that most of their digits are lost; centre the columns of X before the "
            "kernel is evaluated, or pass X itself where the kernel is linear",
            UserWarning,
            stacklevel=4,
        )
    if centred and eigenvalues.size:  # weak ones mix with the constant, whose eigenvalue is zero
        vectors = vectors - vectors.mean(axis=0)
        _orthonormalize_weak(vectors, eigenvalues)
    return Factorization(vectors, eigenvalues, centred, floor)


def gram_rounding(gram: FloatArray) -> float:
    """How far rounding of its entries may move a Gram matrix's eigenvalues.

    The spectral norm of an error is at most n times its largest entry (Golub and Van
    Loan, "Matrix Computations", 4th edition, eq. 2.3.8); entries err by about the
    machine epsilon times the largest of them. Entries that single precision holds
    exactly were computed in it, whatever the array's type is now.
    """
    with np.errstate(over="ignore"):  # what overflows there was not computed in it
        single = bool((gram == gram.astype(np.float32)).all())
    epsilon = np.finfo(np.float32 if single else np.float64).eps
    return float(epsilon * len(gram) * np.abs(gram).max())


def _accurate_eigh(gram: FloatArray, data: Any) -> tuple[FloatArray, FloatArray]:
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


def _orthonormalize_weak(vectors: FloatArray, eigenvalues: FloatArray) -> None:
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


def _drop_null(
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
    threshold = _rounding_share(shape) ** 2 * max(eigenvalues[-1] + more, 0.0)
    keep = eigenvalues > max(threshold, noise)
    if keep.all():
        return eigenvalues, vectors
    return eigenvalues[keep], vectors[:, keep]


def _rounding_share(shape: tuple[int, ...]) -> float:
    """Rounding of the eigenvalues of ``XXᵀ`` over the largest; of X's singular values alike."""
    return float(8.0 * max(shape) * np.finfo(float).eps)
