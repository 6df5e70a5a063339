"""Subsets and points, against refits written out by hand."""

from __future__ import annotations

import numpy as np
import pytest
from sklearn.datasets import load_diabetes
from sklearn.linear_model import LinearRegression, Ridge
from sklearn.metrics import r2_score

import riskcast as rc
from riskcast.learning_curves.subsampling._cross_validated_learner import CrossValidatedLearner
from riskcast.learning_curves.subsampling._exact_learner import ExactLearner
from riskcast.learning_curves.subsampling._measure import measure
from riskcast.learning_curves.subsampling._scores import blocks_for, pseudo_values
from riskcast.learning_curves.subsampling._subsets import (
    inside_sizes,
    mixed_order,
    window_count,
    windows,
)


@pytest.mark.parametrize(("size", "count"), [(10, 10), (33, 4), (90, 10), (70, 4)])
def test_windows_use_and_test_every_row_equally(size, count):
    order = mixed_order(None, None, 100, [0])
    chosen = windows(order, size, count)
    uses = np.bincount(np.concatenate(chosen), minlength=100)
    assert {len(rows) for rows in chosen} <= {size - 1, size, size + 1}
    assert uses.max() - uses.min() <= 1
    assert all(len(np.unique(rows)) == len(rows) for rows in chosen)


def test_enough_windows_to_test_every_row():
    for size in (10, 50, 80, 90, 95):
        count = window_count(size, 100, 4, 16)
        chosen = windows(mixed_order(None, None, 100, [0]), size, count)
        tested = np.ones((count, 100), dtype=bool)
        for window, rows in zip(tested, chosen, strict=True):
            window[rows] = False
        assert tested.any(axis=0).all()


def test_classes_are_mixed_evenly():
    labels = np.repeat([0, 1, 2], [120, 60, 20])
    for rows in windows(mixed_order(labels, None, 200, [0]), 20, 10):
        counts = np.bincount(labels[rows], minlength=3)
        assert np.abs(counts - [12, 6, 2]).max() <= 2


