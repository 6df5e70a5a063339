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
        ``Σσ/((σ+κ)(σ+κ'))`` and ``Σβ²σ/((σ+κ)(σ+κ'))``.
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
        total = kappa * (inverses @ spectrum.multiplicities)
        excess = n_samples - spectrum.rank
        # σ²/((σ+κ)(σ+κ')) = (1 - κ/(σ+κ)) (1 - κ'/(σ+κ')), written so that n - p comes first.
        counts = np.stack([spectrum.multiplicities, population.squared_coefficients])
        amounts = np.concatenate([counts[:1], spectrum.values * counts])
        products, directions, power = sum_of_products(inverses, amounts)
        gap = excess + pair(total, np.add) - pair(kappa, np.multiply) * products
        return cls(nodes, kappa, excess + total, gap, inverses, directions, power, n_samples)

    def start_left(self, shift: float) -> ComplexArray:
        """``z/ζ``, the part of the penalty that is not weight decay; one where both vanish."""
        zero = self.nodes == 0
        return np.where(zero, 1.0, (self.nodes - shift) / np.where(zero, 1.0, self.nodes))


def pair(values: ComplexArray, operation: np.ufunc) -> ComplexArray:
    """Combine each node's value with each other's and with its conjugate, (2, N, N)."""
    return np.stack([operation.outer(values, values), operation.outer(values, values.conj())])


def sum_of_products(rows: ComplexArray, amounts: FloatArray) -> ComplexArray:
    """``Σ_i amount_i a_ki a_li`` and the same with ``conj(a_li)``, shape (..., 2, N, N).

    One real matrix product for each row of `amounts`, shape (..., m), gives both.
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
