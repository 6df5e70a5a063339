"""Exact leave-one-out predictions along training.

At a penalty z, real or complex, the leave-one-out residual of row i is

    e_i(z) = [U z(Λ+z)⁻¹ Uᵀy + r₀]_i / [Σ_j U_ij² z/(λ_j+z) + h₀]_i,

with r₀ and h₀ the residual and the leverage outside U and the constant. This
form of the classical leave-one-out identity (Allen 1974; Golub, Heath and
Wahba 1979) remains accurate for small z. A training rule is a mixture of these
ridge regressions. The mixture acts on the targets minus the fold's mean:

    prediction_i = mean_i + 2 Re Σ_k c_k (y_i - mean_i - e_i(z_k)).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.extmath import randomized_range_finder

from riskcast.filters import Filter
from riskcast.filters._ridge_mixtures import ResolventMixture, Window, resolvent_mixture
from riskcast.path._factorization import Factorization
from riskcast.path._problem import Problem

FloatArray = NDArray[np.float64]

_BLOCK_ELEMENTS = 60_000  # elements of the largest array of a block, to fit in a core's cache
_EVERY = 9  # a basis is first checked on every 9th function
_NO_PENALTY = 1e-100  # smallest penalty over the smallest eigenvalue; smaller ones overflow
_BASIS_ERROR = 2e-14  # of the projected node functions, relative to each one's largest value


class NodeFunctions(NamedTuple):
    """The functions ``z_k/(λ+z_k)`` of all nodes, scaled and expressed in a common basis.

    Attributes
    ----------
    basis : ndarray of shape (r, L)
        Basis functions on the spectrum.
    mixing : ndarray of shape (L, 2N)
        Real parts of all nodes, then imaginary parts, in this basis.
    scales : ndarray of shape (N,)
        Scale factor of each node's function, to be applied to everything added to it.
    """

    basis: FloatArray
    mixing: FloatArray
    scales: FloatArray


def node_functions(eigenvalues: FloatArray, nodes: NDArray[np.complex128]) -> NodeFunctions:
    """Evaluate and compress the node functions on a spectrum.

    The functions of a few hundred nodes span, up to rounding, a space of much lower
    dimension, and the large matrix products use a basis of that space only. The basis
    is a randomized range (Halko, Martinsson and Tropp 2011), enlarged until it is exact
    to rounding.
    """
    smallest = _NO_PENALTY * eigenvalues[0]
    nodes = np.where(np.abs(nodes) < smallest, smallest, nodes)
    values = nodes / (eigenvalues[:, None] + nodes)
    largest = np.abs(values).max(axis=0)
    scales = 1.0 / largest
    stacked = np.concatenate([values.real * scales, values.imag * scales], axis=1)
    size = 24
    while 2 * size < min(stacked.shape):
        basis = randomized_range_finder(stacked, size=size, n_iter=0, random_state=0)
        # A few of the functions usually suffice to detect a basis that is too small.
        few = stacked[:, ::_EVERY]
        if _left_of(few, basis, basis.T @ few) <= _BASIS_ERROR:
            mixing = basis.T @ stacked
            if _left_of(stacked, basis, mixing) <= _BASIS_ERROR:
                return NodeFunctions(basis, mixing, scales)
        size = 2 * size if size >= 48 else size + 12
    if stacked.shape[1] <= len(eigenvalues):  # few nodes: the functions are the basis
        return NodeFunctions(stacked, np.eye(stacked.shape[1]), scales)
    return NodeFunctions(np.eye(len(eigenvalues)), stacked, scales)


def _left_of(functions: FloatArray, basis: FloatArray, mixing: FloatArray) -> float:
    """Largest absolute error of ``basis @ mixing`` as an approximation of the functions."""
    return float(np.abs(functions - basis @ mixing).max())


def leave_one_out(
    problem: Problem, filter: Filter, mixture: ResolventMixture | None = None
) -> Iterator[tuple[slice, FloatArray]]:
    """Yield leave-one-out predictions, block by block.

    Parameters
    ----------
    problem : Problem
        Rows and targets.
    filter : Filter
        The training rule.
    mixture : ResolventMixture, optional
        The `fold_mixture` of the filter, if already computed.

    Yields
    ------
    rows : slice
        The rows of the block.
    predictions : ndarray of shape (rows, T, outputs)
        Their predictions at each time.
    """
    targets, data = problem.targets, problem.data
    mixture = mixture or fold_mixture(data, filter)
    fold_means = problem.fold_means
    away = targets - fold_means
    interior = [window for window in mixture.windows if not window.is_limit]
    limits = [window for window in mixture.windows if window.is_limit]
    at_the_end = _limit_residuals(problem) if limits else away
    nodes = np.concatenate([w.nodes for w in interior] or [np.empty(0, complex)])
    widest = max(len(nodes), mixture.n_moments * targets.shape[1])
    height = max(32, _BLOCK_ELEMENTS // widest)
    misses = _Misses(problem, nodes, height)
    mixing = [_RealWeights(window) for window in interior]
    for start in range(0, len(targets), height):
        rows = slice(start, min(start + height, len(targets)))
        predictions = np.empty((rows.stop - start, mixture.n_moments, targets.shape[1]))
        predictions[:] = fold_means[rows, None, :]
        if mixing:
            misses.prepare(rows)
            for output in range(targets.shape[1]):
                real, imag = misses.of_output(rows, output)
                _mix(predictions[:, :, output], real, imag, away[rows, output], mixing)
        for window in limits:
            predictions[:, window.rows, :] += (away[rows] - at_the_end[rows])[:, None, :]
        for row, held_out in problem.refits.items():
            if rows.start <= row < rows.stop:
                predictions[row - start] = held_out.predict(filter)[0]
        yield rows, predictions


def fold_mixture(data: Factorization, filter: Filter) -> ResolventMixture:
    """The filter's mixture for leave-one-out folds, on the range of their spectra.

    The positive eigenvalues of a fold are at least the smallest eigenvalue of all rows
    times one minus the leverage of the held-out row. At full rank they are at least
    the smallest eigenvalue itself, by interlacing.
    """
    mixture = resolvent_mixture(filter, data.n_samples - 1, float(data.eigenvalues[-1]))
    left = 1.0 if data.full_rank else float(data.leverage_outside.min())
    return mixture.on_spectrum(left * float(data.eigenvalues[0]), float(data.eigenvalues[-1]))


def _mix(
    predictions: FloatArray,
    real: FloatArray,
    imag: FloatArray,
    away: FloatArray,
    mixing: list[_RealWeights],
) -> None:
    """Add ``2 Re Σ c_k (away - e(z_k))`` to predictions of shape (rows, T), per window."""
    first = 0
    for weights in mixing:
        part = slice(first, first + len(weights.real))
        first = part.stop
        learned = np.multiply.outer(away, weights.total)
        learned -= real[:, part] @ weights.real
        learned += imag[:, part] @ weights.imag
        predictions[:, weights.rows] += learned


class _RealWeights:
    """A window's weights as real matrices, so that 2 Re Σ c e takes two real products."""

    def __init__(self, window: Window) -> None:
        rows = window.rows
        run = len(rows) == rows[-1] - rows[0] + 1
        self.rows = slice(int(rows[0]), int(rows[-1]) + 1) if run else rows
        self.real = np.ascontiguousarray(2.0 * window.weights.real.T)
        self.imag = np.ascontiguousarray(2.0 * window.weights.imag.T)
        self.total = self.real.sum(axis=0)


