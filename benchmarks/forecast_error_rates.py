"""Measure the error of forecasts of error rates beyond the data.

Run ``python benchmarks/forecast_error_rates.py``: it prints the table and writes it to
``docs/benchmarks/forecast_error_rates.md``. The truth is the mean over models with early
stopping, trained on other rows and evaluated on held-out rows. The forecast is compared with
that of curves fitted to the points alone.
"""

from __future__ import annotations

import platform
import warnings
from pathlib import Path

import numpy as np
from sklearn.datasets import load_breast_cancer, load_digits
from sklearn.preprocessing import StandardScaler

import riskcast as rc

SEEDS = 5
TIMES = (1, 2, 4, 8)
PAGE = Path(__file__).parent.parent / "docs" / "benchmarks" / "forecast_error_rates.md"


def cases() -> list[tuple[str, np.ndarray, np.ndarray, str | None, int]]:
    """Name, rows, classes, kernel and number of available rows of each case."""
    digits, digit = load_digits(return_X_y=True)
    tumours, kind = load_breast_cancer(return_X_y=True)
    digits = digits / 16.0
    tumours = StandardScaler().fit_transform(tumours)
    return [
        ("digits, linear", digits, digit, None, 100),
        ("digits, rbf", digits, digit, "rbf", 100),
        ("digits odd or even, laplacian", digits, digit % 2, "laplacian", 100),
        ("breast cancer, linear", tumours, kind, None, 50),
    ]


def truth(X: np.ndarray, y: np.ndarray, kernel: str | None, size: int) -> float:
    """Mean error rate of models trained on `size` rows and evaluated on all others."""
    rates = []
    for seed in range(4):
        order = np.random.default_rng([1, seed]).permutation(len(y))
        model = rc.GradientFlowClassifier(kernel=kernel).fit(X[order[:size]], y[order[:size]])
        rates.append(np.mean(model.predict(X[order[size:]]) != y[order[size:]]))
    return float(np.mean(rates))


def main() -> None:
    warnings.simplefilter("ignore")
    lines = [
        "| case | rows | times | true | riskcast, median | points alone, median | inside |",
        "|---|" + " ---: |" * 6,
    ]
    ours: dict[int, list[float]] = {times: [] for times in TIMES}
    points: dict[int, list[float]] = {times: [] for times in TIMES}
    inside: dict[int, list[bool]] = {times: [] for times in TIMES}
    for name, X, y, kernel, rows in cases():
        sizes = np.array([rows * times for times in TIMES if rows * times < 0.9 * len(y)], float)
        found, alone = [], []
        for seed in range(SEEDS):
            chosen = np.random.default_rng(100 + seed).permutation(len(y))[:rows]
            forecast = rc.forecast(
                X[chosen], y[chosen], n_samples=sizes, kernel=kernel, scoring="error_rate"
            )
            found.append((forecast.risk, forecast.lower, forecast.upper))
            alone.append(forecast._forecaster.parametric.risk(sizes))
        for column, (times, size) in enumerate(zip(TIMES, sizes, strict=False)):
            true = truth(X, y, kernel, int(size))
            told = np.array([risk[column] for risk, _, _ in found])
            other = np.array([risk[column] for risk in alone])
            held = [lower[column] <= true <= upper[column] for _, lower, upper in found]
            ours[times] += list(np.log(told / true))
            points[times] += list(np.log(other / true))
            inside[times] += held
            lines.append(
                f"| {name} | {rows} | {times} | {true:.3f} | {np.median(told):.3f} | "
                f"{np.median(other):.3f} | {sum(held)} of {SEEDS} |"
            )
            print(lines[-1], flush=True)
    summary = [
        "| | " + " | ".join(f"{times}x" for times in TIMES) + " |",
        "|---|" + " ---: |" * len(TIMES),
    ]
    for name, errors in (("riskcast", ours), ("points alone", points)):
        cells = [f"{np.mean(np.abs(e)):.2f} ({np.mean(e):+.2f})" for e in errors.values()]
        summary.append(f"| {name}: mean error (and bias) | " + " | ".join(cells) + " |")
    covered = [f"{np.mean(held):.2f}" for held in inside.values()]
    summary.append("| riskcast: coverage of 90 % | " + " | ".join(covered) + " |")
    PAGE.write_text(
        "# Error rates beyond the data\n\n"
        "Made by `python benchmarks/forecast_error_rates.py` with Python "
        f"{platform.python_version()} and NumPy {np.__version__}: {SEEDS} draws of the available "
        "rows for each case. Errors are those of log(forecast/true); the truth is the mean of "
        "four models trained on other rows.\n\n"
        + "\n".join(summary)
        + "\n\n"
        + "\n".join(lines)
        + "\n"
    )
    print("\n".join(summary))


if __name__ == "__main__":
    main()
