"""Progress with time left, shown only when the work takes a while."""

from __future__ import annotations

import threading
from types import TracebackType
from typing import Self

from riskcast.printable import printable

_PATIENCE = 2.0  # seconds before anything is shown


class ShownProgress:
    """Bars on standard error, one a stage, that appear after two seconds.

    Nothing is shown where standard error is no terminal.

    Parameters
    ----------
    patience : float, default 2.0
        Seconds to wait before anything is shown.
    """

    def __init__(self, patience: float = _PATIENCE) -> None:
        from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

        from riskcast.report.console import new_console

        console = new_console(stderr=True)
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(),
            TextColumn("{task.percentage:3.0f} %"),
            TimeRemainingColumn(elapsed_when_finished=True),
            TextColumn("left"),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._stages: dict[str, object] = {}
        self._timer = threading.Timer(patience, self._bars.start)
        self._timer.daemon = True

    def __enter__(self) -> Self:
        self._timer.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._timer.cancel()
        self._timer.join()
        self._bars.stop()

    def __call__(self, stage: str, done: int, total: int) -> None:
        """Say how much of a stage is done."""
        if stage not in self._stages:
            self._stages[stage] = self._bars.add_task(printable(stage), total=total)
        self._bars.update(self._stages[stage], completed=done, total=total)  # type: ignore[arg-type]
