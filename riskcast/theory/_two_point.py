"""Two-point equivalents: averages of products of two resolvents, and their mixtures.

The risk of ridge regression at two penalties ζ and ζ' at once depends on the
sample only through ``κ(ζ)`` and ``κ(ζ')``. Weighted sums of these pairs over a
contour give any training rule at any time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcast.filters._ridge_mixtures import Window
from riskcast.spectra import Population

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]


@dataclass(frozen=True)
class Kernel:
    """A function of two penalties, evaluated at the nodes of a window and at infinity.

    Attributes
    ----------
    pairs : ndarray of complex, shape (2, N, N)
        Values at (z_k, z_l) and at (z_k, conj z_l).
    single : ndarray of complex, shape (N,)
        Values where the second penalty is infinite (nothing is learned).
    none : float
        Value where both penalties are infinite.
    """

    pairs: ComplexArray
    single: ComplexArray
    none: float


def mix(weights: ComplexArray, kernel: Kernel) -> FloatArray:
    """Sum a kernel over both penalties with the given weights, shape (T,).

    `weights` has one row per training time, shape (T, N). The rest of the total
    weight, one minus that of the finite nodes and their conjugates, belongs to the
    infinite penalty.
    """
    plain = np.einsum("tk,tk->t", weights @ kernel.pairs[0], weights)
    mirrored = np.einsum("tk,tk->t", weights @ kernel.pairs[1], weights.conj())
    left_out = 1.0 - 2.0 * weights.sum(axis=1).real
    once = 2.0 * (weights @ kernel.single).real
    return 2.0 * (plain + mirrored).real + left_out * (2.0 * once + left_out * kernel.none)


@dataclass(frozen=True)
class TwoPoint:
    """Quantities shared by all kernels of one window.

    Attributes
    ----------
    nodes : ndarray of complex, shape (N,)
        Penalties ζ.
    kappa : ndarray of complex, shape (N,)
        Effective regularizations κ.
    spare : ndarray of complex, shape (N,)
        ``n - df₁(κ)``, which is ζ/κ.
    gap : ndarray of complex, shape (2, N, N)
        ``n - df₂(κ, κ')`` with ``df₂ = Σ σ²/((σ+κ)(σ+κ'))``.
    inverses : ndarray of complex, shape (N, m)
        ``1/(σ + κ)``.
    directions, power : ndarray of complex, shape (2, N, N)
        ``Σσ/((σ+κ)(σ+κ'))`` and ``√(κκ') Σβ²σ/((σ+κ)(σ+κ'))``, which stay in
        floating-point range.
    n_samples : int
        Number of training samples n.
    """

    nodes: ComplexArray
    kappa: ComplexArray
    spare: ComplexArray
    gap: ComplexArray
    inverses: ComplexArray
    directions: ComplexArray
    power: ComplexArray
    n_samples: int

    @classmethod
    def at(cls, population: Population, n_samples: int, window: Window) -> TwoPoint:
        """Solve for κ at the nodes of a window."""
        nodes, spectrum = window.nodes, population.spectrum
        kappa = spectrum.effective_regularization(nodes, n_samples)
        inverses = 1.0 / (spectrum.values + kappa[:, None])
        # ζ/κ is accurate where n - df₁ cancels, with fewer samples than directions.
        ended = kappa == 0
        spare = np.where(ended, n_samples - spectrum.rank, nodes / np.where(ended, 1.0, kappa))
        halves = inverses * np.sqrt(spectrum.values)
        directions = sum_of_products(halves, spectrum.multiplicities)
        halves *= np.sqrt(kappa)[:, None]
        power = sum_of_products(halves, population.squared_coefficients)
        # From σ²/((σ+κ)(σ+κ')) = σ/(σ+κ') - κσ/((σ+κ)(σ+κ')), which avoids cancellation.
        gap = at_second(spare) + kappa[:, None] * directions
        return cls(nodes, kappa, spare, gap, inverses, directions, power, n_samples)

    def start_left(self, shift: float) -> ComplexArray:
        """``z/ζ``, the part of the penalty that is not weight decay; one where both are zero."""
        zero = self.nodes == 0
        return np.where(zero, 1.0, (self.nodes - shift) / np.where(zero, 1.0, self.nodes))


def at_second(values: ComplexArray) -> ComplexArray:
    """Node values and their conjugates as the second of two arguments, (2, 1, N)."""
    return np.stack([values, values.conj()])[:, None, :]


def times_both(values: ComplexArray, pairs: ComplexArray) -> ComplexArray:
    """Multiply a function of two nodes, shape (2, N, N), by a value at each node.

    The factors are applied one after the other: the product of two small values
    can underflow although the final result is in range.
    """
    return np.asarray(values[:, None] * (at_second(values) * pairs))


def sum_of_products(rows: ComplexArray, amounts: FloatArray) -> ComplexArray:
    """``Σ_i amount_i a_ki a_li`` and the same with ``conj(a_li)``, shape (..., 2, N, N).

    One real matrix product per row of `amounts`, shape (..., m), gives both.
    Use ``a = √σ/(σ + κ)`` rather than ``1/(σ + κ)``: its sums stay in range.
    """
    count = len(rows)
    split = np.concatenate([rows.real, rows.imag])
    products = (split * amounts[..., None, :]) @ split.T
    both_real, both_imaginary = products[..., :count, :count], products[..., count:, count:]
    real_imaginary, imaginary_real = products[..., :count, count:], products[..., count:, :count]
    sums = np.empty((*amounts.shape[:-1], 2, count, count), dtype=np.complex128)
    sums[..., 0, :, :].real = both_real - both_imaginary
    sums[..., 0, :, :].imag = real_imaginary + imaginary_real
    sums[..., 1, :, :].real = both_real + both_imaginary
    sums[..., 1, :, :].imag = imaginary_real - real_imaginary
    return sums
