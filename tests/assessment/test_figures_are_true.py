"""The verdict's figures against populations that are known and computations done by hand."""

from copy import copy
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.linear_model import Ridge, RidgeCV
from sklearn.model_selection import KFold, LeaveOneOut, cross_val_predict

from riskcast._wording import level_text
from riskcast.assessment import Questions, Scale, assess_table, verdict_on
from riskcast.assessment._comparison import Comparison, Result, compare, standard_error
from riskcast.assessment._judgements import as_good, neighbours_alike, rival
from riskcast.assessment._more_rows import ask_for_more
from riskcast.assessment._wording import percent, raised
from riskcast.learning_curves._warnings import Doubt
from riskcast.models import choose_model
from riskcast.tables import InputError, Options, Table, prepare


def table_of(X, y, **options):
    frame = pd.DataFrame(X, columns=[f"x{column}" for column in range(X.shape[1])])
    return prepare(Table("t", frame.assign(y=y)), Options(target="y", **options))


def assessed(table, model="linear", **questions):
    chosen = choose_model(model, table.X, table.task)
    return assess_table(table, chosen, Questions(**questions))


def linear_rows(n, p, noise, seed):
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(n, p))
    weights = np.random.default_rng(99).normal(size=p) / np.sqrt(p)
    return X, X @ weights + noise * rng.normal(size=n)


@pytest.fixture(scope="module")
def crowded():
    """Sixty columns, eighty rows: training to the end is ruinous."""
    X, y = linear_rows(80, 60, 0.6, seed=4)
    return assessed(table_of(X, y), goal="0.8")


def test_best_ridge_is_the_one_refitted_row_by_row(crowded):
    table, stop = crowded.table, crowded.stopping
    predictions = cross_val_predict(
        Ridge(alpha=stop.ridge_penalty), table.X, table.y, cv=LeaveOneOut()
    )
    assert stop.ridge_risk == pytest.approx(np.mean((predictions - table.y) ** 2), rel=1e-8)
    assert stop.ridge_risk_corrected >= stop.ridge_risk


def test_stopping_is_gradient_descent_for_that_many_epochs(crowded):
    table, stop = crowded.table, crowded.stopping
    X, y = table.X - table.X.mean(axis=0), table.y - table.y.mean()
    small = stop.learning_rate / 50
    weights = np.zeros(X.shape[1])
    for _ in range(round(stop.epochs * 50)):
        weights += small * X.T @ (y - X @ weights) / len(y)
    at_stop = np.argmin(abs(crowded.path.times - stop.time))
    train_risk = np.mean((y - X @ weights) ** 2)
    assert train_risk == pytest.approx(crowded.path.train_risk[at_stop], rel=0.02)


def test_learning_rates_beyond_the_largest_diverge(crowded):
    X = crowded.table.X - crowded.table.X.mean(axis=0)
    steepest = np.linalg.eigvalsh(X.T @ X / len(X))[-1]
    assert crowded.stopping.largest_learning_rate == pytest.approx(2 / steepest)


def test_a_crowded_table_is_told_to_stop_early(crowded):
    verdict = verdict_on(crowded)
    assert crowded.stopping.end_risk > 2 * crowded.stopping.risk
    assert "Stop training after" in verdict.headline
    assert "interpolation threshold" in " ".join(advice.reason for advice in verdict.advice)


def test_that_advice_is_true_on_new_rows(crowded):
    X, y = linear_rows(80, 60, 0.6, seed=4)
    new, truth = linear_rows(5000, 60, 0.6, seed=2)
    centre, scale = X.mean(axis=0), X.std(axis=0)
    values, vectors = np.linalg.eigh(np.cov(X.T / scale[:, None], bias=True))
    aim = vectors.T @ (((X - centre) / scale).T @ (y - y.mean()) / len(y))

    def risk_at(time):
        shares = -np.expm1(-values * time) / values
        return np.mean(
            ((new - centre) / scale @ (vectors @ (shares * aim)) + y.mean() - truth) ** 2
        )

    stopped, ended = risk_at(crowded.stopping.time), risk_at(1e9)
    assert ended > 1.5 * stopped
    assert abs(crowded.risk - stopped) < 3 * crowded.standard_error


