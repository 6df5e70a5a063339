"""Published claims as runnable experiments, each with its verdict.

A study is one file in `riskcast.studies.papers`: what a paper claims, what
would refute it, the experiment, its figures. See docs/studies.
"""

from riskcast.studies.catalogue import Paper, catalogue, search
from riskcast.studies.claims import Claim, Verdict, judge
from riskcast.studies.library import find_study, study_names
from riskcast.studies.running import StudyRun, run_study
from riskcast.studies.statistics import mean_and_error
from riskcast.studies.study import Measurements, Study

__all__ = [
    "Claim",
    "Measurements",
    "Paper",
    "Study",
    "StudyRun",
    "Verdict",
    "catalogue",
    "find_study",
    "judge",
    "mean_and_error",
    "run_study",
    "search",
    "study_names",
]
