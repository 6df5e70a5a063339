"""The public entrance: assess a model on a table, from Python."""

from __future__ import annotations

import math
import os
from collections.abc import Iterable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from numbers import Real
from pathlib import Path
from typing import Any, Literal, SupportsFloat

import numpy as np

from riskcast._progress import ShownProgress
from riskcast.assessment._assessment import Assessment, Questions, assess_table
from riskcast.assessment._costs import Budget
from riskcast.assessment._parameter_names import errors_name_parameters
from riskcast.exceptions import InputError
from riskcast.models import model_from
from riskcast.tables import Options, Table, prepare, read_table, table_in_memory, with_groups
from riskcast.tables._target import Task

_FEWEST_ROWS = 20  # that max_rows may leave


def assess(
    data: Any,
    y: Any = None,
    *,
    target: Any = None,
    estimator: Any = None,
    kernel: Any = None,
    features: str | None = None,
    task: Task | None = None,
    groups: Any = None,
    drop: Any = (),
    keep: Any = (),
    decimal: Literal["point", "comma"] | None = None,
    goal: SupportsFloat | str | None = None,
    level: float = 0.9,
    learning_rate: float | None = None,
    standardize: bool = True,
    drop_duplicates: bool = False,
    max_rows: int | None = None,
    max_minutes: float = 10.0,
    progress: bool = True,
) -> Assessment:
    """Assess a model on a table: its error, when to stop, and whether more rows would help.

    The same as the command ``riskcast forecast``. Columns of text, categories and dates are
    encoded, and missing values are imputed.

    Parameters
    ----------
    data : path, str, data frame or array-like of shape (n_samples, n_features)
        A file (.csv, .tsv, .parquet, .feather, .arrow or .npz); ``"example:diabetes"`` or another
        data set that scikit-learn ships; a pandas DataFrame, or another table that exports Arrow
        data (PyArrow, Polars); or an array. Named index levels of a DataFrame become columns.
    y : array-like of shape (n_samples,), optional
        The targets, for an array or a data frame without a column of targets.
    target : str, optional
        The column to predict.
    estimator : estimator or str, optional
        A scikit-learn estimator, which is cloned and cross-validated, or a text as for
        ``--model``. By default a linear model, stopped early.
    kernel : str or callable, optional
        "rbf", "laplacian", "polynomial" or "cosine", also with parameters (``"rbf(gamma=0.1)"``);
        or a function of two matrices that returns their kernel matrix.
    features : str, optional
        Features or kernel of a wide network, such as "ntk:3" or "random-relu:1000".
    task : {"regression", "classification"}, optional
        By default the target decides.
    groups : str or array-like of shape (n_samples,), optional
        A column, or labels, whose equal values are held out together.
    drop, keep : str or iterable of str, optional
        Columns to leave out; columns not to leave out.
    decimal : {"point", "comma"}, optional
        Decimal mark of numbers stored as text. By default the table decides.
    goal : float or str, optional
        A typical error (RMSE), or an error rate such as 0.05 or "5%", to reach with more rows.
    level : float, default=0.9
        Nominal coverage of the forecast's intervals.
    learning_rate : float, optional
        Learning rate used to convert training time to epochs. By default half the largest stable
        rate.
    standardize : bool, default=True
        Whether to bring columns to mean 0 and variance 1.
    drop_duplicates : bool, default=False
        Whether to keep only one of several identical rows.
    max_rows : int, optional
        Use at most this many rows, drawn at random; at least 20.
    max_minutes : float, default=10.0
        Rows and models for which a run would take longer are left out. ``math.inf`` sets no limit.
    progress : bool, default=True
        Whether to show progress on standard error. Nothing is shown where that is no terminal.

    Returns
    -------
    Assessment

    Raises
    ------
    InputError
        If the input cannot be used. The message names the parameter.

    Notes
    -----
    Random draws have fixed seeds. An estimator without a ``random_state`` of its own may give
    slightly different results each time.

    Examples
    --------
    >>> import riskcast as rc
    >>> rc.assess("example:linnerud", progress=False)
    Assessment(example:linnerud, 20 rows: off by ...)
    """
    with errors_name_parameters("estimator" if kernel is None else "kernel"):
        questions = Questions(
            _goal_text(goal),
            _number(level, "level"),
            None if learning_rate is None else _number(learning_rate, "learning-rate"),
        )
        options = Options(
            target=None if target is None else _name(target, "target"),
            groups=_name(groups, "groups") if _is_scalar(groups) else None,
            task=_checked_task(task),
            drop=_names(drop, "drop"),
            keep=_names(keep, "keep"),
            drop_duplicates=_truth(drop_duplicates, "drop-duplicates"),
            standardize=_truth(standardize, "standardize"),
            max_rows=_checked_rows(max_rows),
        )
        budget = Budget(_checked_minutes(max_minutes))
        path = _path_of(data)
        with _shown(progress, path) as show:
            table = _table(data, path, y, options, decimal)
            labels = groups if options.groups is None else None
            return _found(
                table, options, labels, (estimator, kernel, features), questions, budget, show
            )