def test_baselines_are_scikit_learns_on_the_same_folds():
    X, y = linear_rows(90, 4, 0.5, seed=3)
    table = table_of(X, y)
    comparison = compare(table, choose_model("linear", table.X, table.task))
    folds = KFold(10, shuffle=True, random_state=0)
    for role, model in [
        ("simple", RidgeCV(np.geomspace(1e-3, 1e5, 25))),
        ("flexible", HistGradientBoostingRegressor(random_state=0)),
    ]:
        predictions = cross_val_predict(model, table.X, table.y, cv=folds)
        risk = np.mean((predictions - table.y) ** 2)
        assert comparison.by_role(role).risk == pytest.approx(risk)
    assert comparison.by_role("untrained").risk == pytest.approx(table.y.var(), rel=0.05)
    assert [one.risk for one in comparison.results] == sorted(
        one.risk for one in comparison.results
    )


@pytest.mark.parametrize(
    ("model", "message"),
    [
        ("RadiusNeighborsRegressor(radius=1e-9)", "predicts NaN or infinity for 90 of 90 rows"),
        ("RegressorChain(estimator=Ridge())", "fails on this table"),
    ],
)
def test_a_model_that_fails_is_named(model, message):
    table = table_of(*linear_rows(90, 4, 0.5, seed=3))
    with pytest.raises(InputError, match=message):
        compare(table, choose_model(model, table.X, table.task))


def test_groups_never_stand_on_both_sides():
    from riskcast.assessment._folds import make_folds

    X, y = linear_rows(80, 2, 1.0, seed=4)
    frame = pd.DataFrame({"a": X[:, 0], "who": np.repeat(np.arange(20), 4), "y": y})
    table = prepare(Table("t", frame), Options(target="y", groups="who"))
    for train, test in make_folds(table).splits:
        assert not set(table.groups[train]) & set(table.groups[test])


def test_guessing_does_not_look_bad_where_a_group_is_of_one_class():
    """Twelve people, half of them ill, columns of noise: whoever leaves makes the others' class
    the commonest, so that guessing it fold by fold is wrong nearly every time."""
    rng = np.random.default_rng(0)
    who = np.repeat(np.arange(12), 10)
    noise = rng.normal(size=(120, 3)) + np.repeat(rng.normal(size=(12, 3)), 10, axis=0)
    frame = pd.DataFrame(noise, columns=list("abc")).assign(who=who, y=np.where(who % 2, "i", "w"))
    table = prepare(Table("t", frame), Options(target="y", groups="who"))
    untrained = compare(table, choose_model("linear", table.X, table.task)).by_role("untrained")
    assert untrained.risk == 0.5
    assert not untrained.clearly_worse


def test_standard_error_counts_groups_once():
    values = np.random.default_rng(0).normal(size=30)
    repeated = np.repeat(values, 5)
    groups = np.repeat(np.arange(30), 5)
    assert standard_error(values) == pytest.approx(values.std(ddof=1) / np.sqrt(30))
    assert standard_error(repeated, groups) == pytest.approx(standard_error(values))


def test_no_signal_is_called_so():
    rng = np.random.default_rng(5)
    found = assessed(table_of(rng.normal(size=(80, 5)), rng.normal(size=80)))
    assert "No clear sign that this model learns y" in verdict_on(found).headline


def test_a_bent_target_calls_for_a_bigger_model():
    rng = np.random.default_rng(6)
    X = rng.uniform(-2, 2, size=(300, 2))
    found = assessed(table_of(X, X[:, 0] + X[:, 1] ** 2 + 0.1 * rng.normal(size=300)))
    headline = verdict_on(found).headline
    assert "Change the model to" in headline
    assert found.comparison.best.role in ("bigger", "flexible")


def test_the_simple_baseline_wins_over_a_needless_forest():
    X, y = linear_rows(80, 6, 0.3, seed=7)
    found = assessed(table_of(X, y), "ExtraTreesRegressor(n_estimators=10)")
    assert "Use the simple baseline RidgeCV" in verdict_on(found).headline
    assert found.stopping is None


def test_a_target_in_disguise_is_suspected():
    X, y = linear_rows(60, 3, 0.5, seed=8)
    table = table_of(np.column_stack([X, 2.5 * y + 1e-4 * X[:, 0]]), y)
    headline = verdict_on(assessed(table)).headline
    assert "Too good to be true" in headline
    assert "x3" in headline


