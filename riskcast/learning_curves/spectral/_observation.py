"""E(κ), measured on all rows and on parts of the data, with its covariance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from riskcast.filters import Ridge
from riskcast.learning_curves.spectral._equivalents import (
    Equivalents,
    cost_of_mean,
    equivalents,
    informative_penalties,
)
from riskcast.path._dependence import error_inflation
from riskcast.path._leave_one_out import fold_mixture, leave_one_out
from riskcast.path._problem import Problem
from riskcast.path._row_factorization import factorize

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]

MANY_ROWS = 1000  # from this size on, fewer parts suffice
_PARTS = (1, 2, 4, 8)
_PARTS_OF_MANY = (1, 2, 4)
_PENALTIES = 24  # on all rows; half as many on parts
_FEWEST_ROWS = 20  # smallest size of a part
_MOST_GAIN = 3.0  # above it, the risk is dominated by amplified noise rather than E

# Relative model errors of E, beyond the noise of the rows. Estimated from kernels on images
# and on smooth functions at 150 to 1,200 rows, by comparing E at several sizes: errors of
# each point, of each size as a whole, and an error that grows towards interpolation.
_POINT_MISFIT = 0.02
_SIZE_MISFIT = 0.02
_FEW_FREE_ROWS = 0.5  # over n - df₂
_NEAR_INTERPOLATION = 0.15  # times (df₂/n)²: the bias towards low values, and its uncertainty
_SHRINKAGE = 0.7  # of the rows' covariance, chosen in the same way
# Errors of rows are more correlated than their covariance shows (chosen on the open
# cases of benchmarks/forecast.py).
_DEPENDENCE = 1.2


@dataclass(frozen=True)
class Observation:
    """Points of E(κ), and the equivalents of all rows.

    Attributes
    ----------
    whole : Equivalents
        Equivalents of all rows.
    kappa, error : ndarray of shape (S,)
        Points of E(κ) at all sizes, on the scale of the risk.
    covariance : ndarray of shape (S, S)
        Covariance of the logarithm of `error`.
    part : ndarray of int, shape (S,)
        Number of parts into which the data were split for each point.
    trace : float
        Mean squared norm of a (centred) row, which is the sum of all variances.
    rank : int or None
        Number of directions, if known to be finite.
    n_rows : int
        Sample size.
    centred : bool
        Whether an intercept is fitted.
    """

    whole: Equivalents
    kappa: FloatArray
    error: FloatArray
    covariance: FloatArray
    part: IndexArray
    trace: float
    rank: int | None
    n_rows: int
    centred: bool

    def without_the_whole(self) -> Observation:
        """Only the points from parts of the data, to be checked against all rows."""
        kept = self.part > 1
        return Observation(
            self.whole,
            self.kappa[kept],
            self.error[kept],
            self.covariance[np.ix_(kept, kept)],
            self.part[kept],
            self.trace,
            self.rank,
            self.n_rows,
            self.centred,
        )


def observe(problem: Problem, rank: int | None, seed: int) -> Observation | None:
    """Measure E(κ) on all rows and on halves, quarters and eighths of them.

    Eighths are omitted from `MANY_ROWS` rows on.

    At each size the rows are split into disjoint parts. Every row thus has one
    leave-one-out loss at each size and penalty, and the covariance of all
    points is that of the rows' losses.
    """
    data = problem.data
    order = np.random.default_rng(seed).permutation(data.n_samples)
    parts = _PARTS if data.n_samples < MANY_ROWS else _PARTS_OF_MANY
    pieces = [_measure(problem, order, part) for part in parts]
    if pieces[0] is None:
        return None
    seen = [piece for piece in pieces if piece is not None]
    losses = np.concatenate([piece.losses for piece in seen], axis=1)
    inflation = np.concatenate([piece.inflation for piece in seen])
    risk = losses.mean(axis=0)
    part = np.concatenate([np.full(len(p.inflation), p.part) for p in seen])
    covariance = _DEPENDENCE**2 * _noise_of_rows((losses - risk) / risk, part == 1)
    # The variance added by dependence is treated as a separate noise. If the rows' noise were
    # only scaled up, the difference of early and late times would reveal its sign.
    added = np.sqrt(np.maximum(inflation**2 - 1.0, 0.0))
    covariance = covariance * (1.0 + np.outer(added, added))
    gains = np.concatenate([_gain_of_risk(piece.seen, data.centred) for piece in seen])
    bias = np.concatenate([_towards_interpolation(piece.seen) for piece in seen])
    n_kept = data.n_samples - int(data.centred)
    return Observation(
        whole=seen[0].seen,
        kappa=np.concatenate([piece.seen.kappa for piece in seen]),
        error=risk / gains * np.exp(bias),
        covariance=covariance + _misfit([piece.seen for piece in seen]),
        part=part,
        trace=float(data.eigenvalues.sum()) / n_kept,
        rank=_known_rank(problem, rank),
        n_rows=data.n_samples,
        centred=data.centred,
    )


def _gain_of_risk(seen: Equivalents, centred: bool) -> FloatArray:
    """Ratio of risk to E; `n_trained` excludes the row used up by an intercept."""
    return seen.gain * cost_of_mean(seen.n_trained + centred, centred)


def _noise_of_rows(away: FloatArray, whole: NDArray[np.bool_]) -> FloatArray:
    """Covariance of mean losses, shrunk towards a common factor.

    The same rows are used for evaluation at all sizes and penalties, so the noise is mostly
    one common factor. The sample covariance of many highly correlated points has, with a
    few hundred rows, directions of almost no noise by chance, to which a fit would give too
    much weight (Ledoit and Wolf, "A well-conditioned estimator for large-dimensional
    covariance matrices", 2004).

    Parameters
    ----------
    away : ndarray of shape (n_rows, S)
        Losses relative to their mean, minus one.
    whole : ndarray of bool, shape (S,)
        Mask of the points from all rows; their mean covariance is the variance of the
        common factor.
    """
    count = len(away)
    sample = away.T @ away / (count * (count - 1.0))
    common = sample[np.ix_(whole, whole)].mean()
    return (1.0 - _SHRINKAGE) * sample + _SHRINKAGE * common


@dataclass(frozen=True)
class _Piece:
    part: int
    seen: Equivalents  # mean over the parts
    losses: FloatArray  # (n_rows, Z)
    inflation: FloatArray  # (Z,)


def _measure(problem: Problem, order: IndexArray, part: int) -> _Piece | None:
    """Leave-one-out losses of all rows, each within its part; None if parts are too small."""
    if part > 1 and len(order) // part < _FEWEST_ROWS:
        return None
    count = _PENALTIES if part == 1 else _PENALTIES // 2
    rows_of = [np.sort(rows) for rows in np.array_split(order, part)]
    problems = [_restricted(problem, rows) for rows in rows_of] if part > 1 else [problem]
    if not all(inside.data.eigenvalues.size for inside in problems):
        return None  # all columns are constant in some part
    penalties = informative_penalties(problems[0].data, count, _MOST_GAIN)
    if len(penalties) < 4:
        return None
    filter = Ridge(penalties)
    losses = np.empty((len(order), len(penalties)))
    seen, inflation = [], []
    for rows, inside in zip(rows_of, problems, strict=True):
        mixture = fold_mixture(inside.data, filter)
        for block, predictions in leave_one_out(inside, filter, mixture):
            away = predictions - inside.targets[block][:, None, :]
            losses[rows[block]] = (away**2).mean(axis=2)
        seen.append(equivalents(inside.data, penalties))
        inflation.append(error_inflation(inside.data, mixture))
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = _mean(seen)
    if not all(np.isfinite(values).all() for values in (mean.kappa, mean.freedom, mean.gain)):
        return None  # the parts are too different for common penalties
    return _Piece(part, mean, losses, np.mean(inflation, axis=0))


def _restricted(problem: Problem, rows: IndexArray) -> Problem:
    data = problem.data
    inside = factorize(data.coordinates[rows], data.centred, data.floor, data.rounding)
    return problem.part(rows, inside)


def _mean(seen: list[Equivalents]) -> Equivalents:
    kappa, freedom, gain = (
        np.exp(np.mean(np.log([getattr(one, name) for one in seen]), axis=0))
        for name in ("kappa", "freedom", "gain")
    )
    n_trained = float(np.mean([one.n_trained for one in seen]))
    return Equivalents(seen[0].penalties, kappa, freedom, gain, n_trained)


def _misfit(seen: list[Equivalents]) -> FloatArray:
    """Covariance of the model errors of the equivalents, for log E."""
    blocks = []
    for one in seen:
        free = one.n_trained - one.twice_freedom
        own = _POINT_MISFIT**2 + (_FEW_FREE_ROWS / free) ** 2
        near = _towards_interpolation(one)
        blocks.append(np.diag(own) + np.outer(near, near) + _SIZE_MISFIT**2)
    size = sum(len(block) for block in blocks)
    covariance = np.zeros((size, size))
    first = 0
    for block in blocks:
        last = first + len(block)
        covariance[first:last, first:last] = block
        first = last
    return covariance


def _towards_interpolation(seen: Equivalents) -> FloatArray:
    """Downward bias of log E, which is also its standard deviation."""
    return _NEAR_INTERPOLATION * (seen.twice_freedom / seen.n_trained) ** 2


def _known_rank(problem: Problem, rank: int | None) -> int | None:
    """Number of directions: observed if there are more rows than directions, else as given."""
    found = len(problem.data.eigenvalues)
    if not problem.data.full_rank:
        return found
    return None if rank is None else max(rank, found)
