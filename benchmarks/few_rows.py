"""Compare verdicts from few rows with the held-out rows of the same table.

Run ``pip install -r benchmarks/table_requirements.txt`` and ``python
benchmarks/few_rows.py``: it prints the table and writes it to
``docs/benchmarks/few_rows.md`` (some minutes on one core).

Each table is a population. The verdict is computed from some of its rows: the current
error, the error with twice the rows, and the relative reduction. The truth is the
error on all remaining rows of the same model, trained on these rows and on twice as
many.
"""

from __future__ import annotations

import platform
import warnings
from collections.abc import Callable
from functools import partial
from pathlib import Path
from statistics import NormalDist
from typing import Any

import numpy as np
from forecast_tables import Table, shipped, table

import riskcast as rc
from riskcast.assessment import Scale
from riskcast.assessment._more_rows import ask_for_more
from riskcast.learning_curves._small_samples import widened

PAGE = Path(__file__).parent.parent / "docs" / "benchmarks" / "few_rows.md"
SIZES = (20, 32, 80, 200)
DRAWS = 14
LEVEL = 0.9
DEVIATIONS = NormalDist().inv_cdf(0.5 + LEVEL / 2.0)

Load = Callable[[], Table]

REGRESSION: dict[str, Load] = {
    "diabetes": partial(shipped, "diabetes"),
    "computers": partial(table, "Computers", "price"),
    "wages": partial(table, "Wages", "lwage"),
    "house prices": partial(table, "Housing", "price"),
    "school scores": partial(
        table, "Caschool", "testscr", ("readscr", "mathscr", "district", "county")
    ),
    "heights": partial(table, "GaltonFamilies", "childHeight", ("family",)),
    "personality and age": partial(table, "bfi", "age"),
    "cigarette sales": partial(table, "Cigar", "sales"),
}
CLASSES: dict[str, Load] = {
    "breast cancer": partial(shipped, "breast_cancer"),
    "turnout": partial(table, "turnout", "vote"),
    "hospital deaths": partial(table, "medpar", "died", ("provnum",)),
}

# Quantities checked for every draw, with the plain interval and with that of the verdict.
ASKED = ("now, ± one error", "now", "twice the rows", "its fall")


def held(load: Load, classes: bool, size: int, seed: int) -> dict[str, tuple[bool, bool]]:
    """Whether the plain interval and that of the verdict cover the result on the other rows."""
    X, y = load()
    labels = (y > 0).astype(int) if classes else y
    order = np.random.default_rng([seed, size]).permutation(len(y))
    rows = order[:size]
    varied = np.ptp(X[rows], axis=0) > 0
    shift, unit = X[rows][:, varied].mean(axis=0), X[rows][:, varied].std(axis=0)
    X = (X[:, varied] - shift) / unit
    scoring = "error_rate" if classes else "squared_error"
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        forecast = rc.forecast(X[rows], labels[rows], scoring=scoring, level=LEVEL)
        now = true_risk(X, labels, classes, rows, order[size:])
        then = true_risk(X, labels, classes, order[: 2 * size], order[2 * size :])
    path = forecast.path
    assert path is not None
    risk, error = path.best_risk_corrected, float(path.standard_error[path.best_index])
    wide = widened(error, size)
    scale = Scale("classification" if classes else "regression", "y", 1.0)
    more = ask_for_more(forecast, scale, risk, wide, None)
    curves = forecast.curves([size, 2 * size])
    low, high = np.quantile(curves[:, 1] / curves[:, 0], [0.5 - LEVEL / 2, 0.5 + LEVEL / 2])
    share = then / now if now > 0 else np.nan
    middle = risk * float(np.median(curves[:, 1] / curves[:, 0]))
    plain = np.hypot(DEVIATIONS * error * middle / max(risk, 1e-300), risk * (high - low) / 2)
    fall = -scale.change(1.0, share)
    inside = [
        (abs(now - risk) <= error, abs(now - risk) <= wide),
        (abs(now - risk) <= DEVIATIONS * error, abs(now - risk) <= DEVIATIONS * wide),
        (abs(then - middle) <= plain, more.lower <= then <= more.upper),
        (low <= share <= high, more.gain_lower <= fall <= more.gain_upper),
    ]
    return {name: (bool(a), bool(b)) for name, (a, b) in zip(ASKED, inside, strict=True)}


def true_risk(X: Any, y: Any, classes: bool, train: Any, test: Any) -> float:
    """Risk on the test rows of a model trained on the training rows with early stopping."""
    model = rc.GradientFlowClassifier() if classes else rc.GradientFlowRegressor()
    predicted = model.fit(X[train], y[train]).predict(X[test])
    return float(np.mean(predicted != y[test] if classes else (predicted - y[test]) ** 2))


def line(tables: dict[str, Load], classes: bool, size: int) -> str:
    """One line of the page: coverage of the verdict, with that of plain intervals in brackets."""
    found = []
    for name, load in tables.items():
        if 4 * size > len(load()[1]):
            continue
        for seed in range(DRAWS):
            try:
                found.append(held(load, classes, size, seed))
            except ValueError:  # only one class, or one row of the other
                continue
        print(size, name, flush=True)
    cells = []
    for asked in ASKED:
        plain, wide = np.mean([one[asked] for one in found], axis=0)
        cells.append(f"{wide:.2f} ({plain:.2f})")
    kind = "classes" if classes else "numbers"
    return f"| {kind} | {size} | {len(found)} | " + " | ".join(cells) + " |"


def main() -> None:
    lines = [
        "| targets | rows | draws | " + " | ".join(ASKED) + " |",
        "|---| ---: | ---: |" + " ---: |" * len(ASKED),
    ]
    for classes, tables in ((False, REGRESSION), (True, CLASSES)):
        lines += [line(tables, classes, size) for size in SIZES]
    PAGE.write_text(
        "# Verdicts from few rows\n\n"
        "Made by `python benchmarks/few_rows.py` with Python "
        f"{platform.python_version()} and NumPy {np.__version__}.\n\n"
        f"Rows are drawn from a larger table, {DRAWS} times each from {len(REGRESSION)} tables "
        f"with numeric targets and {len(CLASSES)} with classes (tables with at least four times "
        "the rows). Each cell is the coverage of a linear model's verdict: how often its interval "
        "contains the result on the held-out rows, for the model trained on these rows and on "
        "twice as many. Nominal coverage is 68 % in the first column and 90 % in the others. In "
        "brackets: coverage of the plain standard error and of the spread of the learning curves "
        "alone. The widening was chosen on other draws of 32 rows, most of them from the same "
        "tables.\n\n" + "\n".join(lines) + "\n"
    )
    print("\n".join(lines))


if __name__ == "__main__":
    main()
