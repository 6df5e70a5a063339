"""Settings of training."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcast.lab import _checks

__all__ = ["Training"]

FloatArray = NDArray[np.float64]

RULES = ("gradient_descent", "gradient_flow", "momentum", "sgd", "adam")
LOSSES = ("squared", "logistic", "softmax")


@dataclass(frozen=True)
class Training:
    """How a student is trained, and when it is recorded.

    The squared loss is ``Σ (f - y)²/(2n)``, summed over outputs; logistic and
    softmax losses are averaged over rows. Weight decay adds ``μ|w|²/2``, summed over
    the trained weights and biases. The training time of k steps at learning rate η
    is ηk.

    Parameters
    ----------
    rule : str, default "gradient_descent"
        "gradient_descent", "momentum" (heavy ball) or "adam" on
        all rows, or on batches with `batch_size`; "sgd" is gradient descent
        that needs a `batch_size`; "gradient_flow" is the limit of small steps.
        Gradient flow and full-batch descent of a read-out or a linear model under the
        squared loss are solved exactly by eigendecomposition, at any time.
    steps : int, default 10_000
        Number of steps, for all rules except gradient flow.
    learning_rate : float, default 0.1
        Common learning rate; layers may multiply it, see
        `riskcast.lab.parametrization`.
    last_time, first_time : float, default 1e3 and 1e-2
        Gradient flow is recorded at time zero and from `first_time` to `last_time`.
    relative : bool, default False
        Whether learning rate and times are in units of 1/λmax, where λmax is the
        largest eigenvalue of the initial network's NTK on the training rows,
        over their number.
    loss : {"squared", "logistic", "softmax"}, default "squared"
        Under the squared loss, classes become one-hot targets (±1 for two classes).
    weight_decay : float, default 0.0
    momentum : float, default 0.9
        Momentum coefficient of the rule "momentum".
    batch_size : int, optional
        Rows per step, drawn without replacement within an epoch; by default all rows.
    temperature : float, default 0.0
        Temperature T of Langevin noise, for full-batch or mini-batch gradient
        descent: every step of learning rate η adds Gaussian noise of variance ``2ηT``
        to each weight, so that small steps sample ``exp(-(loss + μ|w|²/2)/T)``
        (Welling and Teh 2011). Under the squared loss, with noise variance σ² and the
        prior N(0, s²) on the weights, T = σ²/n and μ = T/s² sample the posterior.
    subspace : int, optional
        Dimension of a random subspace through the initial weights in which to train
        by steps (Li, Farkhoor, Liu and Yosinski 2018). Its coordinates start from
        zero; they are the parameters to which weight decay and Adam apply.
    median_of : int, default 1
        Number of equal parts of the rows of each step. The step follows the
        coordinatewise median of their gradients: 1 is the usual mean, 3 is M3 of
        Chatterjee and Zielinski (2022).
    n_records : int, default 50
        Approximate number of log-spaced records, in addition to one before
        training.
    fitted_below : float, default 0.01
        A run counts as converged when its last train error is below this value:
        the squared error relative to that of predicting zero, or the error rate
        for classes.
    precision : {"float32", "float64"}, default "float32"
        Precision of training by steps. Exact solutions and gradient flow are always
        in double precision.
    tolerance : float, default 1e-6
        Relative tolerance of the integration of gradient flow.

    Examples
    --------
    >>> from riskcast import lab
    >>> lab.Training(steps=1000, n_records=5).record_steps()
    array([   0,    1,    6,   32,  178, 1000])
    """

    rule: str = "gradient_descent"
    steps: int = 10_000
    learning_rate: float = 0.1
    last_time: float = 1e3
    first_time: float = 1e-2
    relative: bool = False
    loss: str = "squared"
    weight_decay: float = 0.0
    momentum: float = 0.9
    batch_size: int | None = None
    median_of: int = 1
    temperature: float = 0.0
    subspace: int | None = None
    n_records: int = 50
    fitted_below: float = 0.01
    precision: str = "float32"
    tolerance: float = 1e-6

    def __post_init__(self) -> None:
        _checks.one_of(self.rule, "rule", RULES)
        _checks.one_of(self.loss, "loss", LOSSES)
        _checks.one_of(self.precision, "precision", ("float32", "float64"))
        _checks.count_fields(self, "steps", "n_records", "median_of")
        if self.batch_size is not None:
            _checks.count_fields(self, "batch_size")
        for name in ("learning_rate", "first_time", "last_time", "tolerance"):
            _checks.positive(_checks.number(getattr(self, name), name), name)
        for name in ("weight_decay", "fitted_below", "temperature"):
            _checks.number(getattr(self, name), name)
        _checks.below_one(self.momentum, "momentum")
        if self.temperature and self.rule not in ("gradient_descent", "sgd"):
            raise ValueError(
                f"temperature: rule={self.rule!r} with noise samples no known distribution; use "
                "rule='gradient_descent' or 'sgd'"
            )
        if self.subspace is not None:
            _checks.count_fields(self, "subspace")
            if self.flow:
                raise ValueError("subspace: needs training by steps; use another rule")
        if self.flow and not self.first_time < self.last_time:
            raise ValueError(
                f"first_time: {self.first_time:g} is not before last_time {self.last_time:g}"
            )
        if self.flow and self.batch_size is not None:
            raise ValueError("batch_size: gradient flow uses all rows; drop it, or use rule='sgd'")
        if self.median_of > 1 and self.flow:
            raise ValueError("median_of: gradient flow uses the full gradient; train by steps")
        if self.batch_size is not None and self.batch_size % self.median_of:
            raise ValueError(
                f"median_of: got {self.median_of} for batches of {self.batch_size} rows; give a "
                "divisor of the batch size"
            )
        if self.rule == "sgd" and self.batch_size is None:
            raise ValueError("batch_size: rule='sgd' needs one; or use rule='gradient_descent'")

    @property
    def flow(self) -> bool:
        """Whether this is gradient flow."""
        return self.rule == "gradient_flow"

    def record_steps(self) -> NDArray[np.int64]:
        """Steps at which a network is recorded: 0, then log-spaced."""
        spaced = np.geomspace(1, self.steps, self.n_records)
        return np.unique(np.round([0, *spaced[self.n_records == 1 :], self.steps])).astype(np.int64)

    def record_times(self) -> FloatArray:
        """Times at which a network under gradient flow is recorded: 0, then log-spaced."""
        if self.n_records == 1:
            return np.array([0.0, self.last_time])
        return np.append(0.0, np.geomspace(self.first_time, self.last_time, self.n_records))