class _Misses:
    """Residuals e_i(z_k) of blocks of rows at all nodes, in preallocated arrays.

    Allocating arrays for every block would cost more than the arithmetic.
    """

    def __init__(self, problem: Problem, nodes: NDArray[np.complex128], height: int) -> None:
        data = problem.data
        self.vectors = data.vectors
        self.leverage = data.leverage_outside[:, None]
        self.outside = problem.outside[:, None]
        if not nodes.size:
            return
        basis, mixing, scales = node_functions(data.eigenvalues, nodes)
        self.basis = basis
        self.bases = [column[:, None] * basis for column in problem.coefficients.T]
        # The last rows carry the components outside the span: the certain ones at all nodes,
        # the doubtful ones only at penalties above the smallest eigenvalue.
        last = [scales]
        if data.doubtful_leverage.any():
            last.append(np.where(np.abs(nodes) > data.eigenvalues[0], scales, 0.0))
            self.leverage = np.stack([data.leverage_outside, data.doubtful_leverage], axis=1)
            self.outside = np.stack([problem.outside, problem.doubtful_outside], axis=1)
        self.mixing = np.vstack([mixing, *(np.append(row, np.zeros_like(row)) for row in last)])
        self.projected = np.empty((height, len(self.mixing)))
        self.below, self.above, self.ratio = (np.empty((2, height, len(nodes))) for _ in range(3))
        self.scratch = np.empty((height, len(nodes)))
        self.halves = np.split(self.mixing, 2, axis=1)

    def prepare(self, rows: slice) -> None:
        """Compute the reciprocal denominators of a block."""
        vectors = self.vectors[rows]
        size = len(vectors)
        self._project(vectors * vectors, self.basis, self.leverage[rows], self.below)
        real, imag = self.below[:, :size]
        scratch, norm = self.scratch[:size], self.ratio[0, :size]
        np.multiply(real, real, out=norm)
        np.multiply(imag, imag, out=scratch)
        norm += scratch
        real /= norm
        imag /= norm

    def of_output(self, rows: slice, output: int) -> tuple[FloatArray, FloatArray]:
        """Real and imaginary parts of the residuals of a block, each of shape (rows, N)."""
        vectors = self.vectors[rows]
        size = len(vectors)
        self._project(vectors, self.bases[output], self.outside[rows, :, output], self.above)
        above_real, above_imag = self.above[:, :size]
        below_real, below_imag = self.below[:, :size]
        real, imag, scratch = self.ratio[0, :size], self.ratio[1, :size], self.scratch[:size]
        np.multiply(above_real, below_real, out=real)
        np.multiply(above_imag, below_imag, out=scratch)
        real += scratch
        np.multiply(above_imag, below_real, out=imag)
        np.multiply(above_real, below_imag, out=scratch)
        imag -= scratch
        return real, imag

    def _project(
        self, rows: FloatArray, basis: FloatArray, last: FloatArray, out: FloatArray
    ) -> None:
        """``[rows @ basis, last] @ mixing``; real parts in out[0], imaginary in out[1]."""
        projected = self.projected[: len(rows)]
        width = basis.shape[1]
        np.matmul(rows, basis, out=projected[:, :width])
        projected[:, width:] = last
        for half, part in zip(self.halves, out, strict=True):
            np.matmul(projected, half, out=part[: len(rows)])


def _limit_residuals(problem: Problem) -> FloatArray:
    """Limit of e_i(z) as z → 0, shape (n_samples, outputs).

    For a row of leverage below one, the components outside the span determine it. For a
    row of leverage one, numerator and denominator both vanish, and the ratio of their
    terms linear in z remains.
    """
    data, outside = problem.data, problem.outside
    free = data.leverage_outside > 0
    missed = np.empty_like(outside)
    missed[free] = outside[free] / data.leverage_outside[free, None]
    if not free.all():
        vectors = data.vectors[~free]
        inverse = data.eigenvalues[0] / data.eigenvalues  # scaled to avoid overflow
        above = vectors @ (problem.coefficients * inverse[:, None])
        missed[~free] = above / ((vectors * vectors) @ inverse)[:, None]
    return missed
