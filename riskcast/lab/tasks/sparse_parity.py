"""Sparse parity: the product of a few of many random signs."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from riskcast.lab import _checks

from .draws import TwoClasses


@dataclass(frozen=True)
class SparseParity(TwoClasses):
    """The product of the first `degree` of many random signs, as two classes.

    Parameters
    ----------
    n_inputs : int
        Number of signs, ±1 with equal chance.
    n_train : int
        Number of training rows.
    degree : int, default 2
        Number of signs in the product.
    flip_rate : float, default 0.0
        Share of training labels that are flipped.
    n_test : int, default 2000
        Number of test rows, with true labels.

    Examples
    --------
    >>> from riskcast import lab
    >>> draw = lab.SparseParity(10, n_train=5, degree=3).draw(0)
    >>> bool(((draw.X_train[:, :3].prod(axis=1) > 0) == draw.y_train).all())
    True
    """

    n_inputs: int
    n_train: int
    degree: int = 2
    flip_rate: float = 0.0
    n_test: int = 2000

    def __post_init__(self) -> None:
        super().__post_init__()
        _checks.count_fields(self, "n_inputs", "degree")
        if self.degree > self.n_inputs:
            raise ValueError(
                f"degree: got {self.degree} for {self.n_inputs} inputs; give a smaller degree"
            )

    @property
    def oracle_error(self) -> float:
        """Zero: the parity is deterministic, and test labels are true."""
        return 0.0

    def _rows(self, number: int, random: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        X = np.where(random.random((number, self.n_inputs)) < 0.5, -1.0, 1.0)
        return X, (X[:, : self.degree].prod(axis=1) > 0).astype(int)
