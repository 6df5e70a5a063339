"""Best stopping time, compared with training to the end and with ridge."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from riskcast.assessment._comparison import CLEAR, count_units, row_residuals, standard_error
from riskcast.assessment._scale import Scale
from riskcast.learning_curves._small_samples import widened
from riskcast.models import Model
from riskcast.path import RiskPath, risk_path
from riskcast.tables import InputError, LearningTable

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class Stopping:
    """The best stopping time, compared with training to the end and with ridge.

    Attributes
    ----------
    time : float
        Best time of gradient flow; infinity means training to the end.
    epochs : float
        The same time as epochs of full-batch gradient descent.
    learning_rate, largest_learning_rate : float
        Learning rate used to convert time to epochs, and the rate above which training
        diverges.
    risk, standard_error, risk_corrected : float
        At the best time; `risk_corrected` is corrected for choosing that time. All standard
        errors of risks are `widened` for small samples.
    end_risk, end_standard_error, end_difference, end_difference_error : float
        Risk of training to the end; its risk minus that of stopping, with its standard error.
    ridge_penalty : float
        Best ridge penalty, as ``alpha`` in scikit-learn.
    ridge_risk, ridge_standard_error, ridge_difference, ridge_difference_error : float
        Risk of the best ridge; its risk minus that of stopping, with its standard error.
    ridge_risk_corrected : float
        Risk of the best ridge, corrected for choosing its penalty.
    degrees_of_freedom, end_degrees_of_freedom : float
        Effective degrees of freedom at the best time and at the end.
    rank : int
        Rank of the (kernel) feature matrix.
    load : float
        Rows per column, n/p.
    capacity : float
        `rank` / (n - 1); 1 at and beyond the interpolation threshold.
    """

    time: float
    epochs: float
    learning_rate: float
    largest_learning_rate: float
    risk: float
    standard_error: float
    risk_corrected: float
    end_risk: float
    end_standard_error: float
    end_difference: float
    end_difference_error: float
    ridge_penalty: float
    ridge_risk: float
    ridge_risk_corrected: float
    ridge_standard_error: float
    ridge_difference: float
    ridge_difference_error: float
    degrees_of_freedom: float
    end_degrees_of_freedom: float
    rank: int
    load: float
    capacity: float

    @property
    def end_costs_clearly(self) -> bool:
        """Whether training to the end is clearly worse than stopping."""
        return self.end_difference > CLEAR * self.end_difference_error


def find_stop(
    path: RiskPath, model: Model, table: LearningTable, scale: Scale, learning_rate: float | None
) -> Stopping:
    """Find the best stopping time of a risk path and compare it with the end and with ridge."""
    ridge = risk_path(
        model.X,
        table.y,
        filter="ridge",
        kernel=model.kernel,
        groups=table.groups,
        scoring=scale.scoring,
    )
    rate, largest = _learning_rate(path, learning_rate)
    best = held_out(path, table.y, path.best_time)
    end = held_out(path, table.y, np.inf) - best
    other = held_out(ridge, table.y, ridge.best_time) - best
    rank, units = len(path.eigenvalues), count_units(path.n_samples, table.groups)
    return Stopping(
        time=path.best_time,
        epochs=path.best_time / rate,
        learning_rate=rate,
        largest_learning_rate=largest,
        risk=path.best_risk,
        standard_error=widened(float(path.standard_error[path.best_index]), units),
        risk_corrected=path.best_risk_corrected,
        end_risk=path.final_risk,
        end_standard_error=widened(float(path.standard_error[-1]), units),
        end_difference=float(end.mean()),
        end_difference_error=standard_error(end, table.groups),
        ridge_penalty=float(ridge.n_samples / ridge.best_time),
        ridge_risk=ridge.best_risk,
        ridge_risk_corrected=ridge.best_risk_corrected,
        ridge_standard_error=widened(float(ridge.standard_error[ridge.best_index]), units),
        ridge_difference=float(other.mean()),
        ridge_difference_error=standard_error(other, table.groups),
        degrees_of_freedom=float(path.degrees_of_freedom[path.best_index]),
        end_degrees_of_freedom=float(path.degrees_of_freedom[-1]),
        rank=rank,
        load=path.n_samples / path.n_features,
        capacity=rank / (path.n_samples - 1),
    )


def held_out(path: RiskPath, y: Any, time: float) -> FloatArray:
    """Leave-one-out loss of each row at a training time."""
    predictions = path.loo_predictions(time)
    if path.classes is not None:
        predictions = path.classes[predictions.argmax(axis=1)]
    return row_residuals(predictions, y) ** 2


def _learning_rate(path: RiskPath, given: float | None) -> tuple[float, float]:
    """Learning rate used to convert time to epochs, and the largest stable one."""
    largest = 2.0 * path.n_samples / float(path.eigenvalues[-1])
    if given is None:
        return largest / 2.0, largest
    if not 0.0 < given < largest:
        raise InputError(
            f"--learning-rate: must be positive and below {largest:.3g}, got {given:g}; beyond "
            "that, full-batch gradient descent diverges on this table"
        )
    return given, largest
