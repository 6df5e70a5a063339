"""Measurements kept on disk, by the fingerprint of what they depend on."""

from __future__ import annotations

import contextlib
import os
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from riskcast._files import DamagedFileWarning, remove_abandoned
from riskcast._sealed import Damaged, read_arrays, write_arrays
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
        remove_abandoned(self.folder)

    def get(self, name: str) -> Kept | None:
        """What was kept under a name; None where nothing was, or, with a warning, it is damaged."""
        try:
            return self._read(name)
        except Damaged as damage:
            warnings.warn(
                f"{self._file(name)} is damaged ({damage}); it is measured again",
                DamagedFileWarning,
                stacklevel=2,
            )
            return None

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
        """Keep measurements; returns what is kept, by whichever process was first."""
        arrays = {key: np.asarray(value) for key, value in values.items()}
        kept = Kept(Measurements(**arrays), time.time(), seconds)
        if any(value.dtype.hasobject for value in arrays.values()):
            return kept  # only numbers and text can be kept
        stamps = {"__measured__": np.asarray(kept.measured), "__seconds__": np.asarray(seconds)}
        self.folder.mkdir(parents=True, exist_ok=True)
        file, content = self._file(name), {**arrays, **stamps}
        if write_arrays(file, content, _key(name), compressed=True, replace=False):
            return kept
        with contextlib.suppress(Damaged):
            return self._read(name) or kept
        write_arrays(file, content, _key(name), compressed=True)
        return kept

    def _read(self, name: str) -> Kept | None:
        try:
            arrays = read_arrays(self._file(name), _key(name))
        except FileNotFoundError:
            return None
        measured, seconds = float(arrays.pop("__measured__")), float(arrays.pop("__seconds__"))
        return Kept(Measurements(**arrays), measured, seconds)

    def _file(self, name: str) -> Path:
        return self.folder / f"{name}.npz"


def _key(name: str) -> str:
    return f"measurements {name}"


def _advice(folder: Path, reason: str) -> str:
    return (
        f"RISKCAST_CACHE: measurements cannot be kept in {folder} ({reason}); name a folder that "
        "can be written to"
    )
