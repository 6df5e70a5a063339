"""Run many trainings of the same shape on one machine, sequentially or vectorized.

Which is fastest depends on the device. On a CPU it is one network at a time,
with a map inside one compiled loop, and one such loop per host device; on a GPU
it is vectorized training. `Batch` implements all ways, `choose` times them.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from riskcast.lab import _checks
from riskcast.lab.jax_network import jax

WAYS = ("auto", "one_by_one", "map", "vmap", "map_per_device")


class Batch:
    """Runs that differ only in their data.

    Parameters
    ----------
    advance : callable
        (state, data, step) -> state, for one run.
    look : callable
        (state, data) -> (train outputs, test outputs), for one run.
    states, data : list
        One entry per run.
    way : str
        One of `WAYS`.
    steps : int
        Total number of steps, used to resolve "auto".
    """

    def __init__(
        self,
        advance: Callable[..., Any],
        look: Callable[..., Any],
        states: list[Any],
        data: list[Any],
        way: str,
        steps: int,
    ) -> None:
        _checks.one_of(way, "batching", WAYS)
        if way == "auto":
            from riskcast.lab.batching_choice import choose

            def build(some: list[Any], their: list[Any], tried: str) -> Batch:
                return Batch(advance, look, some, their, tried, steps)

            way = choose(states, data, steps, build)
        self._inside = "vmap" if way == "vmap" else "one" if way == "one_by_one" else "map"
        self._advance, self._look = compiled(advance, look, self._inside)
        self._parts = self._divided(states, data, way)

    def _divided(self, states: list[Any], data: list[Any], way: str) -> list[list[Any]]:
        """State and data of each part run in one call: one run, all runs, or those of a device."""
        number = len(states)
        if way == "one_by_one":
            return [[state, kept] for state, kept in zip(states, data, strict=True)]
        devices = jax.local_devices()[:number] if way == "map_per_device" else [None]
        shares = np.array_split(np.arange(number), len(devices))
        parts = []
        for device, share in zip(devices, shares, strict=True):
            part = [stack([states[i] for i in share]), stack([data[i] for i in share])]
            parts.append(part if device is None else jax.device_put(part, device))
        return parts

    def advance_to(self, step: int) -> None:
        """Train every run up to a step."""
        target = np.asarray(step, dtype=np.int32)
        # Start all parts before waiting for any of them.
        for part in self._parts:
            part[0] = self._advance(part[0], part[1], target)

    def wait(self) -> None:
        """Wait until all parts are done."""
        jax.block_until_ready([part[0] for part in self._parts])

    def outputs(self) -> tuple[list[Any], list[Any]]:
        """Train and test outputs of every run."""
        found = [self._look(state, data) for state, data in self._parts]
        return self._flat([train for train, _ in found]), self._flat([test for _, test in found])

    def diverged_steps(self) -> list[int]:
        """Step at which each run diverged, -1 if it did not."""
        return [int(step) for step in self._flat([part[0].diverged_step for part in self._parts])]

    def networks(self) -> list[Any]:
        """Current network of every run."""
        trees = [state.network(data) for state, data in self._parts]
        if self._inside == "one":
            return trees
        trees = [jax.device_get(tree) for tree in trees]
        return [
            jax.tree.map(lambda leaf, i=i: leaf[i], tree)
            for tree in trees
            for i in range(len(jax.tree.leaves(tree)[0]))
        ]

    def _flat(self, parts: list[Any]) -> list[Any]:
        """Flatten results of all parts to one entry per run."""
        arrays = [np.asarray(part) for part in parts]
        return arrays if self._inside == "one" else [row for part in arrays for row in part]


def use_host_devices(number: int | None = None) -> None:
    """Split the CPU into several JAX devices, each running its own training loop.

    Call it before JAX has run anything. In a sweep, processes do the same
    (``n_jobs``).

    Parameters
    ----------
    number : int, optional
        Number of devices; by default the number of cores available to the process.

    Raises
    ------
    RuntimeError
        If JAX has already started.
    """
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count()
    jax.config.update("jax_num_cpu_devices", _checks.count(number or cores, "number"))


def stack(trees: list[Any]) -> Any:
    """Stack trees of the same structure, with runs on the first axis."""
    return jax.tree.map(lambda *leaves: np.stack(leaves), *trees)


@lru_cache(maxsize=256)
def compiled(
    advance: Callable[..., Any], look: Callable[..., Any], inside: str
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Compile the functions of one run into functions of a part."""
    if inside == "one":
        return jax.jit(advance), jax.jit(look)
    if inside == "vmap":
        return jax.jit(jax.vmap(advance, in_axes=(0, 0, None))), jax.jit(jax.vmap(look))

    def advance_all(states: Any, data: Any, target: Any) -> Any:
        return jax.lax.map(lambda pair: advance(*pair, target), (states, data))

    def look_all(states: Any, data: Any) -> Any:
        return jax.lax.map(lambda pair: look(*pair), (states, data))

    return jax.jit(advance_all), jax.jit(look_all)
