"""The estimators follow scikit-learn's conventions and stop at the stated time."""

import io

import joblib
import numpy as np
import pandas as pd
import pytest
import scipy.sparse
from sklearn.base import clone
from sklearn.datasets import load_diabetes, load_wine
from sklearn.linear_model import LinearRegression
from sklearn.metrics import f1_score, make_scorer
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

import riskcast as rc

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 8))
Y = X @ RNG.standard_normal(8) + RNG.standard_normal(60)


@parametrize_with_checks(
    [
        rc.GradientFlowRegressor(),
        rc.GradientFlowClassifier(),
        rc.GradientFlowRegressor(kernel="rbf"),
        rc.GradientFlowClassifier(time=3.0, weight_decay=0.1),
    ]
)
def test_scikit_learn_accepts(estimator, check):
    check(estimator)


def test_it_stops_at_the_smallest_leave_one_out_risk():
    model = rc.GradientFlowRegressor().fit(X, Y)
    path = rc.risk_path(X, Y)
    assert model.stopping_time_ == path.best_time
    np.testing.assert_array_equal(model.risk_path_.risk, path.risk)


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_the_stopped_model_is_gradient_descent_with_tiny_steps(fit_intercept):
    """Oracle: 20,000 Euler steps in weight space."""
    model = rc.GradientFlowRegressor(time=2.0, fit_intercept=fit_intercept, weight_decay=0.05).fit(
        X, Y
    )
    rows = X - X.mean(axis=0) if fit_intercept else X
    targets = Y - Y.mean() if fit_intercept else Y
    weights, step = np.zeros(8), 2.0 / 20_000
    for _ in range(20_000):
        weights -= step * (rows.T @ (rows @ weights - targets) / 60 + 0.05 * weights)
    np.testing.assert_allclose(model.coef_, weights, rtol=1e-3, atol=1e-4)
    np.testing.assert_allclose(model.predict(X), X @ model.coef_ + model.intercept_, rtol=1e-10)


def test_trained_to_the_end_it_is_least_squares():
    model = rc.GradientFlowRegressor(time=np.inf).fit(X, Y)
    reference = LinearRegression().fit(X, Y)
    np.testing.assert_allclose(model.coef_, reference.coef_, rtol=1e-9)
    np.testing.assert_allclose(model.intercept_, reference.intercept_, rtol=1e-9)
    wide = rc.GradientFlowRegressor(time=np.inf, fit_intercept=False).fit(X[:5], Y[:5])
    np.testing.assert_allclose(wide.coef_, np.linalg.pinv(X[:5]) @ Y[:5], rtol=1e-9)


def test_kernels_named_called_and_precomputed_agree():
    fresh = RNG.standard_normal((7, 8))
    named = rc.GradientFlowRegressor(kernel="rbf").fit(X, Y).predict(fresh)
    called = rc.GradientFlowRegressor(kernel=rbf_kernel).fit(X, Y).predict(fresh)
    given = rc.GradientFlowRegressor(kernel="precomputed").fit(rbf_kernel(X), Y)
    np.testing.assert_allclose(called, named, rtol=1e-7)
    np.testing.assert_allclose(given.predict(rbf_kernel(fresh, X)), named, rtol=1e-7)


def test_grid_search_splits_a_precomputed_kernel_both_ways():
    search = GridSearchCV(
        rc.GradientFlowRegressor(kernel="precomputed"), {"weight_decay": [0.0, 0.1]}, cv=3
    )
    assert search.fit(rbf_kernel(X, gamma=0.05), Y).best_score_ > 0.2


def test_pipelines_searches_clones_and_files():
    rows, labels = load_wine(return_X_y=True)
    model = make_pipeline(StandardScaler(), rc.GradientFlowClassifier())
    assert cross_val_score(model, rows, labels, cv=4).mean() > 0.95
    search = GridSearchCV(model, {"gradientflowclassifier__time": [None, 0.1, 5.0]}, cv=3)
    search.fit(rows, labels)
    copied = clone(search.best_estimator_)
    assert not hasattr(copied[-1], "stopping_time_")
    assert copied[-1].time == search.best_params_["gradientflowclassifier__time"]
    file = io.BytesIO()
    joblib.dump(search.best_estimator_, file)
    file.seek(0)
    np.testing.assert_array_equal(joblib.load(file).predict(rows), search.predict(rows))


def test_groups_reach_the_path():
    groups = np.arange(60) // 3
    model = rc.GradientFlowRegressor().fit(X, Y, groups=groups)
    np.testing.assert_array_equal(model.risk_path_.risk, rc.risk_path(X, Y, groups=groups).risk)


