"""Suppression of warnings of other libraries that are irrelevant to the user."""

from __future__ import annotations

import warnings
from contextlib import AbstractContextManager

from riskcast._process_wide import ProcessWideChange


class _Quiet(ProcessWideChange):
    """Ignore all warning categories requested by active contexts.

    `warnings.catch_warnings` alone would leave changed filters behind if calls of several
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
    """Context manager that ignores a warning category in the whole process."""
    return _QUIET(category)
