"""Compare the risk path with its lower limit, with RidgeCV and with refitting.

Run ``python benchmarks/path.py``: it prints a table and writes it to
``docs/benchmarks/path.md``. Times are medians of five interleaved runs in one
process; memory is measured in a separate process for each size.

The limit is the work that every implementation needs: the Gram matrix, its
``eigh`` and the bare matrix products for the nodes, on arrays of the shapes
that the path uses. Everything else, such as input validation, centering,
complex divisions and statistics, is overhead.
"""

from __future__ import annotations

import argparse
import multiprocessing
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import scipy.linalg
from sklearn.linear_model import RidgeCV
from threadpoolctl import threadpool_limits

import riskcast as rc
from riskcast.path._leave_one_out import fold_mixture

SIZES = [(2000, 500), (1000, 4000), (2500, 2500), (20000, 100)]
N_TIMES = 100
REPEATS = 5
TABLE = Path(__file__).parent.parent / "docs" / "benchmarks" / "path.md"


def draw(n_samples: int, n_features: int) -> tuple[np.ndarray, np.ndarray]:
    """Gaussian rows, and a dense linear target with as much noise as signal."""
    rng = np.random.default_rng(n_samples + n_features)
    X = rng.standard_normal((n_samples, n_features))
    weights = rng.standard_normal(n_features) / np.sqrt(n_features)
    return X, X @ weights + rng.standard_normal(n_samples)


