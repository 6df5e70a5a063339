"""Changes of the whole process that concurrent calls share and that are undone at the end.

A context manager that puts back what it found is wrong where calls of several threads
overlap without being nested: the second to enter finds what the first has changed, and
puts that back for good. Here those inside are counted.
"""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class ProcessWideChange(ABC):
    """A change made while anyone is inside, and undone by the last to leave."""

    def __init__(self) -> None:
        # A generator that is collected may leave while its own thread enters.
        self._lock = threading.RLock()
        self._inside: dict[object, tuple[int, Any]] = {}

    @property
    def wanted(self) -> set[Any]:
        """What those inside want."""
        return {what for _, what in self._inside.values()}

    @abstractmethod
    def make(self) -> None:
        """Make the change; called again for each who enters."""

    @abstractmethod
    def undo(self) -> None:
        """Restore what was found."""

    @contextmanager
    def __call__(self, what: Any = None) -> Iterator[None]:
        """Be inside."""
        token = object()
        try:
            with self._lock:
                self._inside[token] = threading.get_ident(), what
                self.make()
            yield
        finally:
            with self._lock:
                if self._inside.pop(token, None) is not None:
                    self._left()

    def survive_forks(self) -> None:
        """Have forked processes forget who entered from threads that they do not have."""
        if hasattr(os, "register_at_fork"):
            os.register_at_fork(
                before=self._lock.acquire,
                after_in_parent=self._lock.release,
                after_in_child=self._after_fork,
            )

    def _after_fork(self) -> None:
        here, before = threading.get_ident(), len(self._inside)
        self._inside = {key: one for key, one in self._inside.items() if one[0] == here}
        try:
            if len(self._inside) < before:
                self._left()
        finally:
            self._lock.release()

    def _left(self) -> None:
        if self._inside:
            self.make()
        else:
            self.undo()
