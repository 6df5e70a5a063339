"""Doubts are texts that can be told apart by their kind."""

import copy
import pickle

import numpy as np
import pytest

import riskcast as rc
from riskcast.learning_curves._warnings import Doubt


def kinds(X, y, **arguments):
    with pytest.warns(UserWarning, match="forecast: "):
        doubts = rc.forecast(X, y, **arguments).warnings
    return {doubt.kind: doubt for doubt in doubts}


def test_each_kind_says_what_it_is():
    rng = np.random.default_rng(0)
    X = rng.standard_normal((30, 3))
    found = kinds(np.vstack([X, X[:2]]), rng.standard_normal(32))
    assert set(found) == {"warned by the path", "few rows", "no clear gain"}
    assert found["few rows"].startswith("only 32 rows: below 50 the intervals are rough")
    assert "the features may not predict the target" in found["no clear gain"]
    assert found["warned by the path"].startswith("X: 2 row(s) repeat another row exactly")


def test_rows_in_an_order_have_their_kind():
    rng = np.random.default_rng(1)
    X = rng.standard_normal((200, 2))
    y = X.sum(axis=1) + np.linspace(0.05, 3.0, 200) * rng.standard_normal(200)
    assert "further down" in kinds(X, y)["order"]


def test_a_doubt_is_its_text_wherever_it_goes():
    doubt = Doubt("only 3 rows", "few rows")
    assert doubt == "only 3 rows"
    for same in (copy.deepcopy(doubt), pickle.loads(pickle.dumps(doubt))):
        assert (same, same.kind) == (doubt, "few rows")
