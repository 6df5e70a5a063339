"""Whatever scikit-learn takes for a seed, a forecast takes."""

import numpy as np
import pytest

import riskcast as rc
from riskcast._validation import seed
from riskcast.features import RandomFeatures, from_name
from riskcast.theory import linear_complexity

RNG = np.random.default_rng(0)
X = RNG.standard_normal((60, 3))
Y = X @ [1.0, 2.0, -1.0] + RNG.standard_normal(60)


def forecast(random_state):
    return rc.forecast(X, Y, n_samples=[60, 120], random_state=random_state).risk


def features(random_state):
    return RandomFeatures(5, random_state=random_state).fit(X).weights_


def complexity(random_state):
    return linear_complexity(X, 1.0, n_draws=20, random_state=random_state)


RANDOM = pytest.mark.parametrize("call", [forecast, features, complexity])


@RANDOM
@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng, int, np.uint64])
def test_the_same_seed_gives_the_same(call, make):
    np.testing.assert_array_equal(call(make(7)), call(make(7)))
    assert not np.array_equal(call(make(7)), call(make(8)))


@RANDOM
@pytest.mark.parametrize("make", [np.random.RandomState, np.random.default_rng])
def test_a_generator_moves_on(call, make):
    given = make(7)
    assert not np.array_equal(call(given), call(given))


@RANDOM
def test_none_is_another_draw_at_every_call(call):
    assert not np.array_equal(call(None), call(None))


@pytest.mark.parametrize("name", ["random-relu:5", "random-fourier:5", "nystroem:5"])
def test_features_by_name_take_generators(name):
    first, second = (
        from_name(name, random_state=np.random.default_rng(k)).fit_transform(X) for k in (7, 7)
    )
    np.testing.assert_array_equal(first, second)


def test_a_whole_number_is_its_own_seed():
    """Figures that were computed with integers stay what they were."""
    assert [seed(0), seed(np.int8(5)), seed(2**40)] == [0, 5, 2**40]


@pytest.mark.parametrize("given", [1.5, "seven", True, [1, 2], np.random, np.random.MT19937(1)])
def test_what_is_no_seed(given):
    with pytest.raises(TypeError, match=r"^random_state: got .*; give a whole number >= 0, None"):
        forecast(given)


def test_a_seed_below_zero():
    with pytest.raises(ValueError, match=r"^random_state: got -1; give a whole number >= 0"):
        forecast(-1)
