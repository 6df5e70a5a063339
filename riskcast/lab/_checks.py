"""Input validation for the lab: numbers, names and seeds."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from riskcast._validation import below_one, count, number, positive

__all__ = ["below_one", "count", "count_fields", "number", "one_of", "positive", "seed"]


def count_fields(settings: Any, *names: str, least: int = 1) -> None:
    """Validate integer fields of a frozen dataclass and store them as ints."""
    for name in names:
        object.__setattr__(settings, name, count(getattr(settings, name), name, least))


def one_of(value: Any, name: str, known: Collection[str]) -> str:
    """Return the value if it is one of the known names."""
    if value not in known:
        raise ValueError(f"{name}: got {value!r}; give one of {', '.join(map(repr, known))}")
    return str(value)


def seed(value: Any) -> int:
    """Return a seed after checking that it is a non-negative integer."""
    return count(value, "seed", least=0)
