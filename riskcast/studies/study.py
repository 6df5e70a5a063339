"""The form of a study: experiments, claims and figures of one paper."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any, TypeVar

from riskcast.studies.claims import Claim, Verdict

__all__ = ["SCALES", "Experiment", "Figure", "Measurements", "Study"]

SCALES = ("smoke", "full")
_GENERATOR = "rng"  # the parameter that receives an experiment's random generator

Function = TypeVar("Function", bound=Callable[..., Any])


class Measurements(SimpleNamespace):
    """Measurements of an experiment: arrays by name, read as attributes."""


@dataclass(frozen=True)
class Experiment:
    """A function that takes measurements, and the parameters that it takes."""

    name: str
    summary: str
    function: Callable[..., Mapping[str, Any]]
    parameters: tuple[str, ...]
    random: bool


@dataclass(frozen=True)
class Figure:
    """A function that draws measurements on a Matplotlib figure."""

    name: str
    caption: str
    draw: Callable[..., None]
    needs: tuple[str, ...]


@dataclass
class Study:
    """The claims of a paper and the experiments that re-test them.

    Functions are added by decorators. The names of their parameters say what
    they receive: an experiment takes parameters of the scale, and `rng` if it
    draws random numbers; a claim takes experiments; a figure takes `figure`, then
    experiments. Their docstrings become the texts of the report.

    Parameters
    ----------
    paper : str
        Title, as in the catalogue.
    source : str
        Authors, journal or archive number, and year.
    smoke, full : dict
        Parameters at the two scales, with the same names. Smoke takes seconds,
        full takes minutes on two cores.
    limits : str, default ""
        Limitations of the experiments compared with those of the paper.
    seed : int, default 0
        Seed of all random numbers.
    name : str, default ""
        Name of the study; by default that of its file.

    Examples
    --------
    >>> import numpy as np
    >>> from riskcast.studies import Study, judge, run_study
    >>> study = Study("Coins", source="folklore", smoke={"tosses": 100}, full={"tosses": 10_000})
    >>> @study.experiment
    ... def toss(rng, tosses):
    ...     return {"heads": rng.integers(0, 2, tosses)}
    >>> @study.claim(refuted_if="the share of heads is beyond 0.4 to 0.6")
    ... def fair(toss):
    ...     '''A coin is fair.'''
    ...     share = toss.heads.mean()
    ...     return judge(0.4 < share < 0.6, value=share, seen="share of heads")
    >>> run_study(study).verdicts["fair"].outcome
    'reproduced'
    """

    paper: str
    source: str
    smoke: dict[str, Any]
    full: dict[str, Any]
    limits: str = ""
    seed: int = 0
    name: str = ""
    experiments: dict[str, Experiment] = field(default_factory=dict, init=False)
    claims: dict[str, Claim] = field(default_factory=dict, init=False)
    figures: dict[str, Figure] = field(default_factory=dict, init=False)

    def __post_init__(self) -> None:
        if set(self.smoke) != set(self.full):
            odd = ", ".join(sorted(set(self.smoke) ^ set(self.full)))
            raise ValueError(f"{self.paper}: {odd} given at one scale only; give it at both")

    def experiment(self, function: Function) -> Function:
        """Add an experiment: a function of the scale's parameters that returns arrays by name."""
        taken = tuple(inspect.signature(function).parameters)
        parameters = tuple(name for name in taken if name != _GENERATOR)
        for name in parameters:
            if name not in self.smoke:
                raise ValueError(
                    f"{function.__name__}: takes {name!r}, which is no parameter of the scales; "
                    f"they have {', '.join(self.smoke)}"
                )
        self.experiments[function.__name__] = Experiment(
            function.__name__, _text(function), function, parameters, _GENERATOR in taken
        )
        return function

    def claim(
        self, *, refuted_if: str, figure: str | None = None
    ) -> Callable[[Callable[..., Verdict]], Callable[..., Verdict]]:
        """Add a claim: a function of measurements that returns a verdict.

        Parameters
        ----------
        refuted_if : str
            The number or inequality that would refute it.
        figure : str, optional
            Name of the figure that shows the claim.
        """

        def add(check: Callable[..., Verdict]) -> Callable[..., Verdict]:
            needs = self._known(check, 0)
            name = check.__name__
            self.claims[name] = Claim(name, _text(check), refuted_if, check, needs, figure)
            return check

        return add

    def figure(self, draw: Function) -> Function:
        """Add a figure: a function of an empty Matplotlib figure and of measurements."""
        needs = self._known(draw, 1)
        self.figures[draw.__name__] = Figure(draw.__name__, _text(draw), draw, needs)
        return draw

    def parameters(self, scale: str) -> dict[str, Any]:
        """Return the parameters of a scale."""
        if scale not in SCALES:
            raise ValueError(f"scale: got {scale!r}; give {' or '.join(SCALES)}")
        return dict(self.smoke if scale == "smoke" else self.full)

    def _known(self, function: Callable[..., Any], skipped: int) -> tuple[str, ...]:
        """Return the names of the experiments that a function takes."""
        needs = tuple(inspect.signature(function).parameters)[skipped:]
        for name in needs:
            if name not in self.experiments:
                known = ", ".join(self.experiments) or "none yet"
                raise ValueError(
                    f"{function.__name__}: takes {name!r}, which is no experiment above it "
                    f"(there: {known})"
                )
        return needs


def _text(function: Callable[..., Any]) -> str:
    return " ".join((inspect.getdoc(function) or "").split())
