"""The door: what a user gives, checked once, as what the path needs."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from sklearn.metrics.pairwise import PAIRWISE_KERNEL_FUNCTIONS, pairwise_kernels
from sklearn.utils import check_array

from riskcast.path.delicate_rows import refit_delicate
from riskcast.path.factorization import Factorization, factorize, factorize_gram
from riskcast.path.fold_model import HeldOut

FloatArray = NDArray[np.float64]
Kernel = str | Callable[[Any, Any], Any] | None


@dataclass(frozen=True)
class Problem:
    """Checked data.

    Attributes
    ----------
    data : Factorization
        The rows.
    targets : ndarray of shape (n_samples, outputs)
        Numbers, or one-hot classes (one column, of the second, for two classes).
    classes : ndarray or None
        The sorted class labels; None for regression.
    groups : list of ndarray of int, or None
        Row indices of each group.
    refits : dict
        Rows, or first rows of groups, that are left out in earnest.
    """

    data: Factorization
    targets: FloatArray
    classes: NDArray[Any] | None
    groups: list[NDArray[np.intp]] | None
    refits: dict[int, HeldOut]

    @cached_property
    def coefficients(self) -> FloatArray:
        """Coordinates ``Uᵀy`` of the targets, shape (r, outputs)."""
        return self.data.coefficients(self.targets)

    @cached_property
    def outside(self) -> FloatArray:
        """What of the targets lies outside U and the constant, shape (n, outputs)."""
        return self.data.residual_outside(self.targets, self.coefficients)

    @property
    def labels(self) -> NDArray[np.intp]:
        """Class index of each row."""
        if self.targets.shape[1] == 1:
            return (self.targets[:, 0] > 0.5).astype(np.intp)
        return self.targets.argmax(axis=1)

    def untrained_predictions(self) -> FloatArray:
        """What learning nothing predicts for each row held out, shape (n_samples, 1, outputs).

        The mean of the other rows' targets, with an intercept, else zero. Of
        classes, the priors of all rows: leaving a row out makes its own class
        the rarer one, which in balanced classes would be wrong every time.
        """
        predictions = np.zeros((self.data.n_samples, 1, self.targets.shape[1]))
        if self.data.centred and self.classes is not None:
            predictions += self.targets.mean(axis=0)
        elif self.data.centred:
            total = self.targets.sum(axis=0)
            for rows in self.units:
                others = self.data.n_samples - len(rows)
                predictions[rows, 0] = (total - self.targets[rows].sum(axis=0)) / others
        return predictions

    @property
    def units(self) -> list[NDArray[np.intp]]:
        """What leaves together: the groups, or every row by itself."""
        if self.groups is not None:
            return self.groups
        return list(np.arange(self.data.n_samples)[:, None])

    def part(self, rows: NDArray[np.intp], data: Factorization) -> Problem:
        """The same problem on sorted `rows`, whole groups only, factorized as `data`."""
        groups = None
        if self.groups is not None:
            kept = [members for members in self.groups if np.isin(members[0], rows)]
            groups = [np.searchsorted(rows, members) for members in kept]
        targets = self.targets[rows]
        refits = refit_delicate(data, None, targets, groups)
        return Problem(data, targets, self.classes, groups, refits)


def pose(
    X: Any, y: Any, kernel: Kernel, fit_intercept: bool, groups: Any, classification: bool
) -> Problem:
    """Check the arguments of `risk_path` and factorize the data."""
    rows = check_rows(X)
    n_samples = rows.shape[0]
    targets, classes = check_classes(y) if classification else (check_targets(y), None)
    _same_length(len(targets), n_samples, "y")
    members = check_groups(groups, n_samples)
    _warn_of_duplicates(rows, members)
    if kernel is None or kernel == "linear":
        data = factorize(rows, fit_intercept)
    else:
        data = factorize_gram(gram_matrix(kernel, rows), fit_intercept)
    if data.eigenvalues.size == 0:
        what = "no column of X varies" if fit_intercept else "X is zero"
        raise ValueError(f"X: {what}, so there is nothing to learn from; pass other columns")
    # Linear rows are refitted as they were given, all others in their own spectrum.
    plain = isinstance(rows, np.ndarray) and (kernel is None or kernel == "linear")
    refits = refit_delicate(data, rows if plain else None, targets, members)
    return Problem(data, targets, classes, members, refits)


def check_rows(X: Any) -> Any:
    """Rows as a float64 array or CSR matrix of shape (n_samples, n_features)."""
    try:
        rows = check_array(
            X, accept_sparse="csr", dtype=np.float64, input_name="X", ensure_min_samples=0
        )
    except (TypeError, ValueError) as error:
        message = str(error)
        if "convert" in message or "dtype" in message:
            raise ValueError(
                f"X: holds text or other values that are not numbers ({message}); encode the "
                "columns first, for example with skrub.TableVectorizer"
            ) from error
        raise ValueError(message if "X" in message else f"X: {message}") from error
    if rows.shape[0] < 2:
        raise ValueError(
            f"X: got {rows.shape[0]} row(s), n_samples = {rows.shape[0]}; leaving one out needs "
            "at least 2 samples"
        )
    return rows


def check_targets(y: Any) -> FloatArray:
    """Regression targets as a float64 array of shape (n_samples, outputs)."""
    values = np.asarray(y)
    if values.dtype.kind in "OUSM":
        try:
            values = values.astype(np.float64)
        except (TypeError, ValueError):
            example = next(v for v in values.ravel() if not _is_number(v))
            raise ValueError(
                f"y: must be numbers for a squared error, got {example!r}; for classes pass "
                "scoring='error_rate'"
            ) from None
    if values.ndim not in (1, 2) or values.size == 0:
        raise ValueError(f"y: must have shape (n,) or (n, outputs), got {values.shape}")
    if values.dtype.kind == "c":
        raise ValueError("y: must be real numbers, got complex ones; pass parts as two outputs")
    targets = check_array(values, ensure_2d=False, dtype=np.float64, input_name="y")
    if targets.ndim == 1:
        targets = targets[:, None]
    if len(targets) > 1 and (targets == targets[0]).all():
        raise ValueError(f"y: is constant (every value is {targets[0].tolist()}); nothing to learn")
    return targets


def check_classes(y: Any) -> tuple[FloatArray, NDArray[Any]]:
    """Class labels as one-hot columns, and the sorted classes."""
    values = np.asarray(y)
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise ValueError(f"y: class labels must have shape (n,), got {values.shape}")
    if values.dtype.kind == "f":
        if not np.isfinite(values).all():
            raise ValueError("y: contains NaN or infinity; drop those rows")
        if (values != np.rint(values)).any():
            raise ValueError(
                f"y: Unknown label type: continuous values such as {values[values % 1 != 0][0]!r} "
                "are not class labels; for regression use scoring='squared_error'"
            )
    elif values.dtype.kind == "O" and any(_is_missing(v) for v in values):
        raise ValueError("y: contains missing labels; drop those rows")
    try:
        classes, labels = np.unique(values, return_inverse=True)
    except TypeError as error:
        raise ValueError(
            f"y: class labels of different types cannot be sorted ({error}); make them all text"
        ) from error
    if len(classes) < 2:
        raise ValueError(
            f"y: holds one class only ({classes[0]!r}); classification needs at least two"
        )
    one_hot = np.zeros((len(values), len(classes)))
    one_hot[np.arange(len(values)), labels] = 1.0
    return (one_hot[:, 1:] if len(classes) == 2 else one_hot), classes


def gram_matrix(kernel: Kernel, rows: Any, others: Any = None) -> FloatArray:
    """Kernel between rows, or between rows and other rows, checked."""
    if kernel == "precomputed":
        gram = rows
    elif isinstance(kernel, str):
        if kernel not in PAIRWISE_KERNEL_FUNCTIONS:
            raise ValueError(
                f"kernel: {kernel!r} is unknown; use None, 'precomputed', a callable, or one of "
                f"{sorted(PAIRWISE_KERNEL_FUNCTIONS)}"
            )
        gram = pairwise_kernels(rows, others, metric=kernel)
    elif callable(kernel):
        gram = kernel(rows, rows if others is None else others)
    else:
        raise TypeError(f"kernel: must be None, a name or a callable, got {type(kernel).__name__}")
    gram = np.asarray(gram.todense() if scipy.sparse.issparse(gram) else gram, dtype=np.float64)
    if others is None:
        _check_gram(gram, rows.shape[0])
    return gram


def _check_gram(gram: FloatArray, n_samples: int) -> None:
    if gram.shape != (n_samples, n_samples):
        raise ValueError(
            f"kernel: the Gram matrix must have shape ({n_samples}, {n_samples}), got {gram.shape}"
        )
    if not np.isfinite(gram).all():
        raise ValueError("kernel: the Gram matrix contains NaN or infinity")
    if np.abs(gram - gram.T).max() > 1e-8 * np.abs(gram).max():
        raise ValueError("kernel: the Gram matrix is not symmetric; k(a, b) must equal k(b, a)")


def check_groups(groups: Any, n_samples: int) -> list[NDArray[np.intp]] | None:
    """Row indices of each group, or None without groups."""
    if groups is None:
        return None
    labels = np.asarray(groups)
    if labels.ndim != 1:
        raise ValueError(f"groups: must have shape (n,), got {labels.shape}")
    _same_length(len(labels), n_samples, "groups")
    _, codes = np.unique(
        labels.astype(str) if labels.dtype == object else labels, return_inverse=True
    )
    order = np.argsort(codes, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
    if len(members) < 2:
        raise ValueError("groups: all rows are in one group; leaving it out leaves nothing")
    return members


def _warn_of_duplicates(rows: Any, groups: list[NDArray[np.intp]] | None) -> None:
    """Warn of rows that another row, outside their group, repeats exactly."""
    count = _count_duplicates(rows, groups)
    if count:
        warnings.warn(
            f"X: {count} row(s) repeat another row exactly; leave-one-out sees through the copy, "
            "so the risk comes out too low. Drop them, or pass groups= so that copies leave "
            "together",
            UserWarning,
            stacklevel=4,
        )


def _count_duplicates(rows: Any, groups: list[NDArray[np.intp]] | None) -> int:
    # Equal rows have equal projections, up to the order of summation; sorting
    # brings them together, and only neighbours are compared in full.
    direction = np.random.default_rng(0).standard_normal(rows.shape[1])
    projection = rows @ direction
    order = np.argsort(projection, kind="stable")
    gaps = np.diff(projection[order])
    near = np.flatnonzero(gaps <= 1e-12 * max(np.abs(projection).max(), 1e-300))
    if near.size == 0:
        return 0
    first, second = order[near], order[near + 1]
    difference = rows[first] - rows[second]
    same = (
        np.asarray(abs(difference).max(axis=1).todense()).ravel() == 0
        if (scipy.sparse.issparse(rows))
        else ~difference.any(axis=1)
    )
    if groups is not None:
        label = np.empty(rows.shape[0], dtype=np.intp)
        for number, members in enumerate(groups):
            label[members] = number
        same &= label[first] != label[second]
    return int(same.sum())


def _same_length(given: int, n_samples: int, name: str) -> None:
    if given != n_samples:
        raise ValueError(f"{name}: has {given} entries but X has {n_samples} rows; they must agree")


def _is_missing(value: Any) -> bool:
    """None, NaN, or pandas' NA, which is neither equal to itself nor different."""
    return value is None or (value != value) is not False


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True