def test_several_outputs_sparse_rows_and_frames():
    both = np.column_stack([Y, -2 * Y])
    model = rc.GradientFlowRegressor().fit(X, both)
    assert model.predict(X).shape == (60, 2)
    assert model.coef_.shape == (2, 8)
    sparse = rc.GradientFlowRegressor(time=1.0).fit(scipy.sparse.csr_array(X), Y)
    dense = rc.GradientFlowRegressor(time=1.0).fit(X, Y)
    np.testing.assert_allclose(sparse.predict(X), dense.predict(X), rtol=1e-8)
    frame = pd.DataFrame(X, columns=[f"column {k}" for k in range(8)])
    named = rc.GradientFlowRegressor(time=1.0).fit(frame, Y)
    assert list(named.feature_names_in_) == list(frame.columns)


def test_it_generalizes_as_its_path_says():
    rows, targets = load_diabetes(return_X_y=True)
    scores = []
    for seed in range(6):
        half = np.random.default_rng(seed).permutation(442) < 221
        model = rc.GradientFlowRegressor().fit(rows[half], targets[half])
        losses = (model.predict(rows[~half]) - targets[~half]) ** 2
        path = model.risk_path_
        error = np.hypot(path.standard_error[path.best_index], losses.std() / np.sqrt(len(losses)))
        scores.append((losses.mean() - path.best_risk_corrected) / error)
    assert np.abs(scores).max() < 3.0


@pytest.mark.parametrize("time", [-1.0, np.nan])
def test_an_impossible_time_is_refused(time):
    with pytest.raises(ValueError, match="time"):
        rc.GradientFlowRegressor(time=time).fit(X, Y)


@pytest.mark.parametrize("n_classes", [2, 3])
def test_a_linear_classifiers_weights_are_its_decision_function(n_classes):
    labels = np.digitize(Y, np.quantile(Y, np.arange(1, n_classes) / n_classes))
    model = rc.GradientFlowClassifier().fit(X, labels)
    scores = X @ model.coef_.T + model.intercept_
    scores = scores[:, 0] if n_classes == 2 else scores
    np.testing.assert_allclose(model.decision_function(X), scores, atol=1e-12)
    chosen = scores > 0 if n_classes == 2 else scores.argmax(axis=1)
    np.testing.assert_array_equal(model.predict(X), model.classes_[chosen.astype(int)])


def test_kernel_models_have_no_coefficients_even_after_a_linear_fit():
    model = rc.GradientFlowRegressor(time=1.0).fit(X, Y)
    assert model.coef_.shape == (8,)
    model.set_params(kernel="rbf").fit(X, Y)
    assert not hasattr(model, "coef_")
    assert not hasattr(model, "intercept_")
    assert not hasattr(rc.GradientFlowClassifier(), "coef_")


@pytest.mark.parametrize("fit_intercept", [True, False])
def test_a_linear_kernel_is_a_linear_model(fit_intercept):
    """Three ways to the same predictions, with and without explicit weights."""
    fresh = RNG.standard_normal((5, 8)) + 1.0
    settings = {"time": 2.0, "fit_intercept": fit_intercept}
    linear = rc.GradientFlowRegressor(**settings).fit(X, Y).predict(fresh)
    called = rc.GradientFlowRegressor(kernel=lambda a, b: a @ b.T, **settings).fit(X, Y)
    given = rc.GradientFlowRegressor(kernel="precomputed", **settings).fit(X @ X.T, Y)
    np.testing.assert_allclose(called.predict(fresh), linear, rtol=1e-9)
    np.testing.assert_allclose(given.predict(fresh @ X.T), linear, rtol=1e-9)


@pytest.mark.parametrize("scoring", ["squared_error", "r2", "neg_mean_squared_error"])
def test_a_classifier_refuses_scores_of_regression(scoring):
    with pytest.raises(ValueError, match=r"scoring: .* is a regression score"):
        rc.GradientFlowClassifier(scoring=scoring).fit(X, Y > 0)


def test_labels_in_floating_point_are_classes_to_any_scorer():
    model = rc.GradientFlowClassifier(time=2.0, scoring=make_scorer(f1_score, average="macro"))
    labels = np.where(Y > 0, 2.0, 1.0)
    np.testing.assert_array_equal(model.fit(X, labels).classes_, [1.0, 2.0])
    assert set(model.predict(X)) <= {1.0, 2.0}
    assert (model.predict(X) == labels).mean() > 0.8


@pytest.mark.parametrize("model", [rc.GradientFlowRegressor(), rc.GradientFlowClassifier()])
def test_dates_are_no_numbers_of_nanoseconds(model):
    days = pd.date_range("2024-02-20", periods=20).to_frame()
    with pytest.raises(ValueError, match=r"X: holds dates or durations .*encode them first"):
        model.fit(days, np.arange(20) % 2)


def test_a_time_in_words_is_refused():
    with pytest.raises(ValueError, match="time: must be a number"):
        rc.GradientFlowClassifier(time="soon").fit(X, Y > 0)


