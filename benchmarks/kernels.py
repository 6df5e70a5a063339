"""Time Gram matrices of wide-network kernels, compared with the matrix product they need.

Run ``python benchmarks/kernels.py``: it prints a Markdown table and writes it
to docs/benchmarks/kernels.md. Peers and riskcast take turns, and the best turn
counts. JAX is timed if it is installed, and its Gram matrix is compared with
that of riskcast.
"""

from __future__ import annotations

import argparse
import os
import platform
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import sklearn
from sklearn.metrics.pairwise import rbf_kernel

from riskcast.features import NNGP, NTK

DEPTH = 3
PAGE = Path(__file__).parents[1] / "docs" / "benchmarks" / "kernels.md"


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--rows", type=int, default=5000)
    parser.add_argument("--features", type=int, nargs="+", default=[100, 784, 3072])
    parser.add_argument("--turns", type=int, default=5)
    parser.add_argument("--no-page", action="store_true", help="print only")
    given = parser.parse_args()
    rows = [measure(given.rows, p, given.turns) for p in given.features]
    page = render(given.rows, rows)
    print(page)
    if not given.no_page:
        PAGE.parent.mkdir(parents=True, exist_ok=True)
        PAGE.write_text(page)


def measure(n: int, p: int, turns: int) -> dict[str, float]:
    """Best time in seconds of each contender, at n rows and p features."""
    X = np.random.default_rng(0).standard_normal((n, p))
    contenders: dict[str, Callable[[], object]] = {
        "product": lambda: X @ X.T,
        "ntk": lambda: NTK("relu", DEPTH)(X),
        "ntk_bias": lambda: NTK("relu", DEPTH, bias_variance=0.1)(X),
        "nngp": lambda: NNGP("relu", DEPTH)(X),
        "rbf": lambda: rbf_kernel(X),
    }
    seconds: dict[str, float] = {"features": p}
    in_jax = jax_ntk()
    if in_jax is not None:
        contenders["jax"] = lambda: in_jax(X)
        difference = np.abs(in_jax(X) - NTK("relu", DEPTH)(X))
        seconds["on_diagonal"] = float(np.max(np.diag(difference)))
        np.fill_diagonal(difference, 0.0)
        seconds["off_diagonal"] = float(np.max(difference))
    for _ in range(turns):
        for name, run in contenders.items():
            start = time.perf_counter()
            run()
            seconds[name] = min(seconds.get(name, np.inf), time.perf_counter() - start)
    return seconds


def jax_ntk() -> Callable[[np.ndarray], np.ndarray] | None:
    """The same recursion in plain, compiled JAX; None if JAX is not installed."""
    try:
        import jax
    except ImportError:
        return None
    jax.config.update("jax_enable_x64", True)
    jnp = jax.numpy

    @jax.jit
    def gram(X):  # type: ignore[no-untyped-def]
        K = 2.0 * X @ X.T / X.shape[1]
        root = jnp.sqrt(jnp.diag(K))
        scale = jnp.outer(root, root)
        ntk = K
        for _ in range(DEPTH):
            c = jnp.clip(K / scale, -1.0, 1.0)
            angle = jnp.arccos(c)
            K = scale * (jnp.sqrt(1.0 - c * c) + (jnp.pi - angle) * c) / jnp.pi
            ntk = K + ntk * (jnp.pi - angle) / jnp.pi
        return ntk

    return lambda X: np.asarray(gram(X).block_until_ready())


def render(n: int, rows: list[dict[str, float]]) -> str:
    columns = {
        "product": "matrix product",
        "ntk": f"NTK, depth {DEPTH}",
        "ntk_bias": "NTK with biases",
        "nngp": f"NNGP, depth {DEPTH}",
        "rbf": "scikit-learn RBF",
        "jax": "NTK in plain JAX",
    }
    shown = {key: title for key, title in columns.items() if key in rows[0]}
    lines = [
        f"# Gram matrices of {n:,} × {n:,}",
        "",
        "Made by `python benchmarks/kernels.py`.",
        "Times are in seconds; in brackets, relative to the matrix product `X @ X.T` alone.",
        "ReLU networks, double precision, best of several turns; contenders take turns.",
        "",
        "| features | " + " | ".join(shown.values()) + " |",
        "|" + "---:|" * (len(shown) + 1),
    ]
    for row in rows:
        cells = [f"{row[key]:.2f} ({row[key] / row['product']:.1f})" for key in shown]
        lines.append(f"| {row['features']} | " + " | ".join(cells) + " |")
    lines += [
        "",
        "The elementwise work does not depend on the number of features, so its share falls",
        "as they grow. riskcast computes only the blocks on and above the diagonal.",
        "",
        f"{os.cpu_count()} cores ({platform.machine()}), Python {platform.python_version()}, "
        f"NumPy {np.__version__}, scikit-learn {sklearn.__version__}.",
    ]
    if "jax" in rows[0]:
        lines.append(jax_line(rows))
    return "\n".join(lines) + "\n"


def jax_line(rows: list[dict[str, float]]) -> str:
    import jax

    on, off = (max(row[key] for row in rows) for key in ("on_diagonal", "off_diagonal"))
    return (
        f"JAX {jax.__version__} uses double precision and the recursion on correlations. It "
        f"differs from riskcast by {off:.0e} off the diagonal and by {on:.0e} on it, where the "
        "arccosine of a rounded correlation keeps half of its digits."
    )


if __name__ == "__main__":
    main()
