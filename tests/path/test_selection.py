"""The corrected best risk: no claim on noise, and the truth where there is a signal."""

from functools import cache

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes
from sklearn.preprocessing import scale

import riskcast as rc

N_SHUFFLES = 24


def shuffled_problems():
    rng = np.random.default_rng(0)
    X_tall, X_wide = rng.standard_normal((60, 15)), rng.standard_normal((40, 100))
    X_decaying = rng.standard_normal((70, 70)) * np.arange(1, 71.0) ** -1
    y = rng.standard_normal(70)
    X_cancer, labels = load_breast_cancer(return_X_y=True)
    return {
        "n > p": (X_tall, y[:60], "squared_error"),
        "n < p": (X_wide, y[:40], "squared_error"),
        "n = p, power law": (X_decaying, y, "squared_error"),
        "three classes": (X_tall, np.arange(60) % 3, "error_rate"),
        "two uneven classes": (scale(X_cancer)[:80], np.sort(labels[:80]), "error_rate"),
    }


@cache
def claims_on_shuffles(name):
    """Gains over learning nothing that are claimed, and those by more than a standard error."""
    X, y, scoring = shuffled_problems()[name]
    gains, naive_gains, claims = [], [], []
    for seed in range(N_SHUFFLES):
        shuffled = np.random.default_rng(seed).permutation(y)
        path = rc.risk_path(X, shuffled, scoring=scoring)
        gains.append(path.untrained_risk - path.best_risk_corrected)
        naive_gains.append(path.untrained_risk - path.best_risk)
        claims.append(gains[-1] > path.standard_error[path.best_index])
    return np.array(gains), np.array(naive_gains), np.array(claims)


@pytest.mark.parametrize("name", shuffled_problems())
def test_on_shuffled_labels_it_does_not_claim_to_beat_the_mean(name, capsys):
    gains, naive_gains, claims = claims_on_shuffles(name)
    with capsys.disabled():
        print(
            f"\n{name}: mean gain claimed {gains.mean():.4f} (uncorrected "
            f"{naive_gains.mean():.4f}), {claims.sum()} of {N_SHUFFLES} by over one standard error"
        )
    assert gains.mean() <= 0.0
    assert claims.mean() <= 0.17


def test_claims_on_shuffled_labels_are_rare():
    """A claim by one standard error would come in one of six, were the risk known unbiasedly."""
    assert np.mean([claims_on_shuffles(name)[2] for name in shuffled_problems()]) <= 0.05


@pytest.mark.parametrize("scoring", ["squared_error", "error_rate"])
def test_a_correction_never_makes_the_best_better(scoring):
    rng = np.random.default_rng(1)
    for seed in range(5):
        X = rng.standard_normal((30, 8))
        y = X[:, 0] + rng.standard_normal(30)
        y = y > 0 if scoring == "error_rate" else y
        path = rc.risk_path(X, y, scoring=scoring)
        assert path.best_risk_corrected >= path.best_risk, seed
        assert path.best_risk == path.risk.min() == path.risk[path.best_index]


@pytest.mark.parametrize("data", ["diabetes", "breast cancer"])
def test_real_signal_still_beats_the_mean_and_holds_on_other_rows(data):
    load, scoring, model = {
        "diabetes": (load_diabetes, "squared_error", rc.GradientFlowRegressor()),
        "breast cancer": (load_breast_cancer, "error_rate", rc.GradientFlowClassifier()),
    }[data]
    X, y = load(return_X_y=True)
    order = np.random.default_rng(0).permutation(len(X))
    X, y = scale(X)[order], y[order]
    half = len(X) // 2
    path = rc.risk_path(X[:half], y[:half], scoring=scoring)
    error = path.standard_error[path.best_index]
    assert path.best_risk_corrected < path.untrained_risk - 3 * error
    predicted = model.fit(X[:half], y[:half]).predict(X[half:])
    miss = predicted - y[half:] if data == "diabetes" else predicted != y[half:]
    losses = np.square(miss, dtype=float)
    held_out_error = losses.std() / np.sqrt(half)
    assert abs(path.best_risk_corrected - losses.mean()) < 3 * np.hypot(error, held_out_error)


def test_the_correction_is_what_a_choice_in_four_fifths_loses_on_the_fifth():
    """Rebuilt by refits, on the same folds."""
    rng = np.random.default_rng(2)
    X, y = rng.standard_normal((25, 30)), rng.standard_normal(25)
    flow = rc.GradientFlow(np.logspace(-2, 2, 20))
    path = rc.risk_path(X, y, filter=flow)
    order = np.random.default_rng(0).permutation(25)
    promised, given = 0.0, 0.0
    for fold in range(5):
        out = order[fold::5]
        kept = np.setdiff1d(np.arange(25), out)
        inside = rc.risk_path(X[kept], y[kept], filter=flow)
        model = rc.GradientFlowRegressor(time=inside.best_time).fit(X[kept], y[kept])
        promised += inside.best_risk / 5
        given += ((model.predict(X[out]) - y[out]) ** 2).mean() / 5
    expected = path.best_risk + max(0.0, given - promised)
    np.testing.assert_allclose(path.best_risk_corrected, expected, rtol=1e-9)


def test_too_few_rows_to_choose_by_claim_nothing():
    path = rc.risk_path([[0.0], [1.0]], [0.0, 2.0])
    assert path.best_risk_corrected >= path.untrained_risk
    groups = rc.risk_path(np.arange(10.0)[:, None], np.arange(10.0), groups=np.arange(10) // 5)
    assert groups.best_risk_corrected >= groups.untrained_risk


@pytest.mark.filterwarnings("ignore:X. 10 row:UserWarning")
def test_folds_in_which_no_column_varies():
    """A column that one row has to itself is constant in the folds without that row."""
    X = np.zeros((12, 1))
    X[3] = 1.0
    path = rc.risk_path(X, np.random.default_rng(3).standard_normal(12))
    assert path.best_risk <= path.best_risk_corrected < np.inf


def test_groups_stay_whole_in_the_choice():
    """Copies that leave together must not let the choice see them from inside."""
    rng = np.random.default_rng(4)
    X, y = np.repeat(rng.standard_normal((20, 40)), 3, axis=0), rng.standard_normal(20)
    path = rc.risk_path(X, np.repeat(y, 3), groups=np.repeat(np.arange(20), 3))
    assert path.best_risk_corrected > 0.8 * path.untrained_risk
