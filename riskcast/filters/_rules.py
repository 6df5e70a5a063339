"""Spectral filters: training rules as functions of the eigenvalues.

Every linear training rule that starts from zero weights gives ``w = g(S) Xᵀy``
with ``S = XᵀX``. Along an eigenvector of ``S`` with eigenvalue λ it has learned
the fraction ``h(λ) = λ g(λ)`` of the target (the *shrinkage*); the fraction
``r(λ) = 1 - h(λ)`` remains (the *residual filter*). A filter object holds one rule
and all the training times, or penalties, at which to evaluate it.

The loss is ``|y - Xw|² / (2n) + weight_decay |w|² / 2``. Time is that of its
gradient flow, so ``k`` steps at learning rate η take the time ``ηk``.
"""

from __future__ import annotations

import copy
from abc import ABC, abstractmethod
from typing import Any, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcast._validation import (
    below_one,
    increasing,
    number,
    numbers,
    positive_finite,
    refuse_masked,
)

__all__ = [
    "Filter",
    "GradientDescent",
    "GradientFlow",
    "HeavyBall",
    "Nesterov",
    "PrincipalComponents",
    "Ridge",
]

FloatArray = NDArray[np.float64]

_MOST_STEPS = 2.0**53  # larger integers are not all exact in floating point


class Filter(ABC):
    """Base class: a training rule at T training times, as a function of the eigenvalue.

    Subclasses define the fraction learned along each eigenvector (`shrinkage`), the
    training times (`times`), their number (``__len__``) and selection (`at`).

    Attributes
    ----------
    weight_decay : float
        Weight decay μ in the loss ``|y - Xw|²/(2n) + μ|w|²/2``; zero for rules
        without weight decay.
    """

    weight_decay: float = 0.0

    @abstractmethod
    def __len__(self) -> int:
        """Number T of training times or penalties."""

    @abstractmethod
    def shrinkage(self, eigenvalues: ArrayLike, n_samples: int) -> NDArray[Any]:
        """Fraction of the target learned along each eigenvector, ``h(λ) = λ g(λ)``.

        Parameters
        ----------
        eigenvalues : array_like of shape (r,)
            Eigenvalues λ of ``XᵀX`` (not divided by `n_samples`).
        n_samples : int
            Number n of samples over which the loss is averaged.

        Returns
        -------
        ndarray of shape (T, r)
            Fractions learned, accurate in relative terms even where they are small.
        """

    @abstractmethod
    def times(self, n_samples: int) -> FloatArray:
        """Training times in units of gradient flow.

        Parameters
        ----------
        n_samples : int
            Number n of samples over which the loss is averaged.

        Returns
        -------
        ndarray of shape (T,)
        """

    @abstractmethod
    def at(self, rows: ArrayLike) -> Self:
        """Return the same rule at a subset of its training times.

        Parameters
        ----------
        rows : int or array_like of int
            Indices of the training times to keep.

        Returns
        -------
        Filter
        """

    def residual(self, eigenvalues: ArrayLike, n_samples: int) -> NDArray[Any]:
        """Fraction of the target not learned, ``r(λ) = 1 - h(λ)``.

        Parameters and shapes are those of `shrinkage`.
        """
        return 1.0 - self.shrinkage(eigenvalues, n_samples)

    def _with(self, **attributes: Any) -> Self:
        other = copy.copy(self)
        other.__dict__.update(attributes)
        return other


