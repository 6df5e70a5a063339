"""A folder of finished cells: each file whole or not there at all."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from numpy.typing import NDArray

from riskcast._sealed_folder import SealedFolder

from .descriptions import differences


class Store:
    """A folder with what was asked for and one file for each finished cell.

    Parameters
    ----------
    path : path
        The folder.
    """

    def __init__(self, path: str | os.PathLike[str]) -> None:
        self.path = Path(path)
        self._folder = SealedFolder(path, "sweep.json", ".npz", "sweep")

    def open_for(self, description: Mapping[str, Any]) -> dict[str, Any]:
        """Begin, or go on with, a sweep; returns its description as it is stored.

        Raises
        ------
        ValueError
            If the folder holds another sweep, with what differs; or holds
            other things.
        """

        def refusal(before: dict[str, Any], now: dict[str, Any]) -> str:
            return (
                f"store: {self.path} holds another sweep ({'; '.join(differences(before, now))}). "
                "Give another folder, or the settings it was made with"
            )

        return self._folder.begin(description, refusal)

    def description(self) -> dict[str, Any]:
        """What the stored sweep was made with.

        Raises
        ------
        ValueError
            If there is no sweep, or its description is damaged.
        """
        return self._folder.description()

    def has(self, name: str) -> bool:
        """Whether a cell is finished; a damaged one is not, with a warning."""
        return self._folder.find(name) is not None

    def put(self, name: str, arrays: Mapping[str, NDArray[Any]]) -> None:
        """Store a finished cell, at once and whole."""
        self._folder.put(name, arrays)

    def get(self, name: str) -> dict[str, NDArray[Any]]:
        """A finished cell.

        Raises
        ------
        FileNotFoundError
            If it is not finished.
        ValueError
            If it is damaged.
        """
        found: dict[str, NDArray[Any]] = self._folder.get(name)
        return found
