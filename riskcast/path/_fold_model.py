"""Model of one fold, trained on a factorization of its own rows."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcast.filters import Filter
from riskcast.path._column_rounding import column_means
from riskcast.path._row_factorization import factorize

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]


@dataclass(frozen=True)
class HeldOut:
    """Held-out rows of a fold, to be predicted at any training time.

    Attributes
    ----------
    reach : ndarray of shape (rows, r)
        The held-out rows in the left singular coordinates of the training rows.
    eigenvalues : ndarray of shape (r,)
        Eigenvalues of the training rows.
    coefficients : ndarray of shape (r, outputs)
        Coordinates of the training targets.
    mean : ndarray of shape (outputs,)
        Mean of the training targets, or zero.
    n_trained : int
        Number of training rows.
    """

    reach: FloatArray
    eigenvalues: FloatArray
    coefficients: FloatArray
    mean: FloatArray
    n_trained: int

    def predict(self, filter: Filter) -> FloatArray:
        """Predictions at the filter's times, shape (rows, T, outputs)."""
        shares = filter.shrinkage(self.eigenvalues, self.n_trained)
        learned = shares[:, :, None] * self.coefficients
        return self.mean + np.tensordot(self.reach, learned, axes=(1, 1))


class FoldModel:
    """Model trained on a subset of the rows.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, any)
        All rows, in coordinates that preserve the inner products of the data.
    targets : ndarray of shape (n_samples, outputs)
        All targets.
    kept : ndarray of int
        Indices of the training rows.
    centred : bool
        Whether an intercept is fitted.
    floor : float, default 0.0
        `floor` of the `Factorization` whose coordinates the rows are in.
    rounding : ndarray of shape (any,), optional
        `rounding` of that factorization. Not needed for the original rows.

    Attributes
    ----------
    part : Factorization
        Factorization of the training rows.
    """

    def __init__(
        self,
        rows: FloatArray,
        targets: FloatArray,
        kept: IndexArray,
        centred: bool,
        floor: float = 0.0,
        rounding: FloatArray | None = None,
    ) -> None:
        self.rows = rows
        train = rows[kept]
        self.part = factorize(train, centred, floor, rounding)
        self.coefficients = self.part.coefficients(targets[kept])
        self.origin = column_means(train) if centred else np.zeros(train.shape[1])
        self.mean = targets[kept].mean(axis=0) if centred else np.zeros(targets.shape[1])
        self.axes = self.part.directions(train - self.origin) / np.sqrt(self.part.eigenvalues)

    def hold_out(self, rows: IndexArray) -> HeldOut:
        """Prepare rows, given by their indices, for prediction."""
        return HeldOut(
            (self.rows[rows] - self.origin) @ self.axes,
            self.part.eigenvalues,
            self.coefficients,
            self.mean,
            self.part.n_samples,
        )
