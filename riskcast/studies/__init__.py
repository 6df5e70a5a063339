"""Published claims as runnable experiments, each with a verdict.

A study is one file in `riskcast.studies.papers` with the claims of a paper, what
would refute them, the experiments and the figures. See docs/studies.
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