@pytest.mark.parametrize("gap", [1e-5, 1e-9])
def test_nearly_equal_columns_cost_no_digits(gap):
    """The weights are then large and of both signs; the predictions on the rows are not."""
    rows = np.column_stack([X, X[:, 0] + gap * RNG.standard_normal(60)])
    design = np.column_stack([np.ones(60), rows - rows.mean(axis=0)])
    fitted = design @ np.linalg.lstsq(design, Y, rcond=1e-14)[0]
    model = rc.GradientFlowRegressor(time=np.inf).fit(rows, Y)
    np.testing.assert_allclose(model.predict(rows), fitted, rtol=0, atol=1e-15 * 1e3 / gap)


def test_columns_far_from_the_origin_cost_no_digits_but_their_own():
    near = rc.GradientFlowRegressor(time=np.inf).fit(X, Y).predict(X)
    far = rc.GradientFlowRegressor(time=np.inf).fit(X + 1e8, Y).predict(X + 1e8)
    np.testing.assert_allclose(far, near, atol=3e-6)


def test_a_changed_kernel_waits_for_the_next_fit():
    model = rc.GradientFlowRegressor(kernel="rbf", time=1.0).fit(X, Y)
    before = model.predict(X)
    np.testing.assert_array_equal(model.set_params(kernel=None).predict(X), before)


def test_late_predictions_of_a_kernel_are_those_of_the_path_where_eigenvalues_are_tiny():
    rng = np.random.default_rng(0)
    X = np.repeat(rng.uniform(-1, 1, (60, 2)), 3, axis=0) + 1e-5 * rng.standard_normal((180, 2))
    y = 5.0 + rng.standard_normal(180)
    fitted = rc.GradientFlowRegressor(time=1e9, kernel=rbf_kernel).fit(X, y)
    train_risk = np.mean((fitted.predict(X) - y) ** 2)
    assert train_risk == pytest.approx(fitted.risk_path_.train_risk[0], rel=1e-3)


KERNELS = {
    "named": "rbf",
    "called": lambda a, b: rbf_kernel(a, b, gamma=0.2),
    "linear by a function": lambda a, b: a @ b.T,
    "none": None,
}


@pytest.mark.parametrize("kernel", KERNELS.values(), ids=KERNELS)
@pytest.mark.parametrize("form", ["array", "columns first", "frame", "sparse"])
@pytest.mark.parametrize("kind", [rc.GradientFlowRegressor, rc.GradientFlowClassifier])
def test_what_the_caller_does_to_the_data_later_changes_nothing(kernel, form, kind):
    """Oracle: predictions before every given array is overwritten."""
    rows = np.array(X, order="F" if form == "columns first" else "C")
    if form == "sparse" and kernel == KERNELS["linear by a function"]:
        rows = scipy.sparse.csr_array(rows)
    elif form == "sparse":
        rows = scipy.sparse.csr_matrix(rows)
    given = pd.DataFrame(rows, copy=False) if form == "frame" else rows
    targets = (Y > 0).astype(float) if kind is rc.GradientFlowClassifier else Y.copy()
    groups = np.arange(60) // 2
    model = kind(time=1.0, kernel=kernel).fit(given, targets, groups=groups)
    fresh = np.random.default_rng(1).standard_normal((9, 8))
    outputs = model.decision_function if kind is rc.GradientFlowClassifier else model.predict
    before, held_out = outputs(fresh), model.risk_path_.loo_predictions(1.0)
    if form == "sparse":
        rows.data[:], rows.indices[:] = 1e3, 0
    else:
        rows[:] = 1e3
    targets[:], groups[:] = 7.0, 0
    np.testing.assert_array_equal(outputs(fresh), before)
    np.testing.assert_array_equal(model.risk_path_.loo_predictions(1.0), held_out)


def test_a_precomputed_kernel_is_not_kept():
    gram = rbf_kernel(X, gamma=0.1)
    model = rc.GradientFlowRegressor(time=1.0, kernel="precomputed").fit(gram, Y)
    before = model.predict(gram)
    again = gram.copy()
    gram[:] = 0.0
    np.testing.assert_array_equal(model.predict(again), before)


def test_results_do_not_change_with_what_was_given():
    rows, targets, groups = X.copy(), Y.copy(), np.arange(60) // 2
    times, sizes = np.array([0.5, 1.0, 2.0]), np.array([60.0, 120.0])
    flow = rc.GradientFlow(times)
    path = rc.risk_path(rows, targets, filter=flow, groups=groups)
    fc = rc.forecast(rows, targets, n_samples=sizes)
    expected = path.best_risk_corrected, path.loo_predictions(), fc.at([240.0])[0]
    again = rc.risk_path(rows, targets, filter=flow, groups=groups)
    for given in (rows, targets, groups, times, sizes):
        given[:] = 0
    np.testing.assert_array_equal(again.times, [0.5, 1.0, 2.0])
    assert again.best_risk_corrected == expected[0]
    np.testing.assert_array_equal(again.loo_predictions(), expected[1])
    np.testing.assert_array_equal(fc.n_samples, [60.0, 120.0])
    np.testing.assert_array_equal(fc.at([240.0])[0], expected[2])
    again.times[:] = 9.0
    np.testing.assert_array_equal(flow.times(60), [0.5, 1.0, 2.0])
