"""Process-wide changes that are shared by concurrent calls and undone at the end.

A context manager that restores the state it found is wrong if calls of several threads
overlap without being nested: the second one finds the changed state of the first, and
restores that permanently. Here the active contexts are counted.
"""

from __future__ import annotations

import os
import threading
from abc import ABC, abstractmethod
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any


class ProcessWideChange(ABC):
    """Process-wide change that holds while any context is active; the last one undoes it."""

    def __init__(self) -> None:
        # Reentrant: a garbage-collected generator may exit while its thread is entering.
        self._lock = threading.RLock()
        self._inside: dict[object, tuple[int, Any]] = {}

    @property
    def wanted(self) -> set[Any]:
        """Arguments of the active contexts."""
        return {what for _, what in self._inside.values()}

    @abstractmethod
    def make(self) -> None:
        """Make the change; called again whenever a context is entered."""

    @abstractmethod
    def undo(self) -> None:
        """Restore the original state."""

    @contextmanager
    def __call__(self, what: Any = None) -> Iterator[None]:
        """Context in which the change holds, with an optional argument."""
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
        """Make forked processes discard the contexts of threads that do not exist there."""
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
