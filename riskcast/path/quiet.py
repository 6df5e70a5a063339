"""Warnings of other libraries, kept quiet where they say nothing to the user."""

from __future__ import annotations

import warnings
from contextlib import AbstractContextManager

from riskcast.path.process_wide import ProcessWideChange


class _Quiet(ProcessWideChange):
    """Ignore the categories that anyone inside wants ignored.

    `warnings.catch_warnings` alone would leave other filters behind where calls of several
    threads overlap.
    """

    def __init__(self) -> None:
        super().__init__()
        self._found: warnings.catch_warnings[None] | None = None

    def make(self) -> None:
        self.undo()
        self._found = warnings.catch_warnings()
        self._found.__enter__()
        for category in self.wanted:
            warnings.simplefilter("ignore", category)

    def undo(self) -> None:
        found, self._found = self._found, None
        if found is not None:
            found.__exit__(None, None, None)


_QUIET = _Quiet()
_QUIET.survive_forks()


def quietly(category: type[Warning] = Warning) -> AbstractContextManager[None]:
    """Ignore warnings of a category, in the whole process, while anyone is inside."""
    return _QUIET(category)
