"""Results of the lab in published settings with and without overtraining.

Run ``python benchmarks/lab_settings.py``: it prints the tables and writes them
to ``docs/benchmarks/lab_settings.md``. Finished cells are kept in the folder
given as the first argument, so that an interrupted run resumes. Further arguments
are names of parts; only these run, and no page is written.
"""

from __future__ import annotations

import os

os.environ.setdefault("OMP_NUM_THREADS", "1")

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from riskcast import lab
from riskcast._statistics import standard_error
from riskcast.lab.observables import marchenko_pastur_fit

P = 300
RELU = lab.TeacherStudent(50, n_train=P, snr=1.0)
READOUT = lab.FullyConnected(trained="readout")
FLOW = {"rule": "gradient_flow", "last_time": 1e5, "first_time": 1e-2, "n_records": 60}


def table(heads: list[str], rows: list[list[Any]]) -> list[str]:
    lines = [f"| {' | '.join(heads)} |", "|" + "---:|" * len(heads)]
    return [*lines, *(f"| {' | '.join(map(str, row))} |" for row in rows)]


def ratio_and_error(test: np.ndarray) -> tuple[float, float]:
    """Final over best of the mean error over seeds (S, T), and its jackknife error."""

    def ratio(errors: np.ndarray) -> float:
        mean = errors.mean(axis=0)
        return float(mean[-1] / mean.min())

    left_out = [ratio(np.delete(test, seed, axis=0)) for seed in range(len(test))]
    spread = np.sqrt((len(test) - 1) * np.var(left_out))
    return ratio(test), float(spread)


def rows_by_width(data: Any) -> list[list[Any]]:
    rows = []
    for width in data.width.values:
        cell = data.sel(width=width)
        test = cell.test_error.values[cell.diverged_step.values < 0]
        mean = test.mean(axis=0)
        noise, signal = float(cell.oracle_error), float(cell.signal_variance)
        best, final = (mean.min() - noise) / signal, (mean[-1] - noise) / signal
        ratio, spread = ratio_and_error(test)
        rows.append([
            int(width), int(cell.n_parameters), f"{best:.3f}", f"{final:.3f}",
            f"{ratio:.2f} ± {spread:.2f}", f"{float(cell.converged.mean()):.0%}",
        ])  # fmt: skip
    return rows


HEADS = ["units", "trained weights", "best excess", "final excess", "final / best", "fitted"]


def readout(store: Path) -> list[str]:
    widths = [75, 150, 225, 300, 375, 600, 3000]
    data = lab.sweep(RELU, READOUT, {"width": widths}, seeds=50, store=store / "readout", **FLOW)
    lines = table(HEADS, rows_by_width(data))
    times = data.times.values[0, 0]
    heights = []
    for last in (1e1, 1e2, 1e3, 1e4, 1e5):
        kept = times <= last * 1.001
        means = data.test_error.values[:, :, kept].mean(axis=1)
        ratios = means[:, -1] / means.min(axis=1)
        heights.append([f"{last:.0e}", widths[int(ratios.argmax())], f"{ratios.max():.2f}"])
    return [*lines, "", *table(["trained to", "highest ratio at units", "ratio"], heights)]


def all_weights(store: Path) -> list[str]:
    lines = []
    for snr in (1.0, 10.0):
        task = lab.TeacherStudent(15, n_train=P, snr=snr)
        data = lab.sweep(
            task,
            lab.FullyConnected(),
            {"width": [1, 3, 10, 20, 40, 100, 300, 1000]},
            seeds=20,
            store=store / f"all-weights-{snr:g}",
            steps=10_000,
            learning_rate=0.5,
            relative=True,
        )
        lines += [f"Signal-to-noise ratio {snr:g}:", "", *table(HEADS, rows_by_width(data)), ""]
    return lines[:-1]


def hidden_spectrum(store: Path) -> list[str]:
    data = lab.sweep(
        RELU, READOUT, {"width": [100, 300, 600]}, seeds=20, store=store / "spectrum",
        observables=["hidden_spectrum"], rule="gradient_flow", n_records=1,
    )  # fmt: skip
    rows = []
    for width in data.width.values:
        spectra = data.hidden_spectrum.sel(width=width).values[:, 0, :width]
        fits = [
            marchenko_pastur_fit(values, P, 51, share) for values in spectra for share in (1.0, 0.5)
        ]
        zeros = [(values == 0.0).mean() for values in spectra]
        positive = [values[values > 0.0] for values in spectra]
        edge = np.mean([values[0] / np.median(values) for values in positive])
        rows.append([
            width, f"{np.mean(zeros):.4f}", f"{edge:.1e}",
            f"{np.mean([fit.scale for fit in fits[::2]]):.5f}",
            f"{np.mean([fit.distance for fit in fits[::2]]):.3f}",
            f"{np.mean([fit.distance for fit in fits[1::2]]):.3f}",
        ])  # fmt: skip
    return table(
        ["units", "share exactly zero", "smallest positive / median", "fitted scale",
         "distance from the law", "of the lower half"],
        rows,
    )  # fmt: skip


