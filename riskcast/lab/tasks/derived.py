"""Tasks whose data come from another task."""

from __future__ import annotations

from dataclasses import dataclass

from .draws import Task


@dataclass(frozen=True)
class TaskOfAnother(Task):
    """Base class of tasks that transform the data of another task.

    Parameters
    ----------
    task : Task
        Source of the data.
    """

    task: Task

    def __post_init__(self) -> None:
        if not isinstance(self.task, Task):
            raise TypeError(
                f"task: got {type(self.task).__name__}; give a task such as TeacherStudent(...)"
            )

    @property
    def n_classes(self) -> int:
        return self.task.n_classes

    @property
    def oracle_error(self) -> float | None:
        return self.task.oracle_error
