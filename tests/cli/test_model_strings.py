"""Model strings are parsed, never evaluated."""

import numpy as np
import pytest
from sklearn.ensemble import BaggingRegressor
from sklearn.linear_model import Ridge
from sklearn.metrics.pairwise import rbf_kernel
from sklearn.pipeline import Pipeline

from riskcast.models import choose_model, parse_estimator
from riskcast.tables import InputError

X = np.random.default_rng(0).normal(size=(30, 4))


def test_names_and_literal_arguments():
    model = parse_estimator("HistGradientBoostingRegressor(max_depth=3, learning_rate=-0.5)")
    assert (model.max_depth, model.learning_rate, model.random_state) == (3, -0.5, 0)


def test_estimators_within_estimators():
    model = parse_estimator("BaggingRegressor(estimator=Ridge(alpha=2.0), n_estimators=3)")
    assert isinstance(model, BaggingRegressor)
    assert isinstance(model.estimator, Ridge)
    steps = "[('scale', StandardScaler()), ('fit', Ridge(alpha=3))]"
    pipeline = parse_estimator(f"Pipeline(steps={steps})")
    assert isinstance(pipeline, Pipeline)
    assert pipeline.named_steps["fit"].alpha == 3


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("(((", "cannot be parsed"),
        ("", "cannot be parsed"),
        ("(" * 10_000, "cannot be parsed"),
        ("Ridge(0.1)", "by keyword"),
        ("Ridge(**{})", "by keyword"),
        ("Ridge(alfa=1)", "did you mean alpha"),
        ("Rigde()", "did you mean Ridge"),
        ("open", "neither a scikit-learn estimator"),
        ("Ridge(alpha=Ridge)", "neither a literal"),
        ("Ridge(alpha=1 + x)", "neither a literal"),
        ("Ridge.fit()", "not a model name or call"),
        ("lambda: 1", "not a model name or call"),
        ("__import__('os').system('false')", "not a model name or call"),
        ("Ridge(alpha=__import__('os'))", "by keyword"),
        ("Ridge(alpha=[x for x in (1,)])", "neither a literal"),
        (
            "StandardScaler()",
            "not a regressor, but the task is regression; choose another model$",
        ),
        ("SelfTrainingClassifier(estimator=SVC())", "the task is regression; choose another model"),
        ("BaggingRegressor(estimator='a')", "cannot be created"),
        ("Pipeline(steps=['a'])", "cannot be created"),
        ("LogisticRegression()", "is not a regressor"),
        ("HistGradientBoostingClassifier", "use HistGradientBoostingRegressor"),
        ("linear(a=1)", "takes no parameters"),
        ("rbf(gama=1)", "did you mean gamma"),
        ("rbf(gamma=-1)", "a positive, finite number, got -1"),
        ("rbf(gamma=1" + "0" * 400 + ")", "gamma must be a positive, finite number"),
        ("rbf(gamma=1e999)", "a positive, finite number, got inf"),
        ("polynomial(degree=2.5)", "degree must be an integer >= 1"),
        ("polynomial(coef0=-1)", "coef0 must be a finite number >= 0"),
        ("Ridge(alpha={[1]: 2})", "is not a valid dictionary"),
        ("Ridge(alpha=1, alpha=2)", "gives an argument twice"),
        ("rbf(gamma=" + "-" * 3000 + "1)", "nested too deeply|cannot be parsed"),
    ],
)
def test_anything_else_is_refused(text, message):
    with pytest.raises(InputError, match=message):
        choose_model(text, X, "regression")


def test_nothing_is_evaluated(tmp_path):
    target = tmp_path / "made"
    with pytest.raises(InputError):
        choose_model(f"Ridge(alpha=open({str(target)!r}, 'w'))", X, "regression")
    assert not target.exists()


def test_width_of_a_kernel_is_the_median_distance():
    gram = choose_model("rbf", X, "regression").kernel(X, X)
    distances = ((X[:, None] - X) ** 2).sum(axis=2)[np.triu_indices(30, 1)]
    np.testing.assert_allclose(gram, rbf_kernel(X, gamma=1 / np.median(distances)))


def test_a_given_width_is_used():
    gram = choose_model("rbf(gamma=0.25)", X, "regression").kernel(X, X)
    np.testing.assert_allclose(gram, rbf_kernel(X, gamma=0.25))


def test_features_by_name():
    assert choose_model("linear", X, "regression", "random-relu:7").X.shape == (30, 7)
    assert callable(choose_model("linear", X, "regression", "ntk:2").kernel)
    with pytest.raises(InputError, match="features"):
        choose_model("linear", X, "regression", "nonsense")
