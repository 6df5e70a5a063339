"""The form of a study: what is measured, kept, judged and refused."""

import ast
import importlib
import textwrap
from pathlib import Path

import numpy as np
import pytest

from riskcast._files import DamagedFileWarning
from riskcast.studies import Study, claims, find_study, judge, mean_and_error, run_study
from riskcast.studies.fingerprints import fingerprint
from riskcast.studies.running import claim_fingerprint
from riskcast.studies.store import Store

COINS = '''
"""Coins."""
import numpy as np
from riskcast.studies import Study, judge
from riskcast.theory import final_risk

study = Study("Coins", source="folklore", smoke={"tosses": 200, "sides": 2},
              full={"tosses": 2000, "sides": 2})
HEADS = 1

@study.experiment
def toss(rng, tosses, sides):
    """Toss a coin."""
    CALLS.append("toss")
    return {"heads": count(rng.integers(0, sides, tosses))}

@study.experiment
def limit():
    CALLS.append("limit")
    return {"risk": final_risk(2.0, 1.0)}

def count(sides):
    # a remark
    return sides == HEADS

def unrelated():
    return 1

@study.claim(refuted_if="the share is beyond 0.4 to 0.6", figure="shares")
def fair(toss):
    """A coin is fair."""
    share = toss.heads.mean()
    return judge(0.4 < share < 0.6, value=share, seen="share of heads")

@study.figure
def shares(figure, toss):
    """Heads."""
    figure.subplots().hist(toss.heads.astype(float))

CALLS = []
'''


@pytest.fixture
def load(tmp_path):
    """A study from text, in a new file each time."""
    made = []

    def from_text(text):
        path = tmp_path / f"coins_{len(made)}.py"
        made.append(path)
        path.write_text(text, encoding="utf-8")
        return find_study(str(path))

    return from_text


def calls(study):
    return study.experiments["toss"].function.__globals__["CALLS"]


def test_only_what_changed_is_measured_again(load, tmp_path):
    store = Store(tmp_path / "store")
    first = load(COINS)
    before = run_study(first, store=store)
    assert calls(first) == ["toss", "limit"]
    same = load(COINS.replace("# a remark", "# another").replace('"""Toss a coin."""', ""))
    again = run_study(same, store=store)
    assert calls(same) == []
    assert again.verdicts == before.verdicts
    assert again.kept["toss"].measured == before.kept["toss"].measured
    for changed, measured in [
        (COINS.replace("HEADS = 1", "HEADS = 0"), ["toss"]),
        (COINS.replace("sides == HEADS", "HEADS == sides"), ["toss"]),
        (COINS.replace("final_risk(2.0, 1.0)", "final_risk(3.0, 1.0)"), ["limit"]),
        (COINS.replace('"tosses": 200', '"tosses": 201'), ["toss"]),
        (COINS.replace("0.4 < share", "0.3 < share"), []),
        (COINS.replace("return 1", "return 2"), []),
    ]:
        study = load(changed)
        run_study(study, store=store)
        assert calls(study) == measured


def test_a_broken_file_in_the_store_is_measured_again(load, tmp_path):
    store = Store(tmp_path / "store")
    study = load(COINS)
    run_study(study, store=store)
    for path in store.folder.glob("toss-*"):
        path.write_bytes(b"PK and then nothing")
    with pytest.warns(DamagedFileWarning, match=r"toss-\w+\.npz is damaged"):
        run_study(study, store=store)
    assert calls(study) == ["toss", "limit", "toss"]
    assert not list(store.folder.glob(".unfinished-*"))
    for path in store.folder.glob("toss-*"):
        np.savez(path, heads=np.ones(3))  # whole, but not one of ours
    with pytest.warns(DamagedFileWarning, match="no checksum"):
        run_study(study, store=store)
    assert calls(study) == ["toss", "limit", "toss", "toss"]


def test_the_library_behind_an_experiment_is_an_input(load, monkeypatch):
    module = importlib.import_module("riskcast.studies.fingerprints")
    study = load(COINS)
    toss, limit = (study.experiments[name].function for name in ("toss", "limit"))
    before = fingerprint(toss), fingerprint(limit)
    digests = {}

    def other(part):
        digests[part] = True
        return "changed" if part == "spectra" else "same"

    monkeypatch.setattr(module, "_digest_of_part", other)
    assert fingerprint(toss) == before[0]  # needs NumPy alone
    first = fingerprint(limit)
    assert "spectra" in digests  # which theory imports
    monkeypatch.setattr(module, "_digest_of_part", lambda part: "same")
    assert fingerprint(limit) != first


