"""Learning curves: risk against the number of training rows, with forecasts for more data."""

from riskcast.learning_curves._forecast import Forecast, forecast
from riskcast.learning_curves._forecaster import Forecaster
from riskcast.learning_curves._goal import SamplesNeeded
from riskcast.learning_curves._limits import Limit
from riskcast.learning_curves.parametric._curve_average import CurveAverage, CurveWeight
from riskcast.learning_curves.parametric._curves import FAMILIES, Curve
from riskcast.learning_curves.subsampling._points import ObservedPoints

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
