"""Display of risks: RMSE in units of the target, or error rate."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from riskcast._wording import NO_BREAK
from riskcast.path._ranges import risk_range
from riskcast.tables import InputError, LearningTable
from riskcast.tables._target import Task

_LARGEST_GOAL = 1e70  # as large as a target may be


@dataclass(frozen=True)
class Scale:
    """How a risk is shown.

    Attributes
    ----------
    task : {"regression", "classification"}
    target : str
        Name of the column predicted.
    variance : float
        Variance of the target; NaN for classification.
    """

    task: Task
    target: str
    variance: float

    @classmethod
    def of(cls, table: LearningTable) -> Scale:
        """Return the scale of a table's target."""
        variance = float(np.var(table.y)) if table.task == "regression" else math.nan
        return cls(table.task, table.target, variance)

    @property
    def scoring(self) -> str:
        """Name of the risk."""
        return "squared_error" if self.task == "regression" else "error_rate"

    @property
    def name(self) -> str:
        """Name of the displayed error."""
        return "typical error" if self.task == "regression" else "error rate"

    @property
    def full_name(self) -> str:
        """Name of the displayed error, with its abbreviation."""
        return f"{self.name} (RMSE)" if self.task == "regression" else self.name

    @property
    def article(self) -> str:
        """The article before the name."""
        return "a" if self.task == "regression" else "an"

    def shown(self, risk: float) -> float:
        """RMSE in units of the target, or the error rate."""
        risk = self.within(risk)
        return math.sqrt(risk) if self.task == "regression" else risk

    def shown_share(self, share: float) -> float:
        """Ratio of displayed errors, from the ratio of risks."""
        return math.sqrt(share) if self.task == "regression" else share

    def within(self, risk: float) -> float:
        """Clip a risk, or an end of its interval, to the range of possible risks."""
        low, high = risk_range(self.scoring)
        return min(max(risk, low), high)

    def span(self, risk: float, error: float) -> tuple[float, float]:
        """Risk minus and plus an error, clipped to the range of possible risks."""
        return self.within(risk - error), self.within(risk + error)

    def risk(self, shown: float) -> float:
        """Risk from the displayed error."""
        return shown**2 if self.task == "regression" else shown

    def shown_error(self, risk: float, error: float) -> float:
        """Standard error of the displayed error, from that of the risk."""
        if self.task == "classification":
            return error
        return error / (2.0 * math.sqrt(risk)) if risk > 0 else math.nan

    def r2(self, risk: float) -> float:
        """R², the share of the target's variance explained; NaN for classification."""
        return 1.0 - risk / self.variance

    def text(self, risk: float) -> str:
        """Format a risk with three significant digits."""
        return self.format(self.shown(risk))

    def format(self, shown: float) -> str:
        """Format a displayed error."""
        if self.task == "classification":
            return f"{100.0 * shown:.1f}{NO_BREAK}%"
        return three_digits(shown)

    def text_with_error(self, risk: float, error: float) -> str:
        """Format a risk with its standard error."""
        shown, doubt = self.text(risk), self.shown_error(risk, error)
        low, high = self.shown(risk) - doubt, self.shown(risk) + doubt
        if low < 0.0 or high > self.shown(math.inf):  # ± would leave the range of possible values
            low, high = max(low, 0.0), min(high, self.shown(math.inf))
            return f"{shown} ({self.format(low)} to {self.format(high)})"
        if self.task == "classification":
            return f"{shown} ± {self.format(doubt)}"
        last = _last_digit(self.shown(risk))  # 27,900 ± 2,400, not ± 2,377
        if "e" in shown or not math.isfinite(doubt) or round(doubt, last) == 0.0:
            return f"{shown} ± {three_digits(doubt)}"
        return f"{shown} ± {round(doubt, last):,.{max(last, 0)}f}"

    def change(self, before: float, after: float) -> float:
        """Relative change of the displayed error."""
        was = self.shown(before)
        return self.shown(after) / was - 1.0 if was > 0 else 0.0

    def read_goal(self, text: str) -> float:
        """Parse ``--goal``, an RMSE or an error rate such as 0.05 or 5%, and return the risk."""
        percent = text.strip().endswith("%") and self.task == "classification"
        try:
            value = float(text.strip().removesuffix("%") if percent else text)
        except ValueError:
            value = math.nan
        value = value / 100.0 if percent else value
        most = 1.0 if self.task == "classification" else _LARGEST_GOAL
        if not (0.0 <= value < most):
            wanted = (
                "an error rate such as 0.05 or 5%"
                if self.task == "classification"
                else f"a typical error (RMSE) in units of {self.target}, such as "
                f"{three_digits(0.5 * math.sqrt(self.variance))}"
            )
            raise InputError(f"--goal: {text!r} is not {wanted}")
        return self.risk(value)


def three_digits(value: float) -> str:
    """Format a number with three significant digits, without an exponent if short."""
    if not math.isfinite(value):
        return {math.inf: "infinite", -math.inf: "minus infinite"}.get(value, "unknown")
    if value == 0.0:
        return "0"
    digits = _last_digit(value)
    if -4 <= digits <= 6:
        return f"{round(value, digits):,.{max(digits, 0)}f}"
    return f"{value:.2e}"


def _last_digit(value: float) -> int:
    """Decimal place of the third significant digit; negative before the decimal point."""
    return 2 - math.floor(math.log10(abs(value))) if value else 0
