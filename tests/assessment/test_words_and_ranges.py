"""No number leaves its range, and no word says more than the interval beside it."""

import json
import re
from copy import copy
from dataclasses import replace
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskcast.assessment import Questions, Scale, assess_table, verdict_on
from riskcast.assessment._json import json_report
from riskcast.assessment._judgements import chance_of_fall, rows_pay
from riskcast.assessment._more_rows import curve_from_here
from riskcast.assessment._options import options
from riskcast.assessment._page import html_report
from riskcast.cli._terminal import print_report
from riskcast.learning_curves.subsampling._points import ObservedPoints
from riskcast.models import choose_model
from riskcast.tables import Options, Table, prepare

LETTERS = np.array(list("tuvwxyz"))


def classes_of(counts, signal, seed, n_columns=4, groups=False):
    random = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(counts)), counts)
    X = random.normal(size=(len(labels), n_columns))
    X[:, 0] += signal * labels
    frame = pd.DataFrame(X, columns=[f"x{k}" for k in range(n_columns)])
    frame["y"] = LETTERS[labels]
    if groups:
        frame["who"] = random.permutation(len(labels)) // 2
    return frame


def assessed(frame, model="linear", groups=None, **questions):
    table = prepare(Table("t", frame), Options(target="y", groups=groups))
    return assess_table(table, choose_model(model, table.X, table.task), Questions(**questions))


def amounts(seed):
    random = np.random.default_rng(seed)
    X = random.normal(size=(24, 6))
    y = X[:, 0] + random.standard_t(2, size=24)
    return pd.DataFrame(X, columns=list("abcdef")).assign(y=y)


TABLES = {
    "six classes, two of two rows": (classes_of([2, 2, 6, 6, 6, 6], 0.0, 0), {}),
    "six classes, some signal": (classes_of([2, 2, 6, 6, 6, 6], 0.7, 1), {}),
    "three rows a class": (classes_of([3] * 7, 0.5, 2), {}),
    "all classes but one are tiny": (classes_of([24, 2, 2, 2], 0.3, 4), {}),
    "no error at all": (classes_of([20, 20], 50.0, 5), {}),
    "one error or so": (classes_of([15, 15], 5.0, 6), {}),
    "groups": (classes_of([2, 4, 10, 10], 0.4, 7, groups=True), {"groups": "who"}),
    "an estimator": (
        classes_of([2, 2, 8, 8, 8], 0.4, 8), {"model": "KNeighborsClassifier(n_neighbors=1)"}
    ),
    "amounts with heavy tails": (amounts(9), {}),
    "a narrow level": (classes_of([2, 2, 6, 6, 6, 6], 0.7, 1), {"level": 0.3}),
    "a wide level": (classes_of([2, 2, 6, 6, 6, 6], 0.7, 1), {"level": 0.999}),
}  # fmt: skip


@pytest.fixture(scope="module", params=TABLES, ids=lambda name: name.replace(" ", "_"))
def found(request):
    frame, how = TABLES[request.param]
    return assessed(frame, **how)


def ordered_within(scale, *triples):
    most = 1.0 if scale.task == "classification" else np.inf
    for lower, risk, upper in triples:
        lower, risk, upper = (np.asarray(one) for one in (lower, risk, upper))
        assert (lower >= 0.0).all()
        assert (lower <= risk).all()
        assert (risk <= upper).all()
        assert (upper <= most).all()


def test_all_numbers_stay_in_their_range(found):
    more, curve = found.more_rows, found.forecast
    ordered_within(
        found.scale,
        (more.lower, more.risk, more.upper),
        (more.noise_floor_lower, more.noise_floor, more.noise_floor_upper),
        (curve.lower, curve.risk, curve.upper),
        *(tuple(np.array(curve.at([size]))[[1, 0, 2]]) for size in (5, 8, 1e6, np.inf)),
        (curve.noise_floor_interval[0], curve.noise_floor, curve.noise_floor_interval[1]),
        (curve.limit.floor, curve.limit.risk, curve.limit.risk),
        (curve.observed.risk, curve.observed.risk, curve.observed.risk),
        (found.risk, found.risk, found.risk),
        *((one.lower, one.risk, one.upper) for one in options(found)),
    )
    assert more.gain_lower <= more.gain <= more.gain_upper <= 1.0
    assert 0.0 <= curve.limit.removable <= 1.0
    if found.scale.task == "classification" and found.risk > 0:
        assert found.risk * (1.0 - more.gain_lower) <= 1.0 + 1e-12


