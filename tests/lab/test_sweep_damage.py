"""Sweeps that were killed, damaged or run twice at once end as if nothing had happened."""

import json
import shutil

import numpy as np
import pytest

from riskcast import lab
from riskcast._files import DamagedFileWarning
from riskcast.cli import main
from tests.damage import DAMAGES, run_killed, run_pair, swap
from tests.lab.test_lab_command import CONFIG

CELLS = 3


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory):
    """A finished sweep, and what the command says of it."""
    folder = tmp_path_factory.mktemp("sweep")
    (folder / "sweep.toml").write_text(CONFIG)
    return folder, *told(folder)


def told(folder, *words):
    """What ``lab run`` says, in a process of its own streams."""
    import contextlib
    import io

    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        status = main(["lab", *(words or ("run", str(folder / "sweep.toml"), "--json"))])
    return status, out.getvalue(), err.getvalue()


@pytest.fixture
def sweep(undisturbed, tmp_path):
    """A copy of it, to be damaged."""
    shutil.copytree(undisturbed[0], tmp_path / "copy")
    return tmp_path / "copy"


def contents(folder):
    return {path.name: path.read_bytes() for path in (folder / "cells").iterdir() if path.is_file()}


def cells_of(folder):
    return sorted((folder / "cells").glob("*.npz"))


@pytest.mark.parametrize("part", ["cell", "plan"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_is_named_and_made_again(undisturbed, sweep, part, damage):
    whole, status, out, err = undisturbed
    assert (status, err) == (0, "")
    path = cells_of(sweep)[1] if part == "cell" else sweep / "cells" / "sweep.json"
    DAMAGES[damage](path)
    status, out, err = told(sweep, "show", str(sweep / "cells"))
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert f"{path} is damaged" in err
    status, out, err = told(sweep)
    assert (status, out) == (0, undisturbed[2])
    assert err.count("\n") == 1
    assert err.startswith("riskcast: warning: ")
    assert f"{path} is damaged" in err
    assert contents(sweep) == contents(whole)
    assert told(sweep) == undisturbed[1:]
    assert told(sweep, "show", str(sweep / "cells"), "--json") == undisturbed[1:]


def test_cells_that_changed_places_are_made_again(undisturbed, sweep):
    swap(*cells_of(sweep)[:2])
    status, out, err = told(sweep)
    assert (status, out, err.count("\n")) == (0, undisturbed[2], 2)
    assert contents(sweep) == contents(undisturbed[0])


def test_a_cell_of_another_sweep_with_the_same_name_and_shape_is_not_believed(undisturbed, sweep):
    other = sweep / "other"
    other.mkdir()
    (other / "sweep.toml").write_text(CONFIG.replace("snr = 2.0", "snr = 3.0"))
    told(other)
    foreign, own = cells_of(other)[0], cells_of(sweep)[0]
    assert foreign.name == own.name
    foreign.replace(own)
    status, out, err = told(sweep)
    assert (status, out, err.count("\n")) == (0, undisturbed[2], 1)
    assert contents(sweep) == contents(undisturbed[0])


def test_all_cells_may_be_damaged(undisturbed, sweep):
    for path, damage in zip(cells_of(sweep), ("empty", "half", "no numbers"), strict=True):
        DAMAGES[damage](path)
    status, out, err = told(sweep)
    assert (status, out, err.count("\n")) == (0, undisturbed[2], CELLS)


def test_another_sweep_is_still_refused(sweep):
    (sweep / "sweep.toml").write_text(CONFIG.replace("snr = 2.0", "snr = 3.0"))
    before = contents(sweep)
    status, out, err = told(sweep)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "holds another sweep (task.snr: 2.0 in the store, 3.0 now)" in err
    DAMAGES["half"](sweep / "cells" / "sweep.json")
    status, out, err = told(sweep)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "sweep.json is damaged" in err
    assert "give another folder" in err
    del before["sweep.json"]
    assert before.items() <= contents(sweep).items()


def test_a_store_of_an_earlier_version_is_refused(sweep):
    path = sweep / "cells" / "sweep.json"
    description = json.loads(path.read_text())
    del description["checksum"]
    path.write_text(json.dumps(description | {"format": 1}))
    for cell in cells_of(sweep):
        with np.load(cell) as stored:
            arrays = dict(stored)
        np.savez(cell, **arrays)
    status, out, err = told(sweep)
    assert (status, out, err.count("\n")) == (2, "", 1)
    assert "no checksum, like files of earlier versions" in err


def test_in_python_damage_is_a_warning(tmp_path):
    settings = {"rule": "gradient_flow", "n_records": 5, "progress": False, "seeds": 2}
    task = lab.TeacherStudent(6, n_train=15, snr=2.0, n_test=40)
    student = lab.FullyConnected(trained="readout")
    whole = lab.sweep(task, student, {"width": [3, 4]}, store=tmp_path, **settings)
    DAMAGES["half"](next(tmp_path.glob("width=3*")))
    with pytest.raises(ValueError, match=r"store: .*width=3.* is damaged .* run its sweep again"):
        lab.load(tmp_path)
    with pytest.warns(DamagedFileWarning, match=r"width=3.* is damaged .* recomputed"):
        again = lab.sweep(task, student, {"width": [3, 4]}, store=tmp_path, **settings)
    assert again.identical(whole)
    assert lab.load(tmp_path).identical(whole)


RUN = """
import sys
from riskcast.cli import main
def work(number):
    import contextlib, io
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        status = main(["lab", "run", sys.argv[1], "--store", f"{sys.argv[2]}/{number}", "--json"])
    return repr((status, out.getvalue()))
"""


@pytest.mark.parametrize(
    ("step", "after"),
    [("mkdir", 0), ("fsync", 0), ("link", 0), ("unlink", 0), ("fsync", 1), ("replace", 2)],
)
def test_a_kill_in_any_write_is_gone_on_from(undisturbed, tmp_path, step, after):
    whole, *expected = undisturbed
    (tmp_path / "sweep.toml").write_text(CONFIG)
    run_killed(f"{RUN}\nwork('cells')", tmp_path / "sweep.toml", tmp_path, step=step, after=after)
    assert told(tmp_path) == tuple(expected)
    assert contents(tmp_path) == contents(whole)


@pytest.mark.parametrize("left", [".unfinished-a", "x.partial"])
def test_an_unfinished_file_alone_is_no_obstacle(undisturbed, tmp_path, left):
    (tmp_path / "sweep.toml").write_text(CONFIG)
    (tmp_path / "cells").mkdir()
    (tmp_path / "cells" / left).touch()
    assert told(tmp_path) == undisturbed[1:]


@pytest.mark.slow
def test_pairs_of_processes_on_one_store(undisturbed, tmp_path):
    whole, status, out, _ = undisturbed
    for number, told_by in enumerate(run_pair(RUN, 8, whole / "sweep.toml", tmp_path)):
        assert told_by == [f"{(status, out)!r}\n"] * 2
        stored = {path.name: path.read_bytes() for path in (tmp_path / str(number)).iterdir()}
        assert stored == contents(whole)