def _found(
    table: Table,
    options: Options,
    labels: Any,
    chosen: tuple[Any, Any, str | None],
    questions: Questions,
    budget: Budget,
    show: ShownProgress | None,
) -> Assessment:
    if show is not None:
        show("Preparing the table", 0, 0)
    if labels is not None:
        table, name = with_groups(table, labels)
        options = replace(options, groups=name)
    ready = prepare(table, options)
    estimator, kernel, features = chosen
    model = model_from(estimator, kernel, ready.X, ready.task, features)
    found = assess_table(ready, model, questions, show, budget)
    _ = found.in_words  # with the work: what fails, fails here
    return found


def _shown(progress: bool, path: str | None) -> AbstractContextManager[ShownProgress | None]:
    if not _truth(progress, "progress"):
        return nullcontext()
    return ShownProgress("Reading the data" if path is None else f"Reading {Path(path).name}")


def _table(data: Any, path: str | None, y: Any, options: Options, decimal: str | None) -> Table:
    if y is not None and options.target is not None:
        raise InputError("target: y has the targets already; give only one of them")
    if path is None:
        return table_in_memory(data, y, decimal)
    if y is not None:
        raise InputError("y: a file has its own targets; name their column with target")
    return read_table(path, decimal)


def _path_of(data: Any) -> str | None:
    """The path or the name of an example, or None for data in memory."""
    if isinstance(data, (str, os.PathLike)):
        path = os.fspath(data)
        if isinstance(path, str):
            return path
    if isinstance(data, (bytes, os.PathLike)):
        raise InputError("data: a path must be a str or a Path, got bytes")
    return None


def _is_scalar(value: Any) -> bool:
    return value is not None and (isinstance(value, str) or np.ndim(value) == 0)


def _name(value: Any, parameter: str) -> str:
    """The name of a column; columns of data frames may be named by numbers."""
    if isinstance(value, str) or (isinstance(value, Real) and not isinstance(value, bool)):
        return str(value)
    raise InputError(f"{parameter}: must be the name of a column, got {value!r}")


def _names(values: Any, parameter: str) -> tuple[str, ...]:
    if values is None:
        return ()
    if _is_scalar(values) or not isinstance(values, Iterable):
        return (_name(values, parameter),)
    return tuple(_name(value, parameter) for value in values)


def _goal_text(goal: Any) -> str | None:
    if goal is None or isinstance(goal, str):
        return goal
    return repr(_number(goal, "goal"))


def _number(value: Any, parameter: str) -> float:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (Real, np.number)):
        raise InputError(f"--{parameter}: must be a number, got {value!r}")
    return float(value)


def _truth(value: Any, parameter: str) -> bool:
    if not isinstance(value, (bool, np.bool_)):
        raise InputError(f"{parameter.replace('-', '_')}: must be True or False, got {value!r}")
    return bool(value)


def _checked_task(task: Any) -> Any:
    if task not in (None, "regression", "classification"):
        raise InputError(f"--task: must be regression or classification, got {task!r}")
    return task


def _checked_rows(rows: Any) -> int | None:
    if rows is None:
        return None
    count = _number(rows, "max-rows")
    if not (math.isfinite(count) and count == int(count) and count >= _FEWEST_ROWS):
        raise InputError(f"--max-rows: must be a whole number >= {_FEWEST_ROWS}, got {rows!r}")
    return int(count)


def _checked_minutes(minutes: Any) -> float:
    found = _number(minutes, "max-minutes")
    if not found > 0.0:
        raise InputError(f"--max-minutes: must be positive, got {found:g}; 10 is usual")
    return found
