"""Data in, exact leave-one-out risk along training out."""

from riskcast.path.along_training import RiskPath, risk_path

__all__ = ["RiskPath", "risk_path"]
