"""NumPy archives: a matrix X with a target y, or columns by name."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from riskcast.tables.errors import InputError


def read_numpy_archive(path: Path) -> tuple[Any, str | None]:
    """Read a .npz file.

    Arrays of one dimension are columns under their own names; one array of more
    is a matrix whose columns are named after it and numbered (X0, X1, ...). An
    array named y is the target unless another is asked for.
    """
    import pandas as pd

    arrays = _arrays(path)
    lengths = {name: len(values) for name, values in arrays.items()}
    if len(set(lengths.values())) > 1:
        sizes = ", ".join(f"{name}: {length}" for name, length in lengths.items())
        raise InputError(f"{path}: its arrays have different numbers of rows ({sizes})")
    pieces = []
    for name, values in arrays.items():
        if values.ndim == 1 or values[0].size == 1:
            pieces.append(pd.DataFrame({name: values.reshape(len(values))}))
        else:
            flat = values.reshape(len(values), -1)
            names = [f"{name}{column}" for column in range(flat.shape[1])]
            pieces.append(pd.DataFrame(flat, columns=names))
    return pd.concat(pieces, axis=1), "y" if "y" in arrays else None


def _arrays(path: Path) -> dict[str, Any]:
    """The arrays of an archive, nothing unpickled."""
    with np.load(path, allow_pickle=False) as archive:
        if not isinstance(archive, np.lib.npyio.NpzFile):
            raise InputError(f"{path}: is a single array; save X and y: np.savez(file, X=X, y=y)")
        arrays = {name: archive[name] for name in archive.files}
    arrays = {name: values for name, values in arrays.items() if values.ndim >= 1}
    for name, values in arrays.items():
        if values.dtype.kind == "c":
            raise InputError(f"{path}: {name} holds complex numbers; give their parts as columns")
    if not arrays or not any(len(values) for values in arrays.values()):
        raise InputError(f"{path}: holds no rows; save X and y: np.savez(file, X=X, y=y)")
    return arrays
