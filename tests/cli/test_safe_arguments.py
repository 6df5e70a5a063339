"""No text makes an estimator touch files, run code, start processes or exhaust the machine."""

import inspect
import math
import os

import numpy as np
import pytest
from sklearn.utils.discovery import all_estimators

from riskcast.models import choose_model, parse_estimator
from riskcast.tables import InputError

X = np.random.default_rng(0).normal(size=(30, 4))
ESTIMATORS = dict(all_estimators())

# Values that the parameter of that name must not take, whatever estimator has it.
SUSPICIOUS = {
    "memory": ["'jcache'", "''", "b'jcache'", "('jcache',)", "True", "Ridge()", "{'a': 'j'}"],
    "input": ["'filename'", "'file'"],
    "n_jobs": ["1000", "-2", "10000000", "0", "2.5", "'all'", "[1]", "True"],
    "pre_dispatch": ["'10**10**10'", "'__import__(\"os\")'", "'n_jobs*9**9'", "10000000"],
    "verbose_feature_names_out": ["'{feature_name:>99999999}'", "'{feature_name.__class__}'"],
    "importance_getter": ["'__class__.__init__.__globals__'", "'coef_.__class__'", "'_x'"],
    "func": ["'os.system'", "1"],
    "inverse_func": ["'os.system'"],
    "callback": ["'print'"],
    "tokenizer": ["'eval'"],
    "preprocessor": ["'eval'"],
    "score_func": ["'eval'"],
    "pooling_func": ["'eval'"],
    "is_data_valid": ["'eval'"],
    "is_model_valid": ["'eval'"],
    "n_estimators": ["1000000000", "0xFFFFFFFFFF", "[1000000000]"],
    "n_components": ["1000000000"],
    "hidden_layer_sizes": ["(1000000000,)", "[1000000000]", "(9000, 9000)", "1000000000"],
    "max_iter": ["1000000000000"],
    "n_iter": ["1000000000"],
    "n_restarts_optimizer": ["1000000000"],
    "n_init": ["1000000000"],
    "cv": ["1000000000"],
    "degree": ["1000000000"],
    "n_knots": ["1000000000"],
    "n_bins": ["1000000000"],
    "alphas": ["1000000000"],
    "Cs": ["1000000000"],
    "thresholds": ["1000000000"],
    "n_clusters": ["1000000000"],
    "n_features": ["1000000000"],
    "sample_steps": ["1000000000"],
}
CASES = [
    (estimator, parameter, value)
    for estimator, kind in ESTIMATORS.items()
    for parameter in inspect.signature(kind).parameters
    for value in SUSPICIOUS.get(parameter, ())
]


def test_every_suspicious_parameter_is_there():
    assert {parameter for _, parameter, _ in CASES} == set(SUSPICIOUS)
    assert ("Pipeline", "memory", "'jcache'") in CASES
    assert len(CASES) > 500


def refusal(text):
    with pytest.raises(InputError) as caught:
        parse_estimator(text)
    assert "\n" not in str(caught.value)
    return str(caught.value)


def test_no_suspicious_value_passes_in_any_estimator():
    for estimator, parameter, value in CASES:
        told = refusal(f"{estimator}({parameter}={value})")
        assert parameter in told or "neither a literal" in told, told


def test_parameters_that_take_nothing_but_a_function_are_among_them():
    for name, kind in ESTIMATORS.items():
        constraints = getattr(kind, "_parameter_constraints", None) or {}
        for parameter in inspect.signature(kind).parameters:
            if constraints.get(parameter) in ([callable], [callable, None], [None, callable]):
                assert parameter in SUSPICIOUS, (name, parameter)


WRAPPED = [
    "BaggingRegressor(estimator={})",
    "Pipeline(steps=[('fit', {})])",
    "VotingRegressor(estimators=[('a', Ridge()), ('b', {})])",
    "StackingRegressor(estimators=[('a', Ridge())], final_estimator={})",
    "GridSearchCV(estimator={}, param_grid={{}})",
    "GridSearchCV(estimator=Ridge(), param_grid={{'estimator': [{}]}})",
    "Pipeline(steps=[('u', FeatureUnion(transformer_list=[('x', {})]))])",
]


@pytest.mark.parametrize("wrapper", WRAPPED)
@pytest.mark.parametrize(
    "inner",
    ["Pipeline(steps=[('a', Ridge())], memory='jcache')", "FeatureAgglomeration(memory='jcache')",
     "CountVectorizer(input='filename')", "RandomForestRegressor(n_jobs=10000)",
     "RandomForestRegressor(n_estimators=1000000000)"],
)  # fmt: skip
def test_nor_at_any_depth(wrapper, inner):
    refusal(wrapper.format(inner))


