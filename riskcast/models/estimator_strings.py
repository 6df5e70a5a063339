"""scikit-learn estimators written as text, such as ``Lasso(alpha=0.1)``.

The text is parsed, never evaluated: it may name scikit-learn's estimators and
give them keyword arguments that are literals, other estimators, or lists,
tuples and dictionaries of those. Nothing else has a meaning.
"""

from __future__ import annotations

import ast
import inspect
from typing import Any

from riskcast.tables.errors import InputError, near_misses

_EXAMPLE = 'for example "HistGradientBoostingRegressor(max_depth=3)"'


def parse_call(text: str) -> tuple[str, list[ast.keyword]]:
    """Name and keyword arguments of ``Name`` or ``Name(key=value, ...)``."""
    try:
        node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InputError(
            f"model {_shortened(text)!r}: cannot be parsed; write a name with keyword arguments, "
            f"{_EXAMPLE}"
        ) from error
    return _name_and_keywords(node)


def parse_estimator(text: str) -> Any:
    """The unfitted scikit-learn estimator that a text describes.

    Parameters
    ----------
    text : str
        ``Name`` or ``Name(key=value, ...)``.

    Returns
    -------
    BaseEstimator
        With ``random_state=0`` where it takes one and none is given.

    Raises
    ------
    InputError
        If the text is anything else, or names no estimator or no parameter of it.

    Examples
    --------
    >>> parse_estimator("Lasso(alpha=0.5)")
    Lasso(alpha=0.5, random_state=0)
    """
    return _build(*parse_call(text))


def literal_arguments(keywords: list[ast.keyword]) -> dict[str, Any]:
    """Keyword arguments as values."""
    try:
        return {str(keyword.arg): _value(keyword.value) for keyword in keywords}
    except RecursionError as error:
        raise InputError("model: its arguments are nested too deep; write less") from error


def _name_and_keywords(node: ast.expr) -> tuple[str, list[ast.keyword]]:
    if isinstance(node, ast.Name):
        return node.id, []
    if isinstance(node, ast.Call) and isinstance(node.func, ast.Name):
        if node.args or any(keyword.arg is None for keyword in node.keywords):
            raise InputError(f"model {_source(node)!r}: give arguments by keyword, {_EXAMPLE}")
        names = [keyword.arg for keyword in node.keywords]
        if len(set(names)) < len(names):
            raise InputError(f"model {_source(node)!r}: gives an argument twice; give each once")
        return node.func.id, node.keywords
    raise InputError(
        f"model {_source(node)!r}: is not the name of a model or a call of one; write {_EXAMPLE}"
    )


def _build(name: str, keywords: list[ast.keyword]) -> Any:
    from sklearn.utils.discovery import all_estimators

    known = dict(all_estimators())
    if name not in known:
        raise InputError(
            f"model {name!r}: is no scikit-learn estimator, nor one of riskcast's kernels; "
            + _suggestion(name, known)
        )
    parameters = inspect.signature(known[name]).parameters
    arguments = literal_arguments(keywords)
    for argument in arguments:
        if argument not in parameters:
            raise InputError(
                f"model {name!r}: has no parameter {argument!r}; "
                + near_misses(argument, parameters)
            )
    if "random_state" in parameters:
        arguments.setdefault("random_state", 0)
    try:
        return known[name](**arguments)
    except (TypeError, ValueError) as error:
        raise InputError(f"model {name!r}: cannot be made ({error})") from error


def _suggestion(name: str, known: dict[str, Any]) -> str:
    hint = near_misses(name, ["linear", "rbf", "laplacian", "polynomial", "cosine", *known])
    return hint if hint.startswith("did you mean") else f"write {_EXAMPLE}, or linear, or rbf"


def _value(node: ast.expr) -> Any:
    """A literal, an estimator, or a container of them."""
    if isinstance(node, ast.List):
        return [_value(item) for item in node.elts]
    if isinstance(node, ast.Tuple):
        return tuple(_value(item) for item in node.elts)
    if isinstance(node, ast.Dict) and all(key is not None for key in node.keys):
        pairs = zip(node.keys, node.values, strict=True)
        found = [(_value(key), _value(item)) for key, item in pairs if key is not None]
        return _as_dictionary(node, found)
    if isinstance(node, ast.Call):
        return _build(*_name_and_keywords(node))
    try:
        return ast.literal_eval(node)
    except (TypeError, ValueError) as error:
        raise InputError(
            f"model: the argument {_source(node)!r} is neither a literal nor an estimator with "
            f"parentheses; write {_EXAMPLE}"
        ) from error


def _as_dictionary(node: ast.AST, items: list[tuple[Any, Any]]) -> dict[Any, Any]:
    try:
        return dict(items)
    except TypeError as error:  # a list as a key
        raise InputError(f"model: {_source(node)!r} is no dictionary ({error})") from error


def _source(node: ast.AST) -> str:
    return _shortened(ast.unparse(node))


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "..."
