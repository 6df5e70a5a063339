"""What keeps the risk where it is: too few rows, noise, or a model that is too poor."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics.pairwise import rbf_kernel

from riskcast.learning_curves.exact_learner import ExactLearner
from riskcast.path import risk_path

FloatArray = NDArray[np.float64]
LimitKind = Literal["data", "noise", "capacity", "floor"]

_MOST_OF_IT = 0.5  # of the risk, that more rows would remove
_RICHER_ROWS = 1000  # on which the richer model is tried: its cost grows as their cube
_CLEAR = 2.0  # standard errors
_SURE = 0.9


@dataclass(frozen=True)
class Limit:
    """What limits a model, as `Forecast.limit` returns it.

    Attributes
    ----------
    kind : {"data", "noise", "capacity", "floor"}
        "data": more rows remove at least half of the risk. Otherwise most of it is
        a floor. "capacity": a richer model is below that floor already. "noise":
        none that was tried is; what is left is noise, or columns that are missing.
        "floor": noise or capacity, no richer model was tried.
    sure : bool
        Whether at least nine tenths of the plausible curves agree on whether more rows
        remove half of the risk.
    removable : float
        Share of today's risk that endless rows would remove; zero where the risk is zero.
    risk, floor : float
        Today's risk, and that with endless rows.
    richer_risk : float
        Leave-one-out risk of a kernel model (``rbf``) on at most 1,000 of the same rows;
        NaN where none was tried.
    lowest : float
        The best value that the risk can have; shares are of what it is above that.
    """

    kind: LimitKind
    sure: bool
    removable: float
    risk: float
    floor: float
    richer_risk: float
    lowest: float = 0.0

    def __str__(self) -> str:
        only = "" if self.kind == "data" else "only "
        whole = (
            "today's risk of"
            if self.lowest == 0.0
            else (f"what today's risk is above its best value of {self.lowest:.4g}, from")
        )
        start = (
            f"endless rows would remove {only}{100 * self.removable:.0f} % of {whole} "
            f"{self.risk:.4g}, down to {self.floor:.4g}"
        )
        name = "Limited by its floor" if self.kind == "floor" else f"{self.kind.title()}-limited"
        if not self.sure:
            name = f"Probably {name[0].lower()}{name[1:]}"
        end = {
            "data": ".",
            "capacity": f", and a kernel model (rbf) is at {self.richer_risk:.4g} already; try a "
            "richer model.",
            "noise": "; what is left is noise, or columns that are missing.",
            "floor": "; what is left is noise, missing columns, or what this model cannot express.",
        }[self.kind]
        return f"{name}: {start}{end}"


def limit_of(
    now: FloatArray, floor: FloatArray, learner: ExactLearner | None, lowest: float = 0.0
) -> Limit:
    """Tell which limit it is.

    Parameters
    ----------
    now, floor : ndarray of shape (curves,)
        Risk at the rows at hand, and with endless rows, of plausible curves.
    learner : ExactLearner or None
        Of a linear or kernel model judged by squared error.
    lowest : float
        The best value of the risk, which shares are counted from: minus one for a score.
    """
    above = np.maximum(now - lowest, np.finfo(float).tiny)
    removed = np.maximum(0.0, 1.0 - (floor - lowest) / above)
    chance = float((removed >= _MOST_OF_IT).mean())
    risk, end = float(np.median(now)), float(np.median(floor))
    found: dict[str, Any] = {
        "sure": max(chance, 1.0 - chance) >= _SURE,
        "removable": float(np.median(removed)),
        "risk": risk,
        "floor": end,
        "lowest": lowest,
        "richer_risk": np.nan,
    }
    if chance >= 0.5:
        return Limit("data", **found)
    if learner is None or learner.groups is not None:
        return Limit("floor", **found)
    if learner.rank is None:  # a kernel's directions are endless already
        return Limit("noise", **found)
    found["richer_risk"], error = _richer(learner)
    below = found["richer_risk"] + _CLEAR * error < end
    return Limit("capacity" if below else "noise", **found)


def _richer(learner: ExactLearner) -> tuple[float, float]:
    """Leave-one-out risk of an RBF kernel on the same directions, and its standard error."""
    coordinates, targets = learner.problem.data.coordinates, learner.problem.targets
    chosen = np.random.default_rng(0).permutation(len(targets))[:_RICHER_ROWS]
    rows = coordinates[chosen]
    gram = rbf_kernel(rows, gamma=1.0 / float(rows.var(axis=0).sum()))  # two rows: e⁻² or so
    path = risk_path(gram, targets[chosen], kernel="precomputed", scoring="squared_error")
    return path.best_risk_corrected, float(path.standard_error[path.best_index])
