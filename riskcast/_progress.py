"""Progress of a run: current stage, share done and elapsed time."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from riskcast._printable import printable


class ShownProgress:
    """Progress line on standard error for the current stage.

    It is removed at the end. Nothing is shown if standard error is not a terminal.

    Parameters
    ----------
    first : str, optional
        Stage to show at the start.
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
        """Update the progress of a stage; a total of zero means that it is unknown."""
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
