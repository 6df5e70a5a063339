"""Test error without a validation set: exact at every training time.

The public names below are imported when first used, so that ``import riskcast`` is fast.
"""

from __future__ import annotations

import importlib

TYPE_CHECKING = False  # `typing` is slow to import
if TYPE_CHECKING:
    from typing import Any

__version__ = "0.1.0"

# Public name -> module that defines it.
_PUBLIC_NAMES: dict[str, str] = {
    "GradientDescent": "riskcast.filters",
    "GradientFlow": "riskcast.filters",
    "HeavyBall": "riskcast.filters",
    "Nesterov": "riskcast.filters",
    "PrincipalComponents": "riskcast.filters",
    "Ridge": "riskcast.filters",
    "ResolventMixture": "riskcast.filters",
    "resolvent_mixture": "riskcast.filters",
    "Population": "riskcast.spectra",
    "Spectrum": "riskcast.spectra",
    "RiskPath": "riskcast.path",
    "risk_path": "riskcast.path",
    "GradientFlowClassifier": "riskcast.estimators",
    "GradientFlowRegressor": "riskcast.estimators",
    "Forecast": "riskcast.learning_curves",
    "forecast": "riskcast.learning_curves",
    "Assessment": "riskcast.assessment",
    "assess": "riskcast.assessment",
}

# Public subpackages, imported when first used.
_PUBLIC_MODULES: tuple[str, ...] = (
    "exceptions",
    "features",
    "filters",
    "lab",
    "learning_curves",
    "plotting",
    "spectra",
    "studies",
    "theory",
)

__all__ = [
    "Assessment",
    "Forecast",
    "GradientDescent",
    "GradientFlow",
    "GradientFlowClassifier",
    "GradientFlowRegressor",
    "HeavyBall",
    "Nesterov",
    "Population",
    "PrincipalComponents",
    "ResolventMixture",
    "Ridge",
    "RiskPath",
    "Spectrum",
    "assess",
    "exceptions",
    "features",
    "filters",
    "forecast",
    "lab",
    "learning_curves",
    "plotting",
    "resolvent_mixture",
    "risk_path",
    "spectra",
    "studies",
    "theory",
]

if TYPE_CHECKING:
    from riskcast import (
        exceptions,
        features,
        filters,
        lab,
        learning_curves,
        plotting,
        spectra,
        studies,
        theory,
    )
    from riskcast.assessment import Assessment, assess
    from riskcast.estimators import GradientFlowClassifier, GradientFlowRegressor
    from riskcast.filters import (
        GradientDescent,
        GradientFlow,
        HeavyBall,
        Nesterov,
        PrincipalComponents,
        ResolventMixture,
        Ridge,
        resolvent_mixture,
    )
    from riskcast.learning_curves import Forecast, forecast
    from riskcast.path import RiskPath, risk_path
    from riskcast.spectra import Population, Spectrum


def __getattr__(name: str) -> Any:
    if name in _PUBLIC_NAMES:
        value = getattr(importlib.import_module(_PUBLIC_NAMES[name]), name)
        globals()[name] = value
        return value
    if name in _PUBLIC_MODULES:
        return importlib.import_module(f"riskcast.{name}")
    raise AttributeError(f"module 'riskcast' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted(__all__)
