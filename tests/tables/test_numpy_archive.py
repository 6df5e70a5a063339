"""NumPy archives: what their arrays hold, and members that are no such arrays."""

import io
import zipfile

import numpy as np
import pytest
import scipy.sparse

from riskcast.tables import InputError, Options, prepare, read_table

N = 30
X = np.random.default_rng(0).normal(size=(N, 3))
DAYS = np.arange(N).astype("M8[D]")


def save(tmp_path, **arrays):
    np.savez(tmp_path / "t.npz", **arrays)
    return str(tmp_path / "t.npz")


@pytest.mark.parametrize("kind", [">f8", "<f8", ">f4", ">f2", "f2", "longdouble", ">i4", ">u2"])
def test_numbers_of_every_byte_order_and_size(tmp_path, kind):
    values = (10 * X).astype(kind)
    table = read_table(save(tmp_path, X=values, y=values[:, 0]))
    np.testing.assert_array_equal(table.frame[["X0", "X1", "X2"]], values.astype(float))
    assert prepare(table, Options(task="regression")).n_samples == N


def test_bytes_are_text(tmp_path):
    kinds = np.array([f"é{k % 3}".encode() for k in range(N)])
    table = read_table(save(tmp_path, X=X, kind=kinds))
    assert table.frame["kind"].tolist() == [f"é{k % 3}" for k in range(N)]
    raw = np.array([b"\xff%d" % k for k in range(N)])
    learned = prepare(read_table(save(tmp_path, X=X, raw=raw, y=X[:, 0])))
    assert [note.kind for note in learned.columns if note.name == "raw"] == ["dropped"]


@pytest.mark.parametrize("unit", ["Y", "M", "D", "h", "s", "ns"])
def test_dates_of_every_unit(tmp_path, unit):
    days = np.arange(N).astype(f">M8[{unit}]")
    frame = read_table(save(tmp_path, X=X, day=days)).frame
    assert (frame["day"].to_numpy() == days).all()


def test_truth_values_text_and_single_numbers(tmp_path):
    path = save(tmp_path, X=X, b=X[:, 0] > 0, s=np.array(["a", "b"] * 15, ">U1"), alpha=0.5)
    frame = read_table(path).frame
    assert list(frame.columns) == ["X0", "X1", "X2", "b", "s"]
    assert frame["s"].tolist() == ["a", "b"] * 15


PAIRS = np.zeros(N, dtype=[("a", float), ("b", ">i4")])


@pytest.mark.parametrize(
    ("array", "message"),
    [
        (X[:, 0] * 1j, "'odd' contains complex numbers"),
        (PAIRS, r"array 'odd' is structured; .*a=odd\['a'\]"),
        (np.zeros(N, "V3"), "array 'odd' contains raw bytes"),
        (np.array([{"a": 1}] * N, dtype=object), "array 'odd' contains Python objects"),
        (np.ones(N + 1), "different numbers of rows .*odd: 31"),
    ],
)
def test_arrays_that_are_no_columns_are_refused_by_name(tmp_path, array, message):
    with pytest.raises(InputError, match=rf"t\.npz: .*{message}"):
        read_table(save(tmp_path, X=X, odd=array))


def test_only_single_numbers_are_no_rows(tmp_path):
    with pytest.raises(InputError, match="contains no rows"):
        read_table(save(tmp_path, a=1.0, b=2.0))
    with pytest.raises(InputError, match="contains no rows"):
        read_table(save(tmp_path, a=X[:0]))


def npy(array):
    file = io.BytesIO()
    np.save(file, array)
    return file.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("readme.txt", b"hello", "member 'readme.txt' is not an array"),
        ("y.npy", b"hello", "member 'y' is not an array"),
        ("y.npy", b"", "'y'"),
        ("y.npy", npy(X)[:-20], "array 'y' cannot be read"),
        ("y.npy", npy(X)[:20], "array 'y' cannot be read"),
        ("y.npy", npy(X).replace(b"'<f8'", b"'<q8'"), "array 'y' cannot be read"),
        ("y.npy", npy(X).replace(b"(30, 3)", b"(30, -)"), "array 'y' cannot be read"),
        ("y.npy", npy(X).replace(b"(30, 3), }  ", b"(10**9,)}  "), "array 'y'"),
    ],
)
def test_members_that_are_no_arrays_are_refused_by_name(tmp_path, name, content, message):
    path = tmp_path / "t.npz"
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("X.npy", npy(X))
        archive.writestr(name, content)
    with pytest.raises(InputError, match=rf"t\.npz: .*{message}"):
        read_table(str(path))


def test_sparse_matrices_are_told_apart(tmp_path):
    scipy.sparse.save_npz(tmp_path / "t.npz", scipy.sparse.eye(9, format="csr"))
    with pytest.raises(InputError, match=r"contains a sparse matrix; .*toarray"):
        read_table(str(tmp_path / "t.npz"))


def test_every_archive_with_changed_bytes_is_read_or_refused(tmp_path):
    kinds = np.array([b"a", b"b"] * 15)
    data = (tmp_path / save(tmp_path, X=X, day=DAYS, kind=kinds, y=X[:, 0])).read_bytes()
    path = tmp_path / "changed.npz"
    for seed in range(300):
        rng = np.random.default_rng(seed)
        changed = np.frombuffer(data, np.uint8).copy()
        changed[rng.integers(len(data), size=5)] = rng.integers(256, size=5)
        path.write_bytes(changed.tobytes()[: None if seed % 5 else rng.integers(len(data))])
        message = str(path)
        try:
            read_table(str(path))
        except InputError as error:
            message = str(error)
        assert str(path) in message
        assert "\n" not in message
