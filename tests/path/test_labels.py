"""Labels of classes and groups stay as they stand: none are merged, rounded or reworded."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import riskcast as rc
from riskcast.path._validation import check_classes, check_groups

X = np.random.default_rng(0).standard_normal((30, 3))
BIG = 2**53
PAIRS = {
    "beyond 2^53": np.array([BIG, BIG + 1]),
    "near 2^63": np.array([2**63 - 1, 2**63 - 2]),
    "negative": np.array([-(2**63), -(2**63) + 1]),
    "unsigned": np.array([2**64 - 1, 2**64 - 2], dtype=np.uint64),
    "beyond 64 bits": [2**80, 2**80 + 1],
    "of both signs": [2**63 + 1, -1],
    "objects": np.array([BIG, BIG + 1], dtype=object),
    "text like numbers": ["007", "7"],
    "text of numbers": np.array(["1", "1.0"], dtype=object),
    "spaces": ["a", "a "],
    "bool": [True, False],
    "floats": [1e16, 1e16 + 2],
}


def repeated(pair):
    """Each label of a pair 15 times, in the container of the pair."""
    if isinstance(pair, list):
        return [pair[k % 2] for k in range(30)]
    return pair[np.arange(30) % 2]


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_two_labels_are_two_classes(pair):
    labels = repeated(pair)
    path = rc.risk_path(X, labels, scoring="error_rate", times=[1.0])
    assert path.classes.tolist() == sorted(pair)
    wrong = path.classes[path.loo_predictions(1.0).argmax(axis=1)] != np.array(labels, dtype=object)
    assert path.risk[0] == wrong.mean()


@pytest.mark.parametrize("pair", PAIRS.values(), ids=PAIRS)
def test_the_classifier_returns_the_labels(pair):
    model = rc.GradientFlowClassifier(time=1.0).fit(X, repeated(pair))
    assert model.classes_.tolist() == sorted(pair)
    assert set(model.predict(X).tolist()) <= set(pair)


@pytest.mark.parametrize(
    "pair", [*PAIRS.values(), [1, "1"], [True, "True"], [2, 2.5]], ids=[*PAIRS, "1", "True", "2"]
)
def test_two_labels_are_two_groups(pair):
    members = check_groups(repeated(pair), 30)
    assert sorted(rows.tolist() for rows in members) == [
        list(range(0, 30, 2)),
        list(range(1, 30, 2)),
    ]


def test_labels_of_several_types_are_not_made_text():
    with pytest.raises(ValueError, match="mixed types"):
        rc.risk_path(X, repeated([1, "1"]), scoring="error_rate")


def test_groups_of_a_forecast_are_counted_as_they_stand():
    """Ten groups are the fewest; as floats these would be five."""
    rows = np.random.default_rng(1).standard_normal((60, 2))
    groups = [2**60 + k % 10 for k in range(60)]
    fc = rc.forecast(rows, rows.sum(axis=1) + rows[:, 0] ** 2, groups=groups)
    assert fc.n_rows == 60
    with pytest.raises(ValueError, match="got 9 distinct groups"):
        rc.forecast(rows, rows.sum(axis=1), groups=[str(k % 9) for k in range(60)])


@given(
    labels=st.lists(st.integers(-(2**70), 2**70), min_size=2, max_size=12, unique=True),
    container=st.sampled_from([list, tuple, pd.Series, lambda v: np.array(v, dtype=object)]),
)
def test_any_integers_are_as_many_classes_and_groups(labels, container):
    one_hot, classes = check_classes(container(labels * 2), centred=False)
    assert classes.tolist() == sorted(labels)
    expected = (np.array(labels * 2, dtype=object)[:, None] == classes).astype(float)
    np.testing.assert_array_equal(one_hot, expected)
    assert len(check_groups(container(labels * 2), 2 * len(labels))) == len(labels)
