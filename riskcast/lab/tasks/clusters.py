"""Gaussian clusters whose class is the exclusive or (XOR) of two directions."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray
from scipy import special

from riskcast.lab import _checks

from .draws import TEACHER, Draw, TwoClasses, stream

FloatArray = NDArray[np.float64]


@dataclass(frozen=True)
class XORClusters(TwoClasses):
    """Four Gaussian clusters at ±μ₁ (class 1) and ±μ₂ (class 0), ``|μ₁| = |μ₂|``, μ₁ ⊥ μ₂.

    The data of Xu, Wang, Frei, Vardi and Hu, "Benign Overfitting and Grokking
    in ReLU Networks for XOR Cluster Data" (2023): no linear classifier does
    better than chance.

    Parameters
    ----------
    n_inputs : int
        Number of inputs, at least two; the cluster centres lie along the
        first two.
    n_train : int
        Number of training rows.
    distance : float
        Distance ``|μ|`` of each centre from the origin.
    deviation : float, default 1.0
        Standard deviation of a cluster in every direction.
    flip_rate : float, default 0.0
        Share of training labels that are flipped.
    n_test : int, default 2000
        Number of test rows, with true labels.
    in_span : bool, default False
        Whether to rotate the inputs so that only the first ``n_train + 2``
        coordinates are nonzero in training rows, and to drop the others. Weights
        of the dropped coordinates never move; if they start (almost) from zero,
        training and test errors keep their distribution, for any number of inputs
        above ``n_train + 2``.

    Examples
    --------
    >>> from riskcast import lab
    >>> task = lab.XORClusters(20, n_train=100, distance=3.0, flip_rate=0.1)
    >>> round(task.oracle_error, 4)
    0.0333
    """

    n_inputs: int
    n_train: int
    distance: float
    deviation: float = 1.0
    flip_rate: float = 0.0
    n_test: int = 2000
    in_span: bool = False

    def __post_init__(self) -> None:
        super().__post_init__()
        _checks.count_fields(self, "n_inputs", least=2)
        for name in ("distance", "deviation"):
            _checks.number(getattr(self, name), name)
        if self.in_span and self.n_inputs < self.n_train + 2:
            raise ValueError(
                f"in_span: {self.n_train} rows span all {self.n_inputs} inputs; drop in_span"
            )

    @property
    def oracle_error(self) -> float:
        """Error rate of the Bayes classifier on true labels.

        With u, v the first two coordinates, the Bayes classifier tests whether
        ``|u| > |v|``; rotated by 45 degrees, it tests whether two independent
        Gaussians of mean ``distance/√2`` have the same sign.
        """
        if self.deviation == 0.0:
            return 0.0 if self.distance else 0.5
        wrong = special.ndtr(-self.distance / (np.sqrt(2.0) * self.deviation))
        return float(2.0 * wrong * (1.0 - wrong))

    def draw(self, seed: int) -> Draw:
        """Data of one seed; see `Task.draw`."""
        draw = super().draw(seed)
        if not self.in_span:
            return draw
        return replace(draw, X_train=self._turned(draw.X_train, stream(seed, TEACHER)))

    def _turned(self, X: FloatArray, random: np.random.Generator) -> FloatArray:
        """Rotate the noise of training rows beyond the first two inputs into its span.

        The triangular factor of a Gaussian matrix is Gaussian below its
        diagonal, and its diagonal entries are roots of chi-squares (Bartlett 1933).
        """
        noise = np.tril(X[:, 2:], -1)
        freedom = self.n_inputs - 2 - np.arange(self.n_train)
        np.fill_diagonal(noise, self.deviation * np.sqrt(random.chisquare(freedom)))
        return np.hstack([X[:, :2], noise])

    def _rows(self, number: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        cluster = random.integers(0, 4, number)
        labels = (cluster < 2).astype(int)
        n_inputs = self.n_train + 2 if self.in_span else self.n_inputs
        X = self.deviation * random.standard_normal((number, n_inputs))
        sign = np.where(cluster % 2 == 0, 1.0, -1.0)
        X[np.arange(number), np.where(labels == 1, 0, 1)] += sign * self.distance
        return X, labels
