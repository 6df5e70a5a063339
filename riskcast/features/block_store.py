"""Blocks of a matrix in a folder, so that a long computation survives an interruption."""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

import numpy as np

from riskcast._sealed_folder import SealedFolder

from ._types import FloatArray


class BlockStore:
    """One file a block, written whole or not at all, and recognized as what was written.

    A manifest holds what the blocks are of. A block that is damaged, or of
    another computation, is computed again, with a warning.

    Parameters
    ----------
    folder : path
        Made if it is not there.
    configuration : dict
        Everything the blocks depend on, as JSON.

    Raises
    ------
    ValueError
        If the folder holds blocks of another configuration, or files but no
        manifest.
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
        """The block of this name: read if it is there, else computed and kept.

        Parameters
        ----------
        name : str
        compute : callable without arguments

        Returns
        -------
        ndarray
        """
        kept = self._folder.find(name)
        if kept is not None:
            return np.asarray(kept)
        block = compute()
        self._folder.put(name, block)
        return block
