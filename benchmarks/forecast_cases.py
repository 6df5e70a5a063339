"""Cases of the forecast benchmark, chosen before any method was tuned on them.

``python benchmarks/forecast_cases.py`` lists them. ``python
benchmarks/forecast_cases.py --compute`` computes the true risks missing from
``benchmarks/data/forecast_truth.json`` and then improves those with a large standard
error (more than an hour on one core for all). It can be interrupted and resumed. It
prints only the risks of open cases.

A third of the real and a third of the synthetic cases are locked: sorted by the
SHA-256 of their names, the first, fourth, seventh, ... of each kind. No method may
be tuned on them.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import warnings
from functools import cache

from forecast_case import TRUTHS, Case
from forecast_found import found_cases
from forecast_populations import population_cases
from forecast_tables import table_cases
from joblib import Parallel, delayed


@cache
def locked_names() -> frozenset[str]:
    """Names of the cases kept for final evaluation."""
    names: list[str] = []
    for kind in (table_cases(), population_cases()):
        ordered = sorted(kind, key=lambda case: hashlib.sha256(case.name.encode()).hexdigest())
        names += [case.name for case in ordered[::3]]
    return frozenset(names)


def is_locked(case: Case) -> bool:
    return case.name in locked_names()


def is_synthetic(case: Case) -> bool:
    return case.name in {other.name for other in population_cases()}


def select(part: str = "open", names: list[str] | None = None) -> list[Case]:
    """Cases of a part ("open", "locked", "all" of these, or "found"), optionally only some."""
    every = found_cases() if part == "found" else [*table_cases(), *population_cases()]
    if part in ("open", "locked"):
        every = [case for case in every if is_locked(case) == (part == "locked")]
    if names:
        unknown = set(names) - {case.name for case in every}
        if unknown:
            raise ValueError(f"cases: {sorted(unknown)} are not in the part {part!r}")
        every = [case for case in every if case.name in names]
    return every


def compute(cases: list[Case], jobs: int = 1) -> None:
    """Add missing truths to the file, improve imprecise ones, and print those of open cases."""
    known = json.loads(TRUTHS.read_text()) if TRUTHS.exists() else {}
    # Cheap cases first; many pixels and many rows take longest.
    cases = sorted(cases, key=lambda case: (case.name == "MNIST, linear", _largest(case)))
    sizes = [(case, case.n_rows * times) for case in cases for times in (1, *case.horizons)]
    for thorough in (False, True):
        wanted = []
        for case, size in sizes:
            stored = known.setdefault(case.name, {}).get(str(size))
            if stored is None or (thorough and case.is_rough(size, stored)):
                wanted.append((case, size))
        work = (delayed(_truth)(case, size, thorough) for case, size in wanted)
        for case, size, truth in Parallel(jobs, return_as="generator_unordered")(work):
            risk, error, _ = known[case.name][str(size)] = truth
            TRUTHS.parent.mkdir(exist_ok=True)
            TRUTHS.write_text(json.dumps(known, indent=1, sort_keys=True) + "\n")
            if not is_locked(case):
                print(f"{case.name}, {size} rows: {risk:.5g} +- {error:.1g}", flush=True)


def _truth(case: Case, size: int, thorough: bool) -> tuple[Case, int, list[float]]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        risk, error, repetitions = case.compute_truth(size, thorough)
    return case, size, [float(f"{risk:.6g}"), float(f"{error:.2g}"), repetitions]


def _largest(case: Case) -> int:
    return case.n_rows * max(case.horizons)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--compute", action="store_true", help="compute the missing truths")
    parser.add_argument("--part", choices=["open", "locked", "all", "found"], default="all")
    parser.add_argument("--cases", nargs="+", metavar="NAME")
    parser.add_argument("--jobs", type=int, default=1)
    given = parser.parse_args()
    cases = select(given.part, given.cases)
    if given.compute:
        compute(cases, given.jobs)
        return
    for case in cases:
        kind = "synthetic" if is_synthetic(case) else "real"
        state = "locked" if is_locked(case) else "open"
        print(f"{case.name} | {kind} | {state} | {case.n_rows} rows | {case.horizons}")


if __name__ == "__main__":
    main()
