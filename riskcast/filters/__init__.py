"""Training rules: what each does to one eigenvalue, and as a mixture of ridge regressions."""

from riskcast.filters._ridge_mixtures import ResolventMixture, Window, resolvent_mixture
from riskcast.filters._rules import (
    Filter,
    GradientDescent,
    GradientFlow,
    HeavyBall,
    Nesterov,
    PrincipalComponents,
    Ridge,
)

__all__ = [
    "Filter",
    "GradientDescent",
    "GradientFlow",
    "HeavyBall",
    "Nesterov",
    "PrincipalComponents",
    "ResolventMixture",
    "Ridge",
    "Window",
    "resolvent_mixture",
]
