import numpy as np
import pytest
from scipy import sparse
from sklearn.linear_model import Ridge
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from riskcast.features import NNGP, RandomFeatures


@parametrize_with_checks(
    [
        RandomFeatures(),
        RandomFeatures(20, activation="erf", bias_variance=0.1, random_state=0),
        RandomFeatures(20, activation=np.tanh, random_state=0),
    ]
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.mark.parametrize("activation", ["relu", "erf", "cos", "gelu"])
def test_inner_products_converge_to_the_kernel(activation):
    X = np.random.default_rng(0).standard_normal((4, 5))
    given = {"activation": activation, "weight_variance": 1.5, "bias_variance": 0.3}
    limit = NNGP(depth=1, **given)(X) - 0.3
    squared = []
    widths = [100, 1000, 10000]
    for width in widths:
        off = []
        for seed in range(20):
            features = RandomFeatures(width, random_state=seed, **given).fit_transform(X)
            off.append(features @ features.T - limit)
        error = np.std(off, axis=0) / np.sqrt(20)
        assert np.all(np.abs(np.mean(off, axis=0)) < 4.5 * error)
        squared.append(np.mean(np.square(off)))
    assert np.polyfit(np.log(widths), np.log(squared), 1)[0] == pytest.approx(-1, abs=0.25)


def test_seed_dtype_names_and_sparse_input():
    X = np.random.default_rng(0).standard_normal((6, 3))
    one = RandomFeatures(7, random_state=1).fit(X)
    np.testing.assert_array_equal(
        one.transform(X), RandomFeatures(7, random_state=1).fit_transform(X)
    )
    np.testing.assert_allclose(one.transform(sparse.csr_matrix(X)), one.transform(X))
    assert RandomFeatures(7).fit_transform(X.astype(np.float32)).dtype == np.float32
    assert list(one.get_feature_names_out()[:2]) == ["randomfeatures0", "randomfeatures1"]
    assert make_pipeline(one, Ridge()).fit(X, X[:, 0]).predict(X).shape == (6,)


def test_bad_parameters_are_refused():
    with pytest.raises(ValueError, match="n_components: got 0; give a whole number >= 1"):
        RandomFeatures(0).fit([[1.0]])
    with pytest.raises(ValueError, match="weight_variance: got -1"):
        RandomFeatures(weight_variance=-1).fit([[1.0]])
    with pytest.raises(ValueError, match="'swish' is not known"):
        RandomFeatures(activation="swish").fit([[1.0]])
