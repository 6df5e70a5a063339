"""Models described by strings on the command line."""

from riskcast.models.estimator_strings import parse_estimator
from riskcast.models.objects import model_from
from riskcast.models.selection import Model, choose_model

__all__ = ["Model", "choose_model", "model_from", "parse_estimator"]