def decompose(X: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Compute only the Gram matrix of the smaller side and its ``eigh``, in Fortran order."""
    gram = X.T @ X if len(X) > X.shape[1] else X @ X.T
    return scipy.linalg.eigh(gram.T, driver="evd", overwrite_a=True, check_finite=False)


def limit(X: np.ndarray, nodes: list[np.ndarray], moments: list[int]) -> None:
    """Gram matrix, ``eigh`` and bare products: U, two at all nodes, one to mix each window."""
    n_samples, n_features = X.shape
    tall = n_samples > n_features
    _, vectors = decompose(X)
    if tall:
        vectors = X @ vectors
    functions = np.ones((vectors.shape[1], 2 * sum(len(part) for part in nodes)))
    weights = [np.ones((2 * len(part), count)) for part, count in zip(nodes, moments, strict=True)]
    for start in range(0, n_samples, 512):
        rows = vectors[start : start + 512]
        for _ in ("numerators", "denominators"):
            values = rows @ functions
        for block in weights:
            values[:, : len(block)] @ block


def nodes_of(mixture: rc.ResolventMixture) -> tuple[list[np.ndarray], list[int]]:
    """Nodes and number of moments of each window."""
    windows = [window for window in mixture.windows if not window.is_limit]
    return [window.nodes for window in windows], [len(window.rows) for window in windows]


def refit_one(X: np.ndarray, y: np.ndarray, times: np.ndarray, row: int) -> np.ndarray:
    """Predictions for one row at all times, from an SVD of the other rows."""
    kept = np.arange(len(y)) != row
    mean, level = X[kept].mean(axis=0), y[kept].mean()
    left, scales, right = np.linalg.svd(X[kept] - mean, full_matrices=False)
    real = scales > 1e-12 * scales[0]
    left, scales, right = left[:, real], scales[real], right[real]
    shares = -np.expm1(-np.multiply.outer(times, scales**2 / (len(y) - 1)))
    return level + (shares / scales * (left.T @ (y[kept] - level))) @ (right @ (X[row] - mean))


def peak_memory(size: tuple[int, int], queue: multiprocessing.Queue) -> None:
    """Additional peak memory of a path, in units of its allowance."""
    rc.risk_path(*draw(50, 10))
    X, y = draw(*size)
    before = _status("VmRSS")
    rc.risk_path(X, y)
    queue.put((_status("VmHWM") - before) * 1024 / (4 * X.nbytes + 2 * 8 * min(size) ** 2))


def _status(key: str) -> int:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith(key + ":"))


def medians(jobs: dict[str, Callable[[], object]], repeats: int) -> dict[str, float]:
    """Median time in seconds of each job; jobs take turns."""
    seconds: dict[str, list[float]] = {name: [] for name in jobs}
    for _ in range(repeats + 1):
        for name, job in jobs.items():
            start = time.perf_counter()
            job()
            seconds[name].append(time.perf_counter() - start)
    return {name: float(np.median(values[1:])) for name, values in seconds.items()}


def measure(size: tuple[int, int], repeats: int) -> list[str]:
    """One row of the table."""
    X, y = draw(*size)
    path = rc.risk_path(X, y)
    contour = rc.resolvent_mixture(path.filter, len(y) - 1, path.eigenvalues[-1])
    merged = fold_mixture(path._problem.data, path.filter)
    alphas = np.geomspace(path.eigenvalues[0] * 0.1, path.eigenvalues[-1] * 10, N_TIMES)
    seconds = medians(
        {
            "path": lambda: rc.risk_path(X, y),
            "limit": lambda: limit(X, *nodes_of(contour)),
            "merged": lambda: limit(X, *nodes_of(merged)),
            "eigh": lambda: decompose(X),
            "ridge": lambda: RidgeCV(alphas=alphas).fit(X, y),
        },
        repeats,
    )
    rows = [0, len(y) // 2]
    start = time.perf_counter()
    refits = np.stack([refit_one(X, y, path.times, row) for row in rows])
    brute = (time.perf_counter() - start) / len(rows) * len(y)
    ours = np.stack([path.loo_predictions(t)[rows] for t in path.times], axis=1)
    error = np.abs(ours - refits).max() / np.abs(refits).max()
    queue: multiprocessing.Queue = multiprocessing.get_context("spawn").Queue()
    process = multiprocessing.get_context("spawn").Process(target=peak_memory, args=(size, queue))
    process.start()
    memory = queue.get()
    process.join()
    return [
        f"{size[0]:,} × {size[1]:,}",
        f"{seconds['path']:.3f}",
        f"{seconds['path'] / seconds['limit']:.2f}",
        f"{seconds['path'] / seconds['merged']:.2f}",
        f"{contour.n_nodes} → {merged.n_nodes}",
        f"{seconds['ridge'] / seconds['path']:.1f}",
        f"{seconds['ridge'] / seconds['eigh']:.1f}",
        f"{brute / seconds['path']:,.0f}",
        f"{error:.0e}",
        f"{memory:.2f}",
    ]


def main() -> None:
    """Measure, print and write the table."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--repeats", type=int, default=REPEATS)
    parser.add_argument("--no-write", action="store_true", help="only print")
    arguments = parser.parse_args()
    header = [
        "rows × columns", "seconds", "total / limit", "total / merged limit", "nodes",
        "RidgeCV / total", "RidgeCV / eigh", "refitting / total", "largest error",
        "memory / allowance",
    ]  # fmt: skip
    lines = []
    for threads in (1, multiprocessing.cpu_count()):
        lines += [f"## Threads of the linear algebra: {threads}", ""]
        lines += ["| " + " | ".join(header) + " |", "|" + " ---: |" * len(header)]
        for size in SIZES:
            with threadpool_limits(threads, user_api="blas"):
                lines.append("| " + " | ".join(measure(size, arguments.repeats)) + " |")
            print(lines[-1], flush=True)
        lines.append("")
    text = (
        "# The risk path: speed, accuracy and memory\n\n"
        "Made by `python benchmarks/path.py`. Exact leave-one-out risk at 100 times, mixtures at a "
        "relative error of at most 1e-9. Medians of "
        f"{arguments.repeats} interleaved runs in one process, Python {platform.python_version()}, "
        f"NumPy {np.__version__}, SciPy {scipy.__version__}, "
        f"{multiprocessing.cpu_count()} cores.\n\n" + "\n".join(lines) + "\n"
        "- **total / limit**: time of the whole call over that of the Gram matrix, `eigh` and the "
        "bare matrix products for the nodes: U, two products with all node functions, and one "
        "mixing product per window (target: at most 1.3).\n"
        "- **total / merged limit**: the same with the nodes that remain after merging nodes that "
        "are redundant on the data's spectrum; the path includes this merging.\n"
        "- **nodes**: number of complex ridge regressions of the contours, before and after "
        "merging.\n"
        "- **RidgeCV / total**: time of scikit-learn's `RidgeCV` with 100 penalties over that of "
        "the whole call (target: at least 3 with as many rows as columns or more, 2 otherwise; "
        "multiplied by total / limit, it is the value that the limit would reach).\n"
        "- **RidgeCV / eigh**: the same over the Gram matrix and its `eigh` alone, which every "
        "exact path needs.\n"
        "- **refitting / total**: refits without each row, one SVD per row for all times, "
        "extrapolated from two rows.\n"
        "- **largest error**: error of the predictions for those two rows at all times, relative "
        "to the largest refitted prediction.\n"
        "- **memory / allowance**: peak memory in addition to the input, over four times the "
        "input plus two square matrices of the smaller side (target: at most 1).\n"
    )
    print(text)
    if not arguments.no_write:
        TABLE.parent.mkdir(parents=True, exist_ok=True)
        TABLE.write_text(text)


if __name__ == "__main__":
    main()
