"""Files with an embedded checksum, so that damage is detected.

The checksum covers the content and a key, which identifies the computation and the part stored.
A file that was swapped for another one is therefore detected, too.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import Any, BinaryIO

import numpy as np
from numpy.typing import NDArray

from riskcast._files import make_way, write_new, write_whole

__all__ = [
    "Arrays", "Damaged", "checksum", "read_arrays", "read_json", "write_arrays", "write_json",
]  # fmt: skip

_MARK = b"\nriskcast sha256 "
_END = len(_MARK) + 65  # the mark, 64 digits and a newline
_CHECKSUM = "checksum"
_NO_CHECKSUM = "it has no checksum, like files of earlier versions"
_WRONG_CHECKSUM = "its checksum does not match"

Arrays = NDArray[Any] | Mapping[str, NDArray[Any]]


class Damaged(ValueError):
    """A file differs from what was stored; the message gives the reason without the file name."""


def write_arrays(
    path: Path, arrays: Arrays, key: str, *, compressed: bool = False, replace: bool = True
) -> bool:
    """Write an array as ``.npy``, or named arrays as ``.npz``, followed by a checksum.

    NumPy can read such files; it ignores the checksum.

    Parameters
    ----------
    path : Path
    arrays : ndarray or mapping of str to ndarray
        Numbers or text, no objects.
    key : str
        Identifies the content.
    compressed : bool, default False
        Whether to compress named arrays.
    replace : bool, default True
        Whether to replace an existing file.

    Returns
    -------
    bool
        Whether it was written.

    Raises
    ------
    ValueError
        If an array holds objects.
    """
    encoded = io.BytesIO()
    if isinstance(arrays, np.ndarray):
        np.save(encoded, arrays, allow_pickle=False)
    else:
        _save_named(encoded, arrays, zipfile.ZIP_DEFLATED if compressed else zipfile.ZIP_STORED)
    payload = encoded.getvalue()
    return _put(path, payload + _MARK + _digest(payload, key).encode() + b"\n", replace)


def read_arrays(path: Path, key: str) -> Any:
    """Read an array, or a dict of arrays by name.

    Raises
    ------
    FileNotFoundError
        If the file does not exist.
    Damaged
        If the content does not match the checksum for this key.
    """
    content = _content(path)
    payload, end = content[:-_END], content[-_END:]
    if not end.startswith(_MARK):
        raise Damaged(_NO_CHECKSUM if content else "it is empty")
    if end != _MARK + _digest(payload, key).encode() + b"\n":
        raise Damaged(_WRONG_CHECKSUM)
    try:
        stored = np.load(io.BytesIO(payload), allow_pickle=False)
        return stored if isinstance(stored, np.ndarray) else dict(stored)
    except ValueError as error:  # intact, but written by another version of NumPy
        raise Damaged(str(error)) from error


def write_json(path: Path, content: Mapping[str, Any], key: str, *, replace: bool = True) -> bool:
    """Write a mapping as JSON, with an entry for its checksum; see `write_arrays`."""
    plain = json.loads(json.dumps(content))
    text = json.dumps({**plain, _CHECKSUM: checksum(plain, key)}, indent=1)
    return _put(path, text.encode(), replace)


def read_json(path: Path, key: str) -> dict[str, Any]:
    """Read a mapping from JSON, without its checksum; see `read_arrays`."""
    raw = _content(path)
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Damaged("it is not JSON" if raw else "it is empty") from error
    if not isinstance(content, dict) or _CHECKSUM not in content:
        raise Damaged(_NO_CHECKSUM)
    if content.pop(_CHECKSUM) != checksum(content, key):
        raise Damaged(_WRONG_CHECKSUM)
    return content


def checksum(content: Mapping[str, Any], key: str = "") -> str:
    """Return the digest of a JSON-serializable mapping, regardless of order."""
    return _digest(json.dumps(content, sort_keys=True).encode(), key)


def _save_named(file: BinaryIO, arrays: Mapping[str, NDArray[Any]], compression: int) -> None:
    """Save as `numpy.savez` does, but with arbitrary names and without objects."""
    with zipfile.ZipFile(file, "w", compression) as archive:
        for name, array in arrays.items():
            with archive.open(f"{name}.npy", "w", force_zip64=True) as member:
                np.lib.format.write_array(member, array, allow_pickle=False)


def _digest(payload: bytes, key: str) -> str:
    return hashlib.sha256(key.encode() + b"\0" + payload).hexdigest()


def _put(path: Path, content: bytes, replace: bool) -> bool:
    make_way(path)
    if not replace:
        return write_new(path, content)
    write_whole(path, content)
    return True


def _content(path: Path) -> bytes:
    """Return the bytes of a regular file; reading a pipe would block."""
    if not os.path.lexists(path):
        raise FileNotFoundError(f"{path}: no such file")
    try:
        if not path.is_file():
            raise Damaged("it is not a regular file")
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Damaged(f"it cannot be read: {error.strerror}") from error
