"""Checks at the door of the laboratory, each with a message that says what to do."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

import numpy as np


def count(value: Any, name: str, least: int = 1) -> int:
    """A whole number of at least `least`."""
    if isinstance(value, bool) or not np.isscalar(value) or isinstance(value, str):
        raise TypeError(f"{name}: got {value!r}; give a whole number >= {least}")
    if int(value) != value or value < least:  # type: ignore[arg-type,operator]
        raise ValueError(f"{name}: got {value!r}; give a whole number >= {least}")
    return int(value)  # type: ignore[arg-type]


def number(value: Any, name: str, least: float = 0.0, most: float = np.inf) -> float:
    """A finite number between two bounds, both allowed."""
    if isinstance(value, str | bool) or not np.isscalar(value):
        raise TypeError(f"{name}: got {value!r}; give a number")
    found = float(value)  # type: ignore[arg-type]
    if not (np.isfinite(found) and least <= found <= most):
        bound = f"from {least:g} to {most:g}" if np.isfinite(most) else f">= {least:g}"
        raise ValueError(f"{name}: got {value!r}; give a finite number {bound}")
    return found


def positive(value: Any, name: str) -> float:
    """A positive number, infinity allowed."""
    if isinstance(value, str | bool) or not np.isscalar(value):
        raise TypeError(f"{name}: got {value!r}; give a number")
    if not float(value) > 0.0:  # type: ignore[arg-type]
        raise ValueError(f"{name}: got {value!r}; give a positive number")
    return float(value)  # type: ignore[arg-type]


def one_of(value: Any, name: str, known: Collection[str]) -> str:
    """One of several names."""
    if value not in known:
        raise ValueError(f"{name}: got {value!r}; give one of {', '.join(map(repr, known))}")
    return str(value)


def seed(value: Any) -> int:
    """A seed: a whole number >= 0."""
    return count(value, "seed", least=0)
