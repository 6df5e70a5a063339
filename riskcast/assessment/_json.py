"""The report for machines: one JSON object with documented, stable keys.

Infinite numbers are the strings "Infinity" and "-Infinity", and NaN, like all
that does not apply, is null.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

import riskcast
from riskcast._json import json_text
from riskcast.assessment import Assessment, Verdict
from riskcast.assessment._more_rows import curve_from_here

SCHEMA = 1

KEYS = {
    "schema": "version of these keys; a key is never renamed or dropped within one version",
    "riskcast": "version of the program",
    "source": "the file or example, as given",
    "target": "column predicted",
    "task": "regression or classification",
    "task_reason": "why that task",
    "scoring": "what every risk is: squared_error, or error_rate",
    "n_rows_read": "rows in the table",
    "n_samples": "rows learned from",
    "n_features": "columns of the matrix that the model sees",
    "standardized": "whether the matrix' columns were brought to mean 0 and variance 1",
    "columns": "list: name, kind, treatment, n_features, n_missing of every column",
    "readings": "list: how texts were read as numbers, dates and classes, where that needs saying",
    "model": "name, description, and exact: whether its risk path is exact",
    "headline": "the verdict in a few sentences",
    "advice": "list: question, answer, reason",
    "options": "list: name, risk, lower, upper, measured (how), best (the model as advised)",
    "doubts": "list of reasons not to trust a figure",
    "left_out": "list of rows and models left out to keep within --max-minutes, in sentences",
    "level": "probability that the intervals of forecasts are meant to hold",
    "risk": "of the model now, corrected for the choice of when to stop",
    "standard_error": "of that risk, as all of them here widened for few rows",
    "rmse": "square root of risk, in units of the target; null for classes",
    "r2": "share of the target's variance explained; null for classes",
    "stopping": "best time to stop, and its neighbours; null without an exact path",
    "stopping.time": "flow time: learning rate times epochs",
    "stopping.epochs": "steps of full-batch gradient descent",
    "stopping.learning_rate": "that epochs are counted with",
    "stopping.largest_learning_rate": "beyond which full-batch gradient descent diverges",
    "stopping.risk": "at the best time",
    "stopping.standard_error": "of that risk",
    "stopping.risk_corrected": "corrected for the best time having been chosen",
    "stopping.end_risk": "of training to the end",
    "stopping.end_standard_error": "of that risk",
    "stopping.end_difference": "end_risk less risk",
    "stopping.end_difference_error": "standard error of that, from paired rows",
    "stopping.ridge_penalty": "of the best ridge, scikit-learn's alpha",
    "stopping.ridge_risk": "of the best ridge",
    "stopping.ridge_risk_corrected": "corrected for the penalty having been chosen",
    "stopping.ridge_standard_error": "of that risk",
    "stopping.ridge_difference": "ridge_risk less risk",
    "stopping.ridge_difference_error": "standard error of that, from paired rows",
    "stopping.degrees_of_freedom": "parameters in effect at the best time",
    "stopping.end_degrees_of_freedom": "parameters in effect at the end",
    "stopping.rank": "directions that the model can learn",
    "stopping.load": "rows a column, n/p",
    "stopping.capacity": "rank over n - 1: 1 at and past the interpolation threshold",
    "comparison": "models judged on the same held-out rows",
    "comparison.folds": "how rows were held out",
    "comparison.results": "list, best first: name, role, risk, standard_error, difference (to the "
    "model asked about), difference_error",
    "comparison.failed": "list of models that could not be fitted, and why",
    "more_rows": "forecasts for more rows, from the measured risk",
    "more_rows.risk": "with twice the rows",
    "more_rows.lower": "end of its interval",
    "more_rows.upper": "end of its interval",
    "more_rows.gain": "share by which RMSE or error rate falls with twice the rows",
    "more_rows.gain_lower": "end of its interval",
    "more_rows.gain_upper": "end of its interval",
    "more_rows.noise_floor": "risk with endless rows",
    "more_rows.noise_floor_lower": "end of its interval",
    "more_rows.noise_floor_upper": "end of its interval",
    "more_rows.goal": "risk, n_samples (rows needed), lower, upper, chance (that any number is "
    "enough); null without --goal",
    "learning_curve": "risk against the number of rows",
    "learning_curve.n_samples": "numbers of rows, from inside the data to eight times it",
    "learning_curve.risk": "forecast through the measured risk",
    "learning_curve.lower": "ends of its intervals",
    "learning_curve.upper": "ends of its intervals",
    "learning_curve.observed": "points measured inside the data: n_samples, risk, standard_error",
    "risk_path": "risk along training: times, risk, standard_error, train_risk, "
    "degrees_of_freedom; null without an exact path",
}


def json_report(found: Assessment, verdict: Verdict) -> str:
    """The report as JSON text."""
    return json_text(contents(found, verdict))


def contents(found: Assessment, verdict: Verdict) -> dict[str, Any]:
    """The report as nested dictionaries; `KEYS` says what each key holds."""
    table, scale = found.table, found.scale
    regression = table.task == "regression"
    return {
        "schema": SCHEMA,
        "riskcast": riskcast.__version__,
        "source": table.source,
        "target": table.target,
        "task": table.task,
        "task_reason": table.task_reason,
        "scoring": scale.scoring,
        "n_rows_read": table.n_rows_read,
        "n_samples": table.n_samples,
        "n_features": found.model.X.shape[1],
        "standardized": table.standardized,
        "columns": [asdict(column) for column in table.columns],
        "readings": table.readings,
        "model": {
            "name": found.model.name,
            "description": found.model.description,
            "exact": found.model.exact,
        },
        "headline": verdict.headline,
        "advice": [asdict(advice) for advice in verdict.advice],
        "options": [asdict(option) for option in verdict.options],
        "doubts": verdict.doubts,
        "left_out": found.left_out,
        "level": found.more_rows.level,
        "risk": found.risk,
        "standard_error": found.standard_error,
        "rmse": scale.shown(found.risk) if regression else None,
        "r2": scale.r2(found.risk) if regression else None,
        "stopping": None if found.stopping is None else asdict(found.stopping),
        "comparison": {
            "folds": found.comparison.folds,
            "results": [asdict(result) for result in found.comparison.results],
            "failed": found.comparison.failed,
        },
        "more_rows": _more_rows(found),
        "learning_curve": _learning_curve(found),
        "risk_path": _risk_path(found),
    }


def _more_rows(found: Assessment) -> dict[str, Any]:
    more = asdict(found.more_rows)
    del more["level"]
    if more["goal"] is not None:
        wanted = ("risk", "n_samples", "lower", "upper", "chance")
        more["goal"] = {key: more["goal"][key] for key in wanted}
    return more


def _learning_curve(found: Assessment) -> dict[str, Any]:
    observed = found.forecast.observed
    curve = curve_from_here(
        found.forecast, found.forecast.n_samples, found.risk, found.standard_error
    )
    return {
        "n_samples": curve.n_samples,
        "risk": curve.risk,
        "lower": curve.lower,
        "upper": curve.upper,
        "observed": {
            "n_samples": observed.sizes,
            "risk": observed.risk,
            "standard_error": observed.standard_error,
        },
    }


def _risk_path(found: Assessment) -> dict[str, Any] | None:
    path = found.path
    if path is None:
        return None
    names = ("times", "risk", "standard_error", "train_risk", "degrees_of_freedom")
    return {name: getattr(path, name) for name in names}
