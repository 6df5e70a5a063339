"""A kernel that is no number agrees with nobody, and passes as nothing."""

import importlib

import numpy as np
import pytest

from riskcast.studies import run_study

module = importlib.import_module("riskcast.studies.papers.wide_and_deep_classifiers")


@pytest.mark.filterwarnings("ignore::RuntimeWarning")
@pytest.mark.parametrize("lost", ["_network", "_singular"])
def test_a_nan_is_no_share_of_agreement(monkeypatch, lost):
    whole = getattr(module, lost)

    def broken(*given):
        said = whole(*given)
        said[..., :1] = np.nan
        return said

    monkeypatch.setattr(module, lost, broken)
    study = module.study
    taken = {name: study.claims[name] for name in ("majority", "singular_kernel")}
    monkeypatch.setattr(study, "claims", taken)
    monkeypatch.setattr(study, "experiments", {"agreement": study.experiments["agreement"]})
    run = run_study(study)
    rates = run.kept["agreement"].measurements.rates
    assert np.isnan(rates[..., 2]).all()
    assert run.verdicts["singular_kernel"].outcome == "not"
    if lost == "_network":
        assert np.isnan(rates).all()
        assert run.verdicts["majority"].outcome == "not"
    else:
        assert np.isfinite(rates[..., :2]).all()
        assert "there is no singular kernel" in run.verdicts["majority"].seen


def test_a_neighbour_that_is_no_number_leaves_the_singular_kernel_open():
    seen = type("Seen", (), {"rates": np.tile([0.5, np.nan, 1.0], (4, 3, 1))})
    assert module.study.claims["singular_kernel"].check(seen).outcome == "not"
