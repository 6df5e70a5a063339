"""Few rows: intervals that hold what is true, and no promise where there may be nothing."""

import warnings
from copy import copy
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import riskcast as rc
from riskcast.assessment import Scale, assess_table, verdict_on
from riskcast.assessment._judgements import maybe_chance, rows_pay
from riskcast.assessment._more_rows import ask_for_more, curve_from_here, doubt_of_a_doubling
from riskcast.assessment._wording import fall
from riskcast.learning_curves._small_samples import widened
from riskcast.learning_curves._warnings import Doubt
from riskcast.learning_curves.subsampling._points import ObservedPoints
from riskcast.models import choose_model
from riskcast.tables import Options, Table, prepare

WEIGHTS = np.random.default_rng(99).normal(size=10) / np.sqrt(10)


def rows_of(n, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, 10))
    return X, X @ WEIGHTS + rng.normal(size=n)


def assessed(X, y):
    frame = pd.DataFrame(X, columns=[f"x{column}" for column in range(X.shape[1])])
    table = prepare(Table("t", frame.assign(y=y)), Options(target="y"))
    return assess_table(table, choose_model("linear", table.X, table.task))


def test_intervals_from_32_rows_hold_what_other_rows_show():
    new, truth = rows_of(4000, seed=1)
    now, gain = [], []
    for seed in range(100, 116):
        X, y = rows_of(64, seed)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", UserWarning)
            forecast = rc.forecast(X[:32], y[:32])
        path = forecast.path
        error = widened(float(path.standard_error[path.best_index]), 32)
        promised = ask_for_more(
            forecast, Scale("regression", "y", 1.0), path.best_risk_corrected, error, None
        )
        with_half, with_all = (
            np.mean((rc.GradientFlowRegressor().fit(X[:n], y[:n]).predict(new) - truth) ** 2)
            for n in (32, 64)
        )
        now.append(promised.lower < with_all < promised.upper)
        change = 1.0 - np.sqrt(with_all / with_half)
        gain.append(promised.gain_lower < change < promised.gain_upper)
    # Of 16 intervals of 90 %. Curves' own spread held the gain in a third of such draws.
    assert sum(now) >= 13
    assert sum(gain) >= 12


@pytest.mark.parametrize(("scoring", "share"), [("squared_error", 1.0), ("error_rate", 0.5)])
def test_intervals_by_hand(scoring, share):
    """Curves that agree leave the doubt of a doubling and that of the level."""
    points = ObservedPoints(np.array([20.0, 40.0]), np.array([2.0, 1.0]), np.diag([0.04, 0.01]))
    halved = np.tile([1.0, 0.5, 0.25], (50, 1))
    curve = SimpleNamespace(
        level=0.9, n_rows=40, observed=points, scoring=scoring,
        curves=lambda sizes: halved[:, [[40.0, 80.0, np.inf].index(size) for size in sizes]],
    )  # fmt: skip
    found = curve_from_here(curve, np.array([80.0, np.inf]), 1.0, 0.1)
    unseen = 1.6449 * share * doubt_of_a_doubling(points)
    np.testing.assert_allclose(found.share, [0.5, 0.25])
    np.testing.assert_allclose(found.share_lower[0], 0.5 * np.exp(-unseen), rtol=1e-4)
    np.testing.assert_allclose(found.share_upper[1], 0.25 * np.exp(3 * unseen), rtol=1e-4)
    np.testing.assert_allclose(found.upper[0], 0.5 * np.exp(np.hypot(unseen, 0.16449)), rtol=1e-4)
    nothing = curve_from_here(curve, np.array([80.0, np.inf]), 0.0, 0.0)
    np.testing.assert_array_equal([nothing.risk, nothing.lower, nothing.upper], 0.0)


def test_doubt_of_a_doubling_is_that_of_other_rows():
    rng = np.random.default_rng(0)
    shared = rng.gamma(2.0, size=(20_000, 60, 1))
    losses = shared * np.array([3.0, 1.5, 1.0]) * rng.gamma(8.0, size=(20_000, 60, 3)) / 8.0
    means = losses.mean(axis=1)
    truth = np.log(means[:, 2] / means[:, 1]).std()
    told = [
        doubt_of_a_doubling(
            ObservedPoints(np.array([16.0, 32.0, 64.0]), draw.mean(axis=0), np.cov(draw.T) / 60)
        )
        for draw in losses[:100]
    ]
    assert np.mean(told) == pytest.approx(truth, rel=0.05)