class GradientFlow(Filter):
    """Gradient flow: full-batch gradient descent with infinitesimal steps.

    From zero weights ``h(λ) = λ/(λ + nμ) · (1 - exp(-t (λ/n + μ)))`` with
    weight decay μ (Advani, Saxe and Sompolinsky 2020, equation 6, for μ = 0).

    Parameters
    ----------
    times : array_like of shape (T,)
        Increasing training times: zero, ``inf``, or from 1e-290 to 1e290. ``inf`` is the
        limit of training to convergence.
    weight_decay : float, default 0.0
        Weight decay μ in the loss ``|y - Xw|²/(2n) + μ|w|²/2``.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If times are out of range, not increasing or not one-dimensional, or the
        weight decay is negative or not finite.

    Examples
    --------
    >>> import riskcast as rc
    >>> flow = rc.GradientFlow([0.0, 1.0, float("inf")])
    >>> flow.residual([0.0, 10.0], n_samples=10).round(3)
    array([[1.   , 1.   ],
           [1.   , 0.368],
           [1.   , 0.   ]])
    """

    def __init__(self, times: ArrayLike, weight_decay: float = 0.0) -> None:
        self._times = increasing(times, "times")
        self.weight_decay = number(weight_decay, "weight_decay")

    def __repr__(self) -> str:
        return _describe(self, "times", self._times)

    def __len__(self) -> int:
        return len(self._times)

    def at(self, rows: ArrayLike) -> Self:
        return self._with(_times=self._times[np.atleast_1d(rows)])

    def times(self, n_samples: int) -> FloatArray:
        return self._times

    def shrinkage(self, eigenvalues: ArrayLike, n_samples: int) -> FloatArray:
        refuse_masked(eigenvalues, "eigenvalues")
        eigenvalues = np.asarray(eigenvalues, dtype=np.float64)
        decay = n_samples * self.weight_decay
        with np.errstate(invalid="ignore"):
            exponent = np.multiply.outer(self._times, (eigenvalues + decay) / n_samples)
        exponent = np.nan_to_num(exponent, nan=0.0, posinf=np.inf)  # inf · 0: nothing is learned
        return -np.expm1(-exponent) * _ridge_share(eigenvalues, decay)

    def residual(self, eigenvalues: ArrayLike, n_samples: int) -> FloatArray:
        if self.weight_decay:
            return 1.0 - self.shrinkage(eigenvalues, n_samples)
        refuse_masked(eigenvalues, "eigenvalues")
        eigenvalues = np.asarray(eigenvalues, dtype=np.float64)
        with np.errstate(invalid="ignore"):
            exponent = np.multiply.outer(self._times, eigenvalues / n_samples)
        return np.exp(-np.nan_to_num(exponent, nan=0.0, posinf=np.inf))


class SteppedFilter(Filter):
    """Base class of rules that train in steps: learning rate, steps, recurrence."""

    def __init__(self, learning_rate: float, steps: ArrayLike, weight_decay: float) -> None:
        self.learning_rate = positive_finite(learning_rate, "learning_rate")
        self.steps = _step_numbers(steps)
        self.weight_decay = number(weight_decay, "weight_decay")

    def __repr__(self) -> str:
        return _describe(self, "steps", self.steps)

    def __len__(self) -> int:
        return len(self.steps)

    def at(self, rows: ArrayLike) -> Self:
        return self._with(steps=self.steps[np.atleast_1d(rows)])

    def times(self, n_samples: int) -> FloatArray:
        return self.learning_rate * self.steps.astype(np.float64)

    def momentum_at(self, step: int) -> float:
        """Momentum used in the update from `step` to ``step + 1``."""
        return 0.0

    def shrinkage(self, eigenvalues: ArrayLike, n_samples: int) -> NDArray[Any]:
        refuse_masked(eigenvalues, "eigenvalues")
        eigenvalues = np.asarray(eigenvalues)
        decay = n_samples * self.weight_decay
        pull = self.learning_rate * (eigenvalues + decay) / n_samples
        shares: NDArray[Any] = self.learned(pull) * _ridge_share(eigenvalues, decay)
        return shares

    def learned(self, pull: ArrayLike) -> NDArray[Any]:
        """Fraction of the distance to a mode's end point covered, shape (T, ...).

        `pull` is learning rate times curvature, η(λ/n + μ); it may be complex.
        The fraction is a polynomial in `pull`. It is evaluated by the recurrence of
        the rule, which is accurate in relative terms where the fraction is small.
        """
        pull = np.asarray(pull)
        now, before = np.zeros_like(pull * 1.0), np.zeros_like(pull * 1.0)
        record = np.empty((len(self.steps), *pull.shape), dtype=now.dtype)
        wanted = {int(step): row for row, step in enumerate(self.steps)}
        with np.errstate(over="ignore", invalid="ignore"):  # a diverging rule gives inf
            for step in range(int(self.steps[-1]) + 1):
                if step in wanted:
                    record[wanted[step]] = now
                now, before = self._advance(pull, now, before, self.momentum_at(step)), now
        return record

    @abstractmethod
    def _advance(
        self, pull: NDArray[Any], now: NDArray[Any], before: NDArray[Any], momentum: float
    ) -> NDArray[Any]:
        """One step of the recurrence of the fraction learned."""


