"""Training by steps, for many seeds at once.

The loop over steps is compiled and returns only at the recorded steps. A run
stops when its loss is not finite or exceeds a million times its initial value;
the other runs of its batch are not affected.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

import numpy as np

from riskcast.lab.batching import Batch
from riskcast.lab.jax_network import (
    TrainableNetwork,
    eqx,
    jax,
    jnp,
    loss_of,
    penalty,
    scaled_by_rates,
)
from riskcast.lab.langevin import shaken
from riskcast.lab.parametrization import Layer
from riskcast.lab.recorder import Recorder
from riskcast.lab.records import Job, Records
from riskcast.lab.settings import Training
from riskcast.lab.snapshots import Observable
from riskcast.lab.subspace import SubspaceNetwork
from riskcast.lab.targets import losses
from riskcast.lab.tasks.draws import BATCHES

try:
    import optax
except ImportError as error:  # pragma: no cover - depends on the environment
    raise ImportError(
        "training in the lab needs optax; install it with: pip install 'riskcast[lab]'"
    ) from error


_DIVERGED = 1e6  # times the initial loss, or the loss of predicting zero


class Data(eqx.Module):
    """What stays the same along one run."""

    frozen: Any
    X: Any
    targets: Any
    X_test: Any
    learning_rate: Any
    limit: Any


class State(eqx.Module):
    """What changes along one run."""

    trained: Any
    averages: Any
    memory: Any
    step: Any
    diverged_step: Any
    order: Any
    key: Any

    def network(self, data: Data) -> Any:
        """Current network."""
        return eqx.combine(self.trained, self.averages, data.frozen)


def descent_records(
    jobs: list[Job], plan: Training, watched: Mapping[str, Observable], batching: str
) -> list[Records]:
    """Train and record jobs that differ only in their seeds."""
    tops = [_tangent_top(job) for job in jobs]
    speeds = [plan.learning_rate / (top if plan.relative else 1.0) for top in tops]
    steps = plan.record_steps()
    recorder = Recorder(jobs, plan, watched, speeds, tops)
    with jax.enable_x64(plan.precision == "float64"):
        states, data = zip(
            *(start(job, plan, speed) for job, speed in zip(jobs, speeds, strict=True)),
            strict=True,
        )
        network = jobs[0].network
        advance, look = rule_of(network.layers, step_settings(plan))
        batch = Batch(advance, look, list(states), list(data), batching, plan.steps)
        for index, step in enumerate(steps):
            batch.advance_to(int(step))
            recorder.take(index, int(step), batch)
    return recorder.records(steps)


def _tangent_top(job: Job) -> float:
    """Largest eigenvalue of the NTK over the sample size; NaN under batch normalization."""
    network = job.network
    return np.nan if network.normalizations else network.tangent_top(job.draw.X_train)


def step_settings(plan: Training) -> Training:
    """Return the part of the plan that the compiled step depends on."""
    plain = Training()
    names = ("steps", "learning_rate", "relative", "n_records", "fitted_below", "first_time")
    others = ("last_time", "precision", "tolerance")
    return replace(plan, **{name: getattr(plain, name) for name in (*names, *others)})


def start(job: Job, plan: Training, speed: float) -> tuple[State, Data]:
    """Initial state and data of one run, in the plan's precision."""
    dtype = np.dtype(plan.precision)
    if plan.subspace is None:
        whole = TrainableNetwork.of(job.network, dtype)
        trained, averages, frozen = whole.split(job.network.trained_layers)
    else:
        inside = SubspaceNetwork.of(job.network, plan.subspace, job.seed, dtype)
        trained, averages, frozen = inside.split()
    outputs = job.network(job.draw.X_train)
    largest = max(
        float(losses(each, job.targets, plan.loss).mean())
        for each in (outputs, np.zeros_like(outputs))
    )
    squares = sum(float(np.sum(leaf.astype(float) ** 2)) for leaf in jax.tree.leaves(trained))
    data = Data(
        frozen=frozen,
        X=job.draw.X_train.astype(dtype),
        targets=job.targets.astype(dtype),
        X_test=job.draw.X_test.astype(dtype),
        learning_rate=dtype.type(speed),
        limit=dtype.type(_DIVERGED * (largest + 0.5 * plan.weight_decay * squares)),
    )
    empty = jax.eval_shape(_optimizer(plan).init, trained)
    state = State(
        trained=trained,
        averages=averages,
        memory=jax.tree.map(lambda like: np.zeros(like.shape, like.dtype), empty),
        step=np.int32(0),
        diverged_step=np.int32(-1),
        order=np.arange(job.draw.n_train, dtype=np.int32),
        key=np.array([job.seed % 2**32, BATCHES], dtype=np.uint32),
    )
    return state, data