def percentages(text):
    return [float(one.replace(",", "")) for one in re.findall(r"(-?[\d,.]+)\s?%", text)]


def test_reports_hold_no_impossible_number(found, capsys):
    verdict = verdict_on(found)
    print_report(found, verdict)
    printed = capsys.readouterr().out
    page = re.sub(r"<(style|svg).*?</\1>", "", html_report(found, verdict), flags=re.DOTALL)
    for text in (printed, re.sub(r"<[^>]*>", " ", page)):
        assert not re.search(r"-\d[\d.]*\s?%", text)
    if found.scale.task == "classification":
        rates = re.sub(r"[\d.,]+\s?% (higher|lower|more)", "", " ".join(printed.split()))
        rates = re.sub(r"\(99.9\s?%|30\s?% interval", "", rates)
        assert max(percentages(rates)) <= 100.0
    kept = json.loads(json_report(found, verdict))
    curve = kept["learning_curve"]
    ordered_within(found.scale, (curve["lower"], curve["risk"], curve["upper"]))


def agrees(found):
    """What a reader would hold against the words about more rows, by the interval shown."""
    more = found.more_rows
    worthwhile = 0.06 if found.scale.task == "classification" else 0.03
    verdict = verdict_on(found)
    answer = next(one.answer for one in verdict.advice if one.question == "Would more rows help?")
    helps = answer in ("yes", "probably") or re.search(
        r"Collect more|probably help:", verdict.headline
    )
    little = answer in ("not much", "no", "probably not much")
    if helps and not more.gain_lower > -worthwhile:
        return False
    if answer == "yes" and not more.gain_lower >= worthwhile:
        return False
    return not (little and more.gain_upper >= 3.0 * worthwhile)


def test_words_agree_with_the_interval_beside_them(found):
    assert agrees(found)


@pytest.fixture(scope="module", params=["classes", "amounts"])
def learned(request):
    """Something that is surely learned, so that only the interval decides."""
    random = np.random.default_rng(0)
    X = random.normal(size=(80, 3))
    y = X[:, 0] + 0.5 * random.normal(size=80)
    frame = pd.DataFrame(X, columns=list("abc"))
    found = assessed(frame.assign(y=LETTERS[(y > 0) * 1] if request.param == "classes" else y))
    curve = copy(found.forecast)
    curve.warnings = []
    return replace(found, forecast=curve)


@given(
    ends=st.tuples(*[st.floats(-3.0, 0.99)] * 3).map(sorted),
    level=st.sampled_from([0.1, 0.5, 0.9, 0.99]),
)
def test_no_word_says_more_than_the_interval(learned, ends, level):
    least, gain, most = ends
    more = replace(
        learned.more_rows, gain_lower=least, gain=gain, gain_upper=most, level=level
    )  # fmt: skip
    assert agrees(replace(learned, more_rows=more))


@given(
    risk=st.floats(0.0, 1.0),
    error=st.floats(0.0, 0.5),
    rises=st.lists(st.floats(-3.0, 3.0), min_size=3, max_size=3),
    doubt=st.floats(0.0, 1.0),
)
def test_curves_of_error_rates_end_at_one(risk, error, rises, doubt):
    points = ObservedPoints(
        np.array([20.0, 40.0]), np.array([0.5, 0.4]), np.diag([doubt, doubt]), highest=1.0
    )
    curves = np.minimum(np.exp(np.outer(np.linspace(0.5, 1.5, 9), [*rises, -0.5])), 1.0)
    forecast = SimpleNamespace(
        level=0.9, n_rows=40, observed=points, scoring="error_rate", curves=lambda _: curves
    )
    found = curve_from_here(forecast, np.array([10.0, 80.0, np.inf]), risk, error)
    ordered_within(Scale("classification", "y", np.nan), (found.lower, found.risk, found.upper))
    assert (found.share_lower <= found.share).all()
    assert (found.share <= found.share_upper).all()
    assert (risk * found.share_upper <= 1.0 + 1e-12).all()


