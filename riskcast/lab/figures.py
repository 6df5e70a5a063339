"""Figures of the lab: points for what was trained, lines for theory; readable in grey."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from riskcast._statistics import standard_error
from riskcast.plotting._axes import LINES, literal, new_axes

if TYPE_CHECKING:
    from riskcast.lab.prediction import Prediction
    from riskcast.lab.trajectory import Trajectory

FloatArray = NDArray[np.float64]


def draw_trajectory(run: Trajectory, ax: Any = None) -> Any:
    """Mean train and test error against time, with standard errors."""
    ax = new_axes() if ax is None else ax
    times = np.nanmean(run.times, axis=0)
    shown = times > 0.0
    for name, line, shade in (("test_error", "-", "0.1"), ("train_error", "--", "0.5")):
        mean, spread = run.mean(name), run.standard_error(name)
        label = name.replace("_", " ")
        ax.plot(times[shown], mean[shown], line, color=shade, label=label)
        low, high = mean - spread, mean + spread
        ax.fill_between(times[shown], low[shown], high[shown], color=shade, alpha=0.2, lw=0)
    return _time_axis(ax, _unit(run))


def draw_prediction(found: Prediction, ax: Any = None) -> Any:
    """What was trained as points with standard errors, predictions as lines.

    A single seed has no standard error, and gets no error bars.
    """
    ax = new_axes() if ax is None else ax
    shown = found.times > 0.0
    mean = np.nanmean(found.trained, axis=0)
    spread = standard_error(found.trained, omit_nan=True)
    ax.errorbar(
        found.times[shown], mean[shown], spread[shown],
        fmt="o", ms=4, color="0.1", capsize=2, label="trained", zorder=1,
    )  # fmt: skip
    label = f"leave-one-out, {found.kernel}"
    kernel = found.from_kernel.mean(axis=0)[shown]
    blur = standard_error(found.from_kernel)[shown]
    ax.plot(found.times[shown], kernel, "-", color="tab:blue", label=label)
    ax.fill_between(
        found.times[shown], kernel - blur, kernel + blur, color="tab:blue", alpha=0.2, lw=0
    )
    if found.from_population is not None:
        ax.plot(
            found.times[shown],
            found.from_population[shown],
            "--",
            color="tab:red",
            label="population",
        )
    return _time_axis(ax, "squared error")


def draw_error_against_time(data: Any, axis: str, ax: Any = None) -> Any:
    """Mean test error of a sweep against time, one line a value of an axis."""
    ax = new_axes() if ax is None else ax
    values = data[axis].values
    for place, value in enumerate(values):
        cell = data.isel({axis: place})
        times = np.nanmean(cell.times.values, axis=0)
        mean = np.nanmean(cell.test_error.values, axis=0)
        shown = times > 0.0
        ax.plot(
            times[shown], mean[shown], LINES[place % len(LINES)],
            color=str(0.75 * place / max(1, len(values) - 1)), label=literal(f"{axis} {value}"),
        )  # fmt: skip
    return _time_axis(ax, data.test_error.attrs["units"])


def draw_best_and_final(data: Any, axis: str, ax: Any = None) -> Any:
    """Best and final test error of a sweep against one axis; hollow where data were not fitted."""
    ax = new_axes() if ax is None else ax
    values = data[axis].values
    numbers = np.issubdtype(values.dtype, np.number)
    places = values.astype(float) if numbers else np.arange(len(values), dtype=float)
    test = data.test_error.transpose(axis, "seed", "record").values
    fitted = data.converged.transpose(axis, "seed").values.astype(float)
    best, final = best_and_final(test)
    for (mean, spread), mark, label in ((final, "o", "final"), (best, "s", "best")):
        ax.errorbar(places, mean, spread, fmt="-", color="0.4", capsize=2, lw=1, zorder=1)
        whole = np.nanmean(fitted, axis=1) >= 0.5
        shade = "0.1" if label == "final" else "0.5"
        ax.plot(places[whole], mean[whole], mark, color=shade, label=label)
        if (~whole).any():
            ax.plot(
                places[~whole], mean[~whole], mark, mfc="white", mec=shade,
                label=f"{label}, data not fitted",
            )  # fmt: skip
    if numbers and (places > 0).all():
        ax.set_xscale("log")
    if not numbers:
        ax.set_xticks(places, [literal(str(value)) for value in values])
    unit = data[axis].attrs.get("units", "1")
    ax.set_xlabel(literal(axis if unit == "1" else f"{axis} ({unit})"))
    ax.set_ylabel(f"test error ({data.test_error.attrs['units']})")
    ax.legend(frameon=False)
    return ax


def best_and_final(
    test: FloatArray,
) -> tuple[tuple[FloatArray, FloatArray], tuple[FloatArray, FloatArray]]:
    """Mean and standard error over seeds of errors (cells, S, T), at the best and last record.

    The best record is that of the mean over seeds. Runs that diverged are left out.
    """
    whole: NDArray[np.bool_] = np.asarray(np.isfinite(test).all(axis=2))
    kept = np.where(whole[:, :, None], test, np.nan)
    enough = whole.any(axis=1)
    mean = np.full((len(test), test.shape[2]), np.nan)
    mean[enough] = np.nanmean(kept[enough], axis=1)
    spread = standard_error(kept, axis=1, omit_nan=True)
    rows = np.arange(len(test))
    best = np.where(np.isnan(mean), np.inf, mean).argmin(axis=1)
    return (mean[rows, best], spread[rows, best]), (mean[:, -1], spread[:, -1])


def _unit(run: Trajectory) -> str:
    return "squared error" if run.signal_variance is not None else "error"


def _time_axis(ax: Any, unit: str) -> Any:
    ax.set(xscale="log", xlabel="training time", ylabel=f"error ({unit})")
    ax.legend(frameon=False)
    return ax
