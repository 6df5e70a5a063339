"""Families of learning curves, each up to its level and its share that data can remove.

Every family of the literature (Viering and Loog, "The shape of learning
curves: a review", 2023; Mohr, Viering, Loog and van Rijn, "LCDB 1.0", 2022) is

    risk(n) = c + a · shape(n; θ),   shape decreasing to zero,

so a family is its `shape` and the grid of its θ. Level and floor are fitted
elsewhere, in the same way for all of them.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Curve(ABC):
    """A family of decreasing shapes.

    Attributes
    ----------
    name : str
        The name that the literature gives it.
    formula : str
        The whole curve, as text.
    """

    name: str
    formula: str

    @abstractmethod
    def axes(self, sizes: FloatArray) -> list[FloatArray]:
        """Values of each shape parameter that suit the observed sizes, increasing.

        Steps between neighbours are equally likely.
        """

    @abstractmethod
    def log_shape(self, sizes: FloatArray, parameters: FloatArray) -> FloatArray:
        """Logarithm of the shape at `sizes` for each row of `parameters`, shape (J, len(sizes))."""

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def exponents() -> FloatArray:
    """Exponents of power laws, from the slowest reported (0.05) to beyond the fastest (2)."""
    return np.geomspace(0.05, 2.0, 24)


class PowerLaw(Curve):
    """POW3: a power of the number of rows, above a floor."""

    name = "POW3"
    formula = "c + a n^(-b)"

    def axes(self, sizes: FloatArray) -> list[FloatArray]:
        return [exponents()]

    def log_shape(self, sizes: FloatArray, parameters: FloatArray) -> FloatArray:
        return -parameters[:, :1] * np.log(sizes)


class ShiftedPowerLaw(Curve):
    """POW4: a power of the rows beyond an offset.

    A negative offset is what least squares does above the interpolation
    threshold, where its excess risk goes as ``1/(n - p - 1)``.
    """

    name = "POW4"
    formula = "c + a (n + d)^(-b)"

    def axes(self, sizes: FloatArray) -> list[FloatArray]:
        first, last = sizes.min(), sizes.max()
        before = -first * np.array([0.9, 0.75, 0.5, 0.25])
        after = np.geomspace(0.2 * first, 2.0 * last, 10)
        return [exponents(), np.concatenate([before, after])]

    def log_shape(self, sizes: FloatArray, parameters: FloatArray) -> FloatArray:
        exponent, offset = parameters[:, :1], parameters[:, 1:]
        # Below the offset there is no curve: the shape stays at its largest value.
        rows = np.maximum(sizes + offset, 1e-3 * sizes)
        return -exponent * np.log(rows)


class MorganMercerFlodin(Curve):
    """MMF4: a sigmoid in log n, a power law once past its scale."""

    name = "MMF4"
    formula = "(a b + c n^d) / (b + n^d)"

    def axes(self, sizes: FloatArray) -> list[FloatArray]:
        return [np.geomspace(0.2, 4.0, 20), scales(sizes)]

    def log_shape(self, sizes: FloatArray, parameters: FloatArray) -> FloatArray:
        exponent, scale = parameters[:, :1], parameters[:, 1:]
        return -np.logaddexp(0.0, exponent * np.log(sizes / scale))


class Weibull(Curve):
    """WBL4: a stretched or compressed exponential (also known as Janoschek's curve)."""

    name = "WBL4"
    formula = "c + b exp(-a n^d)"

    def axes(self, sizes: FloatArray) -> list[FloatArray]:
        return [np.geomspace(0.15, 2.0, 16), scales(sizes)]

    def log_shape(self, sizes: FloatArray, parameters: FloatArray) -> FloatArray:
        exponent, scale = parameters[:, :1], parameters[:, 1:]
        return -((sizes / scale) ** exponent)


class Exponential(Curve):
    """EXP3: a plain exponential; nothing is left to gain a few scales on."""

    name = "EXP3"
    formula = "c + b exp(-a n)"

    def axes(self, sizes: FloatArray) -> list[FloatArray]:
        return [np.geomspace(0.3 * sizes.min(), 4.0 * sizes.max(), 40)]

    def log_shape(self, sizes: FloatArray, parameters: FloatArray) -> FloatArray:
        return -sizes / parameters[:, :1]


class InverseLogarithm(Curve):
    """ILOG2: the slowest decrease in use."""

    name = "ILOG2"
    formula = "c + a / log n"

    def axes(self, sizes: FloatArray) -> list[FloatArray]:
        return []

    def log_shape(self, sizes: FloatArray, parameters: FloatArray) -> FloatArray:
        shape = -np.log(np.log(np.maximum(sizes, 2.0)))
        return np.tile(shape, (len(parameters), 1))


def scales(sizes: FloatArray) -> FloatArray:
    """Sizes at which a curve may bend: from before the data to well beyond them."""
    return np.geomspace(0.1 * sizes.min(), 8.0 * sizes.max(), 18)


FAMILIES: tuple[Curve, ...] = (
    PowerLaw(),
    ShiftedPowerLaw(),
    MorganMercerFlodin(),
    Weibull(),
    Exponential(),
    InverseLogarithm(),
)
"""The families that a forecast combines."""
