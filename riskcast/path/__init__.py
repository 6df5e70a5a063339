"""Data in, exact leave-one-out risk along training out."""

from riskcast.path._risk_path import RiskPath, risk_path

__all__ = ["RiskPath", "risk_path"]
