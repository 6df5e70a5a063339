"""Checks at the door of the laboratory: those of all numbers, of names and of seeds."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from riskcast.checks import count, number, positive

__all__ = ["count", "number", "one_of", "positive", "seed"]


def one_of(value: Any, name: str, known: Collection[str]) -> str:
    """One of several names."""
    if value not in known:
        raise ValueError(f"{name}: got {value!r}; give one of {', '.join(map(repr, known))}")
    return str(value)


def seed(value: Any) -> int:
    """A seed: a whole number >= 0."""
    return count(value, "seed", least=0)
