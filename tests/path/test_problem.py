"""What learning nothing predicts, and parts of a problem, against the obvious loops."""

import numpy as np
import pytest

from riskcast.path._problem import pose
from riskcast.path._row_factorization import factorize

RNG = np.random.default_rng(0)
X = RNG.standard_normal((30, 3))
Y = RNG.standard_normal((30, 2)) + 5.0
GROUPS = RNG.integers(0, 8, 30)


@pytest.mark.parametrize("groups", [None, GROUPS], ids=["rows", "groups"])
@pytest.mark.parametrize("fit_intercept", [True, False])
def test_learning_nothing_predicts_the_mean_of_the_rows_that_stay(groups, fit_intercept):
    problem = pose(X, Y, None, fit_intercept, groups, classification=False)
    labels = np.arange(30) if groups is None else groups
    expected = np.zeros_like(Y)
    if fit_intercept:
        for row in range(30):
            expected[row] = Y[labels != labels[row]].mean(axis=0)
    np.testing.assert_allclose(problem.untrained_predictions()[:, 0], expected, rtol=1e-13)
    np.testing.assert_allclose(problem.fold_means, expected, rtol=1e-13)


def test_of_classes_it_predicts_the_priors_of_all_rows():
    problem = pose(X, np.arange(30) % 3, None, True, None, classification=True)
    np.testing.assert_allclose(problem.untrained_predictions(), np.full((30, 1, 3), 1 / 3))


def test_a_part_keeps_whole_groups_under_new_numbers():
    problem = pose(X, Y, None, True, GROUPS, classification=False)
    rows = np.flatnonzero(np.isin(GROUPS, [1, 4, 6]))
    part = problem.part(rows, factorize(X[rows], centred=True))
    assert [GROUPS[rows[members]].tolist() for members in part.groups] == [
        [label] * (label == GROUPS).sum() for label in (1, 4, 6)
    ]
    np.testing.assert_array_equal(part.targets, Y[rows])
