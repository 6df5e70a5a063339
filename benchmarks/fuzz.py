"""Compare leave-one-out predictions with brute-force refits on random hostile problems.

Each problem is made twice. The first version is a user's table with offsets, constant columns,
exact combinations, duplicate rows, one-hot blocks and columns in different units. The second has
the fewest columns with the same inner products and none of these; every fold is refitted on it
by an SVD. Leave-one-out predictions of both must agree.

    python benchmarks/fuzz.py                    # 2,000 problems
    python benchmarks/fuzz.py --problems 200 --first 5000

Half of the tables hold numbers on a binary grid, so that their combinations are exact in
floating point. The others are rounded like any table. Rounding changes the result by the
machine epsilon times the offset and the condition number, so the tolerance is larger by
this amount.
"""

from __future__ import annotations

import argparse
import sys
import warnings
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import scipy.sparse
from scipy.spatial.distance import cdist

import riskcast as rc

sys.path.insert(0, str(Path(__file__).parent.parent))
from tests.path.refits import fold_conditions, refit_predictions

PROMISED = 1e-8  # of the largest prediction or target
UP_TO = 1e6  # condition number of the data and of every fold
UP_TO_OF_A_KERNEL = 1e3  # condition number of the features; that of the Gram matrix is its square
GRID = 2.0**-16
KERNELS = ("rbf", "laplacian")
SHAPES = ("tall", "square", "wide")
FORMS = ("dense", "dense", "dense", "sparse", "linear", "rbf", "laplacian")


@dataclass(frozen=True)
class Problem:
    """A user's table, and the same inner products in the fewest columns."""

    table: np.ndarray
    clean: np.ndarray
    targets: np.ndarray
    groups: np.ndarray | None
    fit_intercept: bool
    filter: object
    form: str
    offset: float  # relative to the standard deviation
    exact: bool
    faults: tuple[str, ...]


