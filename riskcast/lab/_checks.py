"""Checks at the door of the laboratory: those of all numbers, of names and of seeds."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from riskcast.checks import below_one, count, number, positive

__all__ = ["below_one", "count", "count_fields", "number", "one_of", "positive", "seed"]


def count_fields(settings: Any, *names: str, least: int = 1) -> None:
    """Fields of a frozen dataclass that count: checked, and kept as the integers they are."""
    for name in names:
        object.__setattr__(settings, name, count(getattr(settings, name), name, least))


def one_of(value: Any, name: str, known: Collection[str]) -> str:
    """One of several names."""
    if value not in known:
        raise ValueError(f"{name}: got {value!r}; give one of {', '.join(map(repr, known))}")
    return str(value)


def seed(value: Any) -> int:
    """A seed: a whole number >= 0."""
    return count(value, "seed", least=0)
