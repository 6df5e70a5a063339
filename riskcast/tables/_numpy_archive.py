"""NumPy archives: a matrix X with a target y, or columns by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from riskcast.exceptions import InputError, one_line
from riskcast.tables._contents import Contents

_SPARSE = {"indices", "indptr", "format", "shape", "data"}


def read_numpy_archive(path: Path) -> Contents:
    """Read a .npz file.

    One-dimensional arrays are columns under their own names; other arrays are matrices whose
    columns are named after them and numbered (X0, X1, ...). An array named y is the default
    target.
    """
    import pandas as pd

    arrays = _arrays(path)
    lengths = {name: len(values) for name, values in arrays.items()}
    if len(set(lengths.values())) > 1:
        sizes = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        raise InputError(f"{path}: the arrays have different numbers of rows ({sizes})")
    pieces = []
    for name, values in arrays.items():
        if values.ndim == 1 or values[0].size == 1:
            pieces.append(pd.DataFrame({name: values.reshape(len(values))}))
        else:
            flat = values.reshape(len(values), -1)
            names = [f"{name}{column}" for column in range(flat.shape[1])]
            pieces.append(pd.DataFrame(flat, columns=names))
    return Contents(pd.concat(pieces, axis=1), "y" if "y" in arrays else None)


def _arrays(path: Path) -> dict[str, Any]:
    """Read the arrays of an archive without unpickling."""
    with np.load(path, allow_pickle=False) as archive:
        if set(archive.files) >= _SPARSE:
            raise InputError(
                f"{path}: contains a sparse matrix; save it as a dense array: "
                "np.savez(file, X=scipy.sparse.load_npz(file).toarray(), y=y)"
            )
        arrays = {name: _member(path, archive, name) for name in archive.files}
    arrays = {name: _plain(path, name, array) for name, array in arrays.items() if array.ndim}
    if not arrays or not any(len(values) for values in arrays.values()):
        raise InputError(f"{path}: contains no rows; save X and y: np.savez(file, X=X, y=y)")
    return arrays


def _member(path: Path, archive: Any, name: str) -> Any:
    try:
        array = archive[name]
    except MemoryError as error:
        raise InputError(
            f"{path}: array {name!r} does not fit into memory ({one_line(error)})"
        ) from error
    except Exception as error:
        if "allow_pickle" in str(error):
            raise InputError(
                f"{path}: array {name!r} contains Python objects, which cannot be read safely; "
                "save numbers or text: X.astype(float), X.astype(str)"
            ) from error
        raise InputError(
            f"{path}: array {name!r} cannot be read; the file is damaged or truncated "
            f"({one_line(error)})"
        ) from error
    if not isinstance(array, np.ndarray):
        raise InputError(
            f"{path}: member {name!r} is not an array; save arrays only: np.savez(file, X=X, y=y)"
        )
    return array


def _plain(path: Path, name: str, array: Any) -> Any:
    """Convert an array for pandas: native byte order, bytes as text."""
    kind = array.dtype.kind
    if array.dtype.names is not None:
        fields = array.dtype.names
        raise InputError(
            f"{path}: array {name!r} is structured; save its fields as arrays: "
            f"np.savez(file, {fields[0]}={name}[{fields[0]!r}], ...)"
        )
    if kind == "c":
        raise InputError(
            f"{path}: array {name!r} contains complex numbers; save real and imaginary parts"
        )
    if kind == "V":
        raise InputError(f"{path}: array {name!r} contains raw bytes; save numbers or text")
    if kind == "S":
        return _as_text(array)
    if kind == "f" and array.dtype.itemsize not in (4, 8):
        return array.astype(np.float64)
    try:
        if kind in "mM" and np.datetime_data(array.dtype)[0] not in ("s", "ms", "us", "ns"):
            return array.astype(f"{kind}8[{'s' if _is_coarse(array.dtype) else 'ns'}]")
    except (TypeError, ValueError, OverflowError) as error:
        raise InputError(
            f"{path}: array {name!r} has the type {array.dtype}, which is not supported; save "
            f"numbers ({one_line(error)})"
        ) from error
    return array.astype(array.dtype.newbyteorder("="), copy=False)


def _is_coarse(kind: Any) -> bool:
    return np.datetime_data(kind)[0] in ("Y", "M", "W", "D", "h", "m")


def _as_text(array: Any) -> Any:
    try:
        return np.char.decode(array, "utf-8")
    except UnicodeDecodeError:
        return array.astype(object)
