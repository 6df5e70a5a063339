"""Displays that plot results with Matplotlib."""

from riskcast.plotting._bound_curves_display import BoundCurvesDisplay
from riskcast.plotting._forecast_display import ForecastDisplay
from riskcast.plotting._load_curve_display import LoadCurveDisplay
from riskcast.plotting._phase_diagram_display import PhaseDiagramDisplay
from riskcast.plotting._risk_curve_display import RiskCurveDisplay
from riskcast.plotting._risk_path_display import RiskPathDisplay

__all__ = [
    "BoundCurvesDisplay",
    "ForecastDisplay",
    "LoadCurveDisplay",
    "PhaseDiagramDisplay",
    "RiskCurveDisplay",
    "RiskPathDisplay",
]
