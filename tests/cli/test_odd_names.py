"""Names of columns, classes and files, whatever they hold, are shown and not obeyed."""

import json
import re
import unicodedata

import numpy as np
import pandas as pd
import pytest

from riskcast.cli import main

NAMES = {
    "escape": "a\x1b[31mb",
    "csi": "a\x9b2Jb",
    "delete and bell": "a\x7f\x07b",
    "direction": "a\u202ecirp\u2066",
    "no width": "a\u200b\u2060b",
    "line ends": "a\nb\tc\rd\u2028e\x85f",
    "markup": "[red]a[/red] [link=http://x]b[/link] [/]",
    "emoji code": "a :smile: b",
    "formula": "$x^2$ and $\\frac",
    "html": "<b>&amp;</b><script>",
    "template": "{{ 7 * 7 }}{% raw %}",
    "format": "{0} {name} %s %d",
}


def lines(text):
    return "".join(re.sub(r"[│╭╮╰╯─\s]", "", text))


def is_safe(text):
    kinds = {unicodedata.category(one) for one in text if one != "\n"}
    return kinds.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"})


def table(tmp_path, name, kind):
    rng = np.random.default_rng(0)
    X = rng.normal(size=(40, 2))
    y = X[:, 0] + 0.1 * rng.normal(size=40)
    frame = pd.DataFrame({"other": X[:, 1]})
    frame["x" + name if kind == "target" else name] = X[:, 0]
    labels = np.array(["no " + name, "yes"])
    frame[name if kind == "target" else "y"] = labels[(y > 0) * 1] if kind == "class" else y
    path = tmp_path / "table.parquet"
    frame.to_parquet(path)
    return str(path)


@pytest.mark.parametrize("kind", ["column", "target", "class"])
@pytest.mark.parametrize("case", NAMES)
def test_reports_show_names_and_obey_nothing(capsys, tmp_path, case, kind):
    name = NAMES[case]
    target = name if kind == "target" else "y"
    page = tmp_path / "page.html"
    words = ["forecast", table(tmp_path, name, kind), "--target", target]
    assert main([*words, "--html", str(page)]) == 0
    streams = capsys.readouterr()
    assert is_safe(streams.out)
    assert is_safe(streams.err)
    text = page.read_text(encoding="utf-8")
    assert is_safe(text)
    assert "<script" not in text
    if kind != "class" and name.isprintable():
        assert lines(name) in lines(streams.out)


def test_json_holds_the_names_themselves(capsys, tmp_path):
    name = NAMES["escape"]
    assert main(["forecast", table(tmp_path, name, "target"), "--target", name, "--json"]) == 0
    out = capsys.readouterr().out
    assert "\x1b" not in out
    assert json.loads(out)["target"] == name


@pytest.mark.parametrize(
    "words",
    [
        ["forecast", "{}.csv"],
        ["forecast", "example:{}"],
        ["forecast", "example:iris", "--target", "{}"],
        ["forecast", "example:iris", "--model", "{}"],
        ["forecast", "example:iris", "--model", "Ridge(alpha='{}')"],
        ["forecast", "example:iris", "--features", "{}"],
        ["forecast", "example:iris", "--task", "{}"],
        ["forecast", "example:iris", "--groups", "{}"],
        ["forecast", "example:iris", "--goal", "{}"],
        ["forecast", "example:iris", "--html", "no/such/{}.html"],
        ["forecast", "example:iris", "--{}"],
        ["theory", "--against", "{}"],
        ["theory", "--load", "{}"],
        ["theory", "--figure", "{}.bmp"],
        ["study", "run", "{}"],
        ["study", "run", "{}.py"],
        ["study", "run", "high-dimensional-dynamics", "--scale", "{}"],
        ["lab", "run", "{}.toml"],
        ["lab", "show", "{}"],
        ["{}"],
    ],
    ids=" ".join,
)
@pytest.mark.parametrize("case", ["escape", "csi", "direction", "line ends"])
def test_complaints_show_names_and_obey_nothing(capsys, tmp_path, monkeypatch, words, case):
    monkeypatch.chdir(tmp_path)
    status = main([word.replace("{}", NAMES[case] + "\udcff") for word in words])
    streams = capsys.readouterr()
    assert (status, streams.out) == (2, "")
    assert streams.err.count("\n") == 1
    assert is_safe(streams.err)


@pytest.mark.parametrize("name", list(NAMES.values()), ids=list(NAMES))
def test_labels_of_figures_are_no_formulas(name):
    from matplotlib.figure import Figure

    from riskcast._printable import printable
    from riskcast.plotting._axes import literal

    ax = Figure().add_subplot()
    label = ax.set_xlabel(literal(name))
    text, is_formula = label._preprocess_math(label.get_text())
    assert (text, is_formula) == (printable(name), False)


def test_a_sweep_along_odd_names_is_drawn(capsys, tmp_path):
    from riskcast.lab.figures import draw_best_and_final, draw_error_against_time

    xarray = pytest.importorskip("xarray")
    names, shape = [NAMES["formula"], NAMES["escape"], "$\\frac$"], (3, 2, 4)
    rng = np.random.default_rng(0)
    dims = ("kind", "seed", "record")
    data = xarray.Dataset(
        {
            "test_error": (dims, rng.random(shape), {"units": "1"}),
            "times": (dims, np.cumsum(np.ones(shape), axis=2)),
            "converged": (dims[:2], np.ones(shape[:2])),
        },
        coords={"kind": names},
    )
    for draw in (draw_error_against_time, draw_best_and_final):
        from matplotlib.figure import Figure

        sheet = Figure()
        draw(data, "kind", sheet.add_subplot())
        sheet.savefig(tmp_path / "figure.svg")
