"""What studies keep: damage is named and measured again, kills and pairs lose nothing."""

import json
import warnings

import numpy as np
import pytest

from riskcast._files import DamagedFileWarning
from riskcast.cli import main
from riskcast.studies import find_study, run_study, study_names
from riskcast.studies.ledger import keep_rows, read_ledger, shipped_rows
from riskcast.studies.store import Store
from tests.damage import DAMAGES, run_killed, run_pair, swap

QUICK = "deep-linear-generalization"
COINS = '''
"""Coins."""
from riskcast.studies import Study, judge

study = Study("Coins", source="folklore", smoke={"tosses": 200}, full={"tosses": 2000})

@study.experiment
def toss(rng, tosses):
    return {"heads": rng.random(tosses), "two": rng.random(2)}

@study.experiment
def again(rng, tosses):
    return {"heads": rng.random(tosses), "two": rng.random(2)}

@study.claim(refuted_if="the shares differ by more than 0.2")
def fair(toss, again):
    """A coin stays as it is."""
    gap = toss.heads.mean() - again.heads.mean()
    return judge(abs(gap) < 0.2, value=gap, seen="difference of shares")
'''


@pytest.fixture
def coins(tmp_path, monkeypatch):
    """A study in a file, and a cache of its own."""
    monkeypatch.setenv("RISKCAST_CACHE", str(tmp_path / "cache"))
    (tmp_path / "coins.py").write_text(COINS)
    return tmp_path / "coins.py"


def measured(study, store=None):
    """Every number that was measured, to the last bit, and what was warned of."""
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        done = run_study(study, store=store)
    assert all(warning.category is DamagedFileWarning for warning in caught)
    numbers = {
        (name, key): value.tobytes()
        for name, kept in done.kept.items()
        for key, value in vars(kept.measurements).items()
    }
    return numbers, [str(warning.message) for warning in caught]


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_measurements_are_taken_again(coins, tmp_path, damage):
    study, store = find_study(str(coins)), Store(tmp_path / "cache")
    whole = measured(study)[0]
    assert measured(study, store) == (whole, [])
    (path,) = store.folder.glob("toss-*")
    DAMAGES[damage](path)
    numbers, told = measured(study, store)
    assert numbers == whole
    assert len(told) == 1
    assert f"{path} is damaged" in told[0]
    assert measured(study, store) == (whole, [])


def test_measurements_that_changed_places_are_taken_again(coins, tmp_path):
    study, store = find_study(str(coins)), Store(tmp_path / "cache")
    whole = measured(study, store)[0]
    swap(*store.folder.glob("*.npz"))
    numbers, told = measured(study, store)
    assert (numbers, len(told)) == (whole, 2)


def test_the_command_names_damage_in_one_line(coins, tmp_path, capsys):
    assert main(["study", "run", str(coins), "--json"]) == 0
    before = json.loads(capsys.readouterr().out)
    for damage in ("half", "flipped in the middle", "no numbers"):
        (path,) = (tmp_path / "cache" / "studies").glob("toss-*")
        DAMAGES[damage](path)
        assert main(["study", "run", str(coins), "--json"]) == 0
        out, err = capsys.readouterr()
        assert err.startswith(f"riskcast: warning: {path} is damaged")
        assert err.count("\n") == 1
        for row, was in zip(json.loads(out), before, strict=True):
            for name in ("measured", "seconds"):
                del row[name]
            assert row.items() <= was.items()


def test_what_is_no_number_is_measured_each_time(tmp_path):
    store = Store(tmp_path)
    assert store.put("x", {"a": np.array([None])}, 1.0).measurements.a[0] is None
    assert store.get("x") is None


@pytest.fixture
def quick(shared_cache):
    """A study of the library that was run."""
    return run_study(find_study(QUICK), store=Store(shared_cache))


def kept_ledger(run, folder):
    """Where the verdicts of a run are kept, once they are."""
    store = Store(folder)
    keep_rows(run, store)
    (path,) = store.folder.glob("ledger-*.json")
    return store, path


@pytest.mark.parametrize("damage", DAMAGES)
def test_a_damaged_ledger_is_an_error_until_it_is_written_anew(quick, tmp_path, damage):
    store, path = kept_ledger(quick, tmp_path)
    before = read_ledger(store)
    assert before != shipped_rows()
    DAMAGES[damage](path)
    with pytest.raises(ValueError, match=rf"is damaged .* riskcast study run {QUICK} --scale full"):
        read_ledger(store)
    keep_rows(quick, store)
    assert [row.value for row in read_ledger(store)] == [row.value for row in before]


def test_the_ledger_of_another_study_is_not_believed(quick, tmp_path):
    store, path = kept_ledger(quick, tmp_path)
    other = next(name for name in study_names() if name != QUICK)
    path.rename(path.with_name(f"ledger-{other}.json"))
    with pytest.raises(ValueError, match=f"ledger-{other}.json: is damaged"):
        read_ledger(store)


def test_a_damaged_ledger_is_one_line_of_the_command(quick, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("RISKCAST_CACHE", str(tmp_path))
    _, path = kept_ledger(quick, tmp_path)
    DAMAGES["half"](path)
    assert main(["study", "ledger"]) == 2
    out, err = capsys.readouterr()
    assert (out, err.count("\n")) == ("", 1)
    assert str(path) in err


@pytest.mark.parametrize("content", ["", "{half", "[1]", '[{"study": "a"}]', "{}"])
def test_a_damaged_shipped_ledger_is_named(tmp_path, monkeypatch, content):
    from riskcast.studies import ledger

    (tmp_path / "ledger.json").write_text(content)
    monkeypatch.setattr(ledger, "_SHIPPED", (tmp_path / "ledger.json",))
    shipped_rows.cache_clear()
    try:
        with pytest.raises(ValueError, match=r"ledger\.json: is damaged; install riskcast again"):
            shipped_rows()
    finally:
        shipped_rows.cache_clear()


RUN = """
import sys
from pathlib import Path
from riskcast.studies import find_study, run_study
from riskcast.studies.store import Store
def work(number):
    study, store = find_study(sys.argv[1]), Store(Path(sys.argv[2]) / str(number))
    done = run_study(study, store=store)
    return repr((done.kept, done.verdicts))
"""


@pytest.mark.parametrize("step", ["fsync", "link", "unlink"])
@pytest.mark.parametrize("after", [0, 1])
def test_a_kill_in_any_write_is_gone_on_from(coins, tmp_path, step, after):
    run_killed(f"{RUN}\nwork('killed')", coins, tmp_path, step=step, after=after)
    study, store = find_study(str(coins)), Store(tmp_path / "killed")
    assert len(list(store.folder.glob("*.npz"))) == after + (step == "unlink")
    assert measured(study, store) == (measured(study)[0], [])
    assert len(list(store.folder.iterdir())) == 2


def test_pairs_of_processes_tell_the_same_to_the_second(coins, tmp_path):
    for number, (one, other) in enumerate(run_pair(RUN, 20, coins, tmp_path)):
        assert one == other
        assert len(list((tmp_path / str(number) / "studies").iterdir())) == 2
