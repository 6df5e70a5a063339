"""Text from users is shown without characters that a terminal or a browser interprets."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from riskcast._printable import printable

ANY = st.text(st.characters(exclude_categories=()))


@given(ANY)
def test_nothing_is_left_that_is_obeyed(text):
    shown = printable(text)
    assert {unicodedata.category(one) for one in shown}.isdisjoint({"Cc", "Cf", "Cs", "Zl", "Zp"})
    assert len(shown.splitlines()) <= 1
    shown.encode("utf-8")


@given(st.text(st.characters(categories=("L", "N", "P", "S"))))
def test_letters_of_all_scripts_stay(text):
    assert printable(text) == text


@given(ANY)
def test_twice_is_once(text):
    assert printable(printable(text)) == printable(text)


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31mred", r"\x1b[31mred"),
        ("\x9b2J\x7f\x00", r"\x9b2J\x7f\x00"),
        ("\u202ecirp\u2066\u200b\ufeff", r"\u202ecirp\u2066\u200b\ufeff"),
        ("a\nb\tc\r\x85\u2028", r"a\nb\tc\r\x85\u2028"),
        ("name\udcff", r"name\udcff"),
        ("\U000e0041", r"\U000e0041"),
        ("5\u00a0%, 1\u202f000 \u3000Größe 価格 😀", "5\u00a0%, 1\u202f000 \u3000Größe 価格 😀"),
    ],
)
def test_escapes_are_those_of_python(text, shown):
    assert printable(text) == shown
