"""Inputs and kernels that leave the range of floating point are refused by name."""

from __future__ import annotations

from typing import Any

import numpy as np
from scipy import sparse

from riskcast.checks import in_range

from ._types import FloatArray

# Squares of entries up to this, and down to one over it, keep all digits.
_WIDEST = 1e152


def check_entries(X: Any, name: str) -> None:
    """Refuse inputs whose squares leave the range; the check is on the largest entry.

    Parameters
    ----------
    X : ndarray or sparse array, finite
    name : str

    Raises
    ------
    ValueError
        If the largest entry is above 1e152 in size, or below 1e-152 and not zero.
    """
    in_range(X.data if sparse.issparse(X) else X, name, _WIDEST)


def check_kernel(values: FloatArray, name: str, kernel: Any) -> None:
    """Refuse a kernel that overflowed.

    Parameters
    ----------
    values : ndarray
    name : str
        Of the inputs.
    kernel : object
        Whose parameters had a part in it.

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
