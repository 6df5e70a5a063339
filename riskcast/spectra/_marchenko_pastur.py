"""The Marchenko-Pastur law of the sample eigenvalues of uncorrelated features."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcast._validation import numbers, positive_finite

__all__ = ["MarchenkoPastur"]

FloatArray = NDArray[np.float64]

_ORDER = 20  # Gauss-Legendre nodes per panel
_OCTAVES = 60  # panels are halved towards the lower edge, down to 2^-60 of the bulk
_FINEST = 10  # each panel is split at most 2^10-fold
_AGREEMENT = 1e-12  # relative change below which refinement stops
_ROUNDING = 1e-14  # absolute change due to rounding for a function of size one


class MarchenkoPastur:
    """Limiting law of the eigenvalues λ of ``XᵀX/n`` for features of variance one.

    With load ``α = n/p`` the bulk has the density
    ``√((λ₊ - λ)(λ - λ₋)) α / (2πλ)`` between ``λ± = (1 ± 1/√α)²``. If there are
    fewer samples than features, there is an atom of mass ``1 - α`` at zero
    (Marchenko and Pastur 1967).

    Parameters
    ----------
    load : float
        Samples per feature ``α = n/p``, positive.

    Attributes
    ----------
    lower_edge, upper_edge : float
        Ends λ₋ and λ₊ of the bulk.
    atom : float
        Mass at zero, ``max(0, 1 - α)``: the fraction of frozen directions.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If the load is not positive and finite.

    Examples
    --------
    >>> from riskcast.spectra import MarchenkoPastur
    >>> law = MarchenkoPastur(0.5)
    >>> law.atom, round(law.lower_edge, 4), round(law.upper_edge, 4)
    (0.5, 0.1716, 5.8284)
    >>> float(law.integrate(lambda values: values).round(10))
    1.0
    """

    def __init__(self, load: float) -> None:
        self.load = positive_finite(load, "load")
        root = np.sqrt(self.load)
        self.lower_edge = float((1.0 - 1.0 / root) ** 2)
        self.upper_edge = float((1.0 + 1.0 / root) ** 2)
        self.atom = max(0.0, 1.0 - self.load)

    def __repr__(self) -> str:
        return f"MarchenkoPastur(load={self.load:g})"

    def density(self, values: ArrayLike) -> FloatArray:
        """Density of the bulk, without the atom at zero; zero outside the bulk.

        Parameters
        ----------
        values : array_like
            Points λ, of any shape.

        Returns
        -------
        ndarray
            In the shape of `values`.
        """
        values = numbers(values, "values")
        inside = (values > self.lower_edge) & (values < self.upper_edge)
        safe = np.where(inside, values, 1.0)
        product = (self.upper_edge - safe) * (safe - self.lower_edge)
        bulk = np.sqrt(np.maximum(product, 0.0)) * self.load / (2.0 * np.pi * safe)
        return np.where(inside, bulk, 0.0)

    def nodes(
        self, refinement: int = 0, octaves: int = _OCTAVES, order: int = _ORDER
    ) -> tuple[FloatArray, FloatArray]:
        """Nodes and weights of a quadrature rule for the bulk.

        The substitution ``λ = λ₋ + (λ₊ - λ₋) sin²(φ/2)`` absorbs both edges;
        panels in φ are halved towards the lower edge, because late training depends
        on ever smaller eigenvalues.

        Parameters
        ----------
        refinement : int, default 0
            Each panel is split into ``2**refinement`` panels.
        octaves : int, default 60
            Number of times that panels are halved towards the lower edge.
        order : int, default 20
            Number of nodes per panel.

        Returns
        -------
        nodes, weights : ndarray of shape (N,)
            The weights sum to the mass of the bulk, ``min(1, α)``.
        """
        edges = np.pi * np.concatenate([[0.0], 2.0 ** np.arange(-octaves, 1.0)])
        pieces = 2**refinement
        starts = np.repeat(edges[:-1], pieces)
        widths = np.repeat(np.diff(edges) / pieces, pieces)
        starts = starts + np.tile(np.arange(pieces), len(edges) - 1) * widths
        points, masses = np.polynomial.legendre.leggauss(order)
        angle = (starts[:, None] + widths[:, None] * (points + 1.0) / 2.0).ravel()
        mass = np.outer(widths / 2.0, masses).ravel()
        width = 4.0 / np.sqrt(self.load)  # the difference of the edges cancels for large loads
        values = self.lower_edge + width * np.sin(angle / 2.0) ** 2
        weights = 2.0 * mass * np.sin(angle) ** 2 / (np.pi * values)
        return values, weights

    def integrate(self, function: Callable[[FloatArray], FloatArray]) -> FloatArray:
        """Integrate a function over the bulk, with refinement until convergence.

        Parameters
        ----------
        function : callable
            Maps λ of shape (N,) to values of shape (..., N).

        Returns
        -------
        ndarray of shape (...)
            Accurate to about 1e-12 of the integral of the absolute value.
        """
        before = None
        for refinement in range(_FINEST):
            values, weights = self.nodes(refinement)
            sampled = np.asarray(function(values))
            total = sampled @ weights
            if before is not None:
                scale = np.abs(sampled) @ weights
                if (np.abs(total - before) <= _AGREEMENT * scale + _ROUNDING).all():
                    return total
            before = total
        return total
