"""E[f(u)f(v)] for Gaussian pairs of large variance, from tables filled where they are needed.

Let a pair have variances q and q', and correlation ±c. With x, y, y' standard
normal, u = √(cq) x + √((1-c)q) y and v = ±√(cq') x + √((1-c)q') y', so that

    E[f(u)f(v)] = E[F(q, x) F(q', ±x)],  F(q, x) = E[f(√(cq) x + √((1-c)q) y) | x].

Both expectations are one-dimensional. Nodes of the outer one lie at
x = s·sinh(ξ), which serves the scale of f and that of the Gaussian alike. The
result is analytic in log q, log q' and log(1-c) and is interpolated there, by
Chebyshev polynomials on panels.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from .._types import FloatArray
from .sampled_function import SampledFunction, sinh_grid

# Panels cover a factor of 8 in variance and in gap; on each, this many Chebyshev points.
_RATIO = 8.0
_ORDER = 16
# Beyond this many standard deviations a Gaussian is nothing.
_FAR = 9.0
# A window whose centre is this many of its widths from zero does not see the features of f.
_APART = 8.0
# Pairs interpolated at once.
_PAIRS = 4096
# Tables kept: 64 KiB a cell, about 1 MiB a part.
_MOST_CELLS, _MOST_PARTS = 1024, 64
# Gaps above this one are left to Mehler's sum.
WIDEST_GAP = 0.5


class WidePairs:
    """Tables of E[f(u)f(v)] for a function and for its slope.

    Parameters
    ----------
    sampled : SampledFunction
    """

    def __init__(self, sampled: SampledFunction) -> None:
        self.sampled = sampled
        self._cells: dict[tuple[int, int, int, int], FloatArray] = {}
        self._parts: dict[tuple[int, int, int | None], FloatArray] = {}
        self._samples: dict[tuple[int, int], tuple[FloatArray, FloatArray, FloatArray]] = {}

    def expectation(
        self, gap: FloatArray, variance: FloatArray, other: FloatArray, slope: bool
    ) -> tuple[FloatArray, FloatArray | None]:
        """E[f(u)f(v)] and, when asked, E[f'(u)f'(v)].

        Parameters
        ----------
        gap : ndarray of shape (n,)
            One minus the correlation, at most 1/2 or at least 3/2.
        variance, other : ndarray of shape (n,)
        slope : bool

        Returns
        -------
        value : ndarray of shape (n,)
        slope : ndarray of shape (n,) or None
        """
        which = 2 if slope else 1
        result = np.empty((which, len(gap)))
        near = np.minimum(gap, 2.0 - gap)
        keys = np.stack([*self._panels(near, variance, other), np.where(gap > 1.0, -1, 1)], axis=1)
        order = np.lexsort(keys.T)
        cuts = np.flatnonzero(np.any(np.diff(keys[order], axis=0), axis=1)) + 1
        for part in np.split(order, cuts):
            first, second, panel, sign = (int(k) for k in keys[part[0]])
            cell = self._cell(first, second, panel, sign)
            for start in range(0, len(part), _PAIRS):
                some = part[start : start + _PAIRS]
                weights = (
                    _basis(_log_place(variance[some], first)),
                    _basis(_log_place(other[some], second)),
                    _basis(self._gap_place(near[some], first, second, panel)),
                )
                for index in range(which):
                    result[index, some] = _interpolate(cell[index], *weights)
        return result[0], result[1] if slope else None

    def moments(self, variance: FloatArray, refine: int = 1) -> tuple[FloatArray, FloatArray]:
        """E[f(u)²] and E[f'(u)²] at each variance, of shape (n,), by one sum over a grid.

        `refine` divides the grid's step and that of the differences.
        """
        value, slope = np.empty_like(variance), np.empty_like(variance)
        panels = _panel(variance)
        for index in np.unique(panels):
            here = np.flatnonzero(panels == index)
            nodes, weights, values = self._sampled(int(index), refine)
            squares = values**2 * weights
            for start in range(0, len(here), 256):
                some = here[start : start + 256]
                deviation = np.sqrt(variance[some])[:, None]
                density = _density(nodes / deviation) / deviation
                value[some], slope[some] = squares @ density.T
        return value, slope

    def _panels(
        self, near: FloatArray, variance: FloatArray, other: FloatArray
    ) -> tuple[FloatArray, FloatArray, FloatArray]:
        first, second = _panel(variance), _panel(other)
        with np.errstate(divide="ignore"):
            panel = np.floor(np.log(WIDEST_GAP / near) / np.log(_RATIO))
        last = self._last_panel(np.minimum(first, second))
        return first, second, np.clip(panel, 0, last).astype(int)

    def _last_panel(self, index: FloatArray | int) -> FloatArray:
        """The panel that reaches down to a gap of zero: gap·q is small against f's scale."""
        upper = (np.asarray(index) + 2.0) - 2.0 * np.log(self.sampled.scale) / np.log(_RATIO)
        return np.maximum(np.ceil(upper), 0.0).astype(int)

    def _gap_place(self, near: FloatArray, first: int, second: int, panel: int) -> FloatArray:
        """Where a gap lies in its panel, from -1 to 1."""
        top = WIDEST_GAP * _RATIO**-panel
        if panel == self._last_panel(min(first, second)):
            return np.asarray(2.0 * near / top - 1.0)
        return np.asarray(1.0 + 2.0 * np.log(near / top) / np.log(_RATIO))

    def _gap_nodes(self, first: int, second: int, panel: int) -> FloatArray:
        top, nodes = WIDEST_GAP * _RATIO**-panel, _points()
        if panel == self._last_panel(min(first, second)):
            return np.asarray(0.5 * top * (nodes + 1.0))
        return np.asarray(top * _RATIO ** (0.5 * (nodes - 1.0)))

    def _cell(self, first: int, second: int, panel: int, sign: int) -> FloatArray:
        """Values at the points of one cell, shape (2, order, order, order): q, q', gap."""
        key = (first, second, panel, sign)
        cell = self._cells.get(key)
        if cell is None:
            gaps = self._gap_nodes(first, second, panel)
            last = panel == self._last_panel(min(first, second))
            # The finest feature of F in x: f's own, but smoothed over the root of the gap.
            finest = max(first, second) if last else None
            nodes, weights = self._outer(panel, finest)
            one = self._part(first, panel, finest, gaps, nodes)
            two = self._part(second, panel, finest, gaps, nodes)[..., ::sign]
            # One matrix product for each gap: (2, gap, q, x) with (2, gap, x, q').
            products = (one * weights) @ two.swapaxes(-1, -2)
            cell = np.ascontiguousarray(products.transpose(0, 2, 3, 1))
            _keep(self._cells, key, cell, _MOST_CELLS)
        return cell

    def _outer(self, panel: int, finest: int | None) -> tuple[FloatArray, FloatArray]:
        """Nodes of x, and weights with the Gaussian density."""
        scale = np.sqrt(WIDEST_GAP * _RATIO ** -(panel + 1.0))
        if finest is not None:
            scale = min(1.0, self.sampled.scale * _RATIO ** (-0.5 * (finest + 1)))
        nodes, weights = sinh_grid(scale, _FAR, self.sampled.step)
        return nodes, weights * _density(nodes)

    def _part(
        self, index: int, panel: int, finest: int | None, gaps: FloatArray, nodes: FloatArray
    ) -> FloatArray:
        """F(q, x) and that of the slope: shape (2, gap, q, x)."""
        key = (index, panel, finest)
        part = self._parts.get(key)
        if part is None:
            variances = _RATIO ** (index + 0.5 * (_points() + 1.0))
            part = np.empty((2, len(gaps), len(variances), len(nodes)))
            for i, gap in enumerate(gaps):
                for j, q in enumerate(variances):
                    centre, width = np.sqrt(q * (1.0 - gap)) * nodes, np.sqrt(q * gap)
                    part[:, i, j] = self._smoothed(centre, width, index)
            _keep(self._parts, key, part, _MOST_PARTS)
        return part

    def _smoothed(self, centre: FloatArray, width: float, index: int) -> FloatArray:
        """E[f(centre + width·y)] and that of the slope, shape (2, n)."""
        result = np.empty((2, len(centre)))
        close = (np.abs(centre) < _APART * width) & (width > 0.5 * self.sampled.scale)
        if close.any():
            nodes, weights, values = self._sampled(index)
            limit = np.abs(centre[close]).max() + _FAR * width
            low, high = np.searchsorted(nodes, (-limit, limit))
            density = _density((nodes[low:high] - centre[close, None]) / width) / width
            result[:, close] = (values * weights)[:, low:high] @ density.T
        if not close.all():
            y = 0.5 * np.arange(-17, 18)
            z = centre[~close, None] + width * y
            weights = 0.5 * _density(np.asarray(y, dtype=np.float64))
            result[0, ~close] = self.sampled.function(z) @ weights
            result[1, ~close] = self.sampled.slope(z) @ weights
        return result

    def _sampled(self, index: int, refine: int = 1) -> tuple[FloatArray, FloatArray, FloatArray]:
        """Nodes up to the reach of a panel of variances, weights, and f with its slope there."""
        key = index, refine
        found = self._samples.get(key)
        if found is None:
            sampled = self.sampled
            reach = max(1.5 * _FAR * _RATIO ** (0.5 * (index + 1)), sampled.scale)
            step = min(sampled.step, 0.7 / _APART) / refine
            scale = min(sampled.scale, _RATIO ** (0.5 * index))
            nodes, weights = sinh_grid(scale, reach, step)
            values = np.stack([sampled.function(nodes), sampled.slope(nodes, refine)])
            found = nodes, weights, values
            _keep(self._samples, key, found, _MOST_PARTS)
        return found


def _keep(kept: dict[Any, Any], key: Any, value: Any, most: int) -> None:
    """Keep a table, and throw all others away when they become many."""
    if len(kept) >= most:
        kept.clear()
    kept[key] = value


def _panel(variance: FloatArray) -> FloatArray:
    return np.asarray(np.floor(np.log(variance) / np.log(_RATIO)).astype(int))


def _log_place(variance: FloatArray, index: int) -> FloatArray:
    return np.asarray(2.0 * (np.log(variance) / np.log(_RATIO) - index) - 1.0)


def _points() -> FloatArray:
    """Chebyshev points of the first kind."""
    return np.asarray(np.cos(np.pi * (np.arange(_ORDER) + 0.5) / _ORDER))


def _basis(place: FloatArray) -> FloatArray:
    """Lagrange polynomials of the points: shape (n, order)."""
    at_points = np.polynomial.chebyshev.chebvander(_points(), _ORDER - 1)
    share = np.full(_ORDER, 2.0 / _ORDER)
    share[0] *= 0.5
    return np.asarray(
        np.polynomial.chebyshev.chebvander(place, _ORDER - 1) @ (share[:, None] * at_points.T)
    )


def _interpolate(
    cell: FloatArray, first: FloatArray, second: FloatArray, third: FloatArray
) -> FloatArray:
    partly = (first @ cell.reshape(_ORDER, -1)).reshape(-1, _ORDER, _ORDER)
    partly = np.matmul(second[:, None, :], partly)[:, 0]
    return np.asarray(np.einsum("ij,ij->i", partly, third))


def _density(z: FloatArray) -> FloatArray:
    return np.asarray(np.exp(-0.5 * z * z) / np.sqrt(2.0 * np.pi))
