"""What is trained on some rows and judged on others."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from riskcast.path import RiskPath
from riskcast.path.losses import Scoring

FloatArray = NDArray[np.float64]
IndexArray = NDArray[np.intp]


class Losses(NamedTuple):
    """Losses of rows that had no part in training; NaN for rows that were not judged."""

    model: FloatArray
    """Of the model, one for each of all rows."""

    untrained: FloatArray
    """Of the mean or the class priors of the rows trained on; NaN too where that is not known."""


class Learner(ABC):
    """A model that can be trained on any subset of the rows.

    Attributes
    ----------
    n_rows : int
        Number of rows.
    is_classes : bool
        Whether the targets are classes.
    labels : ndarray of shape (n_rows,) or None
        Class of each row, where subsets have all classes in proportion.
    groups : list of ndarray of int or None
        Rows that stay together.
    blocks : list of ndarray of int or None
        Rows whose losses count as one observation, where that is more than `groups`.
    lowest : float
        The best value that the risk could have.
    resolution : float
        The smallest risk above it that the rows can show.
    range : tuple of float
        The values that the risk can have, as `risk_range` knows them.
    scoring : str or callable
        What the risk is.
    scoring_reason : str
        Why the targets are classes, or are regressed.
    path : RiskPath or None
        The risk path of all rows, for exact models.
    judges_all_rows : bool
        Whether rows trained on are judged too, each left out.
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
        """Rows whose losses count as one observation; None where each row is one."""
        return self.groups if self.blocks is None else self.blocks

    @property
    def n_units(self) -> int:
        """How many observations there are: clusters, or rows."""
        return self.n_rows if self.clusters is None else len(self.clusters)

    @abstractmethod
    def sizes(self) -> IndexArray:
        """Sizes to look at, increasing."""

    @abstractmethod
    def window_count(self, size: int) -> int:
        """How many subsets of that size to train on."""

    @abstractmethod
    def losses(self, train: IndexArray) -> Losses:
        """Train on rows `train` and judge the others; those of `train` too, where it is exact."""

    def whole(self) -> Losses | None:
        """Losses of all rows, each left out by itself; None where that is not cheap."""
        return None