def _optimizer(plan: Training) -> Any:
    """Optimizer with a learning rate of one."""
    if plan.rule == "adam":
        return optax.adam(1.0)
    return optax.sgd(1.0, plan.momentum if plan.rule == "momentum" else None)


@lru_cache(maxsize=64)
def rule_of(
    layers: tuple[Layer, ...], plan: Training
) -> tuple[Callable[..., Any], Callable[..., Any]]:
    """Return two functions of one run: advance it to a step, and compute its outputs.

    The same functions are returned for the same structure, so that compiled
    code is reused.
    """
    optimizer = _optimizer(plan)

    def objective(trained: Any, averages: Any, frozen: Any, X: Any, wanted: Any) -> Any:
        outputs, averages = eqx.combine(trained, averages, frozen).in_training(X)
        value = loss_of(outputs, wanted, plan.loss)
        if plan.weight_decay:
            value = value + penalty(trained, plan.weight_decay)
        return value, averages

    slope = _median_slope(objective, plan.median_of)

    def one_step(state: State, data: Data) -> State:
        X, wanted, order = _rows_of_step(state, data, plan.batch_size)
        parts = state.trained, state.averages, data.frozen
        (loss, averages), gradient = slope(*parts, X, wanted)
        fine = jnp.isfinite(loss) & (loss <= data.limit)
        updates, memory = optimizer.update(gradient, state.memory, state.trained)
        updates = scaled_by_rates(updates, layers, plan.rule == "adam")
        moved = jax.tree.map(lambda w, u: w + data.learning_rate * u, state.trained, updates)
        if plan.temperature:
            noise_key = jax.random.fold_in(jax.random.fold_in(state.key, state.step), 1)
            moved = shaken(moved, layers, noise_key, 2.0 * data.learning_rate * plan.temperature)
        return State(
            trained=moved,
            averages=averages,
            memory=memory,
            step=state.step + 1,
            diverged_step=jnp.where(fine, state.diverged_step, state.step),
            order=order,
            key=state.key,
        )

    def advance(state: State, data: Data, target: Any) -> State:
        return jax.lax.while_loop(
            lambda now: (now.step < target) & (now.diverged_step < 0),
            lambda now: one_step(now, data),
            state,
        )

    def look(state: State, data: Data) -> tuple[Any, Any]:
        network = state.network(data)
        return network(data.X), network(data.X_test)

    return advance, look


def _median_slope(objective: Callable[..., Any], parts: int) -> Callable[..., Any]:
    """Loss, averages and gradient; with several parts, the median of their gradients."""
    slope: Callable[..., Any] = jax.value_and_grad(objective, has_aux=True)
    if parts == 1:
        return slope

    def median(trained: Any, averages: Any, frozen: Any, X: Any, wanted: Any) -> tuple[Any, Any]:
        shared = [rows.reshape(parts, -1, rows.shape[1]) for rows in (X, wanted)]
        of_parts = jax.vmap(slope, in_axes=(None, None, None, 0, 0))
        (loss, _), gradients = of_parts(trained, averages, frozen, *shared)
        return (loss.mean(), averages), jax.tree.map(_median, gradients)

    return median


def _median(parts: Any) -> Any:
    """Median along the first axis; for three parts by comparisons, 10 times faster than a sort."""
    if len(parts) != 3:
        return jnp.median(parts, axis=0)
    low, high = jnp.minimum(parts[0], parts[1]), jnp.maximum(parts[0], parts[1])
    return jnp.maximum(low, jnp.minimum(high, parts[2]))


def _rows_of_step(state: State, data: Data, batch_size: int | None) -> tuple[Any, Any, Any]:
    """Rows and targets of the next step, and the order of rows in this epoch."""
    if batch_size is None:
        return data.X, data.targets, state.order
    n_batches = len(data.X) // batch_size
    place = state.step % n_batches
    epoch_key = jax.random.fold_in(state.key, state.step)
    order = jax.lax.cond(
        place == 0,
        lambda: jax.random.permutation(epoch_key, state.order),
        lambda: state.order,
    )
    rows = jax.lax.dynamic_slice_in_dim(order, place * batch_size, batch_size)
    return data.X[rows], data.targets[rows], order
