"""Make text from users safe to display."""

from __future__ import annotations

import re

# Candidates for escaping. Escaped is what `repr` escapes, except for spaces of other widths:
# control characters, bidirectional and zero-width marks, lone surrogates, line separators.
_ODD = re.compile(r"[^ -~]")


def printable(text: str) -> str:
    r"""Escape all characters that a terminal or a browser would interpret.

    Parameters
    ----------
    text : str
        Text; line breaks are escaped, too.

    Returns
    -------
    str
        One line without control characters, bidirectional or zero-width marks, or
        lone surrogates.

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
