"""What limits a model, on data made so that it is known."""

import warnings

import numpy as np
import pytest
from sklearn.neighbors import KNeighborsRegressor

import riskcast as rc
from riskcast.learning_curves._limits import limit_of


def made(kind, n_rows=300):
    random = np.random.default_rng(4)
    X = random.standard_normal((n_rows, 4))
    if kind == "noise":
        return X, X[:, 0] + 2.0 * random.standard_normal(n_rows), None
    if kind == "capacity":
        return X, X[:, 0] ** 2 + X[:, 1] ** 2 + 0.1 * random.standard_normal(n_rows), None
    X = random.standard_normal((n_rows, 250))
    return X, X @ np.full(250, 250**-0.5) + 0.05 * random.standard_normal(n_rows), None


@pytest.mark.parametrize("kind", ["noise", "capacity", "data"])
def test_the_limit_is_told(kind):
    X, y, kernel = made(kind)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        limit = rc.forecast(X, y, kernel=kernel).limit
    assert limit.kind == kind
    assert limit.sure
    assert str(limit).startswith(f"{kind.title()}-limited: unlimited data would remove")
    assert (limit.removable >= 0.5) == (kind == "data")
    assert limit.floor < limit.risk
    assert np.isfinite(limit.richer_risk) == (kind != "data")


def test_an_estimator_is_limited_by_its_floor():
    X, y, _ = made("noise", 120)
    limit = rc.forecast(X, y, estimator=KNeighborsRegressor()).limit
    assert limit.kind == "floor"
    assert "limited model capacity" in str(limit)


def test_what_is_not_sure_is_called_probable():
    found = limit_of(np.ones(10), np.linspace(0.3, 0.8, 10), None)
    assert not found.sure
    assert str(found).startswith("Probably limited by its floor")