def linear(store: Path) -> list[str]:
    rows = []
    for load in (0.25, 0.5, 2.0):
        data = lab.sweep(
            lab.TeacherStudent(200, n_train=int(200 * load), teacher="linear", snr=5.0),
            lab.FullyConnected(depth=0, parametrization="standard"),
            {"init_scale": [0.0, 1.0, 2.0]},
            seeds=20,
            store=store / f"linear-{load:g}",
            observables=["frozen_share"],
            **(FLOW | {"last_time": 1e6, "n_records": 1}),
        )
        final = data.test_error.isel(record=-1) - 0.2
        error = final.reduce(standard_error, "seed")
        share = data.frozen_share.values
        cells = [
            f"{m:.3f} ± {e:.3f}"
            for m, e in zip(final.mean("seed").values, error.values, strict=True)
        ]
        rows.append([load, f"{share.min():.4g} to {share.max():.4g}", *cells])
    return table(["P/N", "frozen share", "scale 0", "scale 1", "scale 2"], rows)


def digits_rows(data: Any) -> list[list[Any]]:
    rows = []
    for width in data.width.values:
        cell = data.sel(width=width)
        test = 100 * cell.test_error.values
        error = standard_error(test[:, -1])
        rows.append([
            int(width), int(cell.n_parameters), f"{test.mean(axis=0).min():.1f} %",
            f"{test[:, -1].mean():.1f} ± {error:.1f} %", f"{float(cell.converged.mean()):.0%}",
        ])  # fmt: skip
    return rows


DIGIT_HEADS = ["units", "trained weights", "best error", "final error", "fitted"]


def digits(store: Path) -> list[str]:
    task = lab.GivenData.digits(n_train=P, flip_rate=0.2)
    widths = [75, 150, 225, 300, 375, 600, 1200, 2400]
    data = lab.sweep(
        task, READOUT, {"width": widths}, seeds=10, store=store / "digits",
        **(FLOW | {"last_time": 1e10}),
    )  # fmt: skip
    lines = ["Read-out alone, flow to 10¹⁰:", "", *table(DIGIT_HEADS, digits_rows(data)), ""]
    data = lab.sweep(
        task,
        lab.FullyConnected(parametrization="standard"),
        {"width": [5, 10, 20, 40, 80, 160]},
        seeds=5,
        store=store / "digits-adam",
        rule="adam",
        learning_rate=0.003,
        steps=10_000,
    )
    return [*lines, "All weights, Adam, squared loss:", "", *table(DIGIT_HEADS, digits_rows(data))]


PARTS: dict[str, tuple[str, Callable[[Path], list[str]]]] = {
    "readout": ("Read-out alone: ReLU teacher, 50 inputs, P = 300, snr 1, flow to 10⁵", readout),
    "all": ("All weights: 15 inputs, P = 300, 10,000 steps at half of 1/λmax", all_weights),
    "spectrum": ("Hidden Gram spectrum: 50 inputs, P = 300", hidden_spectrum),
    "linear": ("Linear student: 200 inputs, snr 5, flow to 10⁶; final excess", linear),
    "digits": ("Digits, P = 300, 20 % of the labels flipped; test on true labels", digits),
}


def main() -> None:
    folder = Path(sys.argv[1] if len(sys.argv) > 1 else tempfile.mkdtemp(prefix="lab-settings-"))
    chosen = sys.argv[2:] or list(PARTS)
    lines = [
        "# Lab settings",
        "",
        "`python benchmarks/lab_settings.py` writes this page. Errors are means over seeds. Excess "
        "is the test error minus the noise, over the teacher's variance. Final / best is the ratio "
        "of test errors including noise, with its jackknife error over seeds. Fitted is the share "
        "of runs whose last train error is below 1 % of that of predicting zero (for classes, "
        "below 1 % of rows).",
    ]
    for name in chosen:
        title, part = PARTS[name]
        start = time.process_time()
        lines += ["", f"## {title}", "", *part(folder)]
        print(f"{name}: {time.process_time() - start:.0f} s of processor time", file=sys.stderr)
    page = "\n".join(lines) + "\n"
    print(page)
    if chosen == list(PARTS):
        path = Path(__file__).resolve().parents[1] / "docs" / "benchmarks" / "lab_settings.md"
        path.write_text(page)


if __name__ == "__main__":
    main()
