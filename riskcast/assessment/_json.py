"""The report as one JSON object with documented, stable keys.

Infinite numbers are the strings "Infinity" and "-Infinity". NaN, and values that do not
apply, are null.
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
    "schema": "version of these keys; within a version, keys are never renamed or removed",
    "riskcast": "version of riskcast",
    "source": "the file or example, as given",
    "target": "column to predict",
    "task": "regression or classification",
    "task_reason": "why this task was chosen",
    "scoring": "what all risks measure: squared_error or error_rate",
    "n_rows_read": "rows in the table",
    "n_samples": "rows used",
    "n_features": "columns of the feature matrix",
    "standardized": "whether the features were standardized to mean 0 and variance 1",
    "columns": "list: name, kind, treatment, n_features and n_missing of every column",
    "readings": "list: how text columns were converted to numbers, dates and classes",
    "model": "name, description, and exact (whether its risk path is exact)",
    "headline": "verdict in a few sentences",
    "advice": "list: question, answer, reason",
    "options": "list: name, risk, lower, upper, measured (how), best (the advised setting)",
    "doubts": "list of warnings",
    "left_out": "list of sentences on rows and models left out because of --max-minutes",
    "level": "nominal coverage of the forecast intervals",
    "risk": "current risk of the model, corrected for choosing the stopping time",
    "standard_error": "standard error of risk; all standard errors are widened for small samples",
    "rmse": "square root of risk, in units of the target; null for classification",
    "r2": "R², share of the target's variance explained; null for classification",
    "stopping": "best stopping time, and a comparison with training to the end and ridge; null "
    "without an exact path",
    "stopping.time": "training time: learning rate times epochs",
    "stopping.epochs": "the same as epochs of full-batch gradient descent",
    "stopping.learning_rate": "learning rate used to convert time to epochs",
    "stopping.largest_learning_rate": "rate above which full-batch gradient descent diverges",
    "stopping.risk": "risk at the best time",
    "stopping.standard_error": "standard error of stopping.risk",
    "stopping.risk_corrected": "stopping.risk corrected for choosing the best time",
    "stopping.end_risk": "risk of training to the end",
    "stopping.end_standard_error": "standard error of end_risk",
    "stopping.end_difference": "end_risk minus risk",
    "stopping.end_difference_error": "standard error of end_difference, from paired rows",
    "stopping.ridge_penalty": "best ridge penalty (alpha in scikit-learn)",
    "stopping.ridge_risk": "risk of ridge with that penalty",
    "stopping.ridge_risk_corrected": "ridge_risk corrected for choosing the penalty",
    "stopping.ridge_standard_error": "standard error of ridge_risk",
    "stopping.ridge_difference": "ridge_risk minus risk",
    "stopping.ridge_difference_error": "standard error of ridge_difference, from paired rows",
    "stopping.degrees_of_freedom": "effective degrees of freedom at the best time",
    "stopping.end_degrees_of_freedom": "effective degrees of freedom at the end of training",
    "stopping.rank": "rank of the (kernel) feature matrix",
    "stopping.load": "rows per column, n/p",
    "stopping.capacity": "rank / (n - 1); 1 at and beyond the interpolation threshold",
    "comparison": "models evaluated on the same held-out rows",
    "comparison.folds": "how rows were held out",
    "comparison.results": "list, best first: name, role, risk, standard_error, difference (risk "
    "minus that of the chosen model), difference_error (its standard error)",
    "comparison.failed": "list of models that could not be fitted, with reasons",
    "more_rows": "forecasts for more rows, starting from the current risk",
    "more_rows.risk": "risk with twice the rows",
    "more_rows.lower": "lower end of its interval",
    "more_rows.upper": "upper end of its interval",
    "more_rows.gain": "relative reduction of the RMSE or error rate with twice the rows",
    "more_rows.gain_lower": "lower end of its interval",
    "more_rows.gain_upper": "upper end of its interval",
    "more_rows.noise_floor": "risk with unlimited data",
    "more_rows.noise_floor_lower": "lower end of its interval",
    "more_rows.noise_floor_upper": "upper end of its interval",
    "more_rows.goal": "risk, n_samples (rows needed), lower, upper, chance (probability that some "
    "number of rows is enough); null without --goal",
    "learning_curve": "risk against the number of rows",
    "learning_curve.n_samples": "numbers of rows, up to eight times those of the table",
    "learning_curve.risk": "forecast that passes through the current risk",
    "learning_curve.lower": "lower ends of its intervals",
    "learning_curve.upper": "upper ends of its intervals",
    "learning_curve.observed": "points measured on subsets: n_samples, risk, standard_error",
    "risk_path": "risk along training: times, risk, standard_error, train_risk, "
    "degrees_of_freedom; null without an exact path",
}


def json_report(found: Assessment, verdict: Verdict) -> str:
    """Return the report as JSON text."""
    return json_text(contents(found, verdict))


def contents(found: Assessment, verdict: Verdict) -> dict[str, Any]:
    """Return the report as nested dictionaries; `KEYS` explains each key."""
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
