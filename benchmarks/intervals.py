"""Measure coverage and width of forecast intervals, compared with oracles.

Run ``pip install -r benchmarks/table_requirements.txt`` and ``python
benchmarks/intervals.py``: it prints the tables and writes them to
``docs/benchmarks/intervals.md``.

The forecast is that of ``riskcast.forecast``: curves fitted to points, combined with the
spectral forecast for linear and kernel models.

Synthetic problems: the truth is the mean risk, on fresh rows, of models trained
on fresh training sets of each size. Two oracles see the same points. The first knows
which of the families is closest to the true curve at all sizes and fits only that
family. The second knows the exact shape of the true curve and fits only its level and
its floor.

Real tables: the table is the population. The forecast sees some of its rows; the
truth is the mean over models trained on random rows of each size, each evaluated on
held-out rows.
"""

from __future__ import annotations

import argparse
import hashlib
import pickle
import platform
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from interval_problem import MULTIPLES, Problem
from interval_problems import SyntheticProblem, synthetic_problems
from interval_tables import TableProblem, table_problems
from joblib import Parallel, delayed

from riskcast.learning_curves._forecaster import Forecaster
from riskcast.learning_curves._from_learner import forecaster_from
from riskcast.learning_curves._validation import checked_learner
from riskcast.learning_curves.parametric._curve_average import CurveAverage
from riskcast.learning_curves.parametric._curves import FAMILIES, Curve
from riskcast.learning_curves.subsampling._learner import Learner
from riskcast.learning_curves.subsampling._measure import Measurement, measure
from riskcast.learning_curves.subsampling._points import ObservedPoints
from riskcast.learning_curves.subsampling._trusted import descent

TABLE = Path(__file__).parent.parent / "docs" / "benchmarks" / "intervals.md"
LEVEL = 0.9


class KnownShape(Curve):
    """Exact shape of the true curve, interpolated and extrapolated from the known sizes."""

    name, formula = "truth", "c + a · true(n)"

    def __init__(self, sizes: np.ndarray, risk: np.ndarray) -> None:
        self.log_sizes, self.above = np.log(sizes), np.log(risk - 0.9 * risk.min())

    def axes(self, sizes: np.ndarray) -> list[np.ndarray]:
        return []

    def log_shape(self, sizes: np.ndarray, parameters: np.ndarray) -> np.ndarray:
        shape = np.interp(np.log(sizes), self.log_sizes, self.above)
        return np.tile(shape, (len(parameters), 1))


def cached(folder: Path | None, key: str, make: Callable[[], Any]) -> Any:
    """Return the result of `make`, cached in a file if a folder is given."""
    if folder is None:
        return make()
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / (hashlib.sha256(key.encode()).hexdigest()[:16] + ".pickle")
    if not path.exists():
        path.write_bytes(pickle.dumps(make()))
    return pickle.loads(path.read_bytes())


def true_curve(problem: Problem) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Sizes, true risk and its Monte Carlo error, from an eighth of the rows upwards."""
    sizes = np.rint(problem.n_rows * np.array([0.125, *problem.multiples])).astype(int)
    found = [problem.true_risk(int(n)) for n in sizes]
    return sizes.astype(float), *(np.array(part) for part in zip(*found, strict=True))


def learner_of(problem: Problem, draw: int) -> Learner:
    """Learner with a model and the available rows."""
    X, y, _ = problem.draw(problem.seed(2, draw), problem.n_rows)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return checked_learner(
            X, y, problem.kernel, problem.estimator, problem.scoring, None, True, 0.0
        )[0]


def points_of(learner: Learner, draw: int) -> Measurement:
    """Measurement behind the forecast from one draw of the available rows."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return measure(learner, draw)


