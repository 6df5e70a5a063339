"""The verdict: headline, options, answers and warnings."""

from __future__ import annotations

from dataclasses import dataclass

from riskcast.assessment._answers import Advice, answers
from riskcast.assessment._assessment import Assessment
from riskcast.assessment._headline import headline
from riskcast.assessment._options import Option, options
from riskcast.assessment._warnings import doubts_about

__all__ = ["Advice", "Option", "Verdict", "verdict_on"]


@dataclass(frozen=True)
class Verdict:
    """Advice on a model and a table.

    Attributes
    ----------
    headline : str
        Summary in a few sentences.
    options : list of Option
        Possible actions and the risk of each.
    advice : list of Advice
        Answers to individual questions.
    doubts : list of str
        Warnings about the results.
    """

    headline: str
    options: list[Option]
    advice: list[Advice]
    doubts: list[str]


def verdict_on(found: Assessment) -> Verdict:
    """Return the verdict on an assessment."""
    return Verdict(headline(found), options(found), answers(found), doubts_about(found))
