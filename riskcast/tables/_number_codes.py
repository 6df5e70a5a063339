"""Codes that look like numbers: IP addresses, telephone numbers and ISBNs."""

from __future__ import annotations

import re

import numpy as np

from riskcast.tables._cells import Cells

_OCTET = r"(?:25[0-5]|2[0-4]\d|1?\d?\d)"
_IP_ADDRESS = rf"^{_OCTET}(?:\.{_OCTET}){{3}}$"
_TELEPHONE = r"^\+\d{9,15}$|^\+\d{1,3}(?: \d{2,4}){2,5}$|^\d{3} \d{3} \d{3}$"
_BOOK = r"^97[89]\d{10}$|^\d{9}[\dX]$"
_NEARLY_ALL = 0.9
_SAMPLE = 50


def are_codes(cells: Cells) -> bool:
    """Whether nearly all strings are codes of one kind."""
    if not any(map(_is_any_code, cells.plain[:_SAMPLE].to_pylist())):
        return False  # the usual case
    filled = cells.counts.sum()
    for pattern in (_IP_ADDRESS, _TELEPHONE):
        if cells.weight(cells.matches(pattern)) >= _NEARLY_ALL * filled:
            return True
    books = cells.matches(_BOOK)
    if cells.weight(books) < _NEARLY_ALL * filled:
        return False
    texts = cells.plain.to_pylist()
    valid = np.array([book and _is_isbn(text) for text, book in zip(texts, books, strict=True)])
    return cells.weight(valid) >= _NEARLY_ALL * filled


def _is_isbn(text: str) -> bool:
    """Whether the check digit is valid, which happens by chance in 1 of 10 or 11 numbers."""
    digits = [10 if digit == "X" else int(digit) for digit in text]
    if len(digits) == 13:
        return sum(digits[::2]) % 10 == -3 * sum(digits[1::2]) % 10
    return (
        sum(weight * digit for weight, digit in zip(range(10, 0, -1), digits, strict=True)) % 11
        == 0
    )


def _is_any_code(text: str) -> bool:
    return re.search(f"{_IP_ADDRESS}|{_TELEPHONE}|{_BOOK}", text) is not None


def may_be_code(text: str) -> bool:
    """Whether one string looks like a code, so that all should be examined."""
    return re.search(rf"{_BOOK}|^\+", text) is not None
