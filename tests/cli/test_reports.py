"""What the reports are made of."""

import io
import json
import math
import os

import numpy as np
import pytest
from rich.console import Console

from riskcast._files import write_whole
from riskcast._json import json_text
from riskcast._progress import ShownProgress
from riskcast.assessment import Scale
from riskcast.assessment._scale import three_digits
from riskcast.cli._figure_files import check_writable
from riskcast.cli._terminal import _wrapped
from riskcast.tables import InputError


def test_json_without_infinity_and_nan():
    value = {"a": np.array([1.0, np.inf, -np.inf]), "b": math.nan, 3: (np.int64(2), np.True_)}
    assert json.loads(json_text(value), parse_constant=pytest.fail) == {
        "a": [1.0, "Infinity", "-Infinity"], "b": None, "3": [2, True],
    }  # fmt: skip
    assert float("Infinity") == math.inf


@pytest.mark.parametrize(
    ("value", "text"),
    [(0.0, "0"), (54.73, "54.7"), (1234.5, "1,230"), (0.001234, "0.00123"), (1e-9, "1.00e-09"),
     (-2.0, "-2.00"), (math.inf, "infinite"), (math.nan, "unknown"), (123456789.0, "1.23e+08")],
)  # fmt: skip
def test_three_digits(value, text):
    assert three_digits(value) == text


def test_risks_are_shown_in_units_of_the_target():
    scale = Scale("regression", "price", 100.0)
    assert scale.text_with_error(25.0, 10.0) == "5.00 ± 1.00"
    assert scale.text_with_error(27_900.0**2, 2 * 27_900.0 * 2_377.0) == "27,900 ± 2,400"
    assert scale.text_with_error(27_900.0**2, 2 * 27_900.0 * 20.0) == "27,900 ± 20.0"
    assert scale.text_with_error(0.0, 0.0) == "0 ± unknown"
    assert scale.r2(25.0) == 0.75
    assert scale.read_goal("5") == 25.0
    classes = Scale("classification", "kind", math.nan)
    assert classes.read_goal("5%") == classes.read_goal("0.05") == 0.05
    for bad in ("much", "nan", "-1", "inf", "1e300", "1e155", "1e101"):
        with pytest.raises(InputError):
            scale.read_goal(bad)
        with pytest.raises(InputError):
            classes.read_goal(bad)


def test_files_are_whole_or_absent(tmp_path, monkeypatch):
    path = tmp_path / "page.html"
    write_whole(path, "first")
    assert path.read_text() == "first"
    monkeypatch.setattr(os, "replace", lambda *_: (_ for _ in ()).throw(OSError("full")))
    with pytest.raises(OSError, match="full"):
        write_whole(path, "second")
    assert path.read_text() == "first"
    assert os.listdir(tmp_path) == ["page.html"]


def test_places_that_cannot_be_written_to_are_refused(tmp_path, monkeypatch):
    with pytest.raises(InputError, match="is a folder"):
        check_writable(tmp_path)
    with pytest.raises(InputError, match="does not exist"):
        check_writable(tmp_path / "no" / "page.html")
    page = tmp_path / "page.html"
    page.write_text("kept")
    check_writable(page)
    monkeypatch.setattr(os, "access", lambda path, _: path != page)
    with pytest.raises(InputError, match="write-protected"):
        check_writable(page)
    monkeypatch.setattr(os, "access", lambda *_: False)
    with pytest.raises(InputError, match="is not writable"):
        check_writable(page)


def test_lines_do_not_part_a_number_from_its_unit():
    words = " ".join(f"{number}\u00a0%" for number in range(60))
    for width in range(20, 40):
        assert not any(line.startswith("%") for line in _wrapped(words, width).plain.splitlines())


def shown(monkeypatch, terminal, *stages):
    stream = io.StringIO()
    with monkeypatch.context() as patch:
        patch.setattr(
            "rich.console.Console",
            lambda **_: Console(file=stream, force_terminal=terminal, width=80),
        )
        with ShownProgress("Starting") as progress:
            first = stream.getvalue()
            for stage in stages:
                progress(*stage)
    return first, stream.getvalue()


def test_progress_is_there_at_once_and_quiet_without_a_terminal(monkeypatch):
    stages = [("Comparing", 1, 4), ("Comparing", 2, 4), ("Tracing", 0, 0)]
    first, all_of_it = shown(monkeypatch, True, *stages)
    assert "Starting" in first
    assert "Comparing" in all_of_it
    assert "Tracing" in all_of_it
    assert "".join(shown(monkeypatch, False, *stages)).strip() == ""


@pytest.mark.parametrize("name", ["Reading [red]x[/red].csv", "Reading [/].csv"])
def test_progress_shows_names_as_they_are(monkeypatch, name):
    assert name in shown(monkeypatch, True, (name, 0, 0))[1]


def test_progress_keeps_control_characters_from_the_terminal(monkeypatch):
    assert "\x07" not in shown(monkeypatch, True, ("Reading a\x07b\nc", 0, 0))[1]


def test_intervals_are_called_the_same_in_figures_and_words():
    import riskcast as rc
    from riskcast._wording import level_text

    rows = np.random.default_rng(0).standard_normal((60, 2))
    figure = rc.forecast(rows, rows.sum(axis=1) + np.sin(rows[:, 0] * 9), level=0.975).plot()
    labels = [text.get_text() for text in figure.ax_.get_legend().get_texts()]
    assert f"{level_text(0.975)} interval" in labels
