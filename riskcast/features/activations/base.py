"""What a wide layer does to a pair of Gaussian signals: the dual of an activation."""

from __future__ import annotations

from abc import ABC, abstractmethod

import numpy as np
import numpy.typing as npt

from .._types import FloatArray


class Activation(ABC):
    """An activation φ and its dual, the covariance it passes on.

    Let (u, v) be Gaussian with zero means, variances q and q', covariance k.
    The *dual* of φ is E[φ(u)φ(v)] as a function of (k, q, q'), and its
    derivative with respect to k is E[φ'(u)φ'(v)] (Daniely, Frostig, Singer,
    2016). The NNGP kernel composes duals, the NTK composes both.

    A subclass gives :meth:`apply`, :meth:`dual` and :meth:`dual_derivative`;
    the rest has defaults, which a subclass replaces where it can be faster or
    more exact.
    """

    @abstractmethod
    def apply(self, preactivations: npt.ArrayLike) -> FloatArray:
        """φ itself, elementwise.

        Parameters
        ----------
        preactivations : array-like of any shape

        Returns
        -------
        ndarray of the same shape
        """

    @abstractmethod
    def dual(
        self, covariance: npt.ArrayLike, variance: npt.ArrayLike, other_variance: npt.ArrayLike
    ) -> FloatArray:
        """E[φ(u)φ(v)].

        Parameters
        ----------
        covariance : array-like
            Covariance k of u and v.
        variance, other_variance : array-like
            Variances of u and of v; the three broadcast together.

        Returns
        -------
        ndarray of the broadcast shape
        """

    @abstractmethod
    def dual_derivative(
        self, covariance: npt.ArrayLike, variance: npt.ArrayLike, other_variance: npt.ArrayLike
    ) -> FloatArray:
        """E[φ'(u)φ'(v)], the derivative of the dual by the covariance.

        Parameters and shapes are those of :meth:`dual`.
        """

    def second_moment(self, variance: npt.ArrayLike) -> FloatArray:
        """E[φ(u)²] at each variance of u."""
        return self.dual(variance, variance, variance)

    def derivative_second_moment(self, variance: npt.ArrayLike) -> FloatArray:
        """E[φ'(u)²] at each variance of u."""
        return self.dual_derivative(variance, variance, variance)

    def profile(self, variance: FloatArray) -> FloatArray:
        """Whatever :meth:`transform` needs of one signal, computed once a signal.

        Parameters
        ----------
        variance : ndarray of shape (n,)

        Returns
        -------
        ndarray of shape (d, n)
            Here the standard deviation, and one over the root of the second
            moment of the activation (one where that moment is zero).
        """
        norm = np.sqrt(self.second_moment(variance))
        return np.stack([np.sqrt(variance), 1.0 / np.where(norm > 0.0, norm, 1.0)])

    def transform(
        self, gap: FloatArray, left: FloatArray, right: FloatArray, derivative: bool
    ) -> tuple[FloatArray, FloatArray | None]:
        """Pass the correlation gap of many pairs through the activation.

        The *gap* is one minus the correlation. It is carried in place of the
        correlation because near-duplicates live where the correlation has no
        digits left and the gap has all of its own.

        Parameters
        ----------
        gap : ndarray
            One minus the correlation of u and v. It is left unchanged.
        left, right : ndarray
            Their profiles; everything behind the first axis broadcasts to
            the shape of `gap`.
        derivative : bool
            Whether E[φ'(u)φ'(v)] is wanted too.

        Returns
        -------
        gap : ndarray
            One minus E[φ(u)φ(v)] / (E[φ(u)²] E[φ(v)²])^(1/2).
        slope : ndarray or None
            E[φ'(u)φ'(v)].
        """
        covariance = 1.0 - gap
        covariance *= left[0]
        covariance *= right[0]
        variance, other_variance = left[0] ** 2, right[0] ** 2
        slope = self.dual_derivative(covariance, variance, other_variance) if derivative else None
        passed = self.dual(covariance, variance, other_variance)
        passed *= left[1]
        passed *= right[1]
        np.subtract(1.0, passed, out=passed)
        return np.clip(passed, 0.0, 2.0, out=passed), slope

    def __call__(self, preactivations: npt.ArrayLike) -> FloatArray:
        """Return φ, elementwise."""
        return self.apply(preactivations)

    def __eq__(self, other: object) -> bool:
        return type(self) is type(other) and vars(self) == vars(other)

    def __hash__(self) -> int:
        return hash((type(self), repr(self)))

    def __repr__(self) -> str:
        given = ", ".join(f"{k}={v!r}" for k, v in vars(self).items() if not k.startswith("_"))
        return f"{type(self).__name__}({given})"


def gaussian_pair(
    covariance: npt.ArrayLike, variance: npt.ArrayLike, other_variance: npt.ArrayLike
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Bring the three arguments of a dual to float64 arrays."""
    return (
        np.asarray(covariance, dtype=np.float64),
        np.asarray(variance, dtype=np.float64),
        np.asarray(other_variance, dtype=np.float64),
    )


def correlation_and_gap(
    covariance: FloatArray, variance: FloatArray, other_variance: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The correlation c of a pair and 1 - c; a signal of no variance is uncorrelated with all.

    In extended precision, where the machine has it: of signals that are nearly
    equal the gap keeps all the digits that the three arguments have.
    """
    k, q, r = (np.asarray(a, np.longdouble) for a in (covariance, variance, other_variance))
    scale = np.sqrt(q) * np.sqrt(r)
    there = scale > 0.0
    shape = np.broadcast(k, scale).shape
    c = np.divide(k, scale, out=np.zeros(shape, np.longdouble), where=there)
    gap = np.divide(scale - k, scale, out=np.ones(shape, np.longdouble), where=there)
    return (
        np.asarray(np.clip(c, -1.0, 1.0), np.float64),
        np.asarray(np.clip(gap, 0.0, 2.0), np.float64),
    )
