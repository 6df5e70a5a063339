"""The command ``riskcast forecast``: estimate a model's test error and how to lower it."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, cast

import typer

if TYPE_CHECKING:
    from riskcast.assessment import Assessment, Questions
    from riskcast.tables import Options

_EXAMPLES = """Examples:

  riskcast forecast example:diabetes

  riskcast forecast example:wine --model rbf --goal 1%

  riskcast forecast houses.csv --target price --html houses.html
"""


app = typer.Typer(add_completion=False)


def _json_keys(asked: bool) -> None:
    if not asked:
        return
    from riskcast.assessment._json import KEYS
    from riskcast.cli._streams import write_out

    write_out("".join(f"{key}: {meaning}\n" for key, meaning in KEYS.items()))
    raise typer.Exit


_FILE = typer.Argument(
    metavar="FILE", help="A .csv, .tsv, .parquet, .feather, .arrow or .npz file, or example:NAME."
)
_TARGET = typer.Option(metavar="COLUMN", help="Column to predict.")
_MODEL = typer.Option(
    metavar="MODEL",
    help="linear, rbf, laplacian, polynomial, cosine, or a scikit-learn estimator such as "
    '"Lasso(alpha=0.1)".',
)
_FEATURES = typer.Option(
    metavar="NAME", help="Features or kernel of a wide network, such as ntk:3 or random-relu:1000."
)
_TASK = typer.Option(
    metavar="TASK", help="regression or classification (default: determined from the target)."
)
_GROUPS = typer.Option(
    metavar="COLUMN", help="Hold out rows with equal values in this column together."
)
_DROP = typer.Option(metavar="COLUMN", help="Column to exclude; repeatable.")
_KEEP = typer.Option(
    metavar="COLUMN", help="Column to keep that would be excluded by default; repeatable."
)
_DECIMAL = typer.Option(
    metavar="MARK",
    help="Decimal mark: point or comma (default: determined from the file).",
)
_GOAL = typer.Option(
    metavar="ERROR", help="Estimate how many rows are needed to reach this RMSE or error rate."
)
_LEVEL = typer.Option(metavar="LEVEL", help="Nominal coverage of the intervals.")
_RATE = typer.Option(
    metavar="RATE",
    help="Learning rate used to convert training time to epochs (default: half the largest "
    "stable rate).",
)
_STANDARDIZE = typer.Option(help="Standardize columns to mean 0 and variance 1.")
_DUPLICATES = typer.Option("--drop-duplicates", help="Keep only one of several identical rows.")
_MAX_ROWS = typer.Option(
    metavar="ROWS", min=20, help="Use at most this many rows, drawn at random."
)
_MINUTES = typer.Option(metavar="MINUTES", help="Limit the run time by leaving out rows or models.")
_HTML = typer.Option(metavar="FILE", help="Write the report with figures as an HTML page.")
_JSON = typer.Option("--json", help="Print the report as JSON, with stable keys.")
_JSON_KEYS = typer.Option(
    "--json-keys", is_eager=True, callback=_json_keys, help="Explain the keys of --json and exit."
)


@app.command(epilog=_EXAMPLES, no_args_is_help=True)
def forecast(
    file: Annotated[str, _FILE],
    target: Annotated[str | None, _TARGET] = None,
    model: Annotated[str, _MODEL] = "linear",
    features: Annotated[str | None, _FEATURES] = None,
    task: Annotated[str | None, _TASK] = None,
    groups: Annotated[str | None, _GROUPS] = None,
    drop: Annotated[list[str] | None, _DROP] = None,
    keep: Annotated[list[str] | None, _KEEP] = None,
    decimal: Annotated[str | None, _DECIMAL] = None,
    goal: Annotated[str | None, _GOAL] = None,
    level: Annotated[float, _LEVEL] = 0.9,
    learning_rate: Annotated[float | None, _RATE] = None,
    standardize: Annotated[bool, _STANDARDIZE] = True,
    drop_duplicates: Annotated[bool, _DUPLICATES] = False,
    max_rows: Annotated[int | None, _MAX_ROWS] = None,
    max_minutes: Annotated[float, _MINUTES] = 10.0,
    html: Annotated[Path | None, _HTML] = None,
    as_json: Annotated[bool, _JSON] = False,
    json_keys: Annotated[bool, _JSON_KEYS] = False,
) -> None:
    """Estimate a model's test error, when to stop training, and whether more rows would help."""
    _load_libraries()
    import joblib

    from riskcast.assessment import Questions
    from riskcast.cli._figure_files import check_writable
    from riskcast.cli._stray_output import stray_output_on_stderr
    from riskcast.tables import Options

    if html is not None:
        check_writable(html)
        _check_other_file(file, html)
    questions = Questions(goal, level, learning_rate)
    options = Options(
        target=target,
        groups=groups,
        task=cast(Any, task),  # checked by `assess`
        drop=tuple(drop or ()),
        keep=tuple(keep or ()),
        drop_duplicates=drop_duplicates,
        standardize=standardize,
        max_rows=max_rows,
    )
    # In threads: what a model string describes starts no processes.
    with stray_output_on_stderr(), joblib.parallel_config(backend="threading"):
        found = _answer(file, options, model, features, questions, max_minutes, decimal)
    _report(found, html, as_json)


def _load_libraries() -> None:
    """Import slow libraries while showing progress."""
    from riskcast._progress import ShownProgress

    with ShownProgress("Loading libraries"):
        pass


def _check_other_file(file: str, html: Path) -> None:
    from riskcast.tables import InputError

    if html.exists() and Path(file).exists() and html.samefile(file):
        raise InputError(f"--html {html}: is the input file; give another name")


def _answer(
    file: str,
    options: Options,
    model: str,
    features: str | None,
    questions: Questions,
    max_minutes: float = 10.0,
    decimal: str | None = None,
) -> Assessment:
    """What `riskcast.assess` finds; its errors name flags here."""
    from riskcast.assessment import assess
    from riskcast.assessment._parameter_names import ParameterError
    from riskcast.tables import InputError

    try:
        return assess(
            file,
            estimator=model,
            features=features,
            max_minutes=max_minutes,
            decimal=cast(Any, decimal),
            **asdict(options),
            **asdict(questions),
        )
    except ParameterError as error:
        raise InputError(error.with_flags) from error


def _report(found: Assessment, html: Path | None, as_json: bool) -> None:
    from riskcast._printable import printable
    from riskcast.cli._streams import write_out

    if html is not None:
        found.to_html(html)
    if as_json:
        from riskcast._json import json_text

        write_out(json_text(found.to_dict()) + "\n")
        return
    from riskcast.cli._terminal import print_report

    print_report(found, found.in_words)
    if html is not None:
        write_out(f"Report with figures: {printable(str(html))}\n")
