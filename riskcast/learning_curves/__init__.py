"""Learning curves: risk against the number of training rows, with forecasts for more data."""

from riskcast.learning_curves.beyond_data import Forecast, forecast
from riskcast.learning_curves.curve_average import CurveAverage, CurveWeight
from riskcast.learning_curves.curves import FAMILIES, Curve
from riskcast.learning_curves.forecaster import Forecaster
from riskcast.learning_curves.goal import SamplesNeeded
from riskcast.learning_curves.limits import Limit
from riskcast.learning_curves.points import ObservedPoints

__all__ = [
    "FAMILIES",
    "Curve",
    "CurveAverage",
    "CurveWeight",
    "Forecast",
    "Forecaster",
    "Limit",
    "ObservedPoints",
    "SamplesNeeded",
    "forecast",
]
