"""A population: what the data are drawn from, as far as linear models can tell."""

from __future__ import annotations

import copy
from collections.abc import Sequence
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcast.checks import count, number, numbers, positive
from riskcast.spectra._compression import compress
from riskcast.spectra.spectrum import Spectrum, checked_eigenvalues

if TYPE_CHECKING:
    from riskcast.spectra.estimation import PopulationEstimate

__all__ = ["Population"]

FloatArray = NDArray[np.float64]


class Population:
    """Covariance spectrum, target and noise: ``y = β·x + ε``, ``Cov x = diag(σ)``.

    Features are taken along the eigenvectors of their covariance, so that the
    i-th has variance σ_i and target coefficient β_i.

    Parameters
    ----------
    eigenvalues : array_like of shape (p,)
        Variances σ_i ≥ 0, not all zero. Equal ones cost once.
    coefficients : array_like of shape (p,)
        Target coefficients β_i; only their squares matter.
    noise_variance : float
        Variance σ² ≥ 0 of the noise ε, the noise floor of every risk.

    Attributes
    ----------
    spectrum : Spectrum
        The eigenvalues, grouped.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If an argument is impossible; the message names it.

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
        """The same population for smooth sums over a long spectrum, by fewer eigenvalues.

        Its `spectrum` and `squared_coefficients` stand for those of this one.
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
        """Uncorrelated features of variance one, signal variance one, noise ``1/snr``.

        The case of Advani, Saxe and Sompolinsky (2020).

        Parameters
        ----------
        n_features : int
            Number p ≥ 1 of features.
        snr : float
            Signal-to-noise ratio, positive; ``inf`` for no noise.

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
        """Variances ``i^-a`` and target powers ``β²σ ∝ i^(-1-2ra)``.

        The capacity a says how fast the spectrum decays, the source r how much
        of the target lies in its leading directions (Caponnetto and De Vito
        2007; Cui, Loureiro, Krzakala and Zdeborová 2021). Signal variance one.

        Parameters
        ----------
        n_features : int
            Number p ≥ 1 of features.
        capacity : float
            Exponent a ≥ 0.
        source : float
            Exponent r ≥ 0.
        snr : float
            Signal-to-noise ratio, positive; ``inf`` for no noise.

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
        """A few strong directions above a bulk of variance one (Johnstone 2001).

        Parameters
        ----------
        n_features : int
            Number p of features, more than there are spikes.
        spikes : array_like of shape (k,)
            Variances of the strong directions.
        snr : float
            Signal-to-noise ratio, positive; ``inf`` for no noise.
        spike_share : float, default 0.5
            Share of the signal variance, which is one, that lies in the spikes.

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
                f"n_features: {n_features} leaves no bulk beside {len(tops)} spikes; give more"
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
        """Blocks of features with one variance each.

        Parameters
        ----------
        sizes : sequence of int, length k
            Number of features in each block.
        variances : array_like of shape (k,)
            Variance of the features in each block.
        snr : float
            Signal-to-noise ratio, positive; ``inf`` for no noise.
        signal_shares : array_like of shape (k,), optional
            How the signal variance, which is one, divides over the blocks; by
            default as a target with equal coefficients divides it.

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
            Features.
        y : array_like of shape (n,)
            Targets.
        fit_intercept : bool, default True
            Whether X and y are centred first. Constant columns are then left out.
        n_blocks : int, default 10
            Blocks of rows that are left out in turn to see how far the estimate
            can be trusted; their populations are its `replicates`.

        Returns
        -------
        PopulationEstimate

        See Also
        --------
        riskcast.spectra.PopulationEstimate : how it is estimated, and how sure it is.
        """
        from riskcast.spectra.estimation import estimate_population

        return estimate_population(X, y, fit_intercept, n_blocks)

    @classmethod
    def _from_powers(cls, eigenvalues: ArrayLike, powers: ArrayLike, snr: float) -> Population:
        """Signal variance one, divided over the features in proportion to `powers`."""
        variances = checked_eigenvalues(eigenvalues)
        powers = np.where(variances > 0, np.asarray(powers, dtype=np.float64), 0.0)
        squares = powers / powers.sum() / np.where(variances > 0, variances, 1.0)
        return cls(variances, np.sqrt(squares), 1.0 / positive(snr, "snr"))

    def _with_variances(self, eigenvalues: FloatArray) -> Population:
        """Other variances, the same power in each feature."""
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
