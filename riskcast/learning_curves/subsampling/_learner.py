"""Interface of models that are trained on subsets of the rows and evaluated on the others."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from riskcast.path import RiskPath
from riskcast.path._scoring import Scoring

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]


class Losses(NamedTuple):
    """Held-out losses of rows; NaN for rows that were not evaluated."""

    model: FloatArray
    """Losses of the model, shape (n_rows,)."""

    untrained: FloatArray
    """Losses of the mean or class priors of the training rows, shape (n_rows,); NaN if unknown."""


class Learner(ABC):
    """A model that can be trained on any subset of the rows.

    Attributes
    ----------
    n_rows : int
        Number of rows.
    is_classes : bool
        Whether the targets are classes.
    labels : ndarray of shape (n_rows,) or None
        Class of each row, if subsets are stratified by class.
    groups : list of ndarray of int or None
        Rows that stay together.
    blocks : list of ndarray of int or None
        Rows whose losses count as one observation, if coarser than `groups`.
    lowest : float
        Best possible value of the risk.
    resolution : float
        Smallest distance to `lowest` that can be observed.
    range : tuple of float
        Smallest and largest possible value of the risk (`risk_range`).
    scoring : str or callable
        The score that defines the risk.
    scoring_reason : str
        Why the targets are treated as classes or as regression targets.
    path : RiskPath or None
        Risk path of all rows, for exact models.
    judges_all_rows : bool
        Whether the training rows are evaluated too, by leave-one-out.
    """

    n_rows: int
    is_classes: bool
    labels: IndexArray | None
    groups: list[IndexArray] | None
    blocks: list[IndexArray] | None = None
    lowest: float
    resolution: float
    range: tuple[float, float]
    scoring: Scoring
    scoring_reason: str
    path: RiskPath | None = None
    judges_all_rows: bool = False

    @property
    def clusters(self) -> list[IndexArray] | None:
        """Rows whose losses count as one observation; None if each row is one."""
        return self.groups if self.blocks is None else self.blocks

    @property
    def n_units(self) -> int:
        """Number of observations: clusters, or rows."""
        return self.n_rows if self.clusters is None else len(self.clusters)

    @abstractmethod
    def sizes(self) -> IndexArray:
        """Training sizes of the learning-curve points, increasing."""

    @abstractmethod
    def window_count(self, size: int) -> int:
        """Number of subsets of that size to train on."""

    @abstractmethod
    def losses(self, train: IndexArray) -> Losses:
        """Train on rows `train` and evaluate the others; exact models also evaluate `train`."""

    def whole(self) -> Losses | None:
        """Leave-one-out losses of all rows; None if that is not cheap."""
        return None
