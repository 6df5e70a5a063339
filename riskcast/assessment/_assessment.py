"""The assessment of a model on a table."""

from __future__ import annotations

import html
import json
import math
import os
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from riskcast._files import write_whole
from riskcast._threads import threads_for_estimator
from riskcast._warning_filters import quietly
from riskcast.assessment._comparison import Comparison, Progress, compare
from riskcast.assessment._costs import Budget
from riskcast.assessment._fitting import Fitting, fit_to_budget
from riskcast.assessment._more_rows import MoreRows, ask_for_more
from riskcast.assessment._parameter_names import in_parameters
from riskcast.assessment._scale import Scale
from riskcast.assessment._stopping import Stopping, find_stop
from riskcast.learning_curves import Forecast, Limit, forecast
from riskcast.models import Model
from riskcast.path import RiskPath
from riskcast.tables import InputError, LearningTable

if TYPE_CHECKING:  # they put an assessment into words
    from riskcast.assessment._advice import Advice, Option, Verdict


@dataclass(frozen=True)
class Questions:
    """Settings of an assessment.

    Attributes
    ----------
    goal : str or None
        Typical error (RMSE) or error rate to reach.
    level : float
        Nominal coverage of the intervals, between 0 and 1.
    learning_rate : float or None
        Learning rate used to convert training time to epochs. By default half the largest
        stable rate.

    Raises
    ------
    InputError
        If the level or the learning rate is out of range.
    """

    goal: str | None = None
    level: float = 0.9
    learning_rate: float | None = None

    def __post_init__(self) -> None:
        """Validate the settings before any work is done."""
        if not 0.0 < self.level < 1.0:
            raise InputError(f"--level: must be between 0 and 1, got {self.level:g}; 0.9 is usual")
        if self.learning_rate is not None and not 0.0 < self.learning_rate < math.inf:
            raise InputError(
                f"--learning-rate: must be a positive number, got {self.learning_rate:g}"
            )


@dataclass(frozen=True, repr=False, eq=False)
class Assessment:
    """Results of an assessment.

    Attributes
    ----------
    table, model, scale
        What was assessed.
    path : RiskPath or None
        None for models without an exact path.
    stopping : Stopping or None
        None for models without an exact path.
    comparison : Comparison
        The model and others, on the same folds.
    forecast : Forecast
        The learning curve.
    limit : Limit
        What limits the error, according to that curve.
    more_rows : MoreRows
        Forecasts for more rows.
    risk, standard_error : float
        Current risk of the model: at the best time and corrected for choosing it, or
        cross-validated for models without a path.
    left_out : list of str
        Rows and models left out to stay within the budget, in sentences.
    """

    table: LearningTable
    model: Model
    scale: Scale
    path: RiskPath | None
    stopping: Stopping | None
    comparison: Comparison
    forecast: Forecast
    limit: Limit
    more_rows: MoreRows
    risk: float
    standard_error: float
    left_out: list[str] = field(default_factory=list)

    @cached_property
    def in_words(self) -> Verdict:
        """The headline, options, answers and warnings, as the command prints them."""
        from riskcast.assessment._advice import verdict_on

        return verdict_on(self)

    @property
    def verdict(self) -> str:
        """The verdict in a few sentences."""
        return in_parameters(self.in_words.headline)

    @property
    def answers(self) -> list[Advice]:
        """Questions, each with its answer and the reason."""
        return [
            replace(one, answer=in_parameters(one.answer), reason=in_parameters(one.reason))
            for one in self.in_words.advice
        ]

    @property
    def options(self) -> list[Option]:
        """What can be done, and the risk that each step would give, with intervals."""
        return self.in_words.options

    @property
    def warnings(self) -> list[str]:
        """Reasons not to trust a number."""
        return [in_parameters(one) for one in self.in_words.doubts]

    def to_dict(self) -> dict[str, Any]:
        """Return the report as nested dictionaries, exactly what ``--json`` prints.

        ``riskcast forecast --json-keys`` explains the keys.
        """
        from riskcast.assessment._json import json_report

        return dict(json.loads(json_report(self, self.in_words)))

    def to_html(self, file: str | os.PathLike[str] | None = None) -> str | None:
        """Return the report as a web page, or write it to a file.

        Parameters
        ----------
        file : path, optional
            The file to write, completely or not at all.

        Returns
        -------
        str or None
            The page, without `file`. It loads nothing from elsewhere.

        Raises
        ------
        InputError
            If the folder of `file` does not exist, or `file` is no ordinary file.
        OSError
            If the file cannot be written.
        """
        from riskcast.assessment._page import html_report

        if file is None:
            return html_report(self, self.in_words)
        path = Path(file)
        if not path.parent.is_dir():
            raise InputError(f"file: the folder {path.parent} does not exist; create it first")
        if path.exists() and not path.is_file():
            raise InputError(f"file: {path} is no ordinary file; give another name")
        write_whole(path, html_report(self, self.in_words))
        return None

    def __repr__(self) -> str:
        from riskcast.assessment._text import one_line_report

        return one_line_report(self)

    def __str__(self) -> str:
        from riskcast.assessment._text import text_report

        return text_report(self)

    def _repr_html_(self) -> str:
        """The page in a frame of its own, so that its style and a notebook's do not mix."""
        page = html.escape(in_parameters(str(self.to_html())))
        return (
            f'<iframe srcdoc="{page}" title="riskcast assessment" sandbox="" '
            'style="width:100%;height:42rem;border:0"></iframe>'
        )


