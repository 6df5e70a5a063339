"""Risks, their intervals and floors stay where such risks can be."""

import inspect
import warnings

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics
from sklearn.linear_model import LogisticRegression
from sklearn.neighbors import KNeighborsClassifier, KNeighborsRegressor
from sklearn.tree import DecisionTreeClassifier

import riskcast as rc
from riskcast.learning_curves._limits import limit_of
from riskcast.path._ranges import risk_range


def rows(counts, signal, seed):
    random = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(counts)), counts)
    X = random.normal(size=(len(labels), 3))
    X[:, 0] += signal * labels
    return X, labels


def amounts(seed, noise):
    random = np.random.default_rng(seed)
    X = random.normal(size=(26, 3))
    return X, X[:, 0] + noise * random.standard_t(3, size=26)


TINY = rows([2, 2, 6, 6, 6, 6], 0.2, 0)
TWO = rows([13, 13], 1.0, 1)
CLEAR = rows([15, 15], 40.0, 2)
CASES = {
    "exact, tiny classes": (TINY, {"scoring": "error_rate"}),
    "exact, two classes": (TWO, {"scoring": "error_rate"}),
    "exact, no errors": (CLEAR, {"scoring": "error_rate"}),
    "exact, blended": (rows([4, 4, 20, 20], 0.3, 3), {"scoring": "error_rate"}),
    "exact, groups": (TWO, {"scoring": "error_rate", "groups": np.arange(26) // 2}),
    "wide level": (TINY, {"scoring": "error_rate", "level": 0.999}),
    "estimator": (TINY, {"estimator": KNeighborsClassifier(1)}),
    "accuracy": (TINY, {"estimator": KNeighborsClassifier(1), "scoring": "accuracy"}),
    "balanced": (TWO, {"estimator": LogisticRegression(), "scoring": "balanced_accuracy"}),
    "area": (CLEAR, {"estimator": LogisticRegression(), "scoring": "roc_auc"}),
    "poor area": (rows([13, 13], 0.0, 5), {"estimator": DecisionTreeClassifier(random_state=0),
                  "scoring": "roc_auc"}),
    "brier": (rows([13, 13], 0.0, 5), {"estimator": DecisionTreeClassifier(random_state=0),
              "scoring": "neg_brier_score"}),
    "r2": (amounts(6, 0.1), {"estimator": KNeighborsRegressor(3), "scoring": "r2"}),
    "r2 of noise": (amounts(7, 3.0), {"estimator": KNeighborsRegressor(1), "scoring": "r2"}),
    "exact r2": (amounts(8, 0.01), {"scoring": "r2"}),
    "squared error": (amounts(9, 1.0), {}),
}  # fmt: skip
# Written out by hand, not asked of the package.
ENDS = {
    "accuracy": (-1, 0), "balanced": (-1, 0), "area": (-1, 0), "poor area": (-1, 0),
    "brier": (0, 1), "r2": (-1, np.inf), "r2 of noise": (-1, np.inf), "exact r2": (-1, np.inf),
    "squared error": (0, np.inf),
}  # fmt: skip


@pytest.mark.parametrize("name", CASES)
def test_forecasts_stay_in_range(name):
    (X, y), how = CASES[name]
    low, high = ENDS.get(name, (0, 1))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        found = rc.forecast(X, y, **how)
    for risk, lower, upper in (
        (found.risk, found.lower, found.upper),
        found.at([3, 10, 100, 1e6, np.inf]),
        (found.noise_floor, *found.noise_floor_interval),
        (found.observed.risk,) * 3,
    ):
        assert (low <= np.asarray(lower)).all()
        assert (np.asarray(lower) <= risk).all()
        assert (np.asarray(risk) <= upper).all()
        assert (np.asarray(upper) <= high).all()
    assert 0.0 <= found.limit.removable <= 1.0
    for goal in (low, float(found.risk[-1]), float(found.observed.risk[0])):
        needed = found.samples_for(goal)
        assert 0.0 < needed.lower <= needed.n_samples <= needed.upper
        assert 0.0 <= needed.chance <= 1.0
    if found.path is not None:
        assert low <= found.path.best_risk_corrected <= high


def test_widths_and_no_penalty_stay_in_range():
    X, y = rows([10, 10, 20, 20], 0.3, 3)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        found = rc.forecast(X, y, kernel=rc.features.NNGP(), scoring="error_rate")
    upper = found.at([60, 120, 60], width=[5, 60, 120], regularized=False)[2]
    assert (upper <= 1.0).all()


@given(st.lists(st.tuples(st.floats(0, 3), st.floats(0, 1)), min_size=1, max_size=20))
def test_shares_of_a_score_are_counted_from_its_best_value(pairs):
    """Moving a risk and its best value together changes no share."""
    now, kept = np.array(pairs).T
    plain = limit_of(now, now * kept, None)
    moved = limit_of(now - 1.0, now * kept - 1.0, None, -1.0)
    assert moved.removable == pytest.approx(plain.removable, abs=1e-6) or now.min() < 1e-6
    assert 0.0 <= moved.removable <= 1.0
    assert "the current risk above its best value of -1" in str(moved)


def test_ranges_are_those_that_scikit_learn_gives():
    """Every scorer, by its perfect and by bad predictions."""
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, 40)
    scores = {
        name: metrics.get_scorer(name)
        for name in metrics.get_scorer_names()
        if set(inspect.signature(metrics.get_scorer(name)._score_func).parameters)
        >= {"y_true", "y_pred"}
    }
    for name, scorer in scores.items():
        low, high = risk_range(name, 2)
        for guess in (truth, 1 - truth, np.zeros(40, int), np.ones(40, int)):
            try:
                risk = -scorer._sign * scorer._score_func(truth, guess, **scorer._kwargs)
            except ValueError:  # undefined for these
                continue
            if np.isfinite(risk):
                assert low - 1e-9 <= risk <= high + 1e-9, name
    assert risk_range("accuracy") == risk_range(metrics.make_scorer(metrics.accuracy_score))
    assert risk_range(lambda estimator, X, y: 5.0) == (-np.inf, np.inf)
    adjusted = metrics.make_scorer(metrics.balanced_accuracy_score, adjusted=True)
    assert risk_range(adjusted) == (-np.inf, np.inf)


def test_plain_callables_are_not_moved():
    """Nothing is known of a function's range: what was observed stays as it is."""
    X, y = rows([15, 15], 1.0, 2)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        found = rc.forecast(
            X, y, estimator=KNeighborsClassifier(1),
            scoring=lambda model, A, b: 100.0 * np.mean(model.predict(A) == b),
        )  # fmt: skip
    assert found.observed.risk.min() < -50.0
