"""Every study at smoke scale: it runs, draws, and its checks fail when it is sabotaged.

Three quick ones are among the quick tests; the others are marked `study`.
"""

import importlib

import numpy as np
import pytest

from riskcast.studies import Measurements, find_study, run_study, study_names
from riskcast.studies.store import Store
from tests.studies.sabotages import SABOTAGES

NETWORKS = (
    "benign-overfitting-xor",
    "feature-learning",
    "gradient-coherence",
    "grokking-lazy-to-rich",
    "intrinsic-dimension",
    "neural-tangent-kernel",
    "nonlinear-networks",
    "scaling-is-predictable",
    "train-longer",
    "universality-lens-networks",
)

QUICK = ("deep-linear-generalization", "high-dimensional-dynamics", "universality-lens")


@pytest.mark.parametrize(
    "name",
    [
        pytest.param(name, marks=[] if name in QUICK else pytest.mark.study)
        for name in study_names()
    ],
)
@pytest.mark.filterwarnings("ignore::RuntimeWarning")
def test_study(name, shared_cache, monkeypatch):
    """One test a study, so that what is measured serves all its parts."""
    if name in NETWORKS:
        pytest.importorskip("jax", reason="networks are trained with the extra [lab]")
    run = run_study(find_study(name), store=Store(shared_cache))
    runs_and_draws(run)
    nothing_measured_is_nothing_reproduced(run)
    check_fails_when_the_experiment_is_sabotaged(run, monkeypatch)


def runs_and_draws(run):
    for claim in run.study.claims.values():
        assert claim.statement
        assert claim.refuted_if
        assert claim.figure in run.study.figures
        assert run.verdicts[claim.name].seen
    for figure in run.study.figures.values():
        assert figure.caption
        for ax in run.draw(figure.name).axes:
            assert ax.get_xlabel()
            assert ax.get_ylabel()


def nothing_measured_is_nothing_reproduced(run):
    """Not a number in place of each measurement."""
    empty = {
        need: Measurements(
            **{key: np.full(value.shape, np.nan) for key, value in vars(kept.measurements).items()}
        )
        for need, kept in run.kept.items()
    }
    for claim in run.study.claims.values():
        try:
            verdict = claim.check(*(empty[need] for need in claim.needs))
        except (ValueError, IndexError, ArithmeticError, np.linalg.LinAlgError):
            continue  # refuses to judge
        assert verdict.outcome != "reproduced", claim.name


def check_fails_when_the_experiment_is_sabotaged(run, monkeypatch):
    """What a claim rests on is taken away: the verdict must change from reproduced."""
    study = run.study
    names, attribute, sabotage = SABOTAGES[study.name]
    claims = {name: study.claims[name] for name in ([names] if isinstance(names, str) else names)}
    assert {run.verdicts[name].outcome for name in claims} == {"reproduced"}
    module = importlib.import_module(f"riskcast.studies.papers.{study.name.replace('-', '_')}")
    monkeypatch.setattr(module, attribute, sabotage(getattr(module, attribute)))
    needs = {need for claim in claims.values() for need in claim.needs}
    needed = {need: study.experiments[need] for need in needs}
    monkeypatch.setattr(study, "experiments", needed)
    monkeypatch.setattr(study, "claims", claims)
    # Without a store: what is patched in a module is not in the fingerprint of its source.
    for name, verdict in run_study(study).verdicts.items():
        assert verdict.outcome != "reproduced", name
