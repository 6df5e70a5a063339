"""Check that damaged Parquet, Feather and Arrow files neither crash nor hang the process.

Run ``python benchmarks/damaged_files.py --seeds 2000`` (some minutes on one core; not on Windows).
One file is written per format. For each seed, one to ten of its bytes are changed or the file is
truncated, and a child process reads it. It must finish within 20 seconds with a table or with a
one-line `InputError` that names the file. Anything else is listed with its seed, and the exit
status is 1.
"""

from __future__ import annotations

import argparse
import io
import os
import random
import signal
import sys
import tempfile
import warnings
from collections import Counter
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.feather
import pyarrow.parquet

from riskcast.tables import InputError, read_table

FORMATS = ("feather", "feather-lz4", "feather-zstd", "parquet", "parquet-plain", "stream")
OUTCOMES = ("read", "refused", "several lines", "another exception")
SECONDS = 20


def table(n_rows: int = 60) -> pa.Table:
    """Return a table with columns of most types and missing values."""
    rows = range(n_rows)
    return pa.table(
        {
            "number": np.random.default_rng(0).normal(size=n_rows),
            "gaps": [None if row % 7 == 0 else row for row in rows],
            "text": [f"text {row % 13} é" for row in rows],
            "kind": pa.array(["abc"[row % 3] for row in rows]).dictionary_encode(),
            "pairs": [[1.0, 2.0 * row] for row in rows],
            "lists": [["u"] * (row % 3) for row in rows],
            "struct": [{"a": row, "b": "z"} for row in rows],
            "date": pa.array(range(n_rows), pa.timestamp("us")),
            "truth": [row % 2 == 0 for row in rows],
            "amount": pa.array(range(n_rows)).cast(pa.decimal128(24, 2)),
            "bytes": [b"ab%d" % row for row in rows],
        }
    )


def written(kind: str) -> tuple[str, bytes]:
    """Return the suffix and the contents of an intact file of this kind."""
    name, _, option = kind.partition("-")
    file = io.BytesIO()
    if name == "feather":
        pa.feather.write_feather(table(), file, compression=option or "uncompressed")
    elif name == "parquet":
        plain = {"compression": "none", "use_dictionary": False} if option else {}
        pa.parquet.write_table(table(), file, **plain)
    else:
        with pa.ipc.new_stream(file, table().schema) as writer:
            writer.write_table(table(), max_chunksize=25)
    return {"stream": "arrow"}.get(name, name), file.getvalue()


def damaged(data: bytes, seed: int) -> bytes:
    """Return the file truncated or with one to ten bytes changed."""
    draw, changed = random.Random(seed), bytearray(data)
    if draw.random() < 0.1:
        return data[: draw.randrange(len(data))]
    for _ in range(draw.randint(1, 10)):
        changed[draw.randrange(len(data))] = draw.randrange(256)
    return bytes(changed)


def outcome(path: Path) -> str:
    """Return the outcome of reading a file in a child process."""
    child = os.fork()
    if child == 0:
        warnings.simplefilter("ignore")
        signal.alarm(SECONDS)
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stderr.fileno())
        os._exit(status(path))
    _, result = os.waitpid(child, 0)
    if os.WIFSIGNALED(result):
        return signal.Signals(os.WTERMSIG(result)).name
    return OUTCOMES[os.WEXITSTATUS(result)]


def status(path: Path) -> int:
    """Read a file and return the index of the outcome in `OUTCOMES`."""
    try:
        read_table(str(path))
    except InputError as error:
        return 1 if "\n" not in str(error) and str(path) in str(error) else 2
    except BaseException:
        return 3
    return 0


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000)
    seeds = parser.parse_args().seeds
    faults = 0
    with tempfile.TemporaryDirectory() as folder:
        for kind in FORMATS:
            suffix, data = written(kind)
            path = Path(folder) / f"damaged.{suffix}"
            counts: Counter[str] = Counter()
            for seed in range(seeds):
                path.write_bytes(damaged(data, seed))
                found = outcome(path)
                counts[found] += 1
                if found not in OUTCOMES[:2]:
                    faults += 1
                    print(f"{kind}, seed {seed}: {found}", flush=True)
            print(f"{kind}: " + ", ".join(f"{one} {n}" for one, n in sorted(counts.items())))
    return int(faults > 0)


if __name__ == "__main__":
    sys.exit(main())
