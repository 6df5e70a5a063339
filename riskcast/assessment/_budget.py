"""Plan how many rows and which models fit into the time and memory of a run.

The user's model comes first: if it alone exceeds the budget, a sample of the rows is used. Other
models are kept, the cheapest first, as long as they fit.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from riskcast.assessment._folds import fold_count
from riskcast.tables import InputError

_FEWEST_ROWS = 200  # fewer are not worth a run
_SHARE = 0.5  # of the budget planned for a reduced run: estimates may be wrong by a factor of 2
_MODEL_SHARE = 0.7  # of that, for the user's model
_STEPS = (
    1.0,
    1.5,
    2.0,
    3.0,
    4.0,
    5.0,
    6.0,
    8.0,
)  # coarse, so that timing noise rarely changes the number of rows
# Cost of the path, the ridge path, both corrections and the curve (exact models), or of the
# subsets of the learning curve (all others), in fits of all rows.
EXACT_EXTRA, ESTIMATOR_EXTRA = 14.0, 21.0


@dataclass(frozen=True)
class Cost:
    """Seconds that one fit takes, as a power law in the number of rows.

    Attributes
    ----------
    seconds : float
        Time of a fit of `rows` rows.
    rows : int
        Number of rows of the measured fit.
    power : float
        Exponent of the power law.
    """

    seconds: float
    rows: int
    power: float

    def at(self, rows: float) -> float:
        """Seconds for another number of rows."""
        return float(self.seconds * (rows / self.rows) ** self.power)


@dataclass(frozen=True)
class Work:
    """The work to be done on a table.

    Attributes
    ----------
    n_rows : int
        Rows of the table.
    model : Cost
        Cost of the user's model.
    extra : float
        Fits of all rows that it needs besides the folds.
    others : mapping of str to Cost
        Costs of the other models.
    memory : callable
        Bytes needed for a number of rows.
    """

    n_rows: int
    model: Cost
    extra: float
    others: Mapping[str, Cost]
    memory: Callable[[int], float]

    def of_model(self, rows: int) -> float:
        """Seconds for the user's model."""
        return self.extra * self.model.at(rows) + self._folds(self.model, rows)

    def of_other(self, name: str, rows: int) -> float:
        """Seconds for another model."""
        return self._folds(self.others[name], rows)

    def of_all(self, rows: int) -> float:
        """Seconds for all models."""
        return self.of_model(rows) + sum(self.of_other(name, rows) for name in self.others)

    @staticmethod
    def _folds(cost: Cost, rows: int) -> float:
        count = fold_count(rows)
        return count * cost.at(rows * (count - 1) / count)


@dataclass(frozen=True)
class Plan:
    """What fits into the budget.

    Attributes
    ----------
    rows : int
        Number of rows to use.
    left_out : tuple of str
        Other models that do not fit.
    seconds : float
        Estimated run time.
    whole_seconds : float
        Estimated run time of everything.
    short_of_memory : bool
        Whether memory, not time, limits the number of rows.
    """

    rows: int
    left_out: tuple[str, ...] = ()
    seconds: float = 0.0
    whole_seconds: float = 0.0
    short_of_memory: bool = False


def plan(work: Work, seconds: float, memory: float) -> Plan:
    """Plan the rows and models that fit into the given seconds and bytes.

    Raises
    ------
    InputError
        If the model does not fit even with the fewest rows worth a run.
    """
    whole = work.of_all(work.n_rows)
    if whole <= seconds and work.memory(work.n_rows) <= memory:
        return Plan(work.n_rows, (), whole, whole)
    aim = _SHARE * seconds
    rows = _largest(work, lambda rows: work.of_model(rows) <= _MODEL_SHARE * aim, memory)
    in_memory = _largest(work, lambda _: True, memory)
    if rows is None or in_memory is None:
        raise InputError(_refusal(work, seconds, in_memory is None))
    spent, left_out = work.of_model(rows), []
    for name in sorted(work.others, key=lambda name: work.of_other(name, rows)):
        spent += work.of_other(name, rows)
        if spent > aim:
            spent -= work.of_other(name, rows)
            left_out.append(name)
    return Plan(rows, tuple(left_out), spent, whole, rows == in_memory < work.n_rows)


def _largest(work: Work, fits: Callable[[int], bool], memory: float) -> int | None:
    """The most rows that fit: all of them, or a round number."""
    decade = 10 ** math.floor(math.log10(work.n_rows))
    sizes = [
        int(step * decade / shrink) for shrink in (1, 10, 100, 1000, 10_000) for step in _STEPS
    ]
    least = min(_FEWEST_ROWS, work.n_rows)
    candidates = sorted({size for size in sizes if least <= size < work.n_rows} | {least})
    for rows in (work.n_rows, *reversed(candidates)):
        if fits(rows) and work.memory(rows) <= memory:
            return rows
    return None


def _refusal(work: Work, seconds: float, for_memory: bool) -> str:
    rows = min(_FEWEST_ROWS, work.n_rows)
    if for_memory:
        return (
            f"the table is too large for this machine's memory: {rows} rows need "
            f"{work.memory(rows) / 1e9:.2g} GB; use fewer columns (--drop), or a linear model"
        )
    return (
        f"--max-minutes {seconds / 60:g}: this model would take {duration(work.of_model(rows))} on "
        f"{rows} rows and {duration(work.of_model(work.n_rows))} on all {work.n_rows:,}; increase "
        "--max-minutes, or use a cheaper model or fewer columns (--drop)"
    )


def duration(seconds: float) -> str:
    """Format a duration."""
    if seconds < 90:
        return f"about {max(seconds, 1):.0f} s"
    if seconds < 5400:
        return f"about {seconds / 60:.0f} minutes"
    if seconds < 48 * 3600:
        return f"about {seconds / 3600:.0f} hours"
    return f"about {seconds / 86400:,.0f} days"
