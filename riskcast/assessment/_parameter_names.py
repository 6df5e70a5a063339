"""Messages and sentences for Python: they name parameters where the command names flags.

The sentences of the package name flags, because ``--groups`` cannot be mistaken for a word. Here
is the only place that translates them.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager

from riskcast.exceptions import InputError

_FREE = r"(?<![\w'\"-])"  # names of columns are quoted
_PARAMETERS = [
    (re.compile(_FREE + flag), parameter)
    for flag, parameter in (
        (r"--no-standardize\b", "standardize=False"),
        (r"--drop-duplicates\b", "drop_duplicates=True"),
        (r"--json\b(?!-)", "to_dict()"),
        (r"--(task|decimal) (regression|classification|point|comma)\b", r"\1='\2'"),
        (r"--max-(rows|minutes) (\d[\d.e+]*)", r"max_\1=\2"),
        (r"--max-(rows|minutes)\b", r"max_\1"),
        (r"--target COLUMN\b", "target=COLUMN"),
        (r"--learning-rate\b", "learning_rate"),
        (r"--model\b", "estimator"),
        (r"--(target|features|task|groups|drop|keep|decimal|goal|level)\b(?!-)", r"\1"),
    )
]


class ParameterError(InputError):
    """An input error of `assess`, whose message names parameters.

    Attributes
    ----------
    with_flags : str
        The same message for the command line.
    """

    def __init__(self, message: str, with_flags: str | None = None) -> None:
        super().__init__(message)
        self.with_flags = message if with_flags is None else with_flags


def in_parameters(text: str) -> str:
    """Replace the command's flags by the parameters of `assess`.

    Examples
    --------
    >>> in_parameters("name what they share with --groups, or use --max-rows 5000")
    'name what they share with groups, or use max_rows=5000'
    """
    if "--" not in text:
        return text
    for flag, parameter in _PARAMETERS:
        text = flag.sub(parameter, text)
    return text


@contextmanager
def errors_name_parameters(model: str) -> Iterator[None]:
    """Raise input errors again with parameters in the place of flags.

    Parameters
    ----------
    model : {"estimator", "kernel"}
        The parameter that describes the model.
    """
    try:
        yield
    except InputError as error:
        told = str(error)
        named = re.sub(r"^model\b", model, in_parameters(told))
        raise ParameterError(named, told) from error.__cause__
