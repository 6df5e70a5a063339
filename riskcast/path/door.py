"""The door: what a user gives, checked once, as what the path needs."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from sklearn.metrics.pairwise import PAIRWISE_KERNEL_FUNCTIONS, pairwise_kernels
from sklearn.utils import check_array

from riskcast.checks import in_range, refuse_dates, refuse_masked
from riskcast.path.gram_factorization import gram_rounding
from riskcast.path.radial_kernel import radial_gram

FloatArray = NDArray[np.float64]
Kernel = str | Callable[[Any, Any], Any] | None

_LARGEST_ROW = 1e100  # the largest entry lies between one over it and it: squares stay in range
_LARGEST_TARGET = 1e70  # the same; a standard error takes fourth powers


def check_rows(X: Any) -> Any:
    """Rows as a float64 array or CSR matrix of shape (n_samples, n_features)."""
    refuse_what_is_no_number(X, "X")
    try:
        rows = check_array(
            X, accept_sparse="csr", dtype=np.float64, input_name="X", ensure_min_samples=0
        )
    except (TypeError, ValueError) as error:
        message = str(error)
        if "contains NaN" in message or "contains infinity" in message:
            raise ValueError(
                f"{message.splitlines()[0]} Fill them in first, for example with "
                "sklearn.impute.SimpleImputer, or drop those rows"
            ) from error
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
    in_range(rows.data if scipy.sparse.issparse(rows) else rows, "X", _LARGEST_ROW)
    return rows


def refuse_what_is_no_number(values: Any, name: str) -> None:
    """Refuse masked entries and dates, which NumPy would take for numbers."""
    refuse_masked(values, name)
    encode = "; or encode them first, for example with skrub.TableVectorizer"
    refuse_dates(values, name, encode if name == "X" else "")


def check_targets(y: Any) -> FloatArray:
    """Regression targets as a float64 array of shape (n_samples, outputs)."""
    values = _as_array(y, "y")
    refuse_what_is_no_number(y, "y")
    if values.dtype.kind in "OUS":
        try:
            values = values.astype(np.float64)
        except (TypeError, ValueError):
            example = next(v for v in values.ravel().tolist() if not _is_number(v))
            raise ValueError(
                f"y: must be numbers for a squared error, got {example!r}; for classes pass "
                "scoring='error_rate'"
            ) from None
    if values.ndim not in (1, 2) or values.size == 0:
        raise ValueError(f"y: must have shape (n,) or (n, outputs), got {values.shape}")
    if values.dtype.kind == "c":
        raise ValueError("y: must be real numbers, got complex ones; pass parts as two outputs")
    # A copy: results keep the targets, and must not change with the caller's array.
    targets = check_array(values, ensure_2d=False, dtype=np.float64, input_name="y", copy=True)
    if targets.ndim == 1:
        targets = targets[:, None]
    if len(targets) > 1 and (targets == targets[0]).all():
        raise ValueError(f"y: is constant (every value is {targets[0].tolist()}); nothing to learn")
    in_range(targets, "y", _LARGEST_TARGET)
    return targets


def check_classes(y: Any, centred: bool = True) -> tuple[FloatArray, NDArray[Any]]:
    """Class labels as one-hot columns, and the sorted classes.

    Of two classes with an intercept (`centred`) the column of the second is enough: the
    outputs sum to one. Without an intercept they do not, and both are regressed.
    """
    values = check_labels(y, "y")
    refuse_what_is_no_number(y, "y")
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise ValueError(f"y: class labels must have shape (n,), got {values.shape}")
    if values.dtype.kind == "f":
        if not np.isfinite(values).all():
            raise ValueError("y: contains NaN or infinity; drop those rows")
        if (values != np.rint(values)).any():
            example = float(values[values != np.rint(values)][0])
            raise ValueError(
                f"y: Unknown label type: continuous values such as {example!r} "
                "are not class labels; for regression use scoring='squared_error'"
            )
    elif _missing(values).size:
        raise ValueError("y: contains missing labels; drop those rows")
    try:
        classes, labels = np.unique(values, return_inverse=True)
    except TypeError as error:
        raise ValueError(
            f"y: class labels of different types cannot be sorted ({error}); make them all text"
        ) from error
    if len(classes) < 2:
        raise ValueError(
            f"y: holds one class only ({classes.tolist()[0]!r}); classification needs at least two"
        )
    one_hot = np.zeros((len(values), len(classes)))
    one_hot[np.arange(len(values)), labels] = 1.0
    return (one_hot[:, 1:] if centred and len(classes) == 2 else one_hot), classes


def check_labels(values: Any, name: str) -> NDArray[Any]:
    """Labels as an array, each as it stands.

    Of a list NumPy makes one type, and so text of the number in ``[1, "1"]``, or rounded
    floats of whole numbers beyond 64 bits: such a list is kept as Python objects.
    """
    array = _as_array(values, name)
    if not isinstance(values, (list, tuple)) or array.dtype.kind not in "fcUS":
        return array
    as_given = np.array(values, dtype=object)
    kinds = {"U": str, "S": bytes}
    if array.dtype.kind in kinds:
        unchanged = all(isinstance(one, kinds[array.dtype.kind]) for one in as_given.flat)
    else:
        whole = [one for one in as_given.flat if isinstance(one, numbers.Integral)]
        unchanged = all(int(one) == float(one) for one in whole)
    return array if unchanged else as_given


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
        dense = not (scipy.sparse.issparse(rows) or scipy.sparse.issparse(others))
        if kernel == "rbf" and dense:
            gram = radial_gram(rows, others)
        else:
            gram = pairwise_kernels(rows, others, metric=kernel)
    elif isinstance(kernel, type):
        name = kernel.__name__
        raise TypeError(f"kernel: got the class {name}; pass an instance, {name}(...)")
    elif callable(kernel):
        gram = kernel(rows, rows if others is None else others)
    else:
        raise TypeError(f"kernel: must be None, a name or a callable, got {type(kernel).__name__}")
    refuse_masked(gram, "kernel")
    gram = np.asarray(gram.todense() if scipy.sparse.issparse(gram) else gram)
    if gram.dtype.kind not in "fiub":
        raise ValueError(
            f"kernel: the Gram matrix must hold real numbers, got {gram.dtype}; return an array of "
            "floating point"
        )
    gram = gram.astype(np.float64, copy=False)
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
    if np.abs(gram - gram.T).max() > max(1e-8 * np.abs(gram).max(), gram_rounding(gram)):
        raise ValueError("kernel: the Gram matrix is not symmetric; k(a, b) must equal k(b, a)")


def check_groups(groups: Any, n_samples: int) -> list[NDArray[np.intp]] | None:
    """Row indices of each group, or None without groups."""
    if groups is None:
        return None
    codes = group_codes(groups)
    check_same_length(len(codes), n_samples, "groups")
    order = np.argsort(codes, kind="stable")
    members = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1)
    if len(members) < 2:
        raise ValueError("groups: all rows are in one group; leaving it out leaves nothing")
    return members


def group_codes(groups: Any) -> NDArray[np.intp]:
    """The number of each row's group, from zero on, shape (n,)."""
    labels = check_labels(groups, "groups")
    if labels.ndim != 1:
        raise ValueError(f"groups: must have shape (n,), got {labels.shape}; pass one label a row")
    missing = _missing(labels)
    if missing.size:
        raise ValueError(
            f"groups: {len(missing)} label(s) are missing, the first in row {missing[0]}; drop "
            "those rows, or give each a label of its own"
        )
    if labels.dtype != object:
        return np.unique(labels, return_inverse=True)[1]
    # Labels that are told apart by Python stay apart, as 7 and "7", in the order of their text.
    keys = [_hashable(label) for label in labels]
    order = sorted(set(keys), key=lambda key: (str(key), type(key).__name__))
    places = {key: place for place, key in enumerate(order)}
    return np.array([places[key] for key in keys], dtype=np.intp)


