"""The whole verdict: a headline, questions answered, and doubts."""

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
    """What to do.

    Attributes
    ----------
    headline : str
        In a sentence or three.
    options : list of Option
        What can be done, and what each would give.
    advice : list of Advice
        Questions answered one by one.
    doubts : list of str
        Reasons not to trust a figure.
    """

    headline: str
    options: list[Option]
    advice: list[Advice]
    doubts: list[str]


def verdict_on(found: Assessment) -> Verdict:
    """Put what was found into words."""
    return Verdict(headline(found), options(found), answers(found), doubts_about(found))