def test_rows_for_a_goal_and_twice_the_rows_agree(crowded):
    more = crowded.more_rows
    assert 0 < more.risk < crowded.risk
    assert more.lower < more.risk < more.upper
    assert more.goal.risk == pytest.approx(0.8**2)
    assert more.goal.n_samples > 80
    assert more.noise_floor < more.risk


def test_more_rows_promised_are_kept():
    kept = []
    for seed in range(20, 44, 4):
        X, y = linear_rows(120, 20, 1.0, seed=seed)
        promised = assessed(table_of(X[:60], y[:60])).more_rows
        more_X, more_y = linear_rows(4000, 20, 1.0, seed=seed + 1)
        fit = RidgeCV(np.geomspace(1e-2, 1e4, 20)).fit(X, y)
        truth = np.mean((fit.predict(more_X) - more_y) ** 2)
        kept.append(promised.lower < truth < promised.upper)
    assert sum(kept) >= 5  # of six intervals of 90 %


def test_classes_are_judged_by_errors():
    rng = np.random.default_rng(11)
    y = np.array(["no", "yes"])[np.arange(100) % 2]
    X = rng.normal(size=(100, 3)) + 1.0 * (y == "yes")[:, None]
    found = assessed(table_of(X, y))
    bayes = 0.193  # two normals at a distance of sqrt(3)
    assert found.scale.scoring == "error_rate"
    assert abs(found.risk - bayes) < 0.12
    assert "predicts the wrong y for" in verdict_on(found).advice[0].reason


@pytest.mark.parametrize("model", ["RidgeCV", "RidgeCV()"])
def test_a_model_of_the_baselines_class_stands_beside_the_baseline(model):
    X, y = linear_rows(60, 3, 0.5, seed=9)
    results = compare(table_of(X, y), choose_model(model, X, "regression")).results
    assert len(results) == len({result.name for result in results}) == 4
    assert sorted(one.role for one in results) == ["flexible", "model", "same", "untrained"]


def test_learning_nothing_is_no_sign_of_learning():
    X, y = linear_rows(60, 3, 0.3, seed=10)
    headline = verdict_on(assessed(table_of(X, y), "DummyRegressor")).headline
    assert headline.startswith("No clear sign that this model learns y")
    assert "RidgeCV does better (" in headline


def test_better_than_a_model_that_diverges_is_no_sign_of_learning_either():
    rng = np.random.default_rng(0)
    table = table_of(rng.normal(size=(60, 3)), rng.normal(size=60))
    found = assessed(table, "SGDRegressor(learning_rate='constant', eta0=0.9)")
    assert rival(found) is not None
    assert "does better" not in verdict_on(found).headline


def result(role, risk, difference, error):
    return Result(role, role, risk, 0.1, difference, error)


def test_as_good_is_neither_noticeably_nor_clearly_worse():
    scale, own = Scale("regression", "y", 4.0), result("model", 1.0, 0.0, 0.0)
    assert as_good(result("simple", 1.02, 0.02, 0.02), own, scale)
    assert not as_good(result("simple", 1.02, 0.02, 0.005), own, scale)  # clearly worse
    assert not as_good(result("simple", 1.5, 0.5, 0.4), own, scale)  # by 22 %, though uncertain


def test_a_rival_is_clearly_and_noticeably_better():
    own, scale = result("model", 1.0, 0.0, 0.0), Scale("regression", "y", 4.0)
    unsure, clear = result("flexible", 0.5, -0.5, 0.4), result("simple", 0.6, -0.4, 0.1)
    tiny = result("simple", 0.999, -0.001, 0.0001)

    def among(*others):
        comparison = Comparison([*others, own], "", [], np.zeros(1))
        return rival(SimpleNamespace(comparison=comparison, scale=scale))

    assert among(unsure, clear) is clear
    assert among(unsure, tiny) is None


def test_a_goal_that_is_reached_is_said_to_be(crowded):
    def asked(risk):
        more = ask_for_more(crowded.forecast, crowded.scale, crowded.risk, 0.01, risk)
        (answer,) = [
            advice
            for advice in verdict_on(replace(crowded, more_rows=more)).advice
            if advice.question.startswith("How many rows")
        ]
        return answer

    easily = asked(2.0 * crowded.risk)
    assert easily.answer in ("enough already", "probably enough already")
    assert asked(1.01 * crowded.risk).answer == "probably enough already"
    assert asked(0.8 * crowded.risk).answer.startswith("about")


