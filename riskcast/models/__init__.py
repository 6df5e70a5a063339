"""Models described by strings on the command line."""

from riskcast.models.estimator_strings import parse_estimator
from riskcast.models.selection import Model, choose_model

__all__ = ["Model", "choose_model", "parse_estimator"]
