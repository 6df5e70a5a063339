"""Families of learning curves, defined by their shapes.

Every family of the literature (Viering and Loog, "The shape of learning
curves: a review", 2023; Mohr, Viering, Loog and van Rijn, "LCDB 1.0", 2022) has the form

    risk(n) = c + a · shape(n; θ),   with a shape decreasing to zero.

A family is therefore defined by its `shape` and a grid for θ. The level and the floor
are fitted in `curve_fit`, in the same way for all families.
"""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]


class Curve(ABC):
    """Base class of families of learning curves.

    Attributes
    ----------
    name : str
        Name of the family in the literature.
    formula : str
        Formula of the curve, including level and floor.
    """

    name: str
    formula: str

    @abstractmethod
    def axes(self, sizes: FloatArray) -> list[FloatArray]:
        """Grid of each shape parameter for the observed sizes, increasing.

        All intervals between neighbouring values have the same prior probability.

        Parameters
        ----------
        sizes : ndarray of shape (S,)
            Observed sizes, in rows.

        Returns
        -------
        list of ndarray
            One array per shape parameter.
        """

    @abstractmethod
    def log_shape(self, sizes: FloatArray, parameters: FloatArray) -> FloatArray:
        """Logarithm of the shape.

        Parameters
        ----------
        sizes : ndarray of shape (S,)
            Sizes, in rows.
        parameters : ndarray of shape (J, n_parameters)
            Shape parameters of J curves.

        Returns
        -------
        ndarray of shape (J, S)
        """

    def __repr__(self) -> str:
        return f"{type(self).__name__}()"


def exponents() -> FloatArray:
    """Exponents of power laws, from the slowest reported (0.05) to beyond the fastest (2)."""
    return np.geomspace(0.05, 2.0, 24)


class PowerLaw(Curve):
    """POW3: power law in the number of rows, above a floor."""

    name = "POW3"
    formula = "c + a n^(-b)"

    def axes(self, sizes: FloatArray) -> list[FloatArray]:
        return [exponents()]

    def log_shape(self, sizes: FloatArray, parameters: FloatArray) -> FloatArray:
        return -parameters[:, :1] * np.log(sizes)


class ShiftedPowerLaw(Curve):
    """POW4: power law in the number of rows plus an offset.

    A negative offset describes least squares beyond the interpolation
    threshold, where the excess risk is proportional to ``1/(n - p - 1)``.
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
        # For a negative offset the curve is undefined at small n; bound the shape there.
        rows = np.maximum(sizes + offset, 1e-3 * sizes)
        return -exponent * np.log(rows)


class MorganMercerFlodin(Curve):
    """MMF4: sigmoid in log n, a power law beyond its scale."""

    name = "MMF4"
    formula = "(a b + c n^d) / (b + n^d)"

    def axes(self, sizes: FloatArray) -> list[FloatArray]:
        return [np.geomspace(0.2, 4.0, 20), scales(sizes)]

    def log_shape(self, sizes: FloatArray, parameters: FloatArray) -> FloatArray:
        exponent, scale = parameters[:, :1], parameters[:, 1:]
        return -np.logaddexp(0.0, exponent * np.log(sizes / scale))


class Weibull(Curve):
    """WBL4: stretched or compressed exponential (also known as Janoschek's curve)."""

    name = "WBL4"
    formula = "c + b exp(-a n^d)"

    def axes(self, sizes: FloatArray) -> list[FloatArray]:
        return [np.geomspace(0.15, 2.0, 16), scales(sizes)]

    def log_shape(self, sizes: FloatArray, parameters: FloatArray) -> FloatArray:
        exponent, scale = parameters[:, :1], parameters[:, 1:]
        return -((sizes / scale) ** exponent)


class Exponential(Curve):
    """EXP3: exponential, which reaches its floor within a few scales."""

    name = "EXP3"
    formula = "c + b exp(-a n)"

    def axes(self, sizes: FloatArray) -> list[FloatArray]:
        return [np.geomspace(0.3 * sizes.min(), 4.0 * sizes.max(), 40)]

    def log_shape(self, sizes: FloatArray, parameters: FloatArray) -> FloatArray:
        return -sizes / parameters[:, :1]


class InverseLogarithm(Curve):
    """ILOG2: inverse logarithm, the slowest decrease among the families."""

    name = "ILOG2"
    formula = "c + a / log n"

    def axes(self, sizes: FloatArray) -> list[FloatArray]:
        return []

    def log_shape(self, sizes: FloatArray, parameters: FloatArray) -> FloatArray:
        shape = -np.log(np.log(np.maximum(sizes, 2.0)))
        return np.tile(shape, (len(parameters), 1))


def scales(sizes: FloatArray) -> FloatArray:
    """Sizes at which a curve may bend, from below the observed sizes to well beyond them."""
    return np.geomspace(0.1 * sizes.min(), 8.0 * sizes.max(), 18)


FAMILIES: tuple[Curve, ...] = (
    PowerLaw(),
    ShiftedPowerLaw(),
    MorganMercerFlodin(),
    Weibull(),
    Exponential(),
    InverseLogarithm(),
)
"""The families combined by a forecast."""
