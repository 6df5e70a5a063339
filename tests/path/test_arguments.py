"""All arguments after X and y go by their names, and weights of rows are refused by name."""

import inspect

import numpy as np
import pytest
from sklearn import config_context
from sklearn.ensemble import AdaBoostRegressor
from sklearn.linear_model import Ridge
from sklearn.model_selection import GroupKFold, cross_validate
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import riskcast as rc

RNG = np.random.default_rng(0)
X = RNG.standard_normal((40, 3))
Y = X @ [1.0, 2.0, -1.0] + RNG.standard_normal(40)
WEIGHTS = RNG.random(40)
CALLS = {
    "path": (rc.risk_path, Y),
    "forecast": (rc.forecast, Y),
    "forecast of an estimator": (lambda *a, **k: rc.forecast(*a, estimator=Ridge(), **k), Y),
    "regressor": (lambda *a, **k: rc.GradientFlowRegressor().fit(*a, **k), Y),
    "classifier": (lambda *a, **k: rc.GradientFlowClassifier().fit(*a, **k), Y > 0),
}


@pytest.mark.parametrize(("call", "y"), CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("third", [WEIGHTS, None, [100.0], "ridge"])
def test_a_third_argument_by_place_is_refused(call, y, third):
    with pytest.raises(TypeError, match="positional argument"):
        call(X, y, third)


@pytest.mark.parametrize(("call", "y"), CALLS.values(), ids=CALLS)
@pytest.mark.parametrize("weights", [WEIGHTS, WEIGHTS.tolist(), 1.0, np.ones(40)])
def test_sample_weights_are_refused_by_name(call, y, weights):
    with pytest.raises(TypeError, match=r"^sample_weight: is not supported yet; omit it"):
        call(X, y, sample_weight=weights)


@pytest.mark.parametrize("model", [rc.GradientFlowRegressor(), rc.GradientFlowClassifier()])
def test_other_arguments_of_fit_are_refused_by_name(model):
    with pytest.raises(TypeError, match=r"^group: is not an argument of fit"):
        model.fit(X, Y > 0, group=np.arange(40))
    assert model.fit(X, Y > 0, sample_weight=None).n_features_in_ == 3


@pytest.mark.parametrize("function", [rc.risk_path, rc.forecast])
def test_only_the_data_go_by_place(function):
    kinds = {name: one.kind for name, one in inspect.signature(function).parameters.items()}
    by_place = [name for name, kind in kinds.items() if kind is not inspect.Parameter.KEYWORD_ONLY]
    assert by_place == ["X", "y"]


def test_groups_go_through_pipelines_and_routing():
    groups = np.arange(40) // 4
    expected = rc.GradientFlowRegressor().fit(StandardScaler().fit_transform(X), Y, groups=groups)
    model = make_pipeline(StandardScaler(), rc.GradientFlowRegressor())
    model.fit(X, Y, gradientflowregressor__groups=groups)
    assert model[-1].stopping_time_ == expected.stopping_time_
    with config_context(enable_metadata_routing=True):
        routed = make_pipeline(
            StandardScaler(), rc.GradientFlowRegressor().set_fit_request(groups=True)
        )
        routed.fit(X, Y, groups=groups)
        assert routed[-1].stopping_time_ == expected.stopping_time_
        found = cross_validate(
            rc.GradientFlowRegressor().set_fit_request(groups=True),
            X,
            Y,
            params={"groups": groups},
            cv=GroupKFold(4),
            return_estimator=True,
        )
        train, _ = next(GroupKFold(4).split(X, Y, groups))
        alone = rc.GradientFlowRegressor().fit(X[train], Y[train], groups=groups[train])
        assert found["estimator"][0].stopping_time_ == alone.stopping_time_


def test_scikit_learn_knows_that_weights_are_not_supported():
    """Boosting resamples by weights where it cannot pass them on."""
    model = AdaBoostRegressor(rc.GradientFlowRegressor(time=1.0), n_estimators=3, random_state=0)
    assert np.isfinite(model.fit(X, Y).predict(X)).all()
    assert "sample_weight" not in inspect.signature(rc.GradientFlowRegressor.fit).parameters
