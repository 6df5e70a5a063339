"""Store blocks of a matrix in a folder, so that an interrupted computation can resume."""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

from ._types import FloatArray


class BlockStore:
    """Folder with one file per block, written atomically.

    A block is written under a temporary name and renamed, which is atomic, so an
    existing file is complete. A manifest holds the configuration. The folder must
    not contain other files.

    Parameters
    ----------
    folder : path
        Created if it does not exist.
    configuration : dict
        Everything the blocks depend on, serializable as JSON.

    Raises
    ------
    ValueError
        If the folder holds blocks of another configuration, or files but no manifest.
    """

    def __init__(self, folder: str | os.PathLike[str], configuration: dict[str, Any]) -> None:
        self.folder = Path(folder)
        self.folder.mkdir(parents=True, exist_ok=True)
        manifest = self.folder / "manifest.json"
        wanted = json.loads(json.dumps(configuration))
        if not manifest.exists():
            if any(self.folder.iterdir()):
                raise ValueError(
                    f"store={str(folder)!r} holds files but no manifest of a Gram matrix: give an "
                    "empty or a new folder."
                )
            self._write(manifest, lambda file: file.write(json.dumps(wanted, indent=1).encode()))
            return
        found = json.loads(manifest.read_text())
        if found != wanted:
            changed = sorted(k for k in {*found, *wanted} if found.get(k) != wanted.get(k))
            was = ", ".join(f"{k}={found.get(k)!r}, now {wanted.get(k)!r}" for k in changed)
            raise ValueError(
                f"store={str(folder)!r} holds blocks of another computation ({was}): give another "
                "folder, or delete this one."
            )

    def get(self, name: str, compute: Callable[[], FloatArray]) -> FloatArray:
        """Return a block: read it if it is stored, otherwise compute and store it.

        Parameters
        ----------
        name : str
            Name of the block, and of its file without the suffix.
        compute : callable
            Returns the block; called without arguments if the block is not stored.

        Returns
        -------
        ndarray
            The block.
        """
        path = self.folder / f"{name}.npy"
        if path.exists():
            return np.asarray(np.load(path, allow_pickle=False))
        block = compute()
        self._write(path, lambda file: np.save(file, block, allow_pickle=False))
        return block

    def _write(self, path: Path, write: Callable[[Any], object]) -> None:
        descriptor, temporary = tempfile.mkstemp(dir=self.folder, suffix=".partial")
        try:
            with os.fdopen(descriptor, "wb") as file:
                write(file)
            os.replace(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise
