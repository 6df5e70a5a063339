"""Progress of a run: what is under way, how much of it is done, and for how long it has run."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from riskcast._printable import printable


class ShownProgress:
    """One line on standard error, from the first moment on, for the stage under way.

    It vanishes at the end. Nothing is shown where standard error is no terminal.

    Parameters
    ----------
    first : str, optional
        A stage to show at once.
    """

    def __init__(self, first: str | None = None) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

        from riskcast._console import new_console

        console = new_console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.fields[share]}"),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            refresh_per_second=4,
            disable=not console.is_terminal,
        )
        self._first = first
        self._stages: dict[str, object] = {}

    def __enter__(self) -> Self:
        self._bars.start()
        if self._first is not None:
            self(self._first, 0, 0)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._bars.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Say how much of a stage is done; a total of zero is not known."""
        share = f"{100 * done / total:3.0f} %" if total else ""
        if stage not in self._stages:
            for earlier in self._stages.values():
                self._bars.update(earlier, visible=False)  # type: ignore[arg-type]
            self._stages[stage] = self._bars.add_task(
                printable(stage), total=total or None, share=share
            )
            self._bars.refresh()
        self._bars.update(
            self._stages[stage],  # type: ignore[arg-type]
            completed=done,
            total=total or None,
            share=share,
        )
