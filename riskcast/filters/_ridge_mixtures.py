"""Resolvent mixtures: any filter as a short sum of ridge regressions at complex penalties.

For every analytic training rule and every λ in ``[0, λmax]``

    h(λ) = 2 Re Σ_k c_k · λ / (λ + z_k)

to a stated accuracy, with nodes z_k shared by a whole window of training times. So
every quantity with a closed form for ridge regression, such as leave-one-out
predictions, has one at every training time: evaluate it at the z_k and sum.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import singledispatch

import numpy as np
import scipy.linalg
from numpy.typing import ArrayLike, NDArray

from riskcast._validation import count, positive_finite, refuse_masked
from riskcast.filters import _contours as contours
from riskcast.filters import _step_contours as step_contours
from riskcast.filters._contours import PROMISED_ERROR
from riskcast.filters._rules import Filter, GradientFlow, PrincipalComponents, Ridge, SteppedFilter

__all__ = ["PROMISED_ERROR", "ResolventMixture", "Window", "resolvent_mixture"]

_WIDEST_WINDOW = 30.0  # last over first time; empirically the fewest nodes per decade

_WIDEST_SPECTRUM = 1e4  # ratio of eigenvalues up to which redundant nodes are merged
_SPECTRUM_GRID = 80
_MERGING_ERROR = 1e-11  # largest change of h due to merging
_REPEATED = 1e-14  # relative size of the pivots below which nodes are redundant

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]


@dataclass(frozen=True)
class Window:
    """Training times that share the same nodes.

    Attributes
    ----------
    rows : ndarray of int, shape (T_w,)
        Indices of these training times in the filter.
    nodes : ndarray of complex, shape (N,)
        Penalties z_k; a node with an imaginary part also represents its conjugate.
        A node of exactly zero means the limit z → 0.
    weights : ndarray of complex, shape (T_w, N)
        Weights c_k.
    """

    rows: NDArray[np.intp]
    nodes: ComplexArray
    weights: ComplexArray

    @property
    def is_limit(self) -> bool:
        """Whether this is the end of training without weight decay (penalty z → 0)."""
        return len(self.nodes) == 1 and self.nodes[0] == 0


@dataclass(frozen=True)
class ResolventMixture:
    """A filter as ``h(λ) = 2 Re Σ_k c_k λ/(λ + z_k)`` at each training time.

    Attributes
    ----------
    n_moments : int
        Number T of training times. At times in no window, nothing is learned.
    windows : tuple of Window
        Nodes and weights.
    shift : float
        Contribution ``nμ`` of weight decay to every node.
    error : float
        Largest relative error of h on ``(0, λmax]``, measured against the closed form
        or recurrence of the filter. With momentum h oscillates, so the error is
        relative to the largest value of h at smaller eigenvalues.

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
        """Fraction learned, computed from the mixture.

        Parameters
        ----------
        eigenvalues : array_like of shape (r,)
            Eigenvalues λ ≥ 0 of ``XᵀX``.

        Returns
        -------
        ndarray of shape (T, r)
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
        """Mixture with fewer nodes, for eigenvalues that are zero or in a narrow range.

        On a narrow range many of the functions ``z_k/(λ+z_k)`` are nearly linearly
        dependent. Pivoted QR selects the few that span the others to rounding (an
        interpolative decomposition: Cheng, Gimbutas, Martinsson and Rokhlin 2005), and
        the weights of the others are distributed over these.

        Parameters
        ----------
        smallest, largest : float
            Range of the eigenvalues that are not zero. If their ratio exceeds 1e4,
            the mixture is returned unchanged, because h would lose relative accuracy
            at small eigenvalues.

        Returns
        -------
        ResolventMixture
            This mixture itself if nodes cannot be merged within 1e-11.
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
        # Large weights, as of an ellipse for many steps, amplify the error of merging.
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
        The training rule and its training times.
    n_samples : int
        Number n of samples over which the loss is averaged, at least one.
    largest_eigenvalue : float
        Largest eigenvalue of ``XᵀX``, positive. The mixture is accurate from zero to
        this value.

    Returns
    -------
    ResolventMixture
        Its `error` is at most ``PROMISED_ERROR``.

    Raises
    ------
    TypeError
        If the filter is not analytic, such as `PrincipalComponents`.
    ValueError
        If an argument is out of its range, the rule diverges, or no contour
        reaches the accuracy ``PROMISED_ERROR``.

    Notes
    -----
    Gradient flow uses the hyperbolic contours of Weideman and Trefethen (2007). Rules
    that train in steps use the integral of their generating function on the same
    hyperbola, a parabola for Nesterov's rule with varying momentum, or an ellipse
    where neither is accurate. Register your own rules with
    ``resolvent_mixture.register``.
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
        "is not a mixture of ridges and has no exact leave-one-out path; use GradientFlow or "
        "Ridge, or cross-validate it"
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
    """Window of the end of training: ridge regression at the weight decay."""
    if rows.size == 0:
        return []
    half = np.full((len(rows), 1), 0.5, dtype=np.complex128)
    return [Window(rows, np.array([penalty], dtype=np.complex128), half)]


def _hyperbola_error(nodes: ComplexArray, weights: ComplexArray, times: FloatArray) -> float:
    """Relative error of a hyperbola's mixture at its times, over a wide range of pulls."""
    last = times[-1]
    pulls = np.logspace(-10, 10, 400)  # in units of 1/last, so that no scale overflows
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
