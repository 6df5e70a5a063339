"""Registry of observables by name."""

from __future__ import annotations

from typing import TypeVar

from riskcast.lab.snapshots import Observable

_KNOWN: dict[str, Observable] = {}

_Function = TypeVar("_Function", bound=Observable)


def observable(function: _Function) -> _Function:
    """Register an observable under its function name; a decorator."""
    _KNOWN[function.__name__] = function
    return function


def known() -> list[str]:
    """Return the names of all observables."""
    return sorted(_KNOWN)


def named(name: str) -> Observable:
    """Return the observable with this name.

    Raises
    ------
    ValueError
        If there is no such observable.
    """
    if name not in _KNOWN:
        raise ValueError(f"observables: got {name!r}; give one of {', '.join(known())}")
    return _KNOWN[name]
