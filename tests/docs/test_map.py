"""The map in docs/map.md is that of the imports."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "riskcast"
ENTRANCES = {"__init__", "__main__"}


def parts() -> list[str]:
    """Parts as the map lists them, from those that know nobody on."""
    text = (ROOT / "docs" / "map.md").read_text(encoding="utf-8")
    cells = re.findall(r"^\| (`.*?`) \|", text, re.MULTILINE)
    return [name for cell in cells for name in re.findall(r"`(\w+)(?:/|\.py)`", cell)]


def part_of(path: Path) -> str:
    return path.relative_to(PACKAGE).parts[0].removesuffix(".py")


def runtime_imports(path: Path) -> Iterator[tuple[str, bool]]:
    """Modules of riskcast that a file imports, and whether only when a function is called."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for_types = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and "TYPE_CHECKING" in ast.unparse(node.test)
        for inner in ast.walk(node)
    }
    in_functions = {
        inner
        for node in ast.walk(tree)
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef))
        for inner in ast.walk(node)
    }
    for node in ast.walk(tree):
        if node in for_types:
            continue
        names = []
        if isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            whole = node.module == "riskcast"
            names = [f"riskcast.{one.name}" for one in node.names] if whole else [str(node.module)]
        for name in names:
            if name.startswith("riskcast."):
                yield name, node in in_functions


def test_the_map_names_every_part_once():
    there = {part_of(path) for path in PACKAGE.rglob("*.py")} - ENTRANCES
    assert sorted(parts()) == sorted(there)


@pytest.mark.parametrize("part", parts())
def test_a_part_imports_only_what_stands_above_it(part):
    above = [*parts()[: parts().index(part) + 1], *ENTRANCES]
    for path in PACKAGE.rglob("*.py"):
        if part_of(path) != part:
            continue
        for name, when_called in runtime_imports(path):
            if not (when_called and name.startswith("riskcast.plotting")):  # a result's plot()
                assert name.split(".")[1] in above, f"{path} imports {name}"


def test_an_import_against_the_map_is_seen(tmp_path):
    path = tmp_path / "early.py"
    path.write_text(
        "import riskcast.cli\n"
        "try:\n    import riskcast.assessment._page\nexcept ImportError:\n    pass\n"
        "def f():\n    from riskcast import lab\n"
    )
    assert sorted(runtime_imports(path)) == [
        ("riskcast.assessment._page", False), ("riskcast.cli", False), ("riskcast.lab", True)
    ]  # fmt: skip