def draw(seed: int) -> Problem:
    """Draw a random problem with some of the faults."""
    rng = np.random.default_rng(seed)
    exact = bool(rng.random() < 0.5)
    shape = str(rng.choice(SHAPES))
    n_samples = int(rng.integers(8, 40))
    width = {
        "tall": int(rng.integers(1, max(2, n_samples // 2))),
        "square": n_samples + int(rng.integers(-2, 3)),
        "wide": n_samples + int(rng.integers(3, 2 * n_samples)),
    }[shape]
    core = rng.standard_normal((n_samples, width))
    faults = []
    if rng.random() < 0.3:
        faults.append("one-hot")
        codes = rng.integers(0, int(rng.integers(2, 7)), n_samples)
        core = np.column_stack([core[:, : max(1, width // 2)], np.eye(codes.max() + 1)[codes]])
    if rng.random() < 0.3:
        faults.append("duplicate rows")
        again = rng.integers(0, n_samples, int(rng.integers(1, n_samples)))
        core[rng.integers(0, n_samples, len(again))] = core[again]
    if rng.random() < 0.3:
        faults.append("low rank")
        core = core[:, : max(1, min(core.shape) // 3)]
    core = np.rint(core / GRID) * GRID
    fit_intercept = bool(rng.random() < 0.8)
    units = np.ones(core.shape[1])
    if rng.random() < 0.3:
        faults.append("units")
        units = 2.0 ** rng.integers(-8, 9, core.shape[1])
    mixing = np.diag(units)
    if rng.random() < 0.5:
        faults.append("exact combinations")
        extra = int(rng.integers(1, core.shape[1] + 4))
        weights = rng.integers(-2, 3, (core.shape[1], extra)).astype(float)
        mixing = np.column_stack([mixing, mixing @ weights])
    offset = 0.0
    means = np.zeros(mixing.shape[1])
    if fit_intercept and rng.random() < 0.6:
        faults.append("offset")
        offset = float(10.0 ** rng.uniform(0, 6))
        means = np.rint(offset * rng.uniform(-1, 1, mixing.shape[1]) / GRID) * GRID
        means = np.rint(means * np.abs(mixing).max(axis=0) / GRID) * GRID
    table = core @ mixing + means
    if fit_intercept and rng.random() < 0.4:
        faults.append("constant")
        count = int(rng.integers(1, 4))
        constants = rng.uniform(-1, 1, count) * 10.0 ** rng.uniform(-6, 8, count)
        table = np.column_stack([table, np.tile(constants, (n_samples, 1))])
    scale = 1.0
    if rng.random() < 0.3:
        faults.append("scale")
        scale = 2.0 ** int(rng.integers(-27, 28))
    if not exact:
        scale *= float(rng.uniform(1.0, 2.0))
    clean = core @ np.linalg.qr(mixing.T, mode="r").T * scale
    table = table[:, rng.permutation(table.shape[1])] * scale
    targets = rng.standard_normal((n_samples, int(rng.integers(1, 3))))
    targets += 0.5 * (core[:, :1] + 3.0 * rng.standard_normal())
    groups = None
    if rng.random() < 0.3:
        faults.append("groups")
        groups = rng.integers(0, max(2, n_samples // 3), n_samples)
        groups[:2] = [0, 1]
    form = str(rng.choice(FORMS))
    if form in KERNELS:
        clean = features_of(form, core @ mixing * scale, table.shape[1])
    largest = np.linalg.norm(clean - clean.mean(axis=0) if fit_intercept else clean, 2) ** 2
    left = n_samples - (1 if groups is None else int(np.bincount(groups).max()))
    return Problem(
        table, clean, targets, groups, fit_intercept, _filter(rng, largest, left), form,
        offset, exact, tuple(faults),
    )  # fmt: skip


def features_of(kernel: str, rows: np.ndarray, n_columns: int) -> np.ndarray:
    """Features whose inner products are the kernel of rows without offsets and constants."""
    metric = {"rbf": "sqeuclidean", "laplacian": "cityblock"}[kernel]
    gram = np.exp(-cdist(rows, rows, metric) / n_columns)
    values, vectors = np.linalg.eigh(gram)
    return vectors * np.sqrt(np.maximum(values, 0.0))


def _filter(rng: np.random.Generator, largest: float, fewest: int) -> object:
    slowness = fewest / max(largest, 1e-300)
    kind = rng.integers(0, 4)
    if kind == 0:
        return rc.Ridge(np.append(largest * np.geomspace(10.0, 1e-8, 5), 0.0))
    if kind == 1:
        steps = np.unique(np.rint(np.geomspace(1, 300, 5)).astype(int))
        return rc.GradientDescent(0.7 * slowness, steps)
    return rc.GradientFlow(np.append(slowness * np.geomspace(0.1, 1e8, 5), np.inf))


def error_of(problem: Problem) -> tuple[float, int]:
    """Largest difference from the refits over the largest prediction or target, and warnings."""
    table = scipy.sparse.csr_matrix(problem.table) if problem.form == "sparse" else problem.table
    kernel = problem.form if problem.form in ("linear", *KERNELS) else None
    with warnings.catch_warnings(record=True) as said:
        warnings.simplefilter("always")
        path = rc.risk_path(
            table,
            problem.targets,
            filter=problem.filter,
            kernel=kernel,
            fit_intercept=problem.fit_intercept,
            groups=problem.groups,
            scoring="squared_error",
        )
        times = path.times
        found = np.stack([_predictions(path, time) for time in times], axis=1)
    refits = refit_predictions(
        problem.clean, problem.targets, problem.filter, problem.fit_intercept, problem.groups
    )
    largest = max(np.abs(refits).max(), np.abs(problem.targets).max())
    difference = np.abs(found - refits).max() / largest
    told = sum("repeat another row" not in str(warning.message) for warning in said)
    return float(difference), told


def _predictions(path: rc.RiskPath, time: float) -> np.ndarray:
    predictions = path.loo_predictions(time)
    return predictions.reshape(len(predictions), -1)


def allowed(problem: Problem, condition: float) -> float:
    """Tolerance: the promised accuracy plus the effect of the table's rounding on the result."""
    if problem.exact:
        return PROMISED
    own = 10.0 * np.finfo(float).eps * (1.0 + problem.offset) * condition
    return max(PROMISED, float(own))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--problems", type=int, default=2000)
    parser.add_argument("--first", type=int, default=0, help="first seed")
    arguments = parser.parse_args()
    counts: Counter[str] = Counter()
    failed: Counter[str] = Counter()
    worst: dict[str, float] = {}
    beyond = refused = 0
    for seed in range(arguments.first, arguments.first + arguments.problems):
        problem = draw(seed)
        of_kernel = problem.form in KERNELS  # its Gram matrix has lost the digits of its mean
        centred = problem.fit_intercept and not of_kernel
        condition = fold_conditions(problem.clean, centred, problem.groups)
        if condition > (UP_TO_OF_A_KERNEL if of_kernel else UP_TO):
            beyond += 1
            continue
        try:
            error, told = error_of(problem)
        except ValueError as refusal:
            if "nothing to learn from" not in str(refusal):
                raise
            refused += 1
            continue
        bad = not error <= allowed(problem, condition) and not told
        form = problem.form if problem.form in ("dense", "sparse") else f"kernel {problem.form}"
        for kind in ("all", form, *problem.faults):
            counts[kind] += 1
            failed[kind] += bad
            if problem.exact:
                worst[kind] = max(worst.get(kind, 0.0), error)
        if bad:
            print(f"seed {seed}: error {error:.2e}, condition {condition:.1e}, {problem.form}, "
                  f"{problem.faults}, {problem.filter!r}", flush=True)  # fmt: skip
    print("| problems with | number | beyond the promise | largest error, exact tables |")
    print("| --- | ---: | ---: | ---: |")
    for kind, number in counts.most_common():
        print(f"| {kind} | {number:,} | {failed[kind]} | {worst.get(kind, 0.0):.1e} |")
    print(
        f"\nExcluded: {beyond} with a condition number above {UP_TO:g} (for kernel features above "
        f"{UP_TO_OF_A_KERNEL:g}); {refused} in which nothing varies."
    )
    sys.exit(1 if failed["all"] else 0)


if __name__ == "__main__":
    main()
