"""Input validation for `risk_path`."""

from __future__ import annotations

import numbers
from collections.abc import Callable
from typing import Any

import numpy as np
import scipy.sparse
from numpy.typing import NDArray
from sklearn.metrics.pairwise import PAIRWISE_KERNEL_FUNCTIONS, pairwise_kernels
from sklearn.utils import check_array

from riskcast._validation import in_range, refuse_dates, refuse_masked
from riskcast.path._gram_factorization import gram_rounding
from riskcast.path._radial_kernel import radial_gram

FloatArray = NDArray[np.float64]
Kernel = str | Callable[[Any, Any], Any] | None

_LARGEST_ROW = 1e100  # the largest entry lies between 1/this and this, so squares stay in range
_LARGEST_TARGET = 1e70  # likewise; standard errors need fourth powers


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
                f"{message.splitlines()[0]} Impute them first, for example with "
                "sklearn.impute.SimpleImputer, or drop those rows"
            ) from error
        if "convert" in message or "dtype" in message:
            raise ValueError(
                f"X: contains text or other non-numeric values ({message}); encode the "
                "columns first, for example with skrub.TableVectorizer"
            ) from error
        raise ValueError(message if "X" in message else f"X: {message}") from error
    if rows.shape[0] < 2:
        raise ValueError(
            f"X: got {rows.shape[0]} row(s), n_samples = {rows.shape[0]}; leave-one-out needs "
            "at least 2 samples"
        )
    in_range(rows.data if scipy.sparse.issparse(rows) else rows, "X", _LARGEST_ROW)
    return rows


def refuse_what_is_no_number(values: Any, name: str) -> None:
    """Raise for masked entries and dates, which NumPy would treat as numbers."""
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
                f"y: must be numeric for the squared error, got {example!r}; for class labels pass "
                "scoring='error_rate'"
            ) from None
    if values.ndim not in (1, 2) or values.size == 0:
        raise ValueError(f"y: must have shape (n,) or (n, outputs), got {values.shape}")
    if values.dtype.kind == "c":
        raise ValueError(
            "y: must be real, got complex numbers; pass real and imaginary parts as two outputs"
        )
    # A copy, because results keep the targets and must not change with the caller's array.
    targets = check_array(values, ensure_2d=False, dtype=np.float64, input_name="y", copy=True)
    if targets.ndim == 1:
        targets = targets[:, None]
    if len(targets) > 1 and (targets == targets[0]).all():
        raise ValueError(f"y: is constant (every value is {targets[0].tolist()}); nothing to learn")
    in_range(targets, "y", _LARGEST_TARGET)
    return targets


def check_classes(y: Any, centred: bool = True) -> tuple[FloatArray, NDArray[Any]]:
    """One-hot targets and the sorted classes.

    For two classes with an intercept (`centred`), only the column of the second class is
    kept, because the outputs sum to one. Without an intercept they do not, and both columns
    are kept.
    """
    values = check_labels(y, "y")
    refuse_what_is_no_number(y, "y")
    if values.ndim == 2 and values.shape[1] == 1:
        values = values[:, 0]
    if values.ndim != 1:
        raise ValueError(f"y: class labels must have shape (n,), got {values.shape}")
    if values.dtype.kind == "f":
        if not np.isfinite(values).all():
            raise ValueError("y: contains NaN or infinity; drop these rows")
        if (values != np.rint(values)).any():
            example = float(values[values != np.rint(values)][0])
            raise ValueError(
                f"y: Unknown label type: continuous values such as {example!r} "
                "are not class labels; for regression use scoring='squared_error'"
            )
    elif _missing(values).size:
        raise ValueError("y: contains missing labels; drop these rows")
    try:
        classes, labels = np.unique(values, return_inverse=True)
    except TypeError as error:
        raise ValueError(
            f"y: class labels of mixed types cannot be sorted ({error}); convert them all to str"
        ) from error
    if len(classes) < 2:
        raise ValueError(
            f"y: contains a single class ({classes.tolist()[0]!r}); classification needs at least 2"
        )
    one_hot = np.zeros((len(values), len(classes)))
    one_hot[np.arange(len(values)), labels] = 1.0
    return (one_hot[:, 1:] if centred and len(classes) == 2 else one_hot), classes


def check_labels(values: Any, name: str) -> NDArray[Any]:
    """Labels as an array, without changing any label.

    NumPy converts a list to one type: it turns numbers into text in ``[1, "1"]`` and integers
    beyond 64 bits into rounded floats. Such lists are kept as arrays of Python objects.
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
    """Validated Gram matrix of rows, or of rows and other rows."""
    if kernel == "precomputed":
        gram = rows
    elif isinstance(kernel, str):
        if kernel not in PAIRWISE_KERNEL_FUNCTIONS:
            raise ValueError(
                f"kernel: {kernel!r} is unknown; use None, 'precomputed', a callable, or one of "
                f"{sorted(PAIRWISE_KERNEL_FUNCTIONS)}"
            )
        if kernel == "rbf":
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
            "floats"
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
        raise ValueError("groups: all rows are in one group; pass at least two groups")
    return members


def group_codes(groups: Any) -> NDArray[np.intp]:
    """Integer code of each row's group, starting at zero, shape (n,)."""
    labels = check_labels(groups, "groups")
    if labels.ndim != 1:
        raise ValueError(
            f"groups: must have shape (n,), got {labels.shape}; pass one label per row"
        )
    missing = _missing(labels)
    if missing.size:
        raise ValueError(
            f"groups: {len(missing)} label(s) are missing, the first in row {missing[0]}; drop "
            "these rows, or give each its own label"
        )
    if labels.dtype != object:
        return np.unique(labels, return_inverse=True)[1]
    # Labels that differ in Python stay distinct, such as 7 and "7"; they are ordered as text.
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
    """Raise if sample weights are given, rather than ignoring them silently."""
    if sample_weight is not None:
        raise TypeError(
            "sample_weight: is not supported yet; omit it to weight all rows equally, or for "
            "integer weights repeat rows, with all copies of a row in one group (groups=)"
        )


def check_fit_intercept(fit_intercept: Any) -> bool:
    """Validate a boolean; 0 and 1 are accepted too."""
    if isinstance(fit_intercept, (bool, np.bool_, int)) and fit_intercept in (0, 1):
        return bool(fit_intercept)
    raise ValueError(f"fit_intercept: must be True or False, got {fit_intercept!r}")


def check_same_length(given: int, n_samples: int, name: str) -> None:
    """Raise unless there is one entry per row."""
    if given != n_samples:
        raise ValueError(
            f"{name}: has {given} entries but X has {n_samples} rows; pass one entry per row"
        )


def _as_array(values: Any, name: str) -> NDArray[Any]:
    """Convert an argument to a dense NumPy array."""
    refuse_masked(values, name)
    if scipy.sparse.issparse(values):
        raise ValueError(f"{name}: is sparse; pass {name}.toarray()")
    try:
        return np.asarray(values)
    except ValueError as error:
        raise ValueError(
            f"{name}: entries differ in length; pass a rectangular array with one entry per row"
        ) from error


def _missing(labels: NDArray[Any]) -> NDArray[np.intp]:
    """Indices of labels that are None, NaN, NaT, or pandas' NA."""
    if labels.dtype == object:
        return np.flatnonzero([_is_missing(label) for label in labels])
    return np.flatnonzero(labels != labels)


def _is_missing(label: Any) -> bool:
    """Whether a label is None, differs from itself (NaN, NaT), or cannot be compared (pd.NA)."""
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