def test_what_a_quarter_of_the_rows_shows_is_halved():
    points = ObservedPoints(np.array([16.0, 64.0]), np.ones(2), np.diag([0.01, 0.01]))
    assert doubt_of_a_doubling(points) == pytest.approx(np.sqrt(0.02 + 1e-9) / 2, rel=1e-3)


@pytest.fixture(scope="module")
def promising():
    """Rows that are surely too few."""
    found = assessed(*rows_of(60, seed=5))
    more = replace(found.more_rows, gain=0.3, gain_lower=0.2, gain_upper=0.4)
    curve = copy(found.forecast)
    curve.warnings = []
    return replace(found, more_rows=more, forecast=curve)


def answer_on_more_rows(found):
    return next(one for one in verdict_on(found).advice if one.question == "Would more rows help?")


def faint_in_comparison(found, deviations):
    """The same, so many standard errors better than guessing."""
    results = [
        replace(one, difference=deviations, difference_error=1.0)
        if one.role == "untrained"
        else one
        for one in found.comparison.results
    ]
    return replace(found, comparison=replace(found.comparison, results=results))


def faint_at_the_curves_end(found):
    curve = copy(found.forecast)
    curve.warnings = [Doubt("the features may not predict the target", "no clear gain")]
    return replace(faint_in_comparison(found, 3.0), forecast=curve)


def test_a_clear_gain_is_promised(promising):
    clear = faint_in_comparison(promising, 3.0)
    assert not maybe_chance(clear)
    assert "Collect more rows: twice as many" in verdict_on(clear).headline
    assert "chance" not in verdict_on(clear).headline
    assert answer_on_more_rows(clear).answer == "yes"


@pytest.mark.parametrize(
    "faint", [lambda found: faint_in_comparison(found, 1.5), faint_at_the_curves_end]
)
def test_what_may_be_chance_promises_nothing_of_more_rows(promising, faint):
    found = faint(promising)
    assert maybe_chance(found)
    assert rows_pay(found) == "surely"
    headline, answer = verdict_on(found).headline, answer_on_more_rows(found)
    assert "This may be chance. " in headline
    assert "More rows would show whether it is; if it is not, twice as many" in headline
    assert "Collect" not in headline
    assert answer.answer == "only if the model is better than guessing"
    assert answer.reason.startswith("It is not clear that this model is better than guessing.")


def test_below_one_standard_error_there_is_no_sign(promising):
    found = faint_in_comparison(promising, 0.9)
    assert verdict_on(found).headline.startswith("No clear sign that this model learns y")
    assert answer_on_more_rows(found).answer == "only if the model is better than guessing"


def test_goals_rest_on_what_is_learned(promising):
    goal = SimpleNamespace(
        risk=0.5, level=0.9, lower=100.0, upper=500.0, n_rows=60, n_samples=200.0, chance=0.9
    )

    def told(found):
        asked = replace(found, more_rows=replace(found.more_rows, goal=goal))
        return next(one for one in verdict_on(asked).advice if "How many" in one.question).reason

    assert "no number of rows is enough" not in told(faint_in_comparison(promising, 3.0))
    hedged = told(faint_in_comparison(promising, 1.5))
    assert hedged.endswith("If the current result is chance, no number of rows is enough.")


def test_few_rows_without_a_sign_are_no_proof():
    rng = np.random.default_rng(3)
    headline = verdict_on(assessed(rng.normal(size=(30, 4)), rng.normal(size=30))).headline
    assert "With only 30 rows, only strong effects can be detected." in headline


def test_falls_that_may_be_rises_are_told_so():
    assert fall(0.01, 0.023) == "1.0\u00a0% to 2.3\u00a0% lower"
    assert fall(-0.01, 0.023) == "1.0\u00a0% higher to 2.3\u00a0% lower"
    assert fall(-0.03, -0.01) == "1.0\u00a0% to 3.0\u00a0% higher"


def test_of_few_rows_no_limit_is_sure():
    rng = np.random.default_rng(7)
    X = rng.normal(size=(80, 2))
    y = X[:, 0] + 0.1 * rng.normal(size=80)
    for n, words in ((30, "The error is probably limited by "), (80, "The error is limited by ")):
        found = assessed(X[:n], y[:n])
        shown = replace(found.more_rows, noise_floor_lower=0.6 * found.risk)
        sure = replace(found, limit=replace(found.limit, sure=True), more_rows=shown)
        reason = answer_on_more_rows(sure).reason
        assert words in reason
        assert ("probably" in reason) == (n == 30)
