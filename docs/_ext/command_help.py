"""The directive ``command-help``: what ``--help`` of a riskcast command prints, as it is now."""

from __future__ import annotations

import os
from typing import Any

from docutils import nodes
from docutils.parsers.rst import Directive

_WIDTH = "90"
os.environ["TERMINAL_WIDTH"] = _WIDTH  # Typer reads it once, when it is imported


class CommandHelp(Directive):
    """A literal block; the arguments are the words between ``riskcast`` and ``--help``."""

    optional_arguments = 3

    def run(self) -> list[nodes.Node]:
        """Ask the command itself."""
        from typer.testing import CliRunner

        from riskcast.cli import build_app

        words = [*self.arguments, "--help"]
        surroundings = {"COLUMNS": _WIDTH, "NO_COLOR": "1"}
        result = CliRunner().invoke(build_app(words), words, prog_name="riskcast", env=surroundings)
        if result.exit_code:
            raise self.error(f"riskcast {' '.join(words)} ended with {result.exit_code}")
        lines = (line.rstrip() for line in result.output.strip().splitlines())
        text = "\n".join(lines)
        return [nodes.literal_block(text, text, language="text", classes=["command-help"])]


def setup(app: Any) -> dict[str, Any]:
    """Tell Sphinx of the directive."""
    app.add_directive("command-help", CommandHelp)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
