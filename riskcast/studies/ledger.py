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
    from riskcast.report.files import write_whole

    store.folder.mkdir(parents=True, exist_ok=True)
    write_whole(_file_of(run.study.name, store), as_json(rows_of(run)))


@lru_cache(maxsize=1)
def shipped_rows() -> list[LedgerRow]:
    """The ledger that comes along."""
    for path in _SHIPPED:
        if path.is_file():
            return _read(path)
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
    """
    rows: dict[str, list[LedgerRow]] = {row.study: [] for row in shipped_rows()}
    rows |= {name: [] for name in study_names()}
    for row in shipped_rows():
        rows[row.study].append(row)
    for name in study_names() if store else ():
        path = _file_of(name, store)  # type: ignore[arg-type]
        own = _read_kept(path)
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


def _read(path: Path) -> list[LedgerRow]:
    rows = json.loads(path.read_text(encoding="utf-8"))
    for row in rows:
        row["value"], row["error"] = float(row["value"]), float(row["error"])
    return [LedgerRow(**row) for row in rows]


def _read_kept(path: Path) -> list[LedgerRow]:
    """Rows kept on this machine; none where there are none, or another version wrote them."""
    try:
        return _read(path)
    except (OSError, ValueError, KeyError, TypeError):
        return []


def _file_of(name: str, store: Store) -> Path:
    return store.folder / f"ledger-{name}.json"
