"""Atomic file writes that survive kills and concurrent writers."""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import time
from functools import lru_cache
from pathlib import Path

__all__ = [
    "DamagedFileWarning", "is_temporary", "make_way", "remove_abandoned", "write_new",
    "write_whole",
]  # fmt: skip

# Names of temporary files: owner (machine and process), then random digits.
_PREFIX = ".unfinished-"
_OWNED = re.compile(r"\.unfinished-([0-9a-f]{8})-(\d+)-[0-9a-f]{16}")
_OTHERS = (".partial", ".part")  # used by earlier versions
_ABANDONED_AFTER = 7 * 24 * 3600.0  # seconds, if it is unknown whether the owner is alive

_being_written: set[str] = set()  # by this process


class DamagedFileWarning(UserWarning):
    """A stored file is damaged; its content is recomputed."""


def write_whole(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Write or replace a file atomically.

    The content is written to a temporary file in the same folder, which is then renamed.
    A link stays a link; its target is replaced.

    Parameters
    ----------
    path : path
    content : str or bytes
        Text is written as UTF-8.

    Raises
    ------
    ValueError
        If the path is a folder, a pipe or a device.
    OSError
        If the file cannot be written; an existing file is left unchanged.
    """
    _write(Path(path), content, replace=True)


def write_new(path: str | os.PathLike[str], content: str | bytes) -> bool:
    """Write a file atomically unless it exists.

    Of several concurrent processes, exactly one succeeds.

    Parameters
    ----------
    path, content
        As for :func:`write_whole`.

    Returns
    -------
    bool
        Whether it was written.
    """
    return _write(Path(path), content, replace=False)


def is_temporary(name: str) -> bool:
    """Whether this is the name of a temporary file of this or an earlier version."""
    return name.startswith(_PREFIX) or name.endswith(_OTHERS)


def make_way(path: Path) -> None:
    """Rename a folder, pipe or broken link that occupies the path of a file."""
    if os.path.lexists(path) and not path.is_file():
        aside = path.with_name(f"{path.name}.set-aside-{secrets.token_hex(4)}")
        with contextlib.suppress(FileNotFoundError):  # another process has already done so
            os.rename(path, aside)


def remove_abandoned(folder: str | os.PathLike[str]) -> None:
    """Remove temporary files of dead processes, never those of living ones.

    A file whose owner ran on another machine is removed after a week.
    """
    with contextlib.suppress(OSError), os.scandir(folder) as entries:
        for entry in entries:
            if entry.name.startswith(_PREFIX) and _is_abandoned(Path(entry.path)):
                with contextlib.suppress(OSError):
                    os.unlink(entry.path)


def _write(path: Path, content: str | bytes, replace: bool) -> bool:
    path = Path(os.path.realpath(path))
    if path.exists() and not path.is_file():
        raise ValueError(
            f"{path}: is a folder, a pipe or a device, not a regular file; give another name"
        )
    name = f"{_PREFIX}{_machine()}-{os.getpid()}-{secrets.token_hex(8)}"
    _being_written.add(name)
    temporary = path.with_name(name)
    try:
        _fill(temporary, content.encode() if isinstance(content, str) else content)
        if not replace:
            return _link(temporary, path)
        os.replace(temporary, path)
        return True
    finally:
        with contextlib.suppress(FileNotFoundError):
            os.unlink(temporary)
        _being_written.discard(name)


def _fill(temporary: Path, content: bytes) -> None:
    """Write and sync a new file with the default permissions of the user."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(temporary, flags, 0o666), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _link(temporary: Path, path: Path) -> bool:
    """Link the file to its name unless that exists."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError:  # no hard links on this file system: two writers may both succeed
        if path.exists():
            return False
        os.replace(temporary, path)
    return True


def _is_abandoned(path: Path) -> bool:
    owned = _OWNED.fullmatch(path.name)
    if (
        owned and owned[1] == _machine() and os.name != "nt"
    ):  # on Windows, signal 0 would end the process
        owner = int(owned[2])
        if owner == os.getpid():  # else left by a dead process with the same number
            return path.name not in _being_written
        return not _is_alive(owner)
    return time.time() - path.lstat().st_mtime > _ABANDONED_AFTER


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # the process belongs to another user
        return True
    return True


@lru_cache(maxsize=1)
def _machine() -> str:
    """Eight digits that identify the machine since its boot, or the container."""
    import socket  # 10 ms, only needed when writing

    known = [socket.gethostname()]
    with contextlib.suppress(OSError):
        known.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii"))
    with contextlib.suppress(OSError):
        known.append(os.readlink("/proc/self/ns/pid"))
    return hashlib.sha256("\n".join(known).encode()).hexdigest()[:8]
