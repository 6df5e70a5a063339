"""Whether targets are classes or are regressed: the scoring says, or else the targets."""

import warnings
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest
from sklearn.base import is_classifier
from sklearn.datasets import load_wine
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics import (
    f1_score,
    get_scorer,
    get_scorer_names,
    log_loss,
    make_scorer,
    mean_absolute_error,
    mean_pinball_loss,
    median_absolute_error,
    r2_score,
    zero_one_loss,
)
from sklearn.preprocessing import StandardScaler

import riskcast as rc
from riskcast.path._task import scores_classes, task_of
from riskcast.tables._target import take_target

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 3))
COUNTS = np.digitize(X[:, 0] + 0.3 * RNG.standard_normal(60), [-1.0, 0.0, 1.0])  # 0 to 3


def path_of(y, **options):
    return rc.risk_path(X, y, times=[1.0], **options)


@pytest.mark.parametrize(
    ("metric", "options"),
    [
        (mean_absolute_error, {"greater_is_better": False}),
        (mean_absolute_error, {}),
        (median_absolute_error, {"greater_is_better": False}),
        (r2_score, {}),
        (mean_pinball_loss, {"greater_is_better": False, "alpha": 0.3}),
    ],
)
@pytest.mark.parametrize("y", [COUNTS, COUNTS % 2, COUNTS.astype(np.uint8), COUNTS.tolist()])
def test_a_scorer_of_a_regression_metric_regresses_integers(metric, options, y):
    path = path_of(y, scoring=make_scorer(metric, **options))
    assert path.classes is None
    keywords = {"alpha": 0.3} if "alpha" in options else {}
    sign = 1.0 if options.get("greater_is_better", True) else -1.0
    expected = -sign * metric(np.asarray(y, dtype=float), path.loo_predictions(1.0), **keywords)
    assert path.risk[0] == pytest.approx(expected)


def test_scorers_that_are_made_are_scored_as_by_their_names():
    made = make_scorer(mean_absolute_error, greater_is_better=False)
    assert (
        path_of(COUNTS, scoring=made).risk
        == path_of(COUNTS, scoring="neg_mean_absolute_error").risk
    )


@pytest.mark.parametrize("name", get_scorer_names())
def test_every_named_scorer_is_of_the_kind_of_its_metric(name):
    """Oracle: metrics of classes refuse, or warn of, targets that are continuous."""
    y = 1.5 + RNG.random(20)
    model, scorer = DummyRegressor().fit(y[:, None], y), get_scorer(name)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            regresses = np.isfinite(scorer(model, y[:, None], y))
        except (ValueError, UserWarning, AttributeError):
            regresses = False
    assert scores_classes(name) == scores_classes(scorer) == (not regresses)


@pytest.mark.parametrize(
    ("scorer", "classes"),
    [
        (make_scorer(f1_score, average="macro"), True),
        (make_scorer(log_loss, response_method="predict_proba", greater_is_better=False), True),
        (make_scorer(zero_one_loss, greater_is_better=False), True),
        (make_scorer(lambda y, p: 0.0, response_method="decision_function"), True),
        (make_scorer(lambda y, p: 0.0), None),
        (lambda estimator, X, y: 0.0, None),
    ],
)
def test_scorers_of_classes_stay_so_and_others_do_not_say(scorer, classes):
    assert scores_classes(scorer) is classes


def test_a_callable_that_does_not_say_leaves_it_to_the_targets():
    seen = []

    def score(estimator, X, y):
        seen.append(is_classifier(estimator))
        return 0.0

    for y in (COUNTS, X[:, 0], np.arange(60), COUNTS.astype(str)):
        path_of(y, scoring=score)
        assert seen[-1] == (path_of(y).classes is not None)
    assert set(seen) == {True, False}


@pytest.mark.parametrize("metric", [mean_absolute_error, f1_score, r2_score])
def test_a_metric_is_no_scorer(metric):
    with pytest.raises(TypeError, match=rf"^scoring: got the metric {metric.__name__}; .*make_sc"):
        path_of(COUNTS, scoring=metric)
    with pytest.raises(TypeError, match=r"^scoring: got the metric"):
        rc.forecast(X, COUNTS, estimator=Ridge(), scoring=metric)


@pytest.mark.parametrize(
    ("y", "classes", "remedy"),
    [(COUNTS + 3, True, r"y\.astype\(float\)"), (np.arange(60) % 12, False, r"y\.astype\(str\)")],
)
def test_a_scorer_of_ones_own_is_told_how_to_say_it(y, classes, remedy):
    scorer = make_scorer(lambda truth, predicted: 0.0)
    with pytest.warns(UserWarning, match=rf"^y: .*; pass {remedy}"):
        path = path_of(y, scoring=scorer)
    assert (path.classes is not None) is classes
    with warnings.catch_warnings():
        warnings.simplefilter("error", UserWarning)
        other = path_of(y.astype(str) if not classes else y + 0.5 * np.pi, scoring=scorer)
    assert (other.classes is not None) is not classes


