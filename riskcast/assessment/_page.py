"""The report as a self-contained HTML page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from riskcast._printable import printable
from riskcast._wording import level_text
from riskcast.assessment import Assessment, Verdict
from riskcast.assessment import _figures as figures
from riskcast.assessment._account import account, unit_held_out
from riskcast.assessment._advice import Option
from riskcast.assessment._scale import Scale
from riskcast.assessment._wording import counted, two_decimals

_GROUPS = {
    "held out one by one": ("rows", "Exact leave-one-{unit}-out, ± one standard error"),
    "held out in folds": ("folds", "{folds}, ± one standard error"),
    "forecast": ("ahead", "Forecast, {level} interval"),
}
_MARGIN = 4.0  # percent of a track left free at both ends


def html_report(found: Assessment, verdict: Verdict) -> str:
    """Return the report as a self-contained HTML page.

    Parameters
    ----------
    found : Assessment
    verdict : Verdict

    Returns
    -------
    str
        HTML with embedded style and figures; it loads no other files.
    """
    from jinja2 import Environment, PackageLoader

    environment = Environment(
        loader=PackageLoader("riskcast.assessment"), autoescape=True, trim_blocks=True,
        lstrip_blocks=True, finalize=shown,
    )  # fmt: skip
    return environment.get_template("forecast.html.j2").render(
        found=found,
        columns=counted(found.model.X.shape[1], "column"),
        verdict=verdict,
        scale=found.scale,
        table=found.table,
        account=account(found),
        groups=_grouped(found, verdict.options),
        path_figure=figures.risk_path_figure(found),
        curve_figure=figures.learning_curve_figure(found),
    )


def shown(value: Any) -> Any:
    """Return a value as shown on the page: user text without control characters."""
    return printable(value) if type(value) is str else value


def _grouped(found: Assessment, options: list[Option]) -> list[dict[str, Any]]:
    """Options grouped by how they were measured."""
    words = {
        "unit": unit_held_out(found),
        "folds": found.comparison.folds.capitalize(),
        "level": level_text(found.more_rows.level),
    }
    place = _places(options, found.scale)
    return [
        {
            "kind": kind,
            "title": title.format(**words),
            "rows": [_row(one, found.scale, place) for one in options if one.measured == measured],
        }
        for measured, (kind, title) in _GROUPS.items()
        if any(option.measured == measured for option in options)
    ]


def _places(options: list[Option], scale: Scale) -> Callable[[float], float]:
    """Return a function that maps a risk to its position on a track, in percent."""
    ends = [scale.shown(end) for option in options for end in (option.lower, option.upper)]
    low, high = min(ends), max(ends)
    width = (high - low) or 1.0
    return lambda risk: _MARGIN + (100.0 - 2.0 * _MARGIN) * (scale.shown(risk) - low) / width


def _row(option: Option, scale: Scale, place: Callable[[float], float]) -> dict[str, Any]:
    left, right = place(option.lower), place(option.upper)
    return {
        "name": option.name,
        "best": option.best,
        "risk": scale.text(option.risk),
        "interval": f"{scale.text(option.lower)} to {scale.text(option.upper)}",
        "r2": two_decimals(scale.r2(option.risk)) if scale.task == "regression" else "",
        "left": round(left, 2),
        "width": round(right - left, 2),
        "dot": round(place(option.risk), 2),
    }
