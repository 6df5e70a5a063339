"""Exact leave-one-group-out predictions along training.

Related rows (duplicates, rows of one patient or day) must be held out together.
At a penalty z, the residuals on group G of the model fitted without it are

    e_G(z) = [(I - H(z))_GG]⁻¹ [(I - H(z)) y]_G,   I - H = U z(Λ+z)⁻¹ Uᵀ + P,

with P the projector orthogonal to U and the constant. This block form of the
leave-one-out identity is used for small groups. For large groups it is cheaper to
factorize the remaining rows, in the coordinates of the full factorization.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from riskcast.filters import Filter
from riskcast.filters._ridge_mixtures import resolvent_mixture
from riskcast.path._factorization import Factorization, OutsideBlock
from riskcast.path._leave_one_out import NodeFunctions, node_functions
from riskcast.path._problem import Problem

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

_LARGEST_BLOCK = 24  # for larger groups the remaining rows are factorized


def leave_group_out(problem: Problem, filter: Filter) -> Iterator[tuple[IndexArray, FloatArray]]:
    """Yield the predictions of each group by the model trained without it.

    Parameters
    ----------
    problem : Problem
        Rows and targets; the groups are `problem.units`.
    filter : Filter
        The training rule.

    Yields
    ------
    rows : ndarray of int
        Indices of the rows of a group.
    predictions : ndarray of shape (rows, T, outputs)
        Their predictions at each time.
    """
    data = problem.data
    mixtures: dict[int, _BlockMixture] = {}
    for rows in problem.units:
        if int(rows[0]) in problem.refits:
            yield rows, problem.refits[int(rows[0])].predict(filter)
            continue
        if len(rows) > _LARGEST_BLOCK:
            others = np.setdiff1d(np.arange(data.n_samples), rows)
            yield rows, problem.fold(others).hold_out(rows).predict(filter)
            continue
        kept = data.n_samples - len(rows)
        if kept not in mixtures:
            mixtures[kept] = _BlockMixture(data, filter, kept)
        yield rows, _block_predictions(problem, rows, mixtures[kept])


class _BlockMixture:
    """A filter's mixture for folds of one size, with node functions evaluated once."""

    def __init__(self, data: Factorization, filter: Filter, n_trained: int) -> None:
        mixture = resolvent_mixture(filter, n_trained, float(data.eigenvalues[-1]))
        self.n_moments = mixture.n_moments
        self.windows = [
            (window, None if window.is_limit else node_functions(data.eigenvalues, window.nodes))
            for window in mixture.windows
        ]


def _block_predictions(problem: Problem, rows: IndexArray, mixture: _BlockMixture) -> FloatArray:
    """Predictions of a small group from its block of the residual operator."""
    data, targets, coefficients = problem.data, problem.targets, problem.coefficients
    mean = problem.fold_means[rows]
    away = targets[rows] - mean
    outside = data.outside_block(rows, targets)
    turn, outer = outside.directions, outside.eigenvalues
    vectors = turn.T @ data.vectors[rows]
    beyond = np.where(outer[:, None] > 0, outside.residual, 0.0)
    predictions = np.zeros((len(rows), mixture.n_moments, targets.shape[1]))
    for window, functions in mixture.windows:
        if functions is None:
            end = _limit_block(data, vectors, coefficients, beyond, outer)
            missed = end[None].astype(np.complex128)
        else:
            missed = _solve_block(vectors, coefficients, outside, window.nodes, data, functions)
        missed = np.einsum("gh,nho->ngo", turn, missed)
        learned = 2.0 * np.real(np.einsum("tn,ngo->gto", window.weights, away - missed))
        predictions[:, window.rows, :] += learned
    return predictions + mean[:, None]


def _solve_block(
    vectors: FloatArray,
    coefficients: FloatArray,
    outside: OutsideBlock,
    penalties: NDArray[np.complex128],
    data: Factorization,
    nodes: NodeFunctions,
) -> NDArray[np.complex128]:
    """Residuals e_G(z_k) at all nodes of a window, shape (N, group, outputs)."""
    basis, mixing, scales = nodes
    count, size = len(scales), len(vectors)
    functions = mixing[:, :count] + 1j * mixing[:, count:]
    pairs = np.einsum("gr,hr,rl->ghl", vectors, vectors, basis, optimize=True)
    block = np.moveaxis(pairs @ functions, -1, 0)
    large = np.abs(penalties)[:, None] > data.eigenvalues[0]  # doubtful directions count there
    outer = scales[:, None] * (outside.eigenvalues + np.where(large, outside.doubtful, 0.0))
    block[:, np.arange(size), np.arange(size)] += outer
    right = np.einsum("gr,ro,rl->gol", vectors, coefficients, basis, optimize=True)
    beyond = np.where(outer[:, :, None] > 0, scales[:, None, None] * outside.residual, 0.0)
    right = np.moveaxis(right @ functions, -1, 0) + beyond
    # Entries of directions with leverage one are as small as the penalty, so scale the system.
    balance = 1.0 / np.sqrt(np.abs(block[:, np.arange(size), np.arange(size)]))
    block *= balance[:, :, None] * balance[:, None, :]
    return balance[:, :, None] * np.linalg.solve(block, balance[:, :, None] * right)


def _limit_block(
    data: Factorization,
    vectors: FloatArray,
    coefficients: FloatArray,
    beyond: FloatArray,
    outer: FloatArray,
) -> FloatArray:
    """Limit of e_G(z) as z → 0, shape (group, outputs).

    Directions with a component outside the span are determined by that component; in
    the others the terms linear in z remain.
    """
    missed = np.zeros_like(beyond)
    free, bound = np.flatnonzero(outer > 0), np.flatnonzero(outer == 0)
    missed[free] = beyond[free] / outer[free, None]
    if bound.size:
        inverse = data.eigenvalues[0] / data.eigenvalues
        weighted = vectors[bound] * inverse
        right = weighted @ (coefficients - vectors[free].T @ missed[free])
        missed[bound] = np.linalg.solve(weighted @ vectors[bound].T, right)
    return missed
