"""scikit-learn estimators described by strings, such as ``Lasso(alpha=0.1)``.

The string is parsed, never evaluated: it may name scikit-learn estimators with keyword arguments
that are numbers, strings, True, False, None, other estimators, or lists, tuples and dictionaries of
these. `safe_arguments` rejects arguments that would access files or exhaust the machine.
"""

from __future__ import annotations

import ast
import inspect
import warnings
from functools import lru_cache
from typing import Any

from riskcast.exceptions import InputError, near_misses, one_line
from riskcast.models.safe_arguments import check_argument

_LONGEST = 10_000  # characters
_DEEPEST = 80  # levels of the syntax tree, far below Python's own limit
_MOST_PARTS = 2_000
_MOST_BITS = 4_000  # of an integer; Python does not print those of over 4,300 digits
_EXAMPLE = 'for example "HistGradientBoostingRegressor(max_depth=3)"'


def parse_call(text: str) -> tuple[str, list[ast.keyword]]:
    """Parse ``Name`` or ``Name(key=value, ...)`` into name and keyword arguments."""
    if len(text) > _LONGEST:
        raise InputError(
            f"model {_shortened(text[:_LONGEST])!r}: has {len(text):,} characters; use at most "
            f"{_LONGEST:,}"
        )
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # on invalid escapes in strings
            node = ast.parse(text.strip(), mode="eval").body
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise InputError(
            f"model {_shortened(text)!r}: cannot be parsed; write a name with keyword arguments, "
            f"{_EXAMPLE}"
        ) from error
    _check_size(node, text)
    return _name_and_keywords(node)


def _check_size(tree: ast.expr, text: str) -> None:
    """Raise an error if the tree is too large to traverse or print."""
    level: list[ast.AST] = [tree]
    depth = parts = 0
    while level:
        depth, parts = depth + 1, parts + len(level)
        if depth > _DEEPEST or parts > _MOST_PARTS:
            raise InputError(
                f"model {_shortened(text)!r}: is nested too deeply or has too many parts"
            )
        for node in level:
            number = node.value if isinstance(node, ast.Constant) else 0
            if isinstance(number, int) and number.bit_length() > _MOST_BITS:
                raise InputError(
                    f"model {_shortened(text)!r}: contains an integer that is too large"
                )
        level = [child for node in level for child in ast.iter_child_nodes(node)]


def parse_estimator(text: str) -> Any:
    """Return the unfitted scikit-learn estimator that a string describes.

    Parameters
    ----------
    text : str
        ``Name`` or ``Name(key=value, ...)``.

    Returns
    -------
    BaseEstimator
        With ``random_state=0`` if it has this parameter and none is given.

    Raises
    ------
    InputError
        If the string has another form, or names an unknown estimator or parameter.

    Examples
    --------
    >>> parse_estimator("Lasso(alpha=0.5)")
    Lasso(alpha=0.5, random_state=0)
    """
    return _build(*parse_call(text))


@lru_cache(maxsize=1)
def known_estimators() -> dict[str, Any]:
    """Return scikit-learn's estimators by name."""
    from sklearn.utils.discovery import all_estimators

    return dict(all_estimators())


def literal_arguments(keywords: list[ast.keyword]) -> dict[str, Any]:
    """Return the values of keyword arguments."""
    return {str(keyword.arg): _value(keyword.value) for keyword in keywords}


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
    raise InputError(f"model {_source(node)!r}: is not a model name or call; write {_EXAMPLE}")


def _build(name: str, keywords: list[ast.keyword]) -> Any:
    known = known_estimators()
    if name not in known:
        raise InputError(
            f"model {name!r}: is neither a scikit-learn estimator nor a kernel of riskcast; "
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
        check_argument(name, argument, arguments[argument])
    if "random_state" in parameters:
        arguments.setdefault("random_state", 0)
    try:
        return known[name](**arguments)
    except Exception as error:  # estimators raise all kinds of errors
        raise InputError(f"model {name!r}: cannot be created ({one_line(error)})") from error


def _suggestion(name: str, known: dict[str, Any]) -> str:
    hint = near_misses(name, ["linear", "rbf", "laplacian", "polynomial", "cosine", *known])
    return hint if hint.startswith("did you mean") else f"write {_EXAMPLE}, or linear, or rbf"


def _value(node: ast.expr) -> Any:
    """Return a number, string, boolean, None, estimator, or a container of these."""
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
    signed = isinstance(node, ast.UnaryOp) and isinstance(node.op, (ast.UAdd, ast.USub))
    literal = node.operand if isinstance(node, ast.UnaryOp) and signed else node
    kinds = (int, float) if signed else (int, float, bool, str, type(None))
    if isinstance(literal, ast.Constant) and type(literal.value) in kinds:
        return ast.literal_eval(node)
    raise InputError(
        f"model: the argument {_source(node)!r} is neither a literal (a number, a string, True, "
        f"False, None) nor an estimator with parentheses; write {_EXAMPLE}"
    )


def _as_dictionary(node: ast.AST, items: list[tuple[Any, Any]]) -> dict[Any, Any]:
    try:
        return dict(items)
    except TypeError as error:  # a list as a key
        raise InputError(f"model: {_source(node)!r} is not a valid dictionary ({error})") from error


def _source(node: ast.AST) -> str:
    return _shortened(ast.unparse(node))


def _shortened(text: str) -> str:
    text = " ".join(text.split())
    return text if len(text) <= 60 else text[:57] + "..."
