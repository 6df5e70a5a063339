"""A folder with the finished parts of one computation, which survives kills and damage."""

from __future__ import annotations

import json
import os
import warnings
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from riskcast._files import DamagedFileWarning, is_temporary, remove_abandoned
from riskcast._sealed import (
    Arrays,
    Damaged,
    checksum,
    read_arrays,
    read_json,
    write_arrays,
    write_json,
)

__all__ = ["SealedFolder"]

_FORMAT = 2  # 1 had no checksums


class SealedFolder:
    """A description of the computation, and one file for each finished part of it.

    Each file is whole or not there, and has a checksum that also covers the
    description and the part's name. Several processes may work on one folder:
    what they write under one name is the same.

    Parameters
    ----------
    path : path
        The folder.
    manifest : str
        Name of the file with the description.
    suffix : str
        End of the other files' names: ".npz" for named arrays, ".npy" for single ones.
    kind : str
        What the folder holds, in words for messages, such as "sweep".
    """

    def __init__(self, path: str | os.PathLike[str], manifest: str, suffix: str, kind: str) -> None:
        self.path = Path(path)
        self.manifest = self.path / manifest
        self.suffix = suffix
        self.kind = kind
        self._computation = ""

    def begin(
        self,
        description: Mapping[str, Any],
        refusal: Callable[[dict[str, Any], dict[str, Any]], str],
    ) -> dict[str, Any]:
        """Begin, or go on with, a computation.

        Parameters
        ----------
        description : mapping
            Everything the parts depend on, as JSON can hold it.
        refusal : callable
            Given another description, which the folder has, and this one,
            returns the message of the error.

        Returns
        -------
        dict
            The description as it is read back.

        Raises
        ------
        ValueError
            If the folder holds another computation, or other things.
        """
        wanted = json.loads(json.dumps({"format": _FORMAT, **description}))
        if self.path.exists() and not self.path.is_dir():
            raise ValueError(f"store: {self.path} is a file; give a folder")
        self.path.mkdir(parents=True, exist_ok=True)
        remove_abandoned(self.path)
        self._computation = checksum(wanted)
        # Listed first: others write the manifest before any part.
        others = [path for path in self.path.iterdir() if not is_temporary(path.name)]
        try:
            found = read_json(self.manifest, self.kind)
        except FileNotFoundError:
            found = self._begun(wanted, others)
        except Damaged as damage:
            found = self._repaired(wanted, damage)
        if found != wanted and checksum(found) != checksum(wanted):  # NaN differs from itself
            raise ValueError(refusal(found, wanted))
        self._computation = checksum(found)  # a 1 that was stored may be 1.0 now
        return found

    def description(self) -> dict[str, Any]:
        """The description that the folder has.

        Raises
        ------
        ValueError
            If there is none, or it is damaged.
        """
        try:
            found = read_json(self.manifest, self.kind)
        except FileNotFoundError:
            raise ValueError(
                f"store: {self.path} holds no {self.kind}; give the folder that a {self.kind} "
                "was stored in"
            ) from None
        except Damaged as damage:
            raise ValueError(
                f"store: {self.manifest} is damaged ({damage}); run its {self.kind} again, "
                "with the same settings, to have it written anew"
            ) from damage
        self._computation = checksum(found)
        return found

    def put(self, name: str, arrays: Arrays) -> None:
        """Store a finished part, at once and whole."""
        write_arrays(self._file(name), arrays, self._key(name))

    def get(self, name: str) -> Any:
        """A finished part: an array, or a dict of arrays by name.

        Raises
        ------
        FileNotFoundError
            If it is not finished.
        ValueError
            If it is damaged.
        """
        try:
            return read_arrays(self._file(name), self._key(name))
        except Damaged as damage:
            raise ValueError(
                f"store: {self._file(name)} is damaged ({damage}); run its {self.kind} again, "
                "which computes what is damaged anew"
            ) from damage

    def find(self, name: str) -> Any:
        """A finished part; None where there is none, with a warning where it is damaged."""
        try:
            return read_arrays(self._file(name), self._key(name))
        except FileNotFoundError:
            return None
        except Damaged as damage:
            warnings.warn(
                f"store: {self._file(name)} is damaged ({damage}); it is computed again",
                DamagedFileWarning,
                stacklevel=3,
            )
            return None

    def _file(self, name: str) -> Path:
        return self.path / f"{name}{self.suffix}"

    def _key(self, name: str) -> str:
        return f"{self._computation} {name}"

    def _begun(self, wanted: dict[str, Any], others: list[Path]) -> dict[str, Any]:
        """Write the description into a folder that has none, or read what another process wrote."""
        if others and not self._has_own_parts():
            raise ValueError(
                f"store: {self.path} is not empty and holds no {self.kind}; give a new folder"
            )
        if others:
            self._warn_of_manifest("is missing")
        if write_json(self.manifest, wanted, self.kind, replace=False):
            return wanted
        return self.description()

    def _repaired(self, wanted: dict[str, Any], damage: Damaged) -> dict[str, Any]:
        """Write a damaged description anew where the parts show that it was this one."""
        if any(self.path.glob(f"*{self.suffix}")) and not self._has_own_parts():
            raise ValueError(
                f"store: {self.manifest} is damaged ({damage}) and no other file shows that it "
                f"was this {self.kind}; give another folder, or delete this one"
            ) from damage
        self._warn_of_manifest(f"is damaged ({damage})")
        write_json(self.manifest, wanted, self.kind)
        return wanted

    def _has_own_parts(self) -> bool:
        """Whether some file holds a part of this computation."""
        for path in self.path.glob(f"*{self.suffix}"):
            try:
                read_arrays(path, self._key(path.name.removesuffix(self.suffix)))
            except (Damaged, FileNotFoundError):
                continue
            return True
        return False

    def _warn_of_manifest(self, state: str) -> None:
        warnings.warn(
            f"store: {self.manifest} {state}; it is written anew", DamagedFileWarning, stacklevel=5
        )
