"""Files written whole or not at all, also when the process is killed or another one writes too."""

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

# Temporary files: whose they are (machine and process), then random digits.
_PREFIX = ".unfinished-"
_OWNED = re.compile(r"\.unfinished-([0-9a-f]{8})-(\d+)-[0-9a-f]{16}")
_OTHERS = (".partial", ".part")  # how earlier versions named them
_ABANDONED_AFTER = 7 * 24 * 3600.0  # seconds, where nobody can tell whether the owner lives

_being_written: set[str] = set()  # by this process


class DamagedFileWarning(UserWarning):
    """A stored file is damaged; what it held is computed again."""


def write_whole(path: str | os.PathLike[str], content: str | bytes) -> None:
    """Put a file in place, or replace it, in one step.

    The content goes to a temporary file in the same folder, which then takes
    the name. A link stays a link; its target is replaced.

    Parameters
    ----------
    path : path
    content : str or bytes
        Text is written as UTF-8.

    Raises
    ------
    ValueError
        If the place is taken by a folder, a pipe or a device.
    OSError
        If the file cannot be written; whatever was there is still there.
    """
    _write(Path(path), content, replace=True)


def write_new(path: str | os.PathLike[str], content: str | bytes) -> bool:
    """Put a file in place, in one step, unless there is one already.

    Of several processes that do this at once, exactly one succeeds.

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
    """Whether a file of this name is unfinished, by this or an earlier version."""
    return name.startswith(_PREFIX) or name.endswith(_OTHERS)


def make_way(path: Path) -> None:
    """Rename what stands where a file should, such as a folder, a pipe or a broken link."""
    if os.path.lexists(path) and not path.is_file():
        aside = path.with_name(f"{path.name}.set-aside-{secrets.token_hex(4)}")
        with contextlib.suppress(FileNotFoundError):  # another process was faster
            os.rename(path, aside)


def remove_abandoned(folder: str | os.PathLike[str]) -> None:
    """Remove temporary files of processes that are dead, never those of living ones.

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
            f"{path}: is no ordinary file but a folder, a pipe or a device; give another name"
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
    """Write to the disk itself, with the rights that any new file of the user has."""
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0)
    with os.fdopen(os.open(temporary, flags, 0o666), "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())


def _link(temporary: Path, path: Path) -> bool:
    """Give the file its name if nobody else has done so."""
    try:
        os.link(temporary, path)
    except FileExistsError:
        return False
    except OSError:  # a file system without links: a moment in which two may both succeed
        if path.exists():
            return False
        os.replace(temporary, path)
    return True


def _is_abandoned(path: Path) -> bool:
    owned = _OWNED.fullmatch(path.name)
    if owned and owned[1] == _machine() and os.name != "nt":  # where signal 0 ends a process
        owner = int(owned[2])
        if owner == os.getpid():  # else left by a dead process of the same number
            return path.name not in _being_written
        return not _is_alive(owner)
    return time.time() - path.lstat().st_mtime > _ABANDONED_AFTER


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:  # it is somebody else's
        return True
    return True


@lru_cache(maxsize=1)
def _machine() -> str:
    """Eight digits for what process numbers count in: a machine since its start, or a container."""
    import socket  # 10 ms, for those who write

    known = [socket.gethostname()]
    with contextlib.suppress(OSError):
        known.append(Path("/proc/sys/kernel/random/boot_id").read_text(encoding="ascii"))
    with contextlib.suppress(OSError):
        known.append(os.readlink("/proc/self/ns/pid"))
    return hashlib.sha256("\n".join(known).encode()).hexdigest()[:8]
