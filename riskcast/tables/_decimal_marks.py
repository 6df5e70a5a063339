"""Which mark stands before decimals in a file: decided once, from all of its numbers.

"1.294" is 1294 to one reader and 1.294 to another. The first of these rules that says
something decides:

1. What was asked for.
2. Columns with numbers that can be read one way only, such as "12.5", "0.125", "1,234.50" and
   "1.294.000". Most such columns decide; each keeps what it says itself.
3. Columns of numbers that could be read both ways, beside whole numbers without a mark.
   If one of these is 1,000 or more, the mark stands before decimals, since thousands are not
   grouped. If all are below 1,000, the mark groups thousands: somebody who writes 882 for
   882.000 would have written 1.3 for 1.300, which one of ten numbers is like. So one number that
   ends in 0 settles it, or 20 numbers of which none is shorter. For such a column this counts
   even if other columns have decided for the file.
4. Semicolons between the columns: programs write them where a comma stands before decimals.
5. A point stands before decimals.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from riskcast.exceptions import InputError
from riskcast.tables._cells import Cells, Mask, as_mask
from riskcast.tables._number_grammar import Mark, Parsed

_OTHER: dict[Mark, Mark] = {"point": "comma", "comma": "point"}
_MANY = 20
_NAMES: dict[str, Mark] = {"point": "point", ".": "point", "comma": "comma", ",": "comma"}


@dataclass(frozen=True)
class Evidence:
    """What one column of numbers says about the decimal mark.

    Attributes
    ----------
    name : str
    clear : {"point", "comma"} or None
        From numbers that can be read one way only.
    example : str
        One of these numbers, or one that can be read both ways.
    likely : {"point", "comma"} or None
        From whole numbers beside those that can be read both ways.
    why : str
        How.
    ambiguous : bool
        Whether some numbers can be read both ways.
    """

    name: str
    clear: Mark | None
    example: str = ""
    likely: Mark | None = None
    why: str = ""
    ambiguous: bool = False


@dataclass(frozen=True)
class Convention:
    """The decimal mark of a file, why it, and whether somebody should look at that."""

    mark: Mark
    reason: str
    guessed: bool
    asked: bool = False


def checked_mark(decimal: str | None) -> Mark | None:
    """The mark that was asked for, if one was."""
    if decimal is None:
        return None
    if decimal not in _NAMES:
        raise InputError(f"--decimal: must be point or comma, got {decimal!r}")
    return _NAMES[decimal]


def evidence_of(cells: Cells, parsed: Parsed) -> Evidence:
    """What a column of numbers says about the decimal mark."""
    only: dict[Mark, Mask] = {
        "point": parsed.fits["point"] & ~parsed.fits["comma"],
        "comma": parsed.fits["comma"] & ~parsed.fits["point"],
    }
    weights = {mark: cells.weight(mask) for mark, mask in only.items()}
    both = parsed.fits["point"] & parsed.fits["comma"]
    marked = both & _holds(parsed, "[.,]")
    ambiguous = bool(marked.any())
    if weights["point"] != weights["comma"]:
        clear: Mark = "point" if weights["point"] > weights["comma"] else "comma"
        return Evidence(cells.name, clear, cells.example(only[clear]), ambiguous=ambiguous)
    if not ambiguous:
        return Evidence(cells.name, None)
    likely, why = _beside_whole_numbers(cells, parsed, both, marked)
    return Evidence(cells.name, None, cells.example(marked), likely, why, True)


def _holds(parsed: Parsed, pattern: str) -> Mask:
    import pyarrow.compute as pc

    return as_mask(pc.match_substring_regex(parsed.digits, pattern))


def _beside_whole_numbers(
    cells: Cells, parsed: Parsed, both: Mask, marked: Mask
) -> tuple[Mark | None, str]:
    points, commas = _holds(parsed, r"\.") & marked, _holds(parsed, ",") & marked
    if points.any() and commas.any():
        return None, ""
    decimal: Mark = "point" if points.any() else "comma"
    if (both & _holds(parsed, r"^[-+]?\d{4,}$")).any():
        return decimal, "whole numbers beside it have no mark between thousands"
    small = (both & _holds(parsed, r"^[-+]?[1-9]\d{0,2}$")).any()
    if small and ((marked & _holds(parsed, "0$")).any() or cells.weight(marked) >= _MANY):
        return _OTHER[decimal], "whole numbers beside it are all below 1,000"
    return None, ""


def decide(found: Sequence[Evidence], separator: str | None, asked: Mark | None) -> Convention:
    """The decimal mark of a file whose columns say this."""
    if asked is not None:
        return Convention(asked, "as asked for with --decimal", False, True)
    clear = _majority([(one.clear, one) for one in found])
    if clear is not None:
        mark, one = clear
        return Convention(mark, f"as in {one.name} ({one.example!r})", False)
    likely = _majority([(one.likely, one) for one in found])
    if likely is not None:
        mark, one = likely
        return Convention(mark, f"because {one.why}", True)
    if separator == ";":
        return Convention("comma", "because semicolons separate the columns", True)
    return Convention("point", "as usual, because nothing in the file tells", True)


def _majority(votes: Sequence[tuple[Mark | None, Any]]) -> tuple[Mark, Any] | None:
    points = [one for mark, one in votes if mark == "point"]
    commas = [one for mark, one in votes if mark == "comma"]
    if len(points) == len(commas):
        return None
    return ("point", points[0]) if len(points) > len(commas) else ("comma", commas[0])


def example_of(convention: Convention, example: str, value: float) -> str:
    """What somebody should look at: a number that could be read two ways, and how it was read."""
    return (
        f"{example!r} was read as {np.format_float_positional(value, trim='-')}, with a decimal "
        f"{convention.mark}, {convention.reason}; --decimal {_OTHER[convention.mark]} overrules."
    )


def own_convention(evidence: Evidence, convention: Convention) -> Convention:
    """The convention of a column that could be read both ways: the file's, or one of its own."""
    if convention.asked or evidence.likely in (None, convention.mark):
        return convention
    return Convention(_OTHER[convention.mark], f"because {evidence.why}", True)


def unlike(convention: Convention, evidence: Evidence) -> str:
    """A column that has another mark than the file, as its numbers show."""
    return (
        f"{evidence.name}: read with a decimal {evidence.clear}, because {evidence.example!r} can "
        f"be read one way only; the file has a decimal {convention.mark}, {convention.reason}."
    )
