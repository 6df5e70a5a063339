"""The ledger: every claim, its verdict, its number, its figure, and when it was measured."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from riskcast._sealed import Damaged, read_json, write_json
from riskcast.studies.claims import Verdict
from riskcast.studies.library import find_study, study_names
from riskcast.studies.running import StudyRun, claim_fingerprint
from riskcast.studies.store import Store

__all__ = [
    "LedgerRow",
    "is_stale",
    "keep_rows",
    "outcomes_of",
    "read_ledger",
    "rows_of",
    "shipped_rows",
]

# Beside this file in an installed package, in docs/ of a checkout.
_SHIPPED = (
    Path(__file__).parent / "ledger.json",
    Path(__file__).parents[2] / "docs" / "studies" / "ledger.json",
)


@dataclass(frozen=True)
class LedgerRow:
    """One claim of the ledger, as it was measured."""

    study: str
    paper: str
    claim: str
    statement: str
    refuted_if: str
    outcome: str
    value: float
    error: float
    seen: str
    figure: str
    scale: str
    measured: str  # date and time, UTC
    seconds: float  # of the whole study
    inputs: str  # digest of all that the verdict depends on

    @property
    def verdict(self) -> Verdict:
        """The verdict of this row."""
        return Verdict(self.outcome, self.value, self.error, self.seen)  # type: ignore[arg-type]


def rows_of(run: StudyRun) -> list[LedgerRow]:
    """The rows of a study that was run."""
    return [
        LedgerRow(
            study=run.study.name,
            paper=run.study.paper,
            claim=name,
            statement=claim.statement,
            refuted_if=claim.refuted_if,
            outcome=run.verdicts[name].outcome,
            value=float(f"{run.verdicts[name].value:.6g}"),
            error=float(f"{run.verdicts[name].error:.3g}"),
            seen=run.verdicts[name].seen,
            figure=claim.figure or "",
            scale=run.scale,
            measured=datetime.fromtimestamp(run.measured(claim), UTC).strftime("%Y-%m-%d %H:%M"),
            seconds=round(run.seconds, 1),
            inputs=claim_fingerprint(run.study, claim, run.scale),
        )
        for name, claim in run.study.claims.items()
    ]


def is_stale(row: LedgerRow) -> bool:
    """Whether the inputs of a row have changed since it was measured, or are gone."""
    if row.study not in study_names():
        return True
    study = find_study(row.study)
    claim = study.claims.get(row.claim)
    return claim is None or claim_fingerprint(study, claim, row.scale) != row.inputs


def keep_rows(run: StudyRun, store: Store) -> None:
    """Remember the verdicts of a run, for `read_ledger`."""
    name = run.study.name
    store.folder.mkdir(parents=True, exist_ok=True)
    rows = [_plain(asdict(row)) for row in rows_of(run)]
    write_json(_file_of(name, store), {"rows": rows}, _key(name))


@lru_cache(maxsize=1)
def shipped_rows() -> list[LedgerRow]:
    """The ledger that comes along."""
    for path in _SHIPPED:
        if path.is_file():
            try:
                return _rows(json.loads(path.read_text(encoding="utf-8")))
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{path}: is damaged; install riskcast again") from error
    return []


def outcomes_of(studies: Iterable[str]) -> dict[str, int]:
    """How many claims of some studies the ledger that comes along has under each verdict.

    Parameters
    ----------
    studies : iterable of str
        Names of studies.

    Examples
    --------
    >>> from riskcast.studies.ledger import outcomes_of
    >>> outcomes_of([])
    {}
    """
    names = set(studies)
    counted = Counter(row.outcome for row in shipped_rows() if row.study in names)
    return {name: counted[name] for name in ("reproduced", "partly", "not") if counted[name]}


def read_ledger(store: Store | None = None) -> list[LedgerRow]:
    """The ledger that comes along, with what was measured here since in its place.

    Parameters
    ----------
    store : Store, optional
        Where runs were kept; by default only what comes along.

    Returns
    -------
    list of LedgerRow

    Raises
    ------
    ValueError
        If a kept file is damaged.
    """
    rows: dict[str, list[LedgerRow]] = {row.study: [] for row in shipped_rows()}
    rows |= {name: [] for name in study_names()}
    for row in shipped_rows():
        rows[row.study].append(row)
    for name in study_names() if store else ():
        own = _read_kept(name, store)  # type: ignore[arg-type]
        if own and (not rows[name] or own[0].measured > rows[name][0].measured):
            rows[name] = own
    return [row for study in rows.values() for row in study]


def as_json(rows: Iterable[LedgerRow]) -> str:
    """Rows as JSON text, one a line."""
    lines = ",\n".join(json.dumps(_plain(asdict(row)), ensure_ascii=False) for row in rows)
    return f"[\n{lines}\n]\n"


def _plain(row: dict[str, Any]) -> dict[str, Any]:
    """For JSON, which has neither infinity nor NaN: words in their place."""
    for name in ("value", "error"):
        if row[name] - row[name] != 0.0:
            row[name] = str(row[name])
    return row


def _rows(rows: list[dict[str, Any]]) -> list[LedgerRow]:
    """Rows from JSON; a ValueError, KeyError or TypeError where they are none."""
    if not isinstance(rows, list):
        raise TypeError(f"rows: got {type(rows).__name__}, not a list")
    numbers = [{name: float(row[name]) for name in ("value", "error")} for row in rows]
    return [LedgerRow(**{**row, **own}) for row, own in zip(rows, numbers, strict=True)]


def _read_kept(name: str, store: Store) -> list[LedgerRow]:
    """Rows kept on this machine; none where there are none, or another version wrote them."""
    path = _file_of(name, store)
    try:
        return _rows(read_json(path, _key(name))["rows"])
    except Damaged as damage:
        raise ValueError(
            f"{path}: is damaged ({damage}); delete it, or have it written anew: "
            f"riskcast study run {name} --scale full"
        ) from damage
    except (FileNotFoundError, ValueError, KeyError, TypeError):
        return []


def _file_of(name: str, store: Store) -> Path:
    return store.folder / f"ledger-{name}.json"


def _key(name: str) -> str:
    return f"ledger {name}"
