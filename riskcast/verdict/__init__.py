"""From numbers to advice: what was found about a table and a model, and what to do."""

from riskcast.verdict.advice import Advice, Verdict, verdict_on
from riskcast.verdict.assessment import Assessment, Questions, assess
from riskcast.verdict.costs import Budget
from riskcast.verdict.scale import Scale

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
