"""Run a study: take the measurements that are not stored yet, then judge the claims."""

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
    """Result of running a study: its measurements and verdicts.

    Attributes
    ----------
    study : Study
    scale : str
    kept : dict of str to Kept
        Measurements of each experiment, with time and duration.
    verdicts : dict of str to Verdict
        Verdict on each claim.
    """

    study: Study
    scale: str
    kept: dict[str, Kept]
    verdicts: dict[str, Verdict]

    @property
    def seconds(self) -> float:
        """Total duration of the experiments in seconds, when they were run."""
        return sum(kept.seconds for kept in self.kept.values())

    def measured(self, claim: Claim) -> float:
        """Time of the newest measurement behind a claim, in seconds since the epoch."""
        return max(self.kept[name].measured for name in claim.needs)

    def draw(self, name: str) -> Any:
        """Draw one figure of the study as a Matplotlib figure."""
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
    """Run the experiments of a study and judge its claims.

    Parameters
    ----------
    study : Study
    scale : {"smoke", "full"}, default "smoke"
    store : Store, optional
        Storage of measurements, so that only changed experiments run again; by
        default nothing is stored.
    changed : mapping, optional
        Parameters to change, such as a size, or a sabotage that should refute
        claims.
    progress : callable, optional
        Called with a stage, the amount done, and the total amount.

    Returns
    -------
    StudyRun

    Raises
    ------
    ValueError
        If the scale or a changed parameter is unknown.
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
    """Return a digest of everything that a verdict depends on."""
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
        # Each experiment has its own stream, so that adding one leaves the others unchanged.
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
    """Copy measurements, so that a check cannot modify the originals."""
    return Measurements(**{name: value.copy() for name, value in vars(measurements).items()})
