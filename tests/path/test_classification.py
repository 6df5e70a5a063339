"""Classes as one-hot targets, with the error rate or any scikit-learn score."""

import numpy as np
import pytest
from sklearn.datasets import load_breast_cancer, load_iris
from sklearn.metrics import f1_score, get_scorer, log_loss, make_scorer, roc_auc_score

import riskcast as rc
from tests.path.refits import refit_predictions

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 5))
TWO = np.where(X[:, 0] + 0.5 * RNG.standard_normal(40) > 0.3, "yes", "no")
THREE = np.digitize(X[:, 0] + 0.3 * RNG.standard_normal(40), [-0.5, 0.5])


def one_hot(labels):
    return (labels[:, None] == np.unique(labels)).astype(float)


@pytest.mark.parametrize("labels", [TWO, THREE, TWO == "yes"], ids=["text", "three", "bool"])
def test_error_rate_is_that_of_refits(labels):
    path = rc.risk_path(X, labels, scoring="error_rate")
    refits = refit_predictions(X, one_hot(labels), path.filter)
    wrong = np.unique(labels)[refits.argmax(axis=2)] != labels[:, None]
    np.testing.assert_allclose(path.risk, wrong.mean(axis=0), atol=1e-12)
    np.testing.assert_allclose(path.standard_error, wrong.std(axis=0, ddof=1) / np.sqrt(40))
    np.testing.assert_allclose(path.loo_predictions(1.0).sum(axis=1), 1.0)
    assert path.loo_predictions().shape == (40, len(np.unique(labels)))


def test_scores_are_those_of_the_held_out_predictions():
    path = rc.risk_path(X, TWO, scoring="roc_auc", times=[0.1, 5.0])
    for moment, time in enumerate(path.times):
        held_out = path.loo_predictions(time)[:, 1]
        np.testing.assert_allclose(path.risk[moment], -roc_auc_score(TWO, held_out))
    loss = rc.risk_path(X, TWO, scoring="neg_log_loss", times=[0.5])
    shares = np.clip(loss.loo_predictions(0.5), 1e-15, None)
    shares /= shares.sum(axis=1, keepdims=True)
    np.testing.assert_allclose(loss.risk[0], log_loss(TWO, shares), rtol=1e-6)


def test_any_scorer_is_taken():
    scorer = make_scorer(f1_score, average="macro")
    path = rc.risk_path(X, THREE, scoring=scorer, times=[2.0])
    predicted = path.loo_predictions(2.0).argmax(axis=1)
    np.testing.assert_allclose(path.risk[0], -f1_score(THREE, predicted, average="macro"))
    r2 = rc.risk_path(X, X @ np.ones(5) + 1.0, scoring="r2", times=[2.0])
    assert r2.classes is None


def test_error_bars_of_a_score_are_a_jackknife_of_blocks():
    """For a mean over rows, minus accuracy, it must be near the usual standard error."""
    rows, labels = load_breast_cancer(return_X_y=True)
    rows = (rows - rows.mean(axis=0)) / rows.std(axis=0)
    score = rc.risk_path(rows, labels, scoring="accuracy", times=[1.0])
    rate = rc.risk_path(rows, labels, scoring="error_rate", times=[1.0])
    np.testing.assert_allclose(1 + score.risk, rate.risk)
    np.testing.assert_allclose(score.standard_error, rate.standard_error, rtol=0.5)


def test_training_starts_from_the_class_priors():
    labels = np.array(["common"] * 30 + ["rare"] * 10)
    path = rc.risk_path(X, labels, scoring="error_rate", times=[1e-9])
    assert path.risk[0] == path.untrained_risk == 0.25
    np.testing.assert_allclose(path.loo_predictions(1e-9)[0], [29 / 39, 10 / 39], atol=1e-6)


def test_train_error_falls_to_what_least_squares_leaves():
    rows, labels = load_iris(return_X_y=True)
    path = rc.risk_path(rows, labels, scoring="error_rate", groups=np.arange(150))
    design = np.column_stack([np.ones(150), rows])
    fitted = design @ np.linalg.lstsq(design, one_hot(labels), rcond=None)[0]
    assert path.train_risk[-1] == (fitted.argmax(axis=1) != labels).mean()


def test_balanced_classes_left_out_one_by_one_do_not_make_guessing_look_bad():
    labels = np.arange(40) % 2
    assert rc.risk_path(X, labels, scoring="error_rate").untrained_risk == 0.5
    assert rc.risk_path(X, labels, scoring="roc_auc", times=[1.0]).untrained_risk == -0.5


