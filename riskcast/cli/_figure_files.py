"""Check output paths before the work, and write figures."""

from __future__ import annotations

import io
import os
from pathlib import Path
from typing import Any

from riskcast._files import write_whole
from riskcast.tables import InputError

_FIGURES = (".png", ".pdf", ".svg")


def check_writable(path: Path) -> None:
    """Raise an error if a path cannot be written."""
    if path.is_dir():
        raise InputError(f"{path}: is a folder; give a file name")
    if path.exists() and not path.is_file():
        raise InputError(f"{path}: is a pipe or a device, not a regular file; give another name")
    if not path.parent.is_dir():
        raise InputError(f"{path}: the folder {path.parent} does not exist; create it first")
    if not os.access(path.parent, os.W_OK):
        raise InputError(f"{path}: the folder {path.parent} is not writable")
    if path.exists() and not os.access(path, os.W_OK):
        raise InputError(f"{path}: is write-protected; give another name")


def check_figure(path: Path | None) -> None:
    """Raise an error if a figure's format is unknown or its path cannot be written."""
    if path is None:
        return
    if path.suffix.lower() not in _FIGURES:
        raise InputError(f"--figure {path}: the name must end in .png, .pdf or .svg")
    check_writable(path)


def write_figure(path: Path, figure: Any) -> None:
    """Write a Matplotlib figure in the format of the suffix of `path`."""
    drawn = io.BytesIO()
    figure.savefig(drawn, format=path.suffix.lower().lstrip("."))
    write_whole(path, drawn.getvalue())
