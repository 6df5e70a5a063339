"""How a table was prepared and a model evaluated, in sentences."""

from __future__ import annotations

from riskcast.assessment import Assessment
from riskcast.assessment._wording import counted
from riskcast.tables import LearningTable
from riskcast.tables._columns import ColumnNote
from riskcast.tables._identifiers import PERHAPS_CODE, PERHAPS_IDENTIFIER

_SHOWN = 6
_PLURALS = {
    "number": "numbers",
    "category": "categories",
    "text": "texts",
    "date": "dates",
    "vector": "vectors",
    "other": "others",
}
_TREATMENTS = {
    "number": "used as numbers",
    "category": "one-hot encoded",
    "text": "encoded by their three- and four-character n-grams",
    "date": "split into year, month, weekday, ... (circular encoding) and days since the first "
    "date",
    "vector": "one column for each entry",
    "other": "encoded",
}


def account(found: Assessment) -> list[str]:
    """Sentences on the data and methods behind the figures."""
    table = found.table
    return [
        f"Task: {table.task}, because {table.task_reason}. Override with --task."
        if not table.task_reason.startswith("as set")
        else f"Task: {table.task}, {table.task_reason}.",
        *_columns(table),
        *_readings(table),
        *_missing(table),
        *_perhaps_no_amounts(table),
        *_dropped(table),
        _scaling(found),
        _how_measured(found),
    ]


def unit_held_out(found: Assessment) -> str:
    """The unit that leave-one-out leaves out: row or group."""
    return "group" if found.table.groups is not None else "row"


def _columns(table: LearningTable) -> list[str]:
    sentences = []
    for kind, plural in _PLURALS.items():
        notes = [note for note in table.columns if note.kind == kind]
        if notes:
            made = sum(note.n_features for note in notes)
            grown = f", {made} features" if made != len(notes) else ""
            sentences.append(
                f"{plural.capitalize()} ({counted(len(notes), 'column')}{grown}): {_names(notes)}; "
                f"{_TREATMENTS[kind]}."
            )
    return sentences


def _readings(table: LearningTable) -> list[str]:
    """How text was converted to numbers, dates and classes; the target comes first."""
    more = len(table.readings) - _SHOWN
    return [f"Read: {reading}" for reading in table.readings[:_SHOWN]] + (
        [f"{counted(more, 'more text column')} converted: see --json."] if more > 0 else []
    )


def _missing(table: LearningTable) -> list[str]:
    notes = [note for note in table.columns if "filled" in note.treatment]
    if not notes:
        return []
    return [
        f"Missing values in {_names(notes)} were filled with the median; an indicator column marks "
        "them."
    ]


def _perhaps_no_amounts(table: LearningTable) -> list[str]:
    """Integer columns used as numbers that may be identifiers or category codes."""
    identifiers, codes = (
        [note for note in table.columns if mark in note.treatment]
        for mark in (PERHAPS_IDENTIFIER, PERHAPS_CODE)
    )
    sentences = []
    if identifiers:
        sentences.append(
            f"Used as numbers, but perhaps identifiers (by name or values): {_names(identifiers)}. "
            "If so, exclude them with --drop, or use --groups if rows with equal values belong "
            "together."
        )
    if codes:
        sentences.append(
            "Used as numbers, but perhaps category codes (by name or few distinct values): "
            f"{_names(codes)}. If so, write them with a letter (c1 for 1), so that each value gets "
            "its own column, or exclude them with --drop."
        )
    return sentences


def _dropped(table: LearningTable) -> list[str]:
    dropped = [note for note in table.columns if note.kind == "dropped"]
    return [f"Excluded: {note.name} ({note.treatment})." for note in dropped[:_SHOWN]] + (
        [f"Also excluded: {len(dropped) - _SHOWN} more."] if len(dropped) > _SHOWN else []
    )


def _names(notes: list[ColumnNote]) -> str:
    shown = ", ".join(note.name for note in notes[:_SHOWN])
    return shown + (f" and {len(notes) - _SHOWN} more" if len(notes) > _SHOWN else "")


def _scaling(found: Assessment) -> str:
    if not found.table.standardized:
        return (
            "Columns were not standardized: gradient descent learns columns of large variance "
            "first. All figures are conditional on this preprocessing, which did not use the "
            "target."
        )
    return (
        "Columns were standardized to mean 0 and variance 1 (--no-standardize turns this off and "
        "changes the best stopping time). All figures are conditional on this preprocessing, "
        "which did not use the target."
    )


def _how_measured(found: Assessment) -> str:
    folds = found.comparison.folds
    if found.path is None:
        return f"The model and its baselines were evaluated on the same rows by {folds}."
    unit = unit_held_out(found)
    words = (
        f"The risk along training is exact leave-one-{unit}-out: every {unit} is predicted by "
        f"the model trained without it. Models are compared on the same rows by {folds}."
    )
    if found.table.task == "classification":
        words += " Classes are fitted by squared error, with one 0/1 column per class."
    return words
