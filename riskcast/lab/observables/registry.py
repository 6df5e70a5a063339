"""Observables by name."""

from __future__ import annotations

from typing import TypeVar

from riskcast.lab.snapshots import Observable

_KNOWN: dict[str, Observable] = {}

_Function = TypeVar("_Function", bound=Observable)


def observable(function: _Function) -> _Function:
    """Make an observable known by its name; a decorator."""
    _KNOWN[function.__name__] = function
    return function


def known() -> list[str]:
    """Names of all observables."""
    return sorted(_KNOWN)


def named(name: str) -> Observable:
    """The observable of a name.

    Raises
    ------
    ValueError
        If there is none.
    """
    if name not in _KNOWN:
        raise ValueError(f"observables: got {name!r}; known are {', '.join(known())}")
    return _KNOWN[name]
