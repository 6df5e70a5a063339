"""Which values of an estimator's parameters a text may give.

A text may come from anywhere, so it must not make an estimator read or write files, start more
processes than there are cores, or ask for more memory and time than a machine has.
"""

from __future__ import annotations

import itertools
import math
import os
from collections.abc import Callable, Iterable
from typing import Any

from riskcast.exceptions import InputError

_MOST = 10_000  # of whatever is made as often as the number says: trees, folds, components
_MOST_BOUNDED = 10_000_000  # of what data or convergence bound as well: iterations, leaves
_MOST_WEIGHTS = 10_000_000  # of a network, from one layer to the next
_MOST_CANDIDATES = 10_000  # of a grid search

_LIMITS = {"degree": 100, "n_features": 1 << 24}
_BOUNDED = frozenset({"subsample", "batch_size", "block_size", "n_quantiles", "init_size"})
# Values of the data, not amounts: any number is as good as another. scikit-learn checks seeds.
_OF_DATA = frozenset(
    {
        "categories", "classes", "class_prior", "class_weight", "constant", "encoded_missing_value",
        "fill_value", "missing_values", "neg_label", "outlier_label", "pos_label", "random_state",
        "unknown_value",
    }
)  # fmt: skip
# Dictionaries whose keys are the user's own names, not those of parameters.
_OWN_KEYS = frozenset({"class_weight", "transformer_weights", "vocabulary"})


def check_argument(estimator: str, name: str, value: Any) -> None:
    """Refuse a value that would read or write files, run code, or exhaust the machine.

    Parameters
    ----------
    estimator : str
        For the message.
    name : str
        Of the parameter, or the key of a grid, as "fit__memory".
    value : object
        As parsed.

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
    "takes a function, which a text cannot give; leave it out",
)
_RULES: dict[str, tuple[Callable[[Any], bool], str]] = {
    "memory": (
        lambda value: value is None,
        "keeps results in files, and reads whatever lies there; leave it out",
    ),
    "input": (lambda value: value == "content", "reads files; only 'content' is allowed"),
    "n_jobs": (
        _is_number_of_jobs,
        f"give -1, or a whole number from 1 to {os.cpu_count() or 1}, the number of cores",
    ),
    "pre_dispatch": (
        lambda value: _is_whole(value) or value in ("all", "2*n_jobs"),
        "is an expression to be evaluated; leave it out, or give a whole number",
    ),
    "verbose_feature_names_out": (
        lambda value: isinstance(value, bool),
        "a text is filled in as a format; give True or False",
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
    """Refuse whole numbers beyond a limit, also inside of containers."""
    if isinstance(value, (list, tuple)):
        for item in value:
            _check_amounts(estimator, name, limit, item)
    elif _is_whole(value) and value > limit:
        raise InputError(
            f"model {estimator!r}: {name}={_short(value)}: give at most {limit:,}; a real number "
            "is written with a point, as 1.0e9"
        )


def _check_grid(estimator: str, name: str, grid: Any) -> None:
    """Refuse a grid of more combinations than can be tried, or listed."""
    grids = grid if isinstance(grid, (list, tuple)) else [grid]
    sizes = (
        math.prod(len(values) for _, values in _pairs(one) if isinstance(values, (list, tuple)))
        for one in grids
    )
    count = sum(sizes)
    if count > _MOST_CANDIDATES:
        raise InputError(
            f"model {estimator!r}: {name}: has {_short(count)} combinations; give at most "
            f"{_MOST_CANDIDATES:,}"
        )


def _check_layers(estimator: str, name: str, sizes: Any) -> None:
    """Refuse networks of more weights than fit in memory, several times over."""
    for item in sizes if isinstance(sizes, list) else ():  # choices of a grid
        _check_layers(estimator, name, item)
    layers = [size for size in sizes if _is_whole(size)] if isinstance(sizes, (list, tuple)) else []
    weights = sum(a * b for a, b in itertools.pairwise(layers))
    if weights > _MOST_WEIGHTS:
        raise InputError(
            f"model {estimator!r}: {name}={_short(sizes)}: makes {weights:,} weights; give smaller "
            f"layers, of {_MOST_WEIGHTS:,} weights at most"
        )


def _pairs(value: Any) -> Iterable[tuple[Any, Any]]:
    """Keys and values of a dictionary, or of the dictionaries in a list."""
    if isinstance(value, dict):
        yield from value.items()
    elif isinstance(value, (list, tuple)):
        for item in value:
            yield from _pairs(item)


def _is_whole(value: Any) -> bool:
    return isinstance(value, int) and not isinstance(value, bool)


def _short(value: Any) -> str:
    """A value in a few words; Python refuses to write whole numbers of thousands of digits."""
    try:
        text = repr(value)
    except ValueError:
        return "a whole number of thousands of digits"
    return text if len(text) <= 60 else text[:57] + "..."
