"""Assess a model on a table, and turn the results into advice."""

from riskcast.assessment._advice import Advice, Verdict, verdict_on
from riskcast.assessment._assess import assess
from riskcast.assessment._assessment import Assessment, Questions, assess_table
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
    "assess_table",
    "verdict_on",
]
