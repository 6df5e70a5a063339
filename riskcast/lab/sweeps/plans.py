"""A sweep as a list of cells: one for every combination of the axes' values."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from typing import Any

import numpy as np

from riskcast.lab.runs import Observables, checked_plan, seed_numbers
from riskcast.lab.settings import Training
from riskcast.lab.students import FullyConnected
from riskcast.lab.tasks import Task

from .descriptions import describe, fingerprint_of

_PARTS = ("task", "student", "training")


@dataclass(frozen=True)
class Cell:
    """One combination of the axes' values, with all seeds.

    Attributes
    ----------
    index : tuple of int
        Place on each axis.
    coordinates : dict
        Value on each axis.
    task, student, training
        What is run there.
    """

    index: tuple[int, ...]
    coordinates: dict[str, Any]
    task: Task
    student: FullyConnected
    training: Training

    @property
    def name(self) -> str:
        """A file name that says where the cell is, without an ending."""
        # As the store describes values, so that a stored sweep finds its cells again.
        words = [f"{axis}={describe(value)}" for axis, value in self.coordinates.items()]
        text = ",".join(words) or "only"
        readable = "".join(c if c.isalnum() or c in "=,.-" else "_" for c in text)[:80]
        return f"{readable}-{fingerprint_of(text)}"


@dataclass(frozen=True)
class SweepPlan:
    """Everything that decides what a sweep computes.

    Parameters
    ----------
    task : Task
    student : FullyConnected
    training : Training
    axes : mapping of str to sequence
        Values of any field of task, student or training. A name that two of
        them have is written with its owner, as "student.bias".
    seeds : int or sequence of int, default 50
        How many, from 0 on, or which.
    observables : sequence of str or mapping
        As in `train`.

    Raises
    ------
    ValueError
        If an axis has no owner, two, or no values.
    """

    task: Task
    student: FullyConnected
    training: Training
    axes: Mapping[str, Sequence[Any]]
    seeds: int | Sequence[int] = 50
    observables: Observables = ()
    _owners: dict[str, tuple[str, str]] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        checked_plan(self.task, self.student, self.training, {})
        if not isinstance(self.axes, Mapping):
            raise TypeError("axes: give a mapping of names to values, as in {'width': [10, 100]}")
        for axis, values in self.axes.items():
            if isinstance(values, str) or not np.iterable(values) or len(list(values)) == 0:
                raise ValueError(f"axes: {axis} has {values!r}; give a list of values")
            if len(set(map(repr, values))) < len(list(values)):
                raise ValueError(f"axes: {axis} has a value twice; give each once")
            self._owners[axis] = self._owner(axis)
        self.cells()  # impossible values fail here, before the work

    @property
    def seed_list(self) -> list[int]:
        """The seeds, one by one."""
        if isinstance(self.seeds, int | np.integer):
            return seed_numbers(range(int(self.seeds)))
        return seed_numbers(self.seeds)

    def _owner(self, axis: str) -> tuple[str, str]:
        """Which of task, student and training has a field of this name."""
        part, _, name = axis.rpartition(".")
        parts = {each: {f.name for f in fields(getattr(self, each))} for each in _PARTS}
        owners = [each for each, names in parts.items() if name in names and part in ("", each)]
        if not owners:
            known = sorted(set().union(*parts.values()))
            raise ValueError(f"axes: {axis!r} is no field; known are {', '.join(known)}")
        if len(owners) > 1:
            choices = " or ".join(f"{each}.{name}" for each in owners)
            raise ValueError(f"axes: {axis!r} is a field of several; write {choices}")
        return owners[0], name

    def cells(self) -> list[Cell]:
        """All cells, the last axis running fastest."""
        names = list(self.axes)
        indexed = [list(enumerate(_plain(self.axes[name]))) for name in names]
        return [
            self._cell(dict(zip(names, chosen, strict=True)))
            for chosen in itertools.product(*indexed)
        ]

    def _cell(self, chosen: dict[str, tuple[int, Any]]) -> Cell:
        changed: dict[str, dict[str, Any]] = {part: {} for part in _PARTS}
        for axis, (_, value) in chosen.items():
            part, name = self._owners[axis]
            changed[part][name] = value
        return Cell(
            index=tuple(place for place, _ in chosen.values()),
            coordinates={axis: value for axis, (_, value) in chosen.items()},
            task=replace(self.task, **changed["task"]),  # type: ignore[type-var]
            student=replace(self.student, **changed["student"]),
            training=replace(self.training, **changed["training"]),
        )

    def description(self) -> dict[str, Any]:
        """What the store keeps; fields that an axis replaces are left out."""
        watched = self.observables
        parts = {part: describe(getattr(self, part)) for part in _PARTS}
        for part, name in self._owners.values():
            parts[part].pop(name)
        return {
            **parts,
            "axes": {name: describe(_plain(values)) for name, values in self.axes.items()},
            "seeds": self.seed_list,
            "observables": describe(watched if isinstance(watched, Mapping) else list(watched)),
        }


def _plain(values: Sequence[Any]) -> list[Any]:
    """Values as Python has them, so that a width of NumPy's is the same as one of Python's."""
    return [value.item() if isinstance(value, np.generic) else value for value in values]
