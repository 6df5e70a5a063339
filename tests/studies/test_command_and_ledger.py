"""``riskcast study``, the catalogue and the ledger."""

import json
from collections import Counter

import pytest

from riskcast._sealed import write_json
from riskcast.cli import main
from riskcast.studies import catalogue, find_study, pages, run_study, search, study_names
from riskcast.studies.ledger import is_stale, keep_rows, read_ledger, rows_of, shipped_rows
from riskcast.studies.store import Store

QUICK = "deep-linear-generalization"


@pytest.fixture(autouse=True)
def own_store(tmp_path, monkeypatch):
    monkeypatch.setenv("RISKCAST_CACHE", str(tmp_path / "cache"))


@pytest.fixture
def quick(shared_cache):
    return run_study(find_study(QUICK), store=Store(shared_cache))


def run(capsys, *arguments):
    status = main(["study", *map(str, arguments)])
    streams = capsys.readouterr()
    return status, streams.out, streams.err


def test_every_paper_has_a_state_and_a_reason():
    papers = catalogue()
    assert len(papers) == len({paper.title for paper in papers}) == 189
    assert {paper.state for paper in papers} <= {"re-tested", "planned", "not testable here"}
    assert all(paper.why for paper in papers if paper.state == "not testable here")
    assert Counter(paper.ring >= 4 for paper in papers)[True] == 70


def test_every_study_re_tests_a_paper_of_the_catalogue():
    tested = {name for paper in catalogue() for name in paper.studies}
    assert tested == set(study_names())


def test_search_takes_all_words_in_any_case():
    assert {paper.family for paper in search("GROKKING benign")} == {
        "grokking and benign overfitting"
    }
    assert search("re-tested dynamics 2017")[0].ring == 0
    assert search("no such word") == []


def test_list_as_table_and_json(capsys):
    status, out, _ = run(capsys, "list", "--search", "high-dimensional dynamics")
    assert status == 0
    assert "1 papers" in out
    status, out, _ = run(capsys, "list", "--json")
    rows = json.loads(out)
    assert len(rows) == 189
    for row in rows:
        assert bool(row["verdicts"]) == (row["state"] == "re-tested")


def test_run_writes_json_and_a_page(capsys, tmp_path):
    page = tmp_path / "study.html"
    status, out, _ = run(capsys, "run", QUICK, "--json", "--html", page)
    rows = json.loads(out)
    assert status == 0
    assert [row["claim"] for row in rows] == list(find_study(QUICK).claims)
    text = page.read_text(encoding="utf-8")
    assert text.count("<svg") == len(find_study(QUICK).figures)
    for loading in ("<script", "<link", "<img", "@import", "url(http", "src="):
        assert loading not in text
    status, out, _ = run(capsys, "run", QUICK)
    assert status == 0
    assert "reproduced" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["run", "nothing"], "there is no study 'nothing'"),
        (["run", "nothing.py"], "there is no such file"),
        (["run", QUICK, "--scale", "huge"], "give smoke or full"),
        (["run", QUICK, "--html", "no/where.html"], "does not exist"),
        (["run", "all", "--html", "page.html"], "name one"),
        (["ledger", "--write", "no/where"], "does not exist"),
    ],
)
def test_bad_input_is_one_line(capsys, arguments, message):
    status, _, err = run(capsys, *arguments)
    assert status == 2
    assert message in err
    assert err.count("\n") == 1


@pytest.mark.parametrize(
    ("code", "message"),
    [
        ("x = 1\ny = = 2\n", "line 2: SyntaxError"),
        ("x = 1\n\nnothing()\n", "line 3: NameError: name 'nothing'"),
        ("import no_such_module\n", "line 1: ModuleNotFoundError"),
        ("x = 1\n", "holds no study"),
    ],
)
def test_a_file_that_holds_no_study_is_one_line(capsys, tmp_path, monkeypatch, code, message):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(code)
    status, out, err = run(capsys, "run", "own.py")
    assert (status, out) == (2, "")
    assert message in err
    assert err.count("\n") == 1


def test_ledger_is_written_whole_and_read_back(quick, tmp_path):
    pages.write_ledger([quick], tmp_path)
    text = (tmp_path / "ledger.md").read_text(encoding="utf-8")
    for claim in quick.study.claims.values():
        assert claim.statement in text
    figures = {path.name for path in (tmp_path / "figures").iterdir()}
    assert figures == {f"{QUICK}-{name.replace('_', '-')}.png" for name in quick.study.figures}
    rows = json.loads((tmp_path / "ledger.json").read_text(encoding="utf-8"))
    assert [row["claim"] for row in rows] == list(quick.study.claims)


def test_kept_verdicts_of_another_version_do_not_count(quick, tmp_path):
    store = Store(tmp_path)
    keep_rows(quick, store)
    (path,) = store.folder.glob("ledger-*.json")
    assert next(row.scale for row in read_ledger(store) if row.study == QUICK) == "smoke"
    rows = json.loads(path.read_text())["rows"]
    others = [{"said": row.pop("seen"), **row} for row in rows]
    write_json(path, {"rows": others}, f"ledger {QUICK}")
    assert read_ledger(store) == shipped_rows()


def test_rows_are_stale_when_their_inputs_changed(quick, monkeypatch):
    row = rows_of(quick)[0]
    assert not is_stale(row)
    study = find_study(QUICK)
    monkeypatch.setitem(study.smoke, "draws", 13)
    assert is_stale(row)


def test_the_shipped_ledger_has_every_claim_at_full_scale():
    shipped = {(row.study, row.claim) for row in shipped_rows()}
    there = {(name, claim) for name in study_names() for claim in find_study(name).claims}
    assert shipped == there
    assert {row.scale for row in shipped_rows()} == {"full"}
    assert read_ledger(Store()) == shipped_rows()


def test_ledger_command(capsys):
    status, out, _ = run(capsys, "ledger", "--json")
    rows = json.loads(out)
    assert status == 0
    assert {row["outcome"] for row in rows} <= {"reproduced", "partly", "not"}
    status, out, _ = run(capsys, "ledger")
    assert status == 0
    assert f"{len(rows)} claims" in out
