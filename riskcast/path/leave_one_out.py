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

from riskcast.path.factorization import Factorization
from riskcast.resolvents import ResolventMixture, Window

FloatArray = NDArray[np.float64]

_BLOCK_ELEMENTS = 120_000  # rows times nodes of one block: stays in a core's cache
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
    values = nodes / (eigenvalues[:, None] + nodes)
    largest = np.abs(values).max(axis=0)
    scales = 1.0 / largest
    stacked = np.concatenate([values.real * scales, values.imag * scales], axis=1)
    size = 24
    while 2 * size < min(stacked.shape):
        basis = randomized_range_finder(stacked, size=size, n_iter=0, random_state=0)
        mixing = basis.T @ stacked
        if np.abs(stacked - basis @ mixing).max() <= _BASIS_ERROR:
            return NodeFunctions(basis, mixing, scales)
        size = 2 * size if size >= 48 else size + 12
    return NodeFunctions(np.eye(len(eigenvalues)), stacked, scales)


def leave_one_out(
    data: Factorization, targets: FloatArray, mixture: ResolventMixture
) -> Iterator[tuple[slice, FloatArray]]:
    """Predictions of each row by the model trained without it, block by block.

    Parameters
    ----------
    data : Factorization
        The rows.
    targets : ndarray of shape (n_samples, outputs)
        The targets.
    mixture : ResolventMixture
        The filter, for ``n_samples - 1`` rows.

    Yields
    ------
    rows : slice
        Which rows come.
    predictions : ndarray of shape (rows, T, outputs)
        Their predictions at each moment.
    """
    fold_means = _fold_means(targets, data.centred)
    away = targets - fold_means
    coefficients = data.coefficients(targets)
    residual_outside = data.residual_outside(targets)
    interior = [w for w in mixture.windows if not is_limit(w)]
    limits = [w for w in mixture.windows if is_limit(w)]
    nodes = np.concatenate([w.nodes for w in interior] or [np.empty(0, complex)])
    functions = node_functions(data.eigenvalues, nodes) if nodes.size else None
    at_the_end = (
        _limit_residuals(data, coefficients, residual_outside) if limits else np.zeros((0, 0))
    )
    height = max(32, _BLOCK_ELEMENTS // max(1, len(nodes)))
    for start in range(0, len(targets), height):
        rows = slice(start, min(start + height, len(targets)))
        predictions = np.repeat(fold_means[rows, None, :], mixture.n_moments, axis=1)
        if functions is not None:
            misses = _residuals(data, coefficients, residual_outside, functions, rows)
            _mix(predictions, misses, away[rows], interior)
        for window in limits:
            predictions[:, window.rows, :] += (away[rows] - at_the_end[rows])[:, None, :]
        yield rows, predictions


def _fold_means(targets: FloatArray, centred: bool) -> FloatArray:
    """Mean target of all rows but one, for each row; zero without an intercept."""
    if not centred:
        return np.zeros_like(targets)
    return (targets.sum(axis=0) - targets) / (len(targets) - 1)


def is_limit(window: Window) -> bool:
    """Whether a window is the end of training, where the penalty itself goes to zero."""
    return len(window.nodes) == 1 and window.nodes[0] == 0


def _residuals(
    data: Factorization,
    coefficients: FloatArray,
    residual_outside: FloatArray,
    functions: NodeFunctions,
    rows: slice,
) -> list[tuple[FloatArray, FloatArray]]:
    """Real and imaginary parts of e_i(z_k) for a block of rows, one pair an output."""
    basis, mixing, scales = functions
    n_nodes = len(scales)
    vectors = data.vectors[rows]
    below = (vectors * vectors) @ basis @ mixing
    below[:, :n_nodes] += np.multiply.outer(data.leverage_outside[rows], scales)
    below_real, below_imag = below[:, :n_nodes], below[:, n_nodes:]
    norm = below_real * below_real
    norm += below_imag * below_imag
    below /= np.concatenate([norm, norm], axis=1)
    pairs = []
    for output in range(coefficients.shape[1]):
        above = vectors @ (coefficients[:, output, None] * basis) @ mixing
        above[:, :n_nodes] += np.multiply.outer(residual_outside[rows, output], scales)
        above_real, above_imag = above[:, :n_nodes], above[:, n_nodes:]
        real = above_real * below_real
        real += above_imag * below_imag
        imag = above_imag * below_real
        imag -= above_real * below_imag
        pairs.append((real, imag))
    return pairs


def _mix(
    predictions: FloatArray,
    misses: list[tuple[FloatArray, FloatArray]],
    away: FloatArray,
    windows: list[Window],
) -> None:
    """Add ``2 Re Σ c_k (away - e(z_k))`` to the predictions, window by window."""
    start = 0
    for window in windows:
        part = slice(start, start + len(window.nodes))
        start = part.stop
        total = 2.0 * window.weights.real.sum(axis=1)
        for output, (real, imag) in enumerate(misses):
            learned = np.multiply.outer(away[:, output], total)
            learned -= real[:, part] @ (2.0 * window.weights.real.T)
            learned += imag[:, part] @ (2.0 * window.weights.imag.T)
            predictions[:, window.rows, output] += learned


def _limit_residuals(
    data: Factorization, coefficients: FloatArray, residual_outside: FloatArray
) -> FloatArray:
    """The limit of e_i(z) as z → 0, shape (n_samples, outputs).

    A row that others can miss keeps what lies outside their span; a row of
    leverage one is a ratio of terms that vanish together.
    """
    inverse = 1.0 / data.eigenvalues
    scale = data.eigenvalues[0] if inverse.size else 1.0  # keeps 1e±300 away
    above = data.vectors @ (coefficients * (inverse * scale)[:, None])
    below = (data.vectors**2) @ (inverse * scale)
    free = data.leverage_outside > 0
    above[free], below[free] = residual_outside[free], data.leverage_outside[free]
    return above / below[:, None]