def test_the_chance_of_a_fall_is_that_of_draws():
    """A normal logarithm with a spread of its own on either side."""
    random = np.random.default_rng(0)
    draws = random.standard_normal(400_000)
    left = np.exp(-0.1 + np.where(draws > 0, 0.2, 0.05) * draws)
    least, gain, most = 1.0 - np.quantile(left, [0.95, 0.5, 0.05])
    more = SimpleNamespace(gain_lower=least, gain=gain, gain_upper=most, level=0.9)
    for share in (-0.2, 0.0, 0.06, 0.12, 0.2):
        assert chance_of_fall(more, share) == pytest.approx(np.mean(left <= 1 - share), abs=3e-3)


@pytest.mark.parametrize(
    ("ends", "level", "word"),
    [
        ((0.10, 0.20, 0.30), 0.9, "surely"),
        ((0.10, 0.12, 0.30), 0.2, "probably"),  # a fifth of what is plausible is no surety
        ((-0.02, 0.20, 0.40), 0.9, "probably"),
        ((-0.72, 0.20, 0.54), 0.9, "unclear"),
        ((-0.05, 0.01, 0.08), 0.9, "probably not"),
        ((-0.05, 0.01, 0.50), 0.9, "unclear"),
        ((-0.01, 0.00, 0.01), 0.9, "not"),
    ],
)
def test_words_by_the_interval(learned, ends, level, word):
    least, gain, most = ends
    more = replace(learned.more_rows, gain_lower=least, gain=gain, gain_upper=most, level=level)
    assert rows_pay(replace(learned, more_rows=more)) == word


def test_a_limit_is_not_sure_where_the_interval_of_the_floor_is_not(learned):
    limit = replace(learned.limit, kind="floor", sure=True)
    for lower, sure in ((0.8, True), (0.1, False)):
        more = replace(
            learned.more_rows,
            noise_floor=0.9 * learned.risk,
            noise_floor_lower=lower * learned.risk,
        )
        told = verdict_on(replace(learned, limit=limit, more_rows=more)).advice
        reason = next(one.reason for one in told if one.question == "Would more rows help?")
        assert ("probably limited by" not in reason) == sure


def test_a_goal_within_the_interval_of_the_floor_is_not_ruled_out(learned):
    goal = SimpleNamespace(
        risk=0.1 * learned.risk, level=0.9, lower=np.inf, upper=np.inf, n_samples=np.inf,
        n_rows=80, chance=0.0,
    )  # fmt: skip
    for lower, word in ((0.05, "probably out of reach"), (0.5, "out of reach")):
        more = replace(learned.more_rows, goal=goal, noise_floor_lower=lower * learned.risk)
        told = verdict_on(replace(learned, more_rows=more)).advice
        assert next(one.answer for one in told if "How many rows" in one.question) == word


def test_an_error_that_reaches_below_nothing_is_told_as_an_interval():
    scale = Scale("classification", "y", np.nan)
    assert scale.text_with_error(0.05, 0.094) == "5.0\u00a0% (0.0\u00a0% to 14.4\u00a0%)"
    assert scale.text_with_error(0.95, 0.1) == "95.0\u00a0% (85.0\u00a0% to 100.0\u00a0%)"
    assert scale.text_with_error(0.05, 0.01) == "5.0\u00a0% ± 1.0\u00a0%"
    amounts = Scale("regression", "y", 1.0)
    assert amounts.text_with_error(1.0, 3.0) == "1.00 (0 to 2.50)"


def test_a_model_worse_than_the_mean_explains_nothing(learned):
    if learned.scale.task == "classification":
        return
    worse = replace(learned, risk=2.0 * learned.scale.variance)
    assert "does not explain any of the variance (R² = -1.00)" in verdict_on(worse).advice[0].reason


def test_without_an_error_there_is_nothing_to_lower():
    found = assessed(classes_of([15, 15], 5.0, 6))
    assert found.risk == 0.0
    verdict = verdict_on(found)
    assert verdict.headline.endswith("The error is already zero, so more rows cannot lower it.")
    assert ("Would more rows help?", "no") in [(a.question, a.answer) for a in verdict.advice]
