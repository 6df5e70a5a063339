"""Expected risk computed from a population, without sampling."""

from riskcast.theory._bounds import (
    BoundCurves,
    bound_curves,
    conditioned_complexity,
    linear_complexity,
    linear_complexity_bound,
    rank_complexity,
    relu_complexity_bound,
)
from riskcast.theory._deep_linear import deep_linear_risk_curve, learning_time, mode_strength
from riskcast.theory._gaussian_equivalence import (
    LinearEquivalent,
    hermite_coefficients,
    linear_equivalent,
    nonlinear_teacher,
    observed_part,
)
from riskcast.theory._isotropic import isotropic_risk_curve
from riskcast.theory._landmarks import (
    Optimum,
    early_stopping_cost,
    final_risk,
    frozen_init_share,
    frozen_share,
    gap_time,
    optimal_ridge,
    optimal_stopping,
    peak_growth,
    spectral_gap,
)
from riskcast.theory._random_features import (
    optimal_random_feature_ridge,
    random_feature_risk_curve,
)
from riskcast.theory._result import FiniteSizeWarning, RiskCurve
from riskcast.theory._risk_curves import risk_curve
from riskcast.theory._sweeps import LoadCurve, PhaseDiagram, load_curve, phase_diagram

__all__ = [
    "BoundCurves",
    "FiniteSizeWarning",
    "LinearEquivalent",
    "LoadCurve",
    "Optimum",
    "PhaseDiagram",
    "RiskCurve",
    "bound_curves",
    "conditioned_complexity",
    "deep_linear_risk_curve",
    "early_stopping_cost",
    "final_risk",
    "frozen_init_share",
    "frozen_share",
    "gap_time",
    "hermite_coefficients",
    "isotropic_risk_curve",
    "learning_time",
    "linear_complexity",
    "linear_complexity_bound",
    "linear_equivalent",
    "load_curve",
    "mode_strength",
    "nonlinear_teacher",
    "observed_part",
    "optimal_random_feature_ridge",
    "optimal_ridge",
    "optimal_stopping",
    "peak_growth",
    "phase_diagram",
    "random_feature_risk_curve",
    "rank_complexity",
    "relu_complexity_bound",
    "risk_curve",
    "spectral_gap",
]
