"""Product grid that can be refined where the posterior is concentrated."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]

_NEGLIGIBLE = 1e-5  # share of the weight cut off at either end of an axis


class Grid:
    """Product grid, evenly spaced in the index of each axis.

    Parameters
    ----------
    axes : list of ndarray
        Values along each axis, increasing.
    spans : list of (float, float), optional
        Part of each axis covered by the grid, as (fractional) indices. Default all.

    Attributes
    ----------
    volume : float
        Share of the full grid's volume that is covered.
    """

    def __init__(
        self, axes: list[FloatArray], spans: list[tuple[float, float]] | None = None
    ) -> None:
        self.axes = axes
        self.spans = [(0.0, len(axis) - 1.0) for axis in axes] if spans is None else spans
        shares = [
            (high - low) / (len(axis) - 1.0)
            for axis, (low, high) in zip(axes, self.spans, strict=True)
            if len(axis) > 1
        ]
        self.volume = float(np.prod(shares))

    def nodes(self) -> FloatArray:
        """All combinations of values, shape (J, len(axes))."""
        values = [
            np.interp(steps, np.arange(len(axis)), axis)
            for axis, steps in zip(self.axes, self._steps(), strict=True)
        ]
        mesh = np.meshgrid(*values, indexing="ij")
        return np.stack([part.ravel() for part in mesh], axis=1)

    def around(self, weights: FloatArray) -> Grid:
        """Grid over the part of each axis that holds the weight, plus one step on either side."""
        cube = weights.reshape([len(axis) for axis in self.axes])
        spans = []
        for number, steps in enumerate(self._steps()):
            others = tuple(k for k in range(cube.ndim) if k != number)
            passed = np.cumsum(cube.sum(axis=others))
            first = int(np.searchsorted(passed, _NEGLIGIBLE))
            last = int(np.searchsorted(passed, 1.0 - _NEGLIGIBLE))
            spans.append((steps[max(first - 1, 0)], steps[min(last + 1, len(steps) - 1)]))
        return Grid(self.axes, spans)

    def _steps(self) -> list[FloatArray]:
        return [
            np.linspace(low, high, len(axis))
            for axis, (low, high) in zip(self.axes, self.spans, strict=True)
        ]