def _hashable(label: Any) -> Any:
    try:
        hash(label)
    except TypeError:
        return str(label)
    return label


def refuse_sample_weight(sample_weight: Any) -> None:
    """Weights are not supported: refused by name, so that they are not silently dropped."""
    if sample_weight is not None:
        raise TypeError(
            "sample_weight: is not supported yet; leave it out, which weighs all rows alike, or "
            "repeat rows of whole-number weights, each with its copies in one group (groups=)"
        )


def check_fit_intercept(fit_intercept: Any) -> bool:
    """True or False, or one and zero in their place."""
    if isinstance(fit_intercept, (bool, np.bool_, int)) and fit_intercept in (0, 1):
        return bool(fit_intercept)
    raise ValueError(f"fit_intercept: must be True or False, got {fit_intercept!r}")


def check_same_length(given: int, n_samples: int, name: str) -> None:
    """Refuse what has not one entry a row."""
    if given != n_samples:
        raise ValueError(f"{name}: has {given} entries but X has {n_samples} rows; they must agree")


def _as_array(values: Any, name: str) -> NDArray[Any]:
    """What NumPy makes of an argument, if it makes a table of it."""
    refuse_masked(values, name)
    if scipy.sparse.issparse(values):
        raise ValueError(f"{name}: is sparse; pass {name}.toarray()")
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ValueError(f"{name}: its entries differ in length; pass one a row") from error


def _missing(labels: NDArray[Any]) -> NDArray[np.intp]:
    """Which labels are None, NaN, NaT, or pandas' NA."""
    if labels.dtype == object:
        return np.flatnonzero([_is_missing(label) for label in labels])
    return np.flatnonzero(labels != labels)


def _is_missing(label: Any) -> bool:
    """NaN and NaT differ from themselves; pandas' NA does not even say whether it does."""
    try:
        return label is None or bool(label != label)
    except TypeError:
        return True


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True
