"""Prepare a table for learning and record what was done."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast._threads import threads_for_rows
from riskcast.exceptions import InputError, near_misses
from riskcast.tables._columns import ColumnNote, sort_out_columns
from riskcast.tables._encoding import encode, standardized
from riskcast.tables._identifiers import mark_identifiers
from riskcast.tables._interpretation import Readings
from riskcast.tables._leaks import leaking_columns
from riskcast.tables._reading import Table
from riskcast.tables._target import Target, Task, choose_target, take_target

_FEWEST_ROWS = 20
_FEWEST_GROUPS = 10


@dataclass(frozen=True)
class Options:
    """Options for preparing a table.

    Attributes
    ----------
    target, groups : str or None
        Names of columns.
    task : {"regression", "classification"} or None
        None to decide from the target.
    drop, keep : tuple of str
        Columns to exclude; columns not to exclude.
    drop_duplicates : bool
        Keep only one of several identical rows.
    standardize : bool
        Standardize the features to mean zero and variance one.
    max_rows : int or None
        Use at most this many rows, drawn at random.
    """

    target: str | None = None
    groups: str | None = None
    task: Task | None = None
    drop: tuple[str, ...] = ()
    keep: tuple[str, ...] = ()
    drop_duplicates: bool = False
    standardize: bool = True
    max_rows: int | None = None


@dataclass(frozen=True)
class LearningTable:
    """Features and target, with a record of how they were prepared.

    Attributes
    ----------
    X : ndarray of shape (n_samples, n_features)
    y : ndarray of shape (n_samples,)
        Numbers, or class labels.
    groups : ndarray of shape (n_samples,) or None
        Group codes.
    feature_names : list of str
        Names of the columns of `X`.
    source, target : str
    task : {"regression", "classification"}
    task_reason : str
    columns : list of ColumnNote
        Treatment of each column of the table.
    notes : list of str
        Notes on rows, and warnings.
    n_rows_read : int
    standardized : bool
    correlation : ndarray of shape (n_features,)
        Absolute correlation of each feature with the target.
    date : str or None
        The first date column without missing values.
    in_time : ndarray of shape (n_samples,) or None
        The order of the rows by that column.
    readings : list of str
        Notes on the conversion of strings of the target and the features.
    """

    X: NDArray[np.float64]
    y: NDArray[Any]
    groups: NDArray[Any] | None
    feature_names: list[str]
    source: str
    target: str
    task: Task
    task_reason: str
    columns: list[ColumnNote]
    notes: list[str]
    n_rows_read: int
    standardized: bool
    correlation: NDArray[np.float64]
    date: str | None = None
    in_time: NDArray[np.intp] | None = None
    readings: list[str] = field(default_factory=list)

    @property
    def n_samples(self) -> int:
        """Number of rows."""
        return len(self.y)

    @property
    def n_features(self) -> int:
        """Number of features."""
        return self.X.shape[1]

    def taken(self, rows: NDArray[np.intp], note: str) -> LearningTable:
        """Return the table with some of its rows, in increasing order, and a note."""
        in_time = None
        if self.in_time is not None:
            kept = self.in_time[np.isin(self.in_time, rows)]
            in_time = np.searchsorted(rows, kept)
        groups = self.groups
        if groups is not None:
            groups = np.unique(groups[rows], return_inverse=True)[1]
        return replace(
            self,
            X=self.X[rows],
            y=self.y[rows],
            groups=groups,
            notes=[*self.notes, note],
            in_time=in_time,
        )


@dataclass
class _Rows:
    """Rows during preparation: features, target, groups and notes."""

    frame: Any
    target: Target
    groups: Any
    notes: list[str] = field(default_factory=list)

    def take(self, rows: Any) -> None:
        """Keep these rows only."""
        kept = Target(
            self.target.values[rows], self.target.rows[rows], self.target.task, self.target.reason
        )
        self.frame, self.target = self.frame.iloc[rows], kept
        self.groups = None if self.groups is None else self.groups[rows]


def prepare(table: Table, options: Options | None = None) -> LearningTable:
    """Prepare a table for learning.

    Rows without a target and unusable columns are dropped; the other columns are encoded as
    numbers without using the target.

    Parameters
    ----------
    table : Table
    options : Options, optional
        By default, decided from the table.

    Returns
    -------
    LearningTable

    Raises
    ------
    InputError
        If a named column does not exist or has two roles, or if the remaining table is not
        usable.

    Examples
    --------
    >>> from riskcast.tables import Options, prepare, read_table
    >>> table = prepare(read_table("example:diabetes"), Options(drop=("sex",)))
    >>> table.task, table.X.shape
    ('regression', (442, 9))
    """
    options, table = options or Options(), table.interpreted()
    name = choose_target(table, options.target)
    _check_roles(name, options)
    target = take_target(table.frame[name], name, options.task)
    spoken_for = [other for other in table.other_targets if other != name]
    features = table.frame.drop(columns=[name, *spoken_for])
    rows = _Rows(features.iloc[target.rows], target, _groups(table, target, options.groups))
    rows.notes.extend(table.notes)
    _note_missing_targets(rows, len(table.frame), name)
    _treat_duplicates(rows, options.drop_duplicates)
    _draw(rows, options.max_rows)
    _check_enough(rows, table.source)
    ignored = [*options.drop, *([options.groups] if options.groups else [])]
    frame, dropped = sort_out_columns(rows.frame, ignored, options.keep)
    with threads_for_rows(frame):
        encoded = encode(frame, options.standardize)
    readings = table.readings or Readings()
    rows.notes.extend(_doubtful(readings, [name, *frame.columns]))
    correlation = _correlation(encoded.matrix, rows.target)
    leaking = leaking_columns(
        frame, encoded.notes, encoded.matrix, correlation, rows.target.values, rows.groups
    )
    rows.notes.extend(_copies_of_target(leaking))
    return LearningTable(
        X=encoded.matrix,
        y=rows.target.values,
        groups=rows.groups,
        feature_names=encoded.names,
        source=table.source,
        target=name,
        task=rows.target.task,
        task_reason=rows.target.reason,
        columns=[
            *_say_readings(mark_identifiers(encoded.notes, frame, options.keep), readings),
            *_say_groups(dropped, options.groups),
        ],
        notes=rows.notes,
        n_rows_read=len(table.frame),
        standardized=options.standardize,
        correlation=correlation,
        date=encoded.date,
        in_time=encoded.in_time,
        readings=[
            f"{column}: {readings.columns[column]}."
            for column in [name, *frame.columns]
            if column in readings.columns
        ],
    )


def _check_roles(target: str, options: Options) -> None:
    """Raise an error if a column has two roles."""
    named = {"--groups": (options.groups,), "--drop": options.drop, "--keep": options.keep}
    for option, names in named.items():
        if target in names:
            raise InputError(f"{option}: {target!r} is the target; name another column")
    for name in options.keep:
        if name in options.drop or name == options.groups:
            other = "--drop" if name in options.drop else "--groups"
            raise InputError(f"--keep: {name!r} is also given to {other}; choose one of them")


def _groups(table: Table, target: Target, name: str | None) -> Any:
    if name is None:
        return None
    if name not in table.frame.columns:
        alike = near_misses(name, table.frame.columns)
        raise InputError(f"{table.source}: there is no column {name!r} for --groups; {alike}")
    column = table.frame[name].iloc[target.rows]
    labels = [
        f"missing in row {row}" if missing else str(value)
        for row, (value, missing) in enumerate(zip(column, column.isna(), strict=True))
    ]
    _, codes = np.unique(np.array(labels), return_inverse=True)
    return codes


def _say_readings(notes: list[ColumnNote], readings: Readings) -> list[ColumnNote]:
    return [
        replace(note, treatment=f"{note.treatment} ({readings.columns[note.name]})")
        if note.name in readings.columns
        else note
        for note in notes
    ]


def _doubtful(readings: Readings, used: list[str]) -> list[str]:
    """Return warnings on ambiguous conversions of the columns used."""
    return [text for column in used for text in readings.doubts.get(column, [])]


def _say_groups(dropped: list[ColumnNote], name: str | None) -> list[ColumnNote]:
    return [
        ColumnNote(note.name, "dropped", "defines the groups; not a feature", 0, note.n_missing)
        if note.name == name
        else note
        for note in dropped
    ]


def _note_missing_targets(rows: _Rows, n_read: int, name: str) -> None:
    missing = n_read - len(rows.frame)
    if missing:
        rows.notes.append(f"{missing} of {n_read} rows have no {name} and were dropped.")


def _treat_duplicates(rows: _Rows, drop: bool) -> None:
    """Drop rows that duplicate an earlier one, or warn about them."""
    import pandas as pd

    target = pd.Series(rows.target.values, index=rows.frame.index)
    whole = pd.concat([rows.frame, target], axis=1, ignore_index=True)
    try:
        repeated = whole.duplicated().to_numpy()
    except TypeError:  # vectors are not hashable, and rarely repeat
        return
    if rows.groups is not None or not repeated.any():
        return
    if drop:
        rows.take(np.flatnonzero(~repeated))
        rows.notes.append(f"Duplicate rows that were dropped: {repeated.sum()}.")
    else:
        rows.notes.append(
            f"Duplicate rows: {repeated.sum()}. If they are copies and not new observations, the "
            "risk is underestimated: use --drop-duplicates."
        )


def _draw(rows: _Rows, most: int | None) -> None:
    """Keep a random sample of the rows, or of whole groups."""
    count = len(rows.frame)
    if most is None or count <= most:
        return
    order = np.random.default_rng(0).permutation(count)
    if rows.groups is not None:
        first = np.random.default_rng(0).permutation(int(rows.groups.max()) + 1)
        order = np.argsort(first[rows.groups], kind="stable")
    kept = np.sort(order[:most])
    if rows.groups is not None:
        cut = rows.groups[order[most]]
        kept = kept[rows.groups[kept] != cut]
        if len(kept) == 0:
            raise InputError(f"--max-rows {most}: no whole group fits; increase it")
    rows.take(kept)
    rows.notes.append(f"{len(kept)} of {count} rows were drawn at random (--max-rows).")


def _check_enough(rows: _Rows, source: str) -> None:
    count = len(rows.frame)
    if count < _FEWEST_ROWS:
        raise InputError(f"{source}: {count} usable row(s); at least {_FEWEST_ROWS} are needed")
    if rows.groups is not None:
        groups = len(np.unique(rows.groups))
        if groups < _FEWEST_GROUPS:
            raise InputError(
                f"--groups: there are {groups} groups; at least {_FEWEST_GROUPS} are needed, "
                "because whole groups are held out"
            )
    if rows.target.task == "classification":
        _check_held_out_classes(rows, source)


def _check_held_out_classes(rows: _Rows, source: str) -> None:
    """Raise an error if holding out a unit can leave a single class."""
    classes, codes = np.unique(rows.target.values, return_inverse=True)
    if len(classes) < 2:
        raise InputError(f"{source}: the remaining rows have one class only")
    units = np.arange(len(codes)) if rows.groups is None else rows.groups
    commonest = np.bincount(codes).argmax()
    if len(np.unique(units[codes != commonest])) < 2:
        kind = "row" if rows.groups is None else "group"
        rare = "one" if rows.groups is None else "those of one group"
        raise InputError(
            f"{source}: all rows but {rare} are of class {classes[commonest]}; holding out this "
            f"{kind} leaves one class only, so at least two such {kind}s are needed"
        )


def _copies_of_target(suspects: list[str]) -> list[str]:
    """Warn about columns that nearly determine the target, which are often known only after it."""
    if not suspects:
        return []
    return [
        f"Possible leak: {', '.join(suspects)} can predict the target almost exactly. Use --drop "
        "to exclude what is known only after the target; otherwise every figure is too optimistic."
    ]


def _correlation(matrix: Any, target: Target) -> NDArray[np.float64]:
    """Absolute correlation of each feature with the target, the largest over classes."""
    if target.task == "regression":
        aims = target.values[:, None]
    else:
        aims = (target.values[:, None] == np.unique(target.values)).astype(np.float64)
    products = standardized(matrix).T @ standardized(aims)
    return np.asarray(np.abs(products).max(axis=1) / len(matrix))
