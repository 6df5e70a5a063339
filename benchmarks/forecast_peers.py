"""Parametric forecasts from the literature, each fitted as well as possible.

POW3, POW4, MMF4 and WBL4 are the families that fitted and extrapolated best in
Viering and Loog, "The shape of learning curves: a review" (2023), and Mohr,
Viering, Loog and van Rijn, "LCDB 1.0" (2022). With floor c, each has the form

    risk(n) = c + a · shape(n; θ),   a, c ≥ 0,

so for given θ the best a and c solve a non-negative least-squares problem in two
unknowns, which has a closed form. θ is searched on a dense grid that is refined
around its best node: every node is a restart, so that no local optimum wider than
the grid spacing is missed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

import riskcast as rc
from riskcast._statistics import standard_error
from riskcast.path._validation import gram_matrix

FloatArray = NDArray[np.float64]

N_SIZES = 9
_SMALLEST = 1.0 / 8.0  # of the rows
_MOST_SUBSETS, _FEWEST_SUBSETS = 10, 3
_N_BOOTSTRAP = 150
_REFINEMENTS = 10  # each halves the span of the grid
_LEVEL = 0.9


class Points(NamedTuple):
    """Points of a learning curve inside the data."""

    sizes: FloatArray
    risk: FloatArray
    standard_error: FloatArray  # over subsets; for the full data, over rows


class Prediction(NamedTuple):
    """Risk and its 90 % interval at the requested sizes."""

    risk: FloatArray
    lower: FloatArray
    upper: FloatArray


def observed_points(X: FloatArray, y: FloatArray, kernel: Any, seed: int) -> Points:
    """Mean risk of models on random subsets of nine sizes, each with early stopping.

    Every model is evaluated on all rows: by leave-one-out on its training rows and
    directly on the others. All sizes therefore share most of their noise, which
    shifts the curve but hardly changes its shape.
    """
    random = np.random.default_rng([seed, 77])
    n_rows = len(y)
    gram = None if kernel is None else gram_matrix(kernel, X)
    sizes = np.rint(np.geomspace(_SMALLEST * n_rows, n_rows, N_SIZES)).astype(int)
    risks: list[list[float]] = []
    for size in sizes[:-1]:
        wanted = int(np.clip(round(1.5 * n_rows / size), _FEWEST_SUBSETS, _MOST_SUBSETS))
        subsets = [random.permutation(n_rows) for _ in range(wanted)]
        risks.append([_judged(X, gram, y, order[:size], order[size:]) for order in subsets])
    path = _path(X, gram, y)
    errors = [float(standard_error(found)) for found in risks]
    return Points(
        sizes.astype(float),
        np.array([*(np.mean(found) for found in risks), path.best_risk]),
        np.array([*errors, path.standard_error[path.best_index]]),
    )


def _path(X: FloatArray, gram: FloatArray | None, y: FloatArray) -> rc.RiskPath:
    if gram is None:
        return rc.risk_path(X, y, scoring="squared_error")
    return rc.risk_path(gram, y, kernel="precomputed", scoring="squared_error")


def _judged(X: FloatArray, gram: FloatArray | None, y: FloatArray, train: Any, test: Any) -> float:
    if np.ptp(y[train], axis=0).max() == 0.0:  # constant targets: predict the mean
        return float(np.mean((y - y[train].mean(axis=0)) ** 2))
    if gram is None:
        model = rc.GradientFlowRegressor().fit(X[train], y[train])
        predicted = model.predict(X[test])
    else:
        model = rc.GradientFlowRegressor(kernel="precomputed")
        model.fit(gram[np.ix_(train, train)], y[train])
        predicted = model.predict(gram[np.ix_(test, train)])
    outside = float(np.mean((predicted - y[test]) ** 2))
    share = len(train) / len(y)
    return share * model.risk_path_.best_risk + (1.0 - share) * outside


@dataclass(frozen=True)
class Family:
    """A family of shapes that decrease in the size over the smallest size.

    Attributes
    ----------
    name, formula : str
        Name and formula from the literature.
    axes : tuple of ndarray
        Evenly spaced values of one or two parameters: the initial grid and the bounds.
    log_shape : callable
        Maps ``(sizes, first, second)`` to the logarithm of the shape; sizes on the last axis.
    """

    name: str
    formula: str
    axes: tuple[FloatArray, ...]
    log_shape: Callable[..., FloatArray]

    def relative(self, sizes: FloatArray, *parameters: FloatArray) -> FloatArray:
        """Logarithm of the shape, minus that at the smallest size."""
        return self.log_shape(sizes, *parameters) - self.log_shape(np.ones(1), *parameters)


def _log_power(sizes: FloatArray, log_exponent: FloatArray) -> FloatArray:
    return -np.exp(log_exponent) * np.log(sizes)


def _log_shifted_power(sizes: FloatArray, log_exponent: FloatArray, log_start: FloatArray) -> Any:
    start = np.exp(log_start)  # smallest size after the shift
    rows = np.maximum(sizes - 1.0 + start, 0.01 * start)
    return -np.exp(log_exponent) * np.log(rows / start)


def _log_sigmoid(sizes: FloatArray, log_exponent: FloatArray, log_scale: FloatArray) -> FloatArray:
    return -np.logaddexp(0.0, np.exp(log_exponent) * (np.log(sizes) - log_scale))


def _log_weibull(sizes: FloatArray, log_exponent: FloatArray, log_scale: FloatArray) -> FloatArray:
    return -np.exp(np.exp(log_exponent) * (np.log(sizes) - log_scale))


_EXPONENTS = np.linspace(np.log(0.02), np.log(4.0), 32)
_SCALES = np.linspace(np.log(0.02), np.log(800.0), 30)
_STARTS = np.linspace(np.log(0.1), np.log(40.0), 26)

FAMILIES = (
    Family("POW3", "c + a n^(-b)", (_EXPONENTS,), _log_power),
    Family("POW4", "c + a (n + d)^(-b)", (_EXPONENTS, _STARTS), _log_shifted_power),
    Family("MMF4", "(a b + c n^d) / (b + n^d)", (_EXPONENTS, _SCALES), _log_sigmoid),
    Family("WBL4", "c + b exp(-a n^d)", (_EXPONENTS, _SCALES), _log_weibull),
)


class Curves(NamedTuple):
    """Fitted curves of a family: floors and levels (curves,), parameters (curves, k)."""

    floor: FloatArray
    level: FloatArray
    parameters: FloatArray

    def risk(self, family: Family, sizes: FloatArray) -> FloatArray:
        """Risk of each curve at each size, shape (curves, S)."""
        shape = np.exp(family.relative(sizes, *self.parameters.T[..., None]))
        return self.floor[:, None] + self.level[:, None] * shape


def fit(family: Family, sizes: FloatArray, risk: FloatArray, weights: FloatArray) -> Curves:
    """Fit a family by weighted least squares over its full parameter range.

    Parameters
    ----------
    family : Family
        What to fit.
    sizes : ndarray of shape (S,)
        Sizes over the smallest one.
    risk : ndarray of shape (curves, S)
        Observed risks; each row is fitted separately.
    weights : ndarray of shape (S,)
        Weights of squared residuals.

    Returns
    -------
    Curves
    """
    nodes = np.stack([part.ravel() for part in np.meshgrid(*family.axes, indexing="ij")], axis=1)
    nodes = np.broadcast_to(nodes, (len(risk), *nodes.shape))
    found = _best_node(family, sizes, risk, weights, nodes)
    span = np.array([axis[1] - axis[0] for axis in family.axes])
    bounds = np.array([[axis[0], axis[-1]] for axis in family.axes]).T
    steps = np.meshgrid(*[np.linspace(-1.0, 1.0, 5)] * len(span), indexing="ij")
    around = np.stack([part.ravel() for part in steps], axis=1)
    for _ in range(_REFINEMENTS):
        nodes = np.clip(found.parameters[:, None] + around * span, *bounds)
        found = _best_node(family, sizes, risk, weights, nodes)
        span = span / 2.0
    return found


def _best_node(
    family: Family, sizes: FloatArray, risk: FloatArray, weights: FloatArray, nodes: FloatArray
) -> Curves:
    """Best of the nodes (curves, J, k) for each row of risks, with its level and floor."""
    same = nodes.strides[0] == 0  # one grid for all rows
    parts = np.moveaxis(nodes[:1] if same else nodes, -1, 0)[..., None]
    shape = np.exp(family.relative(sizes, *parts))
    total, risks = weights.sum(), risk @ weights
    first = shape @ weights
    second = shape**2 @ weights
    shared = np.einsum(
        "bjs,bs->bj", np.broadcast_to(shape, (len(risk), *shape.shape[1:])), risk * weights
    )
    spread = np.maximum(second * total - first**2, 1e-14 * second * total)
    level = (shared * total - first * risks[:, None]) / spread
    floor = (risks[:, None] - level * first) / total
    rising, below = level < 0.0, floor < 0.0
    level = np.where(rising, 0.0, np.where(below, shared / second, level))
    floor = np.where(rising, risks[:, None] / total, np.where(below, 0.0, floor))
    loss = level * (level * second + 2.0 * floor * first - 2.0 * shared)
    loss = loss + floor * (floor * total - 2.0 * risks[:, None])
    best = np.argmin(loss, axis=1)
    rows = np.arange(len(risk))
    return Curves(floor[rows, best], level[rows, best], nodes[rows, best])


def predict(
    family: Family, points: Points, asked: FloatArray, weighting: str, random: Any
) -> Prediction:
    """Return the prediction of the fitted curve, with an interval from resampled residuals.

    Parameters
    ----------
    family : Family
        Family of curves.
    points : Points
        Points to fit; the last one uses all rows.
    asked : ndarray of shape (H,)
        Sizes to predict.
    weighting : {"plain", "relative", "precision"}
        Least squares of the risk, of its logarithm to first order, or in units of
        the standard errors of the points.
    random : numpy Generator
        Random generator of the bootstrap.

    Returns
    -------
    Prediction
    """
    sizes, ahead = points.sizes / points.sizes[0], asked / points.sizes[0]
    scale = _scale(points, weighting)
    curve = fit(family, sizes, points.risk[None], scale**-2)
    fitted = curve.risk(family, sizes)[0]
    freedom = len(sizes) - 2 - len(family.axes)
    residuals = (points.risk - fitted) / scale * np.sqrt(len(sizes) / freedom)
    drawn = random.choice(residuals, size=(_N_BOOTSTRAP, len(sizes)))
    again = np.maximum(fitted + scale * drawn, 1e-3 * fitted)
    curves = fit(family, sizes, again, scale**-2).risk(family, ahead)
    # All points are evaluated on the same rows, so their noise shifts the whole curve.
    shared = points.standard_error[-1] / points.risk[-1] * random.standard_normal(_N_BOOTSTRAP)
    curves = curves * np.exp(shared[:, None])
    lower, upper = np.quantile(curves, [(1 - _LEVEL) / 2, (1 + _LEVEL) / 2], axis=0)
    risk = curve.risk(family, ahead)[0]
    return Prediction(risk, np.minimum(lower, risk), np.maximum(upper, risk))


def _scale(points: Points, weighting: str) -> FloatArray:
    if weighting == "plain":
        return np.full(len(points.sizes), points.risk[-1])
    if weighting == "relative":
        return points.risk
    return np.maximum(points.standard_error, 0.005 * points.risk)


def carried_forward(points: Points, asked: FloatArray) -> Prediction:
    """Forecast the current risk at all sizes, with its own interval."""
    risk = np.full(len(asked), points.risk[-1])
    away = np.exp(1.645 * points.standard_error[-1] / points.risk[-1])
    return Prediction(risk, risk / away, risk * away)
