import numpy as np
import pytest

from riskcast.features import NNGP, NTK, Nystroem, RandomFeatures, RBFSampler, from_name


def test_names_make_kernels():
    assert from_name("ntk:3") == NTK("relu", 3)
    assert from_name("nngp:relu:2") == NNGP("relu", 2)
    assert from_name("ntk:erf:4") == NTK("erf", 4)
    assert from_name("ntk:leaky-relu:1") == NTK("leaky-relu", 1)


def test_names_make_transformers():
    X = np.random.default_rng(0).standard_normal((400, 3))
    for name, kind, width in [
        ("random-relu:1000", RandomFeatures, 1000),
        ("random-leaky-relu:10", RandomFeatures, 10),
        ("random-fourier:500", RBFSampler, 500),
        ("nystroem:300", Nystroem, 300),
    ]:
        made = from_name(name, random_state=3)
        assert isinstance(made, kind)
        assert made.random_state == 3
        assert made.fit_transform(X).shape == (400, width)
    assert from_name("random-erf:5").activation == "erf"


@pytest.mark.parametrize(
    ("name", "what"),
    [
        ("ntk", "it needs a family and a number"),
        ("ntk:", "'' is not a whole number"),
        ("ntk:relu", "'relu' is not a whole number"),
        ("ntk:0", "'0' is not a whole number of at least 1"),
        ("ntk:²", "is not a whole number"),
        ("ntk:-1", "is not a whole number"),
        ("ntk:swish:2", "there is no activation 'swish'"),
        ("nystroem:relu:2", "'nystroem' takes a number alone"),
        ("random-swish:3", "there is no family 'random-swish'"),
        ("relu:3", "there is no family 'relu'"),
        ("ntk:relu:2:3", "it needs a family and a number"),
        (3, "it needs a family and a number"),
    ],
)
def test_other_names_are_refused_with_a_list(name, what):
    with pytest.raises(ValueError, match="random-fourier:WIDTH") as refusal:
        from_name(name)
    assert what in str(refusal.value)
