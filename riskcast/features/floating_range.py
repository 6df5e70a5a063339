"""Raise on inputs and kernels that leave the range of floating point."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from riskcast._validation import in_range

from ._types import FloatArray

# Squares of entries in [1/_WIDEST, _WIDEST] keep full precision.
_WIDEST = 1e152


def check_entries(X: Any, name: str) -> None:
    """Raise if squares of the inputs leave the range; only the largest entry is checked.

    Parameters
    ----------
    X : ndarray or sparse array
        Inputs, finite.
    name : str
        Name of the argument, for the message.

    Raises
    ------
    ValueError
        If the largest absolute value is above 1e152, or below 1e-152 and not zero.
    """
    in_range(X.data if sparse.issparse(X) else X, name, _WIDEST)


def check_kernel(values: FloatArray, name: str, kernel: Any) -> None:
    """Raise if a kernel has overflowed.

    Parameters
    ----------
    values : ndarray
        Values of the kernel.
    name : str
        Name of the inputs, for the message.
    kernel : object
        The kernel, for the message.

    Raises
    ------
    ValueError
        If a value is infinite or NaN.
    """
    if values.size and not np.isfinite([values.min(), values.max()]).all():
        raise ValueError(
            f"{name}: {kernel!r} overflows the range of floating point for these inputs; "
            f"rescale {name}, for example to a largest entry of one, or give smaller variances"
        )
