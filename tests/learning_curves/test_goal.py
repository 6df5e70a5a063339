"""Rows needed for a goal."""

import numpy as np
import pytest

from riskcast.learning_curves._forecaster import Forecaster
from riskcast.learning_curves._goal import samples_needed


class Steps(Forecaster):
    """Curves that fall from two to one at a size of each one's own."""

    def __init__(self, falls_at):
        self.falls_at = np.asarray(falls_at, dtype=float)

    def draws(self, sizes):
        return np.where(sizes >= self.falls_at[:, None], 1.0, 2.0)


@pytest.mark.parametrize("n_rows", [80, 123, 1000])
def test_what_the_rows_at_hand_reach_is_not_put_off_to_a_larger_size(n_rows):
    needed = samples_needed(Steps([n_rows] * 9), 1.0, 0.9, n_rows, n_rows / 8)
    assert (needed.lower, needed.n_samples, needed.upper) == (n_rows,) * 3
    assert "available rows already reach" in str(needed)


def test_ends_and_chance_are_those_of_the_curves():
    falls_at = [*np.geomspace(100, 10_000, 90), *[np.inf] * 10]
    needed = samples_needed(Steps(falls_at), 1.0, 0.9, 100, 20.0)
    assert needed.chance == pytest.approx(0.9)
    assert needed.n_samples == pytest.approx(falls_at[50], rel=0.06)
    assert needed.lower == pytest.approx(falls_at[5], rel=0.06)
    assert np.isinf(needed.upper)
