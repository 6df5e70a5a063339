"""A sweep as a file: TOML in, plan out."""

from __future__ import annotations

import os
import tomllib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from riskcast.lab.normalization import BatchNormalization
from riskcast.lab.settings import Training
from riskcast.lab.students import FullyConnected
from riskcast.lab.tasks import (
    GivenData,
    ModularArithmetic,
    SparseParity,
    Task,
    TeacherStudent,
    XORClusters,
)
from riskcast.spectra import Population

from .plans import SweepPlan

TASKS: dict[str, Callable[..., Task]] = {
    "teacher_student": TeacherStudent,
    "xor_clusters": XORClusters,
    "modular_arithmetic": ModularArithmetic,
    "sparse_parity": SparseParity,
    "digits": GivenData.digits,
    "mnist": GivenData.mnist,
}

POPULATIONS: dict[str, Callable[..., Population]] = {
    "isotropic": Population.isotropic,
    "power_law": Population.power_law,
    "spiked": Population.spiked,
    "block": Population.block,
}

_SECTIONS = ("task", "student", "training", "axes", "sweep")


@dataclass(frozen=True)
class Configuration:
    """What a configuration file asks for.

    Attributes
    ----------
    plan : SweepPlan
    store : Path or None
        Folder for the cells, as the file names it; relative to the file.
    n_jobs : int
        Cells to run at a time.
    """

    plan: SweepPlan
    store: Path | None
    n_jobs: int


def read(path: str | os.PathLike[str]) -> Configuration:
    """Read a configuration file.

    Sections: ``[task]`` with its ``kind`` and fields, ``[student]`` and
    ``[training]`` with theirs (``batch_norm`` as a table), ``[axes]`` with lists of values, and
    ``[sweep]`` with seeds, observables, store and n_jobs.

    Raises
    ------
    ValueError
        If the file is no TOML, or asks for what there is not; the message
        names the section.
    """
    place = Path(path)
    if place.exists() and not place.is_file():
        raise ValueError(f"{place}: is no ordinary file; give the name of a TOML file")
    try:
        content = tomllib.loads(place.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ValueError(f"{place}: is no TOML ({error})") from error
    for section, fields in content.items():
        if section not in _SECTIONS or not isinstance(fields, dict):
            known = ", ".join(f"[{name}]" for name in _SECTIONS)
            raise ValueError(f"{place}: {section!r} is no section; known are {known}")
    rest = dict(content.get("sweep", {}))
    store, n_jobs = rest.pop("store", None), rest.pop("n_jobs", 1)
    if not isinstance(n_jobs, int) or isinstance(n_jobs, bool) or n_jobs == 0:
        raise ValueError(f"{place}: [sweep] n_jobs is {n_jobs!r}; give a number of cores, or -1")
    if store is not None and not isinstance(store, str):
        raise ValueError(f"{place}: [sweep] store is {store!r}; give the name of a folder")
    plan = _made(
        f"{place}: [axes] or [sweep]",
        SweepPlan,
        {
            "task": _task(place, content.get("task", {})),
            "student": _student(place, content.get("student", {})),
            "training": _made(f"{place}: [training]", Training, content.get("training", {})),
            "axes": content.get("axes", {}),
            **rest,
        },
    )
    return Configuration(plan, None if store is None else place.parent / store, n_jobs)


def _task(place: Path, fields: Mapping[str, Any]) -> Task:
    given = dict(fields)
    kind = given.pop("kind", None)
    if kind not in TASKS:
        raise ValueError(f"{place}: [task] kind is {kind!r}; give one of {', '.join(TASKS)}")
    if isinstance(given.get("inputs"), dict):
        inputs = dict(given["inputs"])
        family = inputs.pop("kind", None)
        if family not in POPULATIONS:
            raise ValueError(
                f"{place}: [task] inputs.kind is {family!r}; give one of {', '.join(POPULATIONS)}"
            )
        given["inputs"] = _made(f"{place}: [task] inputs", POPULATIONS[family], inputs)
    return _made(f"{place}: [task]", TASKS[kind], given)


def _student(place: Path, fields: Mapping[str, Any]) -> FullyConnected:
    given = dict(fields)
    if isinstance(given.get("batch_norm"), dict):
        where = f"{place}: [student] batch_norm"
        given["batch_norm"] = _made(where, BatchNormalization, given["batch_norm"])
    student: FullyConnected = _made(f"{place}: [student]", FullyConnected, given)
    return student


def _made(where: str, make: Callable[..., Any], fields: Mapping[str, Any]) -> Any:
    """Call with the fields of a section; what it refuses is told with the section's name."""
    try:
        return make(**fields)
    except (TypeError, ValueError) as error:
        text = str(error).removeprefix(f"{getattr(make, '__name__', '')}.__init__() ")
        raise ValueError(f"{where}: {text}") from error