class GradientDescent(SteppedFilter):
    """Full-batch gradient descent; ``r(λ) = (1 - ηλ/n)^k`` without weight decay.

    Parameters
    ----------
    learning_rate : float
        Step size η; training is stable below ``2 / (λmax/n + μ)``.
    steps : array_like of int, shape (T,)
        Increasing numbers of steps k ≥ 0.
    weight_decay : float, default 0.0
        Weight decay μ in the loss ``|y - Xw|²/(2n) + μ|w|²/2``.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If an argument is out of its range, or steps do not increase.

    Examples
    --------
    >>> import riskcast as rc
    >>> rule = rc.GradientDescent(learning_rate=0.5, steps=[0, 1, 2])
    >>> rule.residual([10.0], n_samples=10).ravel()
    array([1.  , 0.5 , 0.25])
    """

    def __init__(self, learning_rate: float, steps: ArrayLike, weight_decay: float = 0.0) -> None:
        super().__init__(learning_rate, steps, weight_decay)

    def learned(self, pull: ArrayLike) -> NDArray[Any]:
        pull = np.asarray(pull)
        if np.iscomplexobj(pull):  # NumPy's complex log1p is inaccurate for small pulls
            return super().learned(pull)
        exponents = self.steps.reshape(-1, *(1,) * pull.ndim)
        gentle = np.abs(pull) < 0.5
        slow = -np.expm1(exponents * np.log1p(-np.where(gentle, pull, 0.0)))
        with np.errstate(over="ignore", invalid="ignore"):  # a diverging rule gives inf
            fast = 1.0 - (1.0 - np.where(gentle, 1.0, pull)) ** exponents
        return np.where(gentle, slow, fast)

    def _advance(
        self, pull: NDArray[Any], now: NDArray[Any], before: NDArray[Any], momentum: float
    ) -> NDArray[Any]:
        step: NDArray[Any] = pull * (1.0 - now)
        return now + step


