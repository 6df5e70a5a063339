"""Risk as a function of load and of signal-to-noise ratio: double descent and early stopping."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcast._validation import numbers
from riskcast.filters import Filter
from riskcast.spectra import Population
from riskcast.theory._result import FiniteSizeWarning, RiskCurve
from riskcast.theory._risk_curves import unwarned_curve

__all__ = ["LoadCurve", "PhaseDiagram", "load_curve", "phase_diagram"]

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class LoadCurve:
    """Risk at the best and at the last training time as a function of load.

    Attributes
    ----------
    loads : ndarray of shape (L,)
        Samples per feature: n divided by the number of directions of positive variance.
    n_samples : ndarray of int, shape (L,)
        Numbers n of samples.
    best_time, best_risk : ndarray of shape (L,)
        Training time of lowest risk, and that risk.
    final_risk : ndarray of shape (L,)
        Risk at the last training time.
    finite_size_error : ndarray of shape (L,)
        Expected relative error of the final risk due to finite n and p.
    """

    loads: FloatArray
    n_samples: NDArray[np.int64]
    best_time: FloatArray
    best_risk: FloatArray
    final_risk: FloatArray
    finite_size_error: FloatArray

    def plot(self, ax: Any = None) -> Any:
        """Plot both risks against load.

        Parameters
        ----------
        ax : matplotlib axes, optional
            Axes to draw on; by default a new figure.

        Returns
        -------
        LoadCurveDisplay
        """
        from riskcast.plotting._load_curve_display import LoadCurveDisplay

        risks: dict[str, ArrayLike] = {
            "end of training": self.final_risk,
            "best time": self.best_risk,
        }
        return LoadCurveDisplay(self.loads, risks).plot(ax)


@dataclass(frozen=True)
class PhaseDiagram:
    """Best risk and cost of overtraining over load and signal-to-noise ratio.

    Attributes
    ----------
    loads : ndarray of shape (L,)
        Samples per direction of positive variance.
    snrs : ndarray of shape (S,)
        Signal-to-noise ratios.
    best_time, best_risk, overtraining : ndarray of shape (S, L)
        Training time of lowest risk, that risk in units of the signal variance, and
        final risk / best risk - 1.
    """

    loads: FloatArray
    snrs: FloatArray
    best_time: FloatArray
    best_risk: FloatArray
    overtraining: FloatArray

    def plot(self, ax: Any = None, quantity: str = "overtraining") -> Any:
        """Plot a map of the base-10 logarithm of one quantity.

        Parameters
        ----------
        ax : matplotlib axes, optional
            Axes to draw on; by default a new figure.
        quantity : {"overtraining", "best_risk", "best_time"}, default "overtraining"
            Attribute to plot.

        Returns
        -------
        PhaseDiagramDisplay
        """
        from riskcast.plotting._phase_diagram_display import PhaseDiagramDisplay

        if quantity not in ("overtraining", "best_risk", "best_time"):
            raise ValueError(
                f"quantity: got {quantity!r}; give 'overtraining', 'best_risk' or 'best_time'"
            )
        with np.errstate(divide="ignore"):
            values = np.log10(getattr(self, quantity))
        label = f"log10 of {quantity.replace('_', ' ')}"
        return PhaseDiagramDisplay(self.loads, self.snrs, values, label).plot(ax)


def load_curve(
    population: Population, loads: ArrayLike, filter: Filter, init_variance: float = 0.0
) -> LoadCurve:
    """Risk at the best and at the last training time as a function of load.

    Parameters
    ----------
    population : Population
        Spectrum, target and noise.
    loads : array_like of shape (L,)
        Samples per direction of positive variance, positive; n is rounded to an integer.
    filter : Filter
        Training rule and times; the best time is one of these.
    init_variance : float, default 0.0
        Variance of each initial weight.

    Returns
    -------
    LoadCurve

    Raises
    ------
    TypeError
        If the filter is not analytic, or an argument is not a number.
    ValueError
        If an argument is out of its range.

    Warns
    -----
    FiniteSizeWarning
        Once, if the largest expected finite-size error is above 10 %.

    Examples
    --------
    >>> import riskcast as rc
    >>> flow = rc.GradientFlow([0.3, 1.0, 3.0, 10.0, float("inf")])
    >>> curve = rc.theory.load_curve(rc.Population.isotropic(1000, 5.0), [0.5, 2.0], flow)
    >>> curve.final_risk.round(3)
    array([0.9, 0.4])
    """
    curves = _curves(population, loads, filter, init_variance)
    n_samples = _sample_numbers(population, loads)
    return LoadCurve(
        loads=n_samples / population.spectrum.rank,
        n_samples=n_samples,
        best_time=np.array([curve.best_time for curve in curves]),
        best_risk=np.array([curve.best_risk for curve in curves]),
        final_risk=np.array([curve.risk[-1] for curve in curves]),
        finite_size_error=np.array([curve.finite_size_error for curve in curves]),
    )


def phase_diagram(
    population: Population,
    loads: ArrayLike,
    snrs: ArrayLike,
    filter: Filter,
    init_variance: float = 0.0,
) -> PhaseDiagram:
    """Best risk, best time and overtraining over load and signal-to-noise ratio.

    The bias is independent of the noise and the variance is proportional to it, so
    one risk curve per load gives all ratios.

    Parameters
    ----------
    population : Population
        Spectrum and target; its noise is replaced.
    loads : array_like of shape (L,)
        Samples per direction of positive variance, positive; n is rounded to an integer.
    snrs : array_like of shape (S,)
        Signal-to-noise ratios, positive and finite.
    filter : Filter
        Training rule and times; the best time is one of these.
    init_variance : float, default 0.0
        Variance of each initial weight.

    Returns
    -------
    PhaseDiagram

    Raises
    ------
    TypeError
        If the filter is not analytic, or an argument is not a number.
    ValueError
        If the population has no signal, or an argument is out of its range.

    Warns
    -----
    FiniteSizeWarning
        Once, if the largest expected finite-size error is above 10 %.

    Examples
    --------
    >>> import riskcast as rc
    >>> flow = rc.GradientFlow([0.3, 1.0, 3.0, 10.0, float("inf")])
    >>> diagram = rc.theory.phase_diagram(
    ...     rc.Population.isotropic(1000, 1.0), [0.5, 2.0], [1.0, 10.0], flow
    ... )
    >>> diagram.overtraining.round(2)
    array([[0.4 , 0.4 ],
           [0.03, 0.06]])
    """
    ratios = np.atleast_1d(numbers(snrs, "snrs"))
    if ratios.ndim != 1 or not ratios.size or not ((ratios > 0) & np.isfinite(ratios)).all():
        raise ValueError(f"snrs: give positive finite numbers, got {snrs!r}")
    signal = population.signal_variance
    if not signal:
        raise ValueError("population: its coefficients are zero, so it has no signal")
    unit = Population(population.eigenvalues, population.coefficients, signal)
    curves = _curves(unit, loads, filter, init_variance)
    noise = 1.0 / ratios[:, None, None]
    bias = np.stack([curve.bias for curve in curves]) / signal
    pulled = np.stack([curve.variance for curve in curves]) / signal
    risk = noise + bias + noise * pulled  # (S, L, T)
    best = risk.argmin(axis=-1)
    best_risk = risk.min(axis=-1)
    return PhaseDiagram(
        loads=_sample_numbers(population, loads) / population.spectrum.rank,
        snrs=ratios,
        best_time=curves[0].times[best],
        best_risk=best_risk,
        overtraining=risk[..., -1] / best_risk - 1.0,
    )


def _curves(
    population: Population, loads: ArrayLike, filter: Filter, init_variance: float
) -> Sequence[RiskCurve]:
    """One risk curve per load, with a single warning for the largest finite-size error."""
    curves = [
        unwarned_curve(population, int(n), filter, init_variance)
        for n in _sample_numbers(population, loads)
    ]
    worst = max(curves, key=lambda curve: curve.finite_size_error)
    if worst.finite_size_error > 0.1:  # loads close to the peak are expected in a sweep
        warnings.warn(
            f"close to the interpolation threshold expect a relative error of up to "
            f"{worst.finite_size_error:.0%} late in training, due to finite sizes",
            FiniteSizeWarning,
            stacklevel=3,
        )
    return curves


def _sample_numbers(population: Population, loads: ArrayLike) -> NDArray[np.int64]:
    array = np.atleast_1d(numbers(loads, "loads"))
    if array.ndim != 1 or not array.size or not ((array > 0) & np.isfinite(array)).all():
        raise ValueError(f"loads: give positive numbers of samples per feature, got {loads!r}")
    return np.maximum(np.rint(array * population.spectrum.rank), 1).astype(np.int64)
