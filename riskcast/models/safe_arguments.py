"""Check the parameter values of estimators described by strings.

A string may come from an untrusted source, so it must not make an estimator read or write files,
start more processes than there are cores, or request excessive memory and time.
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Iterable
from typing import Any

from riskcast.exceptions import InputError

_MOST = 10_000  # of objects created: trees, folds, components
_MOST_BOUNDED = 10_000_000  # of amounts also bounded by data or convergence: iterations, leaves
_MOST_WEIGHTS = 10_000_000  # of a network
_MOST_CANDIDATES = 10_000  # of a grid search

_LIMITS = {"degree": 100, "n_features": 1 << 24}
_BOUNDED = frozenset({"subsample", "batch_size", "block_size", "n_quantiles", "init_size"})
# Data values, not amounts, so any number is allowed. scikit-learn checks seeds.
_OF_DATA = frozenset(
    {
        "categories", "classes", "class_prior", "class_weight", "constant", "encoded_missing_value",
        "fill_value", "missing_values", "neg_label", "outlier_label", "pos_label", "random_state",
        "unknown_value",
    }
)  # fmt: skip
# Dictionaries whose keys are arbitrary names, not parameters.
_OWN_KEYS = frozenset({"class_weight", "transformer_weights", "vocabulary"})


def check_argument(estimator: str, name: str, value: Any) -> None:
    """Raise an error if a value would access files, run code, or exhaust the machine.

    Parameters
    ----------
    estimator : str
        Name for the message.
    name : str
        Name of the parameter, or key of a grid such as "fit__memory".
    value : object
        The parsed value.

    Raises
    ------
    InputError
    """
    plain = name.rpartition("__")[2]
    if plain in _RULES:
        allowed, wanted = _RULES[plain]
        if not allowed(value):
            raise InputError(f"model {estimator!r}: {name}={_short(value)}: {wanted}")
    if plain not in _OF_DATA:
        _check_amounts(estimator, name, _limit(plain), value)
    for key, inner in _pairs(value) if plain not in _OWN_KEYS else ():
        if isinstance(key, str):
            for choice in inner if isinstance(inner, (list, tuple)) else (inner,):
                check_argument(estimator, key, choice)
    if plain.startswith("param_"):
        _check_grid(estimator, name, value)
    if plain == "hidden_layer_sizes":
        _check_layers(estimator, name, value)


def _is_number_of_jobs(value: Any) -> bool:
    cores = os.cpu_count() or 1
    return value is None or (_is_whole(value) and (value == -1 or 1 <= value <= cores))


def _is_public_path(value: Any) -> bool:
    return isinstance(value, str) and not any(part.startswith("_") for part in value.split("."))


_NO_FUNCTION: tuple[Callable[[Any], bool], str] = (
    lambda value: value is None,
    "takes a function, which is not supported; leave it out",
)
_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "memory": (
        lambda value: value is None,
        "reads and writes cache files, which is not allowed; leave it out",
    ),
    "input": (lambda value: value == "content", "reads files; only 'content' is allowed"),
    "n_jobs": (
        _is_number_of_jobs,
        f"use -1, or an integer from 1 to {os.cpu_count() or 1}, the number of cores",
    ),
    "pre_dispatch": (
        lambda value: _is_whole(value) or value in ("all", "2*n_jobs"),
        "expressions are not evaluated; leave it out, or use an integer",
    ),
    "verbose_feature_names_out": (
        lambda value: isinstance(value, bool),
        "format strings are not allowed; use True or False",
    ),
    "importance_getter": (
        _is_public_path,
        "must be 'auto' or the name of a public attribute; leave it out",
    ),
    **dict.fromkeys(
        (
            "callback", "func", "inverse_func", "is_data_valid", "is_model_valid", "pooling_func",
            "preprocessor", "score_func", "tokenizer",
        ),
        _NO_FUNCTION,
    ),
}  # fmt: skip


def _limit(name: str) -> int:
    if name.startswith(("max_", "min_")) or name in _BOUNDED:
        return _MOST_BOUNDED
    return _LIMITS.get(name, _MOST)


def _check_amounts(estimator: str, name: str, limit: int, value: Any) -> None:
    """Raise an error for integers beyond a limit, also in containers."""
    if isinstance(value, (list, tuple)):
        for item in value:
            _check_amounts(estimator, name, limit, item)
    elif _is_whole(value) and value > limit:
        raise InputError(
            f"model {estimator!r}: {name}={_short(value)}: use at most {limit:,}; write a real "
            "number with a point, such as 1.0e9"
        )


def _check_grid(estimator: str, name: str, grid: Any) -> None:
    """Raise an error if a grid has too many combinations."""
    grids = grid if isinstance(grid, (list, tuple)) else [grid]
    sizes = (
        math.prod(len(values) for _, values in _pairs(one) if isinstance(values, (list, tuple)))
        for one in grids
    )
    count = sum(sizes)
    if count > _MOST_CANDIDATES:
        raise InputError(
            f"model {estimator!r}: {name}: has {_short(count)} combinations; use at most "
            f"{_MOST_CANDIDATES:,}"
        )


def _check_layers(estimator: str, name: str, sizes: Any) -> None:
    """Raise an error if a network has too many weights."""
    for item in sizes if isinstance(sizes, list) else ():  # candidates of a grid
        _check_layers(estimator, name, item)
    layers = [size for size in sizes if _is_whole(size)] if isinstance(sizes, (list, tuple)) else []
    weights = sum(a * b for a, b in itertools.pairwise(layers))
    if weights > _MOST_WEIGHTS:
        raise InputError(
            f"model {estimator!r}: {name}={_short(sizes)}: gives {weights:,} weights; use smaller "
            f"layers, with at most {_MOST_WEIGHTS:,} weights"
        )


def _pairs(value: Any) -> Iterable[tuple[Any, Any]]:
    """Iterate over items of a dictionary, or of the dictionaries in a list."""
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _pairs(item)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _short(value: Any) -> str:
    """Format a value briefly; Python does not print integers of thousands of digits."""
    try:
        text = repr(value)
    except ValueError:
        return "an integer of thousands of digits"
    return text if len(text) <= 60 else text[:57] + "..."
