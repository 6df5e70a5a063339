"""Population in, risk out, nothing sampled."""

from riskcast.theory._result import FiniteSizeWarning, RiskCurve
from riskcast.theory.isotropic import (
    Optimum,
    early_stopping_cost,
    final_risk,
    frozen_init_share,
    frozen_share,
    gap_time,
    isotropic_risk_curve,
    optimal_ridge,
    optimal_stopping,
    peak_growth,
    spectral_gap,
)
from riskcast.theory.risk_curves import risk_curve

__all__ = [
    "FiniteSizeWarning",
    "Optimum",
    "RiskCurve",
    "early_stopping_cost",
    "final_risk",
    "frozen_init_share",
    "frozen_share",
    "gap_time",
    "isotropic_risk_curve",
    "optimal_ridge",
    "optimal_stopping",
    "peak_growth",
    "risk_curve",
    "spectral_gap",
]
