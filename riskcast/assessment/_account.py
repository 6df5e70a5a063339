"""What was done to a table, in sentences."""

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
    "number": "used as they are",
    "category": "one column for each value",
    "text": "spread over components of their three- and four-letter pieces",
    "date": "taken apart into year, month, weekday, ... (as circles) and days passed",
    "vector": "spread over their entries",
    "other": "encoded",
}


def account(found: Assessment) -> list[str]:
    """Sentences on what the figures rest on."""
    table = found.table
    return [
        f"Task: {table.task}, because {table.task_reason}; --task overrules."
        if not table.task_reason.startswith("as asked")
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
    """What is left out at a time along training."""
    return "group" if found.table.groups is not None else "row"


def _columns(table: LearningTable) -> list[str]:
    sentences = []
    for kind, plural in _PLURALS.items():
        notes = [note for note in table.columns if note.kind == kind]
        if notes:
            made = sum(note.n_features for note in notes)
            grown = f", {made} in the matrix" if made != len(notes) else ""
            sentences.append(
                f"{plural.capitalize()} ({counted(len(notes), 'column')}{grown}): {_names(notes)}; "
                f"{_TREATMENTS[kind]}."
            )
    return sentences


def _readings(table: LearningTable) -> list[str]:
    """How texts were read as numbers, dates and classes, the target's first."""
    more = len(table.readings) - _SHOWN
    return [f"Read: {reading}" for reading in table.readings[:_SHOWN]] + (
        [f"{counted(more, 'more column')} of text: --json has how each was read."]
        if more > 0
        else []
    )


def _missing(table: LearningTable) -> list[str]:
    notes = [note for note in table.columns if "filled" in note.treatment]
    if not notes:
        return []
    return [
        f"Missing values in {_names(notes)} were filled with the median and marked in a column "
        "of their own."
    ]


def _perhaps_no_amounts(table: LearningTable) -> list[str]:
    """Whole numbers that are used as amounts and may be none."""
    identifiers, codes = (
        [note for note in table.columns if mark in note.treatment]
        for mark in (PERHAPS_IDENTIFIER, PERHAPS_CODE)
    )
    sentences = []
    if identifiers:
        sentences.append(
            f"Used as numbers, but perhaps identifiers, by name or values: {_names(identifiers)}. "
            "If so, leave out with --drop, or give to --groups where equal ones belong together."
        )
    if codes:
        sentences.append(
            "Used as numbers, but perhaps codes of categories, by name or few values: "
            f"{_names(codes)}. If so, write them with a letter (c1 for 1), so that each value gets "
            "a column of its own, or --drop them."
        )
    return sentences


def _dropped(table: LearningTable) -> list[str]:
    dropped = [note for note in table.columns if note.kind == "dropped"]
    return [f"Left out: {note.name} ({note.treatment})." for note in dropped[:_SHOWN]] + (
        [f"Left out as well: {len(dropped) - _SHOWN} more."] if len(dropped) > _SHOWN else []
    )


def _names(notes: list[ColumnNote]) -> str:
    shown = ", ".join(note.name for note in notes[:_SHOWN])
    return shown + (f" and {len(notes) - _SHOWN} more" if len(notes) > _SHOWN else "")


def _scaling(found: Assessment) -> str:
    if not found.table.standardized:
        return (
            "Columns were left on their own scales: gradient descent learns the widest first. "
            "All figures are conditional on this preparation, which looked at no target."
        )
    return (
        "Columns were brought to mean 0 and variance 1, so that gradient descent learns them "
        "alike (--no-standardize changes that, and with it when to stop). All figures are "
        "conditional on this preparation, which looked at no target."
    )


def _how_measured(found: Assessment) -> str:
    folds = found.comparison.folds
    if found.path is None:
        return f"The model and its baselines were judged by {folds}, on the same rows."
    unit = unit_held_out(found)
    words = (
        f"The risk along training is exact leave-one-{unit}-out: every {unit} is predicted by "
        f"the model trained without it. The comparison of models is {folds}, on the same rows."
    )
    if found.table.task == "classification":
        words += " Classes are learned by squared error on one column of 0 and 1 for each."
    return words