def test_what_may_pay_is_not_said_to_hardly_matter(crowded):
    stop = crowded.stopping
    unsure = replace(stop, end_difference_error=stop.end_difference)
    verdict = verdict_on(replace(crowded, stopping=unsure))
    assert "Stop training" not in verdict.headline
    answers = {advice.question: advice.answer for advice in verdict.advice}
    assert answers["When should training stop?"].startswith("perhaps after")


def test_a_floor_that_another_model_is_below_is_no_noise():
    rng = np.random.default_rng(15)
    X = rng.uniform(-2, 2, size=(300, 3))
    found = assessed(table_of(X, X[:, 0] + np.sign(np.sin(9 * X[:, 1])) + 0.1 * X[:, 2]))
    assert rival(found).role == "flexible"
    (reason,) = [one.reason for one in verdict_on(found).advice if "more rows" in one.question]
    assert "HistGradientBoostingRegressor is already below that level" in reason


def test_training_that_never_overtrains_is_told_to_go_on():
    X, y = linear_rows(60, 2, 0.0, seed=12)
    found = assessed(table_of(X, y + 1e-3 * np.sin(17 * X[:, 0])))
    endless = replace(found, stopping=replace(found.stopping, time=np.inf, epochs=np.inf))
    best = [option.name for option in verdict_on(endless).options if option.best]
    assert best[0] == "train to the end"
    assert not any(
        "infinitely many epochs" in option.name for option in verdict_on(endless).options
    )


def test_increases_are_told_in_percent_or_as_multiples():
    assert raised(0.0123) == "by 1.2\u00a0%"
    assert raised(1.5) == "by 150\u00a0%"
    assert raised(78.1) == "79.1-fold"
    assert percent(12.345) == "1,234\u00a0%"


@pytest.mark.parametrize(
    ("level", "text"), [(0.9, "90"), (0.999, "99.9"), (0.99999, "99.999"), (0.07, "7")]
)
def test_levels_are_shown_as_given(level, text):
    assert level_text(level) == f"{text}\u00a0%"


def doubts_of(found):
    return " ".join(verdict_on(found).doubts)


def test_heavy_tails_are_told():
    rng = np.random.default_rng(13)
    X = rng.normal(size=(200, 3))
    even, heavy = rng.normal(size=200), rng.standard_t(2, size=200)
    assert "Heavy tails" not in doubts_of(assessed(table_of(X, X[:, 0] + even)))
    told = doubts_of(found := assessed(table_of(X, X[:, 0] + heavy)))
    losses = np.sort(found.comparison.residuals**2)
    share = 100 * losses[-4:].sum() / losses.sum()
    assert f"the 4 largest errors make up {share:.0f}\u00a0% of the squared error" in told
    assert "logarithm" not in told  # of a target that can be negative
    many = rng.normal(size=40_000) * np.where(np.arange(40_000) < 800, 7.0, 1.0)
    enough = replace(found, comparison=replace(found.comparison, residuals=many))
    assert np.sort(many**2)[-800:].sum() > 0.4 * (many**2).sum()  # but rows enough for a mean
    assert "Heavy tails" not in doubts_of(enough)


def test_next_to_no_errors_have_an_exact_bound():
    rng = np.random.default_rng(18)
    y = np.array(["no", "yes"])[np.arange(100) % 2]
    X = rng.normal(size=(100, 2)) + 8.0 * (y == "yes")[:, None]
    found = assessed(table_of(X, y))
    assert found.risk == 0.0
    most = 1 - 0.05 ** (1 / 100)  # so likely it is that 100 rows are all right
    told = doubts_of(found)
    assert "None of 100 rows was misclassified" in told
    assert f"The error rate may be up to {100 * most:.1f}\u00a0% (95\u00a0% confidence)" in told
    assert "misclassified" not in doubts_of(replace(found, risk=0.05))


