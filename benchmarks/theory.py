"""Measure the speed of a risk curve, compared with simulation of the same curve.

Run ``python benchmarks/theory.py``: it prints the tables and writes them to
``docs/benchmarks/theory.md``. Everything is timed in one run. The simulation uses
one plain eigendecomposition of sampled data per draw for all times. Both sides run
on one thread and processor time is counted, so that other work on the machine
favours neither.
"""

from __future__ import annotations

import os

os.environ.update(dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS"), "1"))

import platform
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
from scipy import linalg

import riskcast as rc

TIMES = np.geomspace(1e-2, 1e6, 200)
DRAWS = 20


def fastest(function: Callable[[], Any], repetitions: int) -> float:
    """Smallest processor time in seconds over several calls."""
    durations = []
    for _ in range(repetitions):
        start = time.process_time()
        function()
        durations.append(time.process_time() - start)
    return min(durations)


def simulate(population: rc.Population, n_samples: int, times: Any, draws: int) -> Any:
    """Mean risk over draws of the data, averaged over noise in closed form."""
    random = np.random.default_rng(0)
    variances, target = population.eigenvalues, population.coefficients
    total = np.zeros(len(times))
    for _ in range(draws):
        X = random.standard_normal((n_samples, len(variances))) * np.sqrt(variances)
        if n_samples < len(variances):
            values, left = linalg.eigh(X @ X.T)
            directions = (X.T @ left) / np.sqrt(values)
        else:
            values, directions = linalg.eigh(X.T @ X)
        learned = -np.expm1(-np.outer(times, values / n_samples))
        error = target[:, None] - directions @ (learned * (directions.T @ target)).T
        stretch = variances @ directions**2
        noise = population.noise_variance
        total += noise + variances @ error**2 + noise * learned**2 @ (stretch / values)
    return total / draws


def against_simulation() -> list[str]:
    rows = [
        f"| population | p | n | simulation, {DRAWS} draws | `risk_curve` | times faster "
        "| largest difference |",
        "|---|---:|---:|---:|---:|---:|---:|",
    ]
    for name, population, n_samples in (
        ("isotropic", rc.Population.isotropic(1000, 5.0), 500),
        ("power law", rc.Population.power_law(1000, 1.2, 0.5, 5.0), 500),
        ("power law", rc.Population.power_law(1000, 1.2, 0.5, 5.0), 1000),
        ("spiked", rc.Population.spiked(1000, [30.0, 20.0, 10.0], 5.0), 500),
    ):
        flow = rc.GradientFlow(TIMES)
        theory = fastest(
            lambda f=flow, p=population, n=n_samples: rc.theory.risk_curve(p, n, f), 40
        )
        start = time.process_time()
        sampled = simulate(population, n_samples, TIMES, DRAWS)
        simulation = time.process_time() - start
        curve = rc.theory.risk_curve(population, n_samples, flow)
        off = np.max(np.abs(curve.risk / sampled - 1.0))
        rows.append(
            f"| {name} | 1000 | {n_samples} | {simulation:.2f} s | {1e3 * theory:.1f} ms "
            f"| {simulation / theory:.0f} | {off:.1%} |"
        )
    return rows


def growth() -> list[str]:
    rows = [
        "| distinct eigenvalues | 50 times | 200 times | 800 times | initial weights, 200 times |",
        "|---:|---:|---:|---:|---:|",
    ]
    for count in (1, 100, 1000, 10_000, 30_000):
        if count == 1:
            population = rc.Population.isotropic(10_000, 5.0)
        else:
            population = rc.Population.power_law(count, 1.2, 0.5, 5.0)
        n_samples = max(50, population.n_features // 2)
        cells = []
        for n_times, init in ((50, 0.0), (200, 0.0), (800, 0.0), (200, 0.01)):
            flow = rc.GradientFlow(np.geomspace(1e-2, 1e6, n_times))
            taken = fastest(
                lambda f=flow, p=population, n=n_samples, i=init: rc.theory.risk_curve(p, n, f, i),
                5,
            )
            cells.append(f"{1e3 * taken:.0f} ms")
        label = "1, ten thousand times" if count == 1 else str(count)
        rows.append(f"| {label} | {' | '.join(cells)} |")
    return rows


def main() -> None:
    warnings.simplefilter("ignore", rc.theory.FiniteSizeWarning)
    lines = [
        "# Speed of the theory",
        "",
        "`python benchmarks/theory.py` writes this page. One run on "
        f"one thread ({platform.machine()}), NumPy {np.__version__}; processor time.",
        "",
        "## The same curve, by theory and by simulation",
        "",
        f"{len(TIMES)} times over eight decades. The simulation samples data, decomposes them "
        "once per draw and averages over the noise in closed form.",
        "",
        *against_simulation(),
        "",
        "## Growth with eigenvalues and times",
        "",
        "Power-law spectra, half as many samples as features. Repeated eigenvalues cost once.",
        "",
        *growth(),
        "",
    ]
    page = "\n".join(lines)
    print(page)
    path = Path(__file__).resolve().parents[1] / "docs" / "benchmarks" / "theory.md"
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(page)


if __name__ == "__main__":
    main()
