"""The public function: what it promises, and what it refuses."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.datasets import load_breast_cancer, load_diabetes, load_wine
from sklearn.ensemble import StackingRegressor
from sklearn.linear_model import LinearRegression, LogisticRegression, Ridge
from sklearn.metrics import make_scorer, mean_absolute_error
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.tree import DecisionTreeRegressor

import riskcast as rc


def linear_data(n, p=10, noise=1.0, seed=0):
    random = np.random.default_rng(seed)
    X = random.standard_normal((n, p))
    return X, X @ np.ones(p) / np.sqrt(p) + np.sqrt(noise) * random.standard_normal(n)


@pytest.fixture(scope="module")
def diabetes():
    X, y = load_diabetes(return_X_y=True)
    return rc.forecast(X, y)


def test_default_sizes_lie_inside_and_at_multiples(diabetes):
    assert set(diabetes.n_samples) >= {442.0, 884.0, 1768.0, 3536.0}
    assert (diabetes.n_samples < 442).sum() >= 7
    assert (np.diff(diabetes.n_samples) > 0).all()


def test_the_sizes_asked_for_stay_as_they_were():
    X, y = linear_data(40, p=3)
    sizes = np.array([80.0, 160.0])
    fc = rc.forecast(X, y, n_samples=sizes)
    sizes *= 10.0
    assert fc.n_samples.tolist() == [80.0, 160.0]


def test_curve_decreases_within_its_interval(diabetes):
    assert (np.diff(diabetes.risk) <= 0).all()
    assert (diabetes.lower < diabetes.risk).all()
    assert (diabetes.risk < diabetes.upper).all()
    assert diabetes.noise_floor <= diabetes.risk[-1]
    lower, upper = diabetes.noise_floor_interval
    assert 0.0 <= lower <= diabetes.noise_floor <= upper


def test_path_is_the_risk_path(diabetes):
    X, y = load_diabetes(return_X_y=True)
    path = rc.risk_path(X, y)
    np.testing.assert_allclose(diabetes.path.risk, path.risk)
    assert diabetes.observed.sizes[-1] == 442  # leave-one-out, of all rows
    error = path.standard_error[path.best_index]
    assert abs(diabetes.at([442])[0][0] - path.best_risk) < 0.5 * error


def test_many_rows_end_with_the_path_itself():
    X, y = linear_data(1000, p=5)
    fc = rc.forecast(X, y, n_samples=[2000])
    assert fc.observed.sizes[-1] == 1000
    assert fc.observed.risk[-1] == pytest.approx(fc.path.best_risk, rel=1e-9)


def test_models_are_weighted_and_sorted(diabetes):
    weights = [model.weight for model in diabetes.models]
    assert sum(weights) == pytest.approx(1.0)
    assert weights == sorted(weights, reverse=True)
    assert {model.name for model in diabetes.models} >= {"POW3", "POW4", "MMF4", "WBL4", "EXP3"}


def test_wider_level_is_wider():
    X, y = linear_data(120)
    narrow = rc.forecast(X, y, n_samples=[240], level=0.5)
    wide = rc.forecast(X, y, n_samples=[240], level=0.99)
    assert wide.lower[0] < narrow.lower[0] < narrow.upper[0] < wide.upper[0]
    assert wide.risk[0] == narrow.risk[0]


def test_same_seed_same_forecast():
    X, y = linear_data(60, p=3)
    first, second = rc.forecast(X, y, n_samples=[200]), rc.forecast(X, y, n_samples=[200])
    assert first.risk[0] == second.risk[0]
    assert rc.forecast(X, y, n_samples=[200], random_state=1).risk[0] != first.risk[0]


@pytest.mark.parametrize("factor", [1e-6, 1e6])
def test_scale_of_targets_does_not_matter(factor):
    X, y = linear_data(100)
    plain, scaled = (
        rc.forecast(X, y, n_samples=[200, 800]),
        rc.forecast(X, factor * y, n_samples=[200, 800]),
    )
    np.testing.assert_allclose(scaled.risk, factor**2 * plain.risk, rtol=1e-6)
    np.testing.assert_allclose(scaled.upper, factor**2 * plain.upper, rtol=1e-6)


def test_samples_for_reads_the_curve():
    X, y = linear_data(200, p=40)
    fc = rc.forecast(X, y, n_samples=[200, 400, 800])
    needed = fc.samples_for(float(fc.risk[1]))
    assert needed.lower <= needed.n_samples <= needed.upper
    assert needed.n_samples == pytest.approx(400, rel=0.1)
    assert fc.samples_for(float(fc.risk[2])).n_samples > needed.n_samples
    assert "rows" in str(needed)


def test_samples_for_says_never():
    X, y = linear_data(200)
    never = rc.forecast(X, y, n_samples=[400]).samples_for(1e-6)
    assert np.isinf([never.n_samples, never.lower, never.upper]).all()
    assert never.chance == 0.0
    assert str(never).startswith("No number of rows")


def test_samples_for_refuses_what_is_no_number(diabetes):
    with pytest.raises(ValueError, match="risk: must be a finite number"):
        diabetes.samples_for(float("nan"))


def test_estimator_of_a_linear_model_agrees_with_the_exact_one():
    X, y = linear_data(150, p=5)
    exact = rc.forecast(X, y, n_samples=[150, 600])
    refitted = rc.forecast(X, y, n_samples=[150, 600], estimator=Ridge(alpha=1.0))
    np.testing.assert_allclose(refitted.risk, exact.risk, rtol=0.15)
    assert refitted.path is None


def test_forecast_of_least_squares_reaches_the_truth():
    # risk = σ² (1 + 1/n) (1 + p / (n - p - 2)) for Gaussian rows and an intercept
    X, y = linear_data(200, p=20, seed=3)
    sizes = np.array([100, 200, 800])
    fc = rc.forecast(X, y, n_samples=sizes, estimator=LinearRegression())
    truth = (1 + 1 / sizes) * (1 + 20 / (sizes - 22))
    assert ((fc.lower <= truth) & (truth <= fc.upper)).all()
    np.testing.assert_allclose(fc.risk, truth, rtol=0.2)


def test_classifier_is_scored_by_its_error_rate():
    X, y = load_breast_cancer(return_X_y=True)
    names = np.array(["bad", "good"])[y[:200]]
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=500))
    fc = rc.forecast(X[:200], names, estimator=model)
    assert fc.scoring == "error_rate"
    assert (fc.risk >= 0).all()
    assert (fc.upper <= 0.5).all()


def test_classes_exactly():
    X, y = load_wine(return_X_y=True)
    fc = rc.forecast(StandardScaler().fit_transform(X), y, scoring="error_rate")
    assert 0.0 <= fc.risk[-1] < fc.risk[0] < 0.3


@pytest.mark.parametrize("scoring", ["r2", "neg_mean_absolute_error"])
def test_any_scorer(scoring):
    X, y = linear_data(120, p=5)
    fc = rc.forecast(X, y, n_samples=[120, 480], estimator=Ridge(), scoring=scoring)
    assert np.isfinite(fc.risk).all()
    assert (fc.lower < fc.risk).all()
    assert (fc.risk < fc.upper).all()
    if scoring == "r2":
        # R² of the best linear model is one half: as a risk, minus that
        assert -0.75 < fc.risk[1] < -0.3


def test_table_with_text_through_a_pipeline():
    random = np.random.default_rng(0)
    colour = random.choice(["red", "green", "blue"], 100)
    table = pd.DataFrame({"colour": colour})
    y = (colour == "red") + 0.1 * random.standard_normal(100)
    model = make_pipeline(OneHotEncoder(handle_unknown="ignore"), Ridge(alpha=1e-3))
    fc = rc.forecast(table, pd.Series(y), n_samples=[100, 200], estimator=model)
    assert fc.risk[0] == pytest.approx(0.01, rel=0.5)


def test_kernel():
    random = np.random.default_rng(0)
    X = random.uniform(-2, 2, (120, 1))
    y = np.sin(3 * X[:, 0]) + 0.1 * random.standard_normal(120)
    bent, straight = (
        rc.forecast(X, y, n_samples=[240], kernel="rbf"),
        rc.forecast(X, y, n_samples=[240]),
    )
    assert bent.upper[0] < straight.lower[0]


def test_progress_counts_up():
    seen = []
    X, y = linear_data(60, p=3)
    rc.forecast(X, y, progress=lambda done, total: seen.append((done, total)))
    assert [done for done, _ in seen] == list(range(seen[0][1] + 1))
    assert len({total for _, total in seen}) == 1


def test_random_targets_are_doubted():
    random = np.random.default_rng(0)
    X, y = random.standard_normal((100, 10)), random.standard_normal(100)
    with pytest.warns(UserWarning, match="may not predict the target"):
        fc = rc.forecast(X, y)
    assert any("may not predict the target" in text for text in fc.warnings)


def test_few_rows_are_doubted():
    X, y = linear_data(30, p=2)
    with pytest.warns(UserWarning, match="only 30 rows"):
        fc = rc.forecast(X, y)
    assert fc.warnings


@pytest.mark.parametrize("estimator", [None, Ridge()], ids=["exact", "cross-validated"])
def test_heavy_tails_are_doubted(estimator):
    random = np.random.default_rng(0)
    X = random.standard_normal((200, 3))
    with pytest.warns(UserWarning, match="heavy tails: the 4 largest errors make up"):
        rc.forecast(X, X[:, 0] + random.standard_t(2, size=200), estimator=estimator)


def test_rows_that_drift_are_doubted():
    """Noise that grows along the table; of classes, labels that are wrong more and more often."""
    random = np.random.default_rng(0)
    X, later = random.standard_normal((600, 3)), np.linspace(0.0, 1.0, 600)
    with pytest.warns(UserWarning, match="errors are larger further down"):
        rc.forecast(X, X[:, 0] + (0.1 + later) * random.standard_normal(600))
    wrong = random.random(600) < 0.5 * later
    with pytest.warns(UserWarning, match="errors are larger further down"):
        rc.forecast(X, (X[:, 0] > 0.0) ^ wrong, scoring="error_rate")
    drifting = X[:, 0] + (0.1 + later[::-1]) * random.standard_normal(600)
    with pytest.warns(UserWarning, match="errors are smaller further down"):
        rc.forecast(X, drifting, estimator=Ridge())


def test_peak_is_doubted_and_left_out():
    X, y = linear_data(200, p=25, noise=0.3)
    with pytest.warns(UserWarning, match="not decreasing"):
        fc = rc.forecast(X, y, n_samples=[200], estimator=LinearRegression())
    assert fc.risk[0] == pytest.approx(0.3 * (1 + 25 / 173), rel=0.3)


@pytest.mark.filterwarnings("ignore:forecast")
@pytest.mark.parametrize(("n_samples", "ones"), [(60, 7), (200, 1), (200, 5)])
@pytest.mark.parametrize("scoring", ["squared_error", "error_rate"])
def test_a_column_that_hardly_varies_is_no_obstacle(n_samples, ones, scoring):
    """In subsets of the rows it may not vary at all: there the model is the mean."""
    for seed in range(4):
        random = np.random.default_rng(seed)
        X = np.zeros((n_samples, 1))
        X[random.permutation(n_samples)[:ones]] = 1.0
        y = X[:, 0] + 0.3 * random.standard_normal(n_samples)
        fc = rc.forecast(X, y if scoring == "squared_error" else y > 0.5, scoring=scoring)
        assert np.isfinite([fc.risk, fc.lower, fc.upper]).all()


@pytest.mark.filterwarnings("ignore:forecast")
def test_rows_with_nothing_in_common_are_no_obstacle():
    """Each has a column of its own; so nothing can be learned of one from the others."""
    y = np.random.default_rng(0).standard_normal(60)
    fc = rc.forecast(np.eye(60), y, n_samples=[60, 120])
    assert (fc.lower < y.var()).all()
    assert (fc.upper > y.var()).all()


@pytest.mark.filterwarnings("error::RuntimeWarning")
@pytest.mark.parametrize("scale", [1e-90, 1e-8, 1e8, 1e90])
def test_units_do_not_matter(scale):
    X, y = linear_data(120, p=4)
    plain, scaled = (
        rc.forecast(X, y, n_samples=[240]),
        rc.forecast(scale * X, y / 1e3, n_samples=[240]),
    )
    np.testing.assert_allclose(1e6 * scaled.risk, plain.risk, rtol=1e-4)


def test_trustworthy_data_are_not_doubted():
    X, y = linear_data(200)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert rc.forecast(X, y).warnings == []


def test_plot():
    matplotlib = pytest.importorskip("matplotlib")
    matplotlib.use("Agg")
    X, y = linear_data(60, p=3)
    display = rc.forecast(X, y).plot()
    low, high = display.ax_.get_xlim()
    assert low < 60 < 480 <= high
    assert display.figure_ is display.ax_.figure
    assert len(display.ax_.get_legend().get_texts()) == 4


REFUSED = [
    ({"n_samples": [0]}, ValueError, "n_samples: every size must be finite and at least 2, got 0"),
    ({"n_samples": [np.inf]}, ValueError, "n_samples: .* use noise_floor"),
    ({"n_samples": "many"}, ValueError, "n_samples: must be numbers of rows, got 'many'"),
    ({"n_samples": []}, ValueError, "n_samples: must be a list of sizes"),
    ({"level": 1.0}, ValueError, "level: must lie between 0 and 1, got 1.0"),
    ({"level": 90}, ValueError, "level: must lie between 0 and 1, got 90"),
    ({"estimator": 3}, TypeError, "estimator: must be a scikit-learn .* got int"),
    ({"estimator": Ridge}, TypeError, r"estimator: got the class Ridge; .* Ridge\(\)"),
    ({"estimator": StandardScaler()}, TypeError, "estimator: .* has no predict"),
    ({"estimator": Ridge(), "kernel": "rbf"}, ValueError, "estimator: kernel"),
    ({"estimator": Ridge(), "scoring": "error_rate"}, ValueError, "needs a classifier"),
    ({"estimator": Ridge(), "scoring": "nonsense"}, ValueError, "scoring: 'nonsense' is unknown"),
    ({"scoring": "nonsense"}, ValueError, "scoring: 'nonsense' is unknown"),
    ({"groups": np.repeat([0, 1], 30)}, ValueError, "groups: got 2 distinct groups"),
    ({"groups": np.arange(59)}, ValueError, "groups: has 59 entries"),
    ({"estimator": Ridge(), "groups": np.arange(59)}, ValueError, "groups: has 59 entries"),
    ({"kernel": "nonsense"}, ValueError, "kernel: 'nonsense' is unknown"),
]


@pytest.mark.parametrize(("arguments", "error", "message"), REFUSED)
def test_refusals_name_the_argument(arguments, error, message):
    X, y = linear_data(60, p=3)
    with pytest.raises(error, match=message):
        rc.forecast(X, y, **arguments)


@pytest.mark.parametrize("estimator", [None, Ridge()])
def test_refuses_bad_data(estimator):
    X, y = linear_data(60, p=3)
    with pytest.raises(ValueError, match="X: got 3 rows; a learning curve needs at least 20"):
        rc.forecast(X[:3], y[:3], estimator=estimator)
    with pytest.raises(ValueError, match="y: has 59 entries but X has 60 rows"):
        rc.forecast(X, y[:59], estimator=estimator)
    with pytest.raises(ValueError, match="y"):
        rc.forecast(X, np.where(np.arange(60) == 3, np.nan, y), estimator=estimator)
    with pytest.raises(ValueError, match="y: is constant"):
        rc.forecast(X, np.ones(60), estimator=estimator)


def test_refuses_one_class():
    X, _ = linear_data(60, p=3)
    with pytest.raises(ValueError, match="a single class"):
        rc.forecast(X, ["a"] * 60, estimator=LogisticRegression())


def test_refuses_a_class_a_row():
    X, _ = linear_data(60, p=3)
    with pytest.raises(ValueError, match="has 60 classes in 60 rows"):
        rc.forecast(X, [f"row {k}" for k in range(60)], estimator=LogisticRegression())


class NeedsRows(Ridge):
    failure = ValueError

    def fit(self, X, y):
        if len(X) < self.alpha:
            raise self.failure(f"I need {self.alpha} rows\nand more")
        return super().fit(X, y)


class IndexesRows(NeedsRows):
    failure = IndexError


@pytest.mark.parametrize("kind", [NeedsRows, IndexesRows])
def test_sizes_at_which_training_fails_are_left_out(kind):
    X, y = linear_data(100, p=3)
    seen = []
    with pytest.warns(UserWarning, match=r"failed at these sizes.*I need 20 rows\)"):
        fc = rc.forecast(X, y, estimator=kind(20), progress=lambda *counts: seen.append(counts))
    assert fc.observed.sizes[0] >= 20
    assert seen[-1][0] == seen[-1][1]


def test_training_that_fails_everywhere_is_one_line():
    X, y = linear_data(100, p=3)
    with pytest.raises(ValueError, match=r"scoring failed .*I need 1000 rows; check"):
        rc.forecast(X, y, estimator=NeedsRows(1000))


class SilentOnFirstRows(Ridge):
    """Predicts nothing where the first column is small, as neighbours within a radius do."""

    def predict(self, X):
        return np.where(X[:, 0] < -1.0, np.nan, super().predict(X))


def test_rows_without_a_prediction_are_not_passed_over():
    X, y = linear_data(100, p=3)
    with pytest.raises(ValueError, match=r"failed at .*predicts NaN or infinity for \d+ of"):
        rc.forecast(X, y, estimator=SilentOnFirstRows())


def test_a_stack_knows_how_to_predict_once_it_is_fitted():
    X, y = linear_data(60, p=3)
    stack = StackingRegressor([("ridge", Ridge())], cv=3)
    assert rc.forecast(X, y, estimator=stack).risk[-1] > 0.0


def test_a_loss_as_a_scorer_is_the_loss_by_name():
    X, y = linear_data(40, p=3)
    scorer = make_scorer(mean_absolute_error, greater_is_better=False)
    named, given = (
        rc.forecast(X, 1e-6 * y, estimator=Ridge(), scoring=scoring).curves([80, np.inf])
        for scoring in ("neg_mean_absolute_error", scorer)
    )
    np.testing.assert_allclose(given, named)
    assert (given >= 0.0).all()


@pytest.mark.parametrize("estimator", [None, Ridge()])
def test_uneven_groups(estimator):
    X, y = linear_data(120, p=3)
    groups = np.concatenate([np.zeros(40), np.repeat(np.arange(1, 17), 5)])
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fc = rc.forecast(X, y, estimator=estimator, groups=groups)
    assert np.isfinite(fc.upper).all()


def test_many_classes_still_make_a_curve():
    random = np.random.default_rng(0)
    y = np.tile(np.arange(12), 5)
    X = np.eye(12)[y] + 0.2 * random.standard_normal((60, 12))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        fc = rc.forecast(X, y, estimator=LogisticRegression())
    assert len(fc.observed) >= 4


def test_estimator_is_not_fitted():
    X, y = linear_data(60, p=3)
    model = DecisionTreeRegressor()
    rc.forecast(X, y, estimator=model)
    assert not hasattr(model, "tree_")