@pytest.mark.slow
def test_related_neighbours_are_told_unless_they_are_grouped():
    rng = np.random.default_rng(14)
    people = np.repeat(np.arange(60), 4)
    X = rng.normal(size=(240, 2))
    y = X[:, 0] + rng.normal(size=60)[people] + 0.5 * rng.normal(size=240)
    frame = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "y": y, "who": people})
    table = Table("t", frame)
    alone = prepare(table, Options(target="y", drop=("who",)))
    found = assessed(alone)
    assert "Errors of neighbouring rows are correlated (0." in doubts_of(found)
    assert "use --groups first" in verdict_on(found).headline
    grouped = prepare(table, Options(target="y", groups="who"))
    assert "Errors of neighbouring rows" not in doubts_of(assessed(grouped))
    order = rng.permutation(240)
    shuffled = prepare(Table("t", frame.iloc[order]), Options(target="y", drop=("who",)))
    assert "Errors of neighbouring rows" not in doubts_of(assessed(shuffled))


def in_time(wave, spread, seed):
    """Rows in no order, of days on which a wave that is in no column moves the target."""
    rng = np.random.default_rng(seed)
    X = rng.normal(size=(240, 2))
    y = X[:, 0] + wave + spread * rng.normal(size=240)
    days = pd.date_range("2024-01-01", periods=240)
    frame = pd.DataFrame({"a": X[:, 0], "b": X[:, 1], "day": days, "y": y})
    return Table("t", frame.iloc[rng.permutation(240)])


def test_neighbours_in_time_are_looked_at_however_the_table_is_sorted():
    days = np.arange(240)
    table = in_time(np.sin(days / 4), 0.5, seed=21)
    found = assessed(prepare(table, Options(target="y")))
    assert neighbours_alike(found) == 0.0
    assert "Errors are correlated in time (column day; correlation 0." in doubts_of(found)
    assert "expect larger errors on future dates" in verdict_on(found).headline
    ordered = replace(table, frame=table.frame.sort_values("day"))
    told = doubts_of(assessed(prepare(ordered, Options(target="y"))))
    assert told.count("correlated") == 1
    quiet = assessed(prepare(in_time(0.0, 0.5, seed=22), Options(target="y")))
    assert "date" not in doubts_of(quiet) + verdict_on(quiet).headline


def test_later_dates_that_are_missed_more_are_told():
    table = in_time(0.0, np.linspace(0.1, 2.0, 240), seed=23)
    told = doubts_of(assessed(prepare(table, Options(target="y"))))
    assert "Errors are larger on later dates (column day; rank correlation 0." in told


def test_few_errors_say_nothing_of_neighbours():
    wrong = np.zeros(200)
    wrong[:3] = 1.0

    def alike(residuals, task="classification"):
        table, scale = SimpleNamespace(groups=None), Scale(task, "y", 1.0)
        comparison = Comparison([], "", [], residuals)
        found = SimpleNamespace(comparison=comparison, table=table, scale=scale)
        return neighbours_alike(found)

    assert alike(wrong) == 0.0
    wrong[:30] = 1.0
    assert alike(wrong) > 0.9
    heavy = np.random.default_rng(17).normal(size=200)
    heavy[100:102] = 1e3  # two odd rows are no order
    assert alike(heavy, "regression") == 0.0


def test_a_kernel_of_very_many_rows_is_refused_before_the_work():
    X = np.random.default_rng(16).normal(size=(20_001, 1))
    with pytest.raises(InputError, match=r"rbf: a kernel model of 20,001 rows .* --max-rows 5000"):
        assessed(table_of(X, X[:, 0]), "rbf")


def test_doubts_of_the_forecast_are_left_out_by_kind_not_by_words(crowded):
    curve = copy(crowded.forecast)
    curve.warnings = [
        Doubt("training failed: indices repeat, heavy tails", "failed sizes"),
        Doubt("X: 3 row(s) recur", "warned by the path"),
        Doubt("few make up the risk", "heavy tails"),
    ]
    told = verdict_on(replace(crowded, forecast=curve)).doubts
    of_curve = [doubt for doubt in told if doubt.startswith("Learning curve: ")]
    assert of_curve == ["Learning curve: training failed: indices repeat, heavy tails."]


def test_no_penalty_is_not_said_to_regularize(crowded):
    for penalty, said in ((0.0, "A ridge penalty does not lower"), (2.0, "Both regularize")):
        stop = replace(crowded.stopping, ridge_penalty=penalty)
        (advice,) = [
            advice
            for advice in verdict_on(replace(crowded, stopping=stop)).advice
            if advice.question == "Would regularization help?"
        ]
        assert said in advice.reason
        assert ("Both regularize" in advice.reason) == (penalty > 0)
