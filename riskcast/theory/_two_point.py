"""Two-point equivalents: averages of products of two resolvents, and their mixtures.

The risk of ridge regression at two penalties ζ and ζ' at once depends on the
sample only through ``κ(ζ)`` and ``κ(ζ')``. Mixed over a contour these pairs
give any training rule at any time (design of the library: sections 1 and 3).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcast.resolvents import Window
from riskcast.spectra import Population

FloatArray = NDArray[np.float64]
ComplexArray = NDArray[np.complex128]


@dataclass(frozen=True)
class Kernel:
    """A function of two penalties on the nodes of a window, and at infinity.

    Attributes
    ----------
    pairs : ndarray of complex, shape (2, N, N)
        Values at (z_k, z_l) and at (z_k, conj z_l).
    single : ndarray of complex, shape (N,)
        Values where the second penalty is infinite: nothing learned.
    none : float
        Value where both are infinite.
    """

    pairs: ComplexArray
    single: ComplexArray
    none: float


def mix(weights: ComplexArray, kernel: Kernel) -> FloatArray:
    """Mix a kernel over both its penalties; one row of `weights` a moment, shape (T,).

    The part of the mixture that its finite nodes leave out stands at infinity.
    """
    plain = np.einsum("tk,tk->t", weights @ kernel.pairs[0], weights)
    mirrored = np.einsum("tk,tk->t", weights @ kernel.pairs[1], weights.conj())
    left_out = 1.0 - 2.0 * weights.sum(axis=1).real
    once = 2.0 * (weights @ kernel.single).real
    return 2.0 * (plain + mirrored).real + left_out * (2.0 * once + left_out * kernel.none)


@dataclass(frozen=True)
class TwoPoint:
    """What all kernels of one window are made of.

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
        ``Σσ/((σ+κ)(σ+κ'))`` and ``√(κκ') Σβ²σ/((σ+κ)(σ+κ'))``, which stay in range.
    n_samples : int
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
        # ζ/κ keeps the digits that n - df₁ loses where samples are fewer than directions.
        ended = kappa == 0
        spare = np.where(ended, n_samples - spectrum.rank, nodes / np.where(ended, 1.0, kappa))
        halves = inverses * np.sqrt(spectrum.values)
        directions = sum_of_products(halves, spectrum.multiplicities)
        halves *= np.sqrt(kappa)[:, None]
        power = sum_of_products(halves, population.squared_coefficients)
        # As σ²/((σ+κ)(σ+κ')) = σ/(σ+κ') - κσ/((σ+κ)(σ+κ')), of which none cancel.
        gap = at_second(spare) + kappa[:, None] * directions
        return cls(nodes, kappa, spare, gap, inverses, directions, power, n_samples)

    def start_left(self, shift: float) -> ComplexArray:
        """``z/ζ``, the part of the penalty that is not weight decay; one where both vanish."""
        zero = self.nodes == 0
        return np.where(zero, 1.0, (self.nodes - shift) / np.where(zero, 1.0, self.nodes))


def at_second(values: ComplexArray) -> ComplexArray:
    """Each node's value and its conjugate, to stand for the second of two, (2, 1, N)."""
    return np.stack([values, values.conj()])[:, None, :]


def times_both(values: ComplexArray, pairs: ComplexArray) -> ComplexArray:
    """Multiply a function of two nodes, (2, N, N), by a value of each.

    One after the other: a product of two small values can leave the range of
    floating point though it meets a sum as large.
    """
    return np.asarray(values[:, None] * (at_second(values) * pairs))


def sum_of_products(rows: ComplexArray, amounts: FloatArray) -> ComplexArray:
    """``Σ_i amount_i a_ki a_li`` and the same with ``conj(a_li)``, shape (..., 2, N, N).

    One real matrix product for each row of `amounts`, shape (..., m), gives both.
    With ``a = √σ/(σ + κ)``, not ``1/(σ + κ)``, sums over eigenvalues stay in range.
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
