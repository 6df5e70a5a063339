"""Blocks of kernels in a folder: damaged ones are computed again, never believed."""

import json
import shutil
import warnings

import numpy as np
import pytest

from riskcast._files import DamagedFileWarning
from riskcast.features import ConvolutionalNTK
from tests.damage import DAMAGES, run_killed, run_pair, swap

DATA = np.random.default_rng(2).standard_normal((20, 9))
PLAIN = ConvolutionalNTK((3, 3), 2)(DATA)


def kernel(store):
    """The matrix, and what was warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        K = ConvolutionalNTK((3, 3), 2, store=store)(DATA)
    assert all(warning.category is DamagedFileWarning for warning in caught)
    return K, [str(warning.message) for warning in caught]


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    folder = tmp_path_factory.mktemp("kernel") / "gram"
    assert kernel(folder)[1] == []
    return folder


@pytest.fixture
def store(whole, tmp_path):
    shutil.copytree(whole, tmp_path / "gram")
    return tmp_path / "gram"


def contents(folder):
    return {path.name: path.read_bytes() for path in folder.iterdir() if path.is_file()}


def check(store, whole, *named):
    K, told = kernel(store)
    np.testing.assert_array_equal(K, PLAIN)
    assert len(told) == len(named)
    for name in named:
        assert any(f"{name} is damaged" in line for line in told)
    assert contents(store) == contents(whole)
    assert kernel(store)[1] == []


@pytest.mark.parametrize("part", ["block", "manifest"])
@pytest.mark.parametrize("damage", DAMAGES)
def test_what_is_damaged_is_computed_again(store, whole, part, damage):
    path = sorted(store.glob(f"{part}*"))[-1]
    DAMAGES[damage](path)
    check(store, whole, path.name)


def test_a_whole_block_of_the_right_shape_is_not_believed_either(store, whole):
    path = sorted(store.glob("block*"))[1]
    block = np.load(path)
    np.save(path, block * 1.01)
    check(store, whole, path.name)
    one, other = sorted(store.glob("block-*"))[:2]
    swap(one, other)
    check(store, whole, one.name, other.name)


def test_a_block_of_another_kernel_is_not_believed(store, whole, tmp_path):
    ConvolutionalNTK((3, 3), 3, store=tmp_path / "other")(DATA)
    name = sorted(path.name for path in store.glob("block*"))[0]
    (tmp_path / "other" / name).replace(store / name)
    check(store, whole, name)


def test_blocks_of_an_earlier_version_are_refused(store):
    manifest = json.loads((store / "manifest.json").read_text())
    for name in ("checksum", "format"):
        del manifest[name]
    (store / "manifest.json").write_text(json.dumps(manifest))
    for path in store.glob("block*"):
        np.save(path, np.load(path))
    with pytest.raises(ValueError, match="no checksum, like files of earlier versions"):
        kernel(store)


RUN = """
import sys, numpy as np
from riskcast.features import ConvolutionalNTK
data = np.random.default_rng(2).standard_normal((20, 9))
def work(number):
    return repr(ConvolutionalNTK((3, 3), 2, store=f"{sys.argv[1]}/{number}")(data).tobytes())
"""


@pytest.mark.parametrize(
    ("step", "after"),
    [
        ("fsync", 0),
        pytest.param("link", 0, marks=pytest.mark.slow),
        pytest.param("unlink", 0, marks=pytest.mark.slow),
        pytest.param("fsync", 5, marks=pytest.mark.slow),
        ("replace", 5),
    ],
)
def test_a_kill_in_any_write_is_gone_on_from(whole, tmp_path, step, after):
    run_killed(f"{RUN}\nwork('gram')", tmp_path, step=step, after=after)
    check(tmp_path / "gram", whole)


@pytest.mark.parametrize("left", ["x.partial", ".unfinished-a"])
def test_an_unfinished_file_alone_is_no_obstacle(whole, tmp_path, left):
    (tmp_path / left).touch()
    np.testing.assert_array_equal(kernel(tmp_path)[0], PLAIN)


@pytest.mark.slow
def test_pairs_of_processes_on_one_store(whole, tmp_path):
    for number, told in enumerate(run_pair(RUN, 8, tmp_path)):
        assert told == [f"{PLAIN.tobytes()!r}\n"] * 2
        assert contents(tmp_path / str(number)) == contents(whole)
