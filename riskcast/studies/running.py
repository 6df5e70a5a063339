"""Run a study: measure what is not kept yet, then judge."""

from __future__ import annotations

import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from riskcast.studies.claims import Claim, Verdict
from riskcast.studies.fingerprints import fingerprint
from riskcast.studies.store import Kept, Store
from riskcast.studies.study import Experiment, Measurements, Study

__all__ = ["StudyRun", "claim_fingerprint", "run_study"]

Progress = Callable[[str, int, int], None]


@dataclass(frozen=True)
class StudyRun:
    """A study that was run: what was measured and what follows.

    Attributes
    ----------
    study : Study
    scale : str
    kept : dict of str to Kept
        Measurements of each experiment, with when and how long.
    verdicts : dict of str to Verdict
        Of each claim.
    """

    study: Study
    scale: str
    kept: dict[str, Kept]
    verdicts: dict[str, Verdict]

    @property
    def seconds(self) -> float:
        """How long the experiments took when they were run."""
        return sum(kept.seconds for kept in self.kept.values())

    def measured(self, claim: Claim) -> float:
        """When the newest measurement behind a claim was taken, in seconds of the epoch."""
        return max(self.kept[name].measured for name in claim.needs)

    def draw(self, name: str) -> Any:
        """One figure of the study, as a Matplotlib figure."""
        from riskcast.studies.drawing import house_style, new_figure

        drawing = self.study.figures[name]
        sheet = new_figure()
        with house_style():
            drawing.draw(sheet, *(self.kept[need].measurements for need in drawing.needs))
        return sheet


def run_study(
    study: Study,
    scale: str = "smoke",
    store: Store | None = None,
    *,
    changed: Mapping[str, Any] | None = None,
    progress: Progress | None = None,
) -> StudyRun:
    """Measure and judge.

    Parameters
    ----------
    study : Study
    scale : {"smoke", "full"}, default "smoke"
    store : Store, optional
        Where measurements are kept, so that only what changed is measured
        again; by default nothing is kept.
    changed : mapping, optional
        Parameters to change: another size, or a sabotage.
    progress : callable, optional
        Called with a stage, how much of it is done, and of how much.

    Returns
    -------
    StudyRun

    Raises
    ------
    ValueError
        If the scale or a changed parameter is not known.
    """
    parameters = study.parameters(scale)
    for name in changed or {}:
        if name not in parameters:
            known = ", ".join(parameters)
            raise ValueError(f"changed: {name!r} is no parameter of this study; it has {known}")
    parameters |= changed or {}
    kept = {}
    for done, experiment in enumerate(study.experiments.values()):
        if progress is not None:
            progress("measuring", done, len(study.experiments))
        kept[experiment.name] = _measured(study, experiment, parameters, store)
    verdicts = {
        name: claim.check(*(_copy(kept[need].measurements) for need in claim.needs))
        for name, claim in study.claims.items()
    }
    return StudyRun(study, scale, kept, verdicts)


def claim_fingerprint(study: Study, claim: Claim, scale: str) -> str:
    """Digest of everything a verdict depends on."""
    parameters = study.parameters(scale)
    experiments = [_fingerprint(study, study.experiments[name], parameters) for name in claim.needs]
    return fingerprint(claim.check, experiments)


def _measured(
    study: Study, experiment: Experiment, parameters: Mapping[str, Any], store: Store | None
) -> Kept:
    name = f"{experiment.name}-{_fingerprint(study, experiment, parameters)}" if store else ""
    known = store.get(name) if store else None
    if known is not None:
        return known
    arguments = {key: parameters[key] for key in experiment.parameters}
    if experiment.random:
        # Its own stream each: an experiment that is added leaves the others as they are.
        arguments["rng"] = np.random.default_rng([study.seed, zlib.crc32(experiment.name.encode())])
    start = time.perf_counter()
    values = experiment.function(**arguments)
    seconds = time.perf_counter() - start
    if store:
        return store.put(name, values, seconds)
    arrays = {key: np.asarray(value) for key, value in values.items()}
    return Kept(Measurements(**arrays), time.time(), seconds)


def _fingerprint(study: Study, experiment: Experiment, parameters: Mapping[str, Any]) -> str:
    taken = {name: parameters[name] for name in experiment.parameters}
    return fingerprint(experiment.function, taken, study.seed if experiment.random else None)


def _copy(measurements: Measurements) -> Measurements:
    """For a check to do with as it likes."""
    return Measurements(**{name: value.copy() for name, value in vars(measurements).items()})
