"""Exact leave-one-out predictions at every moment of training.

At a penalty z, real or complex, the model fitted without row i misses it by

    e_i(z) = [U z(Λ+z)⁻¹ Uᵀy + r₀]_i / [Σ_j U_ij² z/(λ_j+z) + h₀]_i,

with r₀ and h₀ the residual and the leverage outside U and the constant. This
form of the classical leave-one-out identity (Allen 1974; Golub, Heath and
Wahba 1979) keeps its digits when z is small. Training is the mixture of these
ridge regressions, less the fold's mean, which the mixture must not touch:

    prediction_i = mean_i + 2 Re Σ_k c_k (y_i - mean_i - e_i(z_k)).
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray
from sklearn.utils.extmath import randomized_range_finder

from riskcast.filters import Filter
from riskcast.path.factorization import Factorization
from riskcast.path.problem import Problem
from riskcast.resolvents import ResolventMixture, Window, resolvent_mixture

FloatArray = NDArray[np.float64]

_BLOCK_ELEMENTS = 60_000  # of the largest array of a block: stays in a core's cache
_EVERY = 9  # functions, for a first look at a basis
_NO_PENALTY = 1e-100  # over the smallest eigenvalue: less makes no difference but overflows
_BASIS_ERROR = 2e-14  # of the projected node functions, relative to each one's largest value


class NodeFunctions(NamedTuple):
    """The functions ``z_k/(λ+z_k)`` of all nodes, scaled, through a common basis.

    Attributes
    ----------
    basis : ndarray of shape (r, L)
        Functions on the spectrum.
    mixing : ndarray of shape (L, 2N)
        Real parts of all nodes, then imaginary parts, in this basis.
    scales : ndarray of shape (N,)
        What each node's function, and all that is added to it, was multiplied by.
    """

    basis: FloatArray
    mixing: FloatArray
    scales: FloatArray


def node_functions(eigenvalues: FloatArray, nodes: NDArray[np.complex128]) -> NodeFunctions:
    """Evaluate and compress the node functions on a spectrum.

    Some hundred nodes span, to rounding, far fewer functions on a spectrum, so
    the large matrix products are done with those only. The basis is a
    randomized range (Halko, Martinsson and Tropp 2011), doubled until exact.
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
        # A basis that is too small mostly shows in a few of the functions already.
        few = stacked[:, ::_EVERY]
        if _left_of(few, basis, basis.T @ few) <= _BASIS_ERROR:
            mixing = basis.T @ stacked
            if _left_of(stacked, basis, mixing) <= _BASIS_ERROR:
                return NodeFunctions(basis, mixing, scales)
        size = 2 * size if size >= 48 else size + 12
    if stacked.shape[1] <= len(eigenvalues):  # few nodes: they are their own basis
        return NodeFunctions(stacked, np.eye(stacked.shape[1]), scales)
    return NodeFunctions(np.eye(len(eigenvalues)), stacked, scales)


def _left_of(functions: FloatArray, basis: FloatArray, mixing: FloatArray) -> float:
    """The largest value of what ``basis @ mixing`` leaves of the functions."""
    return float(np.abs(functions - basis @ mixing).max())


def leave_one_out(
    problem: Problem, filter: Filter, mixture: ResolventMixture | None = None
) -> Iterator[tuple[slice, FloatArray]]:
    """Predictions of each row by the model trained without it, block by block.

    Parameters
    ----------
    problem : Problem
        Rows and targets.
    filter : Filter
        The training rule.
    mixture : ResolventMixture, optional
        Its `fold_mixture`, where that is at hand.

    Yields
    ------
    rows : slice
        Which rows come.
    predictions : ndarray of shape (rows, T, outputs)
        Their predictions at each moment.
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
    """The filter's mixture for folds of all rows but one, on the spectra these can have.

    A fold's positive eigenvalues are at least those of all the data, times what
    the row left out leaves of any direction, which is one less its leverage; at
    full rank interlacing makes it all.
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
    """Add ``2 Re Σ c_k (away - e(z_k))`` to predictions (rows, T), window by window."""
    first = 0
    for weights in mixing:
        part = slice(first, first + len(weights.real))
        first = part.stop
        learned = np.multiply.outer(away, weights.total)
        learned -= real[:, part] @ weights.real
        learned += imag[:, part] @ weights.imag
        predictions[:, weights.rows] += learned


class _RealWeights:
    """A window's weights as real matrices, so that 2 Re Σ c e is two real products."""

    def __init__(self, window: Window) -> None:
        rows = window.rows
        run = len(rows) == rows[-1] - rows[0] + 1
        self.rows = slice(int(rows[0]), int(rows[-1]) + 1) if run else rows
        self.real = np.ascontiguousarray(2.0 * window.weights.real.T)
        self.imag = np.ascontiguousarray(2.0 * window.weights.imag.T)
        self.total = self.real.sum(axis=0)


class _Misses:
    """The misses e_i(z_k) of blocks of rows at all nodes, in arrays that are used again.

    Fresh arrays for every block would cost more than the arithmetic on them.
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
        # Last rows carry what lies outside the spectrum, the same at all nodes, or at those of
        # penalties so large that it does not matter whether it lies outside.
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
        """Denominators of a block: their conjugates over their squared size."""
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
        """Real and imaginary parts of the misses of a block, each of shape (rows, N)."""
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
        """``[rows @ basis, last] @ mixing``, real parts to out[0], imaginary to out[1]."""
        projected = self.projected[: len(rows)]
        width = basis.shape[1]
        np.matmul(rows, basis, out=projected[:, :width])
        projected[:, width:] = last
        for half, part in zip(self.halves, out, strict=True):
            np.matmul(projected, half, out=part[: len(rows)])


def _limit_residuals(problem: Problem) -> FloatArray:
    """The limit of e_i(z) as z → 0, shape (n_samples, outputs).

    A row that others can miss keeps what lies outside their span; a row of
    leverage one is a ratio of terms that vanish together.
    """
    data, outside = problem.data, problem.outside
    free = data.leverage_outside > 0
    missed = np.empty_like(outside)
    missed[free] = outside[free] / data.leverage_outside[free, None]
    if not free.all():
        vectors = data.vectors[~free]
        inverse = data.eigenvalues[0] / data.eigenvalues  # keeps 1e±300 away
        above = vectors @ (problem.coefficients * inverse[:, None])
        missed[~free] = above / ((vectors * vectors) @ inverse)[:, None]
    return missed
