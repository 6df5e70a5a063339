"""The application: one command for each module of `riskcast.cli.commands`.

The module of a command has a Typer application ``app``, and a docstring whose first line gives
the summary after a colon. Only the requested command is imported, so that ``riskcast --help`` is
fast.
"""

from __future__ import annotations

import ast
import importlib
from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

import riskcast

_HELP = """Forecast test error without a validation set.

Example: riskcast forecast example:diabetes
"""


def build_app(arguments: Sequence[str]) -> typer.Typer:
    """Return the application, with only the requested command imported."""
    app = typer.Typer(
        name="riskcast",
        help=_HELP,
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
        context_settings={"help_option_names": ["-h", "--help"]},
    )
    app.callback()(_general)
    asked = next((word for word in arguments if not word.startswith("-")), None)
    for name, summary in command_summaries().items():
        if name == asked:
            app.add_typer(importlib.import_module(f"riskcast.cli.commands.{name}").app)
        else:
            app.command(name=name, help=summary)(_not_loaded)
    return app


def command_summaries() -> dict[str, str]:
    """Return names and summaries of the commands, without importing them."""
    folder = Path(__file__).parent
    files = sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))
    return {path.stem: _summary(path) for path in files}


def _summary(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    words = text.split("\n\n")[0].partition(": ")[2]
    return " ".join(words.split())[:1].upper() + " ".join(words.split())[1:]


def _not_loaded() -> None:
    raise AssertionError("a command that was not requested was run")


def _print_version(asked: bool) -> None:
    if asked:
        typer.echo(f"riskcast {riskcast.__version__}")
        raise typer.Exit


def _general(
    version: Annotated[
        bool,
        typer.Option(
            "--version", help="Print the version.", callback=_print_version, is_eager=True
        ),
    ] = False,
) -> None:
    """Options that precede the command."""
