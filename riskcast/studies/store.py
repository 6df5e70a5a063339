"""Measurements kept on disk, by the fingerprint of what they depend on."""

from __future__ import annotations

import contextlib
import os
import tempfile
import time
import zipfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from riskcast.studies.study import Measurements

__all__ = ["Kept", "Store", "default_folder"]


@dataclass(frozen=True)
class Kept:
    """Measurements, when they were taken, and how long that took in seconds."""

    measurements: Measurements
    measured: float
    seconds: float


def default_folder() -> Path:
    """Where measurements are kept: ``$RISKCAST_CACHE``, or the user's folder for caches."""
    given = os.environ.get("RISKCAST_CACHE")
    if given:
        return Path(given)
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "riskcast"


class Store:
    """A folder with one file an experiment and fingerprint, written whole or not at all.

    Parameters
    ----------
    folder : path, optional
        By default the one of `default_folder`.
    """

    def __init__(self, folder: Path | None = None) -> None:
        self.folder = (default_folder() if folder is None else Path(folder)) / "studies"

    def get(self, name: str) -> Kept | None:
        """What was kept under a name; None where nothing was, or the file is broken."""
        try:
            with np.load(self.folder / f"{name}.npz", allow_pickle=False) as file:
                arrays = {key: file[key] for key in file.files}
            measured, seconds = float(arrays.pop("__measured__")), float(arrays.pop("__seconds__"))
        except (OSError, ValueError, KeyError, EOFError, zipfile.BadZipFile):
            return None
        return Kept(Measurements(**arrays), measured, seconds)

    def check_writable(self) -> None:
        """Refuse a folder that nothing can be kept in, before anything is measured.

        Raises
        ------
        ValueError
        """
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise ValueError(_advice(self.folder, str(error.strerror))) from error
        if not os.access(self.folder, os.W_OK):
            raise ValueError(_advice(self.folder, "it is write-protected"))

    def put(self, name: str, values: Mapping[str, Any], seconds: float) -> Kept:
        """Keep measurements; returns them as they will be read."""
        arrays = {key: np.asarray(value) for key, value in values.items()}
        kept = Kept(Measurements(**arrays), time.time(), seconds)
        self.folder.mkdir(parents=True, exist_ok=True)
        handle, unfinished = tempfile.mkstemp(dir=self.folder, suffix=".part")
        try:
            with os.fdopen(handle, "wb") as file:
                stamps = {"__measured__": kept.measured, "__seconds__": seconds}
                np.savez_compressed(file, **arrays, **stamps)  # type: ignore[arg-type]
            os.replace(unfinished, self.folder / f"{name}.npz")
        except BaseException:
            with contextlib.suppress(FileNotFoundError):
                os.unlink(unfinished)
            raise
        return kept


def _advice(folder: Path, reason: str) -> str:
    return (
        f"RISKCAST_CACHE: measurements cannot be kept in {folder} ({reason}); name a folder that "
        "can be written to"
    )
