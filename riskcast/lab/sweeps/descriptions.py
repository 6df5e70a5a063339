"""What an experiment was made with, in words that JSON can keep and compare."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from typing import Any

import numpy as np

from riskcast.lab.tasks import GivenData
from riskcast.spectra import Population


def describe(thing: Any) -> Any:
    """A task, student, training or value as JSON; arrays and populations by fingerprint."""
    if isinstance(thing, GivenData):
        named = {"X": fingerprint(thing.X), "y": fingerprint(thing.y)}
        return {"kind": "GivenData", **_fields(thing, ("X", "y")), **named}
    if isinstance(thing, Population):
        parts = fingerprint(thing.eigenvalues) + fingerprint(thing.coefficients)
        return {"kind": repr(thing), "fingerprint": fingerprint_of(parts)}
    if is_dataclass(thing):
        return {"kind": type(thing).__name__, **_fields(thing, ())}
    if isinstance(thing, Mapping):
        return {str(name): describe(value) for name, value in thing.items()}
    if isinstance(thing, list | tuple | range):
        return [describe(value) for value in thing]
    if isinstance(thing, np.generic):
        return thing.item()
    if isinstance(thing, np.ndarray):
        return {"array": list(thing.shape), "fingerprint": fingerprint(thing)}
    if thing is None or isinstance(thing, bool | int | float | str):
        return thing
    if callable(thing):
        return name_of(thing)
    raise TypeError(f"{type(thing).__name__}: cannot be kept in a store; give numbers or names")


def _fields(thing: Any, without: tuple[str, ...]) -> dict[str, Any]:
    names = [field.name for field in fields(thing) if field.name not in without]
    return {name: describe(getattr(thing, name)) for name in names}


def name_of(function: Callable[..., Any]) -> str:
    """Where a function is from, and its code's fingerprint, so that an edit is noticed."""
    where = f"{function.__module__}.{getattr(function, '__qualname__', repr(function))}"
    code = getattr(function, "__code__", None)
    if code is None:
        return where
    return f"{where} [{fingerprint_of(code.co_code.hex() + repr(code.co_consts))}]"


def fingerprint(array: Any) -> str:
    """Twelve digits that change when an array's numbers, shape or type do."""
    values = np.asarray(array)
    if values.dtype.kind in "OU":
        return fingerprint_of(json.dumps(values.tolist(), default=str))
    kind = f"{values.dtype.str}{values.shape}".encode()
    return hashlib.sha256(kind + np.ascontiguousarray(values).tobytes()).hexdigest()[:12]


def fingerprint_of(text: str) -> str:
    """Twelve digits that change when a text does."""
    return hashlib.sha256(text.encode()).hexdigest()[:12]


def differences(before: Any, now: Any, where: str = "") -> list[str]:
    """What differs between two descriptions, one line each, by its path."""
    if isinstance(before, dict) and isinstance(now, dict):
        found = []
        for name in [*before, *(name for name in now if name not in before)]:
            path = f"{where}.{name}" if where else name
            if name not in now:
                found.append(f"{path}: {_short(before[name])} in the store, absent now")
            elif name not in before:
                found.append(f"{path}: absent in the store, {_short(now[name])} now")
            else:
                found += differences(before[name], now[name], path)
        return found
    if before == now:
        return []
    return [f"{where}: {_short(before)} in the store, {_short(now)} now"]


def _short(value: Any) -> str:
    text = json.dumps(value)
    return text if len(text) <= 60 else f"{text[:57]}..."
