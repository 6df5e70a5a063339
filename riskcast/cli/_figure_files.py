"""Places for reports and figures, checked before the work, and figures written there."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from riskcast._files import write_whole
from riskcast.tables import InputError

_FIGURES = (".png", ".pdf", ".svg")


def check_writable(path: Path) -> None:
    """Refuse a place that nothing can be written to, before the work is done."""
    if path.is_dir():
        raise InputError(f"{path}: is a folder; give the name of a file to write")
    if path.exists() and not path.is_file():
        raise InputError(f"{path}: is no ordinary file but a pipe or a device; give another name")
    if not path.parent.is_dir():
        raise InputError(f"{path}: the folder {path.parent} does not exist; make it first")
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"{path}: the folder {path.parent} cannot be written to")
    if path.exists() and not os.access(path, os.W_OK):
        raise InputError(f"{path}: is write-protected; give another name")


def check_figure(path: Path | None) -> None:
    """Refuse a figure of unknown kind, or in such a place, before the work is done."""
    if path is None:
        return
    if path.suffix.lower() not in _FIGURES:
        raise InputError(f"--figure {path}: the name must end in .png, .pdf or .svg")
    check_writable(path)


def write_figure(path: Path, figure: Any) -> None:
    """Write a Matplotlib figure as what the suffix of `path` says."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format=path.suffix.lower().lstrip("."))
    write_whole(path, drawn.getvalue())
