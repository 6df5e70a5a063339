"""Finished cells as one data set with named axes and units."""

from __future__ import annotations

import contextlib
import json
import os
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .plans import Cell
from .store import Store

__all__ = ["gather", "load"]

# Variable -> (dimensions after the axes, unit, meaning).
_VARIABLES: dict[str, tuple[tuple[str, ...], str, str]] = {
    "times": (("seed", "record"), "gradient-flow time", "training time"),
    "relative_times": (("seed", "record"), "1 / tangent_top", "training time, relative"),
    "train_error": (("seed", "record"), "{error}", "train error"),
    "test_error": (("seed", "record"), "{error}", "test error"),
    "train_loss": (("seed", "record"), "{loss}", "train loss"),
    "test_loss": (("seed", "record"), "{loss}", "test loss"),
    "learning_rate_used": (("seed",), "gradient-flow time per step", "learning rate"),
    "tangent_top": (("seed",), "1 / gradient-flow time", "largest NTK eigenvalue over rows"),
    "diverged_step": (("seed",), "steps", "step of divergence, -1 for none"),
    "converged": (("seed",), "1", "whether the data were fitted at the end"),
    "oracle_error": ((), "{error}", "test error of the best possible predictor"),
    "signal_variance": ((), "squared target", "variance of the noiseless targets"),
    "n_parameters": ((), "weights", "number of trained weights and biases"),
    "record_steps": (("record",), "steps", "training steps"),
}

_AXIS_UNITS = {
    "width": "hidden units", "depth": "hidden layers", "n_train": "rows", "n_test": "rows",
    "inputs": "inputs", "n_inputs": "inputs", "teacher_width": "hidden units", "steps": "steps",
    "learning_rate": "gradient-flow time per step", "last_time": "gradient-flow time",
    "batch_size": "rows",
}  # fmt: skip


def load(path: str | os.PathLike[str]) -> Any:
    """A stored sweep as a data set; cells that are not finished are NaN.

    Parameters
    ----------
    path : path
        The folder a sweep was stored in.

    Returns
    -------
    xarray.Dataset

    Raises
    ------
    ValueError
        If there is no sweep, none of its cells is finished, or a file is damaged.
    """
    store = Store(path)
    description = store.description()
    axes = description["axes"]
    shape = tuple(len(values) for values in axes.values())
    cells = []
    for index in np.ndindex(*shape):
        values = {name: axes[name][place] for name, place in zip(axes, index, strict=True)}
        cells.append(Cell(tuple(index), values, None, None, None))  # type: ignore[arg-type]
    return gather(store, description, cells)


def gather(store: Store, description: dict[str, Any], cells: list[Cell]) -> Any:
    """All finished cells on their axes, NaN where one is missing."""
    try:
        import xarray
    except ImportError as error:  # pragma: no cover - depends on the environment
        raise ImportError(
            "data sets of the lab need xarray; install it with: pip install 'riskcast[lab]'"
        ) from error
    finished = {}
    for cell in cells:
        with contextlib.suppress(FileNotFoundError):
            finished[cell.index] = store.get(cell.name)
    if not finished:
        raise ValueError(f"store: no cell of {store.path} is finished yet; run its sweep first")
    axes = description["axes"]
    shape = tuple(len(values) for values in axes.values())
    units = _units(description)
    data = xarray.Dataset(attrs={"sweep": json.dumps(description)})
    for name in sorted(set().union(*finished.values())):
        values = _assembled(name, finished, shape)
        inner, unit, meaning = _meaning(name, values.ndim - len(shape))
        attributes = {"units": unit.format(**units), "long_name": meaning}
        data[name.removeprefix("observable.")] = ((*axes, *inner), values, attributes)
    coordinates: dict[str, Any] = {"seed": ("seed", description["seeds"], {"units": "1"})}
    for name, values in axes.items():
        unit = _AXIS_UNITS.get(name.rpartition(".")[2], "1")
        coordinates[name] = (name, _coordinate(values), {"units": unit})
    return _with_steps(data.assign_coords(coordinates), tuple(axes))


def _coordinate(values: list[Any]) -> NDArray[Any]:
    """Values that xarray can index by: numbers, or else words."""
    if all(isinstance(value, int | float) and not isinstance(value, bool) for value in values):
        return np.asarray(values)
    return np.asarray([value if isinstance(value, str) else json.dumps(value) for value in values])


def _assembled(
    name: str, finished: dict[tuple[int, ...], dict[str, NDArray[Any]]], shape: tuple[int, ...]
) -> NDArray[Any]:
    """One variable of all cells; shorter ones, and missing cells, are filled with NaN."""
    parts = {index: arrays[name] for index, arrays in finished.items() if name in arrays}
    inner = tuple(np.max([part.shape for part in parts.values()], axis=0, initial=0))
    whole = len(parts) == int(np.prod(shape)) and all(p.shape == inner for p in parts.values())
    kinds = {part.dtype for part in parts.values()}
    kind = kinds.pop() if whole and len(kinds) == 1 else np.dtype(np.float64)
    result = np.full((*shape, *map(int, inner)), 0 if whole else np.nan, dtype=kind)
    for index, part in parts.items():
        place: tuple[Any, ...] = (*index, *(slice(0, size) for size in part.shape))
        result[place] = part
    return result


def _meaning(name: str, n_inner: int) -> tuple[tuple[str, ...], str, str]:
    """Dimensions, unit and meaning of a variable."""
    if name in _VARIABLES:
        return _VARIABLES[name]
    plain = name.removeprefix("observable.")
    extra = tuple(f"{plain}_{place}" for place in range(n_inner - 2))
    return ("seed", "record", *extra), "see riskcast.lab.observables", plain.replace("_", " ")


def _units(description: dict[str, Any]) -> dict[str, str]:
    """Units of errors and losses in this sweep."""
    task = description["task"]
    classes = task.get("classify", task["kind"] != "TeacherStudent")
    squared = description["training"].get("loss", "squared") == "squared"
    return {
        "error": "share of wrong answers" if classes else "squared target",
        "loss": "squared target / 2" if squared else "nats",
    }


def _with_steps(data: Any, axes: tuple[str, ...]) -> Any:
    """Steps as a coordinate of the records, where all cells have the same."""
    if "record_steps" not in data:
        return data
    flat = data.record_steps.values.reshape(-1, data.sizes["record"])
    kept = flat[~np.isnan(flat.astype(np.float64)).any(axis=1)]
    if len(kept) and (kept == kept[0]).all():
        coordinate = ("record", kept[0], data.record_steps.attrs)
        return data.drop_vars("record_steps").assign_coords(step=coordinate)
    return data
