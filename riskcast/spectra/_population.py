"""Populations: covariance spectrum, linear target and noise of the data."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcast._validation import count, number, numbers, positive
from riskcast.spectra._compression import compress
from riskcast.spectra._spectrum import Spectrum, checked_eigenvalues

if TYPE_CHECKING:
    from riskcast.spectra._estimation import PopulationEstimate

__all__ = ["Population"]

FloatArray = NDArray[np.float64]


class Population:
    """Population with ``y = β·x + ε`` and ``Cov x = diag(σ)``.

    Features are in the eigenbasis of their covariance: the i-th has variance σ_i
    and target coefficient β_i.

    Parameters
    ----------
    eigenvalues : array_like of shape (p,)
        Variances σ_i ≥ 0, not all zero. Equal variances are grouped for speed.
    coefficients : array_like of shape (p,)
        Target coefficients β_i; only their squares matter.
    noise_variance : float
        Variance σ² ≥ 0 of the noise ε, the irreducible error.

    Attributes
    ----------
    spectrum : Spectrum
        The eigenvalues, grouped.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If an argument is out of its range; the message names it.

    Examples
    --------
    >>> import riskcast as rc
    >>> population = rc.Population([2.0, 1.0], [1.0, 1.0], noise_variance=0.5)
    >>> population.signal_variance, population.snr
    (3.0, 6.0)
    """

    def __init__(
        self, eigenvalues: ArrayLike, coefficients: ArrayLike, noise_variance: float
    ) -> None:
        self.eigenvalues: FloatArray = checked_eigenvalues(eigenvalues)
        self.coefficients: FloatArray = _checked_coefficients(coefficients, self.eigenvalues)
        self.noise_variance = number(noise_variance, "noise_variance")
        self.spectrum = Spectrum(self.eigenvalues)

    def __repr__(self) -> str:
        return (
            f"{type(self).__name__}({self.n_features} features, "
            f"{len(self.spectrum.values)} distinct variances, "
            f"signal variance {self.signal_variance:.3g}, noise variance {self.noise_variance:.3g})"
        )

    @property
    def n_features(self) -> int:
        """Number p of features."""
        return len(self.eigenvalues)

    @cached_property
    def squared_coefficients(self) -> FloatArray:
        """Sum of β² over each distinct positive eigenvalue, shape (m,)."""
        return self.spectrum.sum_groups(self.coefficients**2)

    @cached_property
    def signal_variance(self) -> float:
        """Variance of the target without its noise, ``Σ β²σ``."""
        return float(self.squared_coefficients @ self.spectrum.values)

    @cached_property
    def compressed(self) -> Population:
        """Approximation with fewer distinct eigenvalues, for smooth sums over a long spectrum.

        Only its `spectrum` and `squared_coefficients` differ from this population.
        """
        amounts = np.stack([self.spectrum.multiplicities, self.squared_coefficients])
        values, (multiplicities, squares) = compress(self.spectrum.values, amounts)
        other = copy.copy(self)
        other.spectrum = self.spectrum.with_groups(values, multiplicities)
        other.__dict__["squared_coefficients"] = squares
        return other

    @property
    def snr(self) -> float:
        """Signal variance over noise variance; ``inf`` without noise."""
        return self.signal_variance / self.noise_variance if self.noise_variance else np.inf

    @classmethod
    def isotropic(cls, n_features: int, snr: float) -> Population:
        """Uncorrelated features of variance one; signal variance one, noise variance ``1/snr``.

        The case of Advani, Saxe and Sompolinsky (2020).

        Parameters
        ----------
        n_features : int
            Number p ≥ 1 of features.
        snr : float
            Signal-to-noise ratio, positive; ``inf`` for no noise.

        Returns
        -------
        Population

        Raises
        ------
        TypeError
            If an argument is not a number.
        ValueError
            If an argument is out of its range.

        Examples
        --------
        >>> import riskcast as rc
        >>> rc.Population.isotropic(100, snr=5.0).noise_variance
        0.2
        """
        size = count(n_features, "n_features")
        return cls(np.ones(size), np.full(size, size**-0.5), 1.0 / positive(snr, "snr"))

    @classmethod
    def power_law(cls, n_features: int, capacity: float, source: float, snr: float) -> Population:
        """Power-law variances ``i^-a`` and target powers ``β²σ ∝ i^(-1-2ra)``.

        The capacity a sets the decay of the spectrum; the source r sets how strongly
        the target is concentrated in the leading directions (Caponnetto and De Vito
        2007; Cui, Loureiro, Krzakala and Zdeborová 2021). The signal variance is one.

        Parameters
        ----------
        n_features : int
            Number p ≥ 1 of features.
        capacity : float
            Exponent a ≥ 0 of the variances.
        source : float
            Exponent r ≥ 0 of the target.
        snr : float
            Signal-to-noise ratio, positive; ``inf`` for no noise.

        Returns
        -------
        Population

        Raises
        ------
        TypeError
            If an argument is not a number.
        ValueError
            If an argument is out of its range.

        Examples
        --------
        >>> import riskcast as rc
        >>> rc.Population.power_law(4, capacity=2.0, source=0.5, snr=1.0).eigenvalues.round(3)
        array([1.   , 0.25 , 0.111, 0.062])
        """
        index = np.arange(1.0, count(n_features, "n_features") + 1.0)
        exponent = number(capacity, "capacity")
        decay = 1.0 + 2.0 * number(source, "source") * exponent
        return cls._from_powers(index**-exponent, index**-decay, snr)

    @classmethod
    def spiked(
        cls, n_features: int, spikes: ArrayLike, snr: float, spike_share: float = 0.5
    ) -> Population:
        """Spiked covariance: a few strong directions and a bulk of variance one (Johnstone 2001).

        Parameters
        ----------
        n_features : int
            Number p of features, larger than the number of spikes.
        spikes : array_like of shape (k,)
            Variances of the spikes, positive.
        snr : float
            Signal-to-noise ratio, positive; ``inf`` for no noise.
        spike_share : float, default 0.5
            Fraction of the signal variance (which is one) in the spikes, 0 to 1.

        Returns
        -------
        Population

        Raises
        ------
        TypeError
            If an argument is not a number.
        ValueError
            If an argument is out of its range, or all features are spikes.

        Examples
        --------
        >>> import riskcast as rc
        >>> rc.Population.spiked(5, [10.0], snr=1.0).eigenvalues
        array([10.,  1.,  1.,  1.,  1.])
        """
        tops = np.atleast_1d(numbers(spikes, "spikes"))
        if tops.ndim != 1 or not tops.size:
            raise ValueError(f"spikes: got shape {tops.shape}; give one variance or several")
        bulk = count(n_features, "n_features") - len(tops)
        if bulk < 1:
            raise ValueError(
                f"n_features: {n_features} leaves no bulk with {len(tops)} spikes; give more"
            )
        if not ((tops > 0) & np.isfinite(tops)).all():
            raise ValueError(f"spikes: got {tops.tolist()}; give positive, finite variances")
        share = number(spike_share, "spike_share", most=1.0)
        return cls.block([len(tops), bulk], [1.0, 1.0], snr, [share, 1.0 - share])._with_variances(
            np.concatenate([tops, np.ones(bulk)])
        )

    @classmethod
    def block(
        cls,
        sizes: Sequence[int],
        variances: ArrayLike,
        snr: float,
        signal_shares: ArrayLike | None = None,
    ) -> Population:
        """Blocks of features with one variance per block.

        Parameters
        ----------
        sizes : sequence of int, length k
            Number of features in each block.
        variances : array_like of shape (k,)
            Variance of the features in each block.
        snr : float
            Signal-to-noise ratio, positive; ``inf`` for no noise.
        signal_shares : array_like of shape (k,), optional
            Relative signal variance of each block, ≥ 0; normalized so that the total is
            one. By default that of a target with equal coefficients.

        Returns
        -------
        Population

        Raises
        ------
        TypeError
            If an argument is not a number.
        ValueError
            If an argument is out of its range, or there is not one entry per block.

        Examples
        --------
        >>> import riskcast as rc
        >>> rc.Population.block([2, 1], [1.0, 4.0], snr=2.0).coefficients.round(3)
        array([0.408, 0.408, 0.408])
        """
        if np.ndim(sizes) != 1 or not len(sizes):
            raise ValueError(f"sizes: got {sizes!r}; give the number of features of each block")
        counts = np.array([count(size, "sizes") for size in sizes])
        levels = checked_eigenvalues(variances, "variances")
        if levels.shape != counts.shape:
            raise ValueError(
                f"variances: got {levels.size} for {counts.size} blocks; give one each"
            )
        shares = (
            levels * counts if signal_shares is None else numbers(signal_shares, "signal_shares")
        )
        if (
            shares.shape != counts.shape
            or not ((shares >= 0) & np.isfinite(shares)).all()
            or not shares[levels > 0].any()
        ):
            raise ValueError(
                f"signal_shares: got {signal_shares!r}; give one share >= 0 per block, not all "
                "zero where the variance is positive"
            )
        return cls._from_powers(np.repeat(levels, counts), np.repeat(shares / counts, counts), snr)

    @staticmethod
    def from_data(
        X: ArrayLike, y: ArrayLike, *, fit_intercept: bool = True, n_blocks: int = 10
    ) -> PopulationEstimate:
        """Estimate a population from a sample, with standard errors.

        Parameters
        ----------
        X : array_like of shape (n, p)
            Features; n is at least 20.
        y : array_like of shape (n,)
            Targets.
        fit_intercept : bool, default True
            Whether to centre X and y first. Constant columns are then dropped.
        n_blocks : int, default 10
            Number of blocks of rows for the jackknife, from 2 to n/2. Each block is
            left out in turn; these estimates are the `replicates`.

        Returns
        -------
        PopulationEstimate

        Raises
        ------
        TypeError
            If `X` or `y` do not hold numbers.
        ValueError
            If `X` or `y` has the wrong shape, too few rows, missing or infinite values,
            or does not vary, or `n_blocks` is out of its range.

        See Also
        --------
        riskcast.spectra.PopulationEstimate : method of estimation, and standard errors.
        """
        from riskcast.spectra._estimation import estimate_population

        return estimate_population(X, y, fit_intercept, n_blocks)

    @classmethod
    def _from_powers(cls, eigenvalues: ArrayLike, powers: ArrayLike, snr: float) -> Population:
        """Population of signal variance one, distributed over features as `powers`."""
        variances = checked_eigenvalues(eigenvalues)
        powers = np.where(variances > 0, np.asarray(powers, dtype=np.float64), 0.0)
        squares = powers / powers.sum() / np.where(variances > 0, variances, 1.0)
        return cls(variances, np.sqrt(squares), 1.0 / positive(snr, "snr"))

    def _with_variances(self, eigenvalues: FloatArray) -> Population:
        """Population with other variances and the same target power in each feature."""
        powers = self.coefficients**2 * self.eigenvalues
        return Population(eigenvalues, np.sqrt(powers / eigenvalues), self.noise_variance)


def _checked_coefficients(coefficients: ArrayLike, eigenvalues: FloatArray) -> FloatArray:
    array = numbers(coefficients, "coefficients")
    if array.shape != eigenvalues.shape:
        raise ValueError(
            f"coefficients: got shape {array.shape} for {len(eigenvalues)} eigenvalues; "
            "give one coefficient per eigenvalue"
        )
    if not np.isfinite(array).all():
        raise ValueError("coefficients: some are not finite; give real numbers")
    with np.errstate(over="ignore"):
        signal = float(array**2 @ eigenvalues)
    if not np.isfinite(signal):
        raise ValueError(
            f"coefficients: the largest in size is {np.abs(array).max():.3g}, so that the signal "
            "variance leaves the range of floating point; rescale the target"
        )
    return array
