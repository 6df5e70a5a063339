"""Files written whole or not at all."""

from __future__ import annotations

import contextlib
import io
import os
import tempfile
from pathlib import Path
from typing import Any

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


def write_whole(path: Path, content: str | bytes) -> None:
    """Write to a new file in the same folder, then put it in place of `path`, or of its target."""
    path = Path(os.path.realpath(path))  # a link stays one
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(content.encode() if isinstance(content, str) else content)
        os.chmod(name, 0o666 & ~_umask())
        os.replace(name, path)
    except BaseException:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(name)
        raise


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
