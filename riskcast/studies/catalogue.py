"""Catalogue of related papers with their state: re-tested, planned, or not testable here."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

__all__ = ["Paper", "catalogue", "search"]

_FILE = Path(__file__).parent / "catalogue.tsv"


@dataclass(frozen=True)
class Paper:
    """A paper of the catalogue.

    Attributes
    ----------
    title : str
    year : int
    family : str
        Topic of the paper.
    ring : int
        Distance from the core paper, which has 0; riskcast cannot test papers
        from 4 on.
    outlook : {"planned", "not testable here"}
        State while no study re-tests it.
    why : str
        Why it is not testable here, or what a study would measure.
    studies : tuple of str
        Names of the studies that re-test it.
    """

    title: str
    year: int
    family: str
    ring: int
    outlook: str
    why: str
    studies: tuple[str, ...] = ()

    @property
    def state(self) -> str:
        """``"re-tested"``, ``"planned"`` or ``"not testable here"``."""
        return "re-tested" if self.studies else self.outlook


@lru_cache(maxsize=1)
def catalogue() -> tuple[Paper, ...]:
    """Return all papers, sorted by distance from the core paper.

    Examples
    --------
    >>> from riskcast.studies import catalogue
    >>> len(catalogue()), catalogue()[0].title[:24]
    (189, 'High-dimensional dynamic')
    """
    from riskcast.studies.library import all_studies

    tested: dict[str, list[str]] = {}
    for name, study in all_studies().items():
        tested.setdefault(study.paper, []).append(name)
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file, delimiter="\t", quoting=csv.QUOTE_NONE))
    papers = [
        Paper(
            title=row["title"],
            year=int(row["year"]),
            family=row["family"],
            ring=int(row["ring"]),
            outlook=row["outlook"],
            why=row["why"],
            studies=tuple(tested.get(row["title"], ())),
        )
        for row in rows
    ]
    return tuple(sorted(papers, key=lambda paper: paper.ring))


def search(words: str = "") -> list[Paper]:
    """Return the papers that contain every word, ignoring case.

    Parameters
    ----------
    words : str
        Words to find in the title, family, year, state and names of studies.

    Examples
    --------
    >>> from riskcast.studies import search
    >>> [paper.title for paper in search("tangent kernel")]
    ['Neural Tangent Kernel: Convergence and Generalization in Neural Networks']
    """
    wanted = words.lower().split()
    return [paper for paper in catalogue() if all(word in _text(paper) for word in wanted)]


def _text(paper: Paper) -> str:
    parts = (paper.title, paper.family, str(paper.year), paper.state, *paper.studies)
    return " ".join(parts).lower()
