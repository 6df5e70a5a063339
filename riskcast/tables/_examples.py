"""Data sets that scikit-learn ships, which need no download."""

from __future__ import annotations

from typing import Any

from riskcast.exceptions import InputError, near_misses

EXAMPLE_PREFIX = "example:"
EXAMPLES = ("breast_cancer", "diabetes", "digits", "iris", "linnerud", "wine")


def read_example(source: str) -> tuple[str, Any, str, tuple[str, ...]]:
    """Read ``example:NAME``: source, frame, name of the target, and names of other targets."""
    from sklearn import datasets

    name = source.removeprefix(EXAMPLE_PREFIX)
    if name not in EXAMPLES:
        raise InputError(f"{source}: there is no such example; {near_misses(name, EXAMPLES)}")
    bunch = getattr(datasets, f"load_{name}")(as_frame=True)
    frame = bunch.frame
    frame.columns = [str(column) for column in frame.columns]
    if name == "linnerud":
        first, *others = (str(column) for column in bunch.target.columns)
        return source, frame, first, tuple(others)
    if name in ("breast_cancer", "iris", "wine"):
        frame["target"] = [str(bunch.target_names[code]) for code in frame["target"]]
    return source, frame, "target", ()
