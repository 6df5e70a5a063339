"""A forecast's many small factorizations keep to one thread."""

import warnings

import numpy as np
from threadpoolctl import threadpool_info, threadpool_limits

import riskcast as rc
from riskcast.learning_curves.parametric import _curve_average as curve_average
from riskcast.learning_curves.spectral import _forecaster as forecaster
from riskcast.learning_curves.subsampling import _exact_learner as exact_learner
from riskcast.path import _problem as problem


def blas_threads():
    return [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]


def test_small_factorizations_and_fits_keep_to_one_thread(monkeypatch):
    """With two threads, each waiting for the other, a busy machine took ten times as long."""
    seen = {}

    def watched(module, name):
        function = getattr(module, name)

        def call(*given, **options):
            seen.setdefault(name, []).extend(blas_threads())
            return function(*given, **options)

        monkeypatch.setattr(module, name, call)

    watched(problem, "FoldModel")
    watched(exact_learner, "observe")
    watched(curve_average, "fit_curve")
    watched(forecaster, "fit_target_power")
    random = np.random.default_rng(0)
    X = random.standard_normal((60, 5))
    with warnings.catch_warnings(), threadpool_limits(2, "blas"):  # also where one is usual
        warnings.simplefilter("ignore")
        rc.forecast(X, X[:, 0] + random.standard_normal(60))
    assert set(seen) == {"FoldModel", "observe", "fit_curve", "fit_target_power"}
    assert all(set(threads) == {1} for threads in seen.values())
