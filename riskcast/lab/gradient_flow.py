"""Gradient flow of any student, by adaptive integration in double precision.

Uses Tsitouras' fifth-order method. For stiff problems the error control keeps
the steps near the stability limit, so that stiffness costs time (the number of
gradients is about twice the relative time) but no accuracy.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import lru_cache
from typing import Any

import numpy as np

from riskcast.lab.jax_network import (
    TrainableNetwork,
    as_network,
    eqx,
    jax,
    jnp,
    loss_of,
    penalty,
    ravel_pytree,
    scaled_by_rates,
)
from riskcast.lab.parametrization import Layer
from riskcast.lab.records import Job, Records, stacked, summarize, watch
from riskcast.lab.settings import Training
from riskcast.lab.snapshots import Observable

try:
    import diffrax
except ImportError as error:  # pragma: no cover - depends on the environment
    raise ImportError(
        "gradient flow of whole networks needs diffrax; install it with: "
        "pip install 'riskcast[lab]'"
    ) from error

_MAX_STEPS = 1_000_000


def flow_records(job: Job, plan: Training, watched: Mapping[str, Observable]) -> Records:
    """Integrate the flow of one seed and record it."""
    top = job.network.tangent_top(job.draw.X_train)
    times = plan.record_times() / (top if plan.relative else 1.0)
    with jax.enable_x64(True):
        whole = TrainableNetwork.of(job.network, np.float64)
        trained, _, frozen = whole.split(job.network.trained_layers)
        start, unravel = ravel_pytree(trained)
        solve = _solver(job.network.layers, plan.loss)
        X, wanted = jnp.asarray(job.draw.X_train), jnp.asarray(job.targets)
        arguments = (trained, frozen, X, wanted, jnp.asarray(plan.weight_decay))
        path, finished = solve(start, arguments, jnp.asarray(times), 0.1 / top, plan.tolerance)
        networks = [as_network(eqx.combine(unravel(row), frozen), job.network) for row in path]
    outputs = [
        np.stack([network(rows) for network in networks])
        for rows in (job.draw.X_train, job.draw.X_test)
    ]
    if not bool(finished):
        raise ValueError(
            f"last_time: {times[-1]:g} was not reached within {_MAX_STEPS} steps of integration "
            f"(seed {job.seed}); give an earlier one, or train by steps"
        )
    seen = [
        watch(job, watched, network, float(time))
        for network, time in zip(networks, times, strict=True)
        if watched
    ]
    return Records(
        times=times,
        learning_rate=np.nan,
        tangent_top=top,
        errors_and_losses=summarize(job, plan.loss, outputs[0], outputs[1]),
        observables=stacked(seen) if seen else {},
        final=networks[-1],
    )


@lru_cache(maxsize=64)
def _solver(layers: tuple[Layer, ...], loss: str) -> Callable[..., Any]:
    """Compile the integration for one network structure."""

    def downhill(_: Any, flat: Any, arguments: Any) -> Any:
        like, frozen, X, wanted, decay = arguments
        unravel = ravel_pytree(like)[1]

        def objective(now: Any) -> Any:
            return loss_of(eqx.combine(now, frozen)(X), wanted, loss) + penalty(now, decay)

        gradient = jax.grad(objective)(unravel(flat))
        return -ravel_pytree(scaled_by_rates(gradient, layers, adam=False))[0]

    @jax.jit  # type: ignore[untyped-decorator]
    def solve(start: Any, arguments: Any, times: Any, first_step: Any, tolerance: Any) -> Any:
        solution = diffrax.diffeqsolve(
            diffrax.ODETerm(downhill),
            diffrax.Tsit5(),
            t0=times[0],
            t1=times[-1],
            dt0=first_step,
            y0=start,
            args=arguments,
            saveat=diffrax.SaveAt(ts=times),
            stepsize_controller=diffrax.PIDController(rtol=tolerance, atol=0.01 * tolerance),
            max_steps=_MAX_STEPS,
            throw=False,
        )
        return solution.ys, solution.result == diffrax.RESULTS.successful

    return solve
