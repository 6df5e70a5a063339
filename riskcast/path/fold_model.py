"""The model of one fold, trained on its own factorization."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcast.filters import Filter
from riskcast.path.column_rounding import column_means
from riskcast.path.row_factorization import factorize

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]


@dataclass(frozen=True)
class HeldOut:
    """Rows held out of a fold, ready to be predicted at any moment.

    Attributes
    ----------
    reach : ndarray of shape (rows, r)
        The rows in the left singular coordinates of those trained on.
    eigenvalues : ndarray of shape (r,)
        Eigenvalues of the rows trained on.
    coefficients : ndarray of shape (r, outputs)
        Coordinates of their targets.
    mean : ndarray of shape (outputs,)
        Mean of their targets, or zero.
    n_trained : int
        Their number.
    """

    reach: FloatArray
    eigenvalues: FloatArray
    coefficients: FloatArray
    mean: FloatArray
    n_trained: int

    def predict(self, filter: Filter) -> FloatArray:
        """Predictions at the filter's moments, shape (rows, T, outputs)."""
        shares = filter.shrinkage(self.eigenvalues, self.n_trained)
        learned = shares[:, :, None] * self.coefficients
        return self.mean + np.tensordot(self.reach, learned, axes=(1, 1))


class FoldModel:
    """The model trained on some of the rows, ready to predict any others.

    Parameters
    ----------
    rows : ndarray of shape (n_samples, any)
        All rows, in coordinates that have the inner products of the data.
    targets : ndarray of shape (n_samples, outputs)
        All targets.
    kept : ndarray of int
        The rows to train on.
    centred : bool
        Whether an intercept is fitted.
    floor : float, default 0.0
        As of the `Factorization` whose coordinates the rows are in.
    rounding : ndarray of shape (any,), optional
        The same; for rows as they were given, their own rounding is enough.

    Attributes
    ----------
    part : Factorization
        The rows trained on.
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
        """Rows to be predicted, shape (rows,) of their indices."""
        return HeldOut(
            (self.rows[rows] - self.origin) @ self.axes,
            self.part.eigenvalues,
            self.coefficients,
            self.mean,
            self.part.n_samples,
        )
