"""Run the forecast benchmark for one case and draw with all methods; results are cached."""

from __future__ import annotations

import hashlib
import pickle
import warnings
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas
from forecast_case import Case, FloatArray
from forecast_cases import is_synthetic
from forecast_found import FoundCase
from forecast_oracle import Oracle
from forecast_peers import FAMILIES, Points, Prediction, carried_forward, observed_points, predict

import riskcast as rc

HERE = Path(__file__).parent
CACHE = HERE / ".forecast_cache"
OURS = "riskcast"
CARRIED = "last point"
KNOWN_RATIO = "true ratio"
PEERS = tuple(family.name for family in FAMILIES)

_PARTS = ("features", "path", "spectra", "theory")  # of the library that forecasts depend on

# Truths with a larger relative standard error are not used.
ROUGHEST = 0.05

# Best weighting of each peer on the open cases, among "plain", "relative" and "precision".
WEIGHTING = {"POW3": "relative", "POW4": "relative", "MMF4": "relative", "WBL4": "relative"}


class Line(NamedTuple):
    """One forecast and the truth."""

    case: str
    synthetic: bool
    seed: int
    horizon: int
    method: str
    truth: float
    truth_error: float
    risk: float
    lower: float
    upper: float


def run(
    case: Case, seed: int, methods: tuple[str, ...] = (OURS, *PEERS, CARRIED, KNOWN_RATIO)
) -> list[Line]:
    """Forecasts of all methods at all horizons of a case, from one draw of its rows.

    The "true ratio" is a reference and not a method: it knows the factor by which the
    risk falls and estimates only the current risk, with the noise of the rows.
    """
    asked = np.array([case.n_rows * times for times in case.horizons], dtype=float)
    found: dict[str, Prediction] = {}
    if OURS in methods:
        found[OURS] = _kept(f"{_library()} {_key(case, seed)}", lambda: _ours(case, seed, asked))
    if set(methods) - {OURS}:
        points = observed(case, seed)
        found |= _kept(
            f"{_source('forecast_peers.py')} {WEIGHTING} {_key(case, seed)}",
            lambda: _peers(points, asked, seed),
        )
        ratio = [case.truth(int(size))[0] / case.truth(case.n_rows)[0] for size in asked]
        found[KNOWN_RATIO] = Prediction(*(part * ratio for part in found[CARRIED]))
    lines = []
    for method in methods:
        for number, times in enumerate(case.horizons):
            truth, error = case.truth(case.n_rows * times)
            if error > ROUGHEST * truth:
                continue
            parts = [float(part[number]) for part in found[method]]
            kind = is_synthetic(case)
            lines.append(Line(case.name, kind, seed, times, method, truth, error, *parts))
    return lines


def observed(case: Case, seed: int) -> Points:
    """Points that all peers fit."""

    def make() -> Points:
        X, y, model = case.sample(seed)
        return observed_points(X, y, model["kernel"], seed)

    return _kept(f"points 1 {_key(case, seed)}", make)


def oracle_forecasts(case: Case, seeds: range) -> FloatArray:
    """Risks of both oracles, shape (draws, 2, horizons)."""

    def make() -> FloatArray:
        oracle = Oracle(case)
        return np.stack([oracle.forecast(seed) for seed in seeds])

    return _kept(f"{_source('forecast_oracle.py')} {seeds} {_key(case, 0)}", make)


def as_frame(lines: list[Line]) -> pandas.DataFrame:
    """Return the lines as a table with errors and scores of the log risk."""
    frame = pandas.DataFrame(lines, columns=Line._fields)
    smallest = 1e-3 * frame.truth  # intervals that reach zero have no logarithm
    frame["error"] = np.log(frame.risk.clip(lower=smallest) / frame.truth)
    frame["size"] = frame.error.abs()
    low, high = (np.log(frame[end].clip(lower=smallest)) for end in ("lower", "upper"))
    true = np.log(frame.truth)
    frame["covered"] = (low <= true) & (true <= high)
    outside = (low - true).clip(lower=0.0) + (true - high).clip(lower=0.0)
    frame["score"] = high - low + 2.0 / (1.0 - 0.9) * outside
    return frame


def _ours(case: Case, seed: int, asked: FloatArray) -> Prediction:
    X, y, model = case.sample(seed)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        forecast = rc.forecast(
            X, y, n_samples=asked, level=0.9, **{"scoring": "squared_error", **model}
        )
    return Prediction(forecast.risk, forecast.lower, forecast.upper)


def _peers(points: Points, asked: FloatArray, seed: int) -> dict[str, Prediction]:
    found = {CARRIED: carried_forward(points, asked)}
    for number, family in enumerate(FAMILIES):
        random = np.random.default_rng([seed, number])
        found[family.name] = predict(family, points, asked, WEIGHTING[family.name], random)
    return found


def _key(case: Case, seed: int) -> str:
    sources = ["forecast_tables.py", "forecast_populations.py"]
    if isinstance(case, FoundCase):
        sources.append("forecast_found.py")
    return f"{_source(*sources)} {case.name} {seed}"


@cache
def _source(*names: str) -> str:
    text = b"".join((HERE / name).read_bytes() for name in names)
    return hashlib.sha256(text).hexdigest()[:12]


@cache
def _library() -> str:
    """Digest of the library code that forecasts depend on."""
    root = Path(rc.__file__).parent
    parts = [*root.glob("*.py"), *(root / "learning_curves").rglob("*.py")]
    parts += [path for part in _PARTS for path in (root / part).glob("*.py")]
    return hashlib.sha256(b"".join(path.read_bytes() for path in sorted(parts))).hexdigest()[:12]


def _kept(key: str, make: Callable[[], Any]) -> Any:
    """Return the result of `make`, from the disk cache if available."""
    if not CACHE.exists():
        CACHE.mkdir()
        (CACHE / ".gitignore").write_text("*\n")
    path = CACHE / (hashlib.sha256(key.encode()).hexdigest()[:20] + ".pickle")
    if not path.exists():
        value = make()
        part = path.with_suffix(f".{id(value)}")
        part.write_bytes(pickle.dumps(value))
        part.replace(path)
    return pickle.loads(path.read_bytes())
