"""Choose the fastest way to batch by timing; results are cached per kind of device."""

from __future__ import annotations

import contextlib
import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from riskcast._files import DamagedFileWarning, remove_abandoned
from riskcast._sealed import Damaged, read_json, write_json
from riskcast.lab.jax_network import jax

# Below this many multiplications, timing costs more than it can save.
_WORTH_MEASURING = 1e12
_STEPS = 20  # timed steps, after 2 steps that compile
_REPEATS = 3
_KEY = "ways to batch"  # what the file holds

_measured: dict[str, str] = {}


def choose(states: list[Any], data: list[Any], steps: int, build: Callable[..., Any]) -> str:
    """Return the fastest way for runs of this size on this device.

    Timings are kept in the user's cache folder. Small jobs are not timed and
    use the default: one network at a time on a CPU, vectorized elsewhere.

    Parameters
    ----------
    states, data : list
        One entry per run.
    steps : int
        Number of steps to run.
    build : callable
        (states, data, way) -> Batch.
    """
    usual = "map" if jax.default_backend() == "cpu" else "vmap"
    if len(states) == 1:
        return usual
    key = key_of(states, data)
    _measured.update(_remembered())
    if key not in _measured:
        if work(states, data, steps) < _WORTH_MEASURING:
            return usual
        _measured[key] = fastest(measure(states, data, build))
        _remember(_measured)
    return _measured[key]


def ways_here() -> list[str]:
    """Return the ways that differ on this machine."""
    return ["map", "vmap", "map_per_device"] if jax.local_device_count() > 1 else ["map", "vmap"]


def measure(states: list[Any], data: list[Any], build: Callable[..., Any]) -> dict[str, float]:
    """Seconds per run and step for every way, timed in turn on a few of the runs."""
    few = min(len(states), 4 * jax.local_device_count())
    batches = {way: build(states[:few], data[:few], way) for way in ways_here()}
    seconds = dict.fromkeys(batches, np.inf)
    step = 2
    for batch in batches.values():
        batch.advance_to(step)
        batch.wait()
    for _ in range(_REPEATS):
        step += _STEPS
        for way, batch in batches.items():
            start = time.perf_counter()
            batch.advance_to(step)
            batch.wait()
            taken = (time.perf_counter() - start) / (few * _STEPS)
            seconds[way] = min(seconds[way], taken)
    return seconds


def fastest(seconds: dict[str, float]) -> str:
    """Return the way with the smallest time."""
    return min(seconds, key=lambda way: seconds[way])


def work(states: list[Any], data: list[Any], steps: int) -> float:
    """Approximate number of multiplications: forward and backward through every weight."""
    weights = sum(leaf.size for leaf in jax.tree.leaves((states[0].trained, data[0].frozen)))
    return 3.0 * len(states) * steps * len(data[0].X) * weights


def key_of(states: list[Any], data: list[Any]) -> str:
    """Cache key: device, number of devices, and size of a run to within a factor of four."""
    device = jax.local_devices()[0]
    size = round(np.log(work(states[:1], data[:1], 1)) / np.log(4.0))
    runs = "many" if len(states) >= 8 else "few"
    return f"{device.device_kind} x {jax.local_device_count()}, 4^{size} a step, {runs} runs"


def _file() -> Path:
    folder = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(folder) / "riskcast" / "batching.json"


def _remembered() -> dict[str, str]:
    try:
        found = read_json(_file(), _KEY)
    except FileNotFoundError:
        return {}
    except Damaged as damage:
        warnings.warn(
            f"{_file()} is damaged ({damage}); the fastest way to batch is measured again",
            DamagedFileWarning,
            stacklevel=2,
        )
        return {}
    return {key: way for key, way in found.items() if way in ("map", "vmap", "map_per_device")}


def _remember(found: dict[str, str]) -> None:
    """Write the cache file atomically; if it cannot be written, timing repeats next time."""
    with contextlib.suppress(OSError):
        path = _file()
        path.parent.mkdir(parents=True, exist_ok=True)
        remove_abandoned(path.parent)
        write_json(path, found, _KEY)
