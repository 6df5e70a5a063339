"""The directives ``command-help`` and ``command-output``: what a riskcast command prints now."""

from __future__ import annotations

import os
from typing import Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import Directive, directives

_WIDTH = "90"
os.environ["TERMINAL_WIDTH"] = _WIDTH  # Typer reads it once, when it is imported


class CommandOutput(Directive):
    """A literal block; the arguments are the words after ``riskcast``."""

    optional_arguments = 9
    option_spec: ClassVar = {"until": directives.unchanged}  # leave out from the line with this on

    def words(self) -> list[str]:
        """What follows ``riskcast``."""
        return list(self.arguments)

    def run(self) -> list[nodes.Node]:
        """Ask the command itself."""
        from typer.testing import CliRunner

        from riskcast.cli import build_app

        words = self.words()
        surroundings = {"COLUMNS": _WIDTH, "NO_COLOR": "1"}
        result = CliRunner().invoke(build_app(words), words, prog_name="riskcast", env=surroundings)
        if result.exit_code:
            raise self.error(f"riskcast {' '.join(words)} ended with {result.exit_code}")
        output, until = result.output.strip("\n"), self.options.get("until")
        if until:
            if until not in output:
                raise self.error(f"riskcast {' '.join(words)} prints no {until!r}")
            output = output[: output.index(until)].rstrip()
        text = "\n".join(line.rstrip() for line in output.splitlines())
        return [nodes.literal_block(text, text, language="text", classes=["command-help"])]


class CommandHelp(CommandOutput):
    """The same for ``--help`` after these words."""

    def words(self) -> list[str]:
        """What follows ``riskcast``."""
        return [*self.arguments, "--help"]


def setup(app: Any) -> dict[str, Any]:
    """Tell Sphinx of the directives."""
    app.add_directive("command-output", CommandOutput)
    app.add_directive("command-help", CommandHelp)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
