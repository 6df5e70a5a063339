"""Files with a checksum inside, so that a damaged one is noticed and never believed.

The checksum covers the content and a key, which says what the file holds and of
which computation. A file that was swapped for another one is noticed as well.
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
_END = len(_MARK) + 65  # the mark, 64 digits and a line's end
_CHECKSUM = "checksum"
_NO_CHECKSUM = "it has no checksum, as files of earlier versions"
_WRONG_CHECKSUM = "its checksum does not match"

Arrays = NDArray[Any] | Mapping[str, NDArray[Any]]


class Damaged(ValueError):
    """A file that is not what was stored; the message says why, without the file's name."""


def write_arrays(
    path: Path, arrays: Arrays, key: str, *, compressed: bool = False, replace: bool = True
) -> bool:
    """Write an array as ``.npy``, or named ones as ``.npz``, with a checksum after its end.

    NumPy reads such a file, too; it does not look at what follows.

    Parameters
    ----------
    path : Path
    arrays : ndarray or mapping of str to ndarray
        Numbers or text, no objects.
    key : str
        What the file holds.
    compressed : bool, default False
        Of named arrays.
    replace : bool, default True
        Whether to replace a file that is there.

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
    """An array, or a dict of arrays by name, as they were written.

    Raises
    ------
    FileNotFoundError
        If there is no file.
    Damaged
        If it is not what was written under this key.
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
    except ValueError as error:  # whole, but of another NumPy
        raise Damaged(str(error)) from error


def write_json(path: Path, content: Mapping[str, Any], key: str, *, replace: bool = True) -> bool:
    """Write a mapping as JSON, with its checksum as one more entry; see `write_arrays`."""
    plain = json.loads(json.dumps(content))
    text = json.dumps({**plain, _CHECKSUM: checksum(plain, key)}, indent=1)
    return _put(path, text.encode(), replace)


def read_json(path: Path, key: str) -> dict[str, Any]:
    """A mapping from JSON, its checksum left out; see `read_arrays`."""
    raw = _content(path)
    try:
        content = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise Damaged("it is no JSON" if raw else "it is empty") from error
    if not isinstance(content, dict) or _CHECKSUM not in content:
        raise Damaged(_NO_CHECKSUM)
    if content.pop(_CHECKSUM) != checksum(content, key):
        raise Damaged(_WRONG_CHECKSUM)
    return content


def checksum(content: Mapping[str, Any], key: str = "") -> str:
    """Digest of a mapping that JSON can hold, whatever the order of its entries."""
    return _digest(json.dumps(content, sort_keys=True).encode(), key)


def _save_named(file: BinaryIO, arrays: Mapping[str, NDArray[Any]], compression: int) -> None:
    """As NumPy does, but with any names and without objects."""
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
    """All bytes of an ordinary file; a pipe would keep its reader waiting."""
    if not os.path.lexists(path):
        raise FileNotFoundError(f"{path}: there is no such file")
    try:
        if not path.is_file():
            raise Damaged("it is no ordinary file")
        return path.read_bytes()
    except FileNotFoundError:
        raise
    except OSError as error:
        raise Damaged(f"it cannot be read: {error.strerror}") from error
