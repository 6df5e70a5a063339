"""Measure training speed (networks x steps per second) of the lab and of simple loops.

Run ``pip install -r benchmarks/lab_requirements.txt`` and ``python benchmarks/lab.py``:
it prints the table and writes it to ``docs/benchmarks/lab.md`` (with a GPU, to
``docs/benchmarks/lab_gpu.md``). Every contestant has its own process with the best
setup for it. They take turns, so that other work on the machine favours none. The
best turn counts; its processor time is reported as well.
"""

from __future__ import annotations

import multiprocessing
import os
import platform
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np

INPUTS, HIDDEN, SAMPLES, SEEDS, STEPS = 50, 200, 300, 50, 5_000
RATE = 1.0
TURNS = int(os.environ.get("TURNS", "40"))
TURN_SECONDS = 0.15  # short, so that some turns find the machine idle
ALL_CORES = sorted(os.sched_getaffinity(0))


def problem(seed: int) -> tuple[np.ndarray, ...]:
    from riskcast import lab

    task = lab.TeacherStudent(INPUTS, n_train=SAMPLES, snr=1.0, n_test=1)
    draw = task.draw(seed)
    network = lab.FullyConnected(width=HIDDEN).network(seed, INPUTS)
    arrays = (draw.X_train, draw.y_train[:, None], *network.weights)
    return tuple(array.astype(np.float32) for array in arrays)


class TorchLoop:
    """A plain loop over the steps of one network."""

    name = "PyTorch, plain loop"

    def __init__(self) -> None:
        import torch

        torch.set_num_threads(len(os.sched_getaffinity(0)))
        self.torch = torch
        self.device = "cuda" if torch.cuda.is_available() else "cpu"
        self.problem = problem(0)

    def turn(self, steps: int) -> int:
        torch = self.torch
        X, y, W, a = (torch.tensor(array, device=self.device) for array in self.problem)
        hidden, readout = torch.nn.Parameter(W), torch.nn.Parameter(a)
        optimizer = torch.optim.SGD([hidden, readout], lr=RATE)
        for _ in range(steps):
            optimizer.zero_grad()
            f = torch.relu(X @ hidden / INPUTS**0.5) @ readout / HIDDEN**0.5
            loss = 0.5 * ((f - y) ** 2).mean()
            loss.backward()
            optimizer.step()
        loss.item()  # waits for a GPU
        return steps


class JaxLoop:
    """A loop over networks, each with one compiled loop over its steps."""

    name = "JAX, jitted, one network at a time"

    def __init__(self) -> None:
        import jax
        import jax.numpy as jnp

        self.jax = jax
        self.problems = [problem(seed) for seed in range(2)]

        def loss(weights: Any, X: Any, y: Any) -> Any:
            f = jax.nn.relu(X @ weights[0] / INPUTS**0.5) @ weights[1] / HIDDEN**0.5
            return 0.5 * jnp.mean((f - y) ** 2)

        def step(weights: Any, X: Any, y: Any) -> Any:
            gradient = jax.grad(loss)(weights, X, y)
            return jax.tree.map(lambda w, g: w - RATE * g, weights, gradient)

        @jax.jit
        def run(weights: Any, X: Any, y: Any, steps: Any) -> Any:
            return jax.lax.fori_loop(0, steps, lambda _, w: step(w, X, y), weights)

        self.run = run

    def turn(self, steps: int) -> int:
        for X, y, W, a in self.problems:
            self.jax.block_until_ready(self.run((W, a), X, y, steps))
        return steps * len(self.problems)


class Lab:
    """The batch of `lab.train`, in one of its ways."""

    way = "map"

    def __init__(self) -> None:
        from riskcast import lab
        from riskcast.lab.batching import Batch
        from riskcast.lab.descent import rule_of, start, step_settings
        from riskcast.lab.records import prepare

        lab.use_host_devices()
        task = lab.TeacherStudent(INPUTS, n_train=SAMPLES, snr=1.0, n_test=1)
        student, plan = lab.FullyConnected(width=HIDDEN), lab.Training(learning_rate=RATE)
        jobs = [prepare(task, student, plan, seed) for seed in range(self.runs())]
        states, data = zip(*(start(job, plan, RATE) for job in jobs), strict=True)
        advance, look = rule_of(jobs[0].network.layers, step_settings(plan))
        self.batch = Batch(advance, look, list(states), list(data), self.way, STEPS)
        self.reached = 0

    def runs(self) -> int:
        import jax

        return SEEDS if jax.default_backend() != "cpu" else 2 * jax.local_device_count()

    def turn(self, steps: int) -> int:
        self.reached += steps
        self.batch.advance_to(self.reached)
        self.batch.wait()
        return steps * self.runs()


class LabMapPerDevice(Lab):
    """Networks divided evenly among the host devices."""

    name, way = "lab, a map on every device", "map_per_device"


class LabMap(Lab):
    """All networks in one compiled loop."""

    name, way = "lab, a map on one device", "map"


class LabVmap(Lab):
    """All networks vectorized in one product."""

    name, way = "lab, side by side (vmap)", "vmap"


