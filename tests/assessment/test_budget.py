"""What is left out where a run would take too long, decided with costs that are given."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskcast.assessment import Budget, assess_table, verdict_on
from riskcast.assessment._budget import Cost, Work, duration, plan
from riskcast.assessment._contenders import contenders_for
from riskcast.assessment._costs import drawn_rows, measured_work
from riskcast.models import Model, choose_model
from riskcast.tables import InputError, LearningTable

NO_MEMORY, PLENTY = (lambda rows: 0.0), 1e18


def work(n_rows, model, others=(), memory=NO_MEMORY, extra=10.0):
    return Work(n_rows, model, extra, dict(others), memory)


def table_of(X, y, groups=None):
    classes = y.dtype.kind != "f"
    return LearningTable(
        X=X, y=y, groups=groups, feature_names=[f"x{k}" for k in range(X.shape[1])], source="t",
        target="y", task="classification" if classes else "regression", task_reason="as set",
        columns=[], notes=[], n_rows_read=len(y), standardized=True,
        correlation=np.zeros(X.shape[1]),
    )  # fmt: skip


def random_table(n_rows, n_columns=3, classes=0, seed=0):
    random = np.random.default_rng(seed)
    X = random.standard_normal((n_rows, n_columns))
    y = X[:, 0] + random.standard_normal(n_rows)
    return table_of(X, random.integers(0, classes, n_rows).astype(str) if classes else y)


class Clock:
    """Time that passes only when told."""

    def __init__(self):
        self.now = 0.0

    def __call__(self):
        return self.now


def test_within_the_budget_nothing_changes():
    cheap = work(1000, Cost(1.0, 1000, 1.0), {"boosting": Cost(2.0, 1000, 1.0)})
    found = plan(cheap, 600.0, PLENTY)
    assert (found.rows, found.left_out) == (1000, ())
    assert found.seconds == pytest.approx(10 + 10 * 0.9 + 10 * 0.9 * 2)


def test_costly_models_are_left_out_before_rows():
    found = plan(
        work(
            5000,
            Cost(1.0, 5000, 1.0),
            {"ridge": Cost(0.1, 5000, 1.0), "boosting": Cost(500.0, 5000, 1.0)},
        ),
        600.0,
        PLENTY,
    )
    assert (found.rows, found.left_out) == (5000, ("boosting",))


def test_a_model_that_is_too_much_itself_gets_fewer_rows():
    found = plan(work(20_000, Cost(400.0, 20_000, 3.0)), 600.0, PLENTY)
    assert found.rows == 6000  # 14 fits of 400 s (0.3)³ take 150 s, of 8,000 rows 360 s
    assert found.whole_seconds > 5000


def test_memory_decides_where_it_is_shorter_than_time():
    grams = work(20_000, Cost(0.0, 1, 1.0), memory=lambda rows: 48.0 * rows**2)
    found = plan(grams, 600.0, 5e9)
    assert (found.rows, found.short_of_memory) == (10_000, True)


@pytest.mark.parametrize(
    ("given_work", "memory", "words"),
    [
        (work(500, Cost(1e6, 500, 1.0)), PLENTY, "--max-minutes 10"),
        (work(150, Cost(1e4, 150, 3.0)), PLENTY, "use a cheaper model"),
        (work(500, Cost(0.0, 1, 1.0), memory=lambda rows: 1e12), 1e9, "memory"),
    ],
)
def test_what_cannot_fit_is_refused_with_what_to_do(given_work, memory, words):
    with pytest.raises(InputError, match=words):
        plan(given_work, 600.0, memory)


@given(
    n_rows=st.integers(20, 10**6),
    seconds=st.floats(1e-3, 1e4),
    power=st.floats(1.0, 3.0),
    others=st.lists(st.floats(1e-3, 1e4), max_size=4),
    budget=st.floats(1.0, 1e4),
)
def test_a_plan_always_fits(n_rows, seconds, power, others, budget):
    """Oracle: the sum of the fits that are left."""
    todo = work(
        n_rows,
        Cost(seconds, n_rows, power),
        {f"m{k}": Cost(one, n_rows, 1.0) for k, one in enumerate(others)},
    )
    try:
        found = plan(todo, budget, PLENTY)
    except InputError:
        assert todo.of_model(min(200, n_rows)) > 0.3 * budget
        return
    kept = set(todo.others) - set(found.left_out)
    spent = todo.of_model(found.rows) + sum(todo.of_other(name, found.rows) for name in kept)
    assert spent <= budget * (1 + 1e-9)
    assert 0 < found.rows <= n_rows
    if todo.of_all(n_rows) <= budget:
        assert found.rows == n_rows
        assert not found.left_out


@pytest.mark.parametrize("power", [1.0, 2.0])
def test_costs_are_measured_on_few_rows_and_carried_on(power):
    table, clock = random_table(50_000), Clock()
    model = Model("own", "own", table.X, estimator=Slow())
    seen = []

    def fit(entrant, rows):
        if entrant.role == "model":
            seen.append(len(rows))
            clock.now += 1e-9 * len(rows) ** power * 1e5 ** (2 - power)

    found = measured_work(
        table, model, contenders_for(table, model)[:1], fit, Budget(10.0, 1e12, clock, clock)
    )
    assert max(seen) < 50_000
    assert found.model.at(50_000) == pytest.approx(1e-9 * 5e4**power * 1e5 ** (2 - power), rel=1e-6)


def test_a_busy_machine_takes_longer_than_its_processor():
    """Fits that take 0.3 s of the processor, during which a second passes."""
    table, wall, processor = random_table(50_000), Clock(), Clock()
    model = Model("own", "own", table.X, estimator=Slow())

    def fit(entrant, rows):
        wall.now += 1e-3 * len(rows)
        processor.now += 0.3e-3 * len(rows)

    own = contenders_for(table, model)[:1]
    found = measured_work(table, model, own, fit, Budget(10.0, 1e12, wall, processor))
    assert found.model.at(50_000) == pytest.approx(50.0, rel=1e-6)


class Slow:
    """An estimator that is never fitted."""


def test_small_tables_of_usual_models_are_not_measured():
    table = random_table(442, 10)
    model = choose_model("linear", table.X, "regression")

    def fit(entrant, rows):
        raise AssertionError("measured")

    found = measured_work(
        table, model, contenders_for(table, model), fit, Budget(10.0, 1e12, Clock(), Clock())
    )
    assert found.of_all(442) == 0.0


def test_drawn_rows_hold_each_class_in_its_share():
    classes = np.repeat(["a", "b", "c"], [7000, 2000, 1000])
    table = table_of(np.zeros((10_000, 2)), classes)
    rows = drawn_rows(table, 1000)
    counts = dict(zip(*np.unique(classes[rows], return_counts=True), strict=True))
    assert {name: abs(counts[name] - share) <= 1 for name, share in
            [("a", 700), ("b", 200), ("c", 100)]} == dict.fromkeys("abc", True)  # fmt: skip
    assert (rows == drawn_rows(table, 1000)).all()


def test_drawn_groups_are_whole():
    groups = np.random.default_rng(0).integers(0, 60, 3000)
    table = table_of(np.zeros((3000, 2)), np.zeros(3000), groups)
    rows = drawn_rows(table, 1000)
    assert 900 < len(rows) <= 1000
    for group in np.unique(groups[rows]):
        assert (groups == group).sum() == (groups[rows] == group).sum()


def test_rows_taken_keep_the_order_in_time():
    table = random_table(50)
    order = np.random.default_rng(1).permutation(50)
    from dataclasses import replace

    rows = np.sort(np.random.default_rng(2).permutation(50)[:20])
    fewer = replace(table, in_time=order).taken(rows, "drawn")
    np.testing.assert_array_equal(rows[fewer.in_time], [row for row in order if row in set(rows)])
    assert fewer.notes == ["drawn"]


def costly(monkeypatch, seconds, power=1.0):
    """Have every fit of named kinds take so many seconds of a clock of its own, at 1,000 rows."""
    from riskcast.assessment import _comparison as comparison
    from riskcast.assessment import _fitting as fitting

    clock = Clock()
    real = comparison.fitted

    def slow(entrant, table, train):
        rows = table.n_samples if isinstance(train, slice) else len(train)
        clock.now += seconds.get(type(entrant.estimator).__name__, 0.0) * (rows / 1000) ** power
        return real(entrant, table, train)

    monkeypatch.setattr(comparison, "fitted", slow)
    monkeypatch.setattr(fitting, "fitted", slow)
    return clock


def assessed(table, model, clock, minutes=10.0, seen=None):
    def progress(stage, done, total):
        if seen is not None:
            seen.append(stage)

    chosen = choose_model(model, table.X, table.task)
    return assess_table(table, chosen, None, progress, Budget(minutes, 1e12, clock, clock))


def test_a_model_that_costs_too_much_gets_drawn_rows_and_says_so(monkeypatch):
    clock = costly(monkeypatch, {"GradientFlowRegressor": 40.0})
    found = assessed(random_table(1500), "linear", clock)
    assert found.table.n_samples < 1500
    assert len(found.path.risk) > 1
    assert f"{found.table.n_samples:,} of 1,500 rows were drawn at random" in found.left_out[0]
    assert found.left_out[0] in verdict_on(found).doubts


def test_a_contender_that_costs_too_much_is_left_out_and_said(monkeypatch):
    clock = costly(monkeypatch, {"HistGradientBoostingRegressor": 4000.0})
    found = assessed(random_table(1100), "linear", clock)
    names = [result.name for result in found.comparison.results]
    assert found.table.n_samples == 1100
    assert "HistGradientBoostingRegressor" not in names
    assert "RidgeCV" in names
    assert any("HistGradientBoostingRegressor" in said for said in verdict_on(found).doubts)


def test_a_contender_that_is_slower_than_estimated_is_cut_off(monkeypatch):
    """On a small table nothing is measured in advance; the first fold tells."""
    clock = costly(monkeypatch, {"RidgeCV": 4000.0})
    found = assessed(random_table(100), "linear", clock)
    assert "RidgeCV" not in [result.name for result in found.comparison.results]
    assert any("RidgeCV was left out: it would take" in said for said in verdict_on(found).doubts)


def test_a_model_beyond_the_budget_is_refused(monkeypatch):
    clock = costly(monkeypatch, {"Lasso": 4000.0})
    with pytest.raises(InputError, match="--max-minutes 1"):
        assessed(random_table(100), "Lasso()", clock, minutes=1.0)


def test_a_model_slower_than_estimated_does_not_fail_on_the_table(monkeypatch):
    """On a small table nothing is measured in advance; the first fold tells."""
    clock = costly(monkeypatch, {"GradientFlowRegressor": 4000.0})
    with pytest.raises(InputError, match="--max-minutes 1 allows") as refused:
        assessed(random_table(100), "linear", clock, minutes=1.0)
    assert "fails" not in str(refused.value)
    assert str(refused.value).count("model ") == 1


def test_the_same_table_within_its_budget_is_left_as_it_is(monkeypatch):
    clock = costly(monkeypatch, {})
    seen = []
    found = assessed(random_table(100), "linear", clock, seen=seen)
    assert (found.table.n_samples, found.left_out) == (100, [])
    assert seen[0] == "Estimating the run time"
    assert {"Comparing: RidgeCV", "Measuring the learning curve"} <= set(seen)


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.1, "about 1 s"), (65, "about 65 s"), (1200, "about 20 minutes"), (9000, "about 2 hours"),
     (9e6, "about 104 days")],
)  # fmt: skip
def test_durations_are_told_in_words(seconds, words):
    assert duration(seconds) == words


def test_a_kernel_of_very_many_rows_is_cut_down_to_the_memory(monkeypatch):
    """20,001 rows would take 19 GB; with 4 MB there is room for 290."""
    clock = costly(monkeypatch, {"GradientFlowRegressor": 5.0})
    table = random_table(20_001, 1)
    chosen = choose_model("rbf", table.X, table.task)
    found = assess_table(table, chosen, None, None, Budget(1e6, 4e6, clock, clock))
    assert found.table.n_samples == 200
    assert "more memory than is free" in found.left_out[0]
