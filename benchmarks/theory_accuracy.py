"""Compare the theory with sampled data over the whole range of settings.

Run ``python benchmarks/theory_accuracy.py``: it prints the table and writes it
to ``docs/benchmarks/theory_accuracy.md``. The simulation decomposes sampled
data; each decomposition is used for all times, ratios, weight decays and initial
weights.
"""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from typing import Any

import numpy as np

import riskcast as rc

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))
from tests.theory.simulation import Draw, combine, mean_and_error  # noqa: E402

TIMES = np.geomspace(1e-3, 1e5, 33)
SNRS = (0.1, 1.0, 10.0, 100.0)
DECAYS = (0.0, 0.03, 0.3)
DRAWS = 48  # with 20, one seed in thirty deviates by more than three of its standard errors
SIZES = (
    (1000, 200),
    (1000, 350),
    (1000, 500),
    (1000, 800),
    (800, 1000),
    (500, 1000),
    (350, 1000),
    (200, 1000),
)
POPULATIONS = {
    "isotropic": lambda p, snr: rc.Population.isotropic(p, snr),
    "power law 1.2": lambda p, snr: rc.Population.power_law(p, 1.2, 0.4, snr),
    "power law 2": lambda p, snr: rc.Population.power_law(p, 2.0, 0.3, snr),
    "spiked": lambda p, snr: rc.Population.spiked(p, [30.0, 20.0, 10.0], snr),
}


def deviations(make: Any, features: int, samples: int) -> dict[str, tuple[float, float]]:
    """Largest deviation of each quantity: over the risk, and over the tolerance."""
    unit = make(features, 1.0)
    random = np.random.default_rng([features, samples])
    draws = [Draw.sample(unit.eigenvalues, samples, random) for _ in range(DRAWS)]
    worst = dict.fromkeys(("bias", "variance", "train_risk"), (0.0, 0.0))
    for decay in DECAYS:
        flow = rc.GradientFlow(TIMES, weight_decay=decay)
        parts = [d.components(d.flow(TIMES, decay), unit.coefficients) for d in draws]
        for snr in SNRS:
            population = make(features, snr)
            for init in (0.0, 0.5 / unit.spectrum.trace):
                curve = rc.theory.risk_curve(population, samples, flow, init)
                drawn = [combine(part, population.noise_variance, init) for part in parts]
                for name, before in worst.items():
                    mean, error = mean_and_error(drawn, name)
                    off = np.abs(getattr(curve, name) - mean)
                    allowed = np.maximum(0.01 * curve.risk, 3.0 * error)
                    now = (float((off / curve.risk).max()), float((off / allowed).max()))
                    worst[name] = (max(before[0], now[0]), max(before[1], now[1]))
    return worst


def main() -> None:
    warnings.simplefilter("ignore", rc.theory.FiniteSizeWarning)
    lines = [
        "# Accuracy of the theory",
        "",
        "`python benchmarks/theory_accuracy.py` writes this page. Largest deviation from the mean "
        f"of {DRAWS} draws, over {len(TIMES)} times in eight decades, snr from 0.1 to 100, weight "
        "decay 0 to 0.3, with and without initial weights. Each cell: deviation over the total "
        "risk, and in brackets over the larger of 1 % of it and three standard errors. Over many "
        "comparisons, a bracket slightly above one is expected with three standard errors.",
        "",
        "| population | p | n | bias | variance | train risk |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, make in POPULATIONS.items():
        for features, samples in SIZES:
            worst = deviations(make, features, samples)
            cells = " | ".join(f"{off:.2%} ({ratio:.2f})" for off, ratio in worst.values())
            lines.append(f"| {name} | {features} | {samples} | {cells} |")
            print(lines[-1], flush=True)
    page = "\n".join([*lines, ""])
    (ROOT / "docs" / "benchmarks").mkdir(parents=True, exist_ok=True)
    (ROOT / "docs" / "benchmarks" / "theory_accuracy.md").write_text(page)


if __name__ == "__main__":
    main()
