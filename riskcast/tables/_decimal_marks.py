"""The decimal mark of a file, decided once from all of its numbers.

"1.294" can mean 1294 or 1.294. The first of these rules that applies decides:

1. The mark set by the user.
2. Columns with numbers that can be read in one way only, such as "12.5", "0.125", "1,234.50" and
   "1.294.000". The majority of these columns decides for the file; each keeps its own mark.
3. Columns of ambiguous numbers that also contain integers without a mark. If one of these integers
   is 1,000 or more, the mark is a decimal mark, because thousands are not grouped. If all are below
   1,000, the mark groups thousands: whoever writes 882 for 882.000 would write 1.3 for 1.300. About
   one number in ten ends in 0, so one such number is enough evidence, or 20 numbers without a
   shorter one. This applies to such a column even if other columns have decided for the file.
4. Semicolons between the columns: programs write them if the decimal mark is a comma.
5. The mark is a point.
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
    """Evidence of one column of numbers on the decimal mark.

    Attributes
    ----------
    name : str
    clear : {"point", "comma"} or None
        From unambiguous numbers.
    example : str
        One of these numbers, or an ambiguous one.
    likely : {"point", "comma"} or None
        From integers beside ambiguous numbers.
    why : str
        Reason for `likely`.
    ambiguous : bool
        Whether some numbers are ambiguous.
    """

    name: str
    clear: Mark | None
    example: str = ""
    likely: Mark | None = None
    why: str = ""
    ambiguous: bool = False


@dataclass(frozen=True)
class Convention:
    """The decimal mark of a file, the reason, and whether it is a guess."""

    mark: Mark
    reason: str
    guessed: bool
    asked: bool = False


def checked_mark(decimal: str | None) -> Mark | None:
    """Return the mark set by the user, if any."""
    if decimal is None:
        return None
    if decimal not in _NAMES:
        raise InputError(f"--decimal: must be point or comma, got {decimal!r}")
    return _NAMES[decimal]


def evidence_of(cells: Cells, parsed: Parsed) -> Evidence:
    """Return the evidence of a column of numbers on the decimal mark."""
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
        return decimal, "integers in the same column have no thousands separator"
    small = (both & _holds(parsed, r"^[-+]?[1-9]\d{0,2}$")).any()
    if small and ((marked & _holds(parsed, "0$")).any() or cells.weight(marked) >= _MANY):
        return _OTHER[decimal], "integers in the same column are all below 1,000"
    return None, ""


def decide(found: Sequence[Evidence], separator: str | None, asked: Mark | None) -> Convention:
    """Return the decimal mark of a file, given the evidence of its columns."""
    if asked is not None:
        return Convention(asked, "as set with --decimal", False, True)
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
    return Convention("point", "the default, because the file gives no evidence", True)


def _majority(votes: Sequence[tuple[Mark | None, Any]]) -> tuple[Mark, Any] | None:
    points = [one for mark, one in votes if mark == "point"]
    commas = [one for mark, one in votes if mark == "comma"]
    if len(points) == len(commas):
        return None
    return ("point", points[0]) if len(points) > len(commas) else ("comma", commas[0])


def example_of(convention: Convention, example: str, value: float) -> str:
    """Return a warning on how an ambiguous number was read."""
    return (
        f"{example!r} was read as {np.format_float_positional(value, trim='-')}, with a decimal "
        f"{convention.mark}, {convention.reason}. Override with --decimal "
        f"{_OTHER[convention.mark]}."
    )


def own_convention(evidence: Evidence, convention: Convention) -> Convention:
    """Return the convention of an ambiguous column: the file's, or its own."""
    if convention.asked or evidence.likely in (None, convention.mark):
        return convention
    return Convention(_OTHER[convention.mark], f"because {evidence.why}", True)


def unlike(convention: Convention, evidence: Evidence) -> str:
    """Return a warning on a column whose decimal mark is not that of the file."""
    return (
        f"{evidence.name}: read with a decimal {evidence.clear}, because {evidence.example!r} is "
        f"unambiguous; the rest of the file has a decimal {convention.mark}, {convention.reason}."
    )
