"""Validation of numeric arguments; errors say what was given and what is wanted."""

from __future__ import annotations

import datetime
import numbers as number_types
import reprlib
import sys
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

FloatArray = NDArray[np.float64]

_LARGEST = np.finfo(np.float64).max
_WIDEST = 1e290  # positive times are in [1/_WIDEST, _WIDEST]: rates times these stay in range


def number(value: Any, name: str, least: float = 0.0, most: float = np.inf) -> float:
    """Return a finite number between two bounds, both included, or raise."""
    found = _as_float(value, name)
    if not (np.isfinite(found) and least <= found <= most):
        bound = f" >= {least:g}" if np.isfinite(least) else ""
        if np.isfinite(most):
            bound = f" from {least:g} to {most:g}"
        raise ValueError(f"{name}: got {value}; give a finite number{bound}")
    return found


def positive(value: Any, name: str) -> float:
    """Return a positive number or infinity, or raise."""
    found = _as_float(value, name)
    if not found > 0.0:
        raise ValueError(f"{name}: got {value}; give a positive number")
    return found


def positive_finite(value: Any, name: str) -> float:
    """Return a positive, finite number, or raise."""
    if not np.isfinite(positive(value, name)):
        raise ValueError(f"{name}: got {value}; give a positive, finite number")
    return float(value)


def count(value: Any, name: str, least: int = 1) -> int:
    """Return an integer of at least `least`, or raise."""
    found = _as_float(value, name)
    if not (np.isfinite(found) and found >= least and found == np.rint(found)):
        raise ValueError(f"{name}: got {value}; give a whole number >= {least}")
    return int(value)


def numbers(values: ArrayLike, name: str) -> FloatArray:
    """Return a float64 array of any shape, or raise; NaN and infinity are allowed."""
    refuse_masked(values, name)
    refuse_dates(values, name)
    try:
        return np.array(values, dtype=np.float64)  # a copy: the caller may change `values`
    except OverflowError:
        raise ValueError(
            f"{name}: got {_short(values)}; give numbers up to {_LARGEST:.2g} in size"
        ) from None
    except (TypeError, ValueError) as error:
        raise type(error)(f"{name}: got {_short(values)}; give numbers") from error


def increasing(values: ArrayLike, name: str, finite: bool = False) -> FloatArray:
    """Return strictly increasing numbers >= 0, shape (T,), or raise.

    The last may be infinity unless `finite` is True.
    """
    array = np.atleast_1d(numbers(values, name))
    if array.ndim != 1 or array.size == 0:
        raise ValueError(f"{name}: got shape {array.shape}; give a non-empty sequence of numbers")
    wrong = array[~(array >= 0.0) | (finite & np.isinf(array))]
    if wrong.size:
        kind = "finite numbers >= 0" if finite else "numbers >= 0, inf among them at most"
        raise ValueError(f"{name}: got {wrong[0]:g}; give {kind}")
    bounded = array[np.isfinite(array) & (array > 0.0)]
    wrong = bounded[(bounded < 1.0 / _WIDEST) | (bounded > _WIDEST)]
    if wrong.size:
        raise ValueError(
            f"{name}: got {wrong[0]:g}; give zero, or numbers from {1.0 / _WIDEST:g} to "
            f"{_WIDEST:g}" + ("" if finite else ", or inf")
        )
    if not (array[1:] > array[:-1]).all():
        raise ValueError(f"{name}: do not increase strictly; sort them and drop repeats")
    return array


def in_range(values: FloatArray, name: str, widest: float) -> None:
    """Raise if powers of the numbers leave the range of floating point.

    The largest absolute value must be zero or between ``1/widest`` and `widest`. Check
    for NaN first.
    """
    largest = max(values.max(initial=0.0), -values.min(initial=0.0))
    if largest and not 1.0 / widest <= largest <= widest:
        raise ValueError(
            f"{name}: its largest entry is {largest:.3g}, whose powers leave the range of floating "
            f"point; rescale {name}, for example to a largest entry of one"
        )


def below_one(value: Any, name: str) -> float:
    """Return a number >= 0 and < 1, or raise."""
    found = _as_float(value, name)
    if not 0.0 <= found < 1.0:
        raise ValueError(f"{name}: got {value}; give a number >= 0 and < 1")
    return found


def refuse_masked(values: Any, name: str) -> None:
    """Raise on masked entries; NumPy would use the numbers under the mask as data."""
    count = _masked_count(values)
    if count:
        raise ValueError(
            f"{name}: {count} of its entries are masked and have no value; drop their rows, or "
            f"fill them in: {name}.astype(float).filled(np.nan) makes them missing values, which "
            "sklearn.impute.SimpleImputer, for example, replaces"
        )


