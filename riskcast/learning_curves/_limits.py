"""What limits the risk: too few rows, noise, or the capacity of the model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray
from sklearn.metrics.pairwise import rbf_kernel

from riskcast.learning_curves.subsampling._exact_learner import ExactLearner
from riskcast.path import risk_path

FloatArray = NDArray[np.float64]
LimitKind = Literal["data", "noise", "capacity", "floor"]

_MOST_OF_IT = 0.5  # share of the risk that more rows must remove for "data"
_RICHER_ROWS = 1000  # rows for the richer model, whose cost is cubic in their number
_CLEAR = 2.0  # standard errors
_SURE = 0.9


@dataclass(frozen=True)
class Limit:
    """What limits a model, as returned by `Forecast.limit`.

    ``str()`` of it is a sentence.

    Attributes
    ----------
    kind : {"data", "noise", "capacity", "floor"}
        "data": more rows would remove at least half of the risk. Otherwise most of
        the risk is a floor. "capacity": a richer model is already below that floor.
        "noise": no model that was tried is below it; the rest is noise or missing features.
        "floor": noise or capacity; no richer model was tried.
    sure : bool
        Whether at least nine tenths of the plausible curves agree on whether more rows
        would remove half of the risk.
    removable : float
        Share of the current risk that unlimited data would remove; zero if the risk is zero.
    risk, floor : float
        Risk now, and with unlimited data.
    richer_risk : float
        Leave-one-out risk of a kernel model (``rbf``) on at most 1,000 of the same rows;
        NaN if none was tried.
    lowest : float
        Best possible value of the risk. `removable` is a share of the risk above it.
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
            "the current risk of"
            if self.lowest == 0.0
            else (f"the current risk above its best value of {self.lowest:.4g}, from")
        )
        start = (
            f"unlimited data would remove {only}{100 * self.removable:.0f} % of {whole} "
            f"{self.risk:.4g}, down to {self.floor:.4g}"
        )
        name = "Limited by its floor" if self.kind == "floor" else f"{self.kind.title()}-limited"
        if not self.sure:
            name = f"Probably {name[0].lower()}{name[1:]}"
        end = {
            "data": ".",
            "capacity": f", and a kernel model (rbf) already reaches {self.richer_risk:.4g}; try a "
            "richer model.",
            "noise": "; the rest is noise or missing features.",
            "floor": "; the rest is noise, missing features, or limited model capacity.",
        }[self.kind]
        return f"{name}: {start}{end}"


def limit_of(
    now: FloatArray, floor: FloatArray, learner: ExactLearner | None, lowest: float = 0.0
) -> Limit:
    """Determine what limits a model.

    Parameters
    ----------
    now, floor : ndarray of shape (curves,)
        Risk of plausible curves at the current sample size, and with unlimited data.
    learner : ExactLearner or None
        The learner of a linear or kernel model with squared error, otherwise None.
    lowest : float
        Best possible value of the risk: zero for errors, minus one for scores.

    Returns
    -------
    Limit
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
    if learner.rank is None:  # a kernel model has infinitely many directions already
        return Limit("noise", **found)
    found["richer_risk"], error = _richer(learner)
    below = found["richer_risk"] + _CLEAR * error < end
    return Limit("capacity" if below else "noise", **found)


def _richer(learner: ExactLearner) -> tuple[float, float]:
    """Leave-one-out risk of an RBF kernel on the same directions, and its standard error."""
    coordinates, targets = learner.problem.data.coordinates, learner.problem.targets
    chosen = np.random.default_rng(0).permutation(len(targets))[:_RICHER_ROWS]
    rows = coordinates[chosen]
    gram = rbf_kernel(rows, gamma=1.0 / float(rows.var(axis=0).sum()))  # e⁻² for typical pairs
    path = risk_path(gram, targets[chosen], kernel="precomputed", scoring="squared_error")
    return path.best_risk_corrected, float(path.standard_error[path.best_index])
