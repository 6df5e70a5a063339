"""Every study at smoke scale: it runs, draws, and its checks fail when it is sabotaged."""

import importlib

import numpy as np
import pytest

from riskcast.studies import Measurements, find_study, run_study, study_names
from tests.studies.sabotages import SABOTAGES

RUNS = {}


def module_of(name):
    return importlib.import_module(f"riskcast.studies.papers.{name.replace('-', '_')}")


def smoke(name):
    """A study at smoke scale, run once for all tests."""
    if name not in RUNS:
        RUNS[name] = run_study(find_study(name))
    return RUNS[name]


@pytest.mark.parametrize("name", study_names())
def test_runs_and_draws(name):
    run = smoke(name)
    for claim in run.study.claims.values():
        assert claim.statement
        assert claim.refuted_if
        assert claim.figure in run.study.figures
        assert run.verdicts[claim.name].seen
    for figure in run.study.figures.values():
        assert figure.caption
        for ax in run.draw(figure.name).axes:
            if ax.get_label() != "<colorbar>":
                assert ax.get_xlabel()
                assert ax.get_ylabel()


@pytest.mark.parametrize("name", study_names())
def test_nothing_measured_is_nothing_reproduced(name):
    """Not a number in place of each measurement."""
    run = smoke(name)
    empty = {
        need: Measurements(
            **{key: np.full(value.shape, np.nan) for key, value in vars(kept.measurements).items()}
        )
        for need, kept in run.kept.items()
    }
    for claim in run.study.claims.values():
        try:
            verdict = claim.check(*(empty[need] for need in claim.needs))
        except (ValueError, IndexError, FloatingPointError):
            continue  # refuses to judge
        assert verdict.outcome != "reproduced", claim.name


@pytest.mark.parametrize("name", study_names())
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_checks_fail_when_the_experiment_is_sabotaged(name, monkeypatch):
    """What a claim rests on is taken away: the verdict must change from reproduced."""
    claim, attribute, sabotage = SABOTAGES[name]
    assert smoke(name).verdicts[claim].outcome == "reproduced"
    module = module_of(name)
    monkeypatch.setattr(module, attribute, sabotage(getattr(module, attribute)))
    study = find_study(name)
    needs = study.claims[claim].needs
    others = {key: value for key, value in study.experiments.items() if key in needs}
    monkeypatch.setattr(study, "experiments", others)
    monkeypatch.setattr(study, "claims", {claim: study.claims[claim]})
    assert run_study(study).verdicts[claim].outcome != "reproduced"
