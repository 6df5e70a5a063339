"""Text that came from a user, made safe to show."""

from __future__ import annotations

import re

# What Python's `repr` escapes, spaces of other widths aside: control characters, marks that turn
# the direction of writing or have no width, lone surrogates, separators of lines and paragraphs.
_ODD = re.compile(r"[^ -~]")


def printable(text: str) -> str:
    r"""The text with everything that a terminal or a browser would obey written as an escape.

    Parameters
    ----------
    text : str
        One line: line ends are escaped, too.

    Returns
    -------
    str
        On one line, without control characters, marks of direction or of no width,
        and lone surrogates.

    Examples
    --------
    >>> print(printable("price\x1b[31m, \u202eecirp, Größe"))
    price\x1b[31m, \u202eecirp, Größe
    """
    return _ODD.sub(_escaped, text)


def _escaped(match: re.Match[str]) -> str:
    character = match.group()
    if character.isprintable() or (character.isspace() and character in _SPACES):
        return character
    return character.encode("unicode_escape", "surrogatepass").decode("ascii")


_SPACES = "\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000"
