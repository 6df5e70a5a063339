"""Rademacher bounds on the risk: classical ones, and ones that exclude frozen directions.

A class with Rademacher complexity R has, uniformly and in expectation, a gap
between test and training error of at most ``2·L·R`` for a loss with Lipschitz
constant L (Bartlett and Mendelson 2002, theorems 8 and 12). For the squared
error, ``L = 2M`` if all errors are at most M in absolute value.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcast._validation import count, in_range, number, numbers, positive, seed
from riskcast.filters import Filter
from riskcast.spectra import Population
from riskcast.theory._result import RiskCurve
from riskcast.theory._risk_curves import unwarned_curve, warn_of_finite_size

__all__ = [
    "BoundCurves",
    "bound_curves",
    "conditioned_complexity",
    "linear_complexity",
    "linear_complexity_bound",
    "rank_complexity",
    "relu_complexity_bound",
]

FloatArray = NDArray[np.float64]

_WIDEST = 1e150  # largest entry whose squares stay in floating-point range


def linear_complexity(
    X: ArrayLike, norm: float, *, n_draws: int = 2000, random_state: Any = 0
) -> float:
    """Empirical Rademacher complexity of ``{x → w·x : |w| ≤ norm}``.

    The supremum has the closed form ``norm · |Xᵀs|/n`` for signs s. Its mean is
    exact if n ≤ 12 (all signs are enumerated) or if the rows of `X` are
    orthogonal (``|Xᵀs|`` is constant). Otherwise it is a Monte Carlo estimate.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Inputs, or hidden activations when only the output weights are trained.
    norm : float
        Largest norm of the weights.
    n_draws : int, default 2000
        Number of random sign vectors for the Monte Carlo estimate.
    random_state : int, RandomState, Generator or None, default 0
        Seed of the random signs. None gives different signs at every call.

    Returns
    -------
    float
        The complexity.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If `X` is not a 2-D array of finite numbers, or an argument is out of its range.

    Examples
    --------
    >>> import numpy as np
    >>> import riskcast as rc
    >>> rc.theory.linear_complexity(np.eye(4), norm=2.0)  # norm / √n
    1.0
    """
    inputs, norm = _table(X), number(norm, "norm")
    n = len(inputs)
    gram = inputs @ inputs.T
    if np.allclose(gram, np.diag(np.diag(gram)), rtol=0.0, atol=1e-12 * np.trace(gram)):
        return linear_complexity_bound(inputs, norm)
    if n <= 12:
        signs = 1.0 - 2.0 * ((np.arange(2**n)[:, None] >> np.arange(n)) & 1)
    else:
        signs = np.random.default_rng(seed(random_state)).choice(
            [-1.0, 1.0], (count(n_draws, "n_draws"), n)
        )
    return float(norm * np.linalg.norm(signs @ inputs, axis=1).mean() / n)


def linear_complexity_bound(X: ArrayLike, norm: float) -> float:
    """Upper bound ``norm · |X|_F / n`` on `linear_complexity`, by Jensen's inequality.

    Bartlett and Mendelson (2002), lemma 22.

    Parameters
    ----------
    X : array_like of shape (n, p)
        Inputs, or hidden activations when only the output weights are trained.
    norm : float
        Largest norm of the weights.

    Returns
    -------
    float
        The bound.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If `X` is not a 2-D array of finite numbers, or `norm` is negative.

    Examples
    --------
    >>> import numpy as np
    >>> import riskcast as rc
    >>> rc.theory.linear_complexity_bound(np.ones((4, 9)), norm=1.0)
    1.5
    """
    inputs = _table(X)
    return float(number(norm, "norm") * np.linalg.norm(inputs) / len(inputs))


def relu_complexity_bound(X: ArrayLike, output_norm: float, hidden_norm: float) -> float:
    """Complexity bound for ReLU networks ``Σ_j a_j max(w_j·x, 0)`` with bounded norms.

    The bound is ``2 |a| |W|_F |X|_F / n``. Networks with bounded ``|a|`` and
    ``|W|_F`` have bounded ``Σ|a_j||w_j|``, so they lie in a scaled symmetric
    convex hull of rectified linear functions (Bartlett and Mendelson 2002,
    theorem 18; Neyshabur, Tomioka and Srebro 2015, theorem 1).

    Parameters
    ----------
    X : array_like of shape (n, p)
        Inputs.
    output_norm : float
        Largest Euclidean norm of the output weights a.
    hidden_norm : float
        Largest Frobenius norm of the hidden weights W.

    Returns
    -------
    float
        The bound.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If `X` is not a 2-D array of finite numbers, or a norm is negative.

    Examples
    --------
    >>> import numpy as np
    >>> import riskcast as rc
    >>> rc.theory.relu_complexity_bound(np.ones((4, 9)), output_norm=1.0, hidden_norm=2.0)
    6.0
    """
    norms = number(output_norm, "output_norm") * number(hidden_norm, "hidden_norm")
    return 2.0 * linear_complexity_bound(X, norms)


def rank_complexity(n_samples: int, n_active: int, rms_output: float) -> float:
    """Complexity of a class that varies in `n_active` directions: ``rms·√(r/n)``.

    Only the ``r = min(n, k)`` directions spanned by the samples count, whatever
    the number of hidden units. Frozen directions keep their initial weights and
    add a fixed function, which has no complexity (Advani, Saxe and Sompolinsky
    2020).

    Parameters
    ----------
    n_samples : int
        Number of samples n.
    n_active : int
        Number k of directions in which weights are trained.
    rms_output : float
        Largest root mean square output of a function on the sample.

    Returns
    -------
    float
        The complexity.

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If an argument is out of its range.

    Examples
    --------
    >>> import riskcast as rc
    >>> rc.theory.rank_complexity(n_samples=100, n_active=25, rms_output=2.0)
    1.0
    """
    n = count(n_samples, "n_samples")
    active = min(n, count(n_active, "n_active"))
    return number(rms_output, "rms_output") * float(np.sqrt(active / n))


def conditioned_complexity(activations: ArrayLike, targets: ArrayLike) -> float:
    """Complexity bound for output weights from the conditioning of the activations.

    Gradient descent from zero never moves the weights by more than ``|y|/√λ``,
    with λ the smallest positive eigenvalue of ``HᵀH``. The class of weights
    within that distance has complexity of at most ``|y| |H|_F / (n√λ)``.
    Directions without activations are frozen and do not count (Advani, Saxe and
    Sompolinsky 2020).

    Parameters
    ----------
    activations : array_like of shape (n, k)
        Hidden activations H.
    targets : array_like of shape (n,)
        Targets y minus the predictions of the initial weights.

    Returns
    -------
    float
        The bound.

    Raises
    ------
    TypeError
        If an argument does not hold numbers.
    ValueError
        If `activations` is not a 2-D array of finite numbers or is all zero, or `targets` does
        not hold one finite number per row.

    Examples
    --------
    >>> import numpy as np
    >>> import riskcast as rc
    >>> round(rc.theory.conditioned_complexity(np.diag([2.0, 2.0, 0.0]), [3.0, 4.0, 0.0]), 3)
    2.357
    """
    hidden, targets = _table(activations, "activations"), numbers(targets, "targets")
    if targets.shape != (len(hidden),) or not np.isfinite(targets).all():
        raise ValueError(
            f"targets: got shape {targets.shape} for {len(hidden)} rows; give a finite number each"
        )
    if not hidden.any():
        raise ValueError("activations: all are zero; give some that reach the output weights")
    singular = np.linalg.svd(hidden, compute_uv=False)
    smallest = singular[singular > singular[0] * max(hidden.shape) * np.finfo(float).eps][-1]
    return linear_complexity_bound(hidden, float(np.linalg.norm(targets) / smallest))


@dataclass(frozen=True)
class BoundCurves:
    """Bounds on the risk along training, together with the expected risk.

    Attributes
    ----------
    curve : RiskCurve
        The expected risk, as from `risk_curve`.
    classical : ndarray of shape (T,)
        Training risk plus the gap for the norm of all weights, including initial ones.
    active : ndarray of shape (T,)
        The same for the distance from the initial weights, which excludes
        frozen directions.
    conditioned : ndarray of shape (T,)
        Training risk plus the gap for the largest distance that training can
        cover, from the smallest positive eigenvalue. Infinite where the
        spectrum extends to zero.
    """

    curve: RiskCurve
    classical: FloatArray
    active: FloatArray
    conditioned: FloatArray

    def plot(self, ax: Any = None) -> Any:
        """Plot the bounds and the expected risk against time.

        Parameters
        ----------
        ax : matplotlib axes, optional
            Axes to draw on; by default a new figure.

        Returns
        -------
        BoundCurvesDisplay
        """
        from riskcast.plotting._bound_curves_display import BoundCurvesDisplay

        return BoundCurvesDisplay(self).plot(ax)


def bound_curves(
    population: Population,
    n_samples: int,
    filter: Filter,
    init_variance: float = 0.0,
    largest_error: float | None = None,
) -> BoundCurves:
    """Rademacher bounds along training for linear regression, with the expected risk.

    The gap is ``4M · norm · √(Σσ/n)`` for errors up to M. It follows from
    `linear_complexity_bound` with the expected squared norm of X; the norm of the
    weights is the theoretical one.

    Parameters
    ----------
    population : Population
        Spectrum, target and noise.
    n_samples : int
        Number of training samples n ≥ 1.
    filter : Filter
        Any analytic training rule without weight decay.
    init_variance : float, default 0.0
        Variance of each initial weight.
    largest_error : float, optional
        Largest absolute error M; by default three standard deviations of the
        target. The theorem assumes bounded errors; Gaussian data violate this.

    Returns
    -------
    BoundCurves

    Raises
    ------
    TypeError
        If an argument is not a number.
    ValueError
        If the filter has weight decay, or an argument is out of its range.

    Examples
    --------
    >>> import riskcast as rc
    >>> population = rc.Population.isotropic(800, snr=5.0)
    >>> flow = rc.GradientFlow([0.1, 1.0, 10.0])
    >>> bounds = rc.theory.bound_curves(population, 400, flow, init_variance=0.01)
    >>> bool((bounds.curve.risk < bounds.active).all())
    True
    >>> bool((bounds.active < bounds.classical).all())
    True
    """
    if filter.weight_decay:
        raise ValueError("filter: has weight decay; give one without, as the bounds need")
    curve = unwarned_curve(population, n_samples, filter, init_variance)
    warn_of_finite_size(curve.finite_size_error, n_samples, population.spectrum.rank)
    target_variance = population.signal_variance + population.noise_variance
    error = positive(
        3.0 * np.sqrt(target_variance) if largest_error is None else largest_error, "largest_error"
    )
    per_norm = 4.0 * error * np.sqrt(population.spectrum.trace / n_samples)
    # Training moves by the residual of the initial weights: targets β - w₀ instead of β.
    pulled = np.sqrt(population.coefficients**2 + init_variance)
    from_zero = Population(population.eigenvalues, pulled, population.noise_variance)
    distance = np.sqrt(unwarned_curve(from_zero, n_samples, filter, 0.0).weight_norm)
    residual_variance = from_zero.signal_variance + population.noise_variance
    smallest = population.spectrum.smallest_sample_eigenvalue(n_samples)
    farthest = np.sqrt(n_samples * residual_variance / smallest) if smallest else np.inf
    return BoundCurves(
        curve=curve,
        classical=curve.train_risk + per_norm * np.sqrt(curve.weight_norm),
        active=curve.train_risk + per_norm * distance,
        conditioned=curve.train_risk + per_norm * farthest,
    )


def _table(X: ArrayLike, name: str = "X") -> FloatArray:
    inputs = numbers(X, name)
    if inputs.ndim != 2 or inputs.size == 0 or not np.isfinite(inputs).all():
        raise ValueError(f"{name}: got shape {inputs.shape}; give a table of finite numbers")
    in_range(inputs, name, _WIDEST)
    return inputs
