"""A sweep in few numbers: best and final error of every cell."""

from __future__ import annotations

from typing import Any

import numpy as np

from riskcast.lab.figures import best_and_final


def axes_of(data: Any) -> list[str]:
    """Names of the axes of a sweep, seeds and records aside."""
    return [str(name) for name in data.test_error.dims if name not in ("seed", "record")]


def axis_of(data: Any, asked: str) -> str:
    """The axis of a sweep to compare along; see `chosen_axis`."""
    return chosen_axis(axes_of(data), asked)


def chosen_axis(names: list[str], asked: str) -> str:
    """The axis to compare along: the one asked for, else the width, else the first.

    Raises
    ------
    ValueError
        If there is no such axis.
    """
    if not names:
        raise ValueError("axis: the sweep has no axes to compare along; give it some")
    if asked and asked not in names:
        raise ValueError(f"axis: the sweep has no {asked!r}; it has {', '.join(names)}")
    if asked:
        return asked
    return "width" if "width" in names else names[0]


def along(data: Any, axis: str) -> Any:
    """The sweep along one axis, at the first value of every other."""
    return data.isel({name: 0 for name in axes_of(data) if name != axis})


def summary(data: Any) -> list[dict[str, Any]]:
    """One row a cell: place, best and final error with standard errors, fitted, diverged.

    Cells that are not finished are left out; None stands for what there is no
    number for.
    """
    names = axes_of(data)
    shape = [data.sizes[name] for name in names]
    test = data.test_error.transpose(*names, "seed", "record").values
    flat = test.reshape(-1, *test.shape[len(names) :])
    (best, best_error), (final, final_error) = best_and_final(flat)
    fitted = data.converged.transpose(*names, "seed").values.astype(float)
    diverged = data.diverged_step.transpose(*names, "seed").values.astype(float)
    rows = []
    for place, index in enumerate(np.ndindex(*shape)):
        if np.isnan(fitted[index]).all():
            continue
        row = {name: data[name].values[i].item() for name, i in zip(names, index, strict=True)}
        numbers = {
            "best_error": best[place],
            "best_standard_error": best_error[place],
            "final_error": final[place],
            "final_standard_error": final_error[place],
            "final_over_best": final[place] / best[place] if best[place] else np.nan,
            "fitted": np.mean(fitted[index]),
        }
        row |= {name: float(v) if np.isfinite(v) else None for name, v in numbers.items()}
        row["diverged"] = int(np.sum(diverged[index] >= 0))
        rows.append(row)
    return rows
