"""The report as one web page that needs nothing but itself."""

from __future__ import annotations

from typing import Any

from riskcast.report import figures
from riskcast.report.account import account
from riskcast.verdict import Assessment, Verdict
from riskcast.verdict.advice import Option
from riskcast.verdict.scale import Scale

_GROUPS = {
    "held out one by one": "Each row held out once, ± one standard error",
    "held out in folds": "{folds}, ± one standard error",
    "forecast": "Forecast, {level} interval",
}


def html_report(found: Assessment, verdict: Verdict) -> str:
    """The report as the text of a self-contained page.

    Parameters
    ----------
    found : Assessment
    verdict : Verdict

    Returns
    -------
    str
        HTML with its style and its figures inside it; it loads nothing.
    """
    from jinja2 import Environment, PackageLoader

    environment = Environment(
        loader=PackageLoader("riskcast.report"), autoescape=True, trim_blocks=True,
        lstrip_blocks=True,
    )  # fmt: skip
    return environment.get_template("forecast.html.j2").render(
        found=found,
        verdict=verdict,
        scale=found.scale,
        table=found.table,
        account=account(found),
        groups=_grouped(found, verdict.options),
        options_figure=figures.options_figure(found, verdict),
        path_figure=figures.risk_path_figure(found),
        curve_figure=figures.learning_curve_figure(found),
    )


def _grouped(found: Assessment, options: list[Option]) -> list[dict[str, Any]]:
    """Options by how they were measured, as the page's table shows them."""
    words = {
        "folds": found.comparison.folds.capitalize(),
        "level": f"{100 * found.more_rows.level:.0f} %",
    }
    return [
        {
            "title": title.format(**words),
            "rows": [
                _row(option, found.scale) for option in options if option.measured == measured
            ],
        }
        for measured, title in _GROUPS.items()
        if any(option.measured == measured for option in options)
    ]


def _row(option: Option, scale: Scale) -> dict[str, Any]:
    return {
        "name": option.name,
        "best": option.best,
        "risk": scale.text(option.risk),
        "interval": f"{scale.text(option.lower)} to {scale.text(option.upper)}",
        "r2": f"{scale.r2(option.risk):.2f}" if scale.task == "regression" else "",
    }
