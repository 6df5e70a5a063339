"""Stored arrays and JSON: no damage is believed, none ends in another error than `Damaged`."""

import json
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import array_shapes, arrays, scalar_dtypes

from riskcast._sealed import Damaged, read_arrays, read_json, write_arrays, write_json
from tests.damage import DAMAGES

SETTINGS = settings(
    max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
ANY = arrays(scalar_dtypes(), array_shapes(min_dims=0, min_side=0, max_side=3))
CONTENT = {"kind": "TeacherStudent", "axes": {"width": [4, 9]}, "last_time": float("inf"), "s": 0.1}
VALUES = {"a": np.arange(12.0).reshape(3, 4), "words": np.array(["word", "β"]), "c": np.array(3)}


def same(one, other):
    assert one.dtype == other.dtype
    assert one.shape == other.shape
    assert one.tobytes() == other.tobytes()


@SETTINGS
@given(value=ANY, other=ANY, compressed=st.booleans())
def test_arrays_come_back_to_the_last_bit(tmp_path, value, other, compressed):
    write_arrays(tmp_path / "one.npy", value, "key")
    same(read_arrays(tmp_path / "one.npy", "key"), value)
    same(np.load(tmp_path / "one.npy"), value)
    write_arrays(tmp_path / "two.npz", {"a": value, "b": other}, "key", compressed=compressed)
    found = read_arrays(tmp_path / "two.npz", "key")
    same(found["a"], value)
    same(found["b"], other)
    with np.load(tmp_path / "two.npz") as plain:
        same(plain["a"], value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
)


@SETTINGS
@given(content=st.dictionaries(st.text().filter(lambda name: name != "checksum"), JSON))
def test_json_comes_back(tmp_path, content):
    write_json(tmp_path / "file.json", content, "key")
    assert repr(read_json(tmp_path / "file.json", "key")) == repr(content)
    assert "checksum" in json.loads((tmp_path / "file.json").read_text())


@pytest.fixture(params=["one.npy", "some.npz", "some.json"])
def stored(request, tmp_path):
    """A path, and how to read it."""
    path = tmp_path / request.param
    if path.suffix == ".json":
        write_json(path, CONTENT, "key")
        return path, read_json
    write_arrays(path, VALUES if path.suffix == ".npz" else VALUES["a"], "key")
    return path, read_arrays


@SETTINGS
@given(data=st.data())
def test_no_flipped_bit_is_believed(stored, data):
    path, read = stored
    content = path.read_bytes()
    place = data.draw(st.integers(0, len(content) - 1))
    flipped = bytearray(content)
    flipped[place] ^= 1 << data.draw(st.integers(0, 7))
    path.write_bytes(bytes(flipped))
    try:
        found = read(path, "key")
    except Damaged:
        pass
    else:  # white space of JSON, or the case of an exponent, says nothing
        assert path.suffix == ".json"
        assert found == CONTENT
    finally:
        path.write_bytes(content)


@SETTINGS
@given(data=st.data())
def test_no_shortened_or_lengthened_file_is_believed(stored, data):
    path, read = stored
    content = path.read_bytes()
    kept = data.draw(st.integers(0, len(content) - 1))
    added = data.draw(st.binary(max_size=40)) if path.suffix != ".json" else b""
    changed = content[:kept] + added
    path.write_bytes(changed)
    try:
        if changed != content:
            with pytest.raises(Damaged):
                read(path, "key")
    finally:
        path.write_bytes(content)


@pytest.mark.parametrize("damage", DAMAGES)
def test_every_damage_is_named(stored, damage):
    path, read = stored
    DAMAGES[damage](path)
    with pytest.raises(Damaged, match=r"^\S"):
        read(path, "key")


def test_a_file_that_cannot_be_read_is_damage(stored, monkeypatch):
    path, read = stored

    def refuse(*_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(Path, "read_bytes", refuse)
    with pytest.raises(Damaged, match="cannot be read: Permission denied"):
        read(path, "key")


def test_another_key_is_damage_and_no_file_is_none(stored):
    path, read = stored
    with pytest.raises(Damaged, match="checksum"):
        read(path, "another key")
    path.unlink()
    with pytest.raises(FileNotFoundError):
        read(path, "key")


def test_any_name_can_be_stored(tmp_path):
    values = dict.fromkeys(("file", "allow_pickle", "a b/c", "κ"), np.arange(3))
    write_arrays(tmp_path / "some.npz", values, "key")
    found = read_arrays(tmp_path / "some.npz", "key")
    assert sorted(found) == sorted(values)


def test_objects_are_refused(tmp_path):
    for name, value in (("one.npy", np.array([None])), ("some.npz", {"a": np.array([{}])})):
        with pytest.raises(ValueError, match=r"[Oo]bject"):
            write_arrays(tmp_path / name, value, "key")
    assert not list(tmp_path.iterdir())


def test_the_same_arrays_are_the_same_bytes(tmp_path):
    for name in ("one.npz", "two.npz"):
        write_arrays(tmp_path / name, VALUES, "key", compressed=True)
    assert (tmp_path / "one.npz").read_bytes() == (tmp_path / "two.npz").read_bytes()


def test_deep_json_is_damage(tmp_path):
    (tmp_path / "file.json").write_text("[" * 100_000)
    with pytest.raises(Damaged):
        read_json(tmp_path / "file.json", "key")
