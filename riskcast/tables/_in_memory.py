"""Tables from data in memory: data frames, and arrays with targets."""

from __future__ import annotations

from collections.abc import Mapping, Sequence, Set
from dataclasses import replace
from typing import Any

import numpy as np

from riskcast._validation import refuse_masked
from riskcast.exceptions import InputError, one_line
from riskcast.tables._arrow_files import frame_of_arrow, plain_arrow
from riskcast.tables._reading import Table, distinct_names


def table_in_memory(data: Any, y: Any = None, decimal: str | None = None) -> Table:
    """Convert a data frame or an array to a table, as if it had been read from a file.

    Parameters
    ----------
    data : data frame or array-like of shape (n_samples, n_features)
        A pandas DataFrame, any table that exports Arrow data (PyArrow, Polars), or an array. Named
        index levels of a DataFrame become columns. Columns of an array are named X0, X1, ...
    y : array-like of shape (n_samples,), optional
        The targets. They become the last column and the table's default target.
    decimal : {"point", "comma"}, optional
        Decimal mark of numbers stored as text.

    Returns
    -------
    Table
        Interpreted. `data` is not changed.

    Raises
    ------
    InputError
        If `data` is no table, or `y` does not fit it.

    Examples
    --------
    >>> table = table_in_memory([[1.0, 2.0], [3.0, 4.0]], [0.5, 0.6])
    >>> list(table.frame.columns), table.default_target
    (['X0', 'X1', 'y'], 'y')
    """
    source, frame = _frame_of(data)
    if len(frame) == 0:
        raise InputError("data: has no rows; give one row per sample")
    if y is None:
        if source == "array":
            raise InputError("y: is missing; for an array, give the targets: assess(X, y)")
        return Table(source, frame).interpreted(decimal)
    values = _column(y, "y", len(frame))
    name = values.name if isinstance(values.name, str) and values.name.strip() else "y"
    target = _free_name(name, frame)
    frame[target] = _plain_column(target, values)
    return Table(source, frame, target).interpreted(decimal)


def with_groups(table: Table, labels: Any) -> tuple[Table, str]:
    """Add group labels as a column; returns the table and the name of the column."""
    values = _column(labels, "groups", len(table.frame))
    name = _free_name("groups", table.frame)
    return replace(table, frame=table.frame.assign(**{name: values.to_numpy()})), name


def _frame_of(data: Any) -> tuple[str, Any]:
    """What the data are called in messages, and a new frame of them."""
    import pandas as pd
    import scipy.sparse

    if isinstance(data, pd.DataFrame):
        return "DataFrame", _plain_frame(_with_named_index(data))
    if hasattr(data, "__arrow_c_stream__") and not isinstance(data, pd.Series):
        return type(data).__name__, _frame_of_arrow(data)
    if scipy.sparse.issparse(data):
        raise InputError("data: is a sparse matrix; convert it with data.toarray()")
    if not (hasattr(data, "__array__") or _is_sequence(data)):
        raise InputError(
            f"data: must be a path, a DataFrame or an array, got {type(data).__name__}; "
            "pandas.DataFrame(...) makes a table of most things"
        )
    return "array", _plain_frame(_frame_of_array(data))


def _frame_of_arrow(data: Any) -> Any:
    import pyarrow as pa

    try:
        table = pa.table(data)
    except Exception as error:
        told = one_line(error)
        raise InputError(f"data: cannot be converted to an Arrow table ({told})") from error
    frame = frame_of_arrow("data", table)
    frame.columns = distinct_names([str(name).strip() or str(name) for name in frame.columns])
    return frame


def _with_named_index(frame: Any) -> Any:
    """The frame with named levels of its index as columns, as in a Parquet file of it."""
    index = frame.index
    levels = {
        str(name): index.get_level_values(level)
        for level, name in enumerate(index.names)
        if name is not None and name not in frame.columns
    }
    frame = frame.reset_index(drop=True)
    for place, (name, values) in enumerate(levels.items()):
        frame.insert(place, name, values, allow_duplicates=True)
    return frame


