"""The default moments: from nothing learned to fully trained, then the limit."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcast.filters import Filter, GradientFlow, Ridge

N_MOMENTS = 100
_LEARNED_FIRST = 1e-3  # share of the strongest direction learned at the first moment
_LEFT_LAST = 15.0  # the weakest direction's exponent at the last: 3e-7 is left

FloatArray = NDArray[np.float64]


def default_flow(eigenvalues: FloatArray, n_samples: int, weight_decay: float) -> GradientFlow:
    """Gradient flow at log-spaced times suited to a spectrum, infinity last."""
    first, last = _span(eigenvalues / n_samples, weight_decay)
    times = np.geomspace(first, last, N_MOMENTS - 1)
    return GradientFlow(np.append(times, np.inf), weight_decay)


def default_ridge(eigenvalues: FloatArray) -> Ridge:
    """Ridge at log-spaced penalties suited to a spectrum, zero last."""
    first, last = _span(eigenvalues, 0.0)
    return Ridge(np.append(1.0 / np.geomspace(first, last, N_MOMENTS - 1), 0.0))


def _span(curvatures: FloatArray, weight_decay: float) -> tuple[float, float]:
    first = _LEARNED_FIRST / (curvatures[-1] + weight_decay)
    return first, _LEFT_LAST / (curvatures[0] + weight_decay)


def named_filter(
    name: str,
    times: ArrayLike | None,
    weight_decay: float,
    eigenvalues: FloatArray,
    n_samples: int,
) -> Filter:
    """The filter that a name and, perhaps, times stand for."""
    # Whatever the rule, a flow checks times and weight decay under their own names.
    asked = GradientFlow([0.0] if times is None else times, weight_decay)
    if name == "gradient_flow":
        if times is None:
            return default_flow(eigenvalues, n_samples, asked.weight_decay)
        return asked
    if name == "ridge":
        if asked.weight_decay:
            raise ValueError(
                "weight_decay: is what filter='ridge' itself varies; leave it at zero, or pass "
                "filter=rc.Ridge(penalties)"
            )
        return default_ridge(eigenvalues) if times is None else _ridge_at(asked, n_samples)
    raise ValueError(
        f"filter: {name!r} is not a known name; use 'gradient_flow', 'ridge', or a filter "
        "object such as rc.GradientDescent(learning_rate, steps)"
    )


def _ridge_at(asked: GradientFlow, n_samples: int) -> Ridge:
    """Ridge at the penalties ``n / t`` that stand for times t."""
    times = asked.times(n_samples)
    if times[0] == 0.0:
        raise ValueError("times: must be positive for filter='ridge', whose penalty is n / t")
    return Ridge(n_samples / times)
