"""Store blocks of a matrix in a folder, so that an interrupted computation can resume."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from riskcast._sealed_folder import SealedFolder

from ._types import FloatArray


class BlockStore:
    """Folder with one file per block, written atomically and verified when read.

    A manifest holds the configuration. A block that is damaged, or belongs to another
    configuration, is computed again, with a warning.

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
        def refusal(before: dict[str, Any], now: dict[str, Any]) -> str:
            changed = sorted(k for k in {*before, *now} if before.get(k) != now.get(k))
            was = ", ".join(f"{k}={before.get(k)!r}, now {now.get(k)!r}" for k in changed)
            return (
                f"store={str(folder)!r} holds blocks of another computation ({was}): give another "
                "folder, or delete this one."
            )

        self._folder = SealedFolder(folder, "manifest.json", ".npy", "Gram matrix")
        self._folder.begin(configuration, refusal)

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
        kept = self._folder.find(name)
        if kept is not None:
            return np.asarray(kept)
        block = compute()
        self._folder.put(name, block)
        return block
