"""The heart: any filter as a short sum of ridge regressions at complex penalties.

For every linear training rule and every λ in ``[0, λmax]``

    h(λ) = 2 Re Σ_k c_k · λ / (λ + z_k)

to a stated accuracy, with nodes z_k that serve a whole window of times. So
whatever has a closed form for ridge regression, leave-one-out among it, has
one for every moment of training: evaluate it at the z_k and mix.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike, NDArray

from riskcast import contours, step_contours
from riskcast.checks import count, positive_finite, refuse_masked
from riskcast.contours import PROMISED_ERROR
from riskcast.filters import Filter, GradientFlow, PrincipalComponents, Ridge, SteppedFilter

__all__ = ["PROMISED_ERROR", "ResolventMixture", "Window", "resolvent_mixture"]

_WIDEST_WINDOW = 30.0  # last over first time; measured, the fewest nodes a decade

_WIDEST_SPECTRUM = 1e4  # ratio of eigenvalues up to which repeated nodes are merged
_SPECTRUM_GRID = 80
_MERGING_ERROR = 1e-11  # of shares, that merging may cost
_REPEATED = 1e-14  # part of a node's function that is not in the others', to be dropped

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]


@dataclass(frozen=True)
class Window:
    """Moments of training that share their nodes.

    Attributes
    ----------
    rows : ndarray of int, shape (T_w,)
        Which moments of the filter these are.
    nodes : ndarray of complex, shape (N,)
        Penalties z_k; those with an imaginary part stand for themselves and
        their conjugates. A node of exactly zero means the limit z → 0.
    weights : ndarray of complex, shape (T_w, N)
        Weights c_k.
    """

    rows: NDArray[np.intp]
    nodes: ComplexArray
    weights: ComplexArray

    @property
    def is_limit(self) -> bool:
        """Whether this is the end of training, where the penalty itself goes to zero."""
        return len(self.nodes) == 1 and self.nodes[0] == 0


@dataclass(frozen=True)
class ResolventMixture:
    """A filter as ``h(λ) = 2 Re Σ_k c_k λ/(λ + z_k)``, moment by moment.

    Attributes
    ----------
    n_moments : int
        Number T of moments of training. Those in no window have learned nothing.
    windows : tuple of Window
        The nodes and weights.
    shift : float
        The part ``nμ`` of every node that is weight decay.
    error : float
        Largest error of h on ``(0, λmax]``, measured against the filter's own
        closed form or recurrence; relative to h, or where momentum makes h swing,
        to its largest value up to there.

    Examples
    --------
    >>> import numpy as np
    >>> import riskcast as rc
    >>> flow = rc.GradientFlow([0.1, 1.0, 10.0])
    >>> mixture = rc.resolvent_mixture(flow, n_samples=50, largest_eigenvalue=90.0)
    >>> exact = flow.shrinkage([0.01, 90.0], n_samples=50)
    >>> bool(np.allclose(mixture.shrinkage([0.01, 90.0]), exact, rtol=1e-9, atol=0))
    True
    """

    n_moments: int
    windows: tuple[Window, ...]
    shift: float
    error: float

    @property
    def n_nodes(self) -> int:
        """Number of ridge regressions in the mixture."""
        return sum(len(window.nodes) for window in self.windows)

    def shrinkage(self, eigenvalues: ArrayLike) -> FloatArray:
        """The share learned, as the mixture gives it, shape (T, r).

        Parameters
        ----------
        eigenvalues : array_like of shape (r,)
            Eigenvalues λ ≥ 0 of ``XᵀX``.
        """
        refuse_masked(eigenvalues, "eigenvalues")
        eigenvalues = np.asarray(eigenvalues, dtype=np.float64)
        shares = np.zeros((self.n_moments, len(eigenvalues)))
        for window in self.windows:
            bare = np.where(window.nodes == 0, 0.0, eigenvalues[:, None] + window.nodes)
            ridges = np.where(
                bare == 0, eigenvalues[:, None] > 0, eigenvalues[:, None] / np.where(bare, bare, 1)
            )
            shares[window.rows] = 2.0 * np.real(window.weights @ ridges.T)
        return shares

    def on_spectrum(self, smallest: float, largest: float) -> ResolventMixture:
        """A mixture of fewer ridges, for eigenvalues that are zero or in a narrow range.

        There the functions ``z_k/(λ+z_k)`` of many nodes nearly repeat each
        other: pivoted QR picks the few that span the others to rounding
        (an interpolative decomposition: Cheng, Gimbutas, Martinsson and Rokhlin
        2005), and the weights of the others are passed on to them.

        Parameters
        ----------
        smallest, largest : float
            All eigenvalues are zero or in this range. If it is wider than
            1e4, the mixture is returned as it is: the small shares learned of
            small eigenvalues would lose digits.
        """
        if not 0.0 < largest <= _WIDEST_SPECTRUM * smallest:
            return self
        interior = [window for window in self.windows if not window.is_limit]
        nodes = np.concatenate([window.nodes for window in interior] or [np.empty(0, complex)])
        grid = np.append(0.0, np.geomspace(smallest, largest, _SPECTRUM_GRID))
        values = nodes / (grid[:, None] + nodes)
        triangle, order = scipy.linalg.qr(values, mode="r", pivoting=True)
        sizes = np.abs(np.diag(triangle))
        rank = int((sizes > _REPEATED * sizes[0]).sum()) if sizes.size else 0
        if rank >= len(nodes):
            return self
        weights = np.zeros((self.n_moments, len(nodes)), dtype=np.complex128)
        first = 0
        for window in interior:
            last = first + len(window.nodes)
            weights[window.rows, first:last] = window.weights
            first = last
        weights = weights[:, order]
        others = scipy.linalg.solve_triangular(triangle[:rank, :rank], triangle[:rank, rank:])
        passed_on = weights[:, :rank] + weights[:, rank:] @ others.T
        rows = np.flatnonzero(np.abs(weights).sum(axis=1))
        few = Window(rows, nodes[order[:rank]], passed_on[rows])
        limits = tuple(window for window in self.windows if window.is_limit)
        merged = ResolventMixture(self.n_moments, (few, *limits), self.shift, self.error)
        # Large weights, as an ellipse for many steps has, magnify what was dropped.
        between = np.geomspace(smallest, largest, 2 * _SPECTRUM_GRID + 1)
        change = np.abs(merged.shrinkage(between) - self.shrinkage(between)).max()
        constant = np.abs(passed_on.sum(axis=1) - weights.sum(axis=1)).max()
        return merged if max(change, constant) <= _MERGING_ERROR else self


@singledispatch
def resolvent_mixture(
    filter: Filter, n_samples: int, largest_eigenvalue: float
) -> ResolventMixture:
    """Write a filter as a mixture of ridge regressions at complex penalties.

    Parameters
    ----------
    filter : Filter
        The training rule and its moments.
    n_samples : int
        Rows over which the loss is averaged, at least one.
    largest_eigenvalue : float
        The mixture holds for eigenvalues of ``XᵀX`` from zero up to here. Positive.

    Returns
    -------
    ResolventMixture
        Its `error` is at most ``PROMISED_ERROR``.

    Raises
    ------
    TypeError
        If the filter is not analytic, as `PrincipalComponents` is not.
    ValueError
        If an argument is out of its range, the rule diverges, or no contour
        reaches the promised accuracy.

    Notes
    -----
    Flow: hyperbolic contours of Weideman and Trefethen (2007). Rules that move
    in steps: the integral of their generating function on the same hyperbola,
    a parabola for the accelerated rule, an ellipse where neither is accurate.
    A rule of your own takes part through ``resolvent_mixture.register``.
    """
    raise TypeError(
        f"filter: no mixture of ridges is known for {type(filter).__name__}; use an analytic "
        "filter (GradientFlow, GradientDescent, HeavyBall, Nesterov, Ridge) or register one "
        "with resolvent_mixture.register"
    )


@resolvent_mixture.register
def _(filter: PrincipalComponents, n_samples: int, largest_eigenvalue: float) -> ResolventMixture:
    raise TypeError(
        "filter: PrincipalComponents cuts the spectrum at a step, which is not analytic, so it "
        "is no mixture of ridges and has no exact leave-one-out path; use GradientFlow or Ridge, "
        "or cross-validate it"
    )


@resolvent_mixture.register
def _(filter: Ridge, n_samples: int, largest_eigenvalue: float) -> ResolventMixture:
    _check_range(n_samples, largest_eigenvalue)
    positive = np.flatnonzero(filter.penalties > 0)
    nodes = filter.penalties[positive].astype(np.complex128)
    weights = 0.5 * np.eye(len(nodes), dtype=np.complex128)
    windows = [Window(positive, nodes, weights)] if len(nodes) else []
    windows += _limit(np.flatnonzero(filter.penalties == 0), 0.0)
    return ResolventMixture(len(filter), tuple(windows), 0.0, 0.0)


@resolvent_mixture.register
def _(filter: GradientFlow, n_samples: int, largest_eigenvalue: float) -> ResolventMixture:
    _check_range(n_samples, largest_eigenvalue)
    times = filter.times(n_samples)
    shift = n_samples * filter.weight_decay
    windows, error = [], 0.0
    for rows in contours.windows_of(times, _WIDEST_WINDOW):
        nodes, weights = contours.hyperbola(times[rows], contours.AIM)
        windows.append(Window(rows, n_samples * nodes + shift, weights))
        error = max(error, _hyperbola_error(nodes, weights, times[rows]))
    windows += _limit(np.flatnonzero(np.isinf(times)), shift)
    _check_promise(error, filter)
    return ResolventMixture(len(filter), tuple(windows), shift, error)


@resolvent_mixture.register
def _(filter: SteppedFilter, n_samples: int, largest_eigenvalue: float) -> ResolventMixture:
    _check_range(n_samples, largest_eigenvalue)
    shift = n_samples * filter.weight_decay
    steps = filter.steps.astype(np.float64)
    largest_pull = filter.learning_rate * (largest_eigenvalue + shift) / n_samples
    pulls = step_contours.trial_pulls(largest_pull)
    shares = filter.learned(pulls)
    step_contours.check_stability(shares, filter, largest_pull)
    windows, error = [], 0.0
    settled = step_contours.settled_after(filter, largest_pull)
    for rows in step_contours.step_windows(steps, settled):
        nodes, weights, reached = step_contours.best_quadrature(
            filter, rows, largest_pull, pulls, shares, steps[rows[0]] >= settled
        )
        windows.append(Window(rows, n_samples / filter.learning_rate * nodes + shift, weights))
        error = max(error, reached)
    _check_promise(error, filter)
    return ResolventMixture(len(filter), tuple(windows), shift, error)


def _limit(rows: NDArray[np.intp], penalty: float) -> list[Window]:
    """Moments at the end of training: ridge at the weight decay alone, a window of its own."""
    if rows.size == 0:
        return []
    half = np.full((len(rows), 1), 0.5, dtype=np.complex128)
    return [Window(rows, np.array([penalty], dtype=np.complex128), half)]


def _hyperbola_error(nodes: ComplexArray, weights: ComplexArray, times: FloatArray) -> float:
    """Relative error of a hyperbola's mixture at its times, over all pulls there can be."""
    last = times[-1]
    pulls = np.logspace(-10, 10, 400)  # in units of 1/last, so that no scale can overflow
    exact = -np.expm1(-np.multiply.outer(times / last, pulls))
    return contours.relative_error(contours.reconstruct(nodes * last, weights, pulls), exact)


def _check_range(n_samples: int, largest_eigenvalue: float) -> None:
    count(n_samples, "n_samples")
    positive_finite(largest_eigenvalue, "largest_eigenvalue")


def _check_promise(error: float, filter: Filter) -> None:
    if not error <= PROMISED_ERROR:
        raise ValueError(
            f"filter: {filter!r} as a mixture of ridges has a relative error of {error:.1e}, above "
            f"the promised {PROMISED_ERROR:.0e}; use fewer steps, a smaller learning rate, or "
            "GradientFlow"
        )
