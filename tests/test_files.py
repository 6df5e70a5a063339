"""The writer of files: whole or not at all, links stay, nobody's temporary file is touched."""

import os
import stat
import subprocess
import sys
import threading
import time

import pytest

from riskcast import _files
from riskcast._files import is_temporary, make_way, remove_abandoned, write_new, write_whole
from tests.damage import run_killed


def names(folder):
    return sorted(path.name for path in folder.iterdir())


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_write_that_fails_leaves_what_was_there(tmp_path, monkeypatch, step):
    write_whole(tmp_path / "kept", "first")
    monkeypatch.setattr(os, step, lambda *_: (_ for _ in ()).throw(OSError("disk full")))
    for name in ("kept", "new"):
        with pytest.raises(OSError, match="disk full"):
            write_whole(tmp_path / name, "second")
    assert names(tmp_path) == ["kept"]
    assert (tmp_path / "kept").read_text() == "first"


WRITE = """
import sys
from riskcast._files import write_whole
write_whole(sys.argv[1], "second")
"""


@pytest.mark.parametrize("step", ["fsync", "replace", "unlink"])
def test_a_kill_in_a_write_leaves_a_whole_file(tmp_path, step):
    path = tmp_path / "kept"
    write_whole(path, "first")
    run_killed(WRITE, path, step=step)
    assert path.read_text() == ("second" if step == "unlink" else "first")
    assert all(is_temporary(name) for name in names(tmp_path) if name != "kept")
    remove_abandoned(tmp_path)
    assert names(tmp_path) == ["kept"]


def test_links_stay_links(tmp_path):
    (tmp_path / "there").mkdir()
    (tmp_path / "link").symlink_to("there/file")
    write_whole(tmp_path / "link", "first")
    write_whole(tmp_path / "link", b"second")
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "there" / "file").read_bytes() == b"second"
    assert names(tmp_path / "there") == ["file"]


@pytest.mark.parametrize("write", [write_whole, write_new])
def test_folders_pipes_and_devices_are_refused(tmp_path, write):
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "null").symlink_to(os.devnull)
    for name in ("folder", "pipe", "null"):
        with pytest.raises(ValueError, match="not a regular file"):
            write(tmp_path / name, "text")
    assert stat.S_ISCHR(os.stat(os.devnull).st_mode)
    assert (tmp_path / "pipe").is_fifo()
    assert names(tmp_path) == ["folder", "null", "pipe"]


def test_a_file_has_the_rights_of_any_new_one(tmp_path):
    (tmp_path / "usual").write_text("")
    write_whole(tmp_path / "written", "")
    modes = {path.stat().st_mode for path in tmp_path.iterdir()}
    assert len(modes) == 1


def test_long_names_and_unicode_can_be_written(tmp_path):
    path = tmp_path / ("ä" * 127)  # as long as a name may be
    write_whole(path, "κ = 1")
    assert path.read_bytes() == "κ = 1".encode()


@pytest.mark.parametrize("links", [True, False])
def test_of_many_writers_of_a_new_file_one_succeeds(tmp_path, monkeypatch, links):
    if not links:  # as on file systems that have none
        monkeypatch.setattr(os, "link", lambda *_: (_ for _ in ()).throw(OSError("unsupported")))
    barrier, written = threading.Barrier(8 if links else 1), []

    def write(number):
        barrier.wait()
        if write_new(tmp_path / "file", str(number)):
            written.append(str(number))

    threads = [threading.Thread(target=write, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
        if not links:
            thread.join()
    for thread in threads:
        thread.join()
    assert written == [(tmp_path / "file").read_text()]
    assert names(tmp_path) == ["file"]


def temporary(owner, machine=None, digits="0" * 16):
    return f".unfinished-{machine or _files._machine()}-{owner}-{digits}"


def test_temporary_files_of_the_dead_go_and_those_of_the_living_stay(tmp_path):
    dead = subprocess.Popen([sys.executable, "-c", ""])
    dead.wait()
    living = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    week = time.time() - 8 * 24 * 3600.0
    gone = {
        temporary(dead.pid): None,
        temporary(os.getpid()): None,  # its number was another process's
        temporary(dead.pid, "0" * 8): week,
        ".unfinished-left": week,
        temporary(10**30): None,
    }
    kept = {
        temporary(living.pid): week,
        temporary(1): week,  # somebody else's, who cannot be asked
        temporary(dead.pid, "0" * 8): None,
        temporary(dead.pid, digits="1" * 15): None,
        ".unfinished-right": None,
        "x.partial": week,
        "thesis.txt": week,
    }
    kept[temporary(dead.pid, "1" * 8)] = kept.pop(temporary(dead.pid, "0" * 8))
    for name, when in (gone | kept).items():
        (tmp_path / name).write_text("")
        if when:
            os.utime(tmp_path / name, (when, when))
    try:
        remove_abandoned(tmp_path)
        assert names(tmp_path) == sorted(kept)
    finally:
        living.communicate(b"\n")
    remove_abandoned(tmp_path / "no folder")


def test_the_own_unfinished_file_is_not_removed(tmp_path, monkeypatch):
    seen = []

    def look(*_, sync=os.fsync):
        remove_abandoned(tmp_path)
        seen.extend(names(tmp_path))

    monkeypatch.setattr(os, "fsync", look)
    write_whole(tmp_path / "file", "text")
    assert len(seen) == 1
    assert is_temporary(seen[0])
    assert names(tmp_path) == ["file"]


def test_what_is_in_the_way_is_renamed_not_removed(tmp_path):
    (tmp_path / "part").mkdir()
    (tmp_path / "part" / "thesis.txt").write_text("years of work")
    make_way(tmp_path / "part")
    (aside,) = tmp_path.iterdir()
    assert (aside / "thesis.txt").read_text() == "years of work"
    (tmp_path / "file").write_text("")
    make_way(tmp_path / "file")
    make_way(tmp_path / "nothing")
    assert (tmp_path / "file").is_file()
