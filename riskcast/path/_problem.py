"""Validated and factorized data, as used by all computations of a path."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast.path._column_rounding import varying
from riskcast.path._delicate_rows import SAFE_CONDITION, refit_delicate
from riskcast.path._factorization import Factorization
from riskcast.path._fold_model import FoldModel, HeldOut
from riskcast.path._gram_factorization import factorize_gram
from riskcast.path._repeated_rows import doubt_of_repeated_rows
from riskcast.path._row_factorization import factorize
from riskcast.path._validation import (
    Kernel,
    check_classes,
    check_fit_intercept,
    check_groups,
    check_rows,
    check_same_length,
    check_targets,
    gram_matrix,
)

FloatArray = NDArray[np.float64]

_MOST_ENTRIES = 10_000_000  # of wide sparse rows that are made dense for refits: 80 MB


@dataclass(frozen=True)
class Problem:
    """Validated and factorized data.

    Attributes
    ----------
    data : Factorization
        Factorization of the rows.
    targets : ndarray of shape (n_samples, outputs)
        Regression targets or one-hot classes. For two classes with an intercept, only the
        column of the second class.
    classes : ndarray or None
        The sorted class labels; None for regression.
    groups : list of ndarray of int, or None
        Row indices of each group.
    refits : dict
        Refits, keyed by row or by first row of a group, that replace the identity.
    n_directions : int or None
        Number of non-constant columns, for a linear model; None for a kernel.
    doubts : tuple of str
        Warnings to issue.
    """

    data: Factorization
    targets: FloatArray
    classes: NDArray[Any] | None
    groups: list[NDArray[np.intp]] | None
    refits: dict[int, HeldOut]
    n_directions: int | None = None
    doubts: tuple[str, ...] = ()

    @cached_property
    def coefficients(self) -> FloatArray:
        """Coordinates ``Uᵀy`` of the targets, shape (r, outputs)."""
        return self.data.coefficients(self.targets)

    @cached_property
    def outside(self) -> FloatArray:
        """Component of the targets orthogonal to U and the constant, shape (n, outputs).

        Zero for rows of leverage one.
        """
        return np.where(self.data.leverage_outside[:, None] > 0, self._outside, 0.0)

    @cached_property
    def doubtful_outside(self) -> FloatArray:
        """Same component for rows whose leverage outside may be rounding, shape (n, outputs)."""
        return np.where(self.data.doubtful_leverage[:, None] > 0, self._outside, 0.0)

    @cached_property
    def _outside(self) -> FloatArray:
        return self.data.residual_outside(self.targets, self.coefficients)

    @property
    def labels(self) -> NDArray[np.intp]:
        """Class index of each row."""
        if self.targets.shape[1] == 1:
            return (self.targets[:, 0] > 0.5).astype(np.intp)
        return self.targets.argmax(axis=1)

    def untrained_predictions(self) -> FloatArray:
        """Leave-one-out predictions of the untrained model, shape (n_samples, 1, outputs).

        With an intercept, the mean target of the other rows; otherwise zero. For
        classification, the class priors of all rows: without the held-out row, its own
        class would be the rarer one, and for balanced classes always predicted wrongly.
        """
        if self.data.centred and self.classes is not None:
            priors = self.targets.mean(axis=0)
            return np.broadcast_to(priors, (self.data.n_samples, 1, len(priors)))
        return self.fold_means[:, None]

    @cached_property
    def fold_means(self) -> FloatArray:
        """Mean target without each row, or without its group, shape (n, outputs).

        Zero without an intercept.
        """
        if not self.data.centred:
            return np.zeros_like(self.targets)
        total, count = self.targets.sum(axis=0), self.data.n_samples
        if self.groups is None:
            return np.asarray((total - self.targets) / (count - 1))
        sizes = np.array([len(members) for members in self.groups])
        order = np.concatenate(self.groups)
        sums = np.add.reduceat(self.targets[order], np.cumsum(sizes) - sizes, axis=0)
        means = np.empty_like(self.targets)
        means[order] = np.repeat((total - sums) / (count - sizes[:, None]), sizes, axis=0)
        return means

    @property
    def units(self) -> list[NDArray[np.intp]]:
        """Row indices that are held out together: the groups, or single rows."""
        if self.groups is not None:
            return self.groups
        return list(np.arange(self.data.n_samples)[:, None])

    def fold(self, rows: NDArray[np.intp]) -> FoldModel:
        """Model trained on a subset of the rows, in the coordinates of all rows."""
        data = self.data
        return FoldModel(
            data.coordinates, self.targets, rows, data.centred, data.floor, data.rounding
        )

    def part(self, rows: NDArray[np.intp], data: Factorization) -> Problem:
        """Restrict the problem to sorted `rows`, made of whole groups and factorized as `data`."""
        groups = None
        if self.groups is not None:
            kept = np.isin([members[0] for members in self.groups], rows)
            groups = [np.searchsorted(rows, self.groups[k]) for k in np.flatnonzero(kept)]
        targets = self.targets[rows]
        refits = refit_delicate(data, None, targets, groups)
        return Problem(data, targets, self.classes, groups, refits, self.n_directions)


def pose(
    X: Any, y: Any, kernel: Kernel, fit_intercept: bool, groups: Any, classification: bool
) -> Problem:
    """Validate the arguments of `risk_path` and factorize the data."""
    rows = check_rows(X)
    n_samples = rows.shape[0]
    centred = check_fit_intercept(fit_intercept)
    targets, classes = check_classes(y, centred) if classification else (check_targets(y), None)
    check_same_length(len(targets), n_samples, "y")
    members = check_groups(groups, n_samples)
    doubts = doubt_of_repeated_rows(rows, members)
    linear = kernel is None or kernel == "linear"
    data = (
        factorize(rows, centred) if linear else factorize_gram(gram_matrix(kernel, rows), centred)
    )
    if data.eigenvalues.size == 0:
        raise ValueError(_nothing_varies(linear, centred))
    # Refits of linear models use the original rows, otherwise the coordinates.
    plain = _dense_rows(rows, data) if linear else None
    refits = refit_delicate(data, plain, targets, members)
    n_directions = int(varying(rows, centred).sum()) if linear else None
    return Problem(data, targets, classes, members, refits, n_directions, (*doubts, *data.doubts))


def _dense_rows(rows: Any, data: Factorization) -> FloatArray | None:
    """The rows as an array; None for sparse rows that no refit needs or that are too large."""
    if isinstance(rows, np.ndarray):
        return rows
    n_samples, n_features = rows.shape
    fits = n_samples >= n_features or n_samples * n_features <= _MOST_ENTRIES  # U is as large
    return rows.toarray() if fits and data.condition >= SAFE_CONDITION else None


def _nothing_varies(linear: bool, centred: bool) -> str:
    if linear:
        what = "X: all columns are constant" if centred else "X: all entries are zero"
        return f"{what}, so there is nothing to learn from; pass other columns"
    what = "constant" if centred else "zero"
    return f"kernel: the Gram matrix is {what}, so there is nothing to learn from; pass another"
