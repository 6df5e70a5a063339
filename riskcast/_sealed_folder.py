"""A folder for the finished parts of one computation that survives kills and damage."""

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
    """Folder with a description of a computation and one file for each finished part.

    Each file is written atomically and has a checksum that also covers the
    description and the name of the part. Several processes may use one folder,
    because they write the same content under the same name.

    Parameters
    ----------
    path : path
        The folder.
    manifest : str
        File name of the description.
    suffix : str
        Suffix of the other files: ".npz" for named arrays, ".npy" for single arrays.
    kind : str
        What the folder contains, for messages, such as "sweep".
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
        """Begin or resume a computation.

        Parameters
        ----------
        description : mapping
            Everything that the parts depend on; JSON-serializable.
        refusal : callable
            Called with the stored description and this one if they differ; returns the
            error message.

        Returns
        -------
        dict
            The stored description.

        Raises
        ------
        ValueError
            If the folder contains another computation or other files.
        """
        wanted = json.loads(json.dumps({"format": _FORMAT, **description}))
        if self.path.exists() and not self.path.is_dir():
            raise ValueError(f"store: {self.path} is a file; give a folder")
        self.path.mkdir(parents=True, exist_ok=True)
        remove_abandoned(self.path)
        self._computation = checksum(wanted)
        # Listed first, because other processes write the manifest before any part.
        others = [path for path in self.path.iterdir() if not is_temporary(path.name)]
        try:
            found = read_json(self.manifest, self.kind)
        except FileNotFoundError:
            found = self._begun(wanted, others)
        except Damaged as damage:
            found = self._repaired(wanted, damage)
        if found != wanted and checksum(found) != checksum(wanted):  # NaN differs from itself
            raise ValueError(refusal(found, wanted))
        self._computation = checksum(found)  # a stored 1 may be 1.0 now
        return found

    def description(self) -> dict[str, Any]:
        """Read the description.

        Raises
        ------
        ValueError
            If it is missing or damaged.
        """
        try:
            found = read_json(self.manifest, self.kind)
        except FileNotFoundError:
            raise ValueError(
                f"store: {self.path} does not contain a {self.kind}; give the folder of a stored "
                f"{self.kind}"
            ) from None
        except Damaged as damage:
            raise ValueError(
                f"store: {self.manifest} is damaged ({damage}); run its {self.kind} again "
                "with the same settings to restore it"
            ) from damage
        self._computation = checksum(found)
        return found

    def put(self, name: str, arrays: Arrays) -> None:
        """Store a finished part atomically."""
        write_arrays(self._file(name), arrays, self._key(name))

    def get(self, name: str) -> Any:
        """Return a finished part: an array, or a dict of arrays by name.

        Raises
        ------
        FileNotFoundError
            If the part is not finished.
        ValueError
            If the part is damaged.
        """
        try:
            return read_arrays(self._file(name), self._key(name))
        except Damaged as damage:
            raise ValueError(
                f"store: {self._file(name)} is damaged ({damage}); run its {self.kind} again "
                "to recompute it"
            ) from damage

    def find(self, name: str) -> Any:
        """Return a finished part, or None if it is missing or, with a warning, damaged."""
        try:
            return read_arrays(self._file(name), self._key(name))
        except FileNotFoundError:
            return None
        except Damaged as damage:
            warnings.warn(
                f"store: {self._file(name)} is damaged ({damage}) and will be recomputed",
                DamagedFileWarning,
                stacklevel=3,
            )
            return None

    def _file(self, name: str) -> Path:
        return self.path / f"{name}{self.suffix}"

    def _key(self, name: str) -> str:
        return f"{self._computation} {name}"

    def _begun(self, wanted: dict[str, Any], others: list[Path]) -> dict[str, Any]:
        """Write the description if there is none, or read one that another process wrote."""
        if others and not self._has_own_parts():
            raise ValueError(
                f"store: {self.path} is not empty and does not contain a {self.kind}; give a new "
                "folder"
            )
        if others:
            self._warn_of_manifest("is missing")
        if write_json(self.manifest, wanted, self.kind, replace=False):
            return wanted
        return self.description()

    def _repaired(self, wanted: dict[str, Any], damage: Damaged) -> dict[str, Any]:
        """Rewrite a damaged description if the parts show that it was this one."""
        if any(self.path.glob(f"*{self.suffix}")) and not self._has_own_parts():
            raise ValueError(
                f"store: {self.manifest} is damaged ({damage}) and no other file shows that it "
                f"was this {self.kind}; give another folder, or delete this one"
            ) from damage
        self._warn_of_manifest(f"is damaged ({damage})")
        write_json(self.manifest, wanted, self.kind)
        return wanted

    def _has_own_parts(self) -> bool:
        """Whether some file is a part of this computation."""
        for path in self.path.glob(f"*{self.suffix}"):
            try:
                read_arrays(path, self._key(path.name.removesuffix(self.suffix)))
            except (Damaged, FileNotFoundError):
                continue
            return True
        return False

    def _warn_of_manifest(self, state: str) -> None:
        warnings.warn(
            f"store: {self.manifest} {state} and will be rewritten",
            DamagedFileWarning,
            stacklevel=5,
        )
