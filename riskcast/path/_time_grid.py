"""Default training times: from almost untrained to fully trained, then infinity."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from riskcast.filters import Filter, GradientFlow, Ridge

N_MOMENTS = 100
_LEARNED_FIRST = 1e-3  # share of the strongest direction learned at the first time
_LEFT_LAST = 15.0  # exponent of the weakest direction at the last finite time: 3e-7 remains

FloatArray = NDArray[np.float64]


def default_flow(eigenvalues: FloatArray, n_samples: int, weight_decay: float) -> GradientFlow:
    """Gradient flow at log-spaced times chosen for a spectrum, followed by infinity."""
    first, last = _span(eigenvalues / n_samples, weight_decay)
    times = np.geomspace(first, last, N_MOMENTS - 1)
    return GradientFlow(np.append(times, np.inf), weight_decay)


def default_ridge(eigenvalues: FloatArray) -> Ridge:
    """Ridge at log-spaced penalties chosen for a spectrum, followed by zero."""
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
    """Filter with the given name and, optionally, times."""
    # `GradientFlow` validates times and weight decay for every rule.
    asked = GradientFlow([0.0] if times is None else times, weight_decay)
    if name == "gradient_flow":
        if times is None:
            return default_flow(eigenvalues, n_samples, asked.weight_decay)
        return asked
    if name == "ridge":
        if asked.weight_decay:
            raise ValueError(
                "weight_decay: must be 0 for filter='ridge', which varies the penalty itself; "
                "leave it at 0, or pass filter=rc.Ridge(penalties)"
            )
        return default_ridge(eigenvalues) if times is None else _ridge_at(asked, n_samples)
    raise ValueError(
        f"filter: {name!r} is not a known name; use 'gradient_flow', 'ridge', or a filter "
        "object such as rc.GradientDescent(learning_rate, steps)"
    )


def _ridge_at(asked: GradientFlow, n_samples: int) -> Ridge:
    """Ridge with the penalties ``n / t`` that correspond to times t."""
    times = asked.times(n_samples)
    if times[0] == 0.0:
        raise ValueError("times: must be positive for filter='ridge', whose penalty is n / t")
    return Ridge(n_samples / times)
