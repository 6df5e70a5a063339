"""A folder of finished cells: each file whole or not there at all."""

from __future__ import annotations

import contextlib
import json
import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from .descriptions import differences

_PLAN = "sweep.json"
_FORMAT = 1


class Store:
    """A folder with what was asked for and one file for each finished cell.

    Parameters
    ----------
    path : path
        The folder.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)

    def open_for(self, description: Mapping[str, Any]) -> None:
        """Begin, or go on with, a sweep.

        Raises
        ------
        ValueError
            If the folder holds another sweep, with what differs; or holds
            other things.
        """
        now = json.loads(json.dumps({"format": _FORMAT, **description}))
        if (self.path / _PLAN).exists():
            found = differences(self.description(), now)
            if found:
                raise ValueError(
                    f"store: {self.path} holds another sweep ({'; '.join(found)}). Give another "
                    "folder, or the settings it was made with"
                )
            return
        if self.path.exists() and not self.path.is_dir():
            raise ValueError(f"store: {self.path} is a file; give a folder")
        if self.path.exists() and any(self.path.iterdir()):
            raise ValueError(
                f"store: {self.path} is not empty and holds no sweep; give a new folder"
            )
        self.path.mkdir(parents=True, exist_ok=True)
        text = json.dumps(now, indent=1)
        self._write(_PLAN, lambda file: file.write(text.encode()))

    def description(self) -> dict[str, Any]:
        """What the stored sweep was made with.

        Raises
        ------
        ValueError
            If there is no sweep.
        """
        try:
            found: dict[str, Any] = json.loads((self.path / _PLAN).read_text(encoding="utf-8"))
        except (FileNotFoundError, NotADirectoryError):
            raise ValueError(
                f"store: {self.path} holds no sweep; give the folder that a sweep was stored in"
            ) from None
        except json.JSONDecodeError as error:
            raise ValueError(f"store: {self.path / _PLAN} is damaged ({error})") from error
        return found

    def has(self, name: str) -> bool:
        """Whether a cell is finished."""
        return (self.path / f"{name}.npz").exists()

    def put(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Store a finished cell, at once and whole."""
        self._write(f"{name}.npz", lambda file: np.savez(file, **arrays))  # type: ignore[arg-type]

    def get(self, name: str) -> dict[str, NDArray[Any]]:
        """A finished cell."""
        with np.load(self.path / f"{name}.npz", allow_pickle=False) as stored:
            return dict(stored)

    def _write(self, name: str, write: Callable[[BinaryIO], Any]) -> None:
        handle, unfinished = tempfile.mkstemp(dir=self.path, prefix=".unfinished-")
        try:
            with os.fdopen(handle, "wb") as file:
                write(file)
                file.flush()
                os.fsync(file.fileno())
            os.replace(unfinished, self.path / name)
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(unfinished)
            raise

    def tidy(self) -> None:
        """Remove what a killed process left unfinished; for when nobody writes any more."""
        for left in self.path.glob(".unfinished-*"):
            with contextlib.suppress(FileNotFoundError):
                left.unlink()