def closest_family(sizes: np.ndarray, risk: np.ndarray) -> Curve:
    """Family that fits the true curve best, assuming half a percent of noise."""
    exact = ObservedPoints(sizes, risk, np.diag((0.005 * risk) ** 2))
    errors = []
    for family in FAMILIES:
        fitted = CurveAverage(exact, families=(family,)).risk(sizes)
        errors.append(np.mean(np.log(fitted / risk) ** 2))
    return FAMILIES[int(np.argmin(errors))]


@dataclass(frozen=True)
class Result:
    """Coverage and relative widths of the intervals of one problem.

    Arrays have shape (draws, 3, sizes): the forecast, the family oracle, and the shape
    oracle.
    """

    problem: Problem
    family: str
    multiples: np.ndarray
    covered: np.ndarray
    width: np.ndarray
    miss: np.ndarray  # (draws, sizes), log(forecast/truth)
    truth_error: float  # largest relative Monte Carlo error of the truth, from n/4 on


def one_problem(problem: Problem, draws: range, folder: Path | None) -> Result:
    """Compute truth, points and intervals for all draws of a problem."""
    name = f"{problem.name} {problem.n_rows}"
    sizes, risk, error = cached(folder, f"truth {name}", lambda: true_curve(problem))
    family, shape = closest_family(sizes, risk), KnownShape(sizes, risk)
    asked, truth = sizes[1:], risk[1:]
    covered, width, miss = [], [], []
    for draw in draws:
        learner = learner_of(problem, draw)
        seen = cached(folder, f"points {name} {draw}", lambda of=learner, k=draw: points_of(of, k))
        points = seen.points.kept(descent(seen))
        rivals: list[Forecaster] = [forecaster_from(learner, seen, draw)]  # as `rc.forecast`
        rivals += [CurveAverage(points, (known,)) for known in (family, shape)]
        ends = [rival.interval(asked, LEVEL) for rival in rivals]
        covered.append([(lower <= truth) & (truth <= upper) for lower, upper in ends])
        width.append([(upper - lower) / truth for lower, upper in ends])
        miss.append(np.log(rivals[0].risk(asked) / truth))
    return Result(
        problem,
        family.name,
        asked / problem.n_rows,
        np.array(covered),
        np.array(width),
        np.array(miss),
        float((error / risk)[1:].max()),
    )


def problem_table(results: list[Result]) -> list[str]:
    """One line per problem: rows, model, and coverage and width at the ends of the range."""
    lines = [
        "| problem | rows | closest family | coverage | at n | at the furthest | "
        "width at n | at the furthest | error there |",
        "|---|---|---|---|---|---|---|---|---|",
    ]
    for result in results:
        at = int(np.argmin(np.abs(result.multiples - 1.0)))
        covered, width = result.covered[:, 0], np.median(result.width[:, 0], axis=0)
        rate = covered.mean(axis=0)
        lines.append(
            f"| {result.problem.name} | {result.problem.n_rows} | {result.family} | "
            f"{covered.mean():.2f} | {rate[at]:.2f} | {rate[-1]:.2f} ({result.multiples[-1]:.0f}x) "
            f"| {width[at]:.2f} | {width[-1]:.2f} | {np.median(np.abs(result.miss[:, -1])):.2f} |"
        )
    return lines


def pooled_table(results: list[Result]) -> list[str]:
    """Coverage and widths pooled over problems, one line per size and one for all."""
    lines = [
        "| size | forecast | oracle, family | oracle, shape | width | of the family oracle | "
        "of the shape oracle |",
        "|---|---|---|---|---|---|---|",
    ]
    everything = [_pool(results, multiple) for multiple in MULTIPLES]
    names = ["n/4", "n/2", "n", "2n", "4n", "8n"]
    for name, (covered, width) in zip(names, everything, strict=True):
        lines.append(_pooled_line(name, covered, width))
    covered = np.concatenate([part[0] for part in everything])
    width = np.concatenate([part[1] for part in everything])
    return [*lines, _pooled_line("**all**", covered, width)]