class HeavyBall(SteppedFilter):
    """Gradient descent with Polyak's momentum (Polyak 1964).

    ``w[k+1] = w[k] - η ∇L(w[k]) + β (w[k] - w[k-1])``, from ``w[0] = w[-1] = 0``.

    Parameters
    ----------
    learning_rate : float
        Step size η; training is stable below ``2(1 + β) / (λmax/n + μ)``.
    momentum : float
        Momentum β, in [0, 1).
    steps : array_like of int, shape (T,)
        Increasing numbers of steps k ≥ 0.
    weight_decay : float, default 0.0
        Weight decay μ in the loss ``|y - Xw|²/(2n) + μ|w|²/2``.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If an argument is out of its range, or steps do not increase.

    Examples
    --------
    >>> import riskcast as rc
    >>> rule = rc.HeavyBall(learning_rate=0.5, momentum=0.5, steps=[0, 1, 2])
    >>> rule.residual([10.0], n_samples=10).ravel()
    array([1. , 0.5, 0. ])
    """

    def __init__(
        self,
        learning_rate: float,
        momentum: float,
        steps: ArrayLike,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(learning_rate, steps, weight_decay)
        self.momentum = below_one(momentum, "momentum")

    def momentum_at(self, step: int) -> float:
        return self.momentum

    def _advance(
        self, pull: NDArray[Any], now: NDArray[Any], before: NDArray[Any], momentum: float
    ) -> NDArray[Any]:
        step: NDArray[Any] = pull * (1.0 - now) + momentum * (now - before)
        return now + step


class Nesterov(SteppedFilter):
    """Nesterov's accelerated gradient (Nesterov 1983).

    ``v = w[k] + β_k (w[k] - w[k-1])``, ``w[k+1] = v - η ∇L(v)``, from zero weights.

    Parameters
    ----------
    learning_rate : float
        Step size η.
    steps : array_like of int, shape (T,)
        Increasing numbers of steps k ≥ 0.
    momentum : float or None, default None
        Constant momentum β in [0, 1), or None for the schedule
        ``β_k = k / (k + 3)`` of Su, Boyd and Candès (2016).
    weight_decay : float, default 0.0
        Weight decay μ in the loss ``|y - Xw|²/(2n) + μ|w|²/2``.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If an argument is out of its range, or steps do not increase.

    Examples
    --------
    >>> import riskcast as rc
    >>> rule = rc.Nesterov(learning_rate=0.5, momentum=0.5, steps=[0, 1, 2])
    >>> rule.residual([10.0], n_samples=10).ravel()
    array([1.   , 0.5  , 0.125])
    """

    def __init__(
        self,
        learning_rate: float,
        steps: ArrayLike,
        momentum: float | None = None,
        weight_decay: float = 0.0,
    ) -> None:
        super().__init__(learning_rate, steps, weight_decay)
        self.momentum = None if momentum is None else below_one(momentum, "momentum")

    def momentum_at(self, step: int) -> float:
        return step / (step + 3) if self.momentum is None else self.momentum

    def _advance(
        self, pull: NDArray[Any], now: NDArray[Any], before: NDArray[Any], momentum: float
    ) -> NDArray[Any]:
        ahead = now + momentum * (now - before)
        step: NDArray[Any] = pull * (1.0 - ahead)
        return ahead + step


class Ridge(Filter):
    """Ridge regression: ``h(λ) = λ / (λ + z)``.

    Parameters
    ----------
    penalties : array_like of shape (T,)
        Penalties z in the loss ``|y - Xw|² + z|w|²``, which is scikit-learn's
        ``alpha``; weight decay μ corresponds to the penalty nμ. Zero means the limit
        z → 0, the least-squares solution of minimum norm. Penalties are stored in
        decreasing order, so that paths run from nothing learned to everything.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If a penalty is negative, given twice, or neither zero nor from 1e-290 to
        1e290.

    Examples
    --------
    >>> import riskcast as rc
    >>> rc.Ridge([1.0, 10.0]).shrinkage([10.0], n_samples=5).round(3).ravel()
    array([0.5  , 0.909])
    """

    def __init__(self, penalties: ArrayLike) -> None:
        ordered = np.sort(np.atleast_1d(numbers(penalties, "penalties")))
        if len(np.unique(ordered)) < ordered.size:
            raise ValueError("penalties: some are given twice; drop repeats")
        self.penalties: FloatArray = increasing(ordered, "penalties", finite=True)[::-1]

    def __repr__(self) -> str:
        return _describe(self, "penalties", self.penalties)

    def __len__(self) -> int:
        return len(self.penalties)

    def at(self, rows: ArrayLike) -> Self:
        return self._with(penalties=self.penalties[np.atleast_1d(rows)])

    def times(self, n_samples: int) -> FloatArray:
        """Gradient flow times that learn as much of the weakest directions, ``n / z``."""
        with np.errstate(divide="ignore"):
            return n_samples / self.penalties

    def shrinkage(self, eigenvalues: ArrayLike, n_samples: int) -> NDArray[Any]:
        refuse_masked(eigenvalues, "eigenvalues")
        eigenvalues = np.asarray(eigenvalues)
        return np.stack([_ridge_share(eigenvalues, penalty) for penalty in self.penalties])


class PrincipalComponents(Filter):
    """Least squares on the leading principal components; ``h`` is zero or one.

    The filter is not analytic in λ, so it is not a mixture of ridge regressions and
    has no exact leave-one-out path; `risk_path` raises an error.

    Parameters
    ----------
    components : array_like of int, shape (T,)
        Increasing numbers ≥ 0 of leading components to keep.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If a number is negative, or the numbers do not increase.

    Examples
    --------
    >>> import riskcast as rc
    >>> rc.PrincipalComponents([0, 1, 2]).shrinkage([1.0, 5.0], n_samples=9)
    array([[0., 0.],
           [0., 1.],
           [1., 1.]])
    """

    def __init__(self, components: ArrayLike) -> None:
        self.components = _step_numbers(components, "components")

    def __repr__(self) -> str:
        return _describe(self, "components", self.components)

    def __len__(self) -> int:
        return len(self.components)

    def at(self, rows: ArrayLike) -> Self:
        return self._with(components=self.components[np.atleast_1d(rows)])

    def times(self, n_samples: int) -> FloatArray:
        """Numbers of components; these order the path but are not times."""
        return self.components.astype(np.float64)

    def shrinkage(self, eigenvalues: ArrayLike, n_samples: int) -> FloatArray:
        refuse_masked(eigenvalues, "eigenvalues")
        eigenvalues = np.asarray(eigenvalues, dtype=np.float64)
        rank_from_top = np.argsort(np.argsort(-eigenvalues, kind="stable"), kind="stable")
        kept = rank_from_top < self.components[:, None]
        return (kept & (eigenvalues > 0)).astype(np.float64)


def _ridge_share(eigenvalues: NDArray[Any], penalty: float) -> NDArray[Any]:
    """λ/(λ + z); zero where both are zero, as null directions learn nothing."""
    if penalty == 0.0:
        return np.where(eigenvalues == 0, 0.0, 1.0)
    return eigenvalues / (eigenvalues + penalty)


_SETTINGS = ("learning_rate", "momentum", "weight_decay")


def _describe(rule: Filter, name: str, values: NDArray[Any]) -> str:
    span = f"{values[0]:g}..{values[-1]:g}" if len(values) > 1 else f"{values[0]:g}"
    settings = {key: getattr(rule, key, None) for key in _SETTINGS}
    shown = "".join(f", {key}={value:g}" for key, value in settings.items() if value)
    return f"{type(rule).__name__}({len(values)} {name}, {span}{shown})"


def _step_numbers(values: ArrayLike, name: str = "steps") -> NDArray[np.int64]:
    array = increasing(values, name, finite=True)
    wrong = array[(array != np.rint(array)) | (array > _MOST_STEPS)]
    if wrong.size:
        raise ValueError(f"{name}: got {wrong[0]:g}; give whole numbers up to {_MOST_STEPS:g}")
    return array.astype(np.int64)
