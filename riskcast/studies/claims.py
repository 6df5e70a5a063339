"""Claims, their refutation criteria, and verdicts on them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike

__all__ = ["Claim", "Verdict", "judge"]

Outcome = Literal["reproduced", "partly", "not"]


@dataclass(frozen=True)
class Verdict:
    """Result of testing a claim.

    Attributes
    ----------
    outcome : {"reproduced", "partly", "not"}
    value : float
        The measured number that decides.
    error : float
        Its standard error; zero if nothing was sampled.
    seen : str
        Description of the result, with the unit of `value`.
    """

    outcome: Outcome
    value: float
    error: float
    seen: str

    @property
    def number(self) -> str:
        """The value with its standard error, formatted for display."""
        if not self.error > 0.0:
            return f"{self.value:.3g}"
        if not np.isfinite(self.value + self.error):
            return f"{self.value:.3g} ± {self.error:.3g}"
        digits = max(0, 1 - int(np.floor(np.log10(self.error))))
        return f"{self.value:.{digits}f} ± {self.error:.{digits}f}" if digits < 7 else (
            f"{self.value:.2e} ± {self.error:.0e}"
        )  # fmt: skip


@dataclass(frozen=True)
class Claim:
    """One sentence of a paper that an experiment can refute.

    Attributes
    ----------
    name : str
    statement : str
        The claim in plain words.
    refuted_if : str
        The number or inequality that would refute it.
    check : callable
        Function of measurements that returns a `Verdict`.
    needs : tuple of str
        Names of the experiments whose measurements `check` takes.
    figure : str or None
        Name of the figure that shows the claim.
    """

    name: str
    statement: str
    refuted_if: str
    check: Callable[..., Verdict]
    needs: tuple[str, ...]
    figure: str | None


def judge(holds: Any, *, value: ArrayLike, error: ArrayLike = 0.0, seen: str) -> Verdict:
    """Turn conditions into a verdict: all hold, some hold, or none.

    Parameters
    ----------
    holds : bool or sequence of bool
        One or several conditions; if only some hold, the claim is partly
        reproduced. Comparisons with NaN do not hold.
    value : float
        The measured number that decides. If it is NaN, nothing was measured and
        the claim is not reproduced.
    error : float, default 0.0
        Standard error of `value`.
    seen : str
        Description of the result, with the unit of `value`.

    Returns
    -------
    Verdict

    Notes
    -----
    Combine parts of a single statement into one condition, ``a and b``: the
    two ends of a range, an effect and its significance, a result and its
    control. Pass a list with one condition for each separate statement: each
    case (a task, a model, a depth), or each sentence of a claim that has several.

    Examples
    --------
    >>> from riskcast.studies import judge
    >>> judge([True, False], value=1.5, error=0.25, seen="ratio of errors").outcome
    'partly'
    """
    conditions = np.atleast_1d(np.asarray(holds, dtype=bool)).ravel()
    if not conditions.size:
        raise ValueError("holds: got no condition; give at least one")
    number, spread = float(np.asarray(value)), float(np.asarray(error))
    if np.isnan(number) or not conditions.any():
        outcome: Outcome = "not"
    else:
        outcome = "reproduced" if conditions.all() else "partly"
    return Verdict(outcome, number, spread, seen)