def test_wine_is_classified_by_default_and_says_so():
    rows, y = load_wine(return_X_y=True)
    rows = StandardScaler().fit_transform(rows)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path = rc.risk_path(rows, y)
        fc = rc.forecast(rows, y)
    np.testing.assert_array_equal(path.risk, rc.risk_path(rows, y, scoring="error_rate").risk)
    assert path.scoring == fc.scoring == "error_rate"
    assert path.scoring_reason == fc.scoring_reason == "y holds integers with 3 distinct values"
    assert "3 classes" in repr(path)
    assert "classes" in repr(fc)


CLASSES = {
    "text": COUNTS.astype(str),
    "text as objects": np.array(list("abca") * 15, dtype=object),
    "bytes": (COUNTS % 2).astype("S"),
    "bool": COUNTS > 1,
    "bool as objects": np.array(COUNTS > 1, dtype=object),
    "pandas bool": pd.Series(COUNTS > 1, dtype="boolean"),
    "pandas text": pd.Series(COUNTS.astype(str), dtype="string"),
    "category of numbers": pd.Series(COUNTS + 0.5).astype(str).astype("category"),
    "category of integers": pd.Series(np.arange(60) // 4).astype("category"),
    "frame of a category": pd.DataFrame({"y": COUNTS}).astype("category"),
    "integers": COUNTS,
    "unsigned": COUNTS.astype(np.uint16),
    "pandas integers": pd.Series(COUNTS, dtype="Int64"),
    "integers in a list": COUNTS.tolist(),
    "integers as objects": COUNTS.astype(object),
    "a column of integers": COUNTS[:, None],
    "two integers": np.where(COUNTS > 1, 7, -7),
    "ten integers": np.arange(60) % 10,
}
AMOUNTS = {
    "numbers": X[:, 0],
    "single precision": X[:, 0].astype(np.float32),
    "numbers as objects": X[:, 0].astype(object),
    "fractions": [Fraction(k, 7) for k in range(60)],
    "many integers": np.arange(60) * 3 - 50,
    "pandas integers": pd.Series(np.arange(60) ** 2, dtype="Int64"),
    "two outputs of integers": np.column_stack([COUNTS, COUNTS % 2]),
}


@pytest.mark.parametrize("y", CLASSES.values(), ids=CLASSES)
def test_these_are_classes_by_default(y):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path = path_of(y)
    assert path.scoring == "error_rate"
    values = np.asarray(y).ravel()
    assert path.classes.tolist() == sorted(set(values.tolist()))
    assert path.risk[0] == path_of(y, scoring="error_rate").risk[0]


@pytest.mark.parametrize("y", AMOUNTS.values(), ids=AMOUNTS)
def test_these_are_regressed_by_default(y):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path = path_of(y)
    assert path.scoring == "squared_error"
    assert path.classes is None
    assert path.risk[0] == path_of(y, scoring="squared_error").risk[0]
    assert "regression" in repr(path)


@pytest.mark.parametrize(
    ("y", "message", "scoring"),
    [
        (COUNTS.astype(float), "floating-point numbers with only 4 distinct", "squared_error"),
        (np.where(COUNTS > 1, 1.0, -1.0), "numbers with only 2 distinct values", "squared_error"),
        (COUNTS + 3, "integers from 3 to 6 with 4 .* treated as class labels", "error_rate"),
        (np.arange(60) % 12, "integers from 0 to 11 are regressed", "squared_error"),
        (np.arange(60) % 30 + 1, "integers from 1 to 30 are regressed", "squared_error"),
    ],
)
def test_where_it_may_be_meant_otherwise_there_is_a_warning(y, message, scoring):
    with pytest.warns(UserWarning, match=f"^y: .*{message}.*scoring='"):
        path = path_of(y)
    assert path.scoring == scoring
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        path_of(y, scoring=scoring)


def test_text_that_hardly_repeats_is_not_classes():
    numbers = [f"{value:.3f}" for value in X[:, 0]]
    with pytest.raises(ValueError, match=r"^y: holds text with 60 .*y\.astype\(float\)"):
        path_of(numbers)
    path = path_of(numbers, scoring="squared_error")
    assert path.risk[0] == path_of(np.round(X[:, 0], 3)).risk[0]


@pytest.mark.parametrize("y", [COUNTS, COUNTS + 3, np.arange(60) % 12, np.arange(60) % 2, X[:, 0]])
def test_a_table_and_python_decide_alike(y):
    decided = take_target(pd.Series(y), "y", None).task
    assert task_of(None, y).is_classes == (decided == "classification")


def test_estimators_decide_by_their_own_kind():
    labels = np.arange(60) % 12
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        regressor = rc.GradientFlowRegressor(time=1.0).fit(X, COUNTS)
        classifier = rc.GradientFlowClassifier(
            time=1.0, scoring=make_scorer(lambda y, p: np.mean(y == p))
        ).fit(X, labels)
        fc = rc.forecast(X, COUNTS, estimator=Ridge(), scoring=None)
    assert regressor.risk_path_.classes is None
    assert len(classifier.risk_path_.classes) == 12
    assert fc.scoring == "squared_error"
    assert fc.scoring_reason == "the estimator is no classifier"
    with pytest.raises(ValueError, match="is a regression score"):
        rc.GradientFlowClassifier(scoring=make_scorer(mean_absolute_error)).fit(X, labels)