@pytest.mark.parametrize(
    "grid",
    ["{'memory': ['jcache']}", "{'memory': 'jcache'}", "[{'memory': ['jcache']}]",
     "{'fit__memory': ('jcache',)}", "{'a__b__n_jobs': [1, 10000]}", "{'fit__input': ['filename']}",
     "{'n_estimators': [10, 1000000000]}", "{'fit': [Pipeline(steps=[], memory='jcache')]}",
     "{'hidden_layer_sizes': [(9000, 9000)]}",
     "{" + ", ".join(f"'p{i}': {list(range(9))}" for i in range(12)) + "}"],
)  # fmt: skip
@pytest.mark.parametrize(
    "search", ["GridSearchCV(param_grid", "RandomizedSearchCV(param_distributions"]
)
def test_nor_by_way_of_a_grid(search, grid):
    refusal(f"{search}={grid}, estimator=Pipeline(steps=[('fit', Ridge())]))")


def test_a_cache_is_neither_written_nor_read(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    text = "Pipeline(steps=[('a', StandardScaler()), ('b', Ridge())], memory='jcache')"
    with pytest.raises(InputError, match="memory='jcache': reads and writes cache files"):
        choose_model(text, X, "regression")
    assert os.listdir(tmp_path) == []


@pytest.mark.parametrize(
    "text",
    [
        "Lasso" + "()" * 2000,
        "Lasso" + ".a" * 2000,
        "Lasso" + "[0]" * 2000,
        "Lasso(alpha=" + "-" * 3000 + "1)",
        "Lasso(alpha=" + "not " * 2000 + "1)",
        "Lasso(alpha=" + "[" * 150 + "]" * 150 + ")",
        "Lasso(alpha=" + "(" * 199 + "1" + ")" * 202,
        "Lasso(alpha=" + "1+" * 3000 + "1)",
        "Lasso(alpha=[" + "0," * 4000 + "])",
        "Bagging(estimator=" * 300 + "Ridge()" + ")" * 300,
        "{" * 5000,
        "[" * 5000,
        "lambda:" * 1400,
        "x" * 100_000_000,
        "Lasso(alpha=0x" + "f" * 9000 + ")",
        "Lasso(alpha=" + "9" * 5000 + ")",
        "Lasso(alpha=10**10**10)",
        "Lasso(alpha=2**99999999)",
        "Lasso(alpha=[0]*10**9)",
        "Lasso(alpha='a'*10**9)",
        "Lasso(alpha=b'a')",
        "Lasso(alpha=1j)",
        "Lasso(alpha=...)",
        "Lasso(alpha={1, 2})",
        "Lasso(alpha=f'{1}')",
        "Lasso(alpha=(a:=1))",
        "(a:=Lasso)",
        "Lasso(alpha=lambda: 1)",
        "Lasso(alpha=[x for x in (1,)])",
        "Lasso(alpha=().__class__)",
        "Lasso.__init__()",
        "__import__",
        "Lasso(__class__=1)",
        "Lasso(alpha=-True)",
        "Lasso(alpha=-'a')",
        "Lasso(alpha=1 if 1 else 2)",
        "Lasso(alpha=*[1])",
        "Lasso(*[1])",
        "Lasso(**{'alpha': 1})",
        "Lasso(alpha={**{}})",
        "Lasso(alpha=1\0)",
        "\0",
        "Lasso(alpha='\udc80')(",
        "Lasso\udc80()",
        "Lasso(alpha=1); import os",
        "Lasso(alpha=1)\nimport os",
        "await x",
        "yield",
        "",
        " " * 20_000,
    ],
    ids=lambda text: f"{text[:24]!r}x{len(text)}",
)
def test_texts_that_are_no_model_are_one_short_line(text):
    with pytest.raises(InputError) as caught:
        choose_model(text, X, "regression")
    assert "\n" not in str(caught.value)
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize(
    "text",
    [
        "RandomForestRegressor(n_estimators=1000, n_jobs=-1, max_leaf_nodes=1000000, verbose=1)",
        "HistGradientBoostingRegressor(max_iter=100000, random_state=4294967295)",
        "MLPRegressor(hidden_layer_sizes=(1000, 1000), alpha=1.0e9)",
        "Pipeline(steps=[('scale', StandardScaler()), ('fit', SVR(max_iter=-1))], memory=None)",
        "GridSearchCV(estimator=Ridge(), param_grid={'alpha': [0.1, 1, 10]}, pre_dispatch='all')",
        "SelectFromModel(estimator=Lasso(), importance_getter='coef_')",
        "SimpleImputer(missing_values=-99999999999)",
        "LogisticRegression(class_weight={'memory': 2.0, 'n_jobs': 3, 20260101: 1})",
        "CountVectorizer(vocabulary={'input': 0, 'memory': 1}, input='content')",
        "LassoCV(alphas=[0.1, 1000])",
    ],
)
def test_what_is_usual_passes(text):
    assert type(parse_estimator(text)).__name__ == text.partition("(")[0]


def test_defaults_of_every_estimator_pass_as_written():
    for name, kind in ESTIMATORS.items():
        parameters = inspect.signature(kind).parameters.values()
        defaults = {one.name: one.default for one in parameters}
        if inspect.Parameter.empty in defaults.values():
            continue
        for parameter, value in defaults.items():
            if type(value) in (int, str, bool, type(None)) or (
                type(value) is float and math.isfinite(value)
            ):
                parse_estimator(f"{name}({parameter}={value!r})")