def _pool(results: list[Result], multiple: float) -> tuple[np.ndarray, np.ndarray]:
    covered, width = [], []
    for result in results:
        near = np.abs(np.log(result.multiples / multiple)) < 0.1
        covered.append(result.covered[:, :, near].reshape(-1, 3))
        width.append(result.width[:, :, near].reshape(-1, 3))
    kept = [k for k in range(len(covered)) if np.size(covered[k])]
    return np.concatenate([covered[k] for k in kept]), np.concatenate([width[k] for k in kept])


def _pooled_line(name: str, covered: np.ndarray, width: np.ndarray) -> str:
    rate = covered.mean(axis=0)
    family = np.median(width[:, 0] / width[:, 1])
    shape = np.median(width[:, 0] / width[:, 2])
    return (
        f"| {name} | {rate[0]:.3f} | {rate[1]:.3f} | {rate[2]:.3f} | "
        f"{np.median(width[:, 0]):.2f} | {family:.2f}x | {shape:.2f}x |"
    )


def report(synthetic: list[Result], tables: list[Result], command: str) -> str:
    """Return the text of the page."""
    draws = sum(len(result.covered) for result in synthetic)
    table_draws = sum(len(result.covered) for result in tables)
    worst = max(result.truth_error for result in synthetic)
    parts = [
        "# Coverage of forecast intervals",
        f"Made by `{command}` with Python {platform.python_version()} and NumPy {np.__version__}.",
        f"Intervals at the {100 * LEVEL:.0f} % level for the expected risk of a model trained on "
        "n/4 to 8n rows, from n rows. Widths are relative to the true risk.",
        f"## Synthetic problems: {draws} draws",
        "The truth is the mean risk on fresh rows of models trained on fresh training sets (its "
        f"Monte Carlo error is at most {100 * worst:.1f} %). Linear and kernel models are trained "
        "by `GradientFlowRegressor` and `GradientFlowClassifier` with early stopping; from 40 rows "
        "on, their forecast is averaged with the spectral forecast. Two oracles see the same "
        "points: one knows which family is closest to the true curve and fits only that family; "
        "the other knows the exact shape of the true curve and fits its level and floor. The last "
        "two columns are medians of the ratio of widths.",
        "\n".join(pooled_table(synthetic)),
        "By problem. The error is the median of |log(forecast/truth)| at the furthest size.",
        "\n".join(problem_table(synthetic)),
        f"## Real tables: {table_draws} draws",
        "The table is the population: the forecast sees n random rows, and the truth is the mean "
        "over models trained on other random rows and evaluated on held-out rows, up to four "
        "fifths of the table. Repeated rows are dropped. Draws are not independent, because they "
        "come from the same table; near the size of the table, neither are the models behind the "
        "truth.",
        "\n".join(pooled_table(tables)),
        "\n".join(problem_table(tables)),
    ]
    return "\n\n".join(parts) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--draws", type=int, default=16, help="draws of each synthetic problem")
    parser.add_argument("--table-draws", type=int, default=12, help="draws of each table")
    parser.add_argument("--first", type=int, default=100, help="number of the first draw")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--cache", type=Path, help="cache folder for truths and points")
    given = parser.parse_args()
    draws = range(given.first, given.first + given.draws)
    table_draws = range(given.first, given.first + given.table_draws)
    work = [(problem, draws) for problem in synthetic_problems()]
    work += [(problem, table_draws) for problem in table_problems()]
    results = Parallel(given.jobs, verbose=5)(
        delayed(one_problem)(problem, which, given.cache) for problem, which in work
    )
    synthetic = [result for result in results if isinstance(result.problem, SyntheticProblem)]
    tables = [result for result in results if isinstance(result.problem, TableProblem)]
    page = report(synthetic, tables, "python benchmarks/intervals.py")
    print(page)
    TABLE.parent.mkdir(parents=True, exist_ok=True)
    TABLE.write_text(page)


if __name__ == "__main__":
    main()