class Peak:
    """Products of large float32 matrices, as the peak speed of the machine."""

    name = "large matrix product"

    def __init__(self) -> None:
        import jax

        self.jax = jax
        size = 2048 if jax.default_backend() == "cpu" else 8192
        self.A = jax.numpy.asarray(
            np.random.default_rng(0).standard_normal((size, size)), "float32"
        )
        self.product = jax.jit(lambda A: A @ A)
        self.size = size

    def turn(self, steps: int) -> int:
        for _ in range(steps):
            self.product(self.A).block_until_ready()
        return steps


CONTESTANTS = (TorchLoop, JaxLoop, LabMapPerDevice, LabMap, LabVmap, Peak)
# Two operations each for the forward pass and the gradient; the inputs need no gradient.
FLOPS = 4 * SAMPLES * INPUTS * HIDDEN + 6 * SAMPLES * HIDDEN


def worker(kind: type, cores: list[int], pipe: Any) -> None:
    """Run one contestant in its own process, one turn per request."""
    os.sched_setaffinity(0, cores)
    try:
        contestant = kind()
    except ImportError as error:
        pipe.send(f"{error}")
        return
    pipe.send(None)
    while (steps := pipe.recv()) is not None:
        start, processor = time.perf_counter(), time.process_time()
        done = contestant.turn(steps)
        pipe.send((done, time.perf_counter() - start, time.process_time() - processor))


def measure(cores: list[int]) -> dict[str, tuple[float, float]]:
    """Best rate per second of each contestant, and its rate per second of processor time."""
    context = multiprocessing.get_context("spawn")
    pipes, processes = {}, []
    for kind in CONTESTANTS:
        here, there = context.Pipe()
        process = context.Process(target=worker, args=(kind, cores, there), daemon=True)
        process.start()
        processes.append(process)
        missing = here.recv()
        if missing is None:
            pipes[kind.name] = here
        else:
            print(f"{kind.name}: left out, {missing}", file=sys.stderr)
    steps, rates = {}, dict.fromkeys(pipes, (0.0, 0.0))
    for name, pipe in pipes.items():  # compile, then find the steps that fill a turn
        for trial in (3, 10, 10):
            pipe.send(trial)
            _, taken, _ = pipe.recv()
        steps[name] = max(1, int(10 * TURN_SECONDS / taken))
    for _ in range(TURNS):
        for name, pipe in pipes.items():
            pipe.send(steps[name])
            done, taken, processor = pipe.recv()
            if done / taken > rates[name][0]:
                rates[name] = (done / taken, done / max(processor, 1e-9))
    for pipe in pipes.values():
        pipe.send(None)
    for process in processes:
        process.join(timeout=10)
    return rates


def table(rates: dict[str, tuple[float, float]], size: int) -> list[str]:
    """One row per contestant, and the lab's best result in other units."""
    matrix, matrix_processor = rates.pop(Peak.name)
    peak, peak_core = 2.0 * size**3 * matrix, 2.0 * size**3 * matrix_processor
    best = max((name for name in rates if name.startswith("lab")), key=lambda n: rates[n][0])
    rows = [
        "| | networks x steps a second | of the lab's best | share of the peak "
        "| a second of processor time | share of the peak, by processor time |",
        "|---|---:|---:|---:|---:|---:|",
    ]
    for name, (rate, own) in rates.items():
        rows.append(
            f"| {name} | {rate:,.0f} | {rate / rates[best][0]:.2f} | {rate * FLOPS / peak:.0%} "
            f"| {own:,.0f} | {own * FLOPS / peak_core:.0%} |"
        )
    seconds = SEEDS * STEPS / rates[best][0]
    return [
        *rows,
        "",
        f"{SEEDS} seeds of {STEPS:,} steps take {seconds:.0f} s in the lab's best way. Peak: "
        f"{peak / 1e9:,.0f} billion operations per second.",
        "",
    ]


def main() -> None:
    import jax

    gpu = jax.default_backend() != "cpu"
    size = 8192 if gpu else 2048
    lines = [
        "# Speed of the lab",
        "",
        "`python benchmarks/lab.py` writes this page. "
        f"The best of {TURNS} interleaved turns of {TURN_SECONDS} s each counts. Other work ran on "
        "the machine if the load below exceeds the number of cores. "
        f"{INPUTS} inputs, {HIDDEN} hidden "
        f"units, {SAMPLES} samples, full-batch gradient descent in float32. A step of one network "
        f"counts as {FLOPS / 1e6:.1f} million operations (forward and backward through the hidden "
        "weights; the inputs need no gradient). The peak is a product of "
        f"{size} x {size} float32 matrices.",
        "",
    ]
    settings = [ALL_CORES] if gpu or len(ALL_CORES) == 1 else [ALL_CORES, ALL_CORES[-1:]]
    for cores in settings:
        what = jax.devices()[0].device_kind if gpu else f"{len(cores)} cores, {platform.machine()}"
        rates = measure(cores)
        load = os.getloadavg()[0]
        lines += [f"## {what} (load {load:.1f})".replace("1 cores", "1 core"), ""]
        lines += table(rates, size)
    text = "\n".join(lines)
    print(text)
    name = "lab_gpu.md" if gpu else "lab.md"
    (Path(__file__).resolve().parents[1] / "docs" / "benchmarks" / name).write_text(text)


if __name__ == "__main__":
    main()
