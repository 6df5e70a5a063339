"""Assess a model on a table, and turn the results into advice."""

from riskcast.assessment._advice import Advice, Verdict, verdict_on
from riskcast.assessment._assessment import Assessment, Questions, assess
from riskcast.assessment._costs import Budget
from riskcast.assessment._scale import Scale

__all__ = [
    "Advice",
    "Assessment",
    "Budget",
    "Questions",
    "Scale",
    "Verdict",
    "assess",
    "verdict_on",
]
