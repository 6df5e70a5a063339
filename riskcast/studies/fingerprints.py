"""What a function depends on, as a short text that changes when the inputs do.

The inputs of an experiment are found, not listed: the definitions of its own
file that it reaches, and the parts of riskcast that these import, with the
parts that those import. Comments and docstrings do not count.
"""

from __future__ import annotations

import ast
import hashlib
import inspect
import io
import json
import tokenize
from collections.abc import Callable, Iterable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Any

__all__ = ["fingerprint"]

_PACKAGE = Path(__file__).parents[1]
_FORM = "studies"  # the form of studies is no input to what they measure, except
_SHARED = ("studies/simulation", "studies/statistics", "studies/tangent_regression")
# How results are shown, and how files are written and read back, changes no measurement.
_NO_INPUT = ("plotting", "_progress", "_console", "_printable", "_files", "_sealed")


def fingerprint(function: Callable[..., Any], *values: Any) -> str:
    """Digest of a function's code, of the library behind it, and of values it is given.

    Parameters
    ----------
    function : callable
        Defined at the top level of a file.
    *values : anything that JSON can hold

    Returns
    -------
    str
        16 hexadecimal digits.

    Raises
    ------
    ValueError
        If its file imports the whole package, which hides what it depends on.
    """
    code, parts = _reached(function)
    library = {part: _digest_of_part(part) for part in sorted(_with_imports(parts))}
    content = json.dumps([code, library, values], sort_keys=True, default=float)
    return hashlib.sha256(content.encode()).hexdigest()[:16]


def _reached(function: Callable[..., Any]) -> tuple[str, set[str]]:
    """Code of the definitions that a function reaches in its file, and parts imported there."""
    try:
        path = inspect.getsourcefile(function)
        source = Path(path or "").read_text(encoding="utf-8")
    except (OSError, TypeError):  # typed into an interpreter: what is left is the bytecode
        return function.__code__.co_code.hex(), set()
    definitions = _definitions(source, str(path))
    waiting, found = [function.__name__], {}
    parts: set[str] = set()
    while waiting:
        name = waiting.pop()
        if name in found or name not in definitions:
            continue
        node, text = definitions[name]
        found[name] = text
        for inner in ast.walk(node):
            _refuse_the_whole(inner)
            parts.update(_imported_parts(inner))
        waiting += [inner.id for inner in _body(node) if isinstance(inner, ast.Name)]
    return "\n".join(found[name] for name in sorted(found)), parts


def _body(node: ast.stmt) -> Iterator[ast.AST]:
    """Everything inside a definition except its decorators."""
    for child in ast.iter_child_nodes(node):
        if child not in getattr(node, "decorator_list", []):
            yield from ast.walk(child)


@lru_cache(maxsize=64)
def _definitions(source: str, path: str) -> dict[str, tuple[ast.stmt, str]]:
    """Statements at the top of a file by the names they define, with their bare code."""
    tree = ast.parse(source, path)
    lines = _without_remarks(source, tree)
    found: dict[str, tuple[ast.stmt, str]] = {}
    for node in tree.body:
        text = "\n".join(line for line in lines[node.lineno - 1 : node.end_lineno] if line.strip())
        for name in _names(node):
            found[name] = (node, text)
    return found


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.FunctionDef | ast.ClassDef):
        return [node.name]
    if isinstance(node, ast.Import | ast.ImportFrom):
        return [(alias.asname or alias.name).split(".")[0] for alias in node.names]
    targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
    return [
        inner.id
        for target in targets
        if target is not None
        for inner in ast.walk(target)
        if isinstance(inner, ast.Name)
    ]


def _without_remarks(source: str, tree: ast.Module) -> list[str]:
    """Lines of a file, comments and docstrings blanked."""
    lines = source.splitlines()
    for token in tokenize.generate_tokens(io.StringIO(source).readline):
        if token.type == tokenize.COMMENT:
            row, column = token.start
            lines[row - 1] = lines[row - 1][:column]
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) and ast.get_docstring(
            node, clean=False
        ):
            for row in range(node.body[0].lineno - 1, node.body[0].end_lineno or 0):
                lines[row] = ""
    return [line.rstrip() for line in lines]


def _refuse_the_whole(node: ast.AST) -> None:
    """The package by its bare name says nothing of what is used of it."""
    if isinstance(node, ast.Import) and "riskcast" in [alias.name for alias in node.names]:
        raise ValueError(
            "a study that imports the whole of riskcast depends on all of it; "
            "import what it uses: from riskcast.theory import risk_curve"
        )


def _imported_parts(node: ast.AST) -> list[str]:
    """Parts of riskcast that an import statement names."""
    if isinstance(node, ast.Import):
        modules = [alias.name for alias in node.names]
    elif isinstance(node, ast.ImportFrom) and node.level == 0:
        names = [f"riskcast.{alias.name}" for alias in node.names]
        modules = names if node.module == "riskcast" else [node.module or ""]
    else:
        return []
    names = ["/".join(name.split(".")[1:]) for name in modules if name.startswith("riskcast.")]
    return [
        name if name in _SHARED else name.split("/")[0]
        for name in names
        if name in _SHARED or not name.startswith((_FORM, *_NO_INPUT))
    ]


def _with_imports(parts: Iterable[str]) -> set[str]:
    """Parts, and all parts that these import when loaded."""
    waiting, found = list(parts), set()
    while waiting:
        part = waiting.pop()
        if part not in found:
            found.add(part)
            waiting += _imports_of_part(part)
    return found


@lru_cache(maxsize=64)
def _imports_of_part(part: str) -> tuple[str, ...]:
    nodes = (node for file in _files(part) for node in ast.parse(file.read_bytes()).body)
    return tuple({name for node in nodes for name in _imported_parts(node)} - {part})


@lru_cache(maxsize=64)
def _digest_of_part(part: str) -> str:
    digest = hashlib.sha256()
    for file in _files(part):
        source = file.read_text(encoding="utf-8")
        lines = _without_remarks(source, ast.parse(source))
        code = "\n".join(line for line in lines if line.strip())
        digest.update(f"{file.relative_to(_PACKAGE).as_posix()}\n{code}\n".encode())
    return digest.hexdigest()[:16]


def _files(part: str) -> list[Path]:
    folder = _PACKAGE / part
    return sorted(folder.rglob("*.py")) if folder.is_dir() else [_PACKAGE / f"{part}.py"]
