"""Records of many runs that are trained by steps, kept until all runs are done."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from riskcast.lab.batching import Batch
from riskcast.lab.jax_network import as_network
from riskcast.lab.network import Network
from riskcast.lab.records import Job, Records, stacked, summarize, watch
from riskcast.lab.settings import Training
from riskcast.lab.snapshots import Observable

FloatArray = NDArray[np.float64]


class Recorder:
    """Collect the records of all runs, step by step.

    Parameters
    ----------
    jobs : list of Job
    plan : Training
    watched : mapping of str to callable
        Observables by name.
    speeds : list of float
        Learning rate of each run.
    tops : list of float
        Largest eigenvalue of each run's NTK over the sample size, before training.
    """

    def __init__(
        self,
        jobs: list[Job],
        plan: Training,
        watched: Mapping[str, Observable],
        speeds: list[float],
        tops: list[float],
    ) -> None:
        self._jobs, self._plan, self._watched = jobs, plan, watched
        self._speeds, self._tops = speeds, tops
        self._summaries: list[list[tuple[FloatArray, ...]]] = [[] for _ in jobs]
        self._seen: list[list[dict[str, FloatArray]]] = [[] for _ in jobs]
        self._final: list[Network] = [job.network for job in jobs]
        self._diverged = [-1] * len(jobs)

    def take(self, index: int, step: int, batch: Batch) -> None:
        """Record all runs at one step."""
        last = step == self._plan.steps
        networks = batch.networks() if self._watched or last else [None] * len(self._jobs)
        stopped = batch.diverged_steps()
        outputs = batch.outputs()
        for place, (job, tree) in enumerate(zip(self._jobs, networks, strict=True)):
            train, test = (np.asarray(part[place], dtype=np.float64) for part in outputs)
            with np.errstate(over="ignore", invalid="ignore"):
                summary = summarize(job, self._plan.loss, train[None], test[None])
            if self._diverged[place] < 0 and stopped[place] >= 0:
                self._diverged[place] = int(stopped[place])
            if self._diverged[place] < 0 and not np.isfinite(summary[2]).all():
                self._diverged[place] = step
            self._summaries[place].append(tuple(part[0] for part in summary))
            if tree is not None:
                network = as_network(tree, job.network)
                self._final[place] = network
                if self._watched:
                    self._seen[place].append(self._watch(place, job, network, step))

    def _watch(self, place: int, job: Job, network: Network, step: int) -> dict[str, FloatArray]:
        """Observables at a step; all NaN, in the earlier shapes, for a diverged run."""
        if self._diverged[place] < 0:
            return watch(job, self._watched, network, self._speeds[place] * step)
        before = self._seen[place][-1]
        return {name: np.full_like(value, np.nan) for name, value in before.items()}

    def records(self, steps: NDArray[np.int64]) -> list[Records]:
        """Return the records of each run, with NaN from its divergence on."""
        found = []
        for place in range(len(self._jobs)):
            summary = [np.array(part) for part in zip(*self._summaries[place], strict=True)]
            gone = (self._diverged[place] >= 0) & (steps >= self._diverged[place])
            seen = stacked(self._seen[place]) if self._seen[place] else {}
            for part in (*summary, *seen.values()):
                part[gone] = np.nan
            found.append(
                Records(
                    times=self._speeds[place] * steps.astype(np.float64),
                    learning_rate=self._speeds[place],
                    tangent_top=self._tops[place],
                    errors_and_losses=(summary[0], summary[1], summary[2], summary[3]),
                    observables=seen,
                    final=self._final[place],
                    diverged_step=self._diverged[place],
                )
            )
        return found