def _masked_count(values: Any) -> int:
    if isinstance(values, np.ma.MaskedArray):
        return int(np.count_nonzero(np.ma.getmaskarray(values)))
    if isinstance(values, (list, tuple)):
        return sum(
            _masked_count(part)
            for part in values
            if isinstance(part, (list, tuple, np.ma.MaskedArray))
        )
    return 0


_DATES = (datetime.date, datetime.time, datetime.timedelta, np.datetime64, np.timedelta64)
_DATE_DTYPES = ("date", "time", "duration", "period")  # names in pandas, PyArrow and Polars


def refuse_dates(values: Any, name: str, remedy: str = "") -> None:
    """Raise on dates and durations; NumPy would convert them to numbers of days or nanoseconds.

    Parameters
    ----------
    values : array_like, DataFrame or sparse matrix
        Value of the argument.
    name : str
        Name of the argument.
    remedy : str, optional
        Alternative to a conversion to numbers, appended to the message.

    Raises
    ------
    ValueError
        If `values` holds dates or durations.
    """
    found = _date_type(values)
    if found:
        raise ValueError(
            f"{name}: holds dates or durations ({found}), which are not numbers; convert them to "
            "numbers, such as days since the first one, "
            f"(dates - dates.min()) / np.timedelta64(1, 'D'){remedy}"
        )


def _date_type(values: Any) -> str:
    """Type name of dates or durations among the values; empty if there are none."""
    if isinstance(values, _DATES):
        return type(values).__name__
    columns = values.dtypes if hasattr(values, "columns") and hasattr(values, "dtypes") else ()
    # A PyArrow table has no dtypes, and converts each column to numbers.
    fields = getattr(getattr(values, "schema", None), "types", ())
    for dtype in (getattr(values, "dtype", None), *columns, *fields):
        if getattr(dtype, "kind", "") in ("m", "M") or str(dtype).lower().startswith(_DATE_DTYPES):
            return str(dtype)
    if len(columns) and hasattr(values, "iloc"):  # other columns cannot hold dates
        mixed = [str(dtype) in ("object", "category") for dtype in columns]
        values = values.iloc[:, np.flatnonzero(mixed)]
    elif not isinstance(values, (list, tuple)) and not hasattr(values, "__array__"):
        return ""
    try:
        array = np.asarray(values)
    except (TypeError, ValueError):  # ragged entries; other checks raise on these
        return ""
    if array.dtype.kind in "mM":
        return str(array.dtype)
    if array.dtype != object:
        return ""
    return next((type(entry).__name__ for entry in array.flat if _is_date(entry)), "")


def _is_date(entry: Any) -> bool:
    # A pandas Period is not a subclass of Python's dates.
    return isinstance(entry, _DATES) or (
        type(entry).__name__ == "Period" and type(entry).__module__.startswith("pandas")
    )


def seed(random_state: Any, name: str = "random_state") -> int:
    """Return an integer seed from any `random_state` of scikit-learn or a NumPy Generator.

    An integer is returned unchanged. None draws a seed from NumPy's global generator,
    so every call differs. A RandomState or Generator is advanced.
    """
    if isinstance(random_state, number_types.Integral) and not isinstance(random_state, bool):
        return count(random_state, name, least=0)
    if isinstance(random_state, np.random.Generator):
        return int(random_state.integers(np.iinfo(np.int32).max))
    if random_state is None or isinstance(random_state, np.random.RandomState):
        from sklearn.utils import check_random_state

        return int(check_random_state(random_state).randint(np.iinfo(np.int32).max))
    raise TypeError(
        f"{name}: got {_short(random_state)}; give a whole number >= 0, None, or a NumPy "
        "RandomState or Generator"
    )


def _as_float(value: Any, name: str) -> float:
    try:
        if isinstance(value, (str, bool, np.bool_)) or _date_type(value) or _masked_count(value):
            raise TypeError
        return float(value)
    except OverflowError:
        raise ValueError(
            f"{name}: got {_short(value)}; give a number up to {_LARGEST:.2g} in size"
        ) from None
    except (TypeError, ValueError):
        raise TypeError(f"{name}: got {_short(value)}; give a number") from None


def _short(value: Any) -> str:
    """Short representation of a value; Python does not print integers of thousands of digits."""
    try:
        return reprlib.repr(value)
    except ValueError:
        return f"a whole number of over {sys.get_int_max_str_digits()} digits"