def assess_table(
    table: LearningTable,
    model: Model,
    questions: Questions | None = None,
    progress: Progress | None = None,
    budget: Budget | None = None,
) -> Assessment:
    """Assess a model on a table: its current error, and what would lower it.

    Parameters
    ----------
    table : LearningTable
    model : Model
    questions : Questions, optional
    progress : callable, optional
        Called as ``progress(stage, done, total)``; zero means that the total is unknown.
    budget : Budget, optional
        Limits on run time and memory; rows and models that exceed them are left out.

    Returns
    -------
    Assessment

    Raises
    ------
    InputError
        If the model fails on the table, or exceeds the budget with any number of rows;
        without a budget, if a kernel model is given more than 20,000 rows.

    Examples
    --------
    >>> from riskcast.models import choose_model
    >>> from riskcast.tables import prepare, read_table
    >>> from riskcast.assessment import assess_table, verdict_on
    >>> table = prepare(read_table("example:linnerud"))
    >>> found = assess_table(table, choose_model("linear", table.X, table.task))
    >>> verdict_on(found).headline[:14]
    'No clear sign '
    """
    questions = questions or Questions()
    goal = None if questions.goal is None else Scale.of(table).read_goal(questions.goal)
    # Warnings are kept in forecast.warnings.
    with quietly(UserWarning), threads_for_estimator(table.X, keep_large=True):
        fitting = fit_to_budget(table, model, budget, progress)
        return _assess(fitting, questions, goal, progress)


def _assess(
    fitting: Fitting, questions: Questions, goal: float | None, progress: Progress | None
) -> Assessment:
    table, model = fitting.table, fitting.model
    scale = Scale.of(table)
    comparison = compare(table, model, progress, fitting.names_left_out, fitting.watch)
    curve = _forecast(table, model, scale, questions.level, progress)
    stop = None
    if curve.path is not None:
        if progress is not None:
            progress("Finding the best stopping time", 0, 0)
        stop = find_stop(curve.path, model, table, scale, questions.learning_rate)
    limit = curve.limit
    own = comparison.model
    risk = own.risk if stop is None else stop.risk_corrected
    error = own.standard_error if stop is None else stop.standard_error
    return Assessment(
        table=table,
        model=model,
        scale=scale,
        path=curve.path,
        stopping=stop,
        comparison=comparison,
        forecast=curve,
        limit=limit,
        more_rows=ask_for_more(curve, scale, risk, error, goal),
        risk=risk,
        standard_error=error,
        left_out=fitting.left_out,
    )


def _forecast(
    table: LearningTable, model: Model, scale: Scale, level: float, progress: Progress | None
) -> Forecast:
    def tell(done: int, total: int) -> None:
        if progress is not None:
            progress("Measuring the learning curve", done, total)

    if progress is not None and model.exact:
        progress("Computing the risk along training", 0, 0)
    return forecast(
        model.X,
        table.y,
        kernel=model.kernel,
        estimator=model.estimator,
        level=level,
        scoring=scale.scoring,
        groups=table.groups,
        progress=tell,
    )