def _frame_of_array(data: Any) -> Any:
    """A frame of an array; more than two dimensions are flattened, as in a .npz file."""
    import pandas as pd

    _refuse_masked(data, "data")
    mixed = _is_sequence(data)  # of columns with types of their own
    try:
        array = np.asarray(data, dtype=object if mixed else None)
    except (TypeError, ValueError) as error:
        raise InputError(f"data: cannot be converted to an array ({one_line(error)})") from error
    if array.dtype.names is not None:
        raise InputError("data: is a structured array; convert it with pandas.DataFrame(data)")
    if array.ndim < 2:
        raise InputError(
            f"data: must have rows and columns, got the shape {array.shape}; for a single column "
            "give data.reshape(-1, 1)"
            + (", and make all rows equally long" if mixed and array.ndim else "")
        )
    if array.dtype.kind == "S":
        array = np.char.decode(array, "utf-8", "replace")
    flat = array.reshape(len(array), int(np.prod(array.shape[1:])))
    names = ["X"] if flat.shape[1] == 1 else [f"X{column}" for column in range(flat.shape[1])]
    frame = pd.DataFrame(flat, columns=names)
    return frame.infer_objects() if flat.dtype == object else frame


def _plain_frame(frame: Any) -> Any:
    """A new frame with distinct text names, and the column types that files have."""
    import pandas as pd

    labels = [_label(name) for name in frame.columns]
    names = distinct_names([name.strip() or name for name in labels])
    columns = [_plain_column(name, frame.iloc[:, place]) for place, name in enumerate(names)]
    return pd.DataFrame(dict(zip(names, columns, strict=True)), index=frame.index)


def _label(name: Any) -> str:
    """A column's name; levels of a MultiIndex are joined."""
    return " ".join(str(part) for part in name if str(part)) if _is_sequence(name) else str(name)


def _plain_column(name: str, column: Any) -> Any:
    """A column of NumPy's types, of categories, times or strings; other types are converted."""
    import pandas as pd

    kind = column.dtype
    if isinstance(kind, np.dtype):
        if kind.kind == "c":
            raise InputError(f"column {name!r}: holds complex numbers; give their parts as columns")
        if kind.kind == "f" and kind.itemsize not in (4, 8):
            return column.astype(np.float64)
        return column.astype(kind.newbyteorder("=")) if not kind.isnative else column
    if isinstance(kind, (pd.CategoricalDtype, pd.DatetimeTZDtype, pd.StringDtype)):
        return column
    try:
        return _converted(column)
    except Exception as error:
        raise InputError(
            f"column {name!r}: has the type {kind}, which cannot be used; convert it to numbers or "
            f"text ({one_line(error)})"
        ) from error


def _converted(column: Any) -> Any:
    """A column of one of pandas' extension types as a file would hold it."""
    import pandas as pd
    import pyarrow as pa

    kind = column.dtype
    if isinstance(kind, pd.SparseDtype):
        return column.sparse.to_dense()
    if isinstance(kind, pd.PeriodDtype):
        return column.dt.to_timestamp()
    if isinstance(kind, pd.IntervalDtype):
        return column.astype(object).where(column.isna(), column.astype(str))
    chunks = pa.chunked_array([pa.array(column, from_pandas=True)])
    return plain_arrow(chunks).to_pandas(date_as_object=False).set_axis(column.index)


def _column(values: Any, name: str, n_rows: int) -> Any:
    """Values for each row as a column, numbered like the rows."""
    import pandas as pd

    _refuse_masked(values, name)
    if isinstance(values, pd.DataFrame) and values.shape[1] == 1:
        values = values.iloc[:, 0]
    if isinstance(values, (pd.Series, pd.Index, pd.api.extensions.ExtensionArray)):
        column = pd.Series(values).reset_index(drop=True)
    elif isinstance(values, (str, bytes, Set, Mapping)) or not (
        hasattr(values, "__array__") or hasattr(values, "__iter__")
    ):
        hint = "; name a column with target" if name == "y" and isinstance(values, str) else ""
        raise InputError(f"{name}: must be an array, got {values!r}{hint}")
    else:
        array = np.asarray(values if hasattr(values, "__array__") else list(values))
        if array.ndim == 2 and array.shape[1] == 1:
            array = array[:, 0]
        if array.ndim != 1:
            raise InputError(
                f"{name}: must have the shape ({n_rows},), one value per row, got {array.shape}"
            )
        column = pd.Series(array)
    if len(column) != n_rows:
        raise InputError(f"{name}: has {len(column)} values, but the table has {n_rows} rows")
    return column


def _refuse_masked(values: Any, name: str) -> None:
    try:
        refuse_masked(values, name)
    except ValueError as error:
        raise InputError(str(error)) from error


def _free_name(name: str, frame: Any) -> str:
    """A name that no column has."""
    names = [name, *(f"{name} ({count})" for count in range(2, frame.shape[1] + 3))]
    return next(one for one in names if one not in frame.columns)


def _is_sequence(data: Any) -> bool:
    return isinstance(data, Sequence) and not isinstance(data, (str, bytes))