def test_groups_stay_together():
    groups = [np.arange(5 * k, 5 * k + 5) for k in range(20)]
    for rows in windows(mixed_order(None, groups, 100, [0]), 30, 4):
        assert len(rows) % 5 == 0
        assert (np.unique(rows // 5, return_counts=True)[1] == 5).all()


def test_sizes_are_log_spaced_and_bounded():
    sizes = inside_sizes(1600, 10)
    assert sizes[0] == 100
    assert sizes[-1] == 1600
    assert len(sizes) == 9
    assert np.ptp(np.diff(np.log(sizes))) < 0.02
    assert inside_sizes(20, 1)[0] >= 8


def test_exact_losses_are_those_of_refits():
    """Against the estimator that stops itself, on its own, with the same moments."""
    X, y = load_diabetes(return_X_y=True)
    X, y = X[:200], y[:200]
    learner = ExactLearner(rc.risk_path(X, y))
    train, test = np.arange(0, 200, 2), np.arange(1, 200, 2)
    alone = rc.risk_path(X[train], y[train], filter=learner.filter)
    model = rc.GradientFlowRegressor(time=alone.best_time).fit(X[train], y[train])
    expected = (model.predict(X[test]) - y[test]) ** 2
    losses = learner.losses(train)
    np.testing.assert_allclose(losses.model[test], expected, rtol=1e-6)
    np.testing.assert_allclose(losses.untrained[test], (y[test] - y[train].mean()) ** 2, rtol=1e-9)
    # Rows trained on are judged by models that never saw them.
    row = 7
    kept = np.delete(train, row)
    model.fit(X[kept], y[kept])
    left_out = (model.predict(X[train[[row]]])[0] - y[train[row]]) ** 2
    assert losses.model[train[row]] == pytest.approx(left_out, rel=1e-6)
    untrained = (y[train[row]] - y[kept].mean()) ** 2
    assert losses.untrained[train[row]] == pytest.approx(untrained, rel=1e-9)


def test_rows_trained_on_are_not_judged_where_the_choice_would_flatter():
    X, y = load_diabetes(return_X_y=True)
    labels = (y > np.median(y)).astype(int)[:100]
    learner = ExactLearner(rc.risk_path(X[:100], labels, scoring="error_rate"))
    losses = learner.losses(np.arange(50))
    assert np.isnan(losses.model[:50]).all()
    assert not np.isnan(losses.model[50:]).any()


def test_points_are_means_over_refits():
    random = np.random.default_rng(0)
    X, y = random.standard_normal((40, 3)), random.standard_normal(40)
    learner = CrossValidatedLearner(Ridge(), X, y, "squared_error", None, False)
    points = measure(learner, random_state=5).points
    for number, size in enumerate(learner.sizes()):
        order = mixed_order(None, None, 40, [5, number])
        total, count = np.zeros(40), np.zeros(40)
        for train in windows(order, int(size), learner.window_count(int(size))):
            test = np.setdiff1d(np.arange(40), train)
            predicted = Ridge().fit(X[train], y[train]).predict(X[test])
            total[test] += (predicted - y[test]) ** 2
            count[test] += 1
        assert points.risk[number] == pytest.approx((total / count).mean())


def test_errors_of_points_are_those_of_many_data_sets():
    """Standard errors and their correlation, against the spread over fresh data sets."""
    seen, errors, correlations = [], [], []
    for draw in range(40):
        random = np.random.default_rng(draw)
        X = random.standard_normal((80, 5))
        y = X.sum(axis=1) + random.standard_normal(80)
        learner = CrossValidatedLearner(Ridge(), X, y, "squared_error", None, False)
        points = measure(learner, draw).points
        seen.append(points.risk)
        errors.append(points.standard_error)
        correlations.append(points.covariance[-1, -2] / np.prod(points.standard_error[-2:]))
    spread = np.std(seen, axis=0)
    np.testing.assert_allclose(np.mean(errors, axis=0)[2:], spread[2:], rtol=0.35)
    observed = np.corrcoef(np.array(seen)[:, -2:].T)[0, 1]
    assert np.mean(correlations) == pytest.approx(observed, abs=0.15)
    assert observed > 0.7


def test_rows_of_a_group_count_once():
    """Ten copies of every row, grouped, have the errors of the rows, not a third of them."""
    random = np.random.default_rng(0)
    X = random.standard_normal((60, 3))
    y = X.sum(axis=1) + random.standard_normal(60)
    copies = np.repeat(np.arange(60), 10)
    groups = np.split(np.arange(600), 60)
    plain = CrossValidatedLearner(Ridge(), X, y, "squared_error", None, False)
    copied = CrossValidatedLearner(Ridge(), X[copies], y[copies], "squared_error", groups, False)
    expected = measure(plain, 0).points.standard_error[-1]
    assert measure(copied, 0).points.standard_error[-1] == pytest.approx(expected, rel=0.25)


def test_pseudo_values_of_a_mean_are_its_terms():
    values = np.random.default_rng(0).standard_normal(40)
    rows = np.arange(100, 140)
    blocks = [np.arange(k, 200, 20) for k in range(20)]
    found = pseudo_values(lambda part: float(values[part].mean()), rows, blocks)
    assert found.mean() == pytest.approx(values.mean())
    means = np.array([values[np.isin(rows, block)].mean() for block in blocks])
    np.testing.assert_allclose(found[:20], means[(rows[:20]) % 20])


def test_pseudo_values_carry_the_error_of_a_score():
    """Jackknife of R², against its spread over fresh rows."""
    scores, errors = [], []
    for draw in range(80):
        random = np.random.default_rng(draw)
        truth = random.standard_normal(200)
        predicted = truth + random.standard_normal(200)
        blocks = blocks_for("r2", list(np.arange(200)[:, None]))
        values = pseudo_values(
            lambda part, t=truth, p=predicted: float(r2_score(t[part], p[part])),
            np.arange(200),
            blocks,
        )
        means = np.array([values[block[0]] for block in blocks])
        scores.append(values.mean())
        errors.append(means.std(ddof=1) / np.sqrt(20))
    assert np.mean(errors) == pytest.approx(np.std(scores), rel=0.25)
    assert np.mean(scores) == pytest.approx(0.0, abs=0.05)


@pytest.mark.slow
def test_choice_of_the_moment_does_not_flatter():
    """On few rows the best leave-one-out error rate is far too good; the points are not."""
    promised, given, truth = [], [], []
    centres = np.zeros((2, 10))
    centres[1, 0] = 2.0
    for draw in range(25):
        random = np.random.default_rng(draw)
        labels = random.integers(2, size=340)
        X = centres[labels] + random.standard_normal((340, 10))
        path = rc.risk_path(X[:40], labels[:40], scoring="error_rate")
        promised.append(path.best_risk)
        given.append(measure(ExactLearner(path), draw).points.risk[-1])
        model = rc.GradientFlowClassifier().fit(X[:40], labels[:40])
        truth.append(np.mean(model.predict(X[40:]) != labels[40:]))
    assert np.mean(promised) < 0.9 * np.mean(truth)
    assert np.mean(given) == pytest.approx(np.mean(truth), rel=0.12)


def test_a_score_that_so_few_rows_do_not_have_is_a_size_that_failed():
    """R² of two held-out rows has no jackknife: without one of them it is not a number."""
    random = np.random.default_rng(0)
    X = random.standard_normal((20, 3))
    y = X @ [1.0, 2.0, 3.0] + random.standard_normal(20)
    with pytest.warns(UserWarning, match="scoring failed at"):
        forecast = rc.forecast(X, y, n_samples=[20, 40], estimator=LinearRegression(), scoring="r2")
    assert [doubt.kind for doubt in forecast.warnings].count("failed sizes") == 1
    assert np.isfinite([forecast.risk, forecast.lower, forecast.upper]).all()
    assert forecast.observed.sizes[-1] < 18