def test_the_jackknife_leaves_out_every_twentieth_row():
    path = rc.risk_path(X, THREE, scoring="balanced_accuracy", times=[2.0])
    predicted = path.loo_predictions(2.0).argmax(axis=1)
    parts = []
    for block in range(20):
        kept = np.arange(40) % 20 != block
        recalls = [(predicted[kept & (k == THREE)] == k).mean() for k in range(3)]
        parts.append(np.mean(recalls))
    parts = np.array(parts)
    expected = np.sqrt(19 / 20 * ((parts - parts.mean()) ** 2).sum())
    np.testing.assert_allclose(path.standard_error[0], expected, rtol=1e-10)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_ties_go_to_the_first_class(n_classes):
    """Outputs tie without an intercept at the origin, and before training in even classes."""
    labels = np.arange(40) % n_classes
    model = rc.GradientFlowClassifier(fit_intercept=False, time=1.0).fit(X, labels)
    assert model.predict(np.zeros((1, 5)))[0] == 0
    assert (rc.GradientFlowClassifier(time=0.0).fit(X[:36], labels[:36]).predict(X) == 0).all()
    path = rc.risk_path(X, labels, scoring="error_rate", fit_intercept=False, times=[0.0])
    assert path.risk[0] == path.train_risk[0] == path.untrained_risk == (labels != 0).mean()


def test_group_errors_are_those_of_clusters():
    groups = np.arange(40) // 4
    path = rc.risk_path(X, TWO, scoring="error_rate", groups=groups, times=[1.0])
    wrong = path.loo_predictions(1.0).argmax(axis=1) != (TWO == "yes")
    off = np.bincount(groups, wrong - wrong.mean())  # each group's sum about the mean
    expected = np.sqrt((off**2).sum() * 10 / 9) / 40
    np.testing.assert_allclose(path.standard_error[0], expected, rtol=1e-10)


@pytest.mark.filterwarnings("ignore:.*likelihood_ratio:UserWarning")
@pytest.mark.parametrize("name", ["neg_negative_likelihood_ratio", "neg_brier_score", "f1"])
def test_scores_of_classes_are_known_as_such(name):
    path = rc.risk_path(X, (TWO == "yes").astype(int), scoring=name, times=[1.0])
    assert path.classes.tolist() == [0, 1]
    assert np.isfinite(path.risk[0])


@pytest.mark.parametrize("name", ["r2", "neg_mean_absolute_error", "explained_variance"])
def test_scores_of_regression_are_known_as_such(name):
    path = rc.risk_path(X, np.round(5 * X[:, 0]).astype(int), scoring=name, times=[1.0])
    assert path.classes is None
    expected = get_scorer(name)._score_func(np.round(5 * X[:, 0]), path.loo_predictions(1.0))
    sign = get_scorer(name)._sign
    np.testing.assert_allclose(path.risk[0], -sign * expected, rtol=1e-12)


@pytest.mark.parametrize(
    ("labels", "scoring", "message"),
    [
        (["c", *TWO[1:]], "neg_log_loss", "scoring: .* which lack class 'c' .*; merge or drop"),
        (["c", *TWO[1:]], "f1", "scoring: is not valid for this 3 classes .*average"),
        (THREE, "roc_auc", "scoring: is not valid for this 3 classes .*multi_class"),
    ],
)
def test_a_score_that_has_no_value_says_why(labels, scoring, message):
    with pytest.raises(ValueError, match=message):
        rc.risk_path(X, labels, scoring=scoring, times=[1.0])


@pytest.mark.filterwarnings("ignore::UserWarning")
def test_a_score_without_a_value_in_a_fold_of_the_choice_says_why():
    labels = ["rare", *["common"] * 39]
    path = rc.risk_path(X, labels, scoring="roc_auc", times=[1.0, 2.0])
    with pytest.raises(ValueError, match=r"scoring: has no value .*; merge or drop"):
        _ = path.best_risk_corrected


def test_a_score_of_regression_that_does_not_fit_says_why():
    with pytest.raises(ValueError, match=r"scoring: is not valid for this regression .*negative"):
        rc.risk_path(X, X[:, 0], scoring="neg_mean_poisson_deviance", times=[1.0])
    with pytest.raises(TypeError, match="scoring: must be a name"):
        rc.risk_path(X, X[:, 0], scoring=np.array(["r2", "max_error"]))
