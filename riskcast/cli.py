"""The command line: one command a module of `riskcast.commands`.

A command's module has a Typer application ``app`` that holds it, and a
docstring whose first line, after the colon, says what it is for. Only the
command that is asked for is imported, so that ``riskcast --help`` is quick.
"""

from __future__ import annotations

import ast
import contextlib
import importlib
import sys
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

import riskcast
from riskcast._files import DamagedFileWarning

_HELP = """Forecast test error without a validation set.

Example: riskcast forecast example:diabetes
"""


def build_app(arguments: Sequence[str]) -> typer.Typer:
    """The application with the command that the arguments ask for, and the names of the others."""
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
    for name, summary in commands().items():
        if name == asked:
            app.add_typer(importlib.import_module(f"riskcast.commands.{name}").app)
        else:
            app.command(name=name, help=summary)(_not_loaded)
    return app


def commands() -> dict[str, str]:
    """Names of the commands and what they are for, read without importing them."""
    folder = Path(__file__).parent / "commands"
    files = sorted(path for path in folder.glob("*.py") if not path.name.startswith("_"))
    return {path.stem: _summary(path) for path in files}


def _summary(path: Path) -> str:
    text = ast.get_docstring(ast.parse(path.read_text(encoding="utf-8"))) or ""
    words = text.split("\n\n")[0].partition(": ")[2]
    return " ".join(words.split())[:1].upper() + " ".join(words.split())[1:]


def _not_loaded() -> None:
    raise AssertionError("a command that was not asked for was run")


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
    """Options before a command's name."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a command; what is wrong with its input is one line and exit status 2.

    Parameters
    ----------
    arguments : sequence of str, optional
        By default those of the process.

    Returns
    -------
    int
        The exit status.
    """
    words = list(sys.argv[1:] if arguments is None else arguments)
    try:
        with _damage_in_one_line():
            status: Any = build_app(words)(words, prog_name="riskcast", standalone_mode=False)
    except typer.TyperException as error:
        message: Any = getattr(error, "format_message", error.__str__)
        return _complain(message())
    except OSError as error:
        return _complain(f"{error.filename}: {error.strerror}" if error.filename else str(error))
    except (ValueError, TypeError, RuntimeError, ArithmeticError, ImportError) as error:
        return _complain(str(error) or type(error).__name__)
    except MemoryError as error:
        return _complain(f"this takes more memory than there is ({error})")
    except (KeyboardInterrupt, typer.Abort):
        _complain("interrupted")
        return 130
    return status if isinstance(status, int) else 0


@contextlib.contextmanager
def _damage_in_one_line() -> Iterator[None]:
    """Name damaged files on the standard error stream, one line each."""
    with warnings.catch_warnings():
        usual = warnings.showwarning

        def show(message: Warning | str, category: type[Warning], *rest: Any) -> None:
            if issubclass(category, DamagedFileWarning):
                print(f"riskcast: warning: {message}", file=sys.stderr)
            else:
                usual(message, category, *rest)

        warnings.showwarning = show  # type: ignore[assignment]
        warnings.simplefilter("always", DamagedFileWarning)
        yield


def _complain(message: str) -> int:
    """One line on the standard error stream; help that was shown instead has none."""
    if message:
        print(f"riskcast: {' '.join(message.split())}", file=sys.stderr)
    return 2


def run() -> None:
    """Run a command with the process's arguments and exit."""
    sys.exit(main())