@pytest.mark.parametrize("shared", ["statistics", "simulation", "tangent_regression"])
def test_what_studies_share_to_measure_is_an_input(load, monkeypatch, shared):
    module = importlib.import_module("riskcast.studies.fingerprints")
    study = load(
        COINS.replace(
            "from riskcast.theory import final_risk",
            f"from riskcast.studies.{shared} import other\nfrom riskcast.theory import final_risk",
        )
        .replace("from riskcast.studies.tangent", "import importlib\nfrom riskcast.studies.tangent")
        .replace(" import other", " import __doc__ as other")
        .replace("HEADS = 1", "HEADS = len(other[:1])")
    )
    before = fingerprint(study.experiments["toss"].function)
    monkeypatch.setattr(
        module,
        "_digest_of_part",
        lambda part: "changed" if part == f"studies/{shared}" else "same",
    )
    changed = fingerprint(study.experiments["toss"].function)
    monkeypatch.setattr(module, "_digest_of_part", lambda part: "same")
    assert len({before, changed, fingerprint(study.experiments["toss"].function)}) == 3


def test_conditions_of_one_statement_stand_in_no_list():
    """The rule of `judge`, as far as it can be seen: a list has more than one condition."""
    judged = 0
    for path in Path(claims.__file__).parent.glob("papers/*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "judge":
                judged += 1
                assert len(getattr(node.args[0], "elts", (1, 2))) > 1, path.name
    assert judged > 90


def test_a_claim_is_stale_when_its_check_or_experiment_changes(load):
    def digest(text):
        study = load(text)
        return claim_fingerprint(study, study.claims["fair"], "smoke")

    assert digest(COINS) == digest(COINS.replace("# a remark", ""))
    for changed in (("0.4 < share", "0.3 < share"), ("HEADS = 1", "HEADS = 0")):
        assert digest(COINS) != digest(COINS.replace(*changed))


def test_importing_the_whole_package_is_refused(load):
    study = load(
        COINS.replace("from riskcast.theory import final_risk", "import riskcast as rc").replace(
            "final_risk(", "rc.theory.final_risk("
        )
    )
    limit = study.experiments["limit"].function
    with pytest.raises(ValueError, match="import what it uses"):
        fingerprint(limit)


def test_draws_of_one_experiment_do_not_depend_on_others(load):
    added = COINS.replace(
        "@study.experiment\ndef toss",
        textwrap.dedent("""
        @study.experiment
        def earlier(rng):
            return {"drawn": rng.standard_normal(10)}

        @study.experiment
        def toss"""),
        1,
    )
    one, other = run_study(load(COINS)), run_study(load(added))
    assert (one.kept["toss"].measurements.heads == other.kept["toss"].measurements.heads).all()


def test_figures_and_parameters(load):
    study = load(COINS)
    run = run_study(study, changed={"sides": 1000})
    assert run.verdicts["fair"].outcome == "not"
    assert run.draw("shares").axes
    with pytest.raises(ValueError, match="no parameter of this study; it has tosses, sides"):
        run_study(study, changed={"edges": 1})
    with pytest.raises(ValueError, match="give smoke or full"):
        run_study(study, "huge")


def test_what_does_not_fit_is_refused_where_it_is_written():
    with pytest.raises(ValueError, match="draws given at one scale only"):
        Study("A", source="B", smoke={"draws": 1}, full={})
    study = Study("A", source="B", smoke={"draws": 1}, full={"draws": 2})
    with pytest.raises(ValueError, match="takes 'size', which is no parameter"):
        study.experiment(lambda size: {})
    with pytest.raises(ValueError, match="takes 'size', which is no experiment above it"):
        study.claim(refuted_if="")(lambda size: None)


@pytest.mark.parametrize(
    ("holds", "value", "outcome"),
    [
        (True, 1.0, "reproduced"),
        ([True, True], 1.0, "reproduced"),
        ([True, False], 1.0, "partly"),
        ([False, False], 1.0, "not"),
        (True, np.nan, "not"),
        (np.array([np.nan]) > 0.0, 1.0, "not"),
    ],
)
def test_verdicts(holds, value, outcome):
    assert judge(holds, value=value, seen="").outcome == outcome


def test_no_condition_is_no_verdict():
    with pytest.raises(ValueError, match="give at least one"):
        judge([], value=1.0, seen="")
    with pytest.raises(ValueError, match="at least two"):
        mean_and_error([1.0])


@pytest.mark.parametrize(
    ("value", "error", "text"),
    [(1.23456, 0.0, "1.23"), (1.23456, 0.01, "1.235 ± 0.010"), (123.4, 2.5, "123.4 ± 2.5"),
     (2.0, np.inf, "2 ± inf"), (np.inf, 1.0, "inf ± 1")],
)  # fmt: skip
def test_numbers_show_what_their_error_allows(value, error, text):
    assert judge(True, value=value, error=error, seen="").number == text
